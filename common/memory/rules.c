/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of ignore files that were in force last, under refs/nbsync/ignore: so that a side that
 * cannot be read after a restart does not mean fewer rules than before.
 *
 * It does not read ignore files; side/local/rules.c and side/git/files/rules.c do.
 */

#include "memory/rules.h"

#include <stdlib.h>
#include <string.h>

#include "base/strlist.h"
#include "path/path.h"

#define REF_IGNORE "refs/nbsync/ignore"

/* A file that is too large, or is no ignore file by its name, was not written by us: left out. */
static int recall_file(struct hub *hub, struct ignore *rules, const struct tree_file *f,
		       struct err *e)
{
	cleanup_buf struct buf data = BUF_INIT(IGNORE_FILE_MAX);
	cleanup_free char *folder = path_dir(f->path);
	struct ignore_source source = { .folder = folder };
	int r;

	if (!ignore_is_name(f->path, &source.kind))
		return ERR_OK;
	r = hub_blob_get(hub, &f->id, &data, e);
	if (!r)
		r = ignore_add(rules, &source, buf_str(&data), data.len, e);
	return r == ERR_INVALID ? ERR_OK : r;
}

/* Fills an entry that the cache did not have with what the side was last seen to hold. */
static void recall_name(struct state *st, enum side_id side, const struct tree_file *f)
{
	struct notebook_name name;
	struct row *row;

	if (!notebook_name_parse(&name, f->path))
		return;
	row = table_find(st->table, name.stem);
	if (row && row->side[side].state == ENTRY_ABSENT && !version_absent(&row->base[side])) {
		entry_set_present(row, side, &row->base[side], &f->id, f->path);
		row->side[side].recorded = true;
	}
	notebook_name_release(&name);
}

/*
 * A name that is ignored is not looked at. If the cache is lost, the name under which such a notebook
 * stands on a side is known from seen/<side> only; without it the notebook would be taken for deleted,
 * not for ignored.
 */
static int recall_names(struct state *st, const struct config_mapping *m, enum side_id side,
			struct err *e)
{
	const char *folder = side == SIDE_GIT ? m->git_path : "";
	struct tree_files files = { 0 };
	int r = hub_tree_files(st->hub, &st->seen_tree[side], folder, &files, e);

	for (size_t i = 0; !r && i < files.count; i++)
		recall_name(st, side, &files.items[i]);
	tree_files_release(&files);
	return r;
}

int rules_recall(struct state *st, struct filter *f, struct err *e)
{
	struct tree_files files = { 0 };
	struct ignore rules = { 0 };
	struct oid tree;
	int r = hub_ref_get(st->hub, REF_IGNORE, &tree, e);

	if (r)
		return r == ERR_ABSENT ? ERR_OK : r;
	r = hub_tree_files(st->hub, &tree, "", &files, e);
	for (size_t i = 0; !r && i < files.count; i++)
		r = recall_file(st->hub, &rules, &files.items[i], e);
	tree_files_release(&files);
	if (!r)
		filter_swap(f, &rules);
	ignore_release(&rules);
	for (enum side_id s = 0; !r && s < SIDE_COUNT; s++)
		r = recall_names(st, f->mapping, s, e);
	return r;
}

/* The files of the tree that remembers. */
struct remembering {
	struct tree_change *files; /* owned; with room for all */
	size_t count;
	struct strlist paths; /* of the files */
};

static int remember_file(struct remembering *m, struct hub *hub, const struct ignore_folder *f,
			 enum ignore_kind kind, struct err *e)
{
	struct tree_change *file = &m->files[m->count++];
	size_t len;
	const char *text = ignore_text(&f->file[kind], &len);

	file->path = strlist_keep(&m->paths, path_join(f->path, ignore_names[kind]));
	return hub_blob_put(hub, text, len, &file->id, e);
}

/* No notebook can travel below a folder whose name cannot, and Git takes none of these names. */
static bool is_worth_remembering(const struct ignore_folder *f, enum ignore_kind kind)
{
	return f->file[kind].rules && (!*f->path || path_check(f->path, NULL) == 0);
}

int rules_remember(struct hub *hub, const struct ignore *rules, struct err *e)
{
	struct remembering m = { .files = xcalloc(rules->files, sizeof(*m.files)) };
	struct oid none = { 0 }, tree;
	int r = ERR_OK;

	for (size_t i = 0; !r && i < rules->count; i++)
		for (enum ignore_kind k = 0; !r && k < IGNORE_KINDS; k++)
			if (is_worth_remembering(&rules->folders[i], k))
				r = remember_file(&m, hub, &rules->folders[i], k, e);
	if (!r && m.count)
		r = hub_tree_update(hub, &none, m.files, m.count, &tree, e);
	if (!r)
		r = m.count ? hub_ref_set(hub, REF_IGNORE, &tree, NULL, "ignore files", e)
			    : hub_ref_delete(hub, REF_IGNORE, e);
	free(m.files);
	strlist_release(&m.paths);
	return r;
}
