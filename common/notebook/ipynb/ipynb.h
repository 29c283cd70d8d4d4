/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The format .ipynb as the rest of notebook/ uses it. */

#include "notebook/match/place.h"

/* Reads nb->bytes. ERR_INVALID "line L, column C: …". */
int ipynb_read(struct notebook *nb, const struct notebook_limits *limits, struct err *e);

/* Writes a new file. ERR_INVALID: some text is not UTF-8. */
int ipynb_write(const struct notebook *nb, const struct notebook_options *options, struct buf *out,
		struct err *e);

/* Writes into the old file. ERR_INVALID as ipynb_write(). */
int ipynb_update(const struct update *up, struct buf *out, struct err *e);

/* Whether nb's environment changes the notebook's metadata. */
bool ipynb_environment_differs(const struct update *up);

/*
 * The notebook's bytes with outputs an empty list and execution_count what it was before the first
 * run (0 in a file of Databricks, else null) in every cell, and without what options->run_state says;
 * with NOTEBOOK_OUTPUTS_KEEP_TAGGED except in cells tagged keep_output. Nothing else changes.
 */
void ipynb_strip_outputs(const struct notebook *nb, const struct notebook_options *options,
			 struct buf *out);

/* Whether nb's bytes hold what only a file of the hub holds, and the bytes without it. */
bool ipynb_has_private(const struct notebook *nb);
void ipynb_drop_private(const struct notebook *nb, struct buf *out);
