/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other version of a clash, kept where people see it: beside the notebook, on the local side if
 * there is one, else in the workspace. It never travels (names_ignored), and it is listed until it
 * is removed or renamed. The bytes are the ones the losing side held, which are in the hub as well; in
 * another place than that side's own they are without outputs that do not travel.
 */

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log/log.h"
#include "path/path.h"
#include "sync/file.h"
#include "sync/names.h"

#define NAMES_TRIED 60

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
static const struct row *find_whole(const struct cycle *c, const char *stem, const char *ext)
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

char *conflict_whole(const struct cycle *c, char *path)
{
	const struct row *row = find_whole(c, path, "");

	if (!row)
		return path;
	free(path);
	return xstrdup(row->path);
}

/* "data.conflict-local-….csv" is of "data.csv"; what precedes the extension is all that is judged. */
static bool plain_copy_of(const struct cycle *c, const char *file, char **original,
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

bool conflict_copy_of(const struct cycle *c, const char *file, char **original, enum side_id *side)
{
	cleanup_free char *plain = NULL;
	struct notebook_name name;
	const struct row *row;
	bool is;

	if (!notebook_name_parse(&name, file))
		return plain_copy_of(c, file, original, side);
	/* Of a script that is no notebook? */
	row = plain_copy_of(c, file, &plain, side) ? table_find(&c->table, plain) : NULL;
	if (row && row_is_file(row)) {
		if (original)
			*original = steal(&plain);
		is = true;
	} else {
		is = names_is_conflict(name.stem, original, side);
		if (is && original)
			*original = conflict_whole(c, *original);
	}
	notebook_name_release(&name);
	return is;
}

/* Copies stand on the local side if there is one. */
static bool is_local(const struct cycle *c)
{
	return config_has_side(c->mapping, SIDE_LOCAL);
}

static int read_workspace_file(struct cycle *c, const struct workspace_object *o, struct oid *raw,
			       struct err *e)
{
	struct workspace_result *result = NULL;
	cleanup_fd int fd = -1;
	struct workspace_download item = { .path = o->path, .size = o->size, .file = &fd };
	int r;

	if ((r = file_scratch(c, &fd, e)) ||
	    (r = workspace_download(c->workspace, &item, 1, &result, e)))
		return r;
	r = result[0].code;
	if (r)
		*e = result[0].error;
	else
		r = hub_blob_put_file(c->hub, fd, (uint64_t)result[0].object.size, raw, e);
	workspace_results_free(result, 1);
	return r;
}

static int read_workspace_notebook(struct cycle *c, const struct workspace_object *o,
				   struct oid *raw, struct err *e)
{
	const struct workspace_wanted wanted = { o->path, o->format == WORKSPACE_FORMAT_JUPYTER
								  ? WORKSPACE_AS_WHOLE
								  : WORKSPACE_AS_SOURCE };
	struct workspace_result *result = NULL;
	int r = workspace_export(c->workspace, &wanted, 1, &result, e);

	if (r)
		return r;
	r = result[0].code;
	if (r)
		*e = result[0].error;
	else
		r = hub_blob_put(c->hub, buf_str(&result[0].content), result[0].content.len, raw,
				 e);
	workspace_results_free(result, 1);
	return r;
}

/* What conflict_remove() is to find there. */
static void remember(struct row *copy, const struct workspace_object *o, const struct oid *raw)
{
	struct entry *entry = &copy->side[SIDE_WORKSPACE];

	entry->version.kind = o->type == WORKSPACE_FILE ? VERSION_FILE : VERSION_NOTEBOOK;
	entry->raw = *raw;
	memcpy(entry->id, o->id, sizeof(entry->id));
	entry->modified_ms = o->modified_ms;
}

static int read_workspace(struct cycle *c, struct row *copy, struct oid *raw, char **file,
			  struct err *e)
{
	cleanup_free char *path = path_join(c->workspace_root, copy->path);
	const char *const paths[] = { path };
	struct workspace_result *stat = NULL;
	int r;

	if ((r = workspace_stat(c->workspace, paths, 1, &stat, e)))
		return r;
	r = stat[0].code;
	if (r)
		*e = stat[0].error;
	else if (stat[0].object.type == WORKSPACE_FILE)
		r = read_workspace_file(c, &stat[0].object, raw, e);
	else
		r = read_workspace_notebook(c, &stat[0].object, raw, e);
	if (!r)
		remember(copy, &stat[0].object, raw);
	if (!r)
		*file = stat[0].object.type == WORKSPACE_FILE
				? xstrdup(copy->path)
				: notebook_name_make(
					  copy->path,
					  workspace_notebook_format(stat[0].object.format),
					  stat[0].object.language);
	workspace_results_free(stat, 1);
	return r;
}

int conflict_read(struct cycle *c, struct row *copy, struct oid *raw, char **file, struct err *e)
{
	int r;

	if (!is_local(c))
		return read_workspace(c, copy, raw, file, e);
	if ((r = file_read_local(c, copy->path, &copy->side[SIDE_LOCAL].stat, raw, e)))
		return r;
	*file = xstrdup(copy->path);
	return ERR_OK;
}

int conflict_remove(struct cycle *c, struct row *copy, struct err *e)
{
	enum side_id side = is_local(c) ? SIDE_LOCAL : SIDE_WORKSPACE;
	struct workspace_standing standing = { .entry = &copy->side[SIDE_WORKSPACE] };
	struct workspace_last_look look;
	cleanup_free char *file = NULL, *path = NULL;
	struct oid raw;
	int r;

	if ((r = conflict_read(c, copy, &raw, &file, e)))
		return r;
	state_see_file(&c->state, side, file, &raw);
	if ((r = state_save_seen(&c->state, "seen: a copy that is no longer needed", e)))
		return r;
	if (side == SIDE_LOCAL) {
		r = fs_remove(c->root, copy->path, &copy->side[SIDE_LOCAL].stat, e);
	} else {
		path = path_join(c->workspace_root, copy->path);
		if (notebook_name_is_ipynb(file))
			standing.whole = raw;
		look = workspace_last_look_at(&standing);
		r = workspace_delete(c->workspace, path, &look, e);
	}
	if (r)
		return r;
	state_see_file(&c->state, side, file, NULL);
	table_remove(&c->conflicts, copy->path);
	return ERR_OK;
}

static bool keeps(struct cycle *c, struct row *copy, const struct row *row, const struct oid *raw)
{
	cleanup_free char *file = NULL;
	struct err ignored = ERR_INIT;
	struct oid there;

	if (conflict_read(c, copy, &there, &file, &ignored))
		return false;
	return oid_equal(&there, raw) ||
	       (!row_is_file(row) && !is_local(c) && content_alike(&c->content, file, &there, raw));
}

/* A copy of this very version may stand there already, from a cycle that was cut short. */
static bool already_kept(struct cycle *c, const struct row *row, const struct oid *raw)
{
	for (struct row *copy = table_next(&c->conflicts, NULL); copy;
	     copy = table_next(&c->conflicts, copy)) {
		cleanup_free char *original = NULL;

		if (conflict_copy_of(c, copy->path, &original, NULL) &&
		    str_eq(original, row->path) && keeps(c, copy, row, raw))
			return true;
	}
	return false;
}

static int keep_local(struct cycle *c, const char *file, const struct oid *raw, struct err *e)
{
	struct file_source source = { .hub = c->hub, .blob = raw };
	int r;

	if ((r = fs_write_with(c->root, file, file_fill, &source, NULL, NULL, e)))
		return r;
	table_get(&c->conflicts, file);
	return ERR_OK;
}

static int keep_workspace(struct cycle *c, const struct row *row, const char *file,
			  const struct oid *raw, struct err *e)
{
	cleanup_free char *path = path_join(c->workspace_root, file);
	cleanup_fd int fd = -1;
	struct workspace_import item = { .path = path, .file = &fd };
	struct workspace_result *result = NULL;
	struct notebook_name name = { 0 };
	uint64_t len;
	int r;

	if ((r = file_open_blob(c, raw, &fd, &len, e)))
		return r;
	item.len = (size_t)len;
	if ((r = workspace_import(c->workspace, &item, 1, &result, e)))
		return r;
	r = result[0].code;
	if (r)
		*e = result[0].error;
	else if (!row_is_file(row) && notebook_name_parse(&name, file))
		table_get(&c->conflicts, name.stem);
	else
		table_get(&c->conflicts, file);
	notebook_name_release(&name);
	workspace_results_free(result, 1);
	return r;
}

/* The file that keeps a side's version, if it can be made where copies stand. Owned by the caller. */
static int copy_name(const struct cycle *c, const struct row *row, enum side_id side, int64_t at,
		     char **file, struct err *e)
{
	const char *ext = path_ext(path_base(row->side[side].file));
	size_t len = strlen(row->path) - (row_is_file(row) ? strlen(ext) : 0);
	cleanup_free char *stem = xstrndup(row->path, len);
	bool local = is_local(c);
	char stamp[17];

	names_stamp(stamp, at);
	*file = names_conflict(stem, ext, side, stamp,
			       local ? fs_name_max(c->root) : PATH_NAME_MAX);
	return path_check_at(local ? PATH_LOCAL : PATH_WORKSPACE, local ? "" : c->workspace_root,
			     *file, e);
}

/* Names tell seconds: an earlier clash within the same one may have taken the name. */
static int keep_as_new(struct cycle *c, const struct row *row, enum side_id side,
		       const struct oid *raw, struct err *e)
{
	int64_t now = (int64_t)time(NULL);
	int r = ERR_CONFLICT;

	for (int64_t at = now; r == ERR_CONFLICT && at < now + NAMES_TRIED; at++) {
		cleanup_free char *file = NULL;

		if ((r = copy_name(c, row, side, at, &file, e)))
			return r;
		r = is_local(c) ? keep_local(c, file, raw, e)
				: keep_workspace(c, row, file, raw, e);
		if (!r)
			log_notice("'%s': the %s side's version is kept as '%s'", row->path,
				   side_names[side], file);
	}
	return r;
}

static int keep(struct cycle *c, struct row *row, enum side_id side, struct err *e)
{
	const struct entry *loser = &row->side[side];
	bool local = is_local(c);
	struct oid raw;
	int r;

	/* A root that is open may be another one than before, or nobody's. */
	if (c->side_error[local ? SIDE_LOCAL : SIDE_WORKSPACE].code ||
	    (local ? c->root < 0 : !c->workspace))
		return err_set(
			e, ERR_RETRY,
			"two versions clash, and the other one cannot be kept beside it while "
			"the %s side is held",
			side_names[local ? SIDE_LOCAL : SIDE_WORKSPACE]);
	/* In another place than its own it has what travels. */
	raw = loser->raw;
	if (!row_is_file(row) && side != (local ? SIDE_LOCAL : SIDE_WORKSPACE) &&
	    (r = content_plain(&c->content, loser->file, &loser->raw, &raw, e)))
		return r;
	if (already_kept(c, row, &raw))
		return ERR_OK;
	return keep_as_new(c, row, side, &raw, e);
}

int conflict_keep(struct cycle *c, struct row *row, struct err *e)
{
	bool both = c->mapping->conflict == CONFIG_CONFLICT_KEEP_BOTH;
	int r;

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!row->todo.lost[s])
			continue;
		if (both && (r = keep(c, row, s, e)))
			return r;
		/* It lost once; until the side takes the agreed version it need not lose again. */
		state_set_base(&c->state, row, s, &row->side[s].version);
	}
	return ERR_OK;
}
