/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists of facets, and how two compare. Values stay spans of the file; only where their bytes differ
 * are they spelled canonically and compared for what they mean. A list is in order, names nothing
 * twice, and has nothing that says nothing. Reads and writes no notebook: ipynb/facets_read.c and
 * ipynb/facets_write.c do.
 */

#include "notebook/model/facets.h"

#include <stdlib.h>
#include <string.h>

void facets_release(struct facets *facets)
{
	for (size_t i = 0; i < facets->count; i++)
		free(facets->list[i].memory);
	free(facets->list);
	*facets = (struct facets){ 0 };
}

static void own_key(struct facet *facet)
{
	if (!facet->memory)
		return;
	facet->memory = xstrndup(facet->key.at, facet->key.len);
	facet->key.at = facet->memory;
}

void facets_copy(struct facets *to, const struct facets *from)
{
	*to = *from;
	to->cap = from->count;
	to->list = from->count ? xmemdup(from->list, from->count * sizeof(*from->list)) : NULL;
	for (size_t i = 0; i < to->count; i++)
		own_key(&to->list[i]);
}

struct facet *facets_add(struct facets *facets, enum facet_kind kind, struct span value)
{
	facets->list = array_grow(facets->list, facets->count, &facets->cap, sizeof(*facets->list));
	facets->list[facets->count] = (struct facet){ .kind = kind, .value = value };
	return &facets->list[facets->count++];
}

void facets_add_keyed(struct facets *facets, enum facet_kind kind, struct span key,
		      struct span value)
{
	struct facet *facet = facets_add(facets, kind, value);
	struct buf plain = BUF_UNBOUNDED;

	facet->key = key;
	if (!memchr(key.at, '\\', key.len))
		return;
	jvalue_canonical(&plain, key, JVALUE_PLAIN);
	facet->key.len = plain.len;
	facet->key.at = facet->memory = buf_steal(&plain, NULL);
}

/* ---- order ---- */

int facet_compare(const struct facet *a, const struct facet *b)
{
	size_t n = a->key.len < b->key.len ? a->key.len : b->key.len;
	int order;

	if (a->kind != b->kind)
		return a->kind > b->kind ? 1 : -1;
	order = n ? memcmp(a->key.at, b->key.at, n) : 0;
	return order ? order : (a->key.len > b->key.len) - (a->key.len < b->key.len);
}

static int by_key(const void *a, const void *b)
{
	const struct facet *x = a, *y = b;
	int order = facet_compare(x, y);

	return order ? order : (x->value.at > y->value.at) - (x->value.at < y->value.at);
}

void facets_settle(struct facets *facets)
{
	size_t kept = 0;

	if (facets->count)
		qsort(facets->list, facets->count, sizeof(*facets->list), by_key);
	for (size_t i = 0; i < facets->count; i++) {
		struct facet *facet = &facets->list[i];

		if ((i + 1 < facets->count && facet_compare(facet, facet + 1) == 0) ||
		    jvalue_is_nothing(facet->value))
			free(facet->memory);
		else
			facets->list[kept++] = *facet;
	}
	facets->count = kept;
}

/* ---- comparing ---- */

bool facet_equal(const struct facet *a, const struct facet *b)
{
	if (!a || !b)
		return !a && !b;
	return facet_compare(a, b) == 0 &&
	       jvalue_equal(a->value, b->value,
			    a->kind == FACET_OUTPUTS ? JVALUE_OUTPUTS : JVALUE_PLAIN);
}

bool facets_tell(const struct facets *facets, enum facet_kind kind)
{
	return kind == FACET_OUTPUTS ? facets->outputs_told : facets->told;
}

/* The next that the other list can tell, too. */
static const struct facet *next_told(const struct facets *facets, const struct facets *other,
				     size_t *i)
{
	while (*i < facets->count && !facets_tell(other, facets->list[*i].kind))
		++*i;
	return *i < facets->count ? &facets->list[(*i)++] : NULL;
}

bool facets_agree(const struct facets *a, const struct facets *b)
{
	const struct facet *x, *y;
	size_t i = 0, j = 0;

	if (!a->told || !b->told)
		return true;
	do {
		x = next_told(a, b, &i);
		y = next_told(b, a, &j);
		if (!facet_equal(x, y))
			return false;
	} while (x);
	return true;
}
