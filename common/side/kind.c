/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of kind. It decides nothing about sides, which is plan.c's: it says which row belongs to
 * which, and whether what looks like a change of kind was meant.
 *
 * Invariant: of the two rows of one script, the one that is to go does so before the other comes in
 * the workspace, which cannot have both, and together with it where they share a file.
 */

#include "side/kind.h"

#include <string.h>

#include "memory/markers.h"
#include "plan/row.h"
#include "side/file.h"

/* ---- whether it was meant ---- */

int kind_check_commit(const char *file, const struct buf *data, struct err *e)
{
	const char *text = buf_str(data), *other = notebook_other_kind(text, data->len);
	size_t line = markers_find(text, data->len);

	if (line)
		return err_set(e, ERR_INVALID,
			       "'%s' was a notebook, and line %zu has conflict markers of an "
			       "unfinished merge: choose what is to stay",
			       file, line);
	if (other)
		return err_set(e, ERR_INVALID, "'%s' was a notebook: %s", file, other);
	if (memchr(text, '\0', data->len))
		return err_set(e, ERR_INVALID,
			       "'%s' was a notebook and contains NUL bytes now: restore it", file);
	return ERR_OK;
}

bool kind_is_settled(const struct side_context *c, const struct row *row, enum side_id side)
{
	const struct version *base = &row->base[side];
	cleanup_free char *file = NULL;
	const struct row *plain;

	if (!version_absent(&row->agreed))
		return false;
	if (!files_wanted(c))
		return true;
	if (row->side[side].file)
		file = xstrdup(row->side[side].file);
	else if (!version_absent(base))
		file = version_file(row->path, base);
	plain = file ? table_find(&c->table, file) : NULL;
	return plain && plain != row && !version_absent(&plain->agreed) &&
	       plain->agreed.kind == VERSION_FILE;
}

bool kind_is_answered(const struct row *row)
{
	const struct entry *entry = &row->side[SIDE_LOCAL];
	bool held = entry->state == ENTRY_HELD && entry->reason == HOLD_UNPARSABLE;
	bool deleted = row->todo.agreed_changed && version_absent(&row->todo.agreed);

	return row->dirty && held && deleted;
}

/* ---- which row belongs to which ---- */

/* The row of the notebook that this file would be. */
static struct row *notebook_of(const struct side_context *c, const char *file)
{
	struct notebook_name name;
	struct row *row;

	if (!notebook_name_parse(&name, file))
		return NULL;
	row = table_find(&c->table, name.stem);
	notebook_name_release(&name);
	return row;
}

/* Whether a row's file on a side was this one by the last look or, before any, when it agreed
 * last. */
static bool had(const struct row *row, enum side_id side, const char *file)
{
	const struct version *base = &row->base[side];
	cleanup_free char *its = NULL;

	if (row->side[side].file)
		return str_eq(row->side[side].file, file);
	its = version_absent(base) ? NULL : version_file(row->path, base);
	return str_eq(its, file);
}

struct row *kind_twin(struct side_context *c, const struct row *row, enum side_id side)
{
	const char *file = row->side[side].file;
	struct row *twin;

	if (!files_wanted(c))
		return NULL;
	if (file && !row_names_file(row, file)) {
		twin = table_find(&c->table, file);
		return twin && had(twin, side, twin->path) ? twin : NULL;
	}
	twin = notebook_of(c, row->path);
	return twin && had(twin, side, row->path) ? twin : NULL;
}

bool kind_was_notebook(struct side_context *c, enum side_id side, const char *file)
{
	const struct row *plain = table_find(&c->table, file), *row = notebook_of(c, file);
	bool had_notebook, had_file;

	if (!row || kind_is_settled(c, row, side))
		return false;
	if (str_eq(row->side[side].file, file))
		return true;
	/* Not looked at since a restart: the bases say which of the two rows had the file. */
	had_notebook = !version_absent(&row->base[side]) &&
		       row->base[side].kind == VERSION_NOTEBOOK;
	had_file = plain && plain->base[side].kind == VERSION_FILE;
	return row->side[side].state == ENTRY_ABSENT && had_notebook && !had_file;
}

static bool was_file(const struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (!version_absent(&row->base[s]))
			return row->base[s].kind == VERSION_FILE;
	return row_is_file(row);
}

static bool will_be(const struct row *row, enum version_kind kind)
{
	return row && !version_absent(row_planned(row)) && row_planned(row)->kind == kind;
}

struct row *kind_heir(const struct side_context *c, const struct row *row)
{
	struct row *heir;

	if (!files_wanted(c) || !version_absent(row_planned(row)))
		return NULL;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const char *file = row->side[s].file;

		if (!file || row_names_file(row, file))
			continue;
		heir = table_find(&c->table, file);
		if (will_be(heir, VERSION_FILE))
			return heir;
	}
	heir = was_file(row) ? notebook_of(c, row->path) : NULL;
	return will_be(heir, VERSION_NOTEBOOK) ? heir : NULL;
}

/* What a row holds, or is to hold, of a kind; NULL: nothing. */
static const struct version *holds(const struct row *row, enum version_kind kind)
{
	if (!version_absent(&row->agreed))
		return row->agreed.kind == kind ? &row->agreed : NULL;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (row->side[s].state == ENTRY_PRESENT && row->side[s].version.kind == kind)
			return &row->side[s].version;
	return NULL;
}

/* Whether a notebook's file and a plain file would have one name, where names have extensions. */
static bool share_name(const struct side_context *c, const struct row *notebook,
		       const struct version *v, const struct row *plain)
{
	static const enum side_id sides[] = { SIDE_GIT, SIDE_LOCAL };

	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		cleanup_free char *file = content_file(c->mapping, notebook, sides[i], v);

		if (config_has_side(c->mapping, sides[i]) && str_eq(file, plain->path))
			return true;
	}
	return false;
}

struct row *kind_rival(const struct side_context *c, const struct row *row, const struct version *v)
{
	static const enum side_id sides[] = { SIDE_GIT, SIDE_LOCAL };
	const struct version *theirs;
	struct row *other;

	if (!files_wanted(c) || version_absent(v))
		return NULL;
	if (v->kind == VERSION_FILE) {
		other = notebook_of(c, row->path);
		theirs = other ? holds(other, VERSION_NOTEBOOK) : NULL;
		return theirs && share_name(c, other, theirs, row) ? other : NULL;
	}
	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		cleanup_free char *file = content_file(c->mapping, row, sides[i], v);

		other = table_find(&c->table, file);
		if (config_has_side(c->mapping, sides[i]) && other && holds(other, VERSION_FILE))
			return other;
	}
	return NULL;
}

bool kind_is_replaced(const struct side_context *c, const struct row *row)
{
	const struct row *heir = kind_heir(c, row);
	cleanup_free char *file = NULL;

	if (!heir || heir->todo.action[SIDE_LOCAL] != PLAN_PUT)
		return false;
	file = content_file(c->mapping, heir, SIDE_LOCAL, &heir->agreed);
	return str_eq(file, row->side[SIDE_LOCAL].file);
}

struct row *kind_replaced(const struct side_context *c, const struct row *row, const char *file)
{
	struct row *other = row_names_file(row, file) ? notebook_of(c, file)
						      : table_find(&c->table, file);
	const struct entry *entry = other ? &other->side[SIDE_LOCAL] : NULL;

	if (!entry || !files_wanted(c))
		return NULL;
	if (entry->state != ENTRY_PRESENT || !str_eq(entry->file, file))
		return NULL;
	return other->todo.action[SIDE_LOCAL] == PLAN_DELETE ? other : NULL;
}
