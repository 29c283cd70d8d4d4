/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cell identities: Databricks' nuid (a UUID of version 4) and nbformat 4.5's id (eight hexadecimal
 * digits here). Both are derived from a hash of the cell; a number is added until they are free.
 */

#include "notebook/ipynb_ids.h"

#include <stdlib.h>
#include <string.h>

static bool equal_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->len == y->len && memcmp(x->at, y->at, x->len) == 0;
}

void ipynb_ids_init(struct ipynb_ids *ids)
{
	memset(ids, 0, sizeof(*ids));
	ids->table.equal = equal_spans;
}

void ipynb_ids_release(struct ipynb_ids *ids)
{
	intern_release(&ids->table);
	for (size_t i = 0; i < ids->count; i++)
		free(ids->owned[i]);
	free(ids->owned);
	memset(ids, 0, sizeof(*ids));
}

/* Memory that lives, and stays where it is, as long as ids. */
static void *own(struct ipynb_ids *ids, void *memory)
{
	ids->owned = array_grow(ids->owned, ids->count, &ids->cap, sizeof(*ids->owned));
	ids->owned[ids->count++] = memory;
	return memory;
}

bool ipynb_ids_take(struct ipynb_ids *ids, struct span id)
{
	size_t before = ids->table.count;

	if (!id.at)
		return true;
	id.at = own(ids, xmemdup(id.at, id.len)); /* its bytes may be gone before ids is */
	return intern_id(&ids->table, hash_bytes(0, id.at, id.len),
			 own(ids, xmemdup(&id, sizeof(id)))) == before;
}

static struct span made(struct ipynb_ids *ids, char *text)
{
	own(ids, text);
	return (struct span){ text, strlen(text) };
}

static uint64_t draw(const struct ipynb_origin *origin, uint64_t attempt)
{
	return hash_bytes(origin->hash + attempt, &origin->repeat, sizeof(origin->repeat));
}

/* So many hexadecimal digits of v, the most significant first. */
static char *put_hex(char *to, uint64_t v, int digits)
{
	while (digits-- > 0)
		*to++ = "0123456789abcdef"[v >> (4 * digits) & 15];
	return to;
}

static char *uuid_text(uint64_t high, uint64_t low)
{
	static const int groups[] = { 8, 4, 4, 4, 12 };
	char digits[32], *text = xmalloc(39), *o = text, *d = digits;

	put_hex(put_hex(d, high, 16), low, 16);
	digits[12] = '4';                   /* the version: random */
	digits[16] = "89ab"[low >> 60 & 3]; /* the variant */
	*o++ = '"';
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		if (i)
			*o++ = '-';
		memcpy(o, d, (size_t)groups[i]);
		o += groups[i];
		d += groups[i];
	}
	*o++ = '"';
	*o = '\0';
	return text;
}

struct span ipynb_ids_nuid(struct ipynb_ids *ids, const struct ipynb_origin *origin)
{
	for (uint64_t attempt = 0;; attempt++) {
		uint64_t high = draw(origin, attempt);
		uint64_t low = hash_bytes(high, &origin->hash, sizeof(origin->hash));
		struct span id = made(ids, uuid_text(high, low));

		if (ipynb_ids_take(ids, id))
			return id;
	}
}

struct span ipynb_ids_id(struct ipynb_ids *ids, const struct ipynb_origin *origin)
{
	for (uint64_t attempt = 0;; attempt++) {
		unsigned n = (unsigned)(draw(origin, attempt) >> 32);
		struct span id = made(ids, xasprintf("\"%08x\"", n));

		if (ipynb_ids_take(ids, id))
			return id;
	}
}

struct ipynb_origin *ipynb_origins(const struct notebook *nb)
{
	struct ipynb_origin *origins = xcalloc(nb->count, sizeof(*origins));
	cleanup_free size_t *seen = xcalloc(nb->count, sizeof(*seen));
	struct intern table;

	intern_init_cells(&table);
	for (size_t i = 0; i < nb->count; i++) {
		const struct notebook_cell *cell = &nb->cells[i].pub;

		origins[i].hash = cell_hash(cell);
		origins[i].repeat = seen[intern_id(&table, origins[i].hash, cell)]++;
	}
	intern_release(&table);
	return origins;
}
