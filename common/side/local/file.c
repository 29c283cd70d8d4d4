/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at one file of the local side. What cannot be read, parsed or named is held, never taken
 * for deleted. What a file without a notebook's header is, plain.c decides.
 */

#include "side/local/file.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/path.h"
#include "side/copy_name.h"
#include "side/file.h"
#include "side/kind.h"
#include "side/local/header.h"
#include "side/local/plain.h"

#define SETTLE_RUNS_MAX 5 /* cycles in a row: some 15 s */

static void hold(struct row *row, enum hold_reason reason, const char *file,
		 const struct fs_stat *st, const struct err *why)
{
	entry_hold(row, SIDE_LOCAL, reason, file, why->text);
	if (st)
		row->side[SIDE_LOCAL].stat = *st;
}

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
	return content_take(&c->content, row, SIDE_LOCAL, f->file, buf_str(&data), data.len, &f->v,
			    &f->raw, NULL);
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

/* A file of another name stands for the same notebook: both stay as they are until one goes. */
static bool collides(struct local_side *s, struct row *row, const char *file)
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
	hold(row, HOLD_COLLISION, entry->file, NULL, &e);
	entry_found(row, SIDE_LOCAL);
	return true;
}

/* Why a file is held that could not be read or taken. */
static enum hold_reason reason_of(const struct fs_stat *st, const struct side_context *c, int code)
{
	if (code == ERR_CONFIG || code == ERR_RETRY)
		return HOLD_UNREADABLE;
	return st->size > (uint64_t)c->mapping->max_notebook ? HOLD_TOO_LARGE : HOLD_UNPARSABLE;
}

/* Whether the file of this row was a notebook when it could be read last; row may be NULL. */
static bool was_notebook(const struct side_context *c, const struct row *row)
{
	const struct entry *entry = row ? &row->side[SIDE_LOCAL] : NULL;

	if (!entry || kind_is_settled(c, row, SIDE_LOCAL))
		return false;
	return !version_absent(&row->base[SIDE_LOCAL]) || entry->state == ENTRY_PRESENT ||
	       (entry->state == ENTRY_HELD && entry->reason != HOLD_UNREADABLE);
}

/*
 * Whether a file with a notebook's name is none: a .py, .sql, .scala or .r file without the header.
 * ERR_INVALID when it was a notebook when it was last looked at: somebody may be in the middle of
 * writing it. ERR_RETRY when the header was there a moment ago (local_row_path()).
 */
static int check_plain(const struct side_context *c, const char *file, const struct row *row,
		       const struct buf *data, const struct notebook_name *name, bool *plain,
		       struct err *e)
{
	*plain = false;
	if (name->format == NOTEBOOK_IPYNB ||
	    notebook_is_source(buf_str(data), data->len, name->language))
		return ERR_OK;
	if (was_notebook(c, row))
		return local_header_ask(c, row, file, e);
	if (files_wanted(c))
		return err_set(e, ERR_RETRY, "'%s' changed while being read", file);
	*plain = true;
	return ERR_OK;
}

/* A crash of the machine leaves NUL bytes where a file was being written. A notebook that had none
 * is not replaced by one that has: ERR_INVALID. */
static int check_torn(struct side_context *c, const char *file, const struct row *row,
		      const struct buf *data, struct err *e)
{
	cleanup_buf struct buf agreed = BUF_UNBOUNDED;

	if (version_absent(&row->agreed) || !memchr(buf_str(data), '\0', data->len))
		return ERR_OK;
	if (hub_blob_get(c->hub, &row->agreed.blob, &agreed, NULL) == ERR_OK &&
	    memchr(buf_str(&agreed), '\0', agreed.len))
		return ERR_OK;
	return err_set(e, ERR_INVALID,
		       "'%s' contains NUL bytes, as a crash leaves them in a half-written file: "
		       "restore or save it again",
		       file);
}

/* Half of a source notebook looks like a whole one: ERR_RETRY for a file that changed less than
 * settle ago and that another program has open for writing. After SETTLE_RUNS_MAX cycles it is
 * taken as it is, since some programs never close it. */
static int check_settled(const struct local_side *s, const char *file, const struct fs_stat *st,
			 struct err *e)
{
	const struct side_context *c = s->side.context;
	int64_t age = clock_unix_ms() - st->mtime_ns / 1000000;

	if (age < 0 || age >= c->mapping->settle_ms || c->tries >= SETTLE_RUNS_MAX ||
	    !fs_is_being_written(s->root, file))
		return ERR_OK;
	return err_set(e, ERR_RETRY, "'%s' is being written by another program", file);
}

/* Reads a file with a notebook's name that is new or changed. Anything wrong with it becomes a held
 * entry. */
