/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing trees. Only the folders on the way to a change are read and written; whatever else is in
 * the repository, other people's files among it, keeps its entry byte for byte.
 *
 * git_tree_create_updated() would do most of this, but it fails when a path to remove is not there
 * and when a file and a folder change places; both are everyday here.
 */

#include <stdlib.h>

#include "git/hub/internal.h"

/* A folder and the changes below it: a run of the sorted array, all of whose paths share the first
 * prefix bytes ("etl/daily/"). */
struct folder {
	struct hub *h;
	const struct tree_change *const *changes;
	size_t count;
	size_t prefix;
	unsigned depth;
	git_treebuilder *entries;
};

static int update_folder(struct folder *f, const git_oid *base, git_oid *out, struct err *e);

static int compare_changes(const void *a, const void *b)
{
	const struct tree_change *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

static bool is_removal(const struct tree_change *c)
{
	return oid_is_zero(&c->id);
}

/* Whether the change is of this folder's own file, not of something below a subfolder. */
static bool is_here(const struct folder *f, const struct tree_change *c)
{
	return !strchr(c->path + f->prefix, '/');
}

static int remove_name(struct folder *f, const char *name, const char *path, struct err *e)
{
	int rc = git_treebuilder_remove(f->entries, name);

	return rc ? libgit2_fail(e, rc, "cannot remove '%s' from its folder", path) : ERR_OK;
}

static int insert(struct folder *f, const char *name, const char *path, const git_oid *id,
		  uint32_t mode, struct err *e)
{
	int rc = git_treebuilder_insert(NULL, f->entries, name, id, (git_filemode_t)mode);

	if (!rc)
		return ERR_OK;
	/* A name that Git does not allow, or an object that is not in the hub. */
	return libgit2_fail_as(e, ERR_INVALID, "cannot put '%s' into its folder", path);
}

/* ---- files ---- */

/* Where a folder has the name of the file to be removed, that file is gone already. */
static int remove_files(struct folder *f, struct err *e)
{
	int r = ERR_OK;

	for (size_t i = 0; !r && i < f->count; i++) {
		const struct tree_change *c = f->changes[i];
		const char *name = c->path + f->prefix;
		const git_tree_entry *old;

		if (!is_here(f, c) || !is_removal(c))
			continue;
		old = git_treebuilder_get(f->entries, name);
		if (old && !hub_is_folder(old))
			r = remove_name(f, name, c->path, e);
	}
	return r;
}

static uint32_t mode_for(const struct tree_change *c, const git_tree_entry *old)
{
	if (c->mode)
		return c->mode;
	/* A link or a submodule that is given content becomes a regular file. */
	if (old && git_tree_entry_filemode(old) == GIT_FILEMODE_BLOB_EXECUTABLE)
		return GIT_FILEMODE_BLOB_EXECUTABLE;
	return GIT_FILEMODE_BLOB;
}

static int put_files(struct folder *f, struct err *e)
{
	int r = ERR_OK;

	for (size_t i = 0; !r && i < f->count; i++) {
		const struct tree_change *c = f->changes[i];
		const char *name = c->path + f->prefix;
		git_oid id = oid_to_git(&c->id);
		const git_tree_entry *old;

		if (!is_here(f, c) || is_removal(c))
			continue;
		old = git_treebuilder_get(f->entries, name);
		if (hub_is_folder(old))
			return err_set(e, ERR_INVALID,
				       "'%s' is a folder, so no file can have its name", c->path);
		r = insert(f, name, c->path, &id, mode_for(c, old), e);
	}
	return r;
}

/* ---- subfolders ---- */

static bool has_put(const struct tree_change *const *changes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!is_removal(changes[i]))
			return true;
	return false;
}

/* The changes of sub are all below the subfolder name. */
static int update_subfolder(struct folder *f, struct folder *sub, const char *name, struct err *e)
{
	const git_tree_entry *old = git_treebuilder_get(f->entries, name);
	const char *path = sub->changes[0]->path;
	git_oid id = { { 0 } };
	int r;

	if (!hub_is_folder(old)) {
		if (!has_put(sub->changes, sub->count))
			return ERR_OK;
		if (old)
			return err_set(e, ERR_INVALID,
				       "'%.*s' is a file, so nothing can be below it",
				       (int)sub->prefix - 1, path);
	} else {
		id = *git_tree_entry_id(old);
	}
	r = update_folder(sub, &id, &id, e);
	if (r)
		return r;
	if (!git_oid_is_zero(&id))
		return insert(f, name, path, &id, GIT_FILEMODE_TREE, e);
	return hub_is_folder(old) ? remove_name(f, name, path, e) : ERR_OK;
}

