/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Writing facets into an existing .ipynb: only those that differ. */

#include "notebook/ipynb/facets_read.h"
#include "notebook/ipynb/updater.h"

/* Edits of one cell object, of its metadata, and of Databricks' object in that. */
struct cell_edits {
	struct edits cell, metadata, databricks;
};

void cell_edits_release(struct cell_edits *edits);

/* Sets what old says in the file and wanted does not say the same of; nothing that wanted does not
 * tell. can_run: the cell is one that has outputs. The keys are borrowed from both lists. */
void ipynb_edit_facets(struct updater *u, struct cell_edits *edits, const struct facets *old,
		       const struct facets *wanted, bool can_run);

/* Writes the cell object (a span of this file's style, or of this file) with the edits made. */
void ipynb_apply_cell(struct updater *u, struct buf *out, struct span raw,
		      const struct ipynb_parts *parts, struct cell_edits *edits);

/* Whether what new says of the notebook itself has to be written. */
bool ipynb_facets_differ(const struct update *up);

/* Sets widgets and dashboards in Databricks' object of the notebook's metadata. old and wanted must
 * outlive the edits. */
void ipynb_edit_notebook(struct updater *u, struct edits *databricks, const struct facets *old,
			 const struct facets *wanted);
