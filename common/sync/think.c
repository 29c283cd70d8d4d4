/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planning a cycle: plan_path() for every dirty row, plan_rename() where one path went and another
 * appeared, then the guards, which look at more than one row. Only here does the agreed state move.
 *
 * What may happen to a path is decided in plan/plan.c, what must not happen to many in guard.c.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "log/log.h"
#include "plan/rename.h"
#include "sync/internal.h"

/* What holds for all rows of one cycle. */
struct planning {
	const struct plan_rules *rules;
	bool patient; /* clashes of others can wait */
	int64_t now;  /* monotonic */
};

/* How long a clash waits for the machine whose business it is: until that has committed, and this one
 * has seen it. */
static int64_t wait_ms(const struct cycle *c)
{
	const struct config_mapping *m = c->context.mapping;

	return m->commit_max_wait_ms + (m->poll_ms > m->git_poll_ms ? m->poll_ms : m->git_poll_ms);
}

/* ---- one row ---- */

/* Whether the agreed version came from a side: the side holds it, or (part: it was merged) something else
 * than its base. A deletion came from the sides that no longer have what their base had. */
static bool brought(const struct plan_input *in, const struct version *agreed, enum side_id s,
		    bool part)
{
	if (in->held[s])
		return false;
	if (version_absent(agreed))
		return version_absent(&in->side[s]) && !version_absent(&in->base[s]);
	return part ? !version_absent(&in->side[s]) && !version_same(&in->side[s], &in->base[s])
		    : version_same(&in->side[s], agreed);
}

static void note_origins(const struct plan_input *in, struct row *row)
{
	if (!row->todo.agreed_changed)
		return;
	row->origins = 0;
	for (int part = 0; part < 2 && !row->origins; part++)
		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			if (brought(in, &row->todo.agreed, s, part))
				row->origins |= (uint8_t)(1u << s);
}

static void report_kinds(struct cycle *c, const struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct err e = ERR_INIT;

		if (!input_is_other_kind(row, s))
			continue;
		err_set(&e, ERR_INVALID,
			"'%s' is a notebook on one side and another file on the %s side, which "
			"cannot both have this name: rename one of them",
			row->path, side_names[s]);
		report_held(c->context.report, row->path, s, HOLD_COLLISION, e.text);
	}
}

/* An import whose result could not be read back (row->sent): now that the workspace can be read, it is
 * known whether it arrived. */
static int settle_sent(struct cycle *c, struct row *row, struct err *e)
{
	const struct entry *entry = &row->side[SIDE_WORKSPACE];
	int r;

	if (!row->sent || entry->state == ENTRY_HELD || side_is_out(c, SIDE_WORKSPACE))
		return ERR_OK;
	if (entry->state == ENTRY_PRESENT) {
		if ((r = content_resolve(&c->context.content, row->sent, e)))
			return r;
		if (version_same(&entry->version, row->sent))
			state_set_base(&c->context.state, row, SIDE_WORKSPACE, row->sent);
	}
	state_set_sent(&c->context.state, row, NULL);
	return ERR_OK;
}

/* A clash waits, or does not wait any more. */
static void note_wait(struct cycle *c, struct row *row, int64_t now)
{
	struct err e = ERR_INIT;
	int64_t rest;

	if (!row->todo.waits) {
		row->waits_since_s = 0;
		return;
	}
	if (!row->waits_since_s)
		row->waits_since_s = (uint32_t)(now / 1000);
	rest = row->waits_since_s * (int64_t)1000 + wait_ms(c) - now;
	err_set(&e, ERR_CONFLICT,
		"'%s' was changed in the workspace and on the branch, in ways that contradict each "
		"other; for up to %" PRId64
		" s nbsync waits for a machine that knows which is newer",
		row->path, rest > 0 ? (rest + 999) / 1000 : 0);
	report_held(c->context.report, row->path, SIDE_WORKSPACE, HOLD_ORDER, e.text);
	report_wake(c->context.report, rest > 0 ? rest : 0);
}

