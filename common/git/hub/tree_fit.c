/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing a tree as far as possible. A tree cannot have a file and a folder of one name, but those
 * who ask may come from several places, each of which has only one of the two; one such path must
 * not stop the others. Refused ones are found by bisection, so a single one among many costs
 * little.
 */

#include <stdlib.h>

#include <string.h>

#include "git/hub/internal.h"

struct fit {
	struct hub *h;
	const struct tree_change *changes; /* removals, then the others by path */
	const size_t *index;               /* parallel: where each stands in the caller's array */
	struct tree_change *asked;         /* the caller's */
	struct oid tree;
};

static int apply(struct fit *f, size_t first, size_t count, struct err *e)
{
	struct oid updated;
	int r;

	if (!count)
		return ERR_OK;
	r = hub_tree_update(f->h, &f->tree, f->changes + first, count, &updated, e);
	if (!r)
		f->tree = updated;
	return r;
}

static int fit(struct fit *f, size_t first, size_t count, struct err *e)
{
	int r = apply(f, first, count, e);

	if (r != ERR_INVALID)
		return r;
	if (count == 1) {
		f->asked[f->index[first]].refused = true;
		return ERR_OK;
	}
	r = fit(f, first, count / 2, e);
	return r ? r : fit(f, first + count / 2, count - count / 2, e);
}

struct sorted {
	const struct tree_change *change;
	size_t index;
};

static int compare(const void *a, const void *b)
{
	const struct sorted *x = a, *y = b;
	bool removes_x = oid_is_zero(&x->change->id), removes_y = oid_is_zero(&y->change->id);

	return removes_x != removes_y ? removes_y - removes_x
				      : strcmp(x->change->path, y->change->path);
}

static int fit_all(struct fit *f, size_t count, struct err *e)
{
	struct sorted *order = xcalloc(count, sizeof(*order));
	struct tree_change *ordered = xcalloc(count, sizeof(*ordered));
	size_t *index = xcalloc(count, sizeof(*index)), removals = 0;
	int r;

	for (size_t i = 0; i < count; i++)
		order[i] = (struct sorted){ &f->asked[i], i };
	qsort(order, count, sizeof(*order), compare);
	for (size_t i = 0; i < count; i++) {
		ordered[i] = *order[i].change;
		index[i] = order[i].index;
		removals += oid_is_zero(&ordered[i].id);
	}
	f->changes = ordered;
	f->index = index;
	r = apply(f, 0, removals, e);
	if (!r && count > removals)
		r = fit(f, removals, count - removals, e);
	free(order);
	free(ordered);
	free(index);
	return r;
}

int hub_tree_update_fitting(struct hub *h, const struct oid *base, struct tree_change *changes,
			    size_t count, struct oid *out, struct err *e)
{
	struct fit f = { .h = h, .asked = changes, .tree = *base };
	struct err why = ERR_INIT;
	int r = hub_tree_update(h, base, changes, count, out, &why);

	for (size_t i = 0; i < count; i++)
		changes[i].refused = false;
	if (r && r != ERR_INVALID)
		return err_set(e, r, "%s", why.text);
	if (!r)
		return ERR_OK;
	why = ERR_INIT;
	r = fit_all(&f, count, &why);
	*out = f.tree;
	return r ? err_set(e, r, "%s", why.text) : ERR_OK;
}
