/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads Databricks source. A file is a header, perhaps an environment block, and cells between
 * separator lines; every byte belongs to exactly one cell's raw span or to the gap between two.
 *
 * A gap is the separator line with the one blank line on each side that belongs to it (where the
 * author wrote one). A cell's text is taken verbatim; the prefix MAGIC is removed only when every
 * line has it. Anything else that looks odd is plain text of the cell it stands in.
 */

#include "notebook/source/syntax.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/json/jrun.h"
#include "notebook/source/source.h"

struct reader {
	struct notebook *nb;
	const struct source_syntax *syntax;
	const char *end;
	size_t max_cells;
	size_t spaced, bare; /* empty MAGIC lines of either style */
};

/* Where the raw text before a separator line ends: up to two line ends belong to the gap. */
static const char *back_over_lines(const char *start, const char *at, bool crlf)
{
	for (int i = 0; i < 2 && at > start && at[-1] == '\n'; i++) {
		at--;
		if (crlf && at > start && at[-1] == '\r')
			at--;
	}
	return at;
}

static const char *over_line_end(const char *p, const char *end)
{
	if (p + 1 < end && p[0] == '\r' && p[1] == '\n')
		return p + 2;
	return p < end && *p == '\n' ? p + 1 : p;
}

/* Where the text after a separator line begins: its own line end and one blank line. */
static const char *over_separator(const char *at, const struct reader *r)
{
	const char *p = at + r->syntax->separator.len;
	bool crlf = p < r->end && *p == '\r';

	p = over_line_end(p, r->end);
	if (crlf || (p < r->end && *p == '\n'))
		p = over_line_end(p, r->end);
	return p;
}

static void read_title(struct notebook_cell *cell, const struct span *line, size_t mark)
{
	cell->show_title = line->at[mark - 2] == '1';
	if (line->len > mark)
		cell->title = model_c_string(line->at + mark, line->len - mark);
}

/*
 * Removes the MAGIC marks; to has room for the whole text and JRUN_SLACK. Returns the length without
 * them, SIZE_MAX when some line has none (see source_all_magic()).
 */
static size_t strip_magic(char *to, struct span body, struct reader *r)
{
	const char *p = body.at, *end = body.at + body.len, *rest;
	size_t bare = 0, spaced = 0; /* empty lines: "# MAGIC" and "# MAGIC " */
	bool any = false;
	char *o = to;

	for (; p < end; p++) {
		size_t mark = source_magic_mark(p, (size_t)(end - p), r->syntax);

		if (!mark && *p != '\n')
			return SIZE_MAX;
		if (mark)
			any = true;
		rest = p + mark;
		p = jrun_copy_line(&o, rest, end);
		if (mark > r->syntax->magic.len && p == rest)
			spaced++;
		else if (mark && p == rest)
			bare++;
		if (p == end)
			break;
		*o++ = '\n';
	}
	r->bare += bare;
	r->spaced += spaced;
	return any ? (size_t)(o - to) : SIZE_MAX;
}

static void read_text(struct notebook_cell *cell, struct span body, struct reader *r)
{
	bool cr = true; /* perhaps */

	cell->text = xmalloc(body.len + 1 + JRUN_SLACK);
	cell->len = strip_magic(cell->text, body, r);
	if (cell->len == SIZE_MAX) {
		cell->len = body.len;
		cr = jrun_copy_all(cell->text, body.at, body.len);
	}
	cell->text[cell->len] = '\0';
	if (cr)
		model_plain_lines(cell->text, &cell->len);
	model_classify(cell);
}

static void read_cell(struct reader *r, const char *from, const char *to)
{
	struct cell *cell = model_add(r->nb);
	struct span body = { from, (size_t)(to - from) };
	size_t mark = source_title_mark(from, body.len, r->syntax);

	cell->raw = body;
	cell->raw_format = NOTEBOOK_SOURCE;
	if (mark) {
		const char *lf = memchr(from, '\n', body.len);
		struct span line = { from, (size_t)((lf ? lf : to) - from) };

		read_title(&cell->pub, &line, mark);
		body.at = lf ? lf + 1 : to;
		body.len = (size_t)(to - body.at);
	}
	read_text(&cell->pub, body, r);
}

static int read_cells(struct reader *r, const char *p, struct err *e)
{
	const char *at, *last;

	for (;;) {
		if (r->nb->count == r->max_cells)
			return model_invalid(e, r->nb->bytes, (size_t)(p - r->nb->bytes),
					     "more cells than are allowed");
		at = source_find_separator(p, r->end, r->syntax);
		if (!at)
			break;
		last = back_over_lines(p, at, at[r->syntax->separator.len] == '\r');
		read_cell(r, p, last);
		p = over_separator(at, r);
	}
	last = r->end;
	if (last > p && last[-1] == '\n')
		last--;
	read_cell(r, p, last);
	return 0;
}

int source_read(struct notebook *nb, const struct notebook_limits *limits, struct err *e)
{
	struct reader r = { .nb = nb,
			    .syntax = source_syntax(nb->language),
			    .end = nb->bytes + nb->len,
			    .max_cells = limits->cells };
	const char *p;
	int rc;

	nb->source.header_len = source_header(nb->bytes, nb->len, r.syntax);
	if (!nb->source.header_len)
		return err_set(e, ERR_INVALID,
			       "line 1, column 1: not a notebook, the first line is not '%s'",
			       r.syntax->header.at);
	p = nb->bytes + nb->source.header_len;
	if (nb->language == NOTEBOOK_PYTHON) {
		nb->environment.known = nb->environment.whole = true;
		p += environment_read_block(&nb->environment, p, (size_t)(r.end - p));
	}
	rc = read_cells(&r, p, e);
	nb->source.spaced_blanks = r.spaced > r.bare;
	return rc;
}
