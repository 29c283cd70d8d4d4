/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes Databricks source as Git folders do: cells joined by the separator with one blank line on
 * each side, titles in front, MAGIC before every line of a cell that begins with "%", an empty
 * MAGIC line without a trailing blank. Decides nothing about whether the result reads back as the
 * same notebook; verify.c does.
 */

#include "notebook/source/write.h"

#include <string.h>

#include "notebook/source/source.h"

static void put_magic(struct buf *out, const char *text, size_t len,
		      const struct source_style *style)
{
	const struct span *mark = &style->syntax->magic;
	const char *end = text + len, *lf;

	for (;; text = lf + 1) {
		lf = memchr(text, '\n', (size_t)(end - text));
		buf_add(out, mark->at, mark->len);
		if (lf != text && text != end)
			buf_add_char(out, ' ');
		else if (style->spaced_blanks)
			buf_add_char(out, ' ');
		buf_add(out, text, (size_t)((lf ? lf : end) - text));
		if (!lf)
			return;
		buf_add_char(out, '\n');
	}
}

static struct span cell_mark(const struct notebook_cell *cell, const struct source_style *style)
{
	if (cell->type == NOTEBOOK_RAW)
		return (struct span){ MODEL_RAW_MARK, strlen(MODEL_RAW_MARK) };
	if (cell->type == NOTEBOOK_CODE)
		return (struct span){ NULL, 0 };
	if (style->mark.at)
		return style->mark;
	if (cell->sandbox)
		return (struct span){ "%md-sandbox\n", strlen("%md-sandbox\n") };
	return (struct span){ "%md\n", strlen("%md\n") };
}

/* Whether a cell without a title begins with a line that would be read as its title. Such a cell is
 * written with an empty title in front. */
static bool needs_empty_title(const struct notebook_cell *cell, const struct source_syntax *syntax)
{
	return !cell->title && cell->type == NOTEBOOK_CODE &&
	       source_title_mark(cell->text, cell->len, syntax);
}

void source_put_cell(struct buf *out, const struct notebook_cell *cell,
		     const struct source_style *style)
{
	struct span mark = cell_mark(cell, style);
	cleanup_buf struct buf marked = BUF_UNBOUNDED;

	if (cell->title) {
		buf_add(out, style->syntax->title.at, style->syntax->title.len);
		buf_add_str(out, cell->show_title ? "1," : "0,");
		buf_add_str(out, cell->title);
		buf_add_char(out, '\n');
	} else if (needs_empty_title(cell, style->syntax)) {
		buf_add(out, style->syntax->title.at, style->syntax->title.len);
		buf_add_str(out, "0,\n");
	}
	if (mark.at) {
		buf_add(&marked, mark.at, mark.len);
		buf_add(&marked, cell->text, cell->len);
		put_magic(out, marked.data, marked.len, style);
	} else if (source_is_magic_text(cell->text, cell->len)) {
		put_magic(out, cell->text, cell->len, style);
	} else {
		buf_add(out, cell->text, cell->len);
	}
}

void source_put_separator(struct buf *out, const struct source_syntax *syntax)
{
	buf_add_str(out, "\n\n");
	buf_add(out, syntax->separator.at, syntax->separator.len);
	buf_add_str(out, "\n\n");
}

static int refuse_line(struct err *e, size_t cell, size_t line, const char *why)
{
	return err_set(e, ERR_INVALID, "cell %zu, line %zu: %s", cell + 1, line, why);
}

/* Whether text holds one of the two forms that stand for what only JSON can spell; *line then says
 * where. Other bytes that are not UTF-8 are a source file's own. */
static bool beyond_text(const char *text, size_t len, size_t *line)
{
	const char *p = text, *end = text + len;

	*line = 1;
	if (!len || (!memchr(text, 0xC0, len) && !memchr(text, 0xED, len)))
		return false;
	for (; p < end; p++) {
		unsigned char c = (unsigned char)*p, next = p + 1 < end ? (unsigned char)p[1] : 0;

		if ((c == 0xC0 && next == 0x80) || (c == 0xED && next >= 0xA0))
			return true;
		*line += c == '\n';
	}
	return false;
}

int source_check_text(const struct notebook_cell *cell, size_t i, struct err *e)
{
	static const char why[] = "a lone surrogate, which no text file can hold";
	size_t line;

	if (beyond_text(cell->text, cell->len, &line))
		return refuse_line(e, i, line, why);
	if (cell->title && beyond_text(cell->title, strlen(cell->title), &line))
		return refuse_line(e, i, 1, why);
	return 0;
}

int source_write(const struct notebook *nb, const struct notebook_options *options, struct buf *out,
		 struct err *e)
{
	struct source_style style = { .syntax = source_syntax(nb->language) };
	int rc;

	if (nb->foreign)
		return err_set(e, ERR_INVALID,
			       "the notebook's language is none that Databricks source has "
			       "(Python, SQL, Scala, R)");
	memory_reserve(out, nb->len / 2);
	buf_add(out, style.syntax->header.at, style.syntax->header.len);
	buf_add_char(out, '\n');
	rc = nb->language == NOTEBOOK_PYTHON ? environment_put_block(out, NULL, &nb->environment, e)
					     : 0;
	if (rc)
		return rc;
	for (size_t i = 0; i < nb->count; i++) {
		rc = source_check_text(&nb->cells[i].pub, i, e);
		if (rc)
			return rc;
		if (i)
			source_put_separator(out, style.syntax);
		source_put_cell(out, &nb->cells[i].pub, &style);
	}
	if (nb->count && options->final_newline)
		buf_add_char(out, '\n');
	return 0;
}

static size_t line_of(const char *text, const char *at)
{
	size_t line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static bool plain_refuses(const struct notebook_cell *cell, size_t i, bool first,
			  const struct source_syntax *syntax, struct err *e)
{
	cleanup_free char *text = xmalloc(cell->len + 1);
	const char *at;

	/* one line end in front, because the search looks at the byte before a line */
	text[0] = '\n';
	memcpy(text + 1, cell->text, cell->len);
	at = source_find_separator(text + 1, text + 1 + cell->len, syntax);
	if (at)
		refuse_line(e, i, line_of(text + 1, at),
			    "a line that is exactly the separator would split the cell");
	else if (source_all_magic(cell->text, cell->len, syntax))
		refuse_line(e, i, 1, "lines that all begin with MAGIC would lose the mark");
	else if (first && !cell->title && environment_read_block(NULL, cell->text, cell->len))
		refuse_line(e, i, 1, "a script block would be read as the notebook's environment");
	else
		return false;
	return true;
}

bool source_refuses(const struct notebook *nb, size_t i, enum notebook_language language,
		    struct err *e)
{
	const struct notebook_cell *cell = &nb->cells[i].pub;

	if (cell->title && strchr(cell->title, '\n'))
		refuse_line(e, i, 1, "a title of more than one line has no source form");
	else if (cell->type != NOTEBOOK_CODE || source_is_magic_text(cell->text, cell->len) ||
		 !plain_refuses(cell, i, i == 0, source_syntax(language), e))
		return false;
	return true;
}
