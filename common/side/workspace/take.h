/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a look of the workspace found, sorted and read into rows; for workspace_*.c only.
 */

#include "side/workspace/internal.h"

#define WORKSPACE_FILES_AT_ONCE 8 /* bounds the room they take on the disk on their way */

/* An object on its way into a row. */
struct workspace_item {
	struct row *row;                       /* borrowed */
	const struct workspace_object *object; /* borrowed; its path perhaps gone: the row has it */
	enum workspace_format format;          /* in which a notebook stands there */
};

struct workspace_batch {
	struct workspace_item *items; /* borrowed */
	size_t count;
	/* Each was asked for by name just now, and is there. One that has no content all the same
	 * is held: two answers that contradict each other say nothing. Without this it is left as
	 * it was, to be asked for. */
	bool asked;
	size_t bytes; /* out: what was held in memory at once */
};

/* What a look collects before it reads: notebooks in batches, other files one after the other into the
 * hub. { 0 } is an empty one. */
struct workspace_looked {
	struct pending {
		struct workspace_item *items; /* owned */
		size_t count, cap;
	} notebooks, files;
	bool asked; /* of all of them, as above */
};

/* Whether an object is of a type that travels. */
bool workspace_travels(const struct side_context *c, const struct workspace_object *o);

/* Takes one listed or stat'ed object: unchanged, held, or among those that are to be read. The object
 * must live as long as looked. */
void workspace_sort(struct workspace_side *s, const struct workspace_object *o,
		    struct workspace_looked *looked);

/* Reads what was sorted; a failure of one object holds its path. ERR_CANCELLED, or an error of the
 * workspace as a whole. */
int workspace_take(struct workspace_side *s, struct workspace_looked *looked, struct err *e);
/*
 * Exports the notebooks of rows, each in its form, as many at a time as fit into memory; take gets what came
 * of each, once: error.code, or the content. ERR_CANCELLED, or an error of the workspace as a whole.
 */
struct workspace_exports {
	struct workspace_wanted_row {
		struct row *row; /* borrowed */
		enum workspace_form form;
		size_t index; /* for take */
	} * items;            /* borrowed; in disorder afterwards */
	size_t count;
	void (*take)(void *payload, size_t index, struct workspace_result *result);
	void *payload;
};
int workspace_export_rows(struct workspace_side *s, const struct workspace_exports *exports,
			  struct err *e);

/* Takes the export of one notebook, in the item's format. Errors as content_take(); the row is then as
 * it was. */
int workspace_take_content(struct side_context *c, const struct workspace_item *item,
			   const struct buf *content, struct err *e);
void workspace_looked_release(struct workspace_looked *looked);

/* The path below the mapping's folder; NULL when it is the folder itself or elsewhere. */
const char *workspace_relative(const struct workspace_side *s, const char *path);

/* Takes what came of one object that could not be read or used, by the rules of asked above. */
void workspace_not_taken(const struct workspace_batch *b, size_t i, enum hold_reason reason,
			 int code, const struct err *why);

/* The part of workspace_take() for files that are no notebooks: at most WORKSPACE_FILES_AT_ONCE of
 * them. Nothing is held in memory. */
int workspace_take_files(struct workspace_side *s, struct workspace_batch *b, struct err *e);

/* Whether a file that is no notebook cannot travel, which holds its path. */
bool workspace_file_refused(struct row *row, const struct workspace_object *o);

/* A root that lost everything it once agreed on, or is another one, waits for a human (ERR_CONFIG).
 * listed: what listing it returned; shows_some: something that travels stands there, or may. name is
 * for sentences. */
int workspace_root_check(struct side_context *c, int listed, bool shows_some, const char *name,
			 struct err *e);
/* After all rows are up to date: which folder this is, and as whom we see it; asked once, and again
 * whenever something is missing. */
int workspace_root_check_identity(struct workspace_side *s, const char *name, struct err *e);
