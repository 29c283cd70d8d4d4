/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files about updating a .ipynb share. */

#include "notebook/ipynb/edit.h"
#include "notebook/ipynb/ids.h"
#include "notebook/ipynb/write.h"
#include "notebook/match/place.h"

/* Depths in the document, counted in open brackets. */
enum { DEPTH_LIST = 1, DEPTH_CELL, DEPTH_CELL_MEMBER, DEPTH_CELL_METADATA, DEPTH_CELL_FLAG };

struct updater {
	const struct update *up;
	struct jstyle style;
	struct ipynb_form form;
	struct ipynb_ids ids;
	struct ipynb_seed *seeds; /* owned; of nb's cells */
	bool bad;                 /* some text was not UTF-8 */
};

struct jemit updater_emit(const struct updater *u, struct buf *out, unsigned depth);

/* Writes an old cell with the text, title and flags of cell; its own id, metadata and, as the
 * options want it, outputs stay. */
void ipynb_put_changed(struct updater *u, struct buf *out, const struct cell *old,
		       const struct cell *cell);

/* Whether an unchanged cell says something else than the file beyond its text. */
bool ipynb_cell_differs(const struct updater *u, const struct cell *old, const struct cell *cell);

/* Writes new cell j as this file writes its own. */
void ipynb_put_new(struct updater *u, struct buf *out, size_t j);

/* Writes a cell that came from another .ipynb, with its metadata and attachments. */
void ipynb_put_imported(struct updater *u, struct buf *out, size_t j);

/* Writes the notebook's metadata with the language and environment of nb. */
void ipynb_put_metadata(struct updater *u, struct buf *out);
bool ipynb_metadata_differs(const struct update *up);

/* metadata[key], an object, with some members exchanged, as an edit of metadata; none when there are
 * none to exchange. */
void ipynb_edit_object(struct updater *u, struct edits *outer, const char *key,
		       struct edits *edits);

/* The environment of nb in old's metadata: edits of the metadata and of Databricks' object in it. */
void ipynb_edit_environment(struct updater *u, struct edits *metadata, struct edits *databricks);
