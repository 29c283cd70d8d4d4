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

#include "base/buf.h"
#include "base/err.h"

enum notebook_format { NOTEBOOK_SOURCE, NOTEBOOK_IPYNB };

enum notebook_language { NOTEBOOK_PYTHON, NOTEBOOK_SQL, NOTEBOOK_SCALA, NOTEBOOK_R };
#define NOTEBOOK_LANGUAGES 4

enum notebook_cell_type { NOTEBOOK_CODE, NOTEBOOK_MARKDOWN, NOTEBOOK_RAW };

/* What to do with the outputs of a cell whose source changed, or of all cells when stripping; and of
 * which cells the outputs count when two notebooks are compared or merged (facets, see below). */
enum notebook_outputs {
	NOTEBOOK_OUTPUTS_STRIP,      /* of none */
	NOTEBOOK_OUTPUTS_KEEP,       /* of all */
	NOTEBOOK_OUTPUTS_KEEP_TAGGED /* of those tagged keep_output */
};

/* Limits on what is parsed; zero members mean the default. */
struct notebook_limits {
	size_t bytes; /* default 100 MiB, Databricks' limit for .ipynb */
	size_t cells; /* default 10,000 */
	size_t depth; /* default 128 levels of JSON */
};

/* One cell as both formats understand it. */
struct notebook_cell {
	enum notebook_cell_type type;
	/* A code cell's text as Databricks shows it, including a magic word such as %sql in its
	 * first line; a markdown cell's text without its %md. Any bytes, NUL included, but no CR: what
	 * the file ends a line in, CR LF and CR as well, is LF here, and stays in the file. What only
	 * JSON can hold, a lone surrogate, stands as three bytes; writing that as source is refused. */
	char *text; /* owned */
	size_t len;
	char *title; /* owned; NULL when none */
	bool show_title;
	bool sandbox; /* %md-sandbox */
};

/*
 * Databricks source has no raw cells: they travel as cells whose first two lines are "%skip" (which
 * Databricks passes over when it runs a notebook) and "%raw", and are recognised by them in both
 * formats. A code cell that begins with %md is a markdown cell in both formats.
 */
struct notebook; /* opaque: model plus the bytes it came from */

#define cleanup_notebook __attribute__((cleanup(notebook_free_p)))
void notebook_free(struct notebook *nb);
void notebook_free_p(struct notebook **nb);

/*
 * Parses; data is copied. language is the file extension's for source, ignored for ipynb (whose
 * metadata says; python when it does not). limits may be NULL.
 * ERR_INVALID with "line L, column C: …" for anything that is not a notebook of that format.
 */
int notebook_parse(struct notebook **out, const char *data, size_t len, enum notebook_format format,
		   enum notebook_language language, const struct notebook_limits *limits,
		   struct err *e);

/* The same, but takes the memory of data over instead of copying it; data is empty afterwards, also
 * on error. For notebooks of a hundred megabytes. */
int notebook_parse_take(struct notebook **out, struct buf *data, enum notebook_format format,
			enum notebook_language language, const struct notebook_limits *limits,
			struct err *e);

/* Takes a .ipynb for one in this language, whatever its metadata says; the metadata stays as it is.
 * Not for source, whose language decides how it is read. */
void notebook_take_language(struct notebook *nb, enum notebook_language language);

enum notebook_format notebook_format(const struct notebook *nb);
enum notebook_language notebook_language(const struct notebook *nb);
size_t notebook_cell_count(const struct notebook *nb);
const struct notebook_cell *notebook_cell(const struct notebook *nb, size_t i); /* borrowed */
bool notebook_has_outputs(const struct notebook *nb);

/* What was taken out of a notebook with its outputs. */
#define NOTEBOOK_RUN_KEYS 7
struct notebook_dropped {
	size_t outputs, counts; /* cells that had them */
	size_t widgets;         /* 1: the state of Jupyter's widgets */
	size_t keys[NOTEBOOK_RUN_KEYS];
};
/* The name of the key in a cell's metadata that keys[i] counts: "ExecuteTime". */
const char *notebook_run_key(size_t i);

