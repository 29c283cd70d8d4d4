/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guards that need to see more than one path of a plan: names that other machines could not tell
 * apart, notebooks where a workspace has folders, and too many deletions at once. What a guard takes
 * back has not been agreed to yet, stays dirty, and is planned again in every cycle; so it is
 * released by itself when its cause has gone.
 */

#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "path/path.h"
#include "sync/file.h"
#include "sync/guard.h"
#include "sync/kind.h"

#define RECENT_MS 60000

const struct version *guard_planned(const struct row *row)
{
	return row->dirty ? &row->todo.agreed : &row->agreed;
}

enum side_id guard_origin(const struct row *row)
{
	for (enum side_id s = SIDE_COUNT; s-- > 0;)
		if (row->origins & 1u << s)
			return s;
	return SIDE_GIT;
}

void guard_take_back(struct row *row)
{
	struct row *other = row->renamed_from ? row->renamed_from : row->renamed_to;

	row->todo = (struct plan_outcome){ .agreed = row->agreed };
	row->renamed_from = row->renamed_to = NULL;
	if (other)
		guard_take_back(other);
}

/* ---- names ---- */

static const struct row *agreed_alike(const struct row *row)
{
	for (const struct row *other = table_next_alike(row, row); other;
	     other = table_next_alike(row, other))
		if (!version_absent(guard_planned(other)))
			return other;
	return NULL;
}

/* A name with the bytes that look alike spelled out. */
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
	report_held(c->report, row->path, guard_origin(row), HOLD_COLLISION, e.text);
	guard_take_back(row);
}

/* ---- folders of the workspace ---- */

static bool stays(const struct row *row)
{
	return row->side[SIDE_WORKSPACE].state != ENTRY_ABSENT &&
	       !(row->dirty && row->todo.action[SIDE_WORKSPACE] == PLAN_DELETE);
}

/* The notebook that is to stand, or stands in the workspace, where row needs a folder; or what else
 * stands there. */
static const struct row *notebook_above(struct cycle *c, const struct row *row)
{
	cleanup_free char *above = xstrdup(row->path);
	char *slash;

	while ((slash = strrchr(above, '/'))) {
		const struct row *found;

		*slash = '\0';
		found = table_find(&c->table, above);
		if (found && (!version_absent(guard_planned(found)) || stays(found)))
			return found;
		found = table_find(&c->occupied, above);
		if (found && found->side[SIDE_WORKSPACE].reason != HOLD_NONE)
			return found;
	}
	return NULL;
}

/* Whether the folder of that name is empty when this plan has been carried out, so that it can go. It
 * may be empty already: a process that was killed had begun with the same plan. */
