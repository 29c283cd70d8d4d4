/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names of copies of clashes; see copy_name.c. */

#include "side/context.h"

/* Whether file (a local name, or one in the workspace) is the name of a copy; *original receives
 * the path of the row that it is a copy of (owned by the caller), *side whose version it is. Both
 * may be NULL. */
bool copy_of(const struct side_context *c, const char *file, char **original, enum side_id *side);
/* path is what a copy's name says of the notebook, which may have been cut (see names_conflict()).
 * Returns the whole path of the row that it means, or path itself when there is none. Takes and
 * gives ownership. */
char *copy_whole(const struct side_context *c, char *path);
/* The name of a new copy that keeps a side's version of the row: of at_s (Unix time), at most max
 * bytes in its last part. Owned by the caller. */
char *copy_name_make(const struct row *row, enum side_id of, int64_t at_s, size_t max);
