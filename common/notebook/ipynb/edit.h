/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Objects with some members exchanged, the others as they were. */

#include "notebook/json/jemit.h"
#include "notebook/json/jscan.h"

/* A member to set, add or remove. */
struct edit {
	struct span key;  /* borrowed; what stands between its quotes */
	struct buf value; /* owned; JSON in the file's style at the member's depth */
	bool remove;
	bool done; /* private */
};

struct edits {
	struct edit *list; /* owned */
	size_t count, cap;
};

void edits_release(struct edits *edits);
#define cleanup_edits __attribute__((cleanup(edits_release)))

/* The empty value of an edit, to be filled; of the one that is there already for this key. key needs
 * no escapes. */
struct buf *edits_set(struct edits *edits, const char *key);
/* A new edit for a key that has none yet and is a canonical JSON string (jvalue.h), with its quotes; it
 * must outlive the edits. */
struct buf *edits_set_key(struct edits *edits, struct span key);
void edits_word(struct edits *edits, const char *key, const char *word);
void edits_remove(struct edits *edits, const char *key);
void edits_remove_key(struct edits *edits, struct span key);

/*
 * Writes object (a validated span, from the same file and at the same depth, or nothing when at is
 * NULL) with the edits made. Where only values are exchanged, no byte beside them changes; where
 * members come or go, the white space between the members is written anew, and a new member goes to
 * its place in the alphabet if the others are in order, else to the end. Of a key that stands twice
 * and is edited only one is left. Without edits the object is written byte for byte.
 */
void edits_apply(struct jemit *m, struct span object, struct edits *edits);
