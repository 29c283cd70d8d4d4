/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a cycle. The happy path:
 *   look     every side brings its entries up to date (a hinted cycle: only what was hinted)
 *   record   what was seen goes under refs/nbsync/seen/<side>: from here on nothing can be lost
 *   think    plan_path() for each path that changed, then the guards; the agreed state moves
 *   act      slice by slice: conflict copies, local writes, imports; each success moves a base
 *   publish  one commit for all, one fast-forward push
 *
 * Failure modes:
 *   a path is unusable       it is held with a sentence, the others go on
 *   a side does not answer   it is held as a whole, the other sides go on
 *   the policy refuses       the Git side is held, local and workspace keep agreeing
 *   somebody moves meanwhile that path is left alone, the next cycle looks again
 *   killed anywhere          the next cycle sees what was done as agreed, and plans the rest again
 *   the hub is damaged       the cycle ends with ERR_BUG, nothing is touched
 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "log/log.h"
#include "side/copy_name.h"
#include "side/rules.h"
#include "sync/internal.h"
#include "sync/space.h"

#define UNSETTLED_WAKE_MS    500 /* doubles with each further cycle that … */
#define UNSETTLED_DOUBLE_MAX 6   /* … is followed by another, so many times: 32 s */

bool cycle_unsettled(const struct cycle *c)
{
	return c->context.unsettled;
}

/* ---- look ---- */

/* The ignore files changed: all sides but the one that has just been looked at by the new rules are to be
 * looked at in full. */
static void look_everywhere_again(struct cycle *c, const struct slot *but)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct slot *slot = &c->sides[s];

		if (slot == but || !slot->side)
			continue;
		slot->relook = true;
		if (slot->side->ops->forget)
			slot->side->ops->forget(slot->side);
	}
	c->context.rules_changed = false;
}

/* Files of a working tree whose branch is another one than until now do not travel before that is
 * confirmed: what they bring would be what the question is about. */
static bool is_on_another_branch(const struct cycle *c, const struct slot *slot)
{
	return slot->side->id == SIDE_LOCAL && !oid_is_zero(&c->context.standing) &&
	       context_other_branch(&c->context);
}

/* The Git side was looked at meanwhile, and may go on with that branch. */
static void settle_branch(struct cycle *c, struct slot *local)
{
	const struct config_mapping *m = c->context.mapping;
	struct err e = ERR_INIT;

	local->on_another_branch = false;
	if (is_on_another_branch(c, local))
		err_set(&e, ERR_CONFIG,
			"'%s' is in a working tree on branch '%s' now, and until now it was "
			"another one: its files travel when the Git side goes on with that branch",
			m->local, m->branch);
	slot_finish(local, e.code, &e);
}

/* A side that fails is held as a whole; what was known of it stays. After a failure it is looked at
 * in full, whatever the hints. */
static void look_at_side(struct cycle *c, struct slot *slot, const struct side_look *what)
{
	struct side_look full = { .fetch = what->fetch, .create_from = what->create_from };
	struct err e = ERR_INIT;
	bool was_held = slot->held.code != 0;
	int r;

	if (was_held || slot->relook)
		what = &full;
	slot->relook = false;
	r = slot->side->ops->look(slot->side, what, &e);
	if (c->context.rules_changed)
		look_everywhere_again(c, slot);
	slot->on_another_branch = !r && is_on_another_branch(c, slot);
	if (slot->on_another_branch)
		return;
	if (!r && was_held && !slot_waits_to_publish(slot))
		log_notice("the %s side answers again", side_names[slot->side->id]);
	slot_finish(slot, r, &e);
}

/* Local first: what it finds tells a hinted workspace look which objects matter, and its ignore files
 * which of them are looked at; without it those of the branch do. The workspace after the branch: what it
 * holds is then known to be later than what a fetched commit says it held. */
static int look(struct cycle *c, const struct cycle_request *request, struct err *e)
{
	static const enum side_id orders[][SIDE_COUNT] = {
		{ SIDE_GIT, SIDE_WORKSPACE, SIDE_LOCAL },
		{ SIDE_LOCAL, SIDE_GIT, SIDE_WORKSPACE },
	};
	const enum side_id *order = orders[config_has_side(c->context.mapping, SIDE_LOCAL)];
	bool full = request->full || request->create_from || !c->looked_once;
	struct side_look what = { .hints = full ? NULL : request->hints,
				  .hint_count = full ? 0 : request->hint_count,
				  .fetch = request->commit || request->fetch ||
					   request->create_from,
				  .create_from = request->create_from };

	c->context.report->full = full;
	if (full) {
		table_release(&c->context.copies);
		table_init(&c->context.copies);
	}
	for (size_t i = 0; i < SIDE_COUNT; i++)
		if (c->sides[order[i]].side)
			look_at_side(c, &c->sides[order[i]], &what);
	if (c->sides[SIDE_LOCAL].on_another_branch)
		settle_branch(c, &c->sides[SIDE_LOCAL]);
	if (context_cancelled(&c->context))
		return err_set(e, ERR_CANCELLED, "asked to stop");
	c->looked_once = true;
	return ERR_OK;
}

