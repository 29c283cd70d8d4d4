/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A version that a human chose: restore (from the history), discard (the branch's), resolve (one
 * side's, or a file's). It becomes the agreed version and goes to all sides as any other; what stands
 * there now is in the hub before that, because finding the version comes after recording.
 *
 * Copies of a clash are removed when their notebook was decided on and has arrived; their last
 * bytes are recorded as what the side held before they go.
 */

#include <stdlib.h>
#include <string.h>

#include "filter/names.h"
#include "fs/fs.h"
#include "log/log.h"
#include "memory/content_blob.h"
#include "memory/history.h"
#include "path/path.h"
#include "side/copy_name.h"
#include "side/file.h"
#include "side/kind.h"
#include "sync/internal.h"

/* ---- finding the version ---- */

static void want(struct row *row, const struct version *v)
{
	free(row->adopted);
	row->adopted = xcalloc(1, sizeof(*row->adopted));
	row->adopted->version = *v;
	row->adopted->version.partial = false;
	row_dirty(row);
}

/* Takes bytes in a file of this name as the version that is wanted for the row. */
static int take(struct cycle *c, struct row *row, const char *file, const struct buf *data,
		struct err *e)
{
	struct version v;
	struct oid raw;
	int r;

	r = content_take(&c->context.content, row,
			 &(struct content_bytes){ SIDE_COUNT, file, data }, &v, &raw, e);
	if (r)
		return r;
	want(row, &v);
	return ERR_OK;
}

/* The same of what is in the hub. */
static int take_blob(struct cycle *c, struct row *row, const char *file, const struct oid *blob,
		     struct err *e)
{
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	int r;

	if (row_names_file(row, file)) {
		want(row, &(struct version){ .blob = *blob, .kind = VERSION_FILE });
		return ERR_OK;
	}
	if ((r = hub_blob_get(c->context.hub, blob, &data, e)))
		return r;
	return take(c, row, file, &data, e);
}

/* The same for a revision of one side: row->adopted also notes the side's own bytes of then, which that
 * side gets back as they were, although a version holds less (outputs that do not travel). */
static int take_revision(struct cycle *c, struct row *row, const struct history_found *found,
			 struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL;
	struct notebook_name name;
	struct version raw = { .blob = found->blob };
	int r = take_blob(c, row, found->file, &found->blob, e);

	if (r || found->side == SIDE_COUNT || row->adopted->version.kind != VERSION_NOTEBOOK ||
	    !notebook_name_parse(&name, found->file))
		return r;
	raw.format = name.format;
	raw.language = row->adopted->version.language;
	if (name.format == NOTEBOOK_SOURCE)
		raw.language = name.language;
	notebook_name_release(&name);
	if ((r = content_parse(&c->context.content, &raw, &nb, e)))
		return r;
	row->adopted->side = found->side;
	row->adopted->raw = raw;
	row->adopted->more = notebook_has_outputs(nb);
	return ERR_OK;
}

/* The newest copy of a clash that keeps this side's version of the notebook; NULL: none. */
static struct row *find_copy(struct cycle *c, const struct row *row, enum side_id side)
{
	struct row *newest = NULL;

	for (struct row *copy = table_next(&c->context.copies, NULL); copy;
	     copy = table_next(&c->context.copies, copy)) {
		cleanup_free char *original = NULL;
		enum side_id of;

		if (copy_of(&c->context, copy->path, &original, &of) && of == side &&
		    str_eq(original, row->path) &&
		    (!newest || strcmp(copy->path, newest->path) > 0))
			newest = copy;
	}
	return newest;
}

static int from_side(struct cycle *c, struct row *row, enum side_id side, struct err *e)
{
	struct side *it = c->sides[side].side;
	const struct entry *entry = &row->side[side];
	struct row *copy = find_copy(c, row, side);
	cleanup_free char *file = NULL;
	struct err why = ERR_INIT;
	struct oid raw;
	int r;

	if (copy) {
		if ((r = conflict_read(c, copy, &raw, &file, e)))
			return r;
		return take_blob(c, row, row_is_file(row) ? row->path : file, &raw, e);
	}
	if (it->ops->let_go) {
		r = it->ops->let_go(it, row, &why);
		if (!r)
			want(row, &(struct version){ 0 });
		else if (r != ERR_ABSENT)
			*e = why;
		if (r != ERR_ABSENT)
			return r;
	}
	if (entry->state == ENTRY_HELD)
		return err_set(e, ERR_INVALID, "'%s' is held on the %s side: %s", row->path,
			       side_names[side], entry->sentence);
	if (entry->state == ENTRY_ABSENT)
		return err_set(e, ERR_ABSENT, "the %s side has no notebook '%s'", side_names[side],
			       row->path);
	want(row, &entry->version);
	return content_resolve(&c->context.content, &row->adopted->version, e);
}

