/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /api/2.0/workspace: list, get-status, mkdirs, delete. Shapes and messages are those of recorded
 * replies of real workspaces; optional members are left out, never null. The wording for folders
 * that are protected or not empty is a guess.
 */

#include "tests/emulator/workspace_api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/emulator/emulator.h"
#include "tests/emulator/json_out.h"

struct node *workspace_find(struct request *r)
{
	struct node *n;

	if (!request_has_path(r))
		return NULL;
	n = store_find(r->emulator->store, r->path.path);
	if (!n)
		reply_error(r, 404, "RESOURCE_DOES_NOT_EXIST", "Path (%s%s) doesn't exist.",
			    r->path.alias, r->path.path);
	return n;
}

void workspace_print_object(struct request *r, const struct node *n, const char *path,
			    bool export_info)
{
	struct emulator *em = r->emulator;
	struct buf *out = &r->reply;
	char id[24];

	snprintf(id, sizeof(id), "%lld", (long long)n->id);
	json_out_open(out, NULL, '{');
	if (n->type != NODE_DIRECTORY)
		json_out_int(out, "created_at", n->created_ms);
	if (n->type == NODE_NOTEBOOK)
		json_out_str(out, "language", notebook_language_name(n->language));
	if (n->type != NODE_DIRECTORY)
		json_out_int(out, "modified_at", n->modified_ms);
	json_out_int(out, "object_id", n->id);
	json_out_str(out, "object_type", node_type_name(n->type));
	json_out_str(out, "path", path);
	if (export_info && n->type == NODE_NOTEBOOK)
		json_out_str(out, "repos_export_format",
			     n->format == NOTEBOOK_IPYNB ? "JUPYTER" : "SOURCE");
	json_out_str(out, "resource_id", id);
	if (n->type != NODE_DIRECTORY && n->type != NODE_NOTEBOOK &&
	    !rng_chance(&em->rng, knob(&em->knobs, KNOB_SIZE_OMITTED)))
		json_out_int(out, "size", (int64_t)n->size);
	json_out_close(out, '}');
}

static void get_status(struct request *r)
{
	cleanup_free char *path = NULL;
	struct node *n = workspace_find(r);

	if (!n)
		return;
	path = xasprintf("%s%s", r->path.alias, r->path.path);
	workspace_print_object(r, n, path, request_flag(r, "return_export_info"));
	reply_ok(r);
}

/* The directory's children in the order in which they will be listed. Owned by the caller. */
static struct node **children_of(struct emulator *em, const struct node *dir)
{
	struct node **list = xcalloc(dir->children, sizeof(struct node *));
	size_t count = 0;

	for (struct node *n = dir->first_child; n; n = n->next_sibling)
		list[count++] = n;
	for (size_t i = count; knob(&em->knobs, KNOB_SHUFFLE) && i > 1; i--) {
		size_t other = (size_t)rng_below(&em->rng, i);
		struct node *n = list[i - 1];

		list[i - 1] = list[other];
		list[other] = n;
	}
	return list;
}

static bool list_tells_formats(struct request *r)
{
	return knob(&r->emulator->knobs, KNOB_LIST_FORMATS) &&
	       request_flag(r, "return_export_info");
}

static void list_children(struct request *r, const struct node *dir, int64_t after_ms)
{
	const struct knobs *k = &r->emulator->knobs;
	cleanup_free struct node **list = children_of(r->emulator, dir);
	struct buf path = BUF_INIT(2 * WSPATH_MAX);
	size_t top;

	buf_add_str(&path, r->path.alias);
	if (!str_eq(r->path.path, "/"))
		buf_add_str(&path, r->path.path);
	buf_add_char(&path, '/');
	top = path.len;
	for (size_t i = 0; i < dir->children; i++) {
		if (list[i]->type == NODE_NOTEBOOK && list[i]->modified_ms <= after_ms)
			continue;
		path.len = top;
		buf_add_str(&path, list[i]->name);
		if (k->paths[ACCESS_HIDDEN] &&
		    knobs_access(k, ACCESS_HIDDEN, path.data + strlen(r->path.alias)))
			continue;
		workspace_print_object(r, list[i], path.data, list_tells_formats(r));
	}
	buf_release(&path);
}

static void list(struct request *r)
{
	const char *after = request_arg(r, "notebooks_modified_after");
	int64_t after_ms = after ? strtoll(after, NULL, 10) : INT64_MIN;
	struct node *n = workspace_find(r);
	size_t empty;

	if (!n)
		return;
	json_out_open(&r->reply, NULL, '{');
	json_out_open(&r->reply, "objects", '[');
	empty = r->reply.len;
	if (n->type == NODE_DIRECTORY) {
		list_children(r, n, after_ms);
	} else {
		cleanup_free char *path = xasprintf("%s%s", r->path.alias, r->path.path);

		workspace_print_object(r, n, path, list_tells_formats(r));
	}
	if (r->reply.len == empty) {
		buf_clear(&r->reply);
	} else {
		json_out_close(&r->reply, ']');
		json_out_close(&r->reply, '}');
	}
	reply_ok(r);
}

static void mkdirs(struct request *r)
{
	struct err e = ERR_INIT;

	if (!request_has_json(r) || !request_has_path(r))
		return;
	if (store_mkdirs(r->emulator->store, r->path.path, NULL, &e) == ERR_OK)
		reply_ok(r);
	else if (e.code == ERR_CONFLICT)
		reply_error(r, 400, "RESOURCE_ALREADY_EXISTS", "%s", e.text);
	else
		reply_err(r, &e);
}

/* The folders that hold the workspace together. */
static bool is_protected(const char *path)
{
	static const char *const fixed[] = { "/", "/Users", "/Shared", "/Repos" };

	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
		if (str_eq(path, fixed[i]))
			return true;
	return str_starts(path, "/Users/") && !strchr(path + strlen("/Users/"), '/');
}

/* A recursive deletion is not atomic; the fault rule "partial" makes one stop half way. */
static void delete_half(struct request *r, struct node *n)
{
	struct err e = ERR_INIT;

	for (size_t i = n->children / 2 + n->children % 2; i > 0; i--)
		if (store_remove(r->emulator->store, n->first_child, &e) != ERR_OK)
			break;
	reply_error(r, 500, "INTERNAL_ERROR", "The deletion was interrupted.");
}

static void delete_object(struct request *r)
{
	struct err e = ERR_INIT;
	struct node *n;

	if (!request_has_json(r))
		return;
	n = workspace_find(r);
	if (!n)
		return;
	if (is_protected(r->path.path))
		reply_error(r, 400, "DIRECTORY_PROTECTED", "Folder (%s%s) is protected",
			    r->path.alias, r->path.path);
	else if (n->children > 0 && !request_flag(r, "recursive"))
		reply_error(r, 400, "DIRECTORY_NOT_EMPTY", "Folder (%s%s) is not empty",
			    r->path.alias, r->path.path);
	else if (r->partial && n->children > 0)
		delete_half(r, n);
	else if (store_remove(r->emulator->store, n, &e) == ERR_OK)
		reply_ok(r);
	else
		reply_err(r, &e);
}

const struct route workspace_routes[] = {
	{ "GET", "/api/2.0/workspace/list", "workspace/list", 0, list },
	{ "GET", "/api/2.0/workspace/get-status", "workspace/get-status", 0, get_status },
	{ "POST", "/api/2.0/workspace/mkdirs", "workspace/mkdirs", ROUTE_CHANGES, mkdirs },
	{ "POST", "/api/2.0/workspace/delete", "workspace/delete", ROUTE_CHANGES, delete_object },
	{ 0 },
};
