/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The workspace side's folder as a whole. name is for sentences: "the workspace folder '…'".
 */

#include "side/workspace/internal.h"

/* A folder that is gone, or lost everything, although something in it was agreed, waits for a human
 * (ERR_CONFIG). listed: what listing it returned, with *e; other failures are returned as they are.
 * shows_some: something that is kept in step stands there, or may. */
int workspace_root_check(struct side_context *c, int listed, bool shows_some, const char *name,
			 struct err *e);
/* After all rows are up to date: which folder this is, and as whose user we see it. The workspace
 * is asked until its answer is the recorded one, and again whenever something is missing. Errors as
 * root_check_identity(). */
int workspace_root_check_identity(struct workspace_side *s, const char *name, struct err *e);
