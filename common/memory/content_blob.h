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

/* How notebooks at path are written: which outputs travel, and the name that a new one gets. */
struct notebook_options content_options(const struct content *c, const char *path);

/* Parses a blob of this format and language. *out is the caller's. */
int content_parse_blob(const struct content *c, const struct oid *blob, enum notebook_format format,
		       enum notebook_language language, struct notebook **out, struct err *e);

/* Parses a version's blob, or what a side's entry says in its own bytes. *out is the caller's. */
int content_parse(const struct content *c, const struct version *v, struct notebook **out,
		  struct err *e);
int content_parse_raw(const struct content *c, const struct entry *entry, struct notebook **out,
		      struct err *e);

/* Makes a version that is source .ipynb: then it has no tags, for example, while source only does not say
 * whether there are any. What no .ipynb can hold, bytes that are not text, stays as it is. */
int content_to_ipynb(struct notebook **nb, struct err *e);
/* content_parse(), and that. */
int content_parse_as_ipynb(const struct content *c, const struct version *v, struct notebook **out,
			   struct err *e);

/* Appends nb, which is .ipynb, without the outputs that do not travel. */
int content_write_plain(const struct content *c, const struct notebook *nb, struct buf *out,
			struct err *e);

/* Puts a notebook into the hub as a version of the row, as it stands but for outputs that do not
 * count. */
int content_store(const struct content *c, const struct row *row, const struct notebook *nb,
		  struct version *out, struct err *e);
