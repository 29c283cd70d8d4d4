/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the guards of a plan share: guard.c, name_guard.c for names that a side cannot have, and
 * file_guard.c for files that are no notebooks.
 */

#include "sync/cycle_internal.h"

/* Takes back what would make a name that the side cannot have; a rename, as a whole. */
void name_guard(struct cycle *c, struct row *row);
/* Warns of a new name that the branch gets and some clone will not have. */
void name_remark(const struct cycle *c, const struct row *row);