/* ---- record ---- */

static int record(struct cycle *c, struct err *e)
{
	for (size_t i = 0; i < c->context.table.listed_count; i++)
		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			state_see(&c->context.state, c->context.table.listed[i], s);
	return state_save_seen(&c->context.state, "seen: before acting", e);
}

/* ---- publish ---- */

/* Whether it is held because it does not answer for now. */
static bool side_is_away(const struct cycle *c, enum side_id side)
{
	return side_is_out(c, side) && c->sides[side].held.code == ERR_RETRY;
}

static int publish(struct cycle *c, const struct cycle_request *request, struct err *e)
{
	struct side_publish what = { .hurry = request->hurry,
				     .commit = request->commit,
				     .workspace_seen = !side_is_out(c, SIDE_WORKSPACE),
				     .summary = request->summary };

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct slot *slot = &c->sides[s];
		struct err why = ERR_INIT;
		int r;

		what.away = side_is_away(c, s);
		if (!slot->side || !slot->side->ops->publish || (side_is_out(c, s) && !what.away))
			continue;
		r = slot->side->ops->publish(slot->side, &what, &why);
		if (what.away && !r)
			continue;
		slot_finish_publish(slot, r, &why);
		if ((r = state_save(&c->context.state, "agreed", e)))
			return r;
	}
	return ERR_OK;
}

/* ---- settle and report ---- */

static bool row_settled(const struct cycle *c, const struct row *row)
{
	if (row->side[SIDE_GIT].returned)
		return false;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!config_has_side(c->context.mapping, s) || row->todo.action[s] == PLAN_SETTLED)
			continue;
		/* A side may hold the same version and still be written: see input_settle_formats(). */
		if (row->side[s].state == ENTRY_HELD || row->todo.action[s] == PLAN_PUT)
			return false;
		if (!version_same(&row->side[s].version, &row->agreed))
			return false;
	}
	return true;
}

static void report_sides(struct cycle *c)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct report_side *side = &c->context.report->side[s];

		side->present = config_has_side(c->context.mapping, s);
		side->held = c->sides[s].held.code != 0;
		side->notebooks = c->looked_once ? (int64_t)context_holds(&c->context, s) : -1;
		if (side->held)
			side->sentence = xstrdup(c->sides[s].held.text);
	}
}

/* A side that publishes and is held: what waits for it. It says so itself where it was asked. */
static void report_unpublished(struct cycle *c, struct row **rows, size_t count)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const struct slot *slot = &c->sides[s];
		size_t n = 0;

		if (!slot->held.code || !slot->side || !slot->side->ops->publish ||
		    c->context.report->waiting.sentence)
			continue;
		for (size_t i = 0; i < count; i++)
			n += filter_manages_row(&c->context.filter, rows[i]) &&
			     !version_same(&rows[i]->base[s], &rows[i]->agreed);
		if (n)
			report_waiting(c->context.report, n,
				       "%zu change%s until the %s side is not held any more", n,
				       n == 1 ? " waits" : "s wait", side_names[s]);
	}
}

/* What is held stays dirty, so the listed rows are all there is to report. */
static void report_rows(struct cycle *c)
{
	struct row **rows;
	size_t count;

	rows = table_listed_sorted(&c->context.table, &count);
	for (size_t i = 0; i < count; i++) {
		struct row *row = rows[i];
		bool managed = filter_manages_row(&c->context.filter, row);

		for (enum side_id s = 0; managed && s < SIDE_COUNT; s++)
			if (row->side[s].state == ENTRY_HELD && !c->sides[s].held.code)
				report_held(c->context.report, row->path, s, row->side[s].reason,
					    row->side[s].sentence);
		/* After a failure row->todo may be the plan of an earlier cycle. */
		if (row->dirty && !c->context.report->code && (!managed || row_settled(c, row)))
			row->dirty = false;
	}
	report_unpublished(c, rows, count);
	free(rows);
	report_sides(c);
	table_rest(&c->context.table);
}

static void report_conflicts(struct cycle *c)
{
	struct row **rows;
	size_t count;

	rows = table_sorted(&c->context.copies, &count);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *original = NULL, *sentence = NULL;
		enum side_id side;

		if (copy_of(&c->context, rows[i]->path, &original, &side)) {
			sentence = xasprintf("an edit on the %s side clashed with it",
					     side_names[side]);
			report_conflict(c->context.report, original, rows[i]->path, sentence);
		}
	}
	free(rows);
}

