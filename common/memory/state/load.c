/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the state: the agreed version and the bases of every row, from the trees that the references
 * name. What a kill left half done between two references is finished here, so that the rest of the
 * program never sees it.
 *
 * It reads no notebook: the name of a file and its blob are a version. It only knows by which rules a base
 * was written, and refuses those of a newer program.
 */

#include "memory/state/refs.h"

#include <string.h>

char *state_path(const char *file, const struct oid *blob, struct version *v)
{
	struct notebook_name name;

	file = state_file(file);
	*v = (struct version){ .blob = *blob };
	if (str_starts(file, STATE_FILES)) {
		v->kind = VERSION_FILE;
		return xstrdup(file + strlen(STATE_FILES));
	}
	if (!notebook_name_parse(&name, file))
		return NULL;
	v->format = name.format;
	v->language = name.language;
	return name.stem;
}

/* The row of such a file; NULL: the name is none of ours. */
static struct row *load_file(struct state *st, const char *file, const struct oid *blob,
			     struct version *v)
{
	cleanup_free char *path = state_path(file, blob, v);

	return path ? table_get(st->table, path) : NULL;
}

/* Both: the row that a file of a tree is about, with that file in it; NULL: a name that is none of
 * ours. */
static struct row *load_agreed(struct state *st, const struct tree_file *f)
{
	struct version v;
	struct row *row = load_file(st, f->path, &f->id, &v);

	if (row)
		row->agreed = v;
	return row;
}

static struct row *load_base(struct state *st, enum side_id side, const struct tree_file *f)
{
	const char *file = state_file(f->path);
	bool sent = side == SIDE_WORKSPACE && str_starts(file, STATE_SENT);
	bool raw = str_starts(file, STATE_BASE_RAW);
	size_t folder = sent ? strlen(STATE_SENT) : raw ? strlen(STATE_BASE_RAW) : 0;
	struct version v;
	struct row *row = load_file(st, file + folder, &f->id, &v);

	if (row && sent)
		row->sent = xmemdup(&v, sizeof(v));
	else if (row && raw)
		row_set_base_raw(row, side, &v);
	else if (row)
		row->base[side] = v;
	return row;
}

/* STATE_FORMAT of a base's tree: by which rules it was written. */
static int load_format(struct state *st, enum side_id side, const struct oid *blob, struct err *e)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	int r;

	if ((r = hub_blob_get(st->hub, blob, &text, e)))
		return r;
	if (!str_eq(buf_str(&text), STATE_FORMAT_NOW))
		return err_set(
			e, ERR_CONFIG,
			"what is remembered of the %s side was written by a newer nbsync, whose "
			"format this one does not know: install that version again",
			side_names[side]);
	st->cells_only[side] = st->unmarked[side] = false;
	return ERR_OK;
}

static int load_place(struct state *st, const struct oid *blob, struct err *e)
{
	cleanup_buf struct buf text = BUF_INIT(STATE_PLACE_MAX);
	int r = hub_blob_get(st->hub, blob, &text, e);

	if (!r)
		st->place = xstrdup(buf_str(&text));
	return r;
}

static bool is_of_plain_file(const char *path)
{
	const char *file = state_file(path);

	return str_starts(file, STATE_FILES) || str_starts(file, STATE_SENT STATE_FILES);
}

/* Puts each file of a base's tree, or (side SIDE_COUNT) of the agreed one, into its row. We never write
 * two files of one stem into such a tree; a name that is no notebook's means damage. */
static int load_tree(struct state *st, const struct oid *tree, enum side_id side, struct err *e)
{
	bool agreed = side == SIDE_COUNT;
	struct tree_files files = { 0 };
	int r = hub_tree_files(st->hub, tree, "", &files, e);

	for (size_t i = 0; !r && i < files.count; i++) {
		const struct tree_file *f = &files.items[i];
		struct row *row;

		if (!st->files && is_of_plain_file(f->path))
			continue;
		if (!agreed && str_eq(state_file(f->path), STATE_FORMAT)) {
			r = load_format(st, side, &f->id, e);
			continue;
		}
		if (side == SIDE_GIT && str_eq(state_file(f->path), STATE_PLACE)) {
			r = load_place(st, &f->id, e);
			continue;
		}
		row = agreed ? load_agreed(st, f) : load_base(st, side, f);
		if (row)
			row_dirty(row);
		else
			r = err_set(e, ERR_BUG, "the hub's state names '%s', which is no notebook",
				    f->path);
	}
	tree_files_release(&files);
	return r;
}

static int load_side(struct state *st, enum side_id side, struct err *e)
{
	char name[STATE_REF_MAX];
	int r;

	state_ref_name(name, "base", side);
	if ((r = state_ref_read(st->hub, name, &st->base_tree[side], e)))
		return r;
	st->base_saved[side] = st->base_tree[side];
	st->unmarked[side] = true;
	st->cells_only[side] = !oid_is_zero(&st->base_tree[side]);
	if (!oid_is_zero(&st->base_tree[side]) &&
	    (r = load_tree(st, &st->base_tree[side], side, e)))
		return r;
	state_ref_name(name, "seen", side);
	if ((r = state_ref_read(st->hub, name, &st->seen[side], e)) || oid_is_zero(&st->seen[side]))
		return r;
	return hub_commit_tree(st->hub, &st->seen[side], &st->seen_tree[side], e);
}

static int finish_bases(struct state *st, const char *message, struct err *e)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct oid before, after, now;
		char name[STATE_REF_MAX];
		int r;

		state_ref_name(name, "base", s);
		if (!state_trailer_find(message, s, &before, &after))
			continue;
		if ((r = state_ref_read(st->hub, name, &now, e)))
			return r;
		/* The base may have moved on and back again since, and the tree it was to move to be
		 * gone from the hub. Then it stays where it is: a look will find the rest. */
		if (oid_equal(&now, &before) && hub_has(st->hub, &after) &&
		    (r = hub_ref_set(st->hub, name, &after, &before, "finished", e)))
			return r;
	}
	return ERR_OK;
}

int state_load(struct state *st, struct hub *hub, struct table *table, bool files, struct err *e)
{
	struct commit_info info = { 0 };
	int r;

	*st = (struct state){ .hub = hub, .table = table, .files = files };
	if ((r = state_ref_read(hub, STATE_REF_AGREED, &st->agreed, e)))
		return r;
	if (!oid_is_zero(&st->agreed)) {
		if ((r = hub_commit_info(hub, &st->agreed, &info, e)))
			return r;
		st->agreed_tree = info.tree;
		st->agreed_at_s = info.said_s;
		r = finish_bases(st, info.message, e);
		commit_info_release(&info);
		if (r || (r = load_tree(st, &st->agreed_tree, SIDE_COUNT, e)))
			return r;
	}
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if ((r = load_side(st, s, e)))
			return r;
	return ERR_OK;
}
