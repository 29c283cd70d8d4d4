/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names of copies of clashes; see copy_name.c. */

#include "side/context.h"

/* Whether file (local name, or a name in the workspace) is such a copy; of which notebook (owned by
 * the caller) and which side's version. Both may be NULL. */
bool copy_of(const struct side_context *c, const char *file, char **original, enum side_id *side);
/* What a copy's name says of the notebook, which may have been cut (see names_conflict()), as the
 * path of the row it means; unchanged when there is none. Takes and gives ownership. */
char *copy_whole(const struct side_context *c, char *path);
/* The name of a new copy that keeps a side's version of the row: of at_s (Unix time), at most max bytes
 * in its last part. Owned by the caller. */
char *copy_name_make(const struct row *row, enum side_id of, int64_t at_s, size_t max);
