/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notebook_lift(): raw's cells, with what raw's format cannot tell taken from the version that the
 * place held when it last agreed. The result is written into that version's file, so whatever raw
 * does not change keeps its bytes. Where raw's own bytes say it all, as between two source files,
 * they are the result and nothing is merged.
 *
 * It is no merge: cells are always raw's, and of everything else raw is believed where it says
 * something else than it said when the place last agreed. So there is no conflict.
 */

#include "notebook/ipynb/facets_read.h"
#include "notebook/notebook.h"
#include "notebook/update.h"

struct lifter {
	const struct notebook *whole, *told, *raw;
	enum notebook_outputs outputs;
	struct match from_whole, from_told; /* to raw's cells */
};

static const struct cell *paired(const struct notebook *nb, const struct match *match, size_t j)
{
	size_t i = match->from[j];

	return i == MATCH_NONE ? NULL : &nb->cells[i];
}

static void lift_cell(const struct lifter *l, struct cell *result, size_t j)
{
	const struct cell *whole = paired(l->whole, &l->from_whole, j);
	cleanup_facets struct facets then = { 0 }, held = { 0 }, now = { 0 };

	facets_of_cell(&held, whole, l->outputs);
	facets_of_cell(&now, &l->raw->cells[j], l->outputs);
	facets_of_cell(&then, l->told == l->whole ? whole : paired(l->told, &l->from_told, j),
		       l->outputs);
	if (!held.told && !now.told)
		return;
	result->facets = xcalloc(1, sizeof(*result->facets));
	facets_merge(result->facets, &then, &held, &now, FACETS_LIFT);
}

static struct notebook *lifted(const struct lifter *l)
{
	struct notebook *nb = model_new(NOTEBOOK_IPYNB, l->raw->language);
	cleanup_facets struct facets then = { 0 }, held = { 0 }, now = { 0 };

	nb->foreign = l->raw->foreign;
	environment_lift(&nb->environment, &l->whole->environment, &l->told->environment,
			 &l->raw->environment);
	for (size_t j = 0; j < l->raw->count; j++) {
		model_add_copy(nb, &l->raw->cells[j]);
		lift_cell(l, &nb->cells[j], j);
	}
	facets_of_notebook(&then, l->told);
	facets_of_notebook(&held, l->whole);
	facets_of_notebook(&now, l->raw);
	nb->facets = xcalloc(1, sizeof(*nb->facets));
	facets_merge(nb->facets, &then, &held, &now, FACETS_LIFT);
	return nb;
}

static int write_into(struct notebook **out, const struct notebook *frame,
		      const struct match *match, const struct notebook *nb,
		      enum notebook_outputs outputs, struct err *e)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	struct update up = { frame, nb, &options, match, false };

	options.outputs = outputs;
	options.private = true;
	return update_parse(out, &up, e);
}

/* raw's own file, each cell its own. */
static int write_into_raw(struct notebook **out, const struct lifter *l, const struct notebook *nb,
			  struct err *e)
{
	cleanup_match struct match itself = { 0 };

	match_init(&itself, l->raw->count, l->raw->count);
	for (size_t j = 0; j < l->raw->count; j++)
		match_pair(&itself, j, j, true);
	return write_into(out, l->raw, &itself, nb, l->outputs, e);
}

/* Whether raw's bytes are already what is asked for: nothing that they cannot tell is known. */
static bool says_all(const struct lifter *l)
{
	struct environment lifted;
	bool all;

	if (l->whole->format != NOTEBOOK_SOURCE || l->raw->format != NOTEBOOK_SOURCE)
		return false;
	environment_lift(&lifted, &l->whole->environment, &l->told->environment,
			 &l->raw->environment);
	all = l->whole->language != l->raw->language ||
	      environment_equal(&lifted, &l->raw->environment);
	environment_release(&lifted);
	return all;
}

int notebook_lift(struct notebook **out, const struct notebook *whole, const struct notebook *told,
		  const struct notebook *raw, enum notebook_outputs outputs, struct err *e)
{
	struct lifter l = { whole, told ? told : whole, raw, outputs, { 0 }, { 0 } };
	struct notebook *nb;
	int rc = ERR_INVALID;

	*out = NULL;
	if (says_all(&l))
		return update_copy(out, raw, e);
	match_cells(&l.from_whole, whole, raw);
	match_cells(&l.from_told, l.told, raw);
	update_settle_last(&l.from_whole, whole, raw);
	nb = lifted(&l);
	if (whole->format == NOTEBOOK_IPYNB || !notebook_is_rich(nb, outputs))
		rc = write_into(out, whole, &l.from_whole, nb, outputs, e);
	if (rc == ERR_INVALID && whole->format == NOTEBOOK_SOURCE && raw->format == NOTEBOOK_IPYNB)
		rc = write_into_raw(out, &l, nb, e);
	notebook_free(nb);
	match_release(&l.from_whole);
	match_release(&l.from_told);
	return rc;
}
