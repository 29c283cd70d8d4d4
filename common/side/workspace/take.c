/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a look of the workspace found, taken into the rows: the API has no ETag, so what object id or
 * modified_at says may have changed is exported, in batches that fit into memory, each notebook in the
 * format in which it stands there: the source of a Jupyter notebook tells nothing of its tags, widgets
 * and dashboards. Outputs are asked for only where they count; whole.c has the rest. Only
 * notebooks are touched, and other files where they are wanted (plain.c).
 *
 * Which objects there are, and what it means that one is not there, is look.c's.
 */

#include "side/workspace/take.h"

#include <stdlib.h>
#include <string.h>

#include "side/workspace/plain.h"
#include "side/workspace/row.h"

/* Notebooks held in memory at once: as many as, by the size of the last ones, fill EXPORT_BYTES. */
#define EXPORT_FIRST    8
#define EXPORT_MAX      64
#define EXPORT_BYTES    (8 * 1024 * 1024)

#define FORMATS_AT_ONCE 128 /* questions; the answers of many take more memory than their listing */

int workspace_take_content(struct side_context *c, const struct workspace_item *item,
			   const struct buf *content, struct err *e)
{
	struct row *row = item->row;
	cleanup_free char *file = notebook_name_make(
		row->path, workspace_notebook_format(item->format), item->object->language);
	struct version v;
	struct oid raw;
	int r;

	r = content_take(&c->content, row, &(struct content_bytes){ SIDE_WORKSPACE, file, content },
			 &v, &raw, e);
	if (r)
		return r;
	workspace_found(row, item->object, &v, &raw, file);
	row->side[SIDE_WORKSPACE].is_source = item->format == WORKSPACE_FORMAT_SOURCE;
	return ERR_OK;
}

static enum hold_reason reason_of(int code)
{
	return code == ERR_INVALID ? HOLD_UNPARSABLE : HOLD_UNREADABLE;
}

/* As many as fit into memory; those that have to come later are moved to the front: how many. */
static int export_some(struct workspace_side *s, const struct workspace_exports *x, size_t *count,
		       struct err *e)
{
	struct workspace_wanted *wanted = xcalloc(*count, sizeof(*wanted));
	struct workspace_result *results = NULL;
	size_t later = 0;
	int r;

	for (size_t i = 0; i < *count; i++)
		wanted[i] = (struct workspace_wanted){
			workspace_object_path(s, x->items[i].row->path), x->items[i].form
		};
	r = s->api->export(s->workspace, wanted, *count, &results, e);
	for (size_t i = 0; i < *count; i++) {
		free((void *)(uintptr_t)wanted[i].path);
		if (!r && results[i].later)
			x->items[later++] = x->items[i];
		else if (!r)
			x->take(x->payload, x->items[i].index, &results[i]);
	}
	free(wanted);
	workspace_results_free(results, *count);
	*count = later;
	return r;
}

int workspace_export_rows(struct workspace_side *s, const struct workspace_exports *exports,
			  struct err *e)
{
	struct side_context *c = s->side.context;
	size_t left = exports->count;
	int r = ERR_OK;

	while (!r && left) {
		if (context_cancelled(c))
			return err_set(e, ERR_CANCELLED, "asked to stop");
		r = export_some(s, exports, &left, e);
	}
	return r;
}

struct exporting {
	struct side_context *c; /* borrowed */
	struct workspace_batch *b;
};

static void take_export(void *payload, size_t i, struct workspace_result *result)
{
	const struct exporting *x = payload;
	struct err why = result->error;
	int code = result->code;

	x->b->bytes += result->content.len;
	if (!code)
		code = workspace_take_content(x->c, &x->b->items[i], &result->content, &why);
	if (code)
		workspace_hold_unread(x->b->items[i].row, x->b->asked, reason_of(code), code, &why);
}

static int export_batch(struct workspace_side *s, struct workspace_batch *b, struct err *e)
{
	struct side_context *c = s->side.context;
	enum workspace_form jupyter = c->mapping->outputs == CONFIG_OUTPUTS_STRIP
					      ? WORKSPACE_AS_JUPYTER
					      : WORKSPACE_AS_WHOLE;
	struct workspace_wanted_row *items = xcalloc(b->count, sizeof(*items));
	struct exporting x = { c, b };
	const struct workspace_exports exports = { items, b->count, take_export, &x };
	int r;

	for (size_t i = 0; i < b->count; i++)
		items[i] = (struct workspace_wanted_row){ b->items[i].row,
							  b->items[i].format ==
									  WORKSPACE_FORMAT_JUPYTER
								  ? jupyter
								  : WORKSPACE_AS_SOURCE,
							  i };
	r = workspace_export_rows(s, &exports, e);
	free(items);
	return r;
}

