/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Reading what a look found into rows.
 */

#include "side/workspace/sort.h"

/* Some of what is to be read, as many as are read at once. */
struct workspace_batch {
	struct workspace_item *items; /* borrowed */
	size_t count;
	bool asked;   /* as in struct workspace_looked */
	size_t bytes; /* out: of the contents that were held in memory at once */
};

/* Reads all that looked collected, whose items are in disorder afterwards: notebooks in batches
 * that fit into memory, then other files. One that fails is held. ERR_CANCELLED, or an error of the
 * workspace as a whole. */
int workspace_take(struct workspace_side *s, struct workspace_looked *looked, struct err *e);

/* The export of one notebook, in the item's format, into its row. Errors as content_take(); the row
 * is then as it was. */
int workspace_take_content(struct side_context *c, const struct workspace_item *item,
			   const struct buf *content, struct err *e);

struct workspace_exports {
	struct workspace_wanted_row {
		struct row *row; /* borrowed */
		enum workspace_form form;
		size_t index; /* for take */
	} * items;            /* borrowed; in disorder afterwards */
	size_t count;
	/* Called once for each item with what came of it: an error in result->code, or the
	 * content. */
	void (*take)(void *payload, size_t index, struct workspace_result *result);
	void *payload;
};
/* Exports the notebooks of rows, each in its form, as many at a time as fit into memory.
 * ERR_CANCELLED, or an error of the workspace as a whole; take was then not called for all. */
int workspace_export_rows(struct workspace_side *s, const struct workspace_exports *exports,
			  struct err *e);
