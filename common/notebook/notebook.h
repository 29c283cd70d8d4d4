/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Notebooks: one model for Databricks source (.py .sql .scala .r) and Jupyter (.ipynb), pure, no I/O.
 *
 * A parsed notebook remembers the bytes it came from. Writing it back in its own format returns
 * those bytes; notebook_update() copies every cell that did not change byte for byte and encodes
 * only what did. Every writer decodes what it wrote and compares; if that differs it refuses and
 * names the cell, rather than write a guess.
 */

#include "base/err.h"
#include "notebook/model/types.h"

/* What bytes are read as. */
struct notebook_reading {
	enum notebook_format format;
	/* Of source: the file extension's. Ignored for ipynb, whose metadata says; python when it does
	 * not. */
	enum notebook_language language;
	const struct notebook_limits *limits; /* borrowed; NULL: all are the default */
};
/* For a call: without other limits than the default. */
#define NOTEBOOK_AS(f, l) (&(const struct notebook_reading){ .format = (f), .language = (l) })

/* Parses; data is copied. ERR_INVALID with "line L, column C: …" for anything that is not a notebook of
 * that format. */
int notebook_parse(struct notebook **out, const char *data, size_t len,
		   const struct notebook_reading *as, struct err *e);

/* The same, but takes the memory of data over instead of copying it; data is empty afterwards, also
 * on error. For notebooks of a hundred megabytes. */
int notebook_parse_take(struct notebook **out, struct buf *data, const struct notebook_reading *as,
			struct err *e);

/* How much of the text of their cells two notebooks share, in thousandths: lines, or what is the same at
 * both ends. */
unsigned notebook_similarity(const struct notebook *a, const struct notebook *b);

/*
 * Writes nb as a new file in format: its own bytes when it came in that format (outputs stripped
 * as options say), otherwise the form Databricks' Git folders write. out is appended to.
 * ERR_INVALID names the cell that format cannot carry: "cell N, line M: …".
 *
 * Databricks gives each cell of a new .ipynb a random nuid; ours is derived from the cell's content
 * and from how many equal cells precede it, so that the same notebook gives the same bytes.
 */
int notebook_write(const struct notebook *nb, enum notebook_format format,
		   const struct notebook_options *options, struct buf *out, struct err *e);

/* ERR_INVALID with the first thing, by name, that the environment block of nb says and a new .ipynb has
 * no place for, which notebook_write() leaves out unless options->private. 0 for .ipynb. */
int notebook_refuse_block(const struct notebook *nb, struct err *e);

/*
 * Writes nb into the file that old came from, in old's format: unchanged cells keep their bytes, ids
 * and run state; moved cells are recognised; changed cells keep id, metadata and title and lose
 * their outputs by options->outputs. Of tags, attachments, widgets and dashboards (and of outputs,
 * where options->outputs says that they count) what nb tells is written where it differs, only the
 * members that differ, in the file's own style; what nb's format cannot tell stays as it is in
 * old, so a source nb never takes a tag away. When the two agree in all that both tell the result is
 * old's bytes. An inserted cell that itself comes from a .ipynb brings its metadata, attachments and
 * (by options) outputs along. Of the environment what nb tells is written, key by key: Python source
 * tells all of it, an .ipynb of Databricks all but what only a block of source can say.
 * ERR_INVALID as notebook_write(), also when old is source and nb in another language, or the file
 * cannot carry what nb tells.
 */
int notebook_update(const struct notebook *old, const struct notebook *nb,
		    const struct notebook_options *options, struct buf *out, struct err *e);

/*
 * A notebook says more than its cells. These parts, its facets, are compared and merged each for
 * itself:
 *
 *   cells        language, and per cell type, text, title, flags
 *   environment  environment.h
 *   tags         every key of a cell's metadata that people set, as a JSON value; attachments; the
 *                inputWidgets of Databricks' object. Not what runs and editors leave: run times,
 *                scrolled and collapsed, identities (ipynb/facets_read.c has them)
 *   widgets      widgets (each for itself), dashboards, inputWidgetPreferences of Databricks' object
 *   outputs      a cell's list of outputs, without execution counts, where enum notebook_outputs
 *                says that they count: of all cells, or of those tagged keep_output
 *
 * null, {} and [] say as much as a missing key: nothing. Source tells cells and, in Python, the
 * environment; .ipynb tells all. What a format cannot tell is not told, which is never the same as
 * removed.
 */

/*
 * The canonical form: what two notebooks must agree in to count as equal, whatever format they
 * came from: all facets (blank styles, JSON spelling, ids, run state and final newlines left out).
 * Appended to out; its hash is the canonical hash. A notebook that says nothing beyond its cells
 * gives the same bytes in every format.
 *
 * Left out as well, because some export loses them without an edit: newlines at the end of a last
 * code cell, and the difference between no cell and one empty cell.
 */
void notebook_canonical(const struct notebook *nb, enum notebook_outputs outputs, struct buf *out);
/* Equal in every facet that both formats tell. */
bool notebook_agree(const struct notebook *a, const struct notebook *b,
		    enum notebook_outputs outputs);

/* Whether nb says something that source of its language cannot. */
bool notebook_is_rich(const struct notebook *nb, enum notebook_outputs outputs);

/* What a merge starts from; all borrowed. */
struct notebook_versions {
	const struct notebook *base; /* NULL: nothing in common */
	const struct notebook *ours, *theirs;
};

/*
 * Three-way merge, per facet: cells by cells, metadata key by key, the outputs of a cell as one
 * value. *out is a new notebook in ours' format, or .ipynb when
 * ours is source and theirs is rich. A facet that a format cannot tell is as in base. *conflict tells
 * that something was changed on both sides in a way that cannot be joined: *out then has ours' version
 * of it, and the caller keeps theirs beside it. A cell that one side deleted and whose text the other
 * left alone is deleted, with what the other said about it.
 */
int notebook_merge(struct notebook **out, bool *conflict, const struct notebook_versions *versions,
		   enum notebook_outputs outputs, struct err *e);

/*
 * What a place holds whose own format may not tell all: whole is the version that it held when it
 * last agreed, told are the place's bytes of then (NULL: told was whole), raw its bytes of now. *out
 * has raw's cells exactly; of the other facets what raw tells and told did not, else whole's: what raw
 * cannot tell is whole's, and what raw said already when it last agreed is no edit. Never a conflict.
 * *out is .ipynb when whole is, or there is something source cannot say; else source.
 * ERR_INVALID as notebook_update(), where whole's file cannot carry raw's cells.
 */
int notebook_lift(struct notebook **out, const struct notebook *whole, const struct notebook *told,
		  const struct notebook *raw, enum notebook_outputs outputs, struct err *e);

/* What else a file is that is no notebook, where its first bytes tell: empty, UTF-16, a pointer of Git
 * LFS, an HTML page. A phrase for a sentence, static; NULL otherwise. */
const char *notebook_other_kind(const char *data, size_t len);
