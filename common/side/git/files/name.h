/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Names of the Git side; see name.c. */

#include "side/context.h"

/* The reference of our branch in the hub. Owned by the caller. */
char *git_head(const struct side_context *c);
/* The path in the repository of a file of the mapping, whose name is below git_path. Owned by the
 * caller. */
char *git_path_of(const struct side_context *c, const char *file);

/* Whether the branch can have a new file of that name (below git_path); see side_ops.check_name. */
int git_check_name(const struct side_context *c, const struct row *row, const char *file,
		   struct err *e);
