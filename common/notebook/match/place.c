/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the cells of a notebook go in the file of another. Says where; what stands there, each format
 * writes for itself.
 */

#include "notebook/match/place.h"

bool update_adjacent(const struct update *up, size_t j)
{
	size_t before = up->match->from[j - 1], i = up->match->from[j];

	return before != MATCH_NONE && i != MATCH_NONE && i == before + 1;
}

struct span update_gap(const struct notebook *old, size_t i)
{
	const struct span *before = &old->cells[i - 1].raw, *after = &old->cells[i].raw;
	const char *from = before->at + before->len;

	return (struct span){ from, (size_t)(after->at - from) };
}

void update_settle_last(struct match *match, const struct notebook *a, const struct notebook *b)
{
	if (a->count && b->count && match->from[b->count - 1] == a->count - 1 &&
	    model_last_equal(a, b))
		match->same[b->count - 1] = true;
}
