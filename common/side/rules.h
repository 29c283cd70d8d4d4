/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where the rules of ignore files come from: from the local side when the mapping has one
 * (side/local/rules.c), otherwise from the Git branch below git_path (side/git/files/rules.c). Nothing
 * above the mapping's own folders counts, and nothing in a repository of its own or in a folder
 * that is ignored itself.
 *
 * What was known last is remembered (memory/rules.c). A file that cannot be used keeps its previous
 * rules and is named in each report.
 */

#include "side/context.h"

/* The next rules, in the making. */
struct rules_loading {
	struct side_context *c; /* borrowed */
	struct ignore next;     /* owned until it is in force */
	size_t entries;         /* looked at so far */
};

/* One ignore file with what was read of it, or why it could not be; all borrowed. */
struct rules_reading {
	const char *path;
	/* Equal stamps mean the same content; zero: read it again next time. */
	struct ignore_source source;
	const struct buf *data;
	struct err why;
};

/* Takes a file into the next rules; one that cannot be used keeps its previous ones there. */
void rules_take(struct rules_loading *l, struct rules_reading *r);
/* Takes the file's rules over from those in force when its stamp is the same; false: it has to be
 * read. */
bool rules_take_known(struct rules_loading *l, const struct rules_reading *r);

/* The look that put new rules in force ended; before: those until then, which are released. After
 * rules_commit() the new ones stay, and are remembered; if they differ, every row is planned again
 * and context.rules_changed is set. After rules_undo() the rules are what they were. */
void rules_commit(struct side_context *c, struct ignore *before);
void rules_undo(struct side_context *c, struct ignore *before);

/* A note for each file that cannot be used, at most ten. */
void rules_report(struct side_context *c);
