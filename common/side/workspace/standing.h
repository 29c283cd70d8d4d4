/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether what is to be replaced or deleted in the workspace is still what was looked at.
 */

#include "side/workspace/internal.h"

struct workspace_standing {
	const struct entry *entry; /* borrowed; what was looked at */
	struct oid whole; /* its bytes with all that a look leaves out; zero: the entry's own */
};
/* The question that the API asks right before it changes something. standing is borrowed, and must
 * live until then. */
struct workspace_last_look workspace_last_look_at(struct workspace_standing *standing);

/* ERR_CONFLICT when what stands there is not recorded: it may differ from what is recorded only in
 * its spelling, which is no edit, but would be lost. */
int workspace_check_recorded(const struct row *row, struct err *e);

/* Whether the last look reads the source of what is source: then it does not see that somebody made
 * it Jupyter, with outputs, and left the cells as they were. */
bool workspace_misses_format(const struct entry *entry);
/* In that case asks for the format, which is to be done right before the last look: one more round
 * trip remains between the two. path is absolute. ERR_CONFLICT: it is not source any more, or gone;
 * other errors as workspace_stat(). */
int workspace_check_format(struct workspace_side *s, const struct row *row, const char *path,
			   struct err *e);
