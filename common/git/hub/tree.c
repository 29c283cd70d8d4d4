/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading trees. A tree comes from a Git server and may be hostile: depth, number of files and
 * memory are bounded (a few small trees that name each other many times describe more files than
 * fit anywhere), and a file that stands twice in a tree refuses the whole of it.
 *
 * "Not there" is only said when a tree was read and has no such entry. A tree that cannot be read is
 * damage, so that a broken hub can never look like a deletion.
 */

#include <stdlib.h>

#include "git/hub/internal.h"

#define FILES_MAX      (1000 * 1000)
#define PATH_BYTES_MAX (256 * 1024 * 1024) /* of all paths of one listing */

int hub_tree_open(git_tree **out, struct hub *h, const git_oid *id, struct err *e)
{
	int rc = git_tree_lookup(out, h->repo, id);

	if (!rc)
		return ERR_OK;
	*out = NULL;
	return libgit2_fail(e, rc, "cannot read a folder from the hub '%s'", h->dir);
}

/* ---- one entry ---- */

/*
 * Follows path ("" is tree itself) down from tree. *id is zero when there is no such entry; *mode
 * as in a tree, 0040000 for a folder.
 */
static int find_entry(struct hub *h, const struct oid *tree, const char *path, git_oid *id,
		      uint32_t *mode, struct err *e)
{
	*id = oid_to_git(tree);
	*mode = GIT_FILEMODE_TREE;
	for (const char *p = path; *p && *mode == GIT_FILEMODE_TREE && !git_oid_is_zero(id);) {
		size_t len = strcspn(p, "/");
		cleanup_free char *name = xstrndup(p, len);
		const git_tree_entry *entry;
		git_tree *t;
		int r = hub_tree_open(&t, h, id, e);

		if (r)
			return r;
		*id = (git_oid){ { 0 } };
		if ((entry = git_tree_entry_byname(t, name))) {
			*id = *git_tree_entry_id(entry);
			*mode = (uint32_t)git_tree_entry_filemode(entry);
		}
		git_tree_free(t);
		p += len;
		if (*p == '/' && *mode != GIT_FILEMODE_TREE)
			*id = (git_oid){ { 0 } }; /* a file where a folder was asked for */
		p += *p == '/';
	}
	return ERR_OK;
}

int hub_tree_folder(struct hub *h, const struct oid *tree, const char *folder, git_oid *out,
		    struct err *e)
{
	uint32_t mode;
	int r = find_entry(h, tree, folder, out, &mode, e);

	if (!r && mode != GIT_FILEMODE_TREE)
		*out = (git_oid){ { 0 } };
	return r;
}

int hub_tree_find(struct hub *h, const struct oid *tree, const char *path, struct oid *out,
		  uint32_t *mode, struct err *e)
{
	git_oid id;
	uint32_t found;
	int r = find_entry(h, tree, path, &id, &found, e);

	if (r)
		return r;
	if (git_oid_is_zero(&id) || found == GIT_FILEMODE_TREE)
		return err_set(e, ERR_ABSENT, "there is no file '%s'", path);
	*out = oid_from_git(&id);
	if (mode)
		*mode = found;
	return ERR_OK;
}

/* ---- all files ---- */

struct listing {
	struct hub *h;
	struct tree_files *out;
	size_t cap;
	size_t path_bytes;
	size_t folders;
	struct buf path; /* of the folder being read, with its final '/' */
};

static int list_tree(struct listing *l, const git_oid *id, unsigned depth, struct err *e);

static int list_file(struct listing *l, const git_tree_entry *entry, struct err *e)
{
	struct tree_files *out = l->out;

	l->path_bytes += l->path.len + 1;
	if (out->count >= FILES_MAX || l->path_bytes > PATH_BYTES_MAX)
		return err_set(e, ERR_INVALID, "the repository has more than %d files", FILES_MAX);
	out->items = array_grow(out->items, out->count, &l->cap, sizeof(*out->items));
	out->items[out->count++] = (struct tree_file){
		.path = xstrdup(buf_str(&l->path)),
		.id = oid_from_git(git_tree_entry_id(entry)),
		.mode = (uint32_t)git_tree_entry_filemode(entry),
	};
	return ERR_OK;
}

static int list_entry(struct listing *l, const git_tree_entry *entry, unsigned depth, struct err *e)
{
	size_t len = l->path.len;
	int r;

	buf_add_str(&l->path, git_tree_entry_name(entry));
	if (git_tree_entry_filemode(entry) == GIT_FILEMODE_TREE) {
		buf_add_char(&l->path, '/');
		r = list_tree(l, git_tree_entry_id(entry), depth + 1, e);
	} else {
		r = list_file(l, entry, e);
	}
	if (!r && l->path.full)
		r = err_set(e, ERR_INVALID, "a path of the repository is too long");
	l->path.len = len;
	if (l->path.data)
		l->path.data[len] = '\0';
	return r;
}

static int list_tree(struct listing *l, const git_oid *id, unsigned depth, struct err *e)
{
	git_tree *tree;
	int r;

	if (depth > TREE_DEPTH_MAX)
		return err_set(e, ERR_INVALID,
			       "the repository has more than %d folders in each other",
			       TREE_DEPTH_MAX);
	/* A small tree can name very many folders without a file in them, so folders are counted,
	 * too. */
	if (l->folders++ >= FILES_MAX)
		return err_set(e, ERR_INVALID, "the repository has more than %d folders",
			       FILES_MAX);
	r = hub_tree_open(&tree, l->h, id, e);
	if (r)
		return r;
	for (size_t i = 0; !r && i < git_tree_entrycount(tree); i++)
		r = list_entry(l, git_tree_entry_byindex(tree, i), depth, e);
	git_tree_free(tree);
	return r;
}

static int compare_files(const void *a, const void *b)
{
	const struct tree_file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* Trees that git wrote are in this order already. */
static bool is_sorted(const struct tree_files *f)
{
	for (size_t i = 1; i < f->count; i++)
		if (compare_files(&f->items[i - 1], &f->items[i]) > 0)
			return false;
	return true;
}

static int sort_files(struct tree_files *f, struct err *e)
{
	if (!is_sorted(f))
		qsort(f->items, f->count, sizeof(*f->items), compare_files);
	for (size_t i = 1; i < f->count; i++)
		if (str_eq(f->items[i - 1].path, f->items[i].path))
			return err_set(e, ERR_INVALID, "the repository has a file twice: '%s'",
				       f->items[i].path);
	return ERR_OK;
}

int hub_tree_files(struct hub *h, const struct oid *tree, const char *folder,
		   struct tree_files *out, struct err *e)
{
	struct listing l = { .h = h, .out = out, .path = BUF_INIT(PATH_BYTES_MAX) };
	git_oid id;
	int r;

	*out = (struct tree_files){ 0 };
	r = hub_tree_folder(h, tree, folder, &id, e);
	if (r || git_oid_is_zero(&id))
		return r;
	r = list_tree(&l, &id, 0, e);
	if (!r)
		r = sort_files(out, e);
	buf_release(&l.path);
	if (r)
		tree_files_release(out);
	return r;
}

void tree_files_release(struct tree_files *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->items[i].path);
	free(f->items);
	*f = (struct tree_files){ 0 };
}
