/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The two halves of notebook_update(), one per format of the old file. */

#include "notebook/match/match.h"

struct update {
	const struct notebook *old, *nb;
	const struct notebook_options *options;
	const struct match *match;
	bool fresh; /* encode everything anew: the second attempt when reused bytes do not fit */
};

/* notebook_update() with a given match. Adds nothing to out on failure. */
int update_matched(const struct update *with, struct buf *out, struct err *e);

/* The proof behind notebook_update(): what was written, read back, has nb's cells, all that nb tells
 * beyond them, and of what nb does not tell all that old had. ERR_INVALID names the cell. */
int update_verify(const struct update *up, const char *data, size_t len, struct err *e);

/* The last cells of both ends of the file, where they differ only in newlines at their ends, which
 * some export loses: they are the same. match is of a and b. */
void update_settle_last(struct match *match, const struct notebook *a, const struct notebook *b);

/* Writes LF; the caller restores CR LF. */
int source_update(const struct update *up, struct buf *out, struct err *e);
int ipynb_update(const struct update *up, struct buf *out, struct err *e);

/* Whether nb's environment changes the file: its block, or the notebook's metadata. */
bool source_environment_differs(const struct update *up);
bool ipynb_environment_differs(const struct update *up);

/* Whether the old cells of new cells j-1 and j stood next to each other, so that the gap between
 * them can be taken over. */
bool update_adjacent(const struct update *up, size_t j);

/* The bytes of old between its cells i-1 and i. */
struct span update_gap(const struct notebook *old, size_t i);
