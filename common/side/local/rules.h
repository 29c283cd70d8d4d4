/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ignore files of the local side; see side/rules.h. */

#include "side/local/internal.h"

/* Whether an ignore file that a walk of the local side meets is the one whose rules are in force;
 * or at least one that is known. */
bool local_rules_same(const struct side_context *c, const char *rel, const struct fs_stat *st);
bool local_rules_known(const struct side_context *c, const char *rel);
/* Whether the files whose rules are in force at a folder and below it still stand there. */
bool local_rules_same_below(const struct local_side *s, const char *folder);
/* How many these are. */
size_t local_rules_count_below(const struct local_side *s, const char *folder);

/*
 * Reads the ignore files of the local side and puts their rules in force; *before receives those
 * that were. Then the caller looks at the side by them and says how that ended, by rules_commit() or
 * rules_undo(). Errors, and then nothing has changed: of fs_walk() for the root, ERR_CANCELLED.
 */
int local_rules_load(struct local_side *s, struct ignore *before, struct err *e);