/* A revision of the mapping, as a human names it. */
static struct history_revision revision_of(const struct cycle *c, const char *id)
{
	return (struct history_revision){ c->context.hub, c->context.mapping, id };
}

static int from_revision(struct cycle *c, struct row *row, const char *id, struct err *e)
{
	const struct history_revision revision = revision_of(c, id);
	struct history_found found;
	struct oid blob;
	int r = ERR_ABSENT;

	if (row_is_file(row) || (files_wanted(&c->context) && version_absent(&row->agreed)))
		r = history_find_file(&revision, row->path, &blob, e);
	if (!r)
		return take_blob(c, row, row->path, &blob, e);
	if (r != ERR_ABSENT || row_is_file(row))
		return r;
	if ((r = history_find(&revision, row->path, &found, e)))
		return r;
	r = take_revision(c, row, &found, e);
	free(found.file);
	return r;
}

/* The content of any file of this machine, for a row that is no notebook. */
static int from_any_file(struct cycle *c, struct row *row, const char *path, struct err *e)
{
	cleanup_free char *folder = path_dir(path);
	cleanup_fd int dir = -1, fd = -1;
	struct fs_stat st;
	struct oid blob;
	int r;

	if ((r = fs_root_open(&dir, *folder ? folder : "/", e)) ||
	    (r = fs_open(&fd, dir, path_base(path), &st, e)) ||
	    (r = file_check_size(path, st.size, e)) ||
	    (r = hub_blob_put_file(c->context.hub, fd, st.size, &blob, e)) ||
	    (r = fs_unchanged(fd, path, &st, e)))
		return r;
	return take_blob(c, row, row->path, &blob, e);
}

static int from_file(struct cycle *c, struct row *row, const char *path, struct err *e)
{
	cleanup_buf struct buf data = BUF_UNBOUNDED;
	cleanup_free char *name = xasprintf("%s%s", row->path, path_ext(path_base(path)));
	struct notebook_name parsed;
	int r;

	if (row_is_file(row))
		return from_any_file(c, row, path, e);
	if (!notebook_name_parse(&parsed, name))
		return err_set(e, ERR_INVALID,
			       "'%s' is no notebook: its name must end in .py, .sql, .scala, .r or "
			       ".ipynb",
			       path);
	notebook_name_release(&parsed);
	if ((r = fs_load(path, (size_t)c->context.mapping->max_notebook, &data, e)))
		return r;
	return take(c, row, name, &data, e);
}

static int find_version(struct cycle *c, struct row *row, const struct cycle_adopt *adopt,
			struct err *e)
{
	enum side_id side;

	if (!filter_manages_row(&c->context.filter, row))
		return err_set(e, ERR_INVALID, "'%s' is not managed by mapping '%s'", row->path,
			       c->context.mapping->name);
	switch (adopt->from) {
	case CYCLE_FROM_SIDE:
		if (!side_parse(&side, adopt->what, strlen(adopt->what)))
			return err_set(e, ERR_INVALID, "there is no side '%s'", adopt->what);
		if (!config_has_side(c->context.mapping, side) || c->sides[side].held.code)
			return err_set(
				e, ERR_ABSENT, "the %s side is not there: %s", side_names[side],
				config_has_side(c->context.mapping, side) ? c->sides[side].held.text
									  : "the mapping has none");
		return from_side(c, row, side, e);
	case CYCLE_FROM_REVISION:
		return from_revision(c, row, adopt->what, e);
	case CYCLE_FROM_FILE:
		return from_file(c, row, adopt->what, e);
	}
	return err_set(e, ERR_BUG, "unknown source %d", adopt->from);
}

/* ---- one notebook, or a folder ---- */

/* The stem that a path means: itself, or without a notebook's extension if that is what is known. */
static char *stem_of(struct cycle *c, const char *path)
{
	struct notebook_name name;
	char *stem;

	if (table_find(&c->context.table, path) || !notebook_name_parse(&name, path))
		return xstrdup(path);
	stem = xstrdup(name.stem);
	notebook_name_release(&name);
	return stem;
}

static void know_stem(void *payload, const char *stem)
{
	struct cycle *c = payload;

	row_enlist(table_get(&c->context.table, stem));
}

/* After a failure for one row: what was asked for a folder is done whole or not at all. */
static void forget(struct row **rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(steal(&rows[i]->adopted));
}

/* Asks for every row below a folder. Of a revision also for the notebooks that it has there and that no
 * side has now. */
