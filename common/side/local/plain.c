/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local side's files that are no notebooks. They travel with files = all; otherwise each is
 * read once to know that it is none, remembered in context.plain, and left alone. A script that
 * turns from one kind into the other has a row of each kind for a while; each is the other's twin.
 */

#include "side/local/plain.h"

#include <unistd.h>

#include "side/file.h"
#include "side/kind.h"

bool local_known_plain(const struct side_context *c, const char *file, const struct fs_stat *st)
{
	const struct row *row = table_find(&c->plain, file);

	return row && fs_stat_same(&row->side[SIDE_LOCAL].stat, st);
}

void local_remember_plain(struct side_context *c, const char *file, const struct fs_stat *st)
{
	table_get(&c->plain, file)->side[SIDE_LOCAL].stat = *st;
	c->plain.changed = true;
}

int local_read_blob(struct local_side *s, const char *file, struct fs_stat *st, struct oid *blob,
		    struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_fd int fd = -1;
	int r;

	if ((r = fs_open(&fd, s->root, file, st, e)) || (r = file_check_size(file, st->size, e)) ||
	    (r = hub_blob_put_file(c->hub, fd, st->size, blob, e)))
		return r;
	return fs_unchanged(fd, file, st, e);
}

void local_read_plain(struct local_side *s, const char *file, const struct fs_stat *seen)
{
	struct side_context *c = s->side.context;
	struct version v = { .kind = VERSION_FILE };
	struct row *row = table_get(&c->table, file);
	struct fs_stat st = *seen;
	struct err e = ERR_INIT;
	int r = local_read_blob(s, file, &st, &v.blob, &e);

	if (r == ERR_ABSENT) {
		row_enlist(row);
		return;
	}
	if (r) {
		entry_hold(row, SIDE_LOCAL, r == ERR_INVALID ? HOLD_TOO_LARGE : HOLD_UNREADABLE,
			   file, e.text);
		row->side[SIDE_LOCAL].stat = st;
	} else {
		entry_set_present(row, SIDE_LOCAL, &v, &v.blob, file);
		row->side[SIDE_LOCAL].stat = st;
	}
	entry_found(row, SIDE_LOCAL);
}

void local_settle_twin(struct side_context *c, const struct row *row)
{
	const struct entry *entry = &row->side[SIDE_LOCAL];
	struct row *twin = kind_twin(c, row, SIDE_LOCAL);

	if (!twin || entry->state == ENTRY_ABSENT)
		return;
	if (entry->state == ENTRY_PRESENT) {
		entry_set_absent(twin, SIDE_LOCAL);
		return;
	}
	entry_hold(twin, SIDE_LOCAL, entry->reason, entry->file, entry->sentence);
	entry_found(twin, SIDE_LOCAL);
}

/* Whether a file with a notebook's name is none by its first line, and was none when it was last
 * looked at. */
static bool is_script(struct local_side *s, const char *file)
{
	struct side_context *c = s->side.context;
	cleanup_fd int fd = -1;
	char head[FILE_HEAD_SIZE];
	struct fs_stat st;
	ssize_t n;

	if (kind_was_notebook(c, SIDE_LOCAL, file))
		return false;
	if (fs_open(&fd, s->root, file, &st, NULL))
		return table_find(&c->table, file) != NULL;
	n = pread(fd, head, sizeof(head), 0);
	return n >= 0 && !file_is_notebook(file, head, (size_t)n);
}

bool local_unchanged(const struct side_context *c, const struct row *row, const char *file,
		     const struct fs_stat *st)
{
	const struct entry *entry = row ? &row->side[SIDE_LOCAL] : NULL;

	/* The question that it was held for may have been answered on another side. */
	if (entry && entry->reason == HOLD_UNPARSABLE && kind_is_settled(c, row, SIDE_LOCAL))
		return false;
	if (!entry || entry->state == ENTRY_ABSENT)
		return false;
	if (entry->reason == HOLD_UNREADABLE || entry->reason == HOLD_COLLISION)
		return false;
	return str_eq(entry->file, file) && fs_stat_same(&entry->stat, st);
}

char *local_row_path(struct local_side *s, const char *file, const struct fs_stat *st)
{
	struct side_context *c = s->side.context;
	struct notebook_name name;
	char *path;

	if (!notebook_name_parse(&name, file))
		return files_wanted(c) ? xstrdup(file) : NULL;
	if (files_wanted(c) && name.format == NOTEBOOK_SOURCE && st->kind == FS_FILE &&
	    (local_unchanged(c, table_find(&c->table, file), file, st) || is_script(s, file)))
		path = xstrdup(file);
	else
		path = xstrdup(name.stem);
	notebook_name_release(&name);
	return path;
}

void local_hold_plain(struct side_context *c, const struct row *row, const char *file)
{
	struct row *plain = table_find(&c->table, file);

	if (!plain || plain == row || plain->side[SIDE_LOCAL].state == ENTRY_ABSENT)
		return;
	entry_hold(plain, SIDE_LOCAL, HOLD_COLLISION, file, row->side[SIDE_LOCAL].sentence);
	entry_found(plain, SIDE_LOCAL);
}
