/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the rules of ignore files come from: from the local side when the mapping has one
 * (side/local/rules.c), otherwise from the Git branch below git_path (side/git/rules.c). Nothing
 * above the mapping's own folders counts, and nothing in a repository of its own or in a folder that
 * is ignored itself.
 *
 * What was known last is remembered (memory/rules.c). A file that cannot be used keeps its previous
 * rules and is named in each report.
 */

#include "side/context.h"

/* A state in the making. */
struct rules_loading {
	struct side_context *c; /* borrowed */
	struct ignore next;     /* owned until it is in force */
	size_t entries;         /* looked at so far */
};

/* One file with what was read of it, or why not; all borrowed. A zero stamp: try again next time. */
struct rules_reading {
	const char *path, *folder;
	enum ignore_kind kind;
	struct oid stamp; /* equal stamps mean the same content */
	const struct buf *data;
	struct err why;
};

/* Takes a file into the next state; one that cannot be used has its previous rules there. */
void rules_take(struct rules_loading *l, struct rules_reading *r);
/* Takes the file over from the state in force when it did not change; false: it has to be read. */
bool rules_take_known(struct rules_loading *l, const struct rules_reading *r);

/* The look that went by new rules ended; before: those that were in force until then, which are
 * released. By commit the new ones stay, and if they differ, every row is thought about again and
 * context.rules_changed is set; by undo the rules are again what they were. */
void rules_commit(struct side_context *c, struct ignore *before);
void rules_undo(struct side_context *c, struct ignore *before);

/* A note for each file that cannot be used, at most ten. */
void rules_report(struct side_context *c);
