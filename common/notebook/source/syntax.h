/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The marks of Databricks source per language, and the tests for the lines that carry them. All
 * marks begin with the language's comment marker and one space.
 */

#include "notebook/model/model.h"

struct source_syntax {
	struct span header;    /* "# Databricks notebook source" */
	struct span separator; /* "# COMMAND ----------" */
	struct span magic;     /* "# MAGIC" */
	struct span title;     /* "# DBTITLE " */
};

const struct source_syntax *source_syntax(enum notebook_language language);

/* Length of the first line with its LF when it is a header (BOM before it, CR after it and the old
 * "exported at" form allowed), else 0. */
size_t source_header(const char *data, size_t len, const struct source_syntax *syntax);

/* Whether a MAGIC mark stands at line, and the length of it with its blank: "# MAGIC " or, when
 * nothing follows, "# MAGIC". */
size_t source_magic_mark(const char *line, size_t len, const struct source_syntax *syntax);

/* Whether text is a cell every line of which is MAGIC. Empty lines between and after them do not
 * count: formatters put them there. */
bool source_all_magic(const char *text, size_t len, const struct source_syntax *syntax);

/* Length of a title's mark "# DBTITLE 1," at the beginning of text, else 0. */
size_t source_title_mark(const char *text, size_t len, const struct source_syntax *syntax);

/* The next line at or after from that is exactly the separator. at[-1] must be readable and is
 * taken for the end of the line before. NULL when there is none. */
const char *source_find_separator(const char *from, const char *end,
				  const struct source_syntax *syntax);

/* Whether a cell's text is written with MAGIC in front of every line. */
bool source_is_magic_text(const char *text, size_t len);
