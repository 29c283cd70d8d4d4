/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes cells into an existing source file: header, unchanged cells and the separators between
 * neighbours that stay neighbours byte for byte; changed and new cells in the file's own style.
 */

#include "notebook/source/write.h"

#include <string.h>

#include "notebook/source/source.h"

/* Whether an old gap is the standard separator, which fits between any two cells. */
static bool is_standard(struct span gap, const struct source_syntax *syntax)
{
	return gap.len == syntax->separator.len + 4 && memcmp(gap.at, "\n\n", 2) == 0 &&
	       memcmp(gap.at + gap.len - 2, "\n\n", 2) == 0;
}

static bool is_same(const struct update *up, size_t j)
{
	return !up->fresh && up->match->from[j] != MATCH_NONE && up->match->same[j];
}

static void put_gap(const struct update *up, size_t j, const struct source_syntax *syntax,
		    struct buf *out)
{
	struct span gap;

	if (up->fresh || !update_adjacent(up, j)) {
		source_put_separator(out, syntax);
		return;
	}
	gap = update_gap(up->old, up->match->from[j]);
	if (is_standard(gap, syntax) || (is_same(up, j - 1) && is_same(up, j)))
		buf_add(out, gap.at, gap.len);
	else
		source_put_separator(out, syntax);
}

/* Length of the first line with its LF. */
static size_t first_line(struct span text)
{
	const char *lf = text.len ? memchr(text.at, '\n', text.len) : NULL;

	return lf ? (size_t)(lf + 1 - text.at) : text.len;
}

/* The marker of an old markdown cell as it was spelled, into mark. */
static void old_mark(struct buf *mark, const struct cell *cell, const struct source_syntax *syntax)
{
	struct span body = cell->raw;
	bool sandbox;
	size_t n;

	if (source_title_mark(body.at, body.len, syntax)) {
		n = first_line(body);
		body.at += n;
		body.len -= n;
	}
	while (body.len) {
		size_t magic = source_magic_mark(body.at, body.len, syntax), whole;

		n = first_line(body);
		whole = n < magic ? magic : n;
		buf_add(mark, body.at + magic, whole - magic);
		body.at += whole;
		body.len -= whole;
		if (model_markdown_mark(buf_str(mark), mark->len, &sandbox))
			break;
	}
	mark->len = model_markdown_mark(buf_str(mark), mark->len, &sandbox);
}

/* Whether the old marker in front of the new text reads back as marker and text. */
static bool mark_fits(const struct buf *mark, const struct notebook_cell *cell)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	bool sandbox;

	if (!mark->len)
		return false;
	buf_add(&text, mark->data, mark->len);
	buf_add(&text, cell->text, cell->len);
	return model_markdown_mark(text.data, text.len, &sandbox) == mark->len &&
	       sandbox == cell->sandbox;
}

/* The style of empty MAGIC lines in one cell, or in the file where the cell has none. */
static bool spaced_blanks(const struct cell *cell, const struct source_syntax *syntax,
			  bool file_style)
{
	const char *p = cell->raw.at, *end = p + cell->raw.len;
	size_t n = syntax->magic.len;

	for (const char *lf; p && p < end; p = lf ? lf + 1 : NULL) {
		size_t len;

		lf = memchr(p, '\n', (size_t)(end - p));
		len = (size_t)((lf ? lf : end) - p);
		if (source_magic_mark(p, len, syntax) == len && len)
			return len > n;
	}
	return file_style;
}

static void put_cell(const struct update *up, size_t j, const struct source_syntax *syntax,
		     struct buf *out)
{
	const struct notebook_cell *cell = &up->nb->cells[j].pub;
	size_t i = up->match->from[j];
	const struct cell *old = i == MATCH_NONE ? NULL : &up->old->cells[i];
	struct source_style style = { syntax, up->old->source.spaced_blanks, { NULL, 0 } };
	cleanup_buf struct buf mark = BUF_UNBOUNDED;

	if (is_same(up, j)) {
		buf_add(out, old->raw.at, old->raw.len);
		return;
	}
	if (old)
		style.spaced_blanks = spaced_blanks(old, syntax, style.spaced_blanks);
	if (old && !up->fresh && cell->type == NOTEBOOK_MARKDOWN) {
		old_mark(&mark, old, syntax);
		if (mark_fits(&mark, cell))
			style.mark = (struct span){ mark.data, mark.len };
	}
	source_put_cell(out, cell, &style);
}

bool source_environment_differs(const struct update *up)
{
	const struct environment *old = &up->old->environment;
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	struct err e = ERR_INIT;

	return up->old->language == NOTEBOOK_PYTHON &&
	       (environment_put_block(&text, old, &up->nb->environment, &e) ||
		strcmp(buf_str(&text), old->block ? old->block : "") != 0);
}

static int put_head(const struct update *up, struct buf *out, struct err *e)
{
	const struct notebook *old = up->old;
	bool differs = source_environment_differs(up);
	size_t len = differs ? old->source.header_len : (size_t)(old->cells[0].raw.at - old->bytes);

	buf_add(out, old->bytes, len);
	if (up->fresh && len == old->source.header_len && str_ends(out->data, "\r\n"))
		out->len -= 2;
	if (out->data[out->len - 1] != '\n')
		buf_add_char(out, '\n');
	return differs ? environment_put_block(out, &old->environment, &up->nb->environment, e) : 0;
}

/* The final newline as the old file has it; where its last cell was empty and says nothing about
 * it, as the options want it. */
static void put_tail(const struct update *up, struct buf *out)
{
	const struct notebook *old = up->old;
	const struct cell *last = &old->cells[old->count - 1];
	size_t tail = (size_t)(old->bytes + old->len - last->raw.at) - last->raw.len;
	bool last_stays = is_same(up, up->nb->count - 1) &&
			  up->match->from[up->nb->count - 1] == old->count - 1;

	if (last->raw.len || last_stays)
		buf_add(out, last->raw.at + last->raw.len, tail);
	else if (up->options->final_newline)
		buf_add_char(out, '\n');
}

int source_update(const struct update *up, struct buf *out, struct err *e)
{
	const struct source_syntax *syntax = source_syntax(up->old->language);

	int rc;

	memory_reserve(out, up->old->len);
	rc = put_head(up, out, e);
	if (rc || !up->nb->count)
		return rc;
	for (size_t j = 0; j < up->nb->count; j++) {
		const struct cell *cell = &up->nb->cells[j];

		rc = is_same(up, j) || cell->raw_format == NOTEBOOK_SOURCE
			     ? 0
			     : source_check_text(&cell->pub, j, e);
		if (rc)
			return rc;
		if (j)
			put_gap(up, j, syntax, out);
		put_cell(up, j, syntax, out);
	}
	put_tail(up, out);
	return 0;
}
