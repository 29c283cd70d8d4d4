/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Looking at the workspace side.
 */

#include "side/workspace/internal.h"

/* side_ops.look. ERR_CONFIG closes the connection. */
int workspace_side_look(struct side *side, const struct side_look *what, struct err *e);

/* Stats the objects of these rows and reads what changed into their entries (and s->occupied). A
 * row whose object seems to be gone is left as it was, and the next look lists everything
 * (s->doubtful): one path's absence is no evidence of a deletion. ERR_CANCELLED, or an error of the
 * workspace as a whole. */
int workspace_look_at(struct workspace_side *s, struct row **rows, size_t count, struct err *e);
