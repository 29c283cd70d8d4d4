/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * From the bytes somebody sends to the object the workspace keeps, and back: what format AUTO makes
 * of a name and a content, the header line, Databricks' rewriting of Jupyter, conversion between the
 * two notebook formats.
 */

#include "notebook/notebook.h"
#include "tests/emulator/knobs.h"
#include "tests/emulator/rng.h"
#include "tests/emulator/store.h"

/* The formats of the API that import understands; the rest is refused by name. */
enum content_format { CONTENT_AUTO, CONTENT_SOURCE, CONTENT_JUPYTER, CONTENT_RAW };

/* An object ready for store_put(). */
struct content {
	char *name;                  /* owned; without the extension that AUTO took off */
	struct store_content object; /* data points into bytes */
	struct buf bytes;            /* owned */
};

#define cleanup_content __attribute__((cleanup(content_release)))
void content_release(struct content *c);

struct content_source {
	const char *name; /* last component of the path */
	const char *data;
	size_t len;
	enum content_format format;
	enum notebook_language language; /* for CONTENT_SOURCE */
};

/* Decides what it becomes and makes it so. ERR_INVALID: a broken Jupyter notebook. */
int content_make(struct content *out, const struct content_source *in, struct knobs *k,
		 struct rng *rng, struct err *e);

/* Appends a stored notebook's content in the format asked for, as the API exports it: without a
 * newline behind the last cell. data, len: what the store holds. */
int content_convert(struct buf *out, const struct node *n, const char *data, size_t len,
		    enum notebook_format format, bool strip_outputs, struct err *e);

/* Gives a notebook new text in the other format than it is stored in, as an editor would: data is
 * turned into n's format, and what old held beside the text stays. */
int content_edit(struct buf *out, const struct node *n, const struct buf *old, const char *data,
		 size_t len, enum notebook_format format, struct err *e);

/* "py", "sql", "scala", "r". */
const char *content_extension(enum notebook_language language);
