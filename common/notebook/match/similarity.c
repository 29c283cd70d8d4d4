/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How alike two cells are: the share of lines they have in common, or, for short cells, the share
 * of text at both ends that is the same.
 */

#include <stdlib.h>
#include <string.h>

#include "notebook/match/match.h"

#define LINES_MAX 2000 /* of a cell that are looked at */

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Sorted hashes of the lines that are not blank. */
static uint64_t *line_hashes(const struct notebook_cell *cell, size_t *count)
{
	const char *p = cell->text, *end = p + cell->len, *lf;
	uint64_t *hashes = NULL;
	size_t cap = 0;

	*count = 0;
	for (; p < end && *count < LINES_MAX; p = lf + 1) {
		lf = memchr(p, '\n', (size_t)(end - p));
		if (!lf)
			lf = end;
		while (p < lf && (*p == ' ' || *p == '\t'))
			p++;
		if (p == lf)
			continue;
		hashes = array_grow(hashes, *count, &cap, sizeof(*hashes));
		hashes[(*count)++] = hash_bytes(0, p, (size_t)(lf - p));
	}
	if (*count)
		qsort(hashes, *count, sizeof(*hashes), by_value);
	return hashes;
}

static unsigned common_lines(const struct notebook_cell *a, const struct notebook_cell *b)
{
	size_t na, nb, i = 0, j = 0, common = 0;
	cleanup_free uint64_t *x = line_hashes(a, &na);
	cleanup_free uint64_t *y = line_hashes(b, &nb);

	while (i < na && j < nb) {
		if (x[i] == y[j]) {
			common++;
			i++;
			j++;
		} else if (x[i] < y[j]) {
			i++;
		} else {
			j++;
		}
	}
	return na + nb ? (unsigned)(2000 * common / (na + nb)) : 0;
}

static unsigned common_ends(const struct notebook_cell *a, const struct notebook_cell *b)
{
	size_t max = a->len > b->len ? a->len : b->len, min = a->len + b->len - max;
	size_t front = 0, back = 0;

	while (front < min && a->text[front] == b->text[front])
		front++;
	while (back < min - front && a->text[a->len - 1 - back] == b->text[b->len - 1 - back])
		back++;
	return max ? (unsigned)(1000 * (front + back) / max) : 1000;
}

unsigned match_similarity(const struct notebook_cell *a, const struct notebook_cell *b)
{
	unsigned lines, ends;

	if (a->type != b->type)
		return 0;
	ends = common_ends(a, b);
	if (ends >= 900)
		return ends;
	lines = common_lines(a, b);
	return lines > ends ? lines : ends;
}
