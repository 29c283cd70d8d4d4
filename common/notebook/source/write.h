/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Encoding single cells as Databricks source; shared by new files and by updates. */

#include "notebook/source/syntax.h"

struct source_style {
	const struct source_syntax *syntax;
	bool spaced_blanks;
	/* A markdown cell's marker as the file spells it ("%md "); "%md\n" when at is NULL. */
	struct span mark;
};

/* The cell without separators and without a final newline. */
void source_put_cell(struct buf *out, const struct notebook_cell *cell,
		     const struct source_style *style);

/* The separator with its two blank lines. */
void source_put_separator(struct buf *out, const struct source_syntax *syntax);

/* Refuses a cell whose text only JSON can hold: a lone surrogate, or a NUL in a title. */
int source_check_text(const struct notebook_cell *cell, size_t i, struct err *e);
