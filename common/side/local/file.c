/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at one file of the local side. What cannot be read, parsed or named is held, never taken for
 * deleted. Other files than notebooks travel as well (files = all: see file.h), or are read once to
 * know that they are none, and left alone.
 */

#include "side/local/file.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "path/path.h"
#include "side/copy_name.h"
#include "side/file.h"
#include "side/kind.h"
#include "side/local/header.h"
#include "side/local/plain.h"

#define SETTLE_RUNS_MAX 5 /* some 15 s, by what wakes unsettled cycles */

bool local_known_plain(const struct side_context *c, const char *file, const struct fs_stat *st)
{
	const struct row *row = table_find(&c->plain, file);

	return row && fs_stat_same(&row->side[SIDE_LOCAL].stat, st);
}

static void remember_plain(struct side_context *c, const char *file, const struct fs_stat *st)
{
	table_get(&c->plain, file)->side[SIDE_LOCAL].stat = *st;
	c->plain.changed = true;
}

static void hold(struct row *row, enum hold_reason reason, const char *file,
		 const struct fs_stat *st, const struct err *why)
{
	entry_hold(row, SIDE_LOCAL, reason, file, why->text);
	if (st)
		row->side[SIDE_LOCAL].stat = *st;
}

struct found {
	const char *file; /* borrowed */
	struct fs_stat st;
	struct version v;
	struct oid raw;
};

static bool read_version(struct local_side *s, struct row *row, struct found *f)
{
	struct side_context *c = s->side.context;
	cleanup_buf struct buf data = BUF_UNBOUNDED;

	return fs_read(s->root, f->file, (size_t)c->mapping->max_notebook, &data, &f->st, NULL) ==
		       ERR_OK &&
	       content_take(&c->content, row, &(struct content_bytes){ SIDE_LOCAL, f->file, &data },
			    &f->v, &f->raw, NULL) == ERR_OK;
}

/*
 * A kill between writing a notebook under another extension and removing its old file leaves both:
 * the agreed version, and the one that was agreed before. That is no collision. The old file goes,
 * recorded like everything that goes.
 */
static bool finish_put(struct local_side *s, struct row *row, const char *file)
{
	struct side_context *c = s->side.context;
	cleanup_free char *other = xstrdup(row->side[SIDE_LOCAL].file);
	struct found a = { .file = other }, b = { .file = file }, *old, *new;
	struct version *base = &row->base[SIDE_LOCAL];

	if (version_absent(&row->agreed) || version_absent(base) ||
	    version_same(base, &row->agreed) || !read_version(s, row, &a) ||
	    !read_version(s, row, &b) || content_resolve(&c->content, base, NULL) ||
	    version_same(base, &row->agreed))
		return false;
	old = version_same(&a.v, base) ? &a : &b;
	new = old == &a ? &b : &a;
	if (!version_same(&old->v, base) || !version_same(&new->v, &row->agreed))
		return false;
	state_see_file(&c->state, SIDE_LOCAL, old->file, &old->raw);
	if (state_save_seen(&c->state, "seen: before finishing a write", NULL) ||
	    fs_remove(s->root, old->file, &old->st, NULL))
		return false;
	entry_set_present(row, SIDE_LOCAL, &new->v, &new->raw, new->file);
	row->side[SIDE_LOCAL].stat = new->st;
	entry_found(row, SIDE_LOCAL);
	return true;
}

/* A script beside our notebook of another extension is none of ours. */
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
	remember_plain(c, file, &st);
	return true;
}

/* Whoever settles a collision takes one file away: what is held is recorded here, because no plan will
 * see it. */
