/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Notebooks in blobs of the hub, for the files that make versions of bytes and bytes of versions.
 * Errors are the hub's, or ERR_INVALID when a blob is no notebook of its format.
 */

#include "memory/content.h"

/* What counts of outputs. */
enum notebook_outputs content_outputs(const struct content *c);

/* The hash of a notebook's canonical form. */
void content_canon(const struct content *c, const struct notebook *nb, struct oid *out);

/* Parses a version's blob, or what a side's entry says in its own bytes. *out is the caller's. */
int content_parse(const struct content *c, const struct version *v, struct notebook **out,
		  struct err *e);
int content_parse_raw(const struct content *c, const struct entry *entry, struct notebook **out,
		      struct err *e);

/* Appends nb, which is .ipynb, without the outputs that do not travel. */
int content_write_plain(const struct content *c, const struct notebook *nb, struct buf *out,
			struct err *e);

/* Puts a notebook into the hub as a version of the row, as it stands but for outputs that do not
 * count. */
int content_store(const struct content *c, const struct row *row, const struct notebook *nb,
		  struct version *out, struct err *e);