static bool is_patient(const struct cycle *c, const struct row *row, int64_t now)
{
	return !row->waits_since_s || now - row->waits_since_s * (int64_t)1000 < wait_ms(c);
}

static void plan_once(struct cycle *c, const struct planning *p, struct row *row)
{
	struct plan_input in;

	input_of_row(c, row, &in);
	in.patient = p->patient && is_patient(c, row, p->now);
	if (row->adopted)
		plan_adopt(p->rules, &in, &row->adopted->version, &row->todo);
	else
		plan_path(p->rules, &in, &row->todo);
	note_origins(&in, row);
}

/* Whether it depends on the order of edits what becomes of them. */
static bool is_undecided(const struct row *row)
{
	return row->todo.contested || row->todo.waits;
}

/* Clashes are looked at more closely, all at once; where that does not help, they stay what they were. */
static int plan_clashes(struct cycle *c, const struct planning *p, const struct ancestry *known,
			struct row **rows, size_t count, struct err *e)
{
	struct row **clashing = xcalloc(count, sizeof(struct row *));
	size_t n = 0;
	int r;

	for (size_t i = 0; i < count; i++)
		if (is_undecided(rows[i]) && !rows[i]->since && !rows[i]->adopted)
			clashing[n++] = rows[i];
	r = ancestry_of_clashes(c, known, clashing, n, e);
	for (size_t i = 0; !r && i < n; i++) {
		struct plan_outcome first = clashing[i]->todo;

		if (!clashing[i]->since)
			continue;
		plan_once(c, p, clashing[i]);
		if (is_undecided(clashing[i])) {
			free(steal(&clashing[i]->since));
			clashing[i]->todo = first;
		}
	}
	free(clashing);
	return r;
}

/* A restored revision of a side is written there also when the version is the same: the side's own bytes
 * may have more, such as outputs that do not travel. */
static void give_back(const struct cycle *c, struct row *row)
{
	const struct adopted *adopted = row->adopted;
	enum side_id s = adopted ? adopted->side : SIDE_COUNT;

	if (adopted && adopted->more && side_acts(c, s) && c->context.mapping->receives[s] &&
	    row->todo.action[s] == PLAN_SETTLED &&
	    !oid_equal(&row->side[s].raw, &adopted->raw.blob))
		row->todo.action[s] = PLAN_PUT;
}

/* The bases of 0.1.0 have cells only: whatever else the side shows is taken for what it showed then. */
static void remember_base_raw(struct cycle *c, struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (state_cells_only(&c->context.state, s) && row->side[s].state == ENTRY_PRESENT &&
		    row->side[s].version.partial)
			state_set_base_raw(&c->context.state, row, s);
}

/* A row that is not managed any more, because the filter changed, keeps its agreed version and its bases:
 * it can be managed again later as if nothing had happened. */
static void freeze(struct row *row)
{
	row->rename.from = row->rename.to = row->rename.gone_to = NULL;
	row->todo = (struct plan_outcome){ .agreed = row->agreed };
}

/* The dirty rows that are managed, with all that a plan has to know of each; *rows is the caller's, also
 * on error. */
static int prepare_rows(struct cycle *c, struct row ***rows, size_t *count,
			struct ancestry *ancestry, struct err *e)
{
	const struct table *t = &c->context.table;
	int r;

	*count = 0;
	*rows = xcalloc(t->listed_count + 1, sizeof(**rows));
	for (size_t i = 0; i < t->listed_count; i++) {
		struct row *row = t->listed[i];

		if (!row->dirty)
			continue;
		if (!input_is_planned(c, row)) {
			freeze(row);
			continue;
		}
		if ((r = content_resolve_row(&c->context.content, row, e)) ||
		    (r = settle_sent(c, row, e)))
			return err_wrap(e, "'%s'", row->path);
		remember_base_raw(c, row);
		(*rows)[(*count)++] = row;
	}
	return ancestry_find(c, *rows, *count, ancestry, e);
}

