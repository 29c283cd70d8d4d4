/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What became of an import. */

#include "side/workspace/stray.h"

/*
 * Reads back what was imported; the rows' entries still say what was there before. A row that
 * agrees then is settled; of any other its entry says what stands there, and it is reported
 * (side_refused()). When it cannot be read back, for one row or, with an error, for all, the row's
 * state remembers what was sent. ERR_CANCELLED, or an error of the workspace as a whole.
 */
int workspace_read_back(struct workspace_side *s, const struct workspace_sent *sent, size_t count,
			struct err *e);
