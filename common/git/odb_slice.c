/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table without a hash function: ids are SHA-1 values, so their first bytes are as good as
 * any hash. Open addressing with linear probing, never more than half full. Nothing is ever removed
 * one by one, so there are no tombstones.
 */

#include "git/odb_slice.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 128

static size_t first_slot(const struct slice *s, const struct oid *id)
{
	size_t hash;

	memcpy(&hash, id->id, sizeof(hash));
	return hash & (s->slot_count - 1);
}

/* The slot that holds id, or the free one where it belongs. */
static size_t *slot_of(const struct slice *s, const struct oid *id)
{
	size_t i = first_slot(s, id);

	while (s->slots[i] && !oid_equal(&s->items[s->slots[i] - 1].id, id))
		i = (i + 1) & (s->slot_count - 1);
	return &s->slots[i];
}

static void grow(struct slice *s)
{
	s->slot_count = s->slot_count ? s->slot_count * 2 : SLOTS_MIN;
	free(s->slots);
	s->slots = xcalloc(s->slot_count, sizeof(*s->slots));
	for (size_t i = 0; i < s->count; i++)
		*slot_of(s, &s->items[i].id) = i + 1;
}

void slice_add(struct slice *s, const struct oid *id, int type, const void *data, size_t len)
{
	size_t *slot;

	if ((s->count + 1) * 2 >= s->slot_count)
		grow(s);
	slot = slot_of(s, id);
	if (*slot)
		return;
	s->items = array_grow(s->items, s->count, &s->cap, sizeof(*s->items));
	s->items[s->count++] = (struct slice_object){
		.id = *id, .type = type, .len = len, .data = xmemdup(data, len)
	};
	*slot = s->count;
	s->bytes += len;
}

const struct slice_object *slice_find(const struct slice *s, const struct oid *id)
{
	size_t slot;

	if (!s->count)
		return NULL;
	slot = *slot_of(s, id);
	return slot ? &s->items[slot - 1] : NULL;
}

void slice_clear(struct slice *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i].data);
	if (s->count)
		memset(s->slots, 0, s->slot_count * sizeof(*s->slots));
	s->count = 0;
	s->bytes = 0;
}

void slice_release(struct slice *s)
{
	slice_clear(s);
	free(s->items);
	free(s->slots);
	*s = (struct slice){ 0 };
}
