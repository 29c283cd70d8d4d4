/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What is to change in a tree of the state (state.h).
 */

#include "git/hub/hub.h"

/* What has no place there, because a file stands where its folder would (one side has a notebook
 * 'a.py', another a folder of that name), or the other way round, stands below this folder
 * instead. */
#define STATE_BESIDE ".beside/"

/* A path of such a tree without STATE_BESIDE. Borrowed from path. */
const char *state_file(const char *path);

struct tree_edit {
	char *path;    /* owned */
	struct oid id; /* zero: remove */
	size_t seq;    /* order of arrival */
};
struct tree_edits {
	struct tree_edit *items; /* owned */
	size_t count, cap;
};

/* The file path, which is taken over, becomes that blob; id NULL: it goes. */
void tree_edits_add(struct tree_edits *edits, char *path, const struct oid *id);
void tree_edits_clear(struct tree_edits *edits);

/* Makes the edits in *tree (zero: an empty one), whose id moves; sorts them, and keeps them. *tree
 * stays as it was after an error. */
int tree_edits_apply(struct hub *hub, struct tree_edits *edits, struct oid *tree, struct err *e);
