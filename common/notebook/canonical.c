/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two notebooks must agree in to count as equal: one byte string that depends on nothing a
 * format or a tool is free to spell differently.
 *
 * Environment and facets follow behind the cells (model/cell.c), so that a notebook that has none gives
 * the same bytes as its cells alone.
 */

#include "notebook/notebook.h"

#include "notebook/ipynb/facets_read.h"

/* "cell 3 tag 6 16" and the key's and the value's bytes; cells are counted from 1, 0 is the
 * notebook. */
static void put_facet(struct buf *out, size_t cell, const struct facet *facet)
{
	static const char *const names[] = { "tag",    "inputWidgets", "attachments", "outputs",
					     "widget", "dashboards",   "preferences" };
	cleanup_buf struct buf value = BUF_UNBOUNDED;

	jvalue_canonical(&value, facet->value,
			 facet->kind == FACET_OUTPUTS ? JVALUE_OUTPUTS : JVALUE_PLAIN);
	buf_addf(out, "cell %zu %s %zu %zu\n", cell, names[facet->kind], facet->key.len, value.len);
	buf_add(out, facet->key.at, facet->key.len);
	buf_add(out, buf_str(&value), value.len);
	buf_add_char(out, '\n');
}

static bool put_all(struct buf *out, size_t cell, const struct facets *facets)
{
	for (size_t i = 0; out && i < facets->count; i++)
		put_facet(out, cell, &facets->list[i]);
	return facets->count > 0;
}

/* Adds a spelling of all facets of nb to out (may be NULL); false when there are none. */
static bool put_facets(const struct notebook *nb, enum notebook_outputs outputs, struct buf *out)
{
	struct facets facets = { 0 };
	bool any;

	facets_of_notebook(&facets, nb);
	any = put_all(out, 0, &facets);
	facets_release(&facets);
	for (size_t i = 0; i < nb->count && (out || !any); i++) {
		facets_of_cell(&facets, &nb->cells[i], outputs);
		if (put_all(out, i + 1, &facets))
			any = true;
		facets_release(&facets);
	}
	return any;
}

void notebook_canonical(const struct notebook *nb, enum notebook_outputs outputs, struct buf *out)
{
	notebook_cells(nb, out);
	environment_canonical(&nb->environment, out);
	put_facets(nb, outputs, out);
}

bool notebook_agree(const struct notebook *a, const struct notebook *b,
		    enum notebook_outputs outputs)
{
	if (!notebook_equal(a, b))
		return false;
	if (!environment_agree(&a->environment, &b->environment))
		return false;
	return a->format != NOTEBOOK_IPYNB || b->format != NOTEBOOK_IPYNB ||
	       facets_agree_in_all(a, b, outputs);
}

bool notebook_is_rich(const struct notebook *nb, enum notebook_outputs outputs)
{
	if (nb->format != NOTEBOOK_IPYNB)
		return false;
	return nb->environment.noted ||
	       (nb->language != NOTEBOOK_PYTHON && environment_has_keys(&nb->environment)) ||
	       put_facets(nb, outputs, NULL);
}