/* The run of changes from first on that are below the same subfolder. */
static struct folder subfolder_at(const struct folder *f, size_t first, size_t name_len)
{
	size_t prefix = f->prefix + name_len + 1, last = first + 1;
	const char *path = f->changes[first]->path;

	while (last < f->count && strncmp(f->changes[last]->path, path, prefix) == 0)
		last++;
	return (struct folder){ .h = f->h,
				.changes = f->changes + first,
				.count = last - first,
				.prefix = prefix,
				.depth = f->depth + 1 };
}

static int update_subfolders(struct folder *f, struct err *e)
{
	int r = ERR_OK;

	for (size_t i = 0; !r && i < f->count;) {
		const char *rest = f->changes[i]->path + f->prefix;
		size_t len = strcspn(rest, "/");
		cleanup_free char *name = NULL;
		struct folder sub;

		if (!rest[len]) {
			i++;
			continue;
		}
		name = xstrndup(rest, len);
		sub = subfolder_at(f, i, len);
		r = update_subfolder(f, &sub, name, e);
		i += sub.count;
	}
	return r;
}

/* ---- one folder ---- */

static int open_folder(struct folder *f, const git_oid *base, struct err *e)
{
	git_tree *tree = NULL;
	int r = ERR_OK, rc;

	if (f->depth > TREE_DEPTH_MAX)
		return err_set(e, ERR_INVALID, "more than %d folders in each other",
			       TREE_DEPTH_MAX);
	if (!git_oid_is_zero(base))
		r = hub_tree_open(&tree, f->h, base, e);
	if (r)
		return r;
	rc = git_treebuilder_new(&f->entries, f->h->repo, tree);
	git_tree_free(tree);
	return rc ? libgit2_fail(e, rc, "cannot change a folder in the hub '%s'", f->h->dir)
		  : ERR_OK;
}

/* *out is zero when nothing is left; base may be the same object. */
static int close_folder(struct folder *f, git_oid *out, struct err *e)
{
	int rc;

	*out = (git_oid){ { 0 } };
	if (f->depth > 0 && git_treebuilder_entrycount(f->entries) == 0)
		return ERR_OK;
	rc = git_treebuilder_write(out, f->entries);
	return rc ? libgit2_fail(e, rc, "cannot write a folder to the hub '%s'", f->h->dir)
		  : ERR_OK;
}

/* Removals come first and additions last, so that a file can make room for a folder of its name,
 * and a folder that becomes empty for a file. */
static int update_folder(struct folder *f, const git_oid *base, git_oid *out, struct err *e)
{
	int r;

	r = open_folder(f, base, e);
	if (r)
		return r;
	r = remove_files(f, e);
	if (!r)
		r = update_subfolders(f, e);
	if (!r)
		r = put_files(f, e);
	if (!r)
		r = close_folder(f, out, e);
	git_treebuilder_free(f->entries);
	return r;
}

static int check_twice(const struct tree_change *const *sorted, size_t count, struct err *e)
{
	for (size_t i = 1; i < count; i++)
		if (str_eq(sorted[i - 1]->path, sorted[i]->path))
			return err_set(e, ERR_BUG, "'%s' is changed twice at once",
				       sorted[i]->path);
	return ERR_OK;
}

int hub_tree_update(struct hub *h, const struct oid *base, const struct tree_change *changes,
		    size_t count, struct oid *out, struct err *e)
{
	const struct tree_change **sorted = xcalloc(count, sizeof(*sorted));
	struct folder root = { .h = h, .changes = sorted, .count = count };
	git_oid id = oid_to_git(base);
	int r;

	for (size_t i = 0; i < count; i++)
		sorted[i] = &changes[i];
	if (count)
		qsort(sorted, count, sizeof(*sorted), compare_changes);
	r = check_twice(sorted, count, e);
	if (!r)
		r = update_folder(&root, &id, &id, e);
	if (!r) {
		*out = oid_from_git(&id);
		r = hub_bound_memory(h, e);
	}
	free(sorted);
	return r;
}
