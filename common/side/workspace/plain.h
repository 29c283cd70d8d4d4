/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Files of the workspace that are no notebooks.
 */

#include "side/workspace/internal.h"

#define WORKSPACE_FILES_AT_ONCE 8 /* bounds the room they take on the disk on their way */

/* Whether such a file cannot be kept in step, by its name or its size; then its row is held. */
bool workspace_file_refused(struct row *row, const struct workspace_object *o);

struct workspace_batch;
/* Reads a batch of at most WORKSPACE_FILES_AT_ONCE of them (take.h) into the hub and their rows;
 * one that fails is held. ERR_CANCELLED, or an error of the workspace as a whole. */
int workspace_take_files(struct workspace_side *s, struct workspace_batch *b, struct err *e);