static int plan_rows(struct cycle *c, const struct planning *p, struct err *e)
{
	struct ancestry ancestry = { 0 };
	struct row **rows;
	size_t count;
	int r = prepare_rows(c, &rows, &count, &ancestry, e);

	for (size_t i = 0; !r && i < count; i++) {
		rows[i]->rename.from = rows[i]->rename.to = rows[i]->rename.gone_to = NULL;
		plan_once(c, p, rows[i]);
	}
	if (!r)
		r = plan_clashes(c, p, &ancestry, rows, count, e);
	ancestry_release(&ancestry);
	for (size_t i = 0; !r && i < count; i++) {
		report_kinds(c, rows[i]);
		note_wait(c, rows[i], p->now);
		if ((r = input_settle_formats(c, rows[i], true, e)))
			err_wrap(e, "'%s'", rows[i]->path);
		else
			give_back(c, rows[i]);
	}
	free(rows);
	return r;
}

/* ---- agree ---- */

static void say_clash(const struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (row->todo.lost[s])
			log_warning("'%s': edits on several sides clash; the %s side's version "
				    "is kept apart",
				    row->path, side_names[s]);
	if (row->todo.edit_beat_delete)
		log_notice("'%s': edited on one side and deleted on another; the edit stays",
			   row->path);
}

static void agree(struct cycle *c, struct row *row, int64_t now)
{
	say_clash(row);
	if (row->todo.agreed_changed || !oid_equal(&row->todo.agreed.blob, &row->agreed.blob))
		state_set_agreed(&c->context.state, row, &row->todo.agreed);
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct side *side = c->sides[s].side;

		if (row->todo.agreed_changed && side && side->ops->agreed)
			side->ops->agreed(side, now);
		/* A deletion that came from this side moves its base together with the agreed state:
		 * an agreed deletion whose base is still there is one of ours that was not finished
		 * (see side/local/look.c). */
		if (row->todo.merged[s] ||
		    (row->todo.action[s] == PLAN_SETTLED && version_absent(&row->agreed)))
			state_rebase(&c->context.state, row, s);
		else if (row->todo.action[s] == PLAN_SETTLED)
			state_set_base(&c->context.state, row, s, &row->agreed);
	}
}

/* Whether the plan does something about the row, so that what is known of its history has been used. */
static bool is_decided(const struct row *row)
{
	bool acts = false;

	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		acts |= row->todo.action[s] != PLAN_NOTHING;
	return acts && !row->todo.waits;
}

/* After a full look the bases of 0.1.0 are complete. */
static void complete_bases(struct cycle *c)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!c->context.report->full || !config_has_side(c->context.mapping, s) ||
		    c->sides[s].held.code)
			continue;
		state_set_complete(&c->context.state, s);
		c->context.content.cells_only[s] = false;
	}
}

int cycle_think(struct cycle *c, bool patient, struct err *e)
{
	struct content_merging merging = { .content = &c->context.content };
	struct plan_rules rules = {
		.conflict = c->context.mapping->conflict,
		.merge = content_merge,
		.merge_payload = &merging,
	};
	const struct planning planning = { &rules, patient, clock_monotonic_ms() };
	int r;

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		rules.accepts[s] = c->context.mapping->accepts[s];
		rules.receives[s] = c->context.mapping->receives[s];
	}
	if ((r = plan_rows(c, &planning, e)) || (r = renames_follow(c, &rules, e)))
		return r;
	/* A merge that failed for want of the hub looks like a clash: nothing may be agreed then. */
	if (merging.failed.code)
		return err_set(e, merging.failed.code, "%s", merging.failed.text);
	if ((r = cycle_guard(c, e)))
		return r;
	for (size_t i = 0; i < c->context.table.listed_count; i++) {
		struct row *row = c->context.table.listed[i];

		if (!row->dirty)
			continue;
		agree(c, row, planning.now);
		if (!side_is_out(c, SIDE_GIT) && !side_is_out(c, SIDE_WORKSPACE) && is_decided(row))
			row->side[SIDE_GIT].returned = row->vouched = false;
		/* With another language it has other names, which ignore files may name. */
		if (!input_is_planned(c, row))
			freeze(row);
	}
	complete_bases(c);
	return ERR_OK;
}