/* A version that cannot be found is the answer to the request; the cycle goes on without it. */
static void find_adopted(struct cycle *c, const struct cycle_adopt *adopt)
{
	struct err why = ERR_INIT;

	if (adopt && adopt_prepare(c, adopt, &why))
		report_answer(c->context.report, why.code, "%s", why.text);
}

static int run(struct cycle *c, const struct cycle_request *request, struct err *e)
{
	int r;

	if ((r = space_check(c->context.config, c->context.mapping, e)) ||
	    (r = look(c, request, e)))
		return r;
	context_progress(&c->context, "record", 0, 0);
	if ((r = record(c, e)))
		return r;
	context_progress(&c->context, "think", 0, 0);
	find_adopted(c, request->adopt);
	if ((r = cycle_think(c, !request->hurry, e)) || (r = cycle_act(c, e)))
		return r;
	if (request->adopt)
		adopt_finish(c, request->adopt);
	if ((r = publish(c, request, e)))
		return r;
	/* Cancelled in the middle of a side: that is no error of the side. */
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (c->sides[s].held.code == ERR_CANCELLED)
			return err_set(e, ERR_CANCELLED, "asked to stop");
	return ERR_OK;
}

/* The Git side answers if it gets as far as its remote. */
static void answer_branch(struct cycle *c)
{
	const struct slot *git = &c->sides[SIDE_GIT];

	if (!git->side)
		report_answer(c->context.report, ERR_CONFIG,
			      "mapping '%s' has no Git side: set 'git' in its section",
			      c->context.mapping->name);
	else
		report_answer(c->context.report, git->held.code ? git->held.code : ERR_BUG, "%s",
			      git->held.code ? git->held.text : "nothing was said of the branch");
}

/* Every request has an answer, also when the cycle failed or there was nothing to do. */
static void answer(struct cycle *c, const struct cycle_request *request)
{
	if (c->context.report->code && (request->adopt || request->confirm || request->create_from))
		report_answer(c->context.report, c->context.report->code, "%s",
			      c->context.report->sentence);
	else if (request->create_from)
		answer_branch(c);
	else if (request->confirm && c->context.report->confirm)
		report_answer(c->context.report, ERR_CONFLICT,
			      "plan %s is not what waits now; look at 'nbsync status' and confirm "
			      "plan %s",
			      request->confirm, c->context.report->confirm);
	else if (request->confirm)
		report_answer(c->context.report, ERR_ABSENT, "nothing waits to be confirmed");
}

/* Runs again soon after something moved meanwhile, and later each time that happens in a row: a program
 * may keep a file open for hours. */
static void wake_unsettled(struct cycle *c)
{
	unsigned before = c->context.tries;

	c->context.tries = c->context.unsettled ? before + 1 : 0;
	if (c->context.unsettled)
		report_wake(
			c->context.report,
			UNSETTLED_WAKE_MS
				<< (before < UNSETTLED_DOUBLE_MAX ? before : UNSETTLED_DOUBLE_MAX));
}

/* ---- tidy ---- */

static bool was_busy(const struct report *r)
{
	uint64_t acts = r->commits + r->pushes;

	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		acts += r->side[s].written + r->side[s].deleted;
	return acts > 0;
}

/* At the end of a full cycle without other work: keeps the hub small. What fails is only noted. */
static void tidy(struct cycle *c, const struct cycle_request *request)
{
	struct report *report = c->context.report;
	struct err why = ERR_INIT;

	if (report->code || !report->full || c->context.unsettled)
		return;
	/* A request that is in a hurry (one cycle of a foreground command) is not followed by an idle one. */
	if (maintain(&c->maintenance, was_busy(report) && !request->hurry, &why) &&
	    why.code != ERR_CANCELLED) {
		log_warning("cannot tidy the hub: %s", why.text);
		report_note(report, "cannot tidy the hub: %s", why.text);
	}
}

void cycle_run(struct cycle *c, const struct cycle_request *request, struct report *out)
{
	int64_t started = clock_monotonic_ms();
	struct err e = ERR_INIT;

	report_init(out);
	c->context.report = out;
	c->context.unsettled = false;
	c->context.approvals.confirm = request->confirm;
	memset(c->context.approvals.root_confirmed, 0, sizeof(c->context.approvals.root_confirmed));
	out->code = run(c, request, &e);
	if (out->code) {
		out->sentence = xstrdup(e.text);
		if (out->code != ERR_CANCELLED)
			log_error("%s", e.text);
	}
	answer(c, request);
	report_rows(c);
	report_conflicts(c);
	rules_report(&c->context);
	wake_unsettled(c);
	tidy(c, request);
	if (out->full)
		cycle_save_cache(c);
	out->duration_ms = clock_monotonic_ms() - started;
	c->context.report = NULL;
}
