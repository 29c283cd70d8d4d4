/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guards that look at more than one path of a plan: names that differ only in case, and what
 * happens to too many at once (mass_guard.c); then each side takes back what it could not take (side_ops.check). What a guard
 * takes back has not been agreed to: its row stays dirty and is planned again in every cycle, so that
 * it passes as soon as the cause is gone.
 */

#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "path/path.h"
#include "plan/row.h"
#include "side/file.h"
#include "side/kind.h"
#include "sync/internal.h"

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

int cycle_guard(struct cycle *c, struct err *e)
{
	struct row **rows;
	size_t count;
	int r;

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
	r = mass_guard(c, rows, count, e);
	for (size_t i = 0; i < count; i++)
		if (rows[i]->dirty) {
			check_by_sides(c, rows[i]);
			name_remark(c, rows[i]);
			c->context.unsettled |= kind_is_answered(rows[i]);
		}
	remark_changes(c);
	free(rows);
	return r;
}
