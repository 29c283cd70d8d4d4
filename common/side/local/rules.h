/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Ignore files of the local side; see side/rules.h. */

#include "fs/fs.h"
#include "side/local/internal.h"

/* Whether the rules in force are those of the ignore file rel, as it stands there now (st). */
bool local_rules_same(const struct side_context *c, const char *rel, const struct fs_stat *st);
/* Whether the rules in force have something of the ignore file rel. */
bool local_rules_known(const struct side_context *c, const char *rel);
/* Whether the ignore files at a folder and below it, as far as they are known, stand there
 * unchanged. */
bool local_rules_same_below(const struct local_side *s, const char *folder);
/* How many these are. */
size_t local_rules_count_below(const struct local_side *s, const char *folder);

/*
 * Reads the ignore files of the local side and puts their rules in force; *before receives the
 * rules until then. The caller then looks at the side by the new ones and ends with rules_commit()
 * or rules_undo(), which take *before. On an error (of fs_walk() for the root, or ERR_CANCELLED)
 * nothing has changed.
 */
int local_rules_load(struct local_side *s, struct ignore *before, struct err *e);
