/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Importing. The API changes one object per request, never creates a folder on its own, and is not
 * made for two changes in one folder at a time: so imports are ordered by folder, each folder is a
 * lane, and a lane ends at the first answer that its folder is missing. Missing folders are then
 * created one by one (two at once have been seen to create one name twice) and what was kept back is
 * sent once more.
 */

#include <stdlib.h>
#include <string.h>

#include "path/path.h"
#include "workspace/call.h"
#include "workspace/error.h"
#include "workspace/object.h"

enum { PART_PATH, PART_CONTENT, PART_FORMAT, PART_OVERWRITE, PART_COUNT };

/* One item on its way. */
struct load {
	const struct workspace_import *item;
	struct workspace_result *result;
	size_t index; /* among the caller's items */
	char *path;   /* owned; canonical */
	char *dir;    /* owned; its folder, "/" at the top */
	bool sent;    /* no folder of it is missing any more, or it failed for another reason */
	struct http_part parts[PART_COUNT];
};

static int compare_loads(const void *a, const void *b)
{
	const struct load *x = a, *y = b;
	int order = strcmp(x->dir, y->dir);

	if (order)
		return order;
	return x->index < y->index ? -1 : x->index > y->index;
}

static struct http_part text_part(const char *name, const char *text)
{
	return (struct http_part){ .name = name, .data = text, .len = strlen(text) };
}

static void load_init(struct load *l, const struct workspace_import *item,
		      struct workspace_result *result, size_t index)
{
	char shown[API_QUOTE_MAX];

	*l = (struct load){ .item = item, .result = result, .index = index };
	l->path = workspace_path_canonical(item->path);
	l->dir = object_parent(l->path);
	l->parts[PART_PATH] = text_part("path", l->path);
	l->parts[PART_CONTENT] = (struct http_part){
		.name = "content",
		.file_name = "content",
		.data = item->data,
		.len = item->len,
		.file = item->file,
	};
	l->parts[PART_FORMAT] = text_part("format", "AUTO");
	l->parts[PART_OVERWRITE] = text_part("overwrite", "true");
	if (item->len > (item->file ? WORKSPACE_FILE_MAX : WORKSPACE_IPYNB_MAX)) {
		l->sent = true;
		api_quote(shown, path_base(l->path), strlen(path_base(l->path)));
		result->code = err_set(&result->error, ERR_INVALID,
				       "'%s' is larger than the %d MB a workspace takes", shown,
				       item->file ? 500 : 100);
	}
}

static void loads_free(struct load *loads, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(loads[i].path);
		free(loads[i].dir);
	}
	free(loads);
}

/* Puts the loads that are still to be sent into the batch, a lane for each folder. chosen[i] is the
 * load of request i. */
static void fill(struct batch *b, struct load *loads, size_t count, struct load **chosen)
{
	unsigned lane = 0;
	size_t n = 0;

	for (size_t i = 0; i < count; i++) {
		struct load *l = &loads[i];

		if (l->sent)
			continue;
		if (!n || !str_eq(chosen[n - 1]->dir, l->dir))
			lane++;
		b->calls[n].url = batch_url(b, "/workspace/import");
		b->calls[n].once = !l->item->overwrite;
		b->requests[n] = (struct http_request){
			.method = "POST",
			.url = b->calls[n].url,
			.body = {
				.parts = l->parts,
				.part_count = l->item->overwrite ? PART_COUNT : PART_OVERWRITE,
			},
			.response_max = CALL_REPLY_MAX,
			.lane = lane,
		};
		if (l->item->look)
			batch_look_first(b, n, l->item->object, l->item->look);
		chosen[n++] = l;
	}
	batch_end_lanes(b, lane + 1);
}

static void take_result(const struct batch *b, size_t i, struct load *l)
{
	struct workspace_result *r = l->result;
	cleanup_json struct json *reply = NULL;
	struct err ignored = ERR_INIT;

	r->error = ERR_INIT;
	r->code = batch_check(b, i, l->path, &r->error);
	l->sent = !batch_lacks_parent(b, i) && !batch_was_kept_back(b, i);
	if (r->code == ERR_OK && !batch_reply(b, i, l->path, &reply, &ignored))
		json_id(reply, "object_id", r->object.id);
}

/* Sends everything that is still to be sent, once. */
static int import_pass(struct workspace *w, struct load *loads, size_t count, struct err *e)
{
	cleanup_free struct load **chosen = xcalloc(count, sizeof(struct load *));
	struct batch b;
	size_t n = 0;
	int code;

	for (size_t i = 0; i < count; i++)
		n += !loads[i].sent;
	batch_init(&b, w, CALL_CHANGE, "import", n);
	fill(&b, loads, count, chosen);
	code = batch_run(&b, e);
	for (size_t i = 0; !code && i < n; i++)
		take_result(&b, i, chosen[i]);
	batch_release(&b);
	return code;
}

/* Creates the folders of everything that is still to be sent; what has no folder then, fails.
 * *any: something is left to be sent. */
static int make_folders(struct workspace *w, struct load *loads, size_t count, bool *any,
			struct err *e)
{
	const char *made = NULL;
	struct err why = ERR_INIT;
	int code = ERR_OK;

	*any = false;
	for (size_t i = 0; i < count; i++) {
		struct load *l = &loads[i];

		if (l->sent)
			continue;
		if (!str_eq(made, l->dir)) {
			code = workspace_mkdirs(w, l->dir, &why);
			made = l->dir;
		}
		if (code == ERR_CANCELLED) {
			*e = why;
			return code;
		}
		if (code) {
			l->sent = true;
			l->result->code = code;
			l->result->error = why;
		} else {
			*any = true;
		}
	}
	return ERR_OK;
}

/* What is still to be sent will not be: with this reason, or because a folder that was created a
 * moment ago is missing again, which means to look again before anything else. */
static void fail_rest(struct load *loads, size_t count, const struct err *why)
{
	char folder[API_QUOTE_MAX];

	for (size_t i = 0; i < count; i++) {
		struct workspace_result *r = loads[i].result;

		if (loads[i].sent)
			continue;
		api_quote(folder, loads[i].dir, strlen(loads[i].dir));
		if (why)
			r->error = *why;
		else
			err_set(&r->error, ERR_CONFLICT,
				"folder '%s' vanished as soon as it was created", folder);
		r->code = r->error.code;
	}
}

static int import_all(struct workspace *w, struct load *loads, size_t count, struct err *e)
{
	struct err why = ERR_INIT;
	bool any;
	int code = import_pass(w, loads, count, e);

	if (!code)
		code = make_folders(w, loads, count, &any, e);
	if (code || !any)
		return code;
	code = import_pass(w, loads, count, &why);
	if (code == ERR_CANCELLED) {
		*e = why;
		return code;
	}
	fail_rest(loads, count, code ? &why : NULL);
	return ERR_OK;
}

int workspace_import(struct workspace *w, const struct workspace_import *items, size_t count,
		     struct workspace_result **out, struct err *e)
{
	struct workspace_result *results = xcalloc(count, sizeof(*results));
	struct load *loads = xcalloc(count, sizeof(*loads));
	int code;

	*out = NULL;
	for (size_t i = 0; i < count; i++)
		load_init(&loads[i], &items[i], &results[i], i);
	qsort(loads, count, sizeof(*loads), compare_loads);
	code = import_all(w, loads, count, e);
	loads_free(loads, count);
	if (code)
		workspace_results_free(results, count);
	else
		*out = results;
	return code;
}
