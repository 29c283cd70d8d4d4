/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Think and guard: plan_path() for every dirty row, then the guard that needs to see all of them.
 * Only here does the agreed state move. A mass deletion is taken back as a whole before anything is
 * agreed: the sides stay as they are, and status says what would have happened.
 */

#include <stdlib.h>

#include "base/log.h"
#include "sync/cycle_internal.h"
#include "sync/filter.h"

static bool side_held(const struct cycle *c, enum side_id side)
{
	return !config_has_side(c->mapping, side) || c->side_error[side].code;
}

static void plan_row(struct cycle *c, const struct plan_rules *rules, struct row *row)
{
	struct plan_input in = { .agreed = row->agreed };

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		in.base[s] = row->base[s];
		in.side[s] = row->side[s].version;
		in.held[s] = side_held(c, s) || row->side[s].state == ENTRY_HELD;
	}
	plan_path(rules, &in, &row->todo);
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (row->todo.agreed_changed && !version_absent(&row->todo.agreed) &&
		    version_same(&in.side[s], &row->todo.agreed))
			row->origin = (uint8_t)(s + 1);
	/* A deletion came from the side that no longer has what its base had. */
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (row->todo.agreed_changed && version_absent(&row->todo.agreed) && !in.held[s] &&
		    version_absent(&in.side[s]) && !version_absent(&in.base[s]))
			row->origin = (uint8_t)(s + 1);
}

/* ---- guard ---- */

static void take_back_deletion(struct row *row)
{
	row->todo.agreed = row->agreed;
	row->todo.agreed_changed = false;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		row->todo.action[s] = PLAN_NOTHING;
}

static bool deletes(const struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (row->todo.action[s] == PLAN_DELETE)
			return true;
	return false;
}

static void guard_deletions(struct cycle *c)
{
	size_t deletions[SIDE_COUNT] = { 0 }, held[SIDE_COUNT] = { 0 };
	bool mass = false;

	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row)) {
		for (enum side_id s = 0; s < SIDE_COUNT; s++) {
			deletions[s] += row->dirty && row->todo.action[s] == PLAN_DELETE;
			held[s] += row->side[s].state != ENTRY_ABSENT;
		}
	}
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (c->confirm || !plan_is_mass_deletion(deletions[s], held[s]))
			continue;
		mass = true;
		report_note(c->report,
			    "%zu of %zu notebooks would be deleted on the %s side: nothing is "
			    "deleted until you run 'nbsync sync --confirm-deletions %s'",
			    deletions[s], held[s], side_names[s], c->mapping->name);
	}
	if (!mass)
		return;
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row)) {
		if (!row->dirty || !deletes(row))
			continue;
		report_held(c->report, row->path, row->origin ? row->origin - 1u : SIDE_GIT,
			    HOLD_DELETIONS,
			    "one of many deletions at once, waiting to be confirmed");
		take_back_deletion(row);
	}
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
		state_set_agreed(&c->state, row, &row->todo.agreed);
	if (row->todo.agreed_changed) {
		c->git.changed_ms = now;
		if (!c->git.waiting_since_ms)
			c->git.waiting_since_ms = now;
	}
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (row->todo.action[s] == PLAN_SETTLED)
			state_set_base(&c->state, row, s, &row->agreed);
}

int cycle_think(struct cycle *c, struct err *e)
{
	struct plan_rules rules = {
		.conflict = (enum config_conflict)c->mapping->conflict,
		.merge = content_merge,
		.merge_payload = &c->content,
	};
	int64_t now = cycle_now_ms();
	int r;

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		rules.accepts[s] = c->mapping->accepts[s];
		rules.receives[s] = c->mapping->receives[s];
	}
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row)) {
		if (!row->dirty)
			continue;
		/* What a changed filter un-manages is frozen: it keeps its place in the agreed
		 * state and its bases, so that it can come back as if nothing had happened. */
		if (!filter_manages(c->mapping, row->path)) {
			row->todo = (struct plan_outcome){ .agreed = row->agreed };
			continue;
		}
		if ((r = content_resolve_row(&c->content, row, e)))
			return err_wrap(e, "'%s'", row->path);
		plan_row(c, &rules, row);
	}
	guard_deletions(c);
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		if (row->dirty)
			agree(c, row, now);
	return ERR_OK;
}
