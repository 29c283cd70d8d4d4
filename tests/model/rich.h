/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a notebook says beyond the texts of its cells: outputs, tags and input widgets of cells,
 * widgets, dashboards and the environment of the whole. Each of them is a mark, a word with a number
 * that nobody else writes ("out1000"), so that it is known again wherever it turns up. Read as JSON,
 * not with the code under test.
 */

#include "notebook/notebook.h"
#include "tests/model/steps.h"

#define MODEL_CELLS 64

enum mark {
	/* Of one cell. */
	MARK_OUTPUT,
	MARK_TAG,
	MARK_INPUT, /* a setting of its input widgets */
	/* Of the notebook. */
	MARK_WIDGET,
	MARK_WIDGET_TOO, /* another widget: each of the two is changed alone */
	MARK_DASHBOARD,
	MARK_ENVIRONMENT,
	MARKS
};
#define MARKS_OF_CELLS MARK_WIDGET
extern const char *const mark_names[MARKS]; /* for people */

/* In all of them 0 is no mark. */
struct rich_cell {
	uint16_t token;
	uint16_t marks[MARKS_OF_CELLS];
	bool keeps; /* tagged keep_output */
};
struct rich {
	enum notebook_format format;
	enum notebook_language language;
	struct rich_cell cells[MODEL_CELLS];
	size_t count;
	uint16_t marks[MARKS]; /* from MARKS_OF_CELLS on */
};

/* Whether a notebook of that format and language can say such a thing. */
bool rich_tells(const struct rich *nb, enum mark mark);
/* Takes away what it cannot say. */
void rich_keep_what_it_tells(struct rich *nb);
/* A notebook without marks. */
struct rich rich_plain(enum notebook_format format, enum notebook_language language,
		       const uint16_t *tokens, size_t count);
/* Gives one cell everything that its format can say, each mark with this number. */
void rich_fill_cell(struct rich *nb, size_t cell, uint16_t number);
/* Gives the notebook itself everything, with this number. */
void rich_fill(struct rich *nb, uint16_t number);
/* Whether it has such a mark, or token; nb may be NULL. */
bool rich_has(const struct rich *nb, enum mark mark, uint16_t number);
bool rich_has_token(const struct rich *nb, uint16_t token);
/* The cell of that token; NULL when there is none, or more than one. */
const struct rich_cell *rich_find(const struct rich *nb, uint16_t token);

/* Reads the tokens of anything. */
void rich_read_tokens(struct rich *nb, const char *text, size_t len);
/* Reads a valid notebook; cells without a token are passed over. */
void rich_read(struct rich *nb, const char *text, size_t len, enum notebook_format format,
	       enum notebook_language language);
/* Its text in its format; without marks as short as it can be. Owned by the caller. */
char *rich_text(const struct rich *nb);
/* Adds its cells and marks in a few words. */
void rich_tell(const struct rich *nb, struct buf *out);
