/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The workspace side's own structure; for this folder only. From the bottom: connection, row and
 * standing; plain, sort, take (what a look reads); root, look; whole, stray, answer, import; apply,
 * copies and check; workspace.
 */

#include "side/side.h"
#include "workspace/api.h"

struct workspace_side {
	struct side side;
	const struct workspace_api *api; /* borrowed */
	struct http *http;               /* owned; NULL until the first look */
	struct workspace *workspace;     /* owned; NULL when there is no connection */
	char *root;                      /* owned; the mapping's folder, canonical; NULL as http */
	/* What stands in the folder and is not ours, by path: folders, and with the reason
	 * HOLD_KIND everything else, such as notebooks that are not managed. Nothing can be written
	 * there, and a folder with something in it cannot make room. */
	struct table occupied;
	bool root_is_known; /* its identity was asked for, and is the recorded one */
	bool keeps_ids;     /* an object keeps its id there when it is overwritten: seen to be so */
	bool doubtful; /* something seems to be gone: for the next look, hints are not enough */
};
