/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of a test world share. */

#include "git/hub/hub.h"
#include "tests/world/world.h"

#define WORLD_FOLDER "/Users/ana@acme.example/etl" /* the mapping's, in the workspace */
#define WORLD_BRANCH "refs/heads/main"

struct world_version {
	enum side_id side;
	struct oid id; /* of the bytes as a blob */
	char *path;    /* owned */
};

/* The remote's repository, open until the next cycle. */
struct hub *world_remote(struct world *w);
void world_remote_close(struct world *w);

/* The workspace of a world (workspace.c). */
extern const struct workspace_api world_workspace;

/* Ends the program unless r is ERR_OK. */
void world_ok(int r, const struct err *e);

/* "/Users/…/etl/x" for "x", "x.py" or "x.ipynb" if that is how the notebook is called; otherwise the
 * path as it is below the mapping's folder. Owned by the caller. */
char *world_object(const struct world *w, const char *path);
