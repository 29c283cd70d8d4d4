/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the rules of ignore files come from: from the local side when the mapping has one,
 * otherwise from the Git branch below git_path. Nothing above the mapping's own folders counts, and
 * nothing in a repository of its own or in a folder that is ignored itself.
 *
 * What was known last stands under refs/nbsync/ignore, so that a side that cannot be read after a
 * restart does not mean fewer rules than before. A file that cannot be used keeps its previous
 * rules and is named in each report.
 */

#include "sync/cycle_internal.h"

/* Once the hub is open: the rules that were in force last. */
int ignore_load_known(struct cycle *c, struct err *e);

/* Whether an ignore file that a walk of the local side meets is the one whose rules are in force;
 * or at least one that is known. */
bool ignore_local_same(const struct cycle *c, const char *rel, const struct fs_stat *st);
bool ignore_local_known(const struct cycle *c, const char *rel);
/* Whether the files whose rules are in force at a folder and below it still stand there. */
bool ignore_local_same_below(const struct cycle *c, const char *folder);
/* How many these are. */
size_t ignore_count_below(const struct cycle *c, const char *folder);

/*
 * Reads the ignore files of the local side and puts their rules in force; *before receives those
 * that were. Then the caller looks at the side by them and says how that ended: by commit the rules
 * stay, and if they differ, every row is thought about again and the other sides are looked at in
 * full; by undo they are again what they were. Both release before. Errors, and then nothing has
 * changed: of fs_walk() for the root, ERR_CANCELLED.
 */
int ignore_load_local(struct cycle *c, struct ignore *before, struct err *e);
void ignore_load_commit(struct cycle *c, struct ignore *before);
void ignore_load_undo(struct cycle *c, struct ignore *before);

/* The branch is about to be looked at, these are its files below git_path: takes the rules from
 * there, unless there is a local side. */
void ignore_load_git(struct cycle *c, const struct tree_files *files);

/* A note for each file that cannot be used, at most ten. */
void ignore_report(struct cycle *c);
