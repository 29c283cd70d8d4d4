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

static bool is_folder(const struct raw_entry *entry)
{
	return entry->mode == GIT_FILEMODE_TREE;
}

/* Git's order: a folder's name counts as if a '/' followed it. So a file and a folder of one name are
 * two entries. */
static int compare_entries(const struct raw_entry *a, const struct raw_entry *b)
{
	size_t shorter = a->name_len < b->name_len ? a->name_len : b->name_len;
	int order = memcmp(a->name, b->name, shorter);
	unsigned char x, y;

	if (order)
		return order;
	x = a->name_len > shorter ? (unsigned char)a->name[shorter] : is_folder(a) ? '/' : '\0';
	y = b->name_len > shorter ? (unsigned char)b->name[shorter] : is_folder(b) ? '/' : '\0';
	return x - y;
}

static bool is_same(const struct raw_entry *a, const struct raw_entry *b)
{
	return a && b && oid_equal(&a->id, &b->id) && a->mode == b->mode;
}

static int diff_trees(struct differ *d, const struct oid *old, const struct oid *new,
		      unsigned depth, struct err *e);

static void diff_file(struct differ *d, const struct raw_entry *old, const struct raw_entry *new)
{
	struct tree_difference difference = { .path = buf_str(&d->path) };

	if (old) {
		difference.old_id = old->id;
		difference.old_mode = old->mode;
	}
	if (new) {
		difference.new_id = new->id;
		difference.new_mode = new->mode;
	}
	d->stopped = !d->diff->file(d->diff->payload, &difference);
}

static int diff_folder(struct differ *d, const struct raw_entry *old, const struct raw_entry *new,
		       unsigned depth, struct err *e)
{
	if (d->diff->enter && !d->diff->enter(d->diff->payload, buf_str(&d->path)))
		return ERR_OK;
	buf_add_char(&d->path, '/');
	return diff_trees(d, old ? &old->id : NULL, new ? &new->id : NULL, depth + 1, e);
}

/* One name: both entries, or the one there is (then the other is NULL); both of the same kind. */
static int diff_entry(struct differ *d, const struct raw_entry *old, const struct raw_entry *new,
		      unsigned depth, struct err *e)
{
	size_t len = d->path.len;
	int r = ERR_OK;

	if (is_same(old, new))
		return ERR_OK;
	if (++d->entries > ENTRIES_MAX)
		return err_set(e, ERR_INVALID, "a revision changes more than %d files",
			       ENTRIES_MAX);
	buf_add(&d->path, (old ? old : new)->name, (old ? old : new)->name_len);
	if (d->path.full)
		r = err_set(e, ERR_INVALID, "a path of the repository is too long");
	else if (is_folder(old ? old : new))
		r = diff_folder(d, old, new, depth, e);
	else
		diff_file(d, old, new);
	d->path.len = len;
	if (d->path.data)
		d->path.data[len] = '\0';
	return r;
}

/* One of the two trees on the way through its entries. */
struct cursor {
	struct raw_tree tree; /* empty: there is none */
	struct raw_entry entry;
	size_t at, next; /* of the entry, and of the one after it; at == tree.len: at the end */
};

static int cursor_load(struct cursor *c, const struct differ *d, struct err *e)
{
	if (c->at < c->tree.len && raw_tree_entry(&c->tree, c->at, &c->entry, &c->next))
		return err_set(e, ERR_BUG, "cannot read a folder from the hub '%s': it is damaged",
			       d->h->dir);
	return ERR_OK;
}

/* Both past what is byte for byte the same in both: in a large folder that is nearly everything. */
static void skip_same(struct cursor *a, struct cursor *b)
{
	const char *x = a->tree.data, *y = b->tree.data;

	while (a->at < a->tree.len && b->at < b->tree.len &&
	       a->next - a->at <= b->tree.len - b->at &&
	       memcmp(x + a->at, y + b->at, a->next - a->at) == 0) {
		b->at += a->next - a->at;
		a->at = a->next;
		if (a->at < a->tree.len && raw_tree_entry(&a->tree, a->at, &a->entry, &a->next))
			break;
	}
}

static int diff_entries(struct differ *d, struct cursor *old, struct cursor *new, unsigned depth,
			struct err *e)
{
	int r = ERR_OK;

	while (!r && !d->stopped) {
		const struct raw_entry *a, *b;
		int order;

		if ((r = cursor_load(old, d, e)))
			break;
		skip_same(old, new);
		if ((r = cursor_load(old, d, e)) || (r = cursor_load(new, d, e)))
			break;
		a = old->at < old->tree.len ? &old->entry : NULL;
		b = new->at < new->tree.len ? &new->entry : NULL;
		if (!a && !b)
			break;
		order = !a ? 1 : !b ? -1 : compare_entries(a, b);
		r = diff_entry(d, order <= 0 ? a : NULL, order >= 0 ? b : NULL, depth, e);
		if (order <= 0)
			old->at = old->next;
		if (order >= 0)
			new->at = new->next;
	}
	return r;
}

static int diff_trees(struct differ *d, const struct oid *old, const struct oid *new,
		      unsigned depth, struct err *e)
{
	struct tree_reading *reading = d->diff->reading;
	struct cursor a = { 0 }, b = { 0 };
	int r = ERR_OK;

	if (depth > TREE_DEPTH_MAX)
		return err_set(e, ERR_INVALID,
			       "the repository has more than %d folders in each other",
			       TREE_DEPTH_MAX);
	if (old)
		r = raw_tree_read(&a.tree, d->h, old, reading, e);
	if (!r && new)
		r = raw_tree_read(&b.tree, d->h, new, reading, e);
	if (!r)
		r = diff_entries(d, &a, &b, depth, e);
	raw_tree_done(&a.tree, reading);
	raw_tree_done(&b.tree, reading);
	return r;
}

int hub_tree_diff(struct hub *h, const struct oid *old_tree, const struct oid *new_tree,
		  const char *folder, const struct tree_diff *diff, struct err *e)
{
	struct differ d = { .h = h, .diff = diff, .path = BUF_INIT(PATH_BYTES_MAX) };
	struct oid old, new;
	int r;

	if (oid_equal(old_tree, new_tree))
		return ERR_OK;
	r = raw_tree_find(h, old_tree, folder, diff->reading, &old, e);
	if (!r)
		r = raw_tree_find(h, new_tree, folder, diff->reading, &new, e);
	if (r)
		return r;
	if (!oid_equal(&old, &new))
		r = diff_trees(&d, oid_is_zero(&old) ? NULL : &old, oid_is_zero(&new) ? NULL : &new,
			       0, e);
	buf_release(&d.path);
	return r;
}
