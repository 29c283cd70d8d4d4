/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other version of a clash, kept where people see it: beside the notebook, on the local side if
 * there is one, else in the workspace. It never travels (names_ignored), and it is listed until it
 * is removed or renamed. The bytes are the ones the losing side held; they are in the hub as well.
 */

#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/path.h"
#include "sync/cycle_internal.h"
#include "sync/names.h"

#define NAMES_TRIED 60

bool conflict_copy_of(const char *file, char **original, enum side_id *side)
{
	struct notebook_name name;
	bool is;

	if (!notebook_name_parse(&name, file))
		return names_is_conflict(file, original, side);
	is = names_is_conflict(name.stem, original, side);
	notebook_name_release(&name);
	return is;
}

/* Copies stand on the local side if there is one. */
static bool is_local(const struct cycle *c)
{
	return config_has_side(c->mapping, SIDE_LOCAL);
}

static int read_workspace(struct cycle *c, const struct row *copy, struct buf *out, char **file,
			  struct err *e)
{
	cleanup_free char *path = path_join(c->workspace_root, copy->path);
	const char *const paths[] = { path };
	struct workspace_result *stat = NULL, *content = NULL;
	int r;

	if ((r = workspace_stat(c->workspace, paths, 1, &stat, e)) ||
	    (r = workspace_export(c->workspace, paths, 1, NOTEBOOK_SOURCE, &content, e)))
		goto out;
	r = stat[0].code ? stat[0].code : content[0].code;
	if (r) {
		*e = stat[0].code ? stat[0].error : content[0].error;
		goto out;
	}
	buf_add(out, buf_str(&content[0].content), content[0].content.len);
	*file = notebook_name_make(copy->path, NOTEBOOK_SOURCE, stat[0].object.language);
out:
	workspace_results_free(stat, 1);
	workspace_results_free(content, 1);
	return r;
}

int conflict_read(struct cycle *c, struct row *copy, struct buf *out, char **file, struct err *e)
{
	struct fs_stat *st = &copy->side[SIDE_LOCAL].stat;
	int r;

	if (!is_local(c))
		return read_workspace(c, copy, out, file, e);
	if ((r = fs_read(c->root, copy->path, (size_t)c->mapping->max_notebook, out, st, e)))
		return r;
	*file = xstrdup(copy->path);
	return ERR_OK;
}

int conflict_remove(struct cycle *c, struct row *copy, struct err *e)
{
	enum side_id side = is_local(c) ? SIDE_LOCAL : SIDE_WORKSPACE;
	cleanup_buf struct buf data = BUF_INIT(SIZE_MAX / 2);
	cleanup_free char *file = NULL, *path = NULL;
	struct oid raw;
	int r;

	if ((r = conflict_read(c, copy, &data, &file, e)) ||
	    (r = hub_blob_put(c->hub, buf_str(&data), data.len, &raw, e)))
		return r;
	state_see_file(&c->state, side, file, &raw);
	if ((r = state_save_seen(&c->state, "seen: a copy that is no longer needed", e)))
		return r;
	if (side == SIDE_LOCAL) {
		r = fs_remove(c->root, copy->path, &copy->side[SIDE_LOCAL].stat, e);
	} else {
		path = path_join(c->workspace_root, copy->path);
		r = workspace_delete(c->workspace, path, e);
	}
	if (r)
		return r;
	state_see_file(&c->state, side, file, NULL);
	table_remove(&c->conflicts, copy->path);
	return ERR_OK;
}

static size_t without_newlines(const struct buf *text)
{
	size_t n = text->len;

	while (n && text->data[n - 1] == '\n')
		n--;
	return n;
}

/* A copy of this very version may stand there already, from a cycle that was cut short. A workspace
 * may have taken newlines from its end. */
static bool already_kept(struct cycle *c, const struct row *row, const struct buf *data)
{
	size_t len = without_newlines(data);

	for (struct row *copy = table_next(&c->conflicts, NULL); copy;
	     copy = table_next(&c->conflicts, copy)) {
		cleanup_buf struct buf there = BUF_INIT(SIZE_MAX / 2);
		cleanup_free char *original = NULL, *file = NULL;
		struct err ignored = ERR_INIT;

		if (conflict_copy_of(copy->path, &original, NULL) && str_eq(original, row->path) &&
		    conflict_read(c, copy, &there, &file, &ignored) == ERR_OK &&
		    without_newlines(&there) == len &&
		    memcmp(buf_str(&there), buf_str(data), len) == 0)
			return true;
	}
	return false;
}

static int keep_local(struct cycle *c, const char *file, const struct buf *data, struct err *e)
{
	int r;

	if ((r = fs_write(c->root, file, buf_str(data), data->len, NULL, NULL, e)))
		return r;
	table_get(&c->conflicts, file);
	return ERR_OK;
}

static int keep_workspace(struct cycle *c, const char *file, const struct buf *data, struct err *e)
{
	cleanup_free char *path = path_join(c->workspace_root, file);
	struct workspace_import item = { .path = path, .data = buf_str(data), .len = data->len };
	struct workspace_result *result = NULL;
	struct notebook_name name = { 0 };
	int r;

	if ((r = workspace_import(c->workspace, &item, 1, &result, e)))
		return r;
	r = result[0].code;
	if (r)
		*e = result[0].error;
	else if (notebook_name_parse(&name, file))
		table_get(&c->conflicts, name.stem);
	notebook_name_release(&name);
	workspace_results_free(result, 1);
	return r;
}

/* Names tell seconds: an earlier clash within the same one may have taken the name. */
static int keep_as_new(struct cycle *c, const struct row *row, enum side_id side,
		       const struct buf *data, struct err *e)
{
	bool local = is_local(c);
	int64_t now = (int64_t)time(NULL);
	int r = ERR_CONFLICT;

	for (int64_t at = now; r == ERR_CONFLICT && at < now + NAMES_TRIED; at++) {
		cleanup_free char *stem = NULL, *file = NULL;
		char stamp[17];

		names_stamp(stamp, at);
		stem = names_conflict(row->path, side, stamp);
		file = xasprintf("%s%s", stem, path_ext(row->side[side].file));
		r = local ? keep_local(c, file, data, e) : keep_workspace(c, file, data, e);
		if (!r)
			log_notice("'%s': the %s side's version is kept as '%s'", row->path,
				   side_names[side], file);
	}
	return r;
}

static int keep(struct cycle *c, struct row *row, enum side_id side, struct err *e)
{
	const struct entry *loser = &row->side[side];
	cleanup_buf struct buf data = BUF_INIT(SIZE_MAX / 2);
	bool local = is_local(c);
	int r;

	if (local ? c->root < 0 : !c->workspace)
		return err_set(
			e, ERR_RETRY,
			"two versions clash, and the other one cannot be kept beside it while "
			"the %s side is held",
			side_names[local ? SIDE_LOCAL : SIDE_WORKSPACE]);
	if ((r = hub_blob_get(c->hub, &loser->raw, &data, e)))
		return r;
	if (already_kept(c, row, &data))
		return ERR_OK;
	return keep_as_new(c, row, side, &data, e);
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
