/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An array of objects beside a set of their ids. Nothing is ever removed one by one.
 */

#include "git/hub/slice.h"

#include <stdlib.h>

void slice_add(struct slice *s, const struct oid *id, int type, const void *data, size_t len)
{
	bool is_new;

	oid_set_add(&s->ids, id, &is_new);
	if (!is_new)
		return;
	s->items = array_grow(s->items, s->count, &s->cap, sizeof(*s->items));
	s->items[s->count++] = (struct slice_object){
		.id = *id, .type = type, .len = len, .data = xmemdup(data, len)
	};
	s->bytes += len;
}

const struct slice_object *slice_find(const struct slice *s, const struct oid *id)
{
	size_t i = oid_set_find(&s->ids, id);

	return i == OID_NOWHERE ? NULL : &s->items[i];
}

void slice_clear(struct slice *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->items[i].data);
	oid_set_clear(&s->ids);
	s->count = 0;
	s->bytes = 0;
}

void slice_release(struct slice *s)
{
	slice_clear(s);
	oid_set_release(&s->ids);
	free(s->items);
	*s = (struct slice){ 0 };
}
