/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A binary heap, because a benchmark with simulated latency suspends every request.
 */

#include "tests/emulator/waiting.h"

#include <limits.h>
#include <stdlib.h>

void waiting_release(struct waiting *w)
{
	free(w->heap);
	*w = (struct waiting){ 0 };
}

static void swap(struct waiting *w, size_t a, size_t b)
{
	struct waiting_item item = w->heap[a];

	w->heap[a] = w->heap[b];
	w->heap[b] = item;
}

void waiting_add(struct waiting *w, void *connection, int64_t due_ns)
{
	size_t at = w->count;

	w->heap = array_grow(w->heap, w->count, &w->cap, sizeof(*w->heap));
	w->heap[w->count++] = (struct waiting_item){ due_ns, connection };
	for (; at > 0 && w->heap[at].due_ns < w->heap[(at - 1) / 2].due_ns; at = (at - 1) / 2)
		swap(w, at, (at - 1) / 2);
}

static void sink(struct waiting *w)
{
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < w->count && w->heap[child + 1].due_ns < w->heap[child].due_ns)
			child++;
		if (child >= w->count || w->heap[at].due_ns <= w->heap[child].due_ns)
			return;
		swap(w, at, child);
		at = child;
	}
}

void *waiting_take(struct waiting *w, int64_t now_ns)
{
	void *connection;

	if (w->count == 0 || w->heap[0].due_ns > now_ns)
		return NULL;
	connection = w->heap[0].connection;
	w->heap[0] = w->heap[--w->count];
	sink(w);
	return connection;
}

int waiting_ms(const struct waiting *w, int64_t now_ns)
{
	int64_t ms;

	if (w->count == 0)
		return -1;
	ms = (w->heap[0].due_ns - now_ns + 999999) / 1000000;
	return ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;
}
