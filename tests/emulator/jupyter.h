/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What Databricks makes of a Jupyter notebook: its API export is never the bytes that were
 * imported, unless these were an export. Indent 1 and no final newline; keys of a cell in one order;
 * cell ids gone, every cell with a nuid, the one it had if any; Databricks' metadata added; sources
 * split into lines; "output_type" twice in every output. Texts, titles, languages, outputs, tags,
 * widgets, dashboards and environments stay what they were.
 */

#include "base/buf.h"
#include "base/err.h"
#include "notebook/notebook.h"

struct jupyter_options {
	const char *name;    /* notebookName */
	uint64_t nuid_seed;  /* of cells that have no nuid; 0: all have one */
	bool new_nuids;      /* of all cells */
	bool duplicate_keys; /* "output_type" twice */
	bool strip_outputs;
};

/* Appends the rewritten notebook; *language is what its metadata says, python when nothing.
 * ERR_INVALID: not JSON, or without cells, metadata or an nbformat of at least 4. */
int jupyter_rewrite(struct buf *out, enum notebook_language *language, const char *data, size_t len,
		    const struct jupyter_options *options, struct err *e);
