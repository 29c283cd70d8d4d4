/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Notebooks in tests: short forms to make them from and to compare them with. */

#include "base/buf.h"
#include "notebook/notebook.h"

/* Parse text that must be a notebook; the test fails with the error's sentence otherwise. */
struct notebook *text_source(const char *text, enum notebook_language language);
struct notebook *text_python(const char *text);
struct notebook *text_ipynb(const char *text);
struct notebook *text_parse(const char *data, size_t len, enum notebook_format format,
			    enum notebook_language language);

/*
 * The cells in one line: "c:print(1) | m:# Title | s:sandbox | r:raw", line ends as "\n", a title
 * as "c<1,Shown>:text" or "c<0,Hidden>:text". The caller frees it.
 */
char *text_cells(const struct notebook *nb);
void text_assert_cells(const struct notebook *nb, const char *expected);

/* A Python source file from such cells' texts: "a", "b" -> header, a, separator, b, newline. The
 * list ends with NULL. The caller frees it. */
char *text_join(const char *first, ...) __attribute__((sentinel));

/* A minimal .ipynb around cells (JSON objects with commas between them); caller frees. */
char *text_wrap(const char *cells);

/* Written with default options, or updated; the test fails on an error. Caller frees. */
char *text_write(const struct notebook *nb, enum notebook_format format);
char *text_write_with(const struct notebook *nb, enum notebook_format format,
		      const struct notebook_options *options);
char *text_write_outputs(const struct notebook *nb, enum notebook_format format,
			 enum notebook_outputs outputs);
char *text_update(const struct notebook *old, const struct notebook *nb,
		  enum notebook_outputs outputs);

/* The key of what Databricks says about a cell, in JSON. */
#define DBX "\"application/vnd.databricks.v1+cell\""
