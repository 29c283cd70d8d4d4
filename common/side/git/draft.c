/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists of a draft: what the plans of the rows change of the remote's tip. A row that the branch
 * cannot have is refused by itself; the others go on. For every file the rows say what the
 * remote has, so that the cost follows the number of changes and not the size of the tree; and only
 * managed paths change, because only rows bring changes.
 */

#include "side/git/draft.h"

#include <stdlib.h>
#include <string.h>

#include "side/git/files/attributes.h"
#include "side/git/files/name.h"
#include "side/settled.h"

void draft_release(struct draft *d)
{
	for (size_t i = 0; i < d->change_count; i++)
		free(d->changes[i].path);
	for (size_t i = 0; i < d->count; i++)
		free(d->items[i].file);
	free(d->changes);
	free(d->items);
}

/* What the remote has in a file of the row; NULL: nothing. Borrowed. */
static const struct oid *on_remote(const struct row *row, const char *file)
{
	const struct entry *entry = &row->side[SIDE_GIT];

	return entry->state == ENTRY_PRESENT && str_eq(entry->file, file) ? &entry->raw : NULL;
}

/* The branch has id (NULL: nothing) in a file of the item's row, below git_path. Whether that is a
 * change: false when the remote has it so. mode: see struct tree_change. */
static bool set_file(struct side_context *c, struct draft *d, size_t item, const char *file,
		     const struct oid *id, uint32_t mode)
{
	const struct oid *there = on_remote(d->items[item].of.row, file);
	bool same = id ? there && oid_equal(there, id) : !there;

	if (same)
		return false;
	d->changes = array_grow(d->changes, d->change_count, &d->change_cap, sizeof(*d->changes));
	d->changes[d->change_count++] = (struct draft_change){
		.path = git_path_of(c, file),
		.item = item,
		.mode = mode,
	};
	if (id)
		d->changes[d->change_count - 1].id = *id;
	return true;
}

static int compare_changes(const void *a, const void *b)
{
	const struct draft_change *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : (int)oid_is_zero(&x->id) - (int)oid_is_zero(&y->id);
}

/* Where a file becomes a notebook, or the other way round, one row removes the path that the other
 * one puts; in a commit before that it may. Of equal paths the one that is put sorts first. */
static void drop_overridden(struct draft *d)
{
	size_t kept = 0;

	if (d->change_count)
		qsort(d->changes, d->change_count, sizeof(*d->changes), compare_changes);
	for (size_t i = 0; i < d->change_count; i++) {
		struct draft_change *last = kept ? &d->changes[kept - 1] : NULL;
		struct draft_change *now = &d->changes[i];

		if (last && str_eq(last->path, now->path) &&
		    d->items[now->item].of.part >= d->items[last->item].of.part)
			free(now->path);
		else
			d->changes[kept++] = *now;
	}
	d->change_count = kept;
}

void draft_drop_item(struct draft *d, size_t item)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->change_count; i++)
		if (d->changes[i].item == item)
			free(d->changes[i].path);
		else
			d->changes[kept++] = d->changes[i];
	d->change_count = kept;
	d->items[item].changed = false;
	d->items[item].of.row->todo.action[SIDE_GIT] = PLAN_NOTHING;
}

/* ---- what the rows ask for ---- */

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

	if (on_remote(row, file) || (holder && holder->side[SIDE_GIT].state != ENTRY_ABSENT))
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
static int encode(struct side_context *c, struct row *row, struct draft_item *out, struct err *e)
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

/* The bytes that git add would store. */
static int clean(struct side_context *c, const struct draft *d, const struct row *row,
		 struct draft_item *item, struct err *e)
{
	int r = git_attributes_check(c, d->attributes, item->file, NULL, e);

	return r ? r
		 : git_attributes_clean(c, d->attributes, item->file, on_remote(row, item->file),
					&item->blob, e);
}

static struct draft_item *add_item(struct draft *d, const struct draft_row *of)
{
	d->items = array_grow(d->items, d->count, &d->cap, sizeof(*d->items));
	d->items[d->count] = (struct draft_item){ .of = *of };
	return &d->items[d->count++];
}

static int put_row(struct side_context *c, struct draft *d, const struct draft_row *of,
		   struct err *e)
{
	struct row *row = of->row;
	const struct entry *entry = &row->side[SIDE_GIT];
	struct draft_item *item = add_item(d, of);
	size_t i = d->count - 1;
	int r;

	if ((r = encode(c, row, item, e)) || (r = git_check_name(c, row, item->file, e)) ||
	    (r = check_place(c, d, row, item->file, e)) || (r = clean(c, d, row, item, e)))
		return r;
	item->put = true;
	item->verb = entry->state == ENTRY_PRESENT ? MESSAGE_UPDATE : MESSAGE_ADD;
	item->changed = set_file(c, d, i, item->file, &item->blob, mode_of(c, d, row));
	if (entry->state == ENTRY_PRESENT && !str_eq(entry->file, item->file) &&
	    set_file(c, d, i, entry->file, NULL, 0))
		item->changed = true;
	return ERR_OK;
}

static void remove_row(struct side_context *c, struct draft *d, const struct draft_row *of)
{
	struct draft_item *item = add_item(d, of);

	item->verb = MESSAGE_DELETE;
	item->changed = set_file(c, d, d->count - 1, of->row->side[SIDE_GIT].file, NULL, 0);
}

int draft_fill(struct side_context *c, struct draft *d, const struct draft_row *rows, size_t count,
	       struct err *e)
{
	for (size_t i = 0; i < count; i++) {
		struct row *row = rows[i].row;
		struct err why = ERR_INIT;
		int r;

		if (row->todo.action[SIDE_GIT] == PLAN_DELETE)
			remove_row(c, d, &rows[i]);
		if (row->todo.action[SIDE_GIT] != PLAN_PUT)
			continue;
		r = put_row(c, d, &rows[i], &why);
		if (r && r != ERR_INVALID)
			return err_set(e, r, "%s", why.text);
		if (r) {
			side_refused(c, row, SIDE_GIT, &why);
			draft_drop_item(d, d->count - 1);
		}
	}
	drop_overridden(d);
	return ERR_OK;
}
