/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Copies of clashes in the workspace: operations of side_ops, which has their contracts. */

#include "side/workspace/internal.h"

int workspace_copy_name(const struct side *side, const struct row *row, enum side_id of,
			int64_t at_s, char **file, struct err *e);
int workspace_copy_write(struct side *side, const struct row *row, const char *file,
			 const struct oid *raw, struct err *e);
/* Also puts into the copy's entry what workspace_copy_remove() is to find there. */
int workspace_copy_read(struct side *side, struct row *copy, struct oid *raw, char **file,
			struct err *e);
int workspace_copy_remove(struct side *side, struct row *copy, const char *file,
			  const struct oid *raw, struct err *e);
