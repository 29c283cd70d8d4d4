/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* An import that became something else: see stray.c. */

#include "side/workspace/internal.h"

/* A notebook that was imported; all borrowed. */
struct workspace_sent {
	struct row *row;
	const char *object; /* where the notebook should stand: absolute, without extension */
	const char *path;   /* the same with the extension under which it was sent */
	const char *id;     /* of what the import made, as it told; "" when it did not */
	struct buf *data;
};

/* After it was read back and is not there as it was sent: whether it became a plain file beside its
 * place. Then that is said, the row is held as refused, and the file is removed if it is nothing but
 * what was sent. */
bool workspace_stray(struct workspace_side *s, const struct workspace_sent *sent);
