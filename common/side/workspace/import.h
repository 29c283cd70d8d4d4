/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Imports into the workspace. */

#include "side/workspace/whole.h"

/*
 * Imports what is agreed of the rows, which are all notebooks or all other files, and reads it
 * back. places[i] was recorded whole, and is the place of rows[i] or, of what is renamed, the old
 * one. A row that fails is reported (side_refused()). ERR_CANCELLED, or an error of the workspace
 * as a whole.
 */
int workspace_import_rows(struct workspace_side *s, const struct workspace_place *places,
			  struct row **rows, size_t count, struct err *e);
