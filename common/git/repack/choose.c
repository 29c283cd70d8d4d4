/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When to repack, and which packs. Pure.
 *
 * Small packs and loose objects become one pack when that pack would be at least half as large as
 * the next: then every pack is at least twice as large as all smaller ones together, a hub of n
 * objects has log2(n) packs, and each object was copied about as often.
 */

#include <stdlib.h>

#include "git/repack/maintain.h"

#define LOOSE_DUE    400                /* objects, of a block of 4 KiB at least */
#define BYTES_DUE    (32 * 1024 * 1024) /* of loose objects */
#define PACKS_DUE    20
#define URGENT_TIMES 5
/* A pack is rewritten when at least one in three of its objects is waste. */
#define WASTE_SHARE 3

bool hub_repack_due(const struct hub_usage *u, bool urgent_only)
{
	size_t times = urgent_only ? URGENT_TIMES : 1;

	return u->loose > LOOSE_DUE * times || u->loose_bytes > (uint64_t)BYTES_DUE * times ||
	       u->packs > PACKS_DUE * times;
}

size_t repack_limit(size_t objects)
{
	size_t limit = objects / 8;

	limit = limit < REPACK_OBJECTS_MAX ? limit : REPACK_OBJECTS_MAX;
	return limit > REPACK_OBJECTS_MIN ? limit : REPACK_OBJECTS_MIN;
}

static size_t limit_of(const struct pack_facts *packs, size_t count, size_t loose)
{
	size_t objects = loose;

	for (size_t i = 0; i < count; i++)
		objects += packs[i].objects;
	return repack_limit(objects);
}

static int by_objects(const void *a, const void *b)
{
	const struct pack_facts *const *x = a, *const *y = b;

	return ((*x)->objects > (*y)->objects) - ((*x)->objects < (*y)->objects);
}

/* Those of at most max objects that may be chosen, smallest first. Owned array of borrowed facts. */
static struct pack_facts **sorted(struct pack_facts *packs, size_t count, size_t max, size_t *n)
{
	struct pack_facts **order = xcalloc(count + 1, sizeof(struct pack_facts *));

	*n = 0;
	for (size_t i = 0; i < count; i++) {
		packs[i].chosen = false;
		if (!packs[i].fixed && packs[i].objects <= max)
			order[(*n)++] = &packs[i];
	}
	qsort(order, *n, sizeof(*order), by_objects);
	return order;
}

/* How many of the smallest are to become one whatever is loose: up to the largest pack that is not
 * twice as large as the one below it. */
static size_t crowded(struct pack_facts *const *order, size_t n)
{
	while (n > 1 && order[n - 1]->objects >= 2 * order[n - 2]->objects)
		n--;
	return n > 1 ? n : 0;
}

void repack_choose_small(struct pack_facts *packs, size_t count, size_t loose)
{
	size_t n, must, taken = 0, total = loose, limit = limit_of(packs, count, loose);
	struct pack_facts **order = sorted(packs, count, limit / 2, &n);

	must = crowded(order, n);
	for (; taken < n && (taken < must || order[taken]->objects < 2 * total); taken++) {
		total += order[taken]->objects;
		if (total > limit)
			break;
		order[taken]->chosen = true;
	}
	/* One pack by itself would only be copied. */
	if (!loose && taken == 1)
		order[0]->chosen = false;
	free(order);
}

bool repack_choose_waste(struct pack_facts *packs, size_t count)
{
	size_t n, live = 0, limit = limit_of(packs, count, 0);
	struct pack_facts **order = sorted(packs, count, limit, &n);
	bool more = false;

	for (size_t i = 0; i < n; i++) {
		struct pack_facts *p = order[i];

		if ((p->objects - p->live) * WASTE_SHARE < p->objects)
			continue;
		p->chosen = live + p->live <= limit;
		more = more || !p->chosen;
		live += p->chosen ? p->live : 0;
	}
	free(order);
	/* Packs that are too large to be copied can still be removed. */
	for (size_t i = 0; i < count; i++)
		if (!packs[i].fixed && !packs[i].live)
			packs[i].chosen = true;
	return more;
}
