/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guards that look at more than one path of a plan: names that differ only in case, and too many
 * deletions at once; then each side takes back what it could not take (side_ops.check). What a guard
 * takes back has not been agreed to: its row stays dirty and is planned again in every cycle, so that
 * it passes as soon as the cause is gone.
 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "log/log.h"
#include "path/path.h"
#include "plan/row.h"
#include "side/confirm.h"
#include "side/file.h"
#include "side/kind.h"
#include "sync/internal.h"

#define RECENT_MS 60000

/* ---- names ---- */

static const struct row *agreed_alike(const struct row *row)
{
	for (const struct row *other = table_next_alike(row, row); other;
	     other = table_next_alike(row, other))
		if (!version_absent(row_planned(other)))
			return other;
	return NULL;
}

/* A name as it can be shown beside another that looks the same: other bytes than ASCII as \xNN. */
static char *visible(const char *path)
{
	struct buf out = BUF_UNBOUNDED;

	for (const char *p = path; *p; p++) {
		if ((unsigned char)*p < 0x80)
			buf_add_char(&out, *p);
		else
			buf_addf(&out, "\\x%02x", (unsigned char)*p);
	}
	return buf_steal(&out, NULL);
}

/* A new notebook whose name differs from another's only in case or in the spelling of accents would
 * overwrite it in the next clone on Windows or macOS. */
static void guard_name(struct cycle *c, struct row *row)
{
	cleanup_free char *mine = NULL, *its = NULL;
	const struct row *other;
	struct err e = ERR_INIT;

	if (!row->todo.agreed_changed || !version_absent(&row->agreed) ||
	    version_absent(&row->todo.agreed) || !(other = agreed_alike(row)))
		return;
	mine = visible(row->path);
	its = visible(other->path);
	err_set(&e, ERR_INVALID,
		"'%s' and '%s' differ only in case or in the spelling of accents, which Windows "
		"and macOS take for one name: rename one of them",
		mine, its);
	report_held(c->context.report, row->path, row_origin(row), HOLD_COLLISION, e.text);
	row_take_back(row);
}

/* ---- deletions ---- */

static bool is_held(const struct cycle *c, const struct row *row, enum side_id side)
{
	return c->sides[side].held.code || row->side[side].state == ENTRY_HELD;
}

/* Whether this plan deletes the row on a side: now, or when the side is no longer held, because the
 * deletion is agreed by then and not guarded again. */
static bool deletes_on(const struct cycle *c, const struct row *row, enum side_id side)
{
	if (row->todo.action[side] == PLAN_DELETE)
		return true;
	return config_has_side(c->context.mapping, side) && c->context.mapping->receives[side] &&
	       is_held(c, row, side) && version_absent(&row->todo.agreed) &&
	       !version_absent(&row->base[side]);
}

/* Whether a row counts as a deletion on a side. Not counted: a deletion that was agreed in an earlier
 * cycle (it was guarded then), a rename, and what follows from the loss of a root that was confirmed.
 * A script that changes its kind counts in the workspace, which loses an object with its permissions
 * and history; elsewhere a file is rewritten. */
static bool is_deletion(const struct cycle *c, const struct row *row, enum side_id side)
{
	if (side != SIDE_WORKSPACE && kind_heir(&c->context, row))
		return false;
	return row->dirty && row->todo.agreed_changed && deletes_on(c, row, side) &&
	       !row->rename.to && !row->adopted &&
	       !c->context.approvals.root_confirmed[row_origin(row)];
}

static bool deletes(const struct cycle *c, const struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (is_deletion(c, row, s))
			return true;
	return false;
}

/* How many notebooks a side has; while it is held, how many it had when it last agreed. */
static size_t stock(const struct cycle *c, enum side_id side)
{
	return c->sides[side].held.code ? context_known(&c->context, side)
					: context_holds(&c->context, side);
}

/* Deletions of the last minute: somebody who removes a folder may be looked at several times while
 * doing it. */
static size_t recent(const struct cycle *c, enum side_id side)
{
	const struct recent_deletions *before = &c->sides[side].recent;

	return before->count && clock_monotonic_ms() - before->last_ms < RECENT_MS ? before->count
										   : 0;
}

static size_t count_deletions(const struct cycle *c, enum side_id side)
{
	size_t n = 0;

	for (size_t i = 0; i < c->context.table.listed_count; i++)
		n += is_deletion(c, c->context.table.listed[i], side);
	return n;
}

static bool too_many(const struct cycle *c, enum side_id side, size_t deletions)
{
	size_t before = recent(c, side), held;

	if (deletions + before < 2 || !deletions)
		return false;
	held = stock(c, side);
	return plan_is_mass_deletion(deletions, held) ||
	       (before && deletions < held &&
		plan_is_mass_deletion(deletions + before, held + before));
}

