/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The route table. One file per API family exports its routes as an array that ends with an entry
 * without method; route.c lists the families. To add an API: write the file, add one line there.
 */

#include "base/util.h"

struct request;

enum route_flags {
	ROUTE_CHANGES = 1 << 0, /* may change the workspace: shown as such in the log */
	ROUTE_CONTROL = 1 << 1, /* ours, not Databricks': no token, no faults, no log */
	ROUTE_OPEN = 1 << 2,    /* needs no token */
	ROUTE_REST = 1 << 3,    /* path is a prefix; the rest of the URL is request->rest */
	ROUTE_FILE = 1 << 4,    /* ... and names an object; the body is that object's bytes */
};

struct route {
	const char *method; /* NULL ends the array */
	const char *path;
	const char *name; /* for the log and for fault rules: "workspace/list" */
	unsigned flags;
	void (*handle)(struct request *r);
};

/* NULL when nothing is served there. *rest (borrowed from url) is set for ROUTE_REST. */
const struct route *route_find(const char *method, const char *url, const char **rest);

extern const struct route workspace_routes[];       /* list, get-status, mkdirs, delete */
extern const struct route import_routes[];          /* workspace/import */
extern const struct route export_routes[];          /* workspace/export */
extern const struct route workspace_files_routes[]; /* import-file and raw files */
extern const struct route scim_routes[];            /* Me */
extern const struct route control_routes[];         /* /__emulator/: edit, dump, log, faults, ... */
