/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks every write: what was written is read again and compared with what was meant. A format has
 * no escape for some texts (a separator line inside a string literal, for instance); such a cell is
 * named and the write refused, because a guess would change the notebook.
 */

#include "notebook/verify.h"

#include "notebook/ipynb/facets_read.h"
#include "notebook/parse.h"
#include "notebook/source/source.h"

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

static int read_back(struct notebook **back, const struct notebook *nb, struct span text,
		     enum notebook_format format, enum notebook_language language, struct err *e)
{
	int rc = parse_borrowed(back, text, format, language, e);

	if (rc)
		return err_wrap(e, "the result cannot be read back");
	if (!notebook_equal(*back, nb))
		return explain(nb, first_difference(nb, *back), format, (*back)->language, e);
	if (environment_agree(&(*back)->environment, &nb->environment))
		return 0;
	return err_set(e, ERR_INVALID, "%s cannot carry this environment",
		       format == NOTEBOOK_SOURCE ? "Databricks source" : "a .ipynb file");
}

int verify_written(const struct notebook *nb, struct span text, enum notebook_format format,
		   enum notebook_language language, struct err *e)
{
	cleanup_notebook struct notebook *back = NULL;

	return read_back(&back, nb, text, format, language, e);
}

/* ---- what is beyond the cells ---- */

/* Whether a written cell says what the new one tells, and else what the old one did. */
static bool cell_survived(const struct update *up, const struct cell *back, size_t j)
{
	const struct cell *cell = &up->nb->cells[j];
	size_t i = up->match->from[j];
	enum notebook_outputs outputs = up->options->outputs;
	cleanup_facets struct facets is = { 0 }, wanted = { 0 };

	facets_wanted(&wanted, cell, i == MATCH_NONE ? NULL : &up->old->cells[i], outputs);
	if (!wanted.told && i != MATCH_NONE) {
		if (up->match->same[j])
			outputs = NOTEBOOK_OUTPUTS_KEEP;
		facets_of_cell(&wanted, &up->old->cells[i], outputs);
	}
	facets_of_cell(&is, back, wanted.outputs_told ? NOTEBOOK_OUTPUTS_KEEP : outputs);
	return facets_agree(&is, &wanted);
}

static int check_facets(const struct update *up, const struct notebook *back, struct err *e)
{
	cleanup_facets struct facets is = { 0 }, wanted = { 0 };

	for (size_t j = 0; j < up->nb->count && j < back->count; j++)
		if (!cell_survived(up, &back->cells[j], j))
			return err_set(e, ERR_INVALID,
				       "cell %zu, line 1: the file cannot carry its metadata, "
				       "attachments or outputs",
				       j + 1);
	facets_of_notebook(&is, back);
	facets_of_notebook(&wanted, up->nb);
	if (!wanted.told)
		facets_of_notebook(&wanted, up->old);
	if (facets_agree(&is, &wanted))
		return 0;
	return err_set(e, ERR_INVALID,
		       "the file cannot carry the notebook's widgets or dashboards");
}

int verify_updated(const struct update *up, struct span text, struct err *e)
{
	cleanup_notebook struct notebook *back = NULL;
	int rc = read_back(&back, up->nb, text, up->old->format, up->old->language, e);

	if (rc || up->old->format != NOTEBOOK_IPYNB)
		return rc;
	return check_facets(up, back, e);
}

int verify_stripped(const struct notebook *nb, struct span text, struct err *e)
{
	cleanup_notebook struct notebook *back = NULL;
	int rc = parse_borrowed(&back, text, NOTEBOOK_IPYNB, nb->language, e);

	if (rc)
		return err_wrap(e, "the result cannot be read back");
	notebook_take_language(back, nb->language);
	if (notebook_equal(back, nb))
		return 0;
	return err_set(e, ERR_BUG, "taking outputs out changes the notebook; please report this");
}
