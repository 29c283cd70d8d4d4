/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which of the objects that a look found have to be read.
 */

#include "side/workspace/internal.h"

/* An object that is to be read into a row. */
struct workspace_item {
	struct row *row;                       /* borrowed */
	const struct workspace_object *object; /* borrowed; its path perhaps gone: the row has it */
	enum workspace_format format;          /* in which a notebook stands there */
};

/* What is to be read. { 0 } is an empty one. */
struct workspace_looked {
	struct workspace_items {
		struct workspace_item *items; /* owned */
		size_t count, cap;
	} notebooks, files; /* files: those that are no notebooks */
	bool asked;         /* each was asked for by name, see workspace_hold_unread() */
};
void workspace_looked_release(struct workspace_looked *looked);

/* Whether an object is of a type that is kept in step. */
bool workspace_travels(const struct side_context *c, const struct workspace_object *o);

/* Takes one listed or stat'ed object below the mapping's folder: its row is marked as found when
 * nothing changed, held when it cannot be read, or added to looked. What is not ours goes into
 * s->occupied, what is a copy of a clash into the copies. The object must live as long as
 * looked. */
void workspace_sort(struct workspace_side *s, const struct workspace_object *o,
		    struct workspace_looked *looked);
