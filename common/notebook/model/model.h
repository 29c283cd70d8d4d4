/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside a parsed notebook; only notebook/ and its folders include this.
 *
 * The bytes a notebook came from are kept once, and every cell points at its own part of them. What
 * stands between two neighbours (a separator with its blank lines, a comma with its indent) is the
 * gap between their raw spans, so nothing about the original spelling needs a field of its own.
 */

#include "base/err.h"
#include "base/span.h"
#include "notebook/environment/environment.h"
#include "notebook/model/memory.h"
#include "notebook/model/types.h"

#define NOTEBOOK_BYTES_DEFAULT ((size_t)100 << 20)
#define NOTEBOOK_CELLS_DEFAULT ((size_t)10000)
#define NOTEBOOK_DEPTH_DEFAULT ((size_t)128)

struct facets; /* facets.h */

struct cell {
	struct notebook_cell pub; /* its members are owned */
	/* borrowed from the bytes of the notebook it was read from; at is NULL for a made-up cell.
	 * Source: title, text and MAGIC marks without the separators. ipynb: the cell's JSON object. */
	struct span raw;
	enum notebook_format raw_format;
	/* owned; what the cell says beyond its text, in a model that a merge makes; NULL elsewhere:
	 * what raw says. Few bytes: a notebook has many cells. */
	struct facets *facets;
	bool has_outputs;
	bool crlf;      /* ipynb: every line of the text ends in CR LF in the file */
	bool has_count; /* an execution_count other than null and 0 */
};

/* Of a notebook that was read from source. */
struct source_layout {
	bool spaced_blanks; /* an empty line of a MAGIC cell is "# MAGIC " (before 2023-05) */
	size_t header_len;  /* BOM and header line with its LF */
};

/* Of a notebook that was read from ipynb. */
struct ipynb_layout {
	int minor;            /* nbformat_minor */
	struct span array;    /* the cells array with its brackets */
	struct span metadata; /* the notebook's metadata object; at is NULL when missing */
};

struct notebook {
	enum notebook_format format;
	enum notebook_language language;
	bool foreign;      /* in a language that no Databricks source has */
	const char *bytes; /* source with CRLF: normalised to LF, exactly invertible */
	size_t len;
	char *own_bytes; /* owned: bytes; NULL: they belong to somebody else */
	bool crlf;       /* source: every LF of the file was a CR LF */

	struct cell *cells; /* owned */
	size_t count, cap;
	struct environment environment;
	struct facets *facets; /* owned; as a cell's */

	/* How its bytes are laid out; that of the other format is zeroed. */
	struct source_layout source;
	struct ipynb_layout ipynb;
};

struct notebook *model_new(enum notebook_format format, enum notebook_language language);
/* A new cell at the end, zeroed. */
struct cell *model_add(struct notebook *nb);
/* A copy of from's fields; the raw span is shared and must outlive the copy. */
void model_add_copy(struct notebook *nb, const struct cell *from);
void cell_release(struct cell *cell);

/* Text as a C string, for titles: C0 80 stands for a NUL in it. The caller frees it. */
char *model_c_string(const char *text, size_t len);

/*
 * Turns a code cell into what Databricks shows: text that begins with %md or %md-sandbox is a
 * markdown cell (marker, blanks after it and at most one newline removed), text that begins with
 * the two lines of MODEL_RAW_MARK is a raw cell.
 */
void model_classify(struct notebook_cell *cell);

/* Source has no raw cells. "%skip" makes Databricks pass over a cell, so a raw cell travels as a
 * cell that begins with these two lines and is recognised by them. */
#define MODEL_RAW_MARK "%skip\n%raw\n"

/* Length of the leading marker of a markdown cell's text in source ("%md " or "%md\n"), 0 when the
 * text is none. */
size_t model_markdown_mark(const char *text, size_t len, bool *sandbox);

bool cell_equal(const struct notebook_cell *a, const struct notebook_cell *b);
uint64_t cell_hash(const struct notebook_cell *cell);
uint64_t hash_bytes(uint64_t seed, const void *data, size_t len);
/* Makes every line end an LF: drops the CRs before each LF, and takes any other CR for one. Both
 * formats read a text so: a line's end is no content, and a text that went through the one must be the
 * same in the other. True when every line ended in CR LF. */
bool model_plain_lines(char *text, size_t *len);

/* Whether the last cells are equal but for newlines at the end of a plain one. Both have cells. */
bool model_last_equal(const struct notebook *a, const struct notebook *b);

/* A single empty code cell, which is how Databricks shows a notebook without cells. */
bool model_is_blank(const struct notebook *nb);

/* Sets ERR_INVALID "line L, column C: why". */
int model_invalid(struct err *e, const char *data, size_t offset, const char *why);
