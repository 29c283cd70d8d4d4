/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What a look at the local side does not show; see missing.c. */

#include "side/local/internal.h"

/* A folder named the entry rel, and then it was not there: what it may be is held, and the next
 * look is a full one, in which it is back or gone. why: fs_walk()'s ERR_ABSENT. */
void local_vanished(struct local_side *s, const char *rel, const struct err *why);

/* After a full walk: stats by name whatever the side may hold and the walk did not show. What is
 * there, or could not be examined, has its row up to date or held then. Whether something is left
 * that is not there. */
bool local_look_for_missing(struct local_side *s);
