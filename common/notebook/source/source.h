/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Databricks source as the rest of notebook/ uses it. */

#include "notebook/match/place.h"

/* Reads nb->bytes. ERR_INVALID "line L, column C: …". */
int source_read(struct notebook *nb, const struct notebook_limits *limits, struct err *e);

/* Writes a new file. ERR_INVALID: a cell that source cannot hold. */
int source_write(const struct notebook *nb, const struct notebook_options *options, struct buf *out,
		 struct err *e);

/* Writes into the old file, with LF: the caller restores CR LF. ERR_INVALID as source_write(). */
int source_update(const struct update *up, struct buf *out, struct err *e);

/* Whether nb's environment changes the file's block. */
bool source_environment_differs(const struct update *up);

/* Why source cannot carry cell i of nb, as a sentence with cell and line; false when it can, as far
 * as one cell alone can tell. */
bool source_refuses(const struct notebook *nb, size_t i, enum notebook_language language,
		    struct err *e);
