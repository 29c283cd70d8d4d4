/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a look at the local side does not show, and whether it was deleted.
 *
 * A notebook counts as deleted when three things are true: its folder, read whole, does not name it
 * (a look at hints leaves that out); a stat of its name says that it does not exist; and the root
 * is still the directory that was opened. Network and user-space file systems that go away give
 * wrong answers for a moment to each of these. Which names to stat comes from the base, so that a
 * lost cache changes nothing.
 */

#include <ctype.h>
#include <string.h>

#include "path/path.h"
#include "side/file.h"
#include "side/local/file.h"
#include "side/local/missing.h"

/* Whether rel is, or would be, the row's file, or a folder above it. stem: of rel, when that is a
 * notebook's name; else NULL. */
static bool concerns(const struct row *row, const char *rel, const char *stem)
{
	const char *file = row->side[SIDE_LOCAL].file;

	if (path_is_below(row->path, rel))
		return true;
	return file ? str_eq(file, rel) : str_eq(row->path, rel) || str_eq(row->path, stem);
}

void local_vanished(struct local_side *s, const char *rel, const struct err *why)
{
	struct side_context *c = s->side.context;
	struct notebook_name name = { 0 };

	notebook_name_parse(&name, rel);
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row)) {
		const char *file = row->side[SIDE_LOCAL].file;

		if (!entry_may_stand(row, SIDE_LOCAL) || entry_is_found(row, SIDE_LOCAL) ||
		    !concerns(row, rel, name.stem) || !filter_manages_row(&c->filter, row))
			continue;
		entry_hold(row, SIDE_LOCAL, HOLD_UNREADABLE, file ? file : rel, why->text);
		entry_found(row, SIDE_LOCAL);
		s->doubtful = true;
		c->unsettled = true;
	}
	notebook_name_release(&name);
}

/* Stats one file that the row may have. False when it does not exist; otherwise the row is up to
 * date, or held, then. */
static bool is_at(struct local_side *s, struct row *row, const char *file)
{
	struct err e = ERR_INIT;
	struct fs_stat st;

	if (path_check(file, NULL))
		return false;
	switch (fs_stat(s->root, file, &st, &e)) {
	case ERR_ABSENT:
		return false;
	case ERR_OK:
		if (st.kind == FS_DIR)
			return false;
		local_look_at_file(s, file, &st);
		return entry_is_found(row, SIDE_LOCAL);
	default:
		entry_hold(row, SIDE_LOCAL, HOLD_UNREADABLE, file, e.text);
		entry_found(row, SIDE_LOCAL);
		return true;
	}
}

/* The same with the extension in capitals, as some programs write it: "load.R". */
static bool is_at_capitals(struct local_side *s, struct row *row, const char *file)
{
	cleanup_free char *capitals = xstrdup(file);

	for (char *at = strrchr(capitals, '.'); at && *at; at++)
		*at = (char)toupper((unsigned char)*at);
	return is_at(s, row, capitals);
}

/* Stats all files that the row may have: any extension, when no look has found its file before. */
static bool is_anywhere(struct local_side *s, struct row *row)
{
	static const enum notebook_format formats[] = { NOTEBOOK_SOURCE, NOTEBOOK_IPYNB };
	struct err e = ERR_INIT;

	if (path_check(row->path, &e)) {
		entry_hold(row, SIDE_LOCAL, HOLD_NAME, row->path, e.text);
		entry_found(row, SIDE_LOCAL);
		return true;
	}
	if (row->side[SIDE_LOCAL].file)
		return is_at(s, row, row->side[SIDE_LOCAL].file);
	if (row_is_file(row))
		return is_at(s, row, row->path);
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
		for (enum notebook_language l = 0; l < NOTEBOOK_LANGUAGES; l++) {
			cleanup_free char *file = notebook_name_make(row->path, formats[i], l);

			if (is_at(s, row, file) || is_at_capitals(s, row, file))
				return true;
			if (formats[i] == NOTEBOOK_IPYNB)
				break;
		}
	return false;
}

bool local_look_for_missing(struct local_side *s)
{
	struct side_context *c = s->side.context;
	bool missing = false;

	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		if (entry_may_stand(row, SIDE_LOCAL) && !entry_is_found(row, SIDE_LOCAL) &&
		    filter_manages_row(&c->filter, row) && !is_anywhere(s, row))
			missing = true;
	return missing;
}
