/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a look of the workspace found, taken into the rows: the API has no ETag, so what object id or
 * modified_at says may have changed is exported, in batches that fit into memory, each notebook in the
 * format in which it stands there: the source of a Jupyter notebook tells nothing of its tags, widgets
 * and dashboards. Outputs are asked for only where they count; workspace_whole.c has the rest. Only
 * notebooks are touched, and other files where they are wanted (workspace_files.c).
 *
 * Which objects there are, and what it means that one is not there, is workspace_look.c's.
 */

#include "side/workspace/take.h"

#include <stdlib.h>
#include <string.h>

#include "path/path.h"
#include "side/copy_name.h"
#include "side/file.h"

/* Notebooks held in memory at once: as many as, by the size of the last ones, fill EXPORT_BYTES. */
#define EXPORT_FIRST    8
#define EXPORT_MAX      64
#define EXPORT_BYTES    (8 * 1024 * 1024)

#define FORMATS_AT_ONCE 128 /* questions; the answers of many take more memory than their listing */

const char *workspace_relative(const struct workspace_side *s, const char *path)
{
	size_t n = str_eq(s->root, "/") ? 0 : strlen(s->root);

	if (strncmp(path, s->root, n) != 0 || path[n] != '/' || !path[n + 1])
		return NULL;
	return path + n + 1;
}

void workspace_hold(struct row *row, enum hold_reason reason, const struct err *why)
{
	entry_hold(row, SIDE_WORKSPACE, reason, row->side[SIDE_WORKSPACE].file, why->text);
	entry_found(row, SIDE_WORKSPACE);
}

void workspace_found(struct row *row, const struct workspace_object *o, const struct version *v,
		     const struct oid *raw, const char *file)
{
	struct entry *entry = &row->side[SIDE_WORKSPACE];
	bool same = entry->state == ENTRY_PRESENT && oid_equal(&entry->raw, raw);

	entry_set_present(row, SIDE_WORKSPACE, v, raw, file);
	entry->restless = same && v->kind == VERSION_NOTEBOOK;
	memcpy(entry->id, o->id, sizeof(entry->id));
	entry->modified_ms = o->modified_ms;
	entry_found(row, SIDE_WORKSPACE);
}

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

void workspace_not_taken(const struct workspace_batch *b, size_t i, enum hold_reason reason,
			 int code, const struct err *why)
{
	struct err e = *why;

	if (code == ERR_ABSENT && !b->asked)
		return;
	if (code == ERR_ABSENT)
		err_set(&e, ERR_RETRY,
			"the workspace shows '%s', and says that it does not exist when it is read",
			b->items[i].row->path);
	workspace_hold(b->items[i].row, reason, &e);
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
		workspace_not_taken(x->b, i, reason_of(code), code, &why);
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

static void pending_add(struct pending *p, struct row *row, const struct workspace_object *o)
{
	p->items = array_grow(p->items, p->count, &p->cap, sizeof(*p->items));
	p->items[p->count++] =
		(struct workspace_item){ .row = row, .object = o, .format = o->format };
}

static size_t next_batch(size_t n, size_t bytes, size_t max)
{
	size_t fit = EXPORT_BYTES / (bytes / n + 1);

	fit = fit < 2 * n ? fit : 2 * n;
	return fit < 1 ? 1 : fit < max ? fit : max;
}

static int pending_take(struct workspace_side *s, const struct pending *p, bool asked, size_t max,
			int (*read)(struct workspace_side *, struct workspace_batch *,
				    struct err *),
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
	struct workspace_batch b = { .items = items, .count = *count, .asked = asked };
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
			workspace_not_taken(&b, i, HOLD_UNREADABLE, results[i].code,
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
static int find_formats(struct workspace_side *s, struct pending *p, bool asked, struct err *e)
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
		r = pending_take(s, &looked->notebooks, looked->asked, EXPORT_MAX, export_batch, e);
	return r ? r
		 : pending_take(s, &looked->files, looked->asked, WORKSPACE_FILES_AT_ONCE,
				workspace_take_files, e);
}

void workspace_looked_release(struct workspace_looked *looked)
{
	struct pending *all[] = { &looked->notebooks, &looked->files };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		free(all[i]->items);
}

bool workspace_travels(const struct side_context *c, const struct workspace_object *o)
{
	return o->type == WORKSPACE_NOTEBOOK || (o->type == WORKSPACE_FILE && files_wanted(c));
}

static bool unchanged(const struct entry *entry, const struct workspace_object *o)
{
	return entry->state == ENTRY_PRESENT && o->modified_ms > 0 &&
	       entry->modified_ms == o->modified_ms && str_eq(entry->id, o->id);
}

static bool is_copy(const struct side_context *c, const struct workspace_object *o,
		    const char *path)
{
	return o->type == WORKSPACE_NOTEBOOK ? names_is_conflict(path, NULL, NULL)
					     : copy_of(c, path, NULL, NULL);
}

static bool takes(const struct side_context *c, const struct workspace_object *o, const char *path)
{
	struct row *row = table_find(&c->table, path);

	if (o->type == WORKSPACE_NOTEBOOK)
		return filter_takes_object(&c->filter, path, o->has_language ? &o->language : NULL,
					   row);
	return workspace_travels(c, o) && filter_takes(&c->filter, path, path, row);
}

void workspace_sort(struct workspace_side *s, const struct workspace_object *o,
		    struct workspace_looked *looked)
{
	struct side_context *c = s->side.context;
	const char *path = workspace_relative(s, o->path);
	struct err e = ERR_INIT;
	struct row *row;

	if (!path)
		return;
	if (workspace_travels(c, o) && is_copy(c, o, path))
		table_get(&c->copies, path);
	if (!takes(c, o, path)) {
		table_get(&s->occupied, path)->side[SIDE_WORKSPACE].reason =
			o->type == WORKSPACE_DIRECTORY ? HOLD_NONE : HOLD_KIND;
		return;
	}
	table_remove(&s->occupied, path);
	row = table_get(&c->table, path);
	if (path_check(path, &e)) {
		workspace_hold(row, HOLD_NAME, &e);
	} else if (o->type == WORKSPACE_NOTEBOOK && !o->has_language) {
		err_set(&e, ERR_INVALID, "the workspace names no language for '%s'", o->path);
		workspace_hold(row, HOLD_KIND, &e);
	} else if (unchanged(&row->side[SIDE_WORKSPACE], o)) {
		entry_found(row, SIDE_WORKSPACE);
	} else if (o->type == WORKSPACE_NOTEBOOK) {
		pending_add(&looked->notebooks, row, o);
	} else if (!workspace_file_refused(row, o)) {
		pending_add(&looked->files, row, o);
	}
}