static bool is_emptied(const struct cycle *c, const char *folder)
{
	const struct row *there = table_find(&c->occupied, folder);
	const struct row *row;

	if (!there || there->side[SIDE_WORKSPACE].reason != HOLD_NONE)
		return false;
	for (row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		if (stays(row) && path_is_below(row->path, folder))
			return false;
	for (row = table_next(&c->occupied, NULL); row; row = table_next(&c->occupied, row))
		if (path_is_below(row->path, folder))
			return false;
	return true;
}

/* A workspace cannot have a notebook and a folder of one name; directories and branches can. */
static void guard_folder(struct cycle *c, struct row *row)
{
	enum plan_action *action = &row->todo.action[SIDE_WORKSPACE];
	const struct row *above;
	struct err e = ERR_INIT;

	if (*action == PLAN_BLOCKED && is_emptied(c, row->path)) {
		*action = PLAN_PUT;
	} else if (*action == PLAN_BLOCKED) {
		err_set(&e, ERR_INVALID,
			"something else than this notebook stands at '%s' in the workspace, which "
			"cannot have both: rename one of them",
			row->path);
	} else if (*action == PLAN_PUT && (above = notebook_above(c, row))) {
		err_set(&e, ERR_INVALID,
			"'%s' is no folder in the workspace, which cannot have two things of one "
			"name: rename one of them",
			above->path);
	}
	if (!e.code)
		return;
	report_held(c->report, row->path, SIDE_WORKSPACE, HOLD_COLLISION, e.text);
	*action = PLAN_NOTHING;
}

/* ---- deletions ---- */

static bool is_held(const struct cycle *c, const struct row *row, enum side_id side)
{
	return c->side_error[side].code || row->side[side].state == ENTRY_HELD;
}

/* Nothing is deleted on a side while it is held; but what is agreed now will be when it is back, and
 * then nobody asks any more. */
static bool deletes_on(const struct cycle *c, const struct row *row, enum side_id side)
{
	if (row->todo.action[side] == PLAN_DELETE)
		return true;
	return config_has_side(c->mapping, side) && c->mapping->receives[side] &&
	       is_held(c, row, side) && version_absent(&row->todo.agreed) &&
	       !version_absent(&row->base[side]);
}

/* What is agreed to be deleted was confirmed before, if it had to be; what was renamed, or follows a
 * root whose loss was confirmed, does not count. Where a script changes its kind, only a workspace
 * loses an object, with its permissions and its history; elsewhere a file changes. */
static bool is_deletion(const struct cycle *c, const struct row *row, enum side_id side)
{
	if (side != SIDE_WORKSPACE && kind_heir(c, row))
		return false;
	return row->dirty && row->todo.agreed_changed && deletes_on(c, row, side) &&
	       !row->renamed_to && !row->adopted && !c->root_confirmed[guard_origin(row)];
}

static bool deletes(const struct cycle *c, const struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (is_deletion(c, row, s))
			return true;
	return false;
}

/* A side that does not answer may not have been looked at yet. */
static size_t stock(const struct cycle *c, enum side_id side)
{
	return c->side_error[side].code ? cycle_known(c, side) : cycle_holds(c, side);
}

/* A folder that is being removed may come in portions, one with each look that happens meanwhile. */
static size_t recent(const struct cycle *c, enum side_id side)
{
	const struct recent_deletions *before = &c->recent[side];

	return before->count && cycle_now_ms() - before->last_ms < RECENT_MS ? before->count : 0;
}

static size_t count_deletions(const struct cycle *c, enum side_id side)
{
	size_t n = 0;

	for (size_t i = 0; i < c->table.busy_count; i++)
		n += is_deletion(c, c->table.busy[i], side);
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

/* Those that are let through are remembered; those that wait keep what went before them alive. */
static void remember(struct cycle *c, const size_t deletions[static SIDE_COUNT], bool pass)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!deletions[s])
			continue;
		c->recent[s].count = recent(c, s) + (pass ? deletions[s] : 0);
		c->recent[s].last_ms = cycle_now_ms();
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
		report_held(c->report, rows[i]->path, guard_origin(rows[i]), HOLD_DELETIONS,
			    "one of many deletions at once, waiting to be confirmed");
		heir = kind_heir(c, rows[i]);
		guard_take_back(rows[i]);
		if (heir && heir->dirty)
			guard_take_back(heir);
	}
}

static void note_deletions(struct cycle *c, enum side_id side, size_t deletions, const char *token)
{
	size_t before = recent(c, side);
	cleanup_free char *after = before ? xasprintf(", after %zu others", before) : xstrdup("");

	report_note(
		c->report,
		"%zu of %zu notebooks would be deleted on the %s side%s: nothing is deleted until "
		"you run 'nbsync confirm %s %s'",
		deletions, stock(c, side), side_names[side], after, c->mapping->name, token);
}

static void guard_deletions(struct cycle *c, struct row **rows, size_t count)
{
	cleanup_buf struct buf plan = BUF_UNBOUNDED;
	char token[CYCLE_TOKEN_SIZE];
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
	if (most && !cycle_confirmed(c, &plan, token)) {
		note_deletions(c, where, most, token);
		hold_deletions(c, rows, count);
		remember(c, deletions, false);
		return;
	}
	remember(c, deletions, true);
	if (most)
		memset(c->recent, 0, sizeof(c->recent));
}

/* ---- many changes ---- */

/* Everything changed at once is rarely what somebody meant (a tool that rewrote all files, another
 * branch checked out), but no version is lost by it: a remark, not a hold. */
static void remark_changes(struct cycle *c)
{
	size_t changed[SIDE_COUNT] = { 0 };

	for (size_t i = 0; i < c->table.busy_count; i++) {
		const struct row *row = c->table.busy[i];

		if (row->dirty && row->todo.agreed_changed && !version_absent(&row->agreed) &&
		    (!version_absent(&row->todo.agreed) || kind_heir(c, row)))
			changed[guard_origin(row)]++;
	}
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (changed[s] > 10 && changed[s] > c->table.there[s] / 2)
			report_note(
				c->report,
				"%zu of %zu notebooks changed at once on the %s side; what they "
				"were before is in 'nbsync log %s'",
				changed[s], c->table.there[s], side_names[s], c->mapping->name);
}

void cycle_guard(struct cycle *c)
{
	struct row **rows;
	size_t count;

	rows = table_busy_sorted(&c->table, &count);
	/* Of two newcomers the first stays, so the last is looked at first. */
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
			guard_folder(c, rows[i]);
			name_remark(c, rows[i]);
			c->unsettled |= kind_is_answered(rows[i]);
		}
	remark_changes(c);
	free(rows);
}
