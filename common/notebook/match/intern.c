/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table from things to small numbers: open addressing, doubled when half full.
 */

#include "notebook/match/intern.h"

#include <stdlib.h>
#include <string.h>

void intern_release(struct intern *in)
{
	free(in->slots);
	memset(in, 0, sizeof(*in));
}

static struct intern_slot *find(const struct intern *in, uint64_t hash, const void *key)
{
	size_t i = (size_t)hash & (in->size - 1);

	while (in->slots[i].key && (in->slots[i].hash != hash || !in->equal(in->slots[i].key, key)))
		i = (i + 1) & (in->size - 1);
	return &in->slots[i];
}

static void grow(struct intern *in)
{
	struct intern_slot *old = in->slots;
	size_t n = in->size;

	in->size = n ? n * 2 : 64;
	in->slots = xcalloc(in->size, sizeof(*in->slots));
	for (size_t i = 0; i < n; i++)
		if (old[i].key)
			*find(in, old[i].hash, old[i].key) = old[i];
	free(old);
}

size_t intern_id(struct intern *in, uint64_t hash, const void *key)
{
	struct intern_slot *slot;

	if (in->count * 2 >= in->size)
		grow(in);
	slot = find(in, hash, key);
	if (!slot->key)
		*slot = (struct intern_slot){ hash, key, in->count++ };
	return slot->id;
}

size_t intern_look(const struct intern *in, uint64_t hash, const void *key)
{
	const struct intern_slot *slot = in->size ? find(in, hash, key) : NULL;

	return slot && slot->key ? slot->id : SIZE_MAX;
}

bool intern_equal_spans(const void *a, const void *b)
{
	return span_equal(*(const struct span *)a, *(const struct span *)b);
}

static bool equal_cells(const void *a, const void *b)
{
	return cell_equal(a, b);
}

void intern_init_cells(struct intern *in)
{
	*in = (struct intern){ .equal = equal_cells };
}

size_t intern_cell(struct intern *in, const struct notebook_cell *cell)
{
	return intern_id(in, cell_hash(cell), cell);
}
