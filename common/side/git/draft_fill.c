/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The changes that the plans of the rows ask of the branch. A row that the branch cannot have is
 * refused by itself; the others go on.
 */

#include <stdlib.h>

#include "side/git/draft.h"
#include "side/git/name.h"
#include "side/settled.h"

/* The branch has files that are none of this mapping's: scripts that are no notebooks, or what the
 * filter excludes. A notebook never takes the place of one of these: ERR_INVALID. */
static int check_place(struct side_context *c, const struct draft *d, const struct row *row,
		       const char *file, struct err *e)
{
	const struct row *holder = table_find_file(&c->table, SIDE_GIT, file);
	struct err absent = ERR_INIT;
	cleanup_free char *path = NULL;
	struct oid id;
	int r;

	if (draft_on_parent(d, row, file) || draft_find_unpushed(d, file) ||
	    (holder && holder->side[SIDE_GIT].state != ENTRY_ABSENT))
		return ERR_OK;
	path = git_path_of(c, file);
	r = hub_tree_find(c->hub, &d->tree, path, &id, NULL, &absent);
	if (r == ERR_ABSENT)
		return ERR_OK;
	if (r)
		return err_set(e, r, "%s", absent.text);
	return err_set(e, ERR_INVALID,
		       "the branch has a file '%s' that is not managed by this mapping: rename one "
		       "of them",
		       path);
}

/* A notebook that our own commits hold under another language or format as well is removed there,
 * or it would have two files. Whether there was something to remove. */
static bool remove_other_names(struct side_context *c, struct draft *d, const struct row *row,
			       const char *file)
{
	bool any = false;

	if (!d->unpushed_count || row_is_file(row))
		return false;
	for (enum notebook_language lang = 0; lang <= NOTEBOOK_LANGUAGES; lang++) {
		bool ipynb = lang == NOTEBOOK_LANGUAGES;
		cleanup_free char *name = notebook_name_make(
			row->path, ipynb ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE,
			ipynb ? NOTEBOOK_PYTHON : lang);
		const struct unpushed_file *unpushed = draft_find_unpushed(d, name);

		if (unpushed && oid_is_zero(&unpushed->remote_id) && !str_eq(name, file) &&
		    !table_find(&c->table, name) && draft_set_file(c, d, row, name, NULL, 0))
			any = true;
	}
	return any;
}

/* A file that was renamed stays executable; 0: as it is, or as any. */
static uint32_t mode_of(struct side_context *c, const struct draft *d, const struct row *row)
{
	const struct row *from = row->rename.from;
	cleanup_free char *old = NULL;
	uint32_t mode;
	struct oid id;

	if (!from || !from->side[SIDE_GIT].file)
		return 0;
	old = git_path_of(c, from->side[SIDE_GIT].file);
	return hub_tree_find(c->hub, &d->tree, old, &id, &mode, NULL) == ERR_OK ? mode : 0;
}

/* Fills file (owned), blob and version with what the branch is to hold for the row. */
static int encode(struct side_context *c, struct row *row, struct draft_put *out, struct err *e)
{
	cleanup_given struct content_given given = CONTENT_GIVEN_INIT;
	int r;

	if (row->agreed.kind == VERSION_FILE) {
		out->file = xstrdup(row->path);
		out->blob = row->agreed.blob;
		out->version = row->agreed;
		return ERR_OK;
	}
	if ((r = content_give(&c->content, row, SIDE_GIT, NULL, &given, e)))
		return r;
	out->version = given.version;
	out->file = steal(&given.file);
	return hub_blob_put(c->hub, buf_str(&given.data), given.data.len, &out->blob, e);
}

/* Adds what put says of the row, which owns it from then on. */
static void add_put(struct side_context *c, struct draft *d, const struct draft_put *put)
{
	d->puts = array_grow(d->puts, d->put_count, &d->put_cap, sizeof(*d->puts));
	d->puts[d->put_count] = *put;
	d->puts[d->put_count++].path = git_path_of(c, put->file);
}

static int put_row(struct side_context *c, struct draft *d, struct row *row, struct err *e)
{
	const struct entry *entry = &row->side[SIDE_GIT];
	struct draft_put put = { .row = row };
	bool known, changed;
	int r;

	if ((r = encode(c, row, &put, e)) || (r = git_check_name(c, row, put.file, e)) ||
	    (r = check_place(c, d, row, put.file, e))) {
		free(put.file);
		return r;
	}
	known = draft_on_parent(d, row, put.file) || entry->state == ENTRY_PRESENT;
	changed = draft_set_file(c, d, row, put.file, &put.blob, mode_of(c, d, row));
	if (entry->state == ENTRY_PRESENT && !str_eq(entry->file, put.file) &&
	    draft_set_file(c, d, row, entry->file, NULL, 0))
		changed = true;
	if (remove_other_names(c, d, row, put.file))
		changed = true;
	if (changed)
		draft_add_message(d, row, known ? MESSAGE_UPDATE : MESSAGE_ADD);
	add_put(c, d, &put);
	return ERR_OK;
}

static void remove_row(struct side_context *c, struct draft *d, struct row *row)
{
	const char *file = row->side[SIDE_GIT].file;
	bool changed = draft_set_file(c, d, row, file, NULL, 0);

	if (remove_other_names(c, d, row, file))
		changed = true;
	if (changed)
		draft_add_message(d, row, MESSAGE_DELETE);
}

int draft_fill(struct side_context *c, struct draft *d, struct row **rows, size_t count,
	       struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct row *row = rows[i];
		struct err why = ERR_INIT;
		int r;

		if (row->todo.action[SIDE_GIT] == PLAN_DELETE)
			remove_row(c, d, row);
		if (row->todo.action[SIDE_GIT] != PLAN_PUT)
			continue;
		r = put_row(c, d, row, &why);
		if (r == ERR_INVALID)
			side_refused(c, row, SIDE_GIT, &why);
		else if (r)
			return err_set(e, r, "%s", why.text);
	}
	draft_undo_stale(c, d);
	draft_drop_overridden(d);
	return ERR_OK;
}