/* Deletions that pass are added to the count of the last minute. Deletions that are held are not, but
 * they renew the minute, so that those before still count with them. */
static void remember(struct cycle *c, const size_t deletions[static SIDE_COUNT], bool pass)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!deletions[s])
			continue;
		c->sides[s].recent.count = recent(c, s) + (pass ? deletions[s] : 0);
		c->sides[s].recent.last_ms = clock_monotonic_ms();
	}
}

/* The plan as text, in an order that depends on nothing but the plan: what its token is made of. */
static void describe(struct cycle *c, struct row **rows, size_t count, struct buf *out)
{
	buf_add_str(out, "delete\n");
	for (size_t i = 0; i < count; i++) {
		char blob[41];

		if (!deletes(c, rows[i]))
			continue;
		oid_hex(&rows[i]->agreed.blob, blob);
		buf_addf(out, "%s %s\n", blob, rows[i]->path);
	}
}

static void hold_deletions(struct cycle *c, struct row **rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct row *heir;

		if (!deletes(c, rows[i]))
			continue;
		report_held(c->context.report, rows[i]->path, row_origin(rows[i]), HOLD_DELETIONS,
			    "one of many deletions at once, waiting to be confirmed");
		heir = kind_heir(&c->context, rows[i]);
		row_take_back(rows[i]);
		if (heir && heir->dirty)
			row_take_back(heir);
	}
}

static void note_deletions(struct cycle *c, enum side_id side, size_t deletions, const char *token)
{
	size_t before = recent(c, side);
	cleanup_free char *after = before ? xasprintf(", after %zu others", before) : xstrdup("");

	report_note(
		c->context.report,
		"%zu of %zu notebooks would be deleted on the %s side%s: nothing is deleted until "
		"you run 'nbsync confirm %s %s'",
		deletions, stock(c, side), side_names[side], after, c->context.mapping->name,
		token);
}

static void guard_deletions(struct cycle *c, struct row **rows, size_t count)
{
	cleanup_buf struct buf plan = BUF_UNBOUNDED;
	char token[CONFIRM_TOKEN_SIZE];
	size_t deletions[SIDE_COUNT], most = 0;
	enum side_id where = 0;

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		deletions[s] = count_deletions(c, s);
		if (!too_many(c, s, deletions[s]) || deletions[s] <= most)
			continue;
		most = deletions[s];
		where = s;
	}
	if (most)
		describe(c, rows, count, &plan);
	if (most && !plan_confirmed(&c->context, &plan, token)) {
		note_deletions(c, where, most, token);
		hold_deletions(c, rows, count);
		remember(c, deletions, false);
		return;
	}
	remember(c, deletions, true);
	if (most)
		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			c->sides[s].recent = (struct recent_deletions){ 0 };
}

/* ---- many changes ---- */

/* Everything changed at once is rarely what somebody meant (a tool that rewrote all files, another
 * branch checked out), but no version is lost by it: a remark, not a hold. */
static void remark_changes(struct cycle *c)
{
	size_t changed[SIDE_COUNT] = { 0 };

	for (size_t i = 0; i < c->context.table.listed_count; i++) {
		const struct row *row = c->context.table.listed[i];

		if (row->dirty && row->todo.agreed_changed && !version_absent(&row->agreed) &&
		    (!version_absent(&row->todo.agreed) || kind_heir(&c->context, row)))
			changed[row_origin(row)]++;
	}
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (changed[s] > 10 && changed[s] > c->context.table.there[s] / 2)
			report_note(
				c->context.report,
				"%zu of %zu notebooks changed at once on the %s side; what they "
				"were before is in 'nbsync log %s'",
				changed[s], c->context.table.there[s], side_names[s],
				c->context.mapping->name);
}

static void check_by_sides(struct cycle *c, struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct side *side = c->sides[s].side;

		if (side && side->ops->check)
			side->ops->check(side, row);
	}
}

void cycle_guard(struct cycle *c)
{
	struct row **rows;
	size_t count;

	rows = table_listed_sorted(&c->context.table, &count);
	/* Of two new names that look alike the one that sorts first stays, so begin at the end. */
	for (size_t i = count; i-- > 0;)
		if (rows[i]->dirty)
			guard_name(c, rows[i]);
	for (size_t i = 0; i < count; i++) {
		if (rows[i]->dirty)
			name_guard(c, rows[i]);
		file_guard(c, rows[i]);
	}
	guard_deletions(c, rows, count);
	for (size_t i = 0; i < count; i++)
		if (rows[i]->dirty) {
			check_by_sides(c, rows[i]);
			name_remark(c, rows[i]);
			c->context.unsettled |= kind_is_answered(rows[i]);
		}
	remark_changes(c);
	free(rows);
}
