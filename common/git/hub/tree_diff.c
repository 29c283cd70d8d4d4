/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs between two trees. Both are walked side by side in Git's order, and two folders of
 * one id are equal without being opened: in a history of small changes that is nearly everything.
 *
 * A tree may be hostile, so that depth and the number of entries that differ are bounded: folders
 * count too, because a few small trees that name each other describe more of them than anybody can
 * visit. Two entries of one name, or entries out of order, only give differences more often.
 */

#include "git/hub/internal.h"

#define ENTRIES_MAX    (1000 * 1000) /* that differ, files and folders */
#define PATH_BYTES_MAX (64 * 1024)   /* of one path */

struct differ {
	struct hub *h;
	const struct tree_diff *diff;
	struct buf path; /* of the folder being compared, with its final '/' */
	size_t entries;
	bool stopped;
};

static bool is_same(const git_tree_entry *a, const git_tree_entry *b)
{
	return a && b && git_oid_equal(git_tree_entry_id(a), git_tree_entry_id(b)) &&
	       git_tree_entry_filemode(a) == git_tree_entry_filemode(b);
}

static int diff_trees(struct differ *d, const git_oid *old, const git_oid *new, unsigned depth,
		      struct err *e);

static void diff_file(struct differ *d, const git_tree_entry *old, const git_tree_entry *new)
{
	struct tree_difference difference = { .path = buf_str(&d->path) };

	if (old) {
		difference.old_id = oid_from_git(git_tree_entry_id(old));
		difference.old_mode = (uint32_t)git_tree_entry_filemode(old);
	}
	if (new) {
		difference.new_id = oid_from_git(git_tree_entry_id(new));
		difference.new_mode = (uint32_t)git_tree_entry_filemode(new);
	}
	d->stopped = !d->diff->file(d->diff->payload, &difference);
}

static int diff_folder(struct differ *d, const git_tree_entry *old, const git_tree_entry *new,
		       unsigned depth, struct err *e)
{
	if (d->diff->enter && !d->diff->enter(d->diff->payload, buf_str(&d->path)))
		return ERR_OK;
	buf_add_char(&d->path, '/');
	return diff_trees(d, old ? git_tree_entry_id(old) : NULL,
			  new ? git_tree_entry_id(new) : NULL, depth + 1, e);
}

/* One name: both entries, or the one there is (then the other is NULL); both of the same kind. */
static int diff_entry(struct differ *d, const git_tree_entry *old, const git_tree_entry *new,
		      unsigned depth, struct err *e)
{
	size_t len = d->path.len;
	int r = ERR_OK;

	if (is_same(old, new))
		return ERR_OK;
	if (++d->entries > ENTRIES_MAX)
		return err_set(e, ERR_INVALID, "a revision changes more than %d files",
			       ENTRIES_MAX);
	buf_add_str(&d->path, git_tree_entry_name(old ? old : new));
	if (d->path.full)
		r = err_set(e, ERR_INVALID, "a path of the repository is too long");
	else if (hub_is_folder(old ? old : new))
		r = diff_folder(d, old, new, depth, e);
	else
		diff_file(d, old, new);
	d->path.len = len;
	if (d->path.data)
		d->path.data[len] = '\0';
	return r;
}

static int diff_entries(struct differ *d, const git_tree *old, const git_tree *new, unsigned depth,
			struct err *e)
{
	size_t old_count = old ? git_tree_entrycount(old) : 0;
	size_t new_count = new ? git_tree_entrycount(new) : 0;
	size_t i = 0, j = 0;
	int r = ERR_OK;

	while (!r && !d->stopped && (i < old_count || j < new_count)) {
		const git_tree_entry *a = i < old_count ? git_tree_entry_byindex(old, i) : NULL;
		const git_tree_entry *b = j < new_count ? git_tree_entry_byindex(new, j) : NULL;
		/* A file and a folder of one name are two entries for Git's order. */
		int order = !a ? 1 : !b ? -1 : git_tree_entry_cmp(a, b);

		r = diff_entry(d, order <= 0 ? a : NULL, order >= 0 ? b : NULL, depth, e);
		i += order <= 0;
		j += order >= 0;
	}
	return r;
}

static int diff_trees(struct differ *d, const git_oid *old, const git_oid *new, unsigned depth,
		      struct err *e)
{
	git_tree *a = NULL, *b = NULL;
	int r = ERR_OK;

	if (depth > TREE_DEPTH_MAX)
		return err_set(e, ERR_INVALID,
			       "the repository has more than %d folders in each other",
			       TREE_DEPTH_MAX);
	if (old)
		r = hub_tree_open(&a, d->h, old, e);
	if (!r && new)
		r = hub_tree_open(&b, d->h, new, e);
	if (!r)
		r = diff_entries(d, a, b, depth, e);
	git_tree_free(a);
	git_tree_free(b);
	return r;
}

int hub_tree_diff(struct hub *h, const struct oid *old_tree, const struct oid *new_tree,
		  const char *folder, const struct tree_diff *diff, struct err *e)
{
	struct differ d = { .h = h, .diff = diff, .path = BUF_INIT(PATH_BYTES_MAX) };
	git_oid old, new;
	int r;

	r = hub_tree_folder(h, old_tree, folder, &old, e);
	if (!r)
		r = hub_tree_folder(h, new_tree, folder, &new, e);
	if (r)
		return r;
	if (!git_oid_equal(&old, &new))
		r = diff_trees(&d, git_oid_is_zero(&old) ? NULL : &old,
			       git_oid_is_zero(&new) ? NULL : &new, 0, e);
	buf_release(&d.path);
	return r;
}
