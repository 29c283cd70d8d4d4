/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three lists of facets made one, key by key: they are walked along together, each being in order.
 * What a list cannot tell is never taken for removed. Knows nothing about what a value means, and
 * joins no two values: of two different edits of one key it keeps ours' and says so.
 */

#include "notebook/model/facets.h"

#include <stdlib.h>

/* A list that is walked along. */
struct walk {
	const struct facets *facets;
	size_t at;
};

static const struct facet *head(const struct walk *walk)
{
	return walk->at < walk->facets->count ? &walk->facets->list[walk->at] : NULL;
}

static const struct facet *least(const struct facet *a, const struct facet *b)
{
	if (!a || !b)
		return a ? a : b;
	return facet_compare(a, b) <= 0 ? a : b;
}

/* What the list has of this kind and key. */
static const struct facet *take(struct walk *walk, const struct facet *like)
{
	const struct facet *facet = head(walk);

	if (!facet || facet_compare(facet, like) != 0)
		return NULL;
	walk->at++;
	return facet;
}

struct three {
	const struct facet *base, *ours, *theirs;
};

/* What is not told is as in base. *conflict is set where both changed it differently. */
static const struct facet *merged(const struct three *v, bool *conflict)
{
	if (facet_equal(v->ours, v->theirs) || facet_equal(v->theirs, v->base))
		return v->ours;
	if (facet_equal(v->ours, v->base))
		return v->theirs;
	*conflict = true;
	return v->ours;
}

/* What theirs says already in base is no edit. */
static const struct facet *lifted(const struct three *v, bool theirs_tell)
{
	if (!theirs_tell || facet_equal(v->theirs, v->base) || facet_equal(v->theirs, v->ours))
		return v->ours;
	return v->theirs;
}

static void keep(struct facets *out, const struct facet *facet)
{
	struct facet copy = *facet;

	if (copy.memory) {
		copy.memory = xstrndup(copy.key.at, copy.key.len);
		copy.key.at = copy.memory;
	}
	out->list = array_grow(out->list, out->count, &out->cap, sizeof(*out->list));
	out->list[out->count++] = copy;
}

bool facets_merge(struct facets *out, const struct facets *base, const struct facets *ours,
		  const struct facets *theirs, enum facets_rule rule)
{
	struct walk b = { base, 0 }, o = { ours, 0 }, t = { theirs, 0 };
	const struct facet *next, *kept;
	bool conflict = false;

	out->told = base->told || ours->told || theirs->told;
	out->outputs_told = base->outputs_told || ours->outputs_told || theirs->outputs_told;
	while ((next = least(head(&b), least(head(&o), head(&t))))) {
		struct three v = { take(&b, next), take(&o, next), take(&t, next) };

		if (rule == FACETS_MERGE && !facets_tell(ours, next->kind))
			v.ours = v.base;
		if (rule == FACETS_MERGE && !facets_tell(theirs, next->kind))
			v.theirs = v.base;
		kept = rule == FACETS_MERGE ? merged(&v, &conflict)
					    : lifted(&v, facets_tell(theirs, next->kind));
		if (kept)
			keep(out, kept);
	}
	return !conflict;
}
