/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a workspace cannot have: operations of side_ops, which has their contracts. */

#include "side/workspace/internal.h"

bool workspace_side_blocked(const struct side *side, const struct row *row);
int workspace_side_check_name(const struct side *side, const struct row *row, const char *file,
			      struct err *e);
void workspace_side_check(struct side *side, struct row *row);