struct notebook_options {
	enum notebook_outputs outputs;
	/* A source file for a Git folder ends in a newline after its last cell; what the workspace API
	 * exports does not. True by default for files and Git. */
	bool final_newline;
	/* notebookName of a new ipynb (the stem); NULL: none. */
	const char *name;
	/* Only for notebook_write() of a .ipynb in its own format, where outputs are not kept: also
	 * leave out when cells ran, how their outputs were scrolled and collapsed, and the state of
	 * Jupyter's widgets (all of it is kept where a tagged cell keeps its outputs). */
	bool run_state;
	struct notebook_dropped *dropped; /* set there to what was left out; NULL: not told */
	/* For the hub's own .ipynb: what only the environment block of source can say stands in its
	 * metadata, as nbsync.environment_block. Read wherever it stands. notebook_write() without
	 * private leaves it out; notebook_update() leaves what its file has, unless nb says
	 * otherwise. */
	bool private;
};
#define NOTEBOOK_OPTIONS_INIT ((struct notebook_options){ .final_newline = true })

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
/* The same of the language and the cells alone, which every format can say. */
void notebook_cells(const struct notebook *nb, struct buf *out);

/* Equal in language and cells. */
bool notebook_equal(const struct notebook *a, const struct notebook *b);

/* Equal in every facet that both formats tell. */
bool notebook_agree(const struct notebook *a, const struct notebook *b,
		    enum notebook_outputs outputs);

/* Whether nb says something that source of its language cannot. */
bool notebook_is_rich(const struct notebook *nb, enum notebook_outputs outputs);

/*
 * Three-way merge, per facet: cells by cells, metadata key by key, the outputs of a cell as one
 * value. base may be NULL (nothing in common). *out is a new notebook in ours' format, or .ipynb when
 * ours is source and theirs is rich. A facet that a format cannot tell is as in base. *conflict tells
 * that something was changed on both sides in a way that cannot be joined: *out then has ours' version
 * of it, and the caller keeps theirs beside it. A cell that one side deleted and whose text the other
 * left alone is deleted, with what the other said about it.
 */
int notebook_merge(struct notebook **out, bool *conflict, const struct notebook *base,
		   const struct notebook *ours, const struct notebook *theirs,
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

/* ---- names ---- */

/* A file name that may hold a notebook: "etl/load.py" -> stem "etl/load", source, python. */
struct notebook_name {
	char *stem; /* owned */
	enum notebook_format format;
	enum notebook_language language; /* of a source name; NOTEBOOK_PYTHON for ipynb */
};

/* False when the extension is none of .py .sql .scala .r .ipynb (in any case), when nothing stands
 * before it, or for .designer.ipynb (not a notebook for Databricks). */
bool notebook_name_parse(struct notebook_name *out, const char *path);
void notebook_name_release(struct notebook_name *name);
/* Whether such a name is that of a .ipynb. */
bool notebook_name_is_ipynb(const char *path);
/* stem + extension; the caller frees it. */
char *notebook_name_make(const char *stem, enum notebook_format format,
			 enum notebook_language language);

/* Whether the content of a .py/.sql/.scala/.r file is a notebook (its first line is the header, also
 * the old "exported at" form; a BOM before it and CRLF are allowed) rather than a plain script. */
bool notebook_is_source(const char *data, size_t len, enum notebook_language language);
/* What else a file is that is no notebook, where its first bytes tell: empty, UTF-16, a pointer of Git
 * LFS, an HTML page. A phrase for a sentence, static; NULL otherwise. */
const char *notebook_other_kind(const char *data, size_t len);

/* "PYTHON" "SQL" "SCALA" "R" as the Workspace API spells them, and back. */
const char *notebook_language_name(enum notebook_language language);
bool notebook_language_parse(const char *name, enum notebook_language *out);
