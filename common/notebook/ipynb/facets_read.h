/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The facets that cells and notebooks say. */

#include "notebook/model/facets.h"

/* What a cell says; nothing for NULL. to is zero; values are borrowed from the cell's or notebook's
 * bytes. */
void facets_of_cell(struct facets *to, const struct cell *cell, enum notebook_outputs outputs);

/* What cell wants of the cell old (may be NULL) of a file that it is written into. Where outputs
 * count only from now on, because somebody has just asked to keep them, a new cell without outputs
 * does not mean that they were removed. */
void facets_wanted(struct facets *to, const struct cell *cell, const struct cell *old,
		   enum notebook_outputs outputs);
/* What the notebook says itself, without its cells; to is zero, values are borrowed. */
void facets_of_notebook(struct facets *to, const struct notebook *nb);

/* Whether two cells are the same bytes: a quick way to pass over most of them. */
bool facets_same_bytes(const struct cell *a, const struct cell *b);

/* Whether all cells of two notebooks, and what they say themselves, agree; cells that only one of
 * them has say nothing in the other. */
bool facets_agree_in_all(const struct notebook *a, const struct notebook *b,
			 enum notebook_outputs outputs);
