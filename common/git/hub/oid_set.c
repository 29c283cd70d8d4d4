/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table without a hash function: ids are SHA-1 values, so their first bytes are as good as
 * any hash. Open addressing with linear probing, never more than half full. Nothing is ever removed
 * one by one, so there are no tombstones.
 */

#include "git/hub/oid_set.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN 128

static size_t first_slot(const struct oid_set *s, const struct oid *id)
{
	size_t hash;

	memcpy(&hash, id->id, sizeof(hash));
	return hash & (s->slot_count - 1);
}

/* The slot that holds id, or the free one where it belongs. */
static size_t *slot_of(const struct oid_set *s, const struct oid *id)
{
	size_t i = first_slot(s, id);

	while (s->slots[i] && !oid_equal(&s->items[s->slots[i] - 1], id))
		i = (i + 1) & (s->slot_count - 1);
	return &s->slots[i];
}

static void grow(struct oid_set *s)
{
	s->slot_count = s->slot_count ? s->slot_count * 2 : SLOTS_MIN;
	free(s->slots);
	s->slots = xcalloc(s->slot_count, sizeof(*s->slots));
	for (size_t i = 0; i < s->count; i++)
		*slot_of(s, &s->items[i]) = i + 1;
}

size_t oid_set_add(struct oid_set *s, const struct oid *id, bool *added)
{
	size_t *slot;
	bool is_new;

	if ((s->count + 1) * 2 >= s->slot_count)
		grow(s);
	slot = slot_of(s, id);
	is_new = !*slot;
	if (is_new) {
		s->items = array_grow(s->items, s->count, &s->cap, sizeof(*s->items));
		s->items[s->count++] = *id;
		*slot = s->count;
	}
	if (added)
		*added = is_new;
	return *slot - 1;
}

size_t oid_set_find(const struct oid_set *s, const struct oid *id)
{
	size_t slot = s->count ? *slot_of(s, id) : 0;

	return slot ? slot - 1 : OID_NOWHERE;
}

void oid_set_clear(struct oid_set *s)
{
	if (s->count)
		memset(s->slots, 0, s->slot_count * sizeof(*s->slots));
	s->count = 0;
}

void oid_set_release(struct oid_set *s)
{
	free(s->items);
	free(s->slots);
	*s = (struct oid_set){ 0 };
}
