/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A local notebook whose file has lost its first line: it is held, because an editor may be in the
 * middle of saving it, until it is put back or a human says that it was meant.
 */

#include "side/local/header.h"

#include <unistd.h>

#include "side/file.h"
#include "side/local/plain.h"

int local_header_missing(const struct side_context *c, const struct row *row, const char *file,
			 struct err *e)
{
	return err_set(e, ERR_INVALID,
		       "'%s' was a notebook and has lost its first line '... Databricks notebook "
		       "source': put it back, or run 'nbsync resolve %s %s --local' if the file is "
		       "to be no notebook any more",
		       file, c->mapping->name, row->path);
}

/* Also when that cannot be read. *st as fs_open() gives it. */
static bool has_header(struct local_side *s, const char *file, struct fs_stat *st)
{
	char head[FILE_HEAD_SIZE];
	cleanup_fd int fd = -1;
	ssize_t n;

	if (fs_open(&fd, s->root, file, st, NULL))
		return true;
	n = pread(fd, head, sizeof(head), 0);
	return n < 0 || file_is_notebook(file, head, (size_t)n);
}

/* Whether the row is held because its file has no header. */
static bool has_lost_header(struct local_side *s, const struct row *row)
{
	const struct entry *entry = &row->side[SIDE_LOCAL];
	struct fs_stat st;

	return entry->state == ENTRY_HELD && entry->reason == HOLD_UNPARSABLE && entry->file &&
	       file_class(entry->file) == FILE_SCRIPT && !has_header(s, entry->file, &st);
}

/* What stands in the file is no notebook from now on. */
static int take_as_plain(struct local_side *s, struct row *row, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *file = xstrdup(row->side[SIDE_LOCAL].file);
	struct row *plain = NULL;
	struct fs_stat st;

	if (has_header(s, file, &st))
		return err_set(e, ERR_CONFLICT, "'%s' changed meanwhile: try again", file);
	if (files_wanted(c)) {
		local_read_plain(s, file, &st);
		plain = table_find(&c->table, file);
		if (!plain || plain->side[SIDE_LOCAL].state != ENTRY_PRESENT)
			return err_set(e, ERR_CONFLICT, "'%s' cannot be read now: try again", file);
		state_see(&c->state, plain, SIDE_LOCAL);
	} else {
		local_remember_plain(c, file, &st);
	}
	entry_set_absent(row, SIDE_LOCAL);
	state_see(&c->state, row, SIDE_LOCAL);
	return ERR_OK;
}

int local_let_go(struct side *side, struct row *row, struct err *e)
{
	struct local_side *s = (struct local_side *)side;

	if (!has_lost_header(s, row))
		return err_set(e, ERR_ABSENT, "'%s' is not held for its first line", row->path);
	return take_as_plain(s, row, e);
}
