/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The identities that a file's cells already have, so that a new one differs from all of them. */

#include "notebook/match/intern.h"

struct ipynb_ids {
	struct intern table;
	struct ipynb_id *last; /* owned, with those before it: the table's keys */
};

void ipynb_ids_init(struct ipynb_ids *ids);
void ipynb_ids_release(struct ipynb_ids *ids);

/* Takes a string span (with its quotes); false when it was taken before. */
bool ipynb_ids_take(struct ipynb_ids *ids, struct span id);

/* What a new cell's identities are derived from: its content, and how many equal cells precede it.
 * No clock, no random numbers: the same input gives the same file. */
struct ipynb_seed {
	uint64_t hash;
	size_t repeat;
};

/* The seeds of all cells. The caller frees the result. */
struct ipynb_seed *ipynb_seeds(const struct notebook *nb);

/* New identities that are not taken yet, and take them: string spans with quotes, valid as long as
 * ids. */
struct span ipynb_ids_nuid(struct ipynb_ids *ids, const struct ipynb_seed *seed);
struct span ipynb_ids_id(struct ipynb_ids *ids, const struct ipynb_seed *seed);
