/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An import that the workspace took for a plain file. */

#include "side/workspace/internal.h"

/* What was imported; all borrowed. */
struct workspace_sent {
	struct row *row;
	const char *object; /* where it should stand: absolute; a notebook's without extension */
	const char *path;   /* under which it was sent: the same, a notebook's with its extension */
	const char *id;     /* of what the import made, as the answer said; "" when it did not */
	struct content_given *given; /* of a notebook: what was sent */
};

/* Of an import that does not read back as it was sent: whether the notebook became a plain file
 * beside its place. Then the row is reported as refused, and the file is removed if it is nothing
 * but what was sent. */
bool workspace_stray(struct workspace_side *s, const struct workspace_sent *sent);
