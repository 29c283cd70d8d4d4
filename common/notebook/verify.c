/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proof behind every write: what was written is read again and compared with what was meant.
 * A format has no escape for some texts (a separator line inside a string literal, for instance);
 * such a cell is named and the write refused, because a guess would change the notebook.
 */

#include "notebook/model.h"

#include <string.h>

#include "notebook/jtext.h"
#include "notebook/source_write.h"

static bool is_text(const char *text)
{
	const char *end = text + strlen(text);
	size_t n;

	for (; text < end; text += n) {
		n = jtext_is_nul(text, end) ? 2 : jtext_char(text, end);
		if (!n)
			return false;
	}
	return true;
}

static int refuse_title(const struct notebook *nb, struct err *e)
{
	for (size_t i = 0; i < nb->count; i++)
		if (nb->cells[i].pub.title && !is_text(nb->cells[i].pub.title))
			return err_set(e, ERR_INVALID,
				       "cell %zu, line 1: a title that is not UTF-8, which .ipynb "
				       "must be",
				       i + 1);
	return err_set(e, ERR_INVALID, "a name that is not UTF-8, which .ipynb must be");
}

int model_refuse_bytes(const struct notebook *nb, struct err *e)
{
	for (size_t i = 0; i < nb->count; i++) {
		const struct notebook_cell *cell = &nb->cells[i].pub;
		size_t line = 1, n;

		for (size_t k = 0; k < cell->len; k += n) {
			n = jtext_char(cell->text + k, cell->text + cell->len);
			if (!n)
				return err_set(e, ERR_INVALID,
					       "cell %zu, line %zu: byte 0x%02x is not UTF-8, "
					       "which .ipynb must be",
					       i + 1, line, (unsigned char)cell->text[k]);
			line += cell->text[k] == '\n';
		}
	}
	return refuse_title(nb, e);
}

static size_t first_difference(const struct notebook *a, const struct notebook *b)
{
	size_t i = 0;

	while (i < a->count && i < b->count && cell_equal(&a->cells[i].pub, &b->cells[i].pub))
		i++;
	return i;
}

static int explain(const struct notebook *nb, size_t i, enum notebook_format format,
		   enum notebook_language language, struct err *e)
{
	const char *name = format == NOTEBOOK_SOURCE ? "Databricks source" : "a .ipynb file";

	if (nb->language != language)
		return err_set(e, ERR_INVALID, "the notebook is %s and the file is %s",
			       notebook_language_name(nb->language),
			       notebook_language_name(language));
	for (size_t k = 0; format == NOTEBOOK_SOURCE && k <= i && k < nb->count; k++)
		if (source_refuses(nb, k, language, e))
			return ERR_INVALID;
	if (i < nb->count)
		return err_set(e, ERR_INVALID, "cell %zu, line 1: %s cannot carry this cell", i + 1,
			       name);
	return err_set(e, ERR_INVALID, "%s cannot carry these cells", name);
}

int verify_written(const struct notebook *nb, const char *data, size_t len,
		   enum notebook_format format, enum notebook_language language, struct err *e)
{
	cleanup_notebook struct notebook *back = NULL;
	struct notebook_limits all = { .bytes = SIZE_MAX, .cells = SIZE_MAX, .depth = SIZE_MAX };
	int rc = model_parse_borrowed(&back, data, len, format, language, &all, e);

	if (rc)
		return err_wrap(e, "the result cannot be read back");
	if (!notebook_equal(back, nb))
		return explain(nb, first_difference(nb, back), format, back->language, e);
	if (environment_agree(&back->environment, &nb->environment))
		return 0;
	return err_set(e, ERR_INVALID, "%s cannot carry this environment",
		       format == NOTEBOOK_SOURCE ? "Databricks source" : "a .ipynb file");
}

int verify_stripped(const struct notebook *nb, const char *data, size_t len, struct err *e)
{
	static const struct notebook_limits all = { SIZE_MAX, SIZE_MAX, SIZE_MAX };
	cleanup_notebook struct notebook *back = NULL;
	int rc = model_parse_borrowed(&back, data, len, NOTEBOOK_IPYNB, nb->language, &all, e);

	if (rc)
		return err_wrap(e, "the result cannot be read back");
	notebook_take_language(back, nb->language);
	if (notebook_equal(back, nb))
		return 0;
	return err_set(e, ERR_BUG, "taking outputs out changes the notebook; please report this");
}
