/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Aligning two sequences of numbers: common ends first, then the numbers that occur once on both
 * sides as anchors (their longest increasing run), then the blocks between anchors in the same way.
 * A block without anchors is aligned exactly when it is small and greedily when it is not.
 */

#include <stdlib.h>
#include <string.h>

#include "notebook/match/match.h"

#define EXACT_MAX ((size_t)1 << 20) /* cells of the table of an exact alignment */

struct block {
	size_t a, a_end, b, b_end;
};

struct aligner {
	size_t *pair;
	const size_t *a, *b;
	/* per number, valid during one step: occurrences and last place in the block */
	size_t *count_a, *count_b, *place_a;
	struct block *todo; /* owned stack */
	size_t count, cap;
};

static void push(struct aligner *al, struct block k)
{
	if (k.a == k.a_end || k.b == k.b_end)
		return;
	al->todo = array_grow(al->todo, al->count, &al->cap, sizeof(*al->todo));
	al->todo[al->count++] = k;
}

static void trim_ends(struct aligner *al, struct block *k)
{
	while (k->a < k->a_end && k->b < k->b_end && al->a[k->a] == al->b[k->b])
		al->pair[k->b++] = k->a++;
	while (k->a < k->a_end && k->b < k->b_end && al->a[k->a_end - 1] == al->b[k->b_end - 1])
		al->pair[--k->b_end] = --k->a_end;
}

static void count_block(struct aligner *al, const struct block *k, size_t step)
{
	for (size_t i = k->a; i < k->a_end; i++) {
		al->count_a[al->a[i]] = step ? al->count_a[al->a[i]] + 1 : 0;
		al->place_a[al->a[i]] = i;
	}
	for (size_t j = k->b; j < k->b_end; j++)
		al->count_b[al->b[j]] = step ? al->count_b[al->b[j]] + 1 : 0;
}

void match_longest_run(bool *keep, const size_t *place, size_t n)
{
	cleanup_free size_t *tail = xcalloc(n, sizeof(*tail)); /* last member per length */
	cleanup_free size_t *back = xcalloc(n, sizeof(*back));
	size_t len = 0, at;

	for (size_t i = 0; i < n; i++) {
		size_t low = 0, high = len;

		while (low < high) {
			size_t mid = (low + high) / 2;

			if (place[tail[mid]] < place[i])
				low = mid + 1;
			else
				high = mid;
		}
		back[i] = low ? tail[low - 1] : MATCH_NONE;
		tail[low] = i;
		if (low == len)
			len++;
	}
	for (at = len ? tail[len - 1] : MATCH_NONE; at != MATCH_NONE; at = back[at])
		keep[at] = true;
}

/* Pairs the numbers that are unique in the block and pushes what lies between them. */
static bool use_anchors(struct aligner *al, const struct block *k)
{
	size_t room = k->b_end - k->b, n = 0;
	cleanup_free size_t *place = xcalloc(room, sizeof(*place));
	cleanup_free size_t *which = xcalloc(room, sizeof(*which));
	cleanup_free bool *keep = xcalloc(room, sizeof(*keep));
	struct block rest = *k;

	count_block(al, k, 1);
	for (size_t j = k->b; j < k->b_end; j++)
		if (al->count_a[al->b[j]] == 1 && al->count_b[al->b[j]] == 1) {
			place[n] = al->place_a[al->b[j]];
			which[n++] = j;
		}
	count_block(al, k, 0);
	match_longest_run(keep, place, n);
	for (size_t i = 0; i < n; i++) {
		if (!keep[i])
			continue;
		al->pair[which[i]] = place[i];
		push(al, (struct block){ rest.a, place[i], rest.b, which[i] });
		rest.a = place[i] + 1;
		rest.b = which[i] + 1;
	}
	if (n)
		push(al, rest);
	return n > 0;
}

static void align_exactly(struct aligner *al, const struct block *k)
{
	size_t rows = k->a_end - k->a, cols = k->b_end - k->b, w = cols + 1;
	cleanup_free unsigned *best = xcalloc((rows + 1) * w, sizeof(*best));
	size_t i = 0, j = 0;

	for (size_t r = rows; r-- > 0;)
		for (size_t c = cols; c-- > 0;) {
			unsigned down = best[(r + 1) * w + c], right = best[r * w + c + 1];

			best[r * w + c] = al->a[k->a + r] == al->b[k->b + c]
						  ? best[(r + 1) * w + c + 1] + 1
					  : down > right ? down
							 : right;
		}
	while (i < rows && j < cols) {
		if (al->a[k->a + i] == al->b[k->b + j]) {
			al->pair[k->b + j] = k->a + i;
			i++;
			j++;
		} else if (best[(i + 1) * w + j] >= best[i * w + j + 1]) {
			i++;
		} else {
			j++;
		}
	}
}

/* For each b in order the next a with its number, if one is left. */
static void align_greedily(struct aligner *al, const struct block *k)
{
	size_t n = k->a_end - k->a, from = 0;
	cleanup_free size_t *next = xcalloc(n, sizeof(*next)); /* same number, further on */

	count_block(al, k, 0);
	for (size_t i = n; i-- > 0;) {
		size_t id = al->a[k->a + i];

		next[i] = al->count_a[id] ? al->place_a[id] : MATCH_NONE;
		al->count_a[id] = 1;
		al->place_a[id] = i;
	}
	for (size_t j = k->b; j < k->b_end; j++) {
		size_t id = al->b[j], i = al->count_a[id] ? al->place_a[id] : MATCH_NONE;

		while (i != MATCH_NONE && i < from)
			i = next[i];
		if (i == MATCH_NONE)
			continue;
		al->pair[j] = k->a + i;
		from = i + 1;
		al->place_a[id] = i;
	}
	count_block(al, k, 0);
}

void match_sequence(size_t *pair, const size_t *a, size_t na, const size_t *b, size_t nb,
		    size_t ids)
{
	struct aligner al = { .pair = pair, .a = a, .b = b };

	al.count_a = xcalloc(ids, sizeof(size_t));
	al.count_b = xcalloc(ids, sizeof(size_t));
	al.place_a = xcalloc(ids, sizeof(size_t));
	for (size_t j = 0; j < nb; j++)
		pair[j] = MATCH_NONE;
	push(&al, (struct block){ 0, na, 0, nb });
	while (al.count) {
		struct block k = al.todo[--al.count];

		trim_ends(&al, &k);
		if (k.a == k.a_end || k.b == k.b_end || use_anchors(&al, &k))
			continue;
		if ((k.a_end - k.a) * (k.b_end - k.b) <= EXACT_MAX)
			align_exactly(&al, &k);
		else
			align_greedily(&al, &k);
	}
	free(al.count_a);
	free(al.count_b);
	free(al.place_a);
	free(al.todo);
}
