/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files about .ipynb share: names of keys, and access to the parts of one cell. */

#include "notebook/json/jscan.h"
#include "notebook/model/model.h"

#define IPYNB_CELL_KEY     "application/vnd.databricks.v1+cell"
#define IPYNB_NOTEBOOK_KEY "application/vnd.databricks.v1+notebook"

/* The members of a cell object that we know; at is NULL for a missing one. */
struct ipynb_parts {
	struct span type, source, metadata, outputs, count, id, attachments;
	struct span databricks;                 /* inside metadata, under IPYNB_CELL_KEY */
	struct span title, show_title, sandbox; /* inside databricks */

	/* set by the caller: receives what source means; NULL when nobody wants to know */
	struct buf *text;
	/* where source is neither a string nor a list of strings, and what is wrong there */
	const char *bad_source, *bad_source_why;
};

/* Takes one cell object from the scanner; parts is zero but for text. A key of ours that stands there
 * twice is a problem, because two readers would disagree about what the cell says. */
bool ipynb_scan_cell(struct jscan *s, struct span *whole, struct ipynb_parts *parts);

/* The same from a cell's raw span, which was validated when it was read. */
void ipynb_cell_parts(struct span raw, struct ipynb_parts *parts);

/* Whether a span is the literal true. */
bool ipynb_is_true(struct span value);

/* Whether a span is a list or an object with nothing in it. */
bool ipynb_is_empty(struct span container);

/* Whether the user tagged the cell to keep its outputs, as nbstripout understands it: the tag
 * "keep_output", or "keep_output": true in its metadata. */
bool ipynb_keeps_output(const struct ipynb_parts *parts);

/* A string span decoded; NULL when the span is no string. The caller frees it. */
char *ipynb_string(struct span string);

/* The language that the notebook's metadata names, also by the name of a kernel; false when it names
 * one that Databricks does not have. *out is Python when it names none. language.c has the
 * table of names. */
bool ipynb_language(struct span metadata, enum notebook_language *out);

/* The environment that a notebook's metadata tells: Databricks' object tells its keys (none, when it
 * has no environmentMetadata), our own of the hub the rest. */
void ipynb_environment(struct span metadata, struct environment *env);
