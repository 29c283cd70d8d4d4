/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what a look of the workspace found into the rows: notebooks are exported in batches that
 * fit into memory, each in the format in which it stands there, because the source of a Jupyter
 * notebook lacks its tags, widgets and dashboards. Outputs are asked for only where they are kept
 * in step; whole.c reads them before they are replaced.
 *
 * Which objects are to be read is sort.c's, which there are, and what it means that one is not
 * there, look.c's.
 */

#include "side/workspace/take.h"

#include <stdlib.h>
#include <string.h>

#include "base/strlist.h"
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

static enum hold_reason unread_reason(int code)
{
	return code == ERR_INVALID ? HOLD_UNPARSABLE : HOLD_UNREADABLE;
}

/* Exports as many as fit into memory. Those that do not are moved to the front; *count becomes
 * their number. */
static int export_some(struct workspace_side *s, const struct workspace_exports *x, size_t *count,
		       struct err *e)
{
	struct workspace_wanted *wanted = xcalloc(*count, sizeof(*wanted));
	struct workspace_result *results = NULL;
	struct strlist paths = { 0 };
	size_t later = 0;
	int r;

	for (size_t i = 0; i < *count; i++) {
		char *path = workspace_object_path(s, x->items[i].row->path);

		wanted[i].path = strlist_keep(&paths, path);
		wanted[i].form = x->items[i].form;
	}
	r = s->api->export(s->workspace, wanted, *count, &results, e);
	for (size_t i = 0; !r && i < *count; i++) {
		if (results[i].later)
			x->items[later++] = x->items[i];
		else
			x->take(x->payload, x->items[i].index, &results[i]);
	}
	free(wanted);
	strlist_release(&paths);
	workspace_results_free(results, *count);
	*count = later;
	return r;
}

int workspace_export_rows(struct workspace_side *s, const struct workspace_exports *exports,
			  struct err *e)
{
	size_t left = exports->count;
	int r = ERR_OK;

	while (!r && left) {
		if (context_cancelled(s->side.context))
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
		workspace_hold_unread(x->b->items[i].row, x->b->asked, unread_reason(code), code,
				      &why);
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

/* How many to read next, after n that took so many bytes: at most max and twice as many. */
static size_t next_batch(size_t n, size_t bytes, size_t max)
{
	size_t fit = EXPORT_BYTES / (bytes / n + 1);

	fit = fit < 2 * n ? fit : 2 * n;
	if (fit < 1)
		return 1;
	return fit < max ? fit : max;
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

/* ---- the format in which notebooks stand there ---- */

/* Asks for the formats of these items, which the listing does not have. An item whose answer is an
 * error is held or left to be asked for by name (workspace_hold_unread()), one that is no notebook
 * any more is left so, too: both are taken out, and *count is lower then. */
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

static bool format_is_unknown(const struct workspace_item *item)
{
	return item->format == WORKSPACE_FORMAT_UNKNOWN;
}

/* Finds the formats of all. Objects that were asked for by name (asked) have been asked about their
 * format by that. */
static int find_formats(struct workspace_side *s, struct workspace_items *p, bool asked,
			struct err *e)
{
	struct side_context *c = s->side.context;
	size_t kept = 0, n, left;
	int r = ERR_OK;

	for (size_t i = 0; !r && i < p->count; i += n) {
		n = 1;
		if (asked || !format_is_unknown(&p->items[i])) {
			p->items[kept++] = p->items[i];
			continue;
		}
		while (n < FORMATS_AT_ONCE && i + n < p->count &&
		       format_is_unknown(&p->items[i + n]))
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
	if (!r)
		r = read_items(s, &looked->files, looked->asked, WORKSPACE_FILES_AT_ONCE,
			       workspace_take_files, e);
	return r;
}
