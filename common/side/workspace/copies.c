/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Copies of clashes in the workspace, for a mapping without a local side. Which version is kept,
 * and when a copy may go, is sync/conflict.c's.
 */

#include "side/workspace/copies.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "path/path.h"
#include "side/copy_name.h"
#include "side/file.h"
#include "side/workspace/connection.h"
#include "side/workspace/standing.h"

static int read_plain(struct workspace_side *s, const struct workspace_object *o, struct oid *raw,
		      struct err *e)
{
	struct workspace_result *result = NULL;
	cleanup_fd int fd = -1;
	struct workspace_download item = { .path = o->path, .size = o->size, .file = &fd };
	int r;

	if ((r = file_scratch(s->side.context, &fd, e)) ||
	    (r = s->api->download(s->workspace, &item, 1, &result, e)))
		return r;
	r = result[0].code;
	if (r)
		*e = result[0].error;
	else
		r = hub_blob_put_file(s->side.context->hub, fd, (uint64_t)result[0].object.size,
				      raw, e);
	workspace_results_free(result, 1);
	return r;
}

static int read_notebook(struct workspace_side *s, const struct workspace_object *o,
			 struct oid *raw, struct err *e)
{
	const struct workspace_wanted wanted = { o->path, o->format == WORKSPACE_FORMAT_JUPYTER
								  ? WORKSPACE_AS_WHOLE
								  : WORKSPACE_AS_SOURCE };
	struct workspace_result *result = NULL;
	int r = s->api->export(s->workspace, &wanted, 1, &result, e);

	if (r)
		return r;
	r = result[0].code;
	if (r)
		*e = result[0].error;
	else
		r = hub_blob_put(s->side.context->hub, buf_str(&result[0].content),
				 result[0].content.len, raw, e);
	workspace_results_free(result, 1);
	return r;
}

/* What workspace_copy_remove() is to find there. */
static void remember(struct row *copy, const struct workspace_object *o, const struct oid *raw)
{
	struct entry *entry = &copy->side[SIDE_WORKSPACE];

	entry->version.kind = o->type == WORKSPACE_FILE ? VERSION_FILE : VERSION_NOTEBOOK;
	entry->raw = *raw;
	memcpy(entry->id, o->id, sizeof(entry->id));
	entry->modified_ms = o->modified_ms;
}

int workspace_copy_read(struct side *side, struct row *copy, struct oid *raw, char **file,
			struct err *e)
{
	struct workspace_side *s = (struct workspace_side *)side;
	cleanup_free char *path = path_join(s->root, copy->path);
	const char *const paths[] = { path };
	struct workspace_result *stat = NULL;
	int r;

	if ((r = s->api->stat(s->workspace, paths, 1, &stat, e)))
		return r;
	r = stat[0].code;
	if (r)
		*e = stat[0].error;
	else if (stat[0].object.type == WORKSPACE_FILE)
		r = read_plain(s, &stat[0].object, raw, e);
	else
		r = read_notebook(s, &stat[0].object, raw, e);
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

int workspace_copy_write(struct side *side, const struct row *row, const char *file,
			 const struct oid *raw, struct err *e)
{
	struct workspace_side *s = (struct workspace_side *)side;
	cleanup_free char *path = path_join(s->root, file);
	cleanup_fd int fd = -1;
	struct workspace_import item = { .path = path, .file = &fd };
	struct workspace_result *result = NULL;
	struct notebook_name name = { 0 };
	uint64_t len;
	int r;

	if ((r = file_open_blob(s->side.context, raw, &fd, &len, e)))
		return r;
	item.len = (size_t)len;
	r = s->api->import(s->workspace, &item, 1, &result, e);
	workspace_count_requests(s);
	if (r)
		return r;
	r = result[0].code;
	if (r)
		*e = result[0].error;
	else if (!row_is_file(row) && notebook_name_parse(&name, file))
		table_get(&s->side.context->copies, name.stem);
	else
		table_get(&s->side.context->copies, file);
	notebook_name_release(&name);
	workspace_results_free(result, 1);
	return r;
}

int workspace_copy_name(const struct side *side, const struct row *row, enum side_id of,
			int64_t at_s, char **file, struct err *e)
{
	const struct workspace_side *s = (const struct workspace_side *)side;

	*file = copy_name_make(row, of, at_s, PATH_NAME_MAX);
	return path_check_at(PATH_WORKSPACE, s->root, *file, e);
}

int workspace_copy_remove(struct side *side, struct row *copy, const char *file,
			  const struct oid *raw, struct err *e)
{
	struct workspace_side *s = (struct workspace_side *)side;
	struct workspace_standing standing = { .entry = &copy->side[SIDE_WORKSPACE] };
	cleanup_free char *path = path_join(s->root, copy->path);
	struct workspace_last_look look;
	int r;

	if (notebook_name_is_ipynb(file))
		standing.whole = *raw;
	look = workspace_last_look_at(&standing);
	r = s->api->remove(s->workspace, path, &look, e);
	workspace_count_requests(s);
	return r;
}