static size_t next_batch(size_t n, size_t bytes, size_t max)
{
	size_t fit = EXPORT_BYTES / (bytes / n + 1);

	fit = fit < 2 * n ? fit : 2 * n;
	return fit < 1 ? 1 : fit < max ? fit : max;
}

static int read_items(struct workspace_side *s, const struct workspace_items *p, bool asked,
		      size_t max,
		      int (*read)(struct workspace_side *, struct workspace_batch *, struct err *),
		      struct err *e)
{
	struct side_context *c = s->side.context;
	size_t batch = max < EXPORT_FIRST ? max : EXPORT_FIRST;
	int r;

	for (size_t i = 0, n; i < p->count; i += n) {
		struct workspace_batch b = { .items = p->items + i, .asked = asked };

		n = p->count - i < batch ? p->count - i : batch;
		b.count = n;
		if (context_cancelled(c))
			return err_set(e, ERR_CANCELLED, "asked to stop");
		if ((r = read(s, &b, e)))
			return r;
		batch = next_batch(n, b.bytes, max);
		context_progress(c, "look", i + n, p->count);
	}
	return ERR_OK;
}

/* ---- in which format they stand there ---- */

/* Asks for what a listing does not tell. One whose answer is an error, or another thing, is left out:
 * as what could not be read, or what is to be asked for. */
static int ask_formats(struct workspace_side *s, struct workspace_item *items, size_t *count,
		       bool asked, struct err *e)
{
	struct workspace_result *results = NULL;
	char **paths = xcalloc(*count, sizeof(*paths));
	size_t kept = 0;
	int r;

	for (size_t i = 0; i < *count; i++)
		paths[i] = workspace_object_path(s, items[i].row->path);
	r = s->api->stat(s->workspace, (const char *const *)paths, *count, &results, e);
	for (size_t i = 0; i < *count; i++)
		free(paths[i]);
	free(paths);
	for (size_t i = 0; !r && i < *count; i++) {
		if (results[i].code) {
			workspace_hold_unread(items[i].row, asked, HOLD_UNREADABLE, results[i].code,
					      &results[i].error);
			continue;
		}
		items[i].format = results[i].object.format;
		if (results[i].object.type == WORKSPACE_NOTEBOOK)
			items[kept++] = items[i];
	}
	workspace_results_free(results, *count);
	*count = kept;
	return r;
}

static bool is_untold(const struct workspace_item *item)
{
	return item->format == WORKSPACE_FORMAT_UNKNOWN;
}

/* The formats of all; those that a stat has already answered for are not asked for again. */
static int find_formats(struct workspace_side *s, struct workspace_items *p, bool asked,
			struct err *e)
{
	struct side_context *c = s->side.context;
	size_t kept = 0, n, left;
	int r = ERR_OK;

	for (size_t i = 0; !r && i < p->count; i += n) {
		n = 1;
		if (asked || !is_untold(&p->items[i])) {
			p->items[kept++] = p->items[i];
			continue;
		}
		while (n < FORMATS_AT_ONCE && i + n < p->count && is_untold(&p->items[i + n]))
			n++;
		left = n;
		if (context_cancelled(c))
			return err_set(e, ERR_CANCELLED, "asked to stop");
		r = ask_formats(s, p->items + i, &left, asked, e);
		memmove(p->items + kept, p->items + i, left * sizeof(*p->items));
		kept += left;
		context_progress(c, "look", i + n, p->count);
	}
	p->count = kept;
	return r;
}

int workspace_take(struct workspace_side *s, struct workspace_looked *looked, struct err *e)
{
	int r = find_formats(s, &looked->notebooks, looked->asked, e);

	if (!r)
		r = read_items(s, &looked->notebooks, looked->asked, EXPORT_MAX, export_batch, e);
	return r ? r
		 : read_items(s, &looked->files, looked->asked, WORKSPACE_FILES_AT_ONCE,
			      workspace_take_files, e);
}
