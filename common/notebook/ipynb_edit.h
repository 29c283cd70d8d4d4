/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Objects with some members exchanged, the others as they were. */

#include "notebook/jemit.h"
#include "notebook/jscan.h"

/* A member to set, add or remove. */
struct edit {
	const char *key;
	struct buf value; /* owned; JSON in the file's style at the member's depth */
	bool remove;
	bool done; /* private */
};

#define EDITS_MAX 12

struct edits {
	struct edit list[EDITS_MAX];
	size_t count;
};

void edits_release(struct edits *edits);
#define cleanup_edits __attribute__((cleanup(edits_release)))

/* The value of a new edit, to be filled. */
struct buf *edits_set(struct edits *edits, const char *key);
void edits_word(struct edits *edits, const char *key, const char *word);
void edits_remove(struct edits *edits, const char *key);

/*
 * Writes object (a validated span, from the same file and at the same depth, or nothing when at is
 * NULL) with the edits made. A new member goes to its place in the alphabet if the others are in
 * order, else to the end. Without edits the object is written byte for byte.
 */
void edits_apply(struct jemit *m, struct span object, struct edits *edits);
