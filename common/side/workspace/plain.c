/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workspace side's files that are no notebooks. Their content passes through files without a
 * name in the state directory, a few at a time: never through memory.
 */

#include "side/workspace/plain.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "side/file.h"
#include "side/workspace/row.h"
#include "side/workspace/take.h"

/* One file on its way from the workspace into the hub. */
struct arrival {
	int fd;
	struct row *row;
	const struct workspace_object *object;
};

/* The other sides would take it for a notebook. */
static bool looks_like_notebook(const struct arrival *a)
{
	char head[FILE_HEAD_SIZE];
	ssize_t n;

	if (file_class(a->row->path) != FILE_SCRIPT)
		return false;
	n = pread(a->fd, head, sizeof(head), 0);
	return n > 0 && file_is_notebook(a->row->path, head, (size_t)n);
}

static int take_file(struct side_context *c, const struct arrival *a, uint64_t size, struct err *e)
{
	struct version v = { .kind = VERSION_FILE };
	struct row *row = a->row;
	int r;

	if (looks_like_notebook(a))
		return err_set(e, ERR_INVALID,
			       "'%s' begins as a notebook does, but is another file in the "
			       "workspace: import it as a notebook, or remove its first line",
			       row->path);
	if ((r = hub_blob_put_file(c->hub, a->fd, size, &v.blob, e)))
		return r;
	workspace_found(row, a->object, &v, &v.blob, row->path);
	return ERR_OK;
}

static int take_arrivals(struct workspace_side *s, struct arrival *batch,
			 const struct workspace_batch *b, struct err *e)
{
	struct workspace_download items[WORKSPACE_FILES_AT_ONCE] = { 0 };
	char *paths[WORKSPACE_FILES_AT_ONCE];
	struct workspace_result *results = NULL;
	int r;

	for (size_t i = 0; i < b->count; i++) {
		paths[i] = workspace_object_path(s, batch[i].row->path);
		items[i] = (struct workspace_download){ .path = paths[i],
							.size = batch[i].object->size,
							.file = &batch[i].fd };
	}
	r = s->api->download(s->workspace, items, b->count, &results, e);
	for (size_t i = 0; i < b->count; i++)
		free(paths[i]);
	for (size_t i = 0; !r && i < b->count; i++) {
		struct err why = results[i].error;
		int code = results[i].code;

		if (!code)
			code = take_file(s->side.context, &batch[i],
					 (uint64_t)results[i].object.size, &why);
		if (code)
			workspace_hold_unread(batch[i].row, b->asked,
					      code == ERR_INVALID ? HOLD_KIND : HOLD_UNREADABLE,
					      code, &why);
	}
	workspace_results_free(results, b->count);
	return r;
}

int workspace_take_files(struct workspace_side *s, struct workspace_batch *b, struct err *e)
{
	struct arrival batch[WORKSPACE_FILES_AT_ONCE];
	size_t n = 0;
	int r = ERR_OK;

	for (; !r && n < b->count && n < WORKSPACE_FILES_AT_ONCE; n++) {
		batch[n] = (struct arrival){ .fd = -1,
					     .row = b->items[n].row,
					     .object = b->items[n].object };
		r = file_scratch(s->side.context, &batch[n].fd, e);
	}
	if (!r)
		r = take_arrivals(s, batch, b, e);
	for (size_t i = 0; i < n; i++)
		if (batch[i].fd >= 0)
			close(batch[i].fd);
	return r;
}

bool workspace_file_refused(struct row *row, const struct workspace_object *o)
{
	struct err e = ERR_INIT;

	if (file_class(row->path) == FILE_NOTEBOOK) {
		err_set(&e, ERR_INVALID,
			"'%s' has the name of a notebook, but is another file in the workspace: "
			"rename it",
			row->path);
		workspace_hold(row, HOLD_NAME, &e);
		return true;
	}
	if (o->size < 0 || !file_check_size(row->path, (uint64_t)o->size, &e))
		return false;
	workspace_hold(row, HOLD_TOO_LARGE, &e);
	return true;
}
