/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One notebook that is written into the file of another, and where its cells go in that. */

#include "notebook/match/match.h"

struct update {
	const struct notebook *old, *nb;
	const struct notebook_options *options;
	const struct match *match;
	bool fresh; /* encode everything anew: the second attempt when reused bytes do not fit */
};

/* Whether the old cells of new cells j-1 and j stood next to each other, so that the gap between
 * them can be taken over. */
bool update_adjacent(const struct update *up, size_t j);

/* The bytes of old between its cells i-1 and i. */
struct span update_gap(const struct notebook *old, size_t i);

/* Marks the last cells of a and b as equal if they are paired and differ only in newlines at their
 * ends, which some export loses. match is of a and b. */
void update_settle_last(struct match *match, const struct notebook *a, const struct notebook *b);
