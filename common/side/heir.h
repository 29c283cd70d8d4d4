/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Under which name a notebook goes on that was renamed in an earlier cycle: the chain of agreed states
 * remembers that one path went when another one came with the same content.
 */

#include "side/context.h"

/*
 * The path to which row's was renamed when it was last agreed to be gone; *path is the caller's, NULL:
 * it was deleted, or that is too long ago (PAST_COMMITS_MAX, PAST_COST_MAX). A rename that was itself followed by
 * another leads to the first of the two. ERR_CANCELLED; other errors are the hub's.
 */
int heir_find(const struct side_context *c, const struct row *row, char **path, struct err *e);
