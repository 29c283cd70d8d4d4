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

#include "log/log.h"
#include "sync/ignore_load.h"

#define UNSETTLED_WAKE_MS    500 /* doubles with each further cycle that … */
#define UNSETTLED_DOUBLE_MAX 6   /* … is followed by another, so many times: 32 s */

static int (*const look_of[SIDE_COUNT])(struct cycle *c, const struct cycle_hints *hints,
					struct err *e) = {
	[SIDE_GIT] = git_look,
	[SIDE_WORKSPACE] = workspace_look,
	[SIDE_LOCAL] = local_look,
};

bool cycle_unsettled(const struct cycle *c)
{
	return c->unsettled;
}

/* ---- look ---- */

/* A side that fails is held as a whole; what was known of it stays. After a failure it is looked at
 * in full, whatever the hints. */
static void look_at_side(struct cycle *c, enum side_id side, const struct cycle_hints *hints)
{
	bool was_held = c->side_error[side].code != 0, full = was_held || c->relook[side] || !hints;
	struct err e = ERR_INIT;
	int r = ERR_OK;

	if (side == SIDE_WORKSPACE)
		r = cycle_open_workspace(c, &e);
	/* What this look leaves in doubt asks for the next one to be full. */
	if (full)
		c->relook[side] = false;
	if (!r)
		r = look_of[side](c, full ? NULL : hints, &e);
	if (r && r != ERR_CANCELLED && !str_eq(e.text, c->side_error[side].text))
		log_warning("the %s side is held: %s", side_names[side], e.text);
	else if (!r && was_held)
		log_notice("the %s side answers again", side_names[side]);
	c->side_error[side] = r ? e : ERR_INIT;
	if (r && side == SIDE_WORKSPACE && r == ERR_CONFIG) {
		workspace_free(c->workspace);
		c->workspace = NULL;
	}
}

/* Local first: what it finds tells a hinted workspace look which objects matter, and its ignore files
 * which of them are looked at; without it those of the branch do. */
static int look(struct cycle *c, const struct cycle_request *request, struct err *e)
{
	static const enum side_id orders[][SIDE_COUNT] = {
		{ SIDE_GIT, SIDE_WORKSPACE, SIDE_LOCAL },
		{ SIDE_LOCAL, SIDE_WORKSPACE, SIDE_GIT },
	};
	const enum side_id *order = orders[config_has_side(c->mapping, SIDE_LOCAL)];
	struct cycle_hints hints = { request->hints, request->hint_count };
	bool full = request->full || !c->looked_once;

	c->report->full = full;
	if (full) {
		table_release(&c->conflicts);
		table_init(&c->conflicts);
	}
	for (size_t i = 0; i < SIDE_COUNT; i++)
		if (config_has_side(c->mapping, order[i]))
			look_at_side(c, order[i], full ? NULL : &hints);
	if (cycle_cancelled(c))
		return err_set(e, ERR_CANCELLED, "asked to stop");
	c->looked_once = true;
	return ERR_OK;
}

/* ---- record ---- */

static int record(struct cycle *c, struct err *e)
{
	for (size_t i = 0; i < c->table.busy_count; i++)
		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			state_see(&c->state, c->table.busy[i], s);
	return state_save_seen(&c->state, "seen: before acting", e);
}

/* ---- publish ---- */

static int publish(struct cycle *c, const struct cycle_request *request, struct err *e)
{
	struct err why = ERR_INIT;
	int r;

	if (!config_has_side(c->mapping, SIDE_GIT) || c->side_error[SIDE_GIT].code)
		return ERR_OK;
	r = git_publish(c, request, &why);
	if (r && r != ERR_CANCELLED)
		log_warning("the git side is held: %s", why.text);
	if (r)
		c->side_error[SIDE_GIT] = why;
	return state_save(&c->state, "agreed", e);
}

/* ---- settle and report ---- */

static bool row_settled(const struct cycle *c, const struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!config_has_side(c->mapping, s) || row->todo.action[s] == PLAN_SETTLED)
			continue;
		/* What is the same version may still have to be written: see settle_sayings() in think.c. */
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
		struct report_side *side = &c->report->side[s];

		side->present = config_has_side(c->mapping, s);
		side->held = c->side_error[s].code != 0;
		side->notebooks = c->looked_once ? (int64_t)cycle_holds(c, s) : -1;
		if (side->held)
			side->sentence = xstrdup(c->side_error[s].text);
	}
}