static void see_both(struct local_side *s, struct row *row, const char *file)
{
	struct side_context *c = s->side.context;
	cleanup_free char *other = xstrdup(row->side[SIDE_LOCAL].file);
	struct found both[] = { { .file = other }, { .file = file } };

	for (size_t i = 0; i < ARRAY_SIZE(both); i++)
		if (read_version(s, row, &both[i]))
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

static enum hold_reason reason_of(const struct fs_stat *st, const struct side_context *c, int code)
{
	if (code == ERR_CONFIG || code == ERR_RETRY)
		return HOLD_UNREADABLE;
	return st->size > (uint64_t)c->mapping->max_notebook ? HOLD_TOO_LARGE : HOLD_UNPARSABLE;
}

/* Whether more is known of the file's notebook than that the file could not be read. */
static bool was_notebook(const struct side_context *c, const struct row *row)
{
	const struct entry *entry = row ? &row->side[SIDE_LOCAL] : NULL;

	if (!entry || kind_is_settled(c, row, SIDE_LOCAL))
		return false;
	return !version_absent(&row->base[SIDE_LOCAL]) || entry->state == ENTRY_PRESENT ||
	       (entry->state == ENTRY_HELD && entry->reason != HOLD_UNREADABLE);
}

/* A .py, .sql, .scala or .r file without the header is no notebook; unless it was one a moment ago:
 * then somebody may be in the middle of writing it. */
static bool is_plain(struct side_context *c, const char *file, const struct row *row,
		     const struct buf *data, const struct notebook_name *name,
		     const struct fs_stat *st, struct err *e)
{
	if (name->format == NOTEBOOK_IPYNB ||
	    notebook_is_source(buf_str(data), data->len, name->language))
		return false;
	if (was_notebook(c, row)) {
		local_header_ask(c, row, file, e);
		return false;
	}
	if (files_wanted(c)) {
		err_set(e, ERR_RETRY, "'%s' changed while being read", file);
		return false;
	}
	remember_plain(c, file, st);
	return true;
}

/* A crash of the machine leaves NUL bytes where a file was being written. A notebook that had none
 * is not replaced by one that has. */
static bool is_torn(struct side_context *c, const char *file, const struct row *row,
		    const struct buf *data, struct err *e)
{
	cleanup_buf struct buf agreed = BUF_UNBOUNDED;

	if (!row || version_absent(&row->agreed) || !memchr(buf_str(data), '\0', data->len))
		return false;
	if (hub_blob_get(c->hub, &row->agreed.blob, &agreed, e) == ERR_OK &&
	    memchr(buf_str(&agreed), '\0', agreed.len))
		return false;
	err_set(e, ERR_INVALID,
		"'%s' contains NUL bytes, as a crash leaves them in a half-written file: restore "
		"or save it again",
		file);
	return true;
}

/* Half of a source notebook looks like a whole one. A file that changed a moment ago and is still open
 * has to settle; but one that is written to all the time is not waited for all the time. */
static bool has_to_settle(const struct local_side *s, const char *file, const struct fs_stat *st,
			  struct err *e)
{
	struct side_context *c = s->side.context;
	struct timespec now;
	int64_t age;

	clock_gettime(CLOCK_REALTIME, &now);
	age = ((int64_t)now.tv_sec - st->mtime_ns / 1000000000) * 1000 +
	      (now.tv_nsec - st->mtime_ns % 1000000000) / 1000000;
	if (age < 0 || age >= c->mapping->settle_ms || c->tries >= SETTLE_RUNS_MAX ||
	    !fs_is_being_written(s->root, file))
		return false;
	err_set(e, ERR_RETRY, "'%s' is being written by another program", file);
	return true;
}

/* Reads a file that is new or changed. Anything wrong with it becomes a held entry. */
static void read_file(struct local_side *s, const char *file, const struct notebook_name *name,
		      const struct fs_stat *seen)
{
	struct side_context *c = s->side.context;
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	struct row *row = table_find(&c->table, name->stem);
	struct fs_stat st = *seen;
	struct err e = ERR_INIT;
	struct version v;
	struct oid raw;
	int r;

	r = fs_read(s->root, file, (size_t)c->mapping->max_notebook, &data, &st, &e);
	if (r == ERR_ABSENT)
		return;
	if (!r && is_plain(c, file, row, &data, name, &st, &e)) {
		if (row && str_eq(row->side[SIDE_LOCAL].file, file))
			entry_set_absent(row, SIDE_LOCAL);
		return;
	}
	row = table_get(&c->table, name->stem);
	if (!r && !e.code && !has_to_settle(s, file, &st, &e) && !is_torn(c, file, row, &data, &e))
		r = content_take(&c->content, row,
				 &(struct content_bytes){ SIDE_LOCAL, file, &data }, &v, &raw, &e);
	if (e.code) {
		hold(row, reason_of(&st, c, e.code), file, &st, &e);
		c->unsettled |= e.code == ERR_RETRY;
	} else {
		entry_set_present(row, SIDE_LOCAL, &v, &raw, file);
		row->side[SIDE_LOCAL].stat = st;
	}
	entry_found(row, SIDE_LOCAL);
}

/* A conflict copy is listed as long as it exists; removing or renaming it resolves the conflict. */
static bool note_conflict(struct side_context *c, const char *file)
{
	if (!copy_of(c, file, NULL, NULL))
		return false;
	table_get(&c->copies, file);
	return true;
}

static void read_any(struct local_side *s, const char *path, const char *file,
		     const struct fs_stat *st)
{
	struct notebook_name name;

	if (str_eq(path, file)) {
		local_read_file(s, file, st);
	} else if (notebook_name_parse(&name, file)) {
		read_file(s, file, &name, st);
		notebook_name_release(&name);
	}
}

void local_look_at_file(struct local_side *s, const char *file, const struct fs_stat *st)
{
	struct side_context *c = s->side.context;
	cleanup_free char *path = local_row_path(s, file, st);
	struct err e = ERR_INIT;
	struct row *row;

	if (!path)
		return;
	row = table_find(&c->table, path);
	if (note_conflict(c, file) || !filter_takes(&c->filter, path, file, row) ||
	    local_known_plain(c, file, st)) {
		/* Not ours, or a script beside our notebook of another extension. */
	} else if (local_unchanged(c, row, file, st)) {
		entry_found(row, SIDE_LOCAL);
	} else if (row && collides(s, row, file)) {
		local_hold_file(c, row, file);
	} else if (path_check(file, &e) || st->kind != FS_FILE) {
		if (!e.code)
			err_set(&e, ERR_INVALID, "'%s' is a link or special file, not a notebook",
				file);
		row = table_get(&c->table, path);
		hold(row, st->kind == FS_FILE ? HOLD_NAME : HOLD_KIND, file, st, &e);
		entry_found(row, SIDE_LOCAL);
	} else {
		read_any(s, path, file, st);
	}
	row = files_wanted(c) ? table_find(&c->table, path) : NULL;
	if (row && str_eq(row->side[SIDE_LOCAL].file, file))
		local_settle_twin(c, row);
}

/* ---- what cannot be examined ---- */

void local_hold_below(struct local_side *s, const char *dir, const struct err *why)
{
	struct side_context *c = s->side.context;
	cleanup_free char *inside = path_join(dir, "x");
	/* A repository of its own is nobody's mistake, unless notebooks of ours are inside. */
	bool tell = !fs_in_nested_repo(s->root, inside);
	struct err e = *why;

	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row)) {
		struct entry *entry = &row->side[SIDE_LOCAL];

		if (entry->state == ENTRY_ABSENT && version_absent(&row->base[SIDE_LOCAL]))
			continue;
		if (!path_is_below(row->path, dir) || !filter_manages_row(&c->filter, row))
			continue;
		hold(row, HOLD_UNREADABLE, entry->file, NULL, &e);
		entry_found(row, SIDE_LOCAL);
		tell = true;
	}
	if (tell)
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
