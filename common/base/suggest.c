/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edit distance with exchanges of neighbours (optimal string alignment), on three rolling rows.
 */

#include "base/suggest.h"

#include <string.h>

#define DISTANCE_MAX 2

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Both words have at most SUGGEST_WORD_MAX bytes. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][SUGGEST_WORD_MAX + 1];
	size_t *before = rows[0], *above = rows[1], *row = rows[2];
	size_t a_len = strlen(a), b_len = strlen(b);

	for (size_t k = 0; k <= b_len; k++)
		above[k] = k;
	for (size_t i = 1; i <= a_len; i++) {
		row[0] = i;
		for (size_t k = 1; k <= b_len; k++) {
			bool same = a[i - 1] == b[k - 1];

			row[k] = smallest(above[k] + 1, row[k - 1] + 1, above[k - 1] + !same);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				row[k] = smallest(row[k], before[k - 2] + 1, SIZE_MAX);
		}
		size_t *oldest = before;

		before = above;
		above = row;
		row = oldest;
	}
	return above[b_len];
}

const char *suggest(const char *word, const char *const *candidates, size_t count)
{
	const char *best = NULL;
	size_t best_distance = DISTANCE_MAX + 1;

	if (strlen(word) > SUGGEST_WORD_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(candidates[i]), d;

		if (len > SUGGEST_WORD_MAX)
			continue;
		d = distance(word, candidates[i]);
		if (d < best_distance && d < len) {
			best = candidates[i];
			best_distance = d;
		}
	}
	return best;
}
