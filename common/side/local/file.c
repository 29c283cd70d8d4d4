/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at one file of the local side. What cannot be read, parsed or named is held, never taken
 * for deleted. What a file without a notebook's header is, plain.c decides.
 */

#include "side/local/file.h"

#include <string.h>

#include "base/clock.h"
#include "path/path.h"
#include "side/copy_name.h"
#include "side/file.h"
#include "side/kind.h"
#include "side/local/collision.h"
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

/* A file with a notebook's name, as it was read; all borrowed. */
struct read_file {
	const char *file;
	const struct notebook_name *name;
	const struct buf *data;
};

/*
 * Whether a file with a notebook's name is none: a .py, .sql, .scala or .r file without the header.
 * ERR_INVALID when it was a notebook when it was last looked at: somebody may be in the middle of
 * writing it. ERR_RETRY when the header was there a moment ago (local_row_path()).
 */
static int check_plain(const struct side_context *c, const struct row *row,
		       const struct read_file *read, bool *plain, struct err *e)
{
	*plain = false;
	if (read->name->format == NOTEBOOK_IPYNB ||
	    notebook_is_source(buf_str(read->data), read->data->len, read->name->language))
		return ERR_OK;
	if (was_notebook(c, row))
		return local_header_missing(c, row, read->file, e);
	if (files_wanted(c))
		return err_set(e, ERR_RETRY, "'%s' changed while being read", read->file);
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
		r = check_plain(c, row, &(struct read_file){ file, name, &data }, &plain, &e);
	if (plain) {
		local_remember_plain(c, file, &st);
		if (row && str_eq(row->side[SIDE_LOCAL].file, file))
			entry_set_absent(row, SIDE_LOCAL);
		return;
	}
	row = table_get(&c->table, name->stem);
	if (!r)
		r = check_settled(s, file, &st, &e);
	if (!r)
		r = check_torn(c, file, row, &data, &e);
	if (!r)
		r = content_take(&c->content, row,
				 &(struct content_bytes){ SIDE_LOCAL, file, &data }, &v, &raw, &e);
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
	} else if (row && local_collides(s, row, file)) {
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
