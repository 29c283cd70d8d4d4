/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The difference of two notebooks as a list of cells, in reading order. */

#include "notebook/model/types.h"

enum notebook_change {
	NOTEBOOK_EQUAL,
	NOTEBOOK_CHANGED, /* the same cell with other content */
	NOTEBOOK_INSERTED,
	NOTEBOOK_DELETED
};

#define NOTEBOOK_NO_CELL SIZE_MAX

struct notebook_diff_entry {
	enum notebook_change change;
	size_t old; /* index in the old notebook, NOTEBOOK_NO_CELL when inserted */
	size_t nb;  /* index in the new one, NOTEBOOK_NO_CELL when deleted */
	bool moved; /* equal or changed, and elsewhere than most others */
};

struct notebook_diff {
	struct notebook_diff_entry *entries; /* owned */
	size_t count, cap;
};

/* Every cell of both notebooks stands in exactly one entry. The cells of the new one come in their
 * order; a deleted cell comes where it stood, before what was inserted in its place. */
void notebook_diff(struct notebook_diff *out, const struct notebook *old,
		   const struct notebook *nb);
void notebook_diff_release(struct notebook_diff *diff);
