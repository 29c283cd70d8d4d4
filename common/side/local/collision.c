/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two local files for one notebook. Both stay as they are, and the row is held, until somebody
 * removes or renames one; unless one is no notebook, or is what a write of ours left there.
 */

#include "side/local/collision.h"

#include <unistd.h>

#include "fs/fs.h"
#include "side/file.h"
#include "side/local/plain.h"

/* What stands in a file. */
struct found {
	const char *file; /* borrowed */
	struct fs_stat st;
	struct version v;
	struct oid raw;
};

/* Reads f->file, as a version of row, into the rest of *f. */
static int read_version(struct local_side *s, struct row *row, struct found *f)
{
	struct side_context *c = s->side.context;
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	int r;

	if ((r = fs_read(s->root, f->file, (size_t)c->mapping->max_notebook, &data, &f->st, NULL)))
		return r;
	return content_take(&c->content, row, &(struct content_bytes){ SIDE_LOCAL, f->file, &data },
			    &f->v, &f->raw, NULL);
}

/* Whether of two files of the row one holds the base, and the other what was agreed after it. */
static bool is_unfinished_put(struct side_context *c, struct row *row, const struct found *a,
			      const struct found *b, const struct found **old)
{
	struct version *base = &row->base[SIDE_LOCAL];
	const struct found *new;

	/* Different blobs may still be the same notebook. */
	if (content_resolve(&c->content, base, NULL) || version_same(base, &row->agreed))
		return false;
	*old = version_same(&a->v, base) ? a : b;
	new = *old == a ? b : a;
	return version_same(&(*old)->v, base) && version_same(&new->v, &row->agreed);
}

/*
 * We wrote a notebook under another extension, and were killed before we removed its old file: that
 * is no collision. The old file is removed now, and recorded before. Whether it was so.
 */
static bool finish_put(struct local_side *s, struct row *row, const char *file)
{
	struct side_context *c = s->side.context;
	cleanup_free char *other = xstrdup(row->side[SIDE_LOCAL].file);
	struct found a = { .file = other }, b = { .file = file };
	const struct version *base = &row->base[SIDE_LOCAL];
	const struct found *old, *new;

	if (version_absent(&row->agreed) || version_absent(base) ||
	    version_same(base, &row->agreed))
		return false;
	if (read_version(s, row, &a) || read_version(s, row, &b) ||
	    !is_unfinished_put(c, row, &a, &b, &old))
		return false;
	new = old == &a ? &b : &a;
	state_see_file(&c->state, SIDE_LOCAL, old->file, &old->raw);
	if (state_save_seen(&c->state, "seen: before finishing a write", NULL) ||
	    fs_remove(s->root, old->file, &old->st, NULL))
		return false;
	entry_set_present(row, SIDE_LOCAL, &new->v, &new->raw, new->file);
	row->side[SIDE_LOCAL].stat = new->st;
	entry_found(row, SIDE_LOCAL);
	return true;
}

/* Whether the file is no notebook, and stands beside our notebook of another extension only by its
 * name. */
static bool is_script_beside(struct local_side *s, const char *file)
{
	struct side_context *c = s->side.context;
	cleanup_fd int fd = -1;
	char head[FILE_HEAD_SIZE];
	struct fs_stat st;
	ssize_t n;

	if (file_class(file) != FILE_SCRIPT || fs_open(&fd, s->root, file, &st, NULL))
		return false;
	n = pread(fd, head, sizeof(head), 0);
	if (n < 0 || file_is_notebook(file, head, (size_t)n) || fs_unchanged(fd, file, &st, NULL))
		return false;
	local_remember_plain(c, file, &st);
	return true;
}

/* Whoever settles a collision removes one of the two files. Both are recorded here, because held
 * entries are not recorded by the cycle. */
static void see_both(struct local_side *s, struct row *row, const char *file)
{
	struct side_context *c = s->side.context;
	cleanup_free char *other = xstrdup(row->side[SIDE_LOCAL].file);
	struct found both[] = { { .file = other }, { .file = file } };

	for (size_t i = 0; i < ARRAY_SIZE(both); i++)
		if (!read_version(s, row, &both[i]))
			state_see_file(&c->state, SIDE_LOCAL, both[i].file, &both[i].raw);
}

bool local_collides(struct local_side *s, struct row *row, const char *file)
{
	struct side_context *c = s->side.context;
	struct entry *entry = &row->side[SIDE_LOCAL];
	struct err e = ERR_INIT;
	struct fs_stat st;

	if (entry_is_found(row, SIDE_LOCAL) && entry->reason == HOLD_COLLISION)
		return true;
	if (entry->state == ENTRY_ABSENT || !entry->file || str_eq(entry->file, file))
		return false;
	if (fs_stat(s->root, entry->file, &st, &e) || local_known_plain(c, entry->file, &st) ||
	    !filter_takes(&c->filter, row->path, entry->file, row))
		return false;
	if (is_script_beside(s, file) || finish_put(s, row, file))
		return true;
	see_both(s, row, file);
	err_set(&e, ERR_INVALID, "'%s' and '%s' would be one notebook '%s': rename one of them",
		entry->file, file, row->path);
	entry_hold(row, SIDE_LOCAL, HOLD_COLLISION, entry->file, e.text);
	entry_found(row, SIDE_LOCAL);
	return true;
}
