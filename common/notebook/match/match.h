/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which cell of one notebook is which of another: the same (canonically equal, in place or moved),
 * changed (at the same place or similar), or without counterpart. Each cell has at most one.
 */

#include "notebook/model/model.h"

#define MATCH_NONE SIZE_MAX

struct match {
	size_t *from; /* owned; per new cell its old one, or MATCH_NONE */
	size_t *to;   /* owned; per old cell its new one, or MATCH_NONE */
	bool *same;   /* owned; per new cell: equal to its old one */
	bool *moved;  /* owned; per new cell: paired, but not in the order that most pairs keep */
	size_t old_count, new_count;
};

void match_cells(struct match *m, const struct notebook *old, const struct notebook *nb);
void match_release(struct match *m);
#define cleanup_match __attribute__((cleanup(match_release)))

/* A match without any pair yet; then one pair. match_order() fills moved at the end. */
void match_init(struct match *m, size_t old_count, size_t new_count);
void match_pair(struct match *m, size_t old, size_t nb, bool same);
void match_order(struct match *m);

/* How alike two cells are, 0 to 1000. */
unsigned match_similarity(const struct notebook_cell *a, const struct notebook_cell *b);

/* Marks in keep the members of the longest increasing run of place[0..n). */
void match_longest_run(bool *keep, const size_t *place, size_t n);

/*
 * The longest order-preserving set of pairs of equal numbers, or a good approximation when the
 * sequences are long and repetitive: pair[j] is the index in a of b[j]'s partner or MATCH_NONE.
 * Numbers are below ids. Time n log n in the usual case, never more than quadratic in small blocks.
 */
void match_sequence(size_t *pair, const size_t *a, size_t na, const size_t *b, size_t nb,
		    size_t ids);
