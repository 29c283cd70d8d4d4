/* SPDX-License-Identifier: Apache-2.0 */
/* Short forms of notebooks for tests. */

#include "notebook_text.h"
#include "tests/source_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)64 << 20)

struct notebook *text_parse(const char *data, size_t len, enum notebook_format format,
			    enum notebook_language language)
{
	struct notebook *nb = NULL;
	struct err e = ERR_INIT;

	if (notebook_parse(&nb, data, len, NOTEBOOK_AS(format, language), &e))
		fail_msg("cannot parse: %s\n%.2000s", e.text, data);
	return nb;
}

struct notebook *text_source(const char *text, enum notebook_language language)
{
	return text_parse(text, strlen(text), NOTEBOOK_SOURCE, language);
}

struct notebook *text_python(const char *text)
{
	return text_source(text, NOTEBOOK_PYTHON);
}

struct notebook *text_ipynb(const char *text)
{
	return text_parse(text, strlen(text), NOTEBOOK_IPYNB, NOTEBOOK_PYTHON);
}

static void add_shown(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] == '\n')
			buf_add_str(out, "\\n");
		else if (!text[i])
			buf_add_str(out, "\\0");
		else
			buf_add_char(out, text[i]);
}

char *text_cells(const struct notebook *nb)
{
	struct buf out = BUF_INIT(TEXT_MAX);

	for (size_t i = 0; i < notebook_cell_count(nb); i++) {
		const struct notebook_cell *cell = notebook_cell(nb, i);

		if (i)
			buf_add_str(&out, " | ");
		buf_add_char(&out, cell->sandbox ? 's' : "cmr"[cell->type]);
		if (cell->title)
			buf_addf(&out, "<%d,%s>", cell->show_title, cell->title);
		buf_add_char(&out, ':');
		add_shown(&out, cell->text, cell->len);
	}
	return buf_steal(&out, NULL);
}

void text_assert_cells(const struct notebook *nb, const char *expected)
{
	cleanup_free char *cells = text_cells(nb);

	assert_string_equal(cells, expected);
}

char *text_join(const char *first, ...)
{
	struct buf out = BUF_INIT(TEXT_MAX);
	va_list ap;

	buf_add_str(&out, PY);
	buf_add_str(&out, first);
	va_start(ap, first);
	for (const char *cell; (cell = va_arg(ap, const char *));) {
		buf_add_str(&out, SEP);
		buf_add_str(&out, cell);
	}
	va_end(ap);
	buf_add_char(&out, '\n');
	return buf_steal(&out, NULL);
}

char *text_wrap(const char *cells)
{
	return xasprintf("{\n \"cells\": [%s],\n \"metadata\": {},\n \"nbformat\": 4,\n"
			 " \"nbformat_minor\": 4\n}\n",
			 cells);
}

char *text_write_with(const struct notebook *nb, enum notebook_format format,
		      const struct notebook_options *options)
{
	struct buf out = BUF_INIT(TEXT_MAX);
	struct err e = ERR_INIT;

	if (notebook_write(nb, format, options, &out, &e))
		fail_msg("cannot write: %s", e.text);
	return buf_steal(&out, NULL);
}

char *text_write_outputs(const struct notebook *nb, enum notebook_format format,
			 enum notebook_outputs outputs)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;

	options.outputs = outputs;
	return text_write_with(nb, format, &options);
}

char *text_write(const struct notebook *nb, enum notebook_format format)
{
	return text_write_outputs(nb, format, NOTEBOOK_OUTPUTS_STRIP);
}

char *text_update(const struct notebook *old, const struct notebook *nb,
		  enum notebook_outputs outputs)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	struct buf out = BUF_INIT(TEXT_MAX);
	struct err e = ERR_INIT;

	options.outputs = outputs;
	if (notebook_update(old, nb, &options, &out, &e))
		fail_msg("cannot update: %s", e.text);
	return buf_steal(&out, NULL);
}