static void read_notebook(struct local_side *s, const char *file, const struct notebook_name *name,
			  const struct fs_stat *seen)
{
	struct side_context *c = s->side.context;
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	struct row *row = table_find(&c->table, name->stem);
	struct fs_stat st = *seen;
	struct err e = ERR_INIT;
	struct version v;
	struct oid raw;
	bool plain = false;
	int r;

	r = fs_read(s->root, file, (size_t)c->mapping->max_notebook, &data, &st, &e);
	if (r == ERR_ABSENT)
		return;
	if (!r)
		r = check_plain(c, file, row, &data, name, &plain, &e);
	if (plain) {
		local_remember_plain(c, file, &st);
		if (row && str_eq(row->side[SIDE_LOCAL].file, file))
			entry_set_absent(row, SIDE_LOCAL);
		return;
	}
	row = table_get(&c->table, name->stem);
	if (!r && !(r = check_settled(s, file, &st, &e)) &&
	    !(r = check_torn(c, file, row, &data, &e)))
		r = content_take(&c->content, row, SIDE_LOCAL, file, buf_str(&data), data.len, &v,
				 &raw, &e);
	if (r) {
		hold(row, reason_of(&st, c, r), file, &st, &e);
		if (r == ERR_RETRY)
			c->unsettled = true;
	} else {
		entry_set_present(row, SIDE_LOCAL, &v, &raw, file);
		row->side[SIDE_LOCAL].stat = st;
	}
	entry_found(row, SIDE_LOCAL);
}

/* A copy of a clash is listed as long as it exists; removing or renaming it resolves the conflict.
 * Whether the file is one. */
static bool note_copy(struct side_context *c, const char *file)
{
	if (!copy_of(c, file, NULL, NULL))
		return false;
	table_get(&c->copies, file);
	return true;
}

/* ERR_INVALID with a sentence when a file's name may not travel, or it is no regular file; *reason
 * says which. */
static int check_file(const char *file, const struct fs_stat *st, enum hold_reason *reason,
		      struct err *e)
{
	int r = path_check(file, e);

	*reason = st->kind == FS_FILE ? HOLD_NAME : HOLD_KIND;
	if (r || st->kind == FS_FILE)
		return r;
	return err_set(e, ERR_INVALID, "'%s' is a link or special file, not a notebook", file);
}

/* Brings the row of that path up to date with the file. */
static void take_file(struct local_side *s, const char *path, const char *file,
		      const struct fs_stat *st)
{
	struct side_context *c = s->side.context;
	struct row *row = table_find(&c->table, path);
	struct notebook_name name;
	enum hold_reason reason;
	struct err e = ERR_INIT;

	if (note_copy(c, file) || !filter_takes(&c->filter, path, file, row) ||
	    local_known_plain(c, file, st))
		return;
	if (local_unchanged(c, row, file, st)) {
		entry_found(row, SIDE_LOCAL);
	} else if (row && collides(s, row, file)) {
		local_hold_plain(c, row, file);
	} else if (check_file(file, st, &reason, &e)) {
		row = table_get(&c->table, path);
		hold(row, reason, file, st, &e);
		entry_found(row, SIDE_LOCAL);
	} else if (str_eq(path, file)) {
		local_read_plain(s, file, st);
	} else if (notebook_name_parse(&name, file)) {
		read_notebook(s, file, &name, st);
		notebook_name_release(&name);
	}
}

void local_look_at_file(struct local_side *s, const char *file, const struct fs_stat *st)
{
	struct side_context *c = s->side.context;
	cleanup_free char *path = local_row_path(s, file, st);
	struct row *row;

	if (!path)
		return;
	take_file(s, path, file, st);
	row = files_wanted(c) ? table_find(&c->table, path) : NULL;
	if (row && str_eq(row->side[SIDE_LOCAL].file, file))
		local_settle_twin(c, row);
}

/* ---- what cannot be examined ---- */

void local_hold_below(struct local_side *s, const char *dir, const struct err *why)
{
	struct side_context *c = s->side.context;
	cleanup_free char *inside = path_join(dir, "x");
	/* People put repositories of their own there: that is reported only when notebooks of ours
	 * are inside. */
	bool reported = !fs_in_nested_repo(s->root, inside);
	struct err e = *why;

	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row)) {
		struct entry *entry = &row->side[SIDE_LOCAL];

		if (entry->state == ENTRY_ABSENT && version_absent(&row->base[SIDE_LOCAL]))
			continue;
		if (!path_is_below(row->path, dir) || !filter_manages_row(&c->filter, row))
			continue;
		hold(row, HOLD_UNREADABLE, entry->file, NULL, &e);
		entry_found(row, SIDE_LOCAL);
		reported = true;
	}
	if (reported)
		report_held(c->report, dir, SIDE_LOCAL, HOLD_UNREADABLE, e.text);
}

void local_hold_unread(struct side_context *c, const char *file, const struct err *why)
{
	struct row *row = table_find_file(&c->table, SIDE_LOCAL, file);
	struct notebook_name name = { 0 };
	bool notebook = notebook_name_parse(&name, file);
	const char *path;

	if (!row && !notebook && !files_wanted(c))
		return;
	path = row ? row->path : notebook ? name.stem : file;
	if (!filter_takes(&c->filter, path, file, row ? row : table_find(&c->table, path))) {
		notebook_name_release(&name);
		return;
	}
	row = table_get(&c->table, path);
	notebook_name_release(&name);
	hold(row, HOLD_UNREADABLE, file, NULL, why);
	entry_found(row, SIDE_LOCAL);
}
