/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of copies of clashes, as names_conflict() makes them: which notebook or file a copy is of.
 * By the name alone and by which rows there are; what a copy holds is sync/conflict.c's.
 */

#include "side/copy_name.h"

#include <stdlib.h>
#include <string.h>

#include "path/path.h"

/* The part of a row's path that a copy's name is made of: of a notebook all, of a file what
 * precedes its extension. */
static bool is_whole(const struct row *row, const char *stem, const char *ext)
{
	cleanup_free char *whole = NULL;

	if (!str_ends(row->path, ext))
		return false;
	whole = xstrndup(row->path, strlen(row->path) - strlen(ext));
	return names_is_cut_of(stem, whole);
}

/* The row of stem and ext, where stem may have been cut; NULL: none. */
static const struct row *find_whole(const struct side_context *c, const char *stem, const char *ext)
{
	cleanup_free char *path = xasprintf("%s%s", stem, ext);
	const struct row *row = table_find(&c->table, path);

	if (row || !names_is_cut(stem))
		return row;
	for (row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		if (is_whole(row, stem, ext))
			return row;
	return NULL;
}

char *copy_whole(const struct side_context *c, char *path)
{
	const struct row *row = find_whole(c, path, "");

	if (!row)
		return path;
	free(path);
	return xstrdup(row->path);
}

/* "data.conflict-local-….csv" is of "data.csv"; what precedes the extension is all that is
 * judged. */
static bool plain_copy_of(const struct side_context *c, const char *file, char **original,
			  enum side_id *side)
{
	const char *ext = path_ext(path_base(file));
	cleanup_free char *stem = xstrndup(file, strlen(file) - strlen(ext)), *of = NULL;
	const struct row *row;

	if (names_is_conflict(file, &of, side))
		ext = "";
	else if (!*ext || !names_is_conflict(stem, &of, side))
		return false;
	if (!original)
		return true;
	row = find_whole(c, of, ext);
	*original = row ? xstrdup(row->path) : xasprintf("%s%s", of, ext);
	return true;
}

bool copy_of(const struct side_context *c, const char *file, char **original, enum side_id *side)
{
	cleanup_free char *plain = NULL;
	struct notebook_name name;
	const struct row *row;
	bool is;

	if (!notebook_name_parse(&name, file))
		return plain_copy_of(c, file, original, side);
	/* It may be a copy of a script that is no notebook. */
	row = plain_copy_of(c, file, &plain, side) ? table_find(&c->table, plain) : NULL;
	if (row && row_is_file(row)) {
		if (original)
			*original = steal(&plain);
		is = true;
	} else {
		is = names_is_conflict(name.stem, original, side);
		if (is && original)
			*original = copy_whole(c, *original);
	}
	notebook_name_release(&name);
	return is;
}

char *copy_name_make(const struct row *row, enum side_id of, int64_t at_s, size_t max)
{
	const char *ext = path_ext(path_base(row->side[of].file));
	size_t len = strlen(row->path) - (row_is_file(row) ? strlen(ext) : 0);
	cleanup_free char *stem = xstrndup(row->path, len);
	char stamp[17];

	names_stamp(stamp, at_s);
	return names_conflict(stem, ext, of, stamp, max);
}
