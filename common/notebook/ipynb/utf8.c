/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a notebook cannot become a .ipynb, which is UTF-8: finds the first byte that is not, after a
 * writer met one somewhere.
 */

#include "notebook/ipynb/write.h"

#include <string.h>

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

int ipynb_refuse_bytes(const struct notebook *nb, struct err *e)
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
