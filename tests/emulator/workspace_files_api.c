/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /api/2.0/workspace-files: undocumented and being retired, but what the Databricks CLI's sync still
 * uses. The object's path is the rest of the URL.
 */

#include "tests/emulator/emulator.h"
#include "tests/emulator/workspace_api.h"

static void import_file(struct request *r)
{
	struct node *n;
	struct import in = {
		.format = "AUTO",
		.overwrite = request_flag(r, "overwrite"),
		.data = buf_str(&r->body),
		.len = r->body.len,
	};

	workspace_import(r, &in, &n);
	if (n)
		reply_ok(r);
}

static void read_raw(struct request *r)
{
	struct err e = ERR_INIT;
	struct node *n = workspace_find(r);

	if (!n)
		return;
	if (n->type == NODE_DIRECTORY || n->type == NODE_NOTEBOOK) {
		reply_error(r, 404, "RESOURCE_DOES_NOT_EXIST", "Path (%s%s) doesn't exist.",
			    r->path.alias, r->path.path);
	} else if (store_read(r->emulator->store, n, &r->reply, &e) != ERR_OK) {
		reply_err(r, &e);
	} else {
		r->content_type = "application/octet-stream";
		reply_ok(r);
	}
}

const struct route workspace_files_routes[] = {
	{ "POST", "/api/2.0/workspace-files/import-file/", "workspace-files/import-file",
	  ROUTE_CHANGES | ROUTE_REST | ROUTE_FILE, import_file },
	{ "GET", "/api/2.0/workspace-files/", "workspace-files/read", ROUTE_REST | ROUTE_FILE,
	  read_raw },
	{ 0 },
};