static int adopt_folder(struct cycle *c, const char *folder, const struct cycle_adopt *adopt,
			size_t *count, struct err *e)
{
	const struct history_revision revision = revision_of(c, adopt->what);
	struct row **rows;
	size_t n;
	int r = ERR_OK;

	if (adopt->from == CYCLE_FROM_REVISION &&
	    (r = history_list(&revision, folder, know_stem, c, e)))
		return r;
	rows = table_sorted(&c->context.table, &n);
	for (size_t i = 0; !r && i < n; i++) {
		struct err why = ERR_INIT;

		if (!path_is_below(rows[i]->path, folder))
			continue;
		r = find_version(c, rows[i], adopt, &why);
		*count += !r;
		/* A notebook that is not in the source stays as it is. */
		if (r == ERR_ABSENT)
			r = ERR_OK;
		if (r)
			*e = why;
	}
	if (r)
		forget(rows, n);
	free(rows);
	return r;
}

/* Whether the path may mean a plain file of a revision which is a notebook today. */
static bool was_file(const struct cycle *c, const struct row *row, const struct cycle_adopt *adopt)
{
	return files_wanted(&c->context) && adopt->from == CYCLE_FROM_REVISION &&
	       !str_eq(row->path, adopt->path);
}

int adopt_prepare(struct cycle *c, const struct cycle_adopt *adopt, struct err *e)
{
	cleanup_free char *stem = NULL;
	struct row *row, *rival;
	size_t count = 0;
	int r;

	if ((r = path_check(adopt->path, e)))
		return r;
	stem = copy_whole(&c->context, stem_of(c, adopt->path));
	row = table_find(&c->context.table, stem);
	if (!row && adopt->from != CYCLE_FROM_FILE) {
		r = adopt_folder(c, adopt->path, adopt, &count, e);
		if (r || count)
			return r;
	}
	row = table_get(&c->context.table, stem);
	row_enlist(row);
	r = find_version(c, row, adopt, e);
	if (r == ERR_ABSENT && was_file(c, row, adopt)) {
		row = table_get(&c->context.table, adopt->path);
		row_enlist(row);
		r = find_version(c, row, adopt, e);
	}
	if (!r && (rival = kind_rival(&c->context, row, &row->adopted->version)))
		want(rival, &(struct version){ 0 });
	return r;
}

/* ---- what became of it ---- */

static int remove_copies(struct cycle *c, const struct row *row, struct err *e)
{
	struct row **copies;
	size_t count;
	int r = ERR_OK;

	copies = table_sorted(&c->context.copies, &count);
	for (size_t i = 0; !r && i < count; i++) {
		cleanup_free char *original = NULL;

		if (copy_of(&c->context, copies[i]->path, &original, NULL) &&
		    str_eq(original, row->path))
			r = conflict_remove(c, copies[i], e);
	}
	free(copies);
	return r;
}

/* The first side that acts row by row and has not got the version; NULL: all have it. Git gets it with
 * the next commit. */
static const char *missing_side(const struct cycle *c, const struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (side_acts(c, s) && c->context.mapping->receives[s] &&
		    !version_same(&row->side[s].version, &row->agreed))
			return side_names[s];
	return NULL;
}

void adopt_finish(struct cycle *c, const struct cycle_adopt *adopt)
{
	size_t done = 0, wanted = 0, late = 0;
	const char *missing = NULL, *side;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < c->context.table.listed_count; i++) {
		struct row *row = c->context.table.listed[i];

		if (!row->adopted)
			continue;
		done++;
		/* A script that changes its kind has two rows, one of which is to be deleted. */
		wanted += !version_absent(&row->adopted->version);
		if ((side = missing_side(c, row))) {
			missing = side;
			late++;
		} else if (adopt->from != CYCLE_FROM_REVISION && remove_copies(c, row, &e)) {
			log_warning("'%s': a copy of the clash stays: %s", row->path, e.text);
		}
	}
	if (late)
		report_answer(c->context.report, ERR_RETRY,
			      "the version that was asked for is agreed, but the %s side could not "
			      "take it yet (%zu of %zu); 'nbsync status %s' says why",
			      missing, late, done, c->context.mapping->name);
	else if (wanted <= 1)
		report_answer(c->context.report, ERR_OK, "'%s' has the version of %s %s",
			      adopt->path,
			      adopt->from == CYCLE_FROM_SIDE       ? "side"
			      : adopt->from == CYCLE_FROM_REVISION ? "revision"
								   : "file",
			      adopt->what);
	else
		report_answer(c->context.report, ERR_OK,
			      "%zu notebooks below '%s' have the version of %s", wanted,
			      adopt->path, adopt->what);
}