/* What is held stays dirty, so the busy rows are all there is to report. */
static void report_rows(struct cycle *c)
{
	struct row **rows;
	size_t count;

	rows = table_busy_sorted(&c->table, &count);
	for (size_t i = 0; i < count; i++) {
		struct row *row = rows[i];
		bool managed = filter_manages_row(&c->filter, row);

		for (enum side_id s = 0; managed && s < SIDE_COUNT; s++)
			if (row->side[s].state == ENTRY_HELD && !c->side_error[s].code)
				report_held(c->report, row->path, s, row->side[s].reason,
					    row->side[s].sentence);
		/* A cycle that failed may not have got as far as a plan: the one here is an older. */
		if (row->dirty && !c->report->code && (!managed || row_settled(c, row)))
			row->dirty = false;
	}
	free(rows);
	report_sides(c);
	table_rest(&c->table);
}

static void report_conflicts(struct cycle *c)
{
	struct row **rows;
	size_t count;

	rows = table_sorted(&c->conflicts, &count);
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *original = NULL, *sentence = NULL;
		enum side_id side;

		if (conflict_copy_of(c, rows[i]->path, &original, &side)) {
			sentence = xasprintf("an edit on the %s side clashed with it",
					     side_names[side]);
			report_conflict(c->report, original, rows[i]->path, sentence);
		}
	}
	free(rows);
}

/* A wish that cannot be fulfilled is answered; the cycle goes on without it. */
static void find_adopted(struct cycle *c, const struct cycle_adopt *adopt)
{
	struct err why = ERR_INIT;

	if (adopt && adopt_prepare(c, adopt, &why))
		report_answer(c->report, why.code, "%s", why.text);
}

static int run(struct cycle *c, const struct cycle_request *request, struct err *e)
{
	int r;

	if ((r = cycle_check_space(c, e)) || (r = look(c, request, e)))
		return r;
	cycle_progress(c, "record", 0, 0);
	if ((r = record(c, e)))
		return r;
	cycle_progress(c, "think", 0, 0);
	find_adopted(c, request->adopt);
	if ((r = cycle_think(c, e)) || (r = cycle_act(c, e)))
		return r;
	if (request->adopt)
		adopt_finish(c, request->adopt);
	if ((r = publish(c, request, e)))
		return r;
	/* A side that was left in the middle because somebody asked to stop has nothing wrong. */
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (c->side_error[s].code == ERR_CANCELLED)
			return err_set(e, ERR_CANCELLED, "asked to stop");
	return ERR_OK;
}

/* Whoever asked for something hears what became of it, even if that is nothing. */
static void answer(struct cycle *c, const struct cycle_request *request)
{
	if (c->report->code && (request->adopt || request->confirm))
		report_answer(c->report, c->report->code, "%s", c->report->sentence);
	else if (request->confirm && c->report->confirm)
		report_answer(c->report, ERR_CONFLICT,
			      "plan %s is not what waits now; look at 'nbsync status' and confirm "
			      "plan %s",
			      request->confirm, c->report->confirm);
	else if (request->confirm)
		report_answer(c->report, ERR_ABSENT, "nothing waits to be confirmed");
}

static void load_policy(struct cycle *c)
{
	policy_set_release(&c->policy);
	policy_set_load(&c->policy, POLICY_SYSTEM_FILE, c->config->daemon.policy);
	if (c->policy.note)
		report_note(c->report, "%s", c->policy.note);
}

/* Somebody who moves once is done in a moment; one who keeps a file open may do so for hours. */
static void wake_unsettled(struct cycle *c)
{
	unsigned before = c->unsettled_runs;

	c->unsettled_runs = c->unsettled ? before + 1 : 0;
	if (c->unsettled)
		report_wake(c->report, UNSETTLED_WAKE_MS << (before < UNSETTLED_DOUBLE_MAX
								     ? before
								     : UNSETTLED_DOUBLE_MAX));
}

void cycle_run(struct cycle *c, const struct cycle_request *request, struct report *out)
{
	int64_t started = cycle_now_ms();
	struct err e = ERR_INIT;

	report_init(out);
	c->report = out;
	c->unsettled = false;
	c->confirm = request->confirm;
	memset(c->root_confirmed, 0, sizeof(c->root_confirmed));
	if (request->commit || request->fetch)
		c->git.fetched_ms = 0;
	if (config_has_side(c->mapping, SIDE_GIT))
		load_policy(c);
	out->code = run(c, request, &e);
	if (out->code) {
		out->sentence = xstrdup(e.text);
		if (out->code != ERR_CANCELLED)
			log_error("%s", e.text);
	}
	answer(c, request);
	report_rows(c);
	report_conflicts(c);
	ignore_report(c);
	if (c->workspace)
		out->requests = workspace_changes_sent(c->workspace);
	wake_unsettled(c);
	cycle_maintain(c, request);
	if (out->full)
		cache_save(c);
	out->duration_ms = cycle_now_ms() - started;
	c->report = NULL;
}
