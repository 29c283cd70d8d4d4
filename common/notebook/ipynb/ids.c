/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cell identities: Databricks' nuid (a UUID of version 4) and nbformat 4.5's id (eight hexadecimal
 * digits here). Both are derived from a hash of the cell; a number is added until they are free.
 */

#include "notebook/ipynb/ids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ipynb_id {
	struct ipynb_id *before; /* owned */
	struct span text;        /* bytes */
	char bytes[];
};

void ipynb_ids_init(struct ipynb_ids *ids)
{
	memset(ids, 0, sizeof(*ids));
	ids->table.equal = intern_equal_spans;
}

void ipynb_ids_release(struct ipynb_ids *ids)
{
	struct ipynb_id *id = ids->last, *before;

	for (; id; id = before) {
		before = id->before;
		free(id);
	}
	intern_release(&ids->table);
	ids->last = NULL;
}

/* An identity of so many bytes and a NUL, still to be written; it lives as long as ids. */
static struct ipynb_id *new_id(struct ipynb_ids *ids, size_t len)
{
	struct ipynb_id *id = xmalloc(sizeof(*id) + len + 1);

	id->before = ids->last;
	id->text = (struct span){ id->bytes, len };
	ids->last = id;
	return id;
}

static bool take(struct ipynb_ids *ids, const struct ipynb_id *id)
{
	size_t before = ids->table.count;

	return intern_id(&ids->table, hash_bytes(0, id->bytes, id->text.len), &id->text) == before;
}

bool ipynb_ids_take(struct ipynb_ids *ids, struct span id)
{
	struct ipynb_id *copy;

	if (!id.at)
		return true;
	copy = new_id(ids, id.len); /* its bytes may be gone before ids is */
	memcpy(copy->bytes, id.at, id.len);
	return take(ids, copy);
}

static uint64_t draw(const struct ipynb_seed *seed, uint64_t attempt)
{
	return hash_bytes(seed->hash + attempt, &seed->repeat, sizeof(seed->repeat));
}

/* So many hexadecimal digits of v, the most significant first. */
static char *put_hex(char *to, uint64_t v, int digits)
{
	while (digits-- > 0)
		*to++ = "0123456789abcdef"[v >> (4 * digits) & 15];
	return to;
}

/* A UUID of version 4 in quotes. */
#define UUID_LENGTH 38

static void put_uuid(char *o, uint64_t high, uint64_t low)
{
	static const int groups[] = { 8, 4, 4, 4, 12 };
	char digits[32], *d = digits;

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
	*o = '"';
}

struct span ipynb_ids_nuid(struct ipynb_ids *ids, const struct ipynb_seed *seed)
{
	for (uint64_t attempt = 0;; attempt++) {
		uint64_t high = draw(seed, attempt);
		uint64_t low = hash_bytes(high, &seed->hash, sizeof(seed->hash));
		struct ipynb_id *id = new_id(ids, UUID_LENGTH);

		put_uuid(id->bytes, high, low);
		if (take(ids, id))
			return id->text;
	}
}

struct span ipynb_ids_id(struct ipynb_ids *ids, const struct ipynb_seed *seed)
{
	for (uint64_t attempt = 0;; attempt++) {
		unsigned n = (unsigned)(draw(seed, attempt) >> 32);
		struct ipynb_id *id = new_id(ids, 10);

		snprintf(id->bytes, 11, "\"%08x\"", n);
		if (take(ids, id))
			return id->text;
	}
}

struct ipynb_seed *ipynb_seeds(const struct notebook *nb)
{
	struct ipynb_seed *seeds = xcalloc(nb->count, sizeof(*seeds));
	cleanup_free size_t *seen = xcalloc(nb->count, sizeof(*seen));
	struct intern table;

	intern_init_cells(&table);
	for (size_t i = 0; i < nb->count; i++) {
		const struct notebook_cell *cell = &nb->cells[i].pub;

		seeds[i].hash = cell_hash(cell);
		seeds[i].repeat = seen[intern_id(&table, seeds[i].hash, cell)]++;
	}
	intern_release(&table);
	return seeds;
}
