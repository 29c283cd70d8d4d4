/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The types that all of notebook/ and its callers share. */

#include "base/buf.h"

enum notebook_format { NOTEBOOK_SOURCE, NOTEBOOK_IPYNB };

enum notebook_language { NOTEBOOK_PYTHON, NOTEBOOK_SQL, NOTEBOOK_SCALA, NOTEBOOK_R };
#define NOTEBOOK_LANGUAGES 4

enum notebook_cell_type { NOTEBOOK_CODE, NOTEBOOK_MARKDOWN, NOTEBOOK_RAW };

/* What to do with the outputs of a cell whose source changed, or of all cells when stripping; and of
 * which cells the outputs count when two notebooks are compared or merged (facets, see notebook.h). */
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
	 * first line; a markdown cell's text without its %md. Any bytes, NUL included, but no CR: a
	 * line ends in LF here, whether the file has LF, CR LF or CR, which stays as it is in the
	 * file. What only JSON can hold, a lone surrogate, stands as three bytes; writing that as
	 * source is refused. */
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

/* What two notebooks must agree in to have the same language and cells, which every format can say;
 * part of notebook_canonical(). Appended to out. */
void notebook_cells(const struct notebook *nb, struct buf *out);

/* Equal in language and cells. */
bool notebook_equal(const struct notebook *a, const struct notebook *b);

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

/* "PYTHON" "SQL" "SCALA" "R" as the Workspace API spells them, and back. */
const char *notebook_language_name(enum notebook_language language);
bool notebook_language_parse(const char *name, enum notebook_language *out);
