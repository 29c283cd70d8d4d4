/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Looking at files of the workspace that are no notebooks; for workspace_*.c only.
 */

#include "sync/cycle_internal.h"

#define WORKSPACE_FILES_AT_ONCE 8 /* bounds the room they take on the disk on their way */

/* Reads objects, at most WORKSPACE_FILES_AT_ONCE of them, into their rows; a failure of one holds its
 * path, one that vanished is left as it is. Nothing is held in memory: *bytes stays. */
int workspace_take_files(struct cycle *c, struct row **rows,
			 const struct workspace_object **objects, size_t count, size_t *bytes,
			 struct err *e);

/* Whether an object cannot travel, which holds its path. */
bool workspace_file_refused(struct row *row, const struct workspace_object *o);
