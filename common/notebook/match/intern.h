/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Gives equal things equal small numbers, in the order of their first appearance, so that whoever
 * compares sequences of cells or lines compares integers.
 */

#include "notebook/model/model.h"

typedef bool (*intern_equal_fn)(const void *a, const void *b);
/* For keys that are spans. */
bool intern_equal_spans(const void *a, const void *b);

struct intern_slot {
	uint64_t hash;
	const void *key; /* borrowed; NULL: free */
	size_t id;
};

struct intern {
	struct intern_slot *slots; /* owned */
	size_t size, count;        /* size is a power of two */
	intern_equal_fn equal;
};

void intern_release(struct intern *in);
/* key must stay alive as long as the table. */
size_t intern_id(struct intern *in, uint64_t hash, const void *key);

/* The number of an equal thing, SIZE_MAX when there is none. */
size_t intern_look(const struct intern *in, uint64_t hash, const void *key);

void intern_init_cells(struct intern *in);
size_t intern_cell(struct intern *in, const struct notebook_cell *cell);
