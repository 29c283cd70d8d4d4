/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What Databricks makes of a Jupyter notebook: its API export is never the bytes that were
 * imported. Indent 1 and no final newline; keys of a cell in one order;
 * cell ids gone, every cell with a new nuid; Databricks' metadata added; sources split into lines;
 * "output_type" twice in every output. Texts, titles, languages and outputs stay what they were.
 */

#include "base/buf.h"
#include "base/err.h"
#include "notebook/notebook.h"

struct jupyter_options {
	const char *name;    /* notebookName */
	uint64_t nuid_seed;  /* 0: keep the nuids that are there */
	bool duplicate_keys; /* "output_type" twice */
	bool strip_outputs;
};

/* Appends the rewritten notebook; *language is what its metadata says, python when nothing.
 * ERR_INVALID: not JSON, or without cells, metadata or an nbformat of at least 4. */
int jupyter_rewrite(struct buf *out, enum notebook_language *language, const char *data, size_t len,
		    const struct jupyter_options *options, struct err *e);
