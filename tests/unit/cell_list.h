/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A notebook as a list of cells that edits work on. Nothing in it is left to chance. */

#include "base/buf.h"
#include "notebook/notebook.h"

#define CELLS_MAX 40

struct list {
	struct cell *cells[CELLS_MAX * 3]; /* owned */
	size_t which[CELLS_MAX * 3];       /* the base cell it was; SIZE_MAX: a new one */
	size_t count;
};

enum kind { CHANGE, TITLE, REPLACE, INSERT, DELETE, MOVE, KINDS };

struct op {
	enum kind kind;
	size_t base; /* the cell it is about; for INSERT and MOVE the one before */
	size_t moved;
	unsigned number; /* makes its text unique */
	unsigned where;
};

/* Owned by the caller. */
struct cell *list_copy_cell(const struct cell *from);
void list_copy(struct list *to, const struct list *from);
void list_release(struct list *l);
/* The different cells of a notebook, at most CELLS_MAX. */
void list_from(struct list *l, const struct notebook *nb);
/* Does nothing when the cell that it is about is gone. */
void list_apply(struct list *l, const struct op *op);
