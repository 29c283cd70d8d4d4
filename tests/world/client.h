/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of the client of a world's workspace share. Only workspace*.c include this. */

#include "tests/world/world.h"
#include "workspace/api.h"

struct workspace {
	char *dir; /* of the store */
	enum world_server server;
	bool sound; /* no fault is set for the request that is answered: asked once, not for each */
	uint64_t changes;
};

/* Whoever wants to interfere with this request does it now. */
void client_before_request(const char *verb, const char *path);
/* One object as the server tells of it; the code, whose sentence is in out. */
int client_stat_one(struct workspace *w, const char *path, struct workspace_result *out);
int client_export_one(struct workspace *w, const char *path, enum workspace_form form,
		      struct workspace_result *out);

/* Of struct workspace_api. */
int client_import(struct workspace *w, const struct workspace_import *items, size_t count,
		  struct workspace_result **out, struct err *e);
int client_delete(struct workspace *w, const char *path, const struct workspace_last_look *look,
		  struct err *e);
