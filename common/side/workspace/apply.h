/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Acting on the workspace side. */

#include "side/workspace/internal.h"

/* side_ops.apply. ERR_CANCELLED, or an error of the workspace as a whole. */
int workspace_side_apply(struct side *side, struct row **rows, size_t count, struct err *e);
