/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facets into an existing .ipynb: two lists are walked along, and what differs becomes an edit of
 * the object it stands in. What is gone becomes what a new file of Databricks has there. What the new
 * list does not tell stays; whether the two differ at all is decided by model/facets.c alone.
 */

#include "notebook/ipynb/facets_write.h"

#include <string.h>

void cell_edits_release(struct cell_edits *edits)
{
	edits_release(&edits->cell);
	edits_release(&edits->metadata);
	edits_release(&edits->databricks);
}

static void put_value(struct updater *u, struct buf *out, struct span value, unsigned depth)
{
	struct jemit m = updater_emit(u, out, depth);

	jemit_reformatted(&m, value);
}

/* ---- what differs ---- */

/* A difference: facet is what is wanted, or what is gone where value is nothing. */
struct difference {
	const struct facet *facet;
	struct span value;
};

struct walk {
	const struct facets *old, *wanted;
	size_t i, j;
};

static const struct facet *at(const struct facets *facets, size_t i)
{
	return i < facets->count ? &facets->list[i] : NULL;
}

/* One step; false at the end. A step without a difference has no facet. */
static bool step(struct walk *walk, struct difference *out)
{
	const struct facet *x = at(walk->old, walk->i), *y = at(walk->wanted, walk->j);
	int order;

	*out = (struct difference){ NULL, { NULL, 0 } };
	if (!x && !y)
		return false;
	order = !x ? 1 : !y ? -1 : facet_compare(x, y);
	walk->i += order <= 0;
	walk->j += order >= 0;
	if (order >= 0 && (order > 0 || !facet_equal(x, y)))
		*out = (struct difference){ y, y->value };
	else if (order < 0)
		out->facet = x;
	if (out->facet && !facets_tell(walk->wanted, out->facet->kind))
		out->facet = NULL;
	return true;
}

/* ---- a cell ---- */

static void set_or_word(struct updater *u, struct edits *edits, const char *key, struct span value,
			unsigned depth, const char *nothing)
{
	if (value.at)
		put_value(u, edits_set(edits, key), value, depth);
	else
		edits_word(edits, key, nothing);
}

static void edit_outputs(struct updater *u, struct cell_edits *edits, const struct difference *d)
{
	set_or_word(u, &edits->cell, "outputs", d->value, DEPTH_CELL_MEMBER, "[]");
	if (d->value.at && d->facet->count.at)
		put_value(u, edits_set(&edits->cell, "execution_count"), d->facet->count,
			  DEPTH_CELL_MEMBER);
}

static void edit_facet(struct updater *u, struct cell_edits *edits, const struct difference *d,
		       bool can_run)
{
	const struct facet *facet = d->facet;

	if (facet->kind == FACET_OUTPUTS && can_run)
		edit_outputs(u, edits, d);
	else if (facet->kind == FACET_INPUT_WIDGETS)
		set_or_word(u, &edits->databricks, "inputWidgets", d->value, DEPTH_CELL_FLAG, "{}");
	else if (facet->kind == FACET_ATTACHMENTS && d->value.at)
		put_value(u, edits_set(&edits->cell, "attachments"), d->value, DEPTH_CELL_MEMBER);
	else if (facet->kind == FACET_ATTACHMENTS)
		edits_remove(&edits->cell, "attachments");
	else if (facet->kind == FACET_TAG && d->value.at)
		put_value(u, edits_set_key(&edits->metadata, facet->key), d->value,
			  DEPTH_CELL_METADATA);
	else if (facet->kind == FACET_TAG)
		edits_remove_key(&edits->metadata, facet->key);
}

void ipynb_edit_facets(struct updater *u, struct cell_edits *edits, const struct facets *old,
		       const struct facets *wanted, bool can_run)
{
	struct walk walk = { .old = old, .wanted = wanted };
	struct difference d;

	while (step(&walk, &d))
		if (d.facet)
			edit_facet(u, edits, &d, can_run);
}

void ipynb_apply_cell(struct updater *u, struct buf *out, struct span raw,
		      const struct ipynb_parts *parts, struct cell_edits *edits)
{
	struct jemit m;

	if (edits->databricks.count) {
		struct span object = parts->databricks;

		if (object.at && *object.at != '{')
			object.at = NULL;
		m = updater_emit(u, edits_set(&edits->metadata, IPYNB_CELL_KEY),
				 DEPTH_CELL_METADATA);
		edits_apply(&m, object, &edits->databricks);
	}
	if (edits->metadata.count) {
		struct span object = parts->metadata;

		if (object.at && *object.at != '{')
			object.at = NULL;
		m = updater_emit(u, edits_set(&edits->cell, "metadata"), DEPTH_CELL_MEMBER);
		edits_apply(&m, object, &edits->metadata);
	}
	m = updater_emit(u, out, DEPTH_CELL);
	edits_apply(&m, raw, &edits->cell);
}

/* ---- the notebook ---- */

bool ipynb_facets_differ(const struct update *up)
{
	cleanup_facets struct facets old = { 0 }, wanted = { 0 };

	facets_of_notebook(&old, up->old);
	facets_of_notebook(&wanted, up->nb);
	return !facets_agree(&old, &wanted);
}

enum { DEPTH_NOTEBOOK_VALUE = 3, DEPTH_WIDGET };

static void set_widgets(struct updater *u, struct edits *databricks, struct edits *widgets)
{
	struct span metadata = u->up->old->ipynb.metadata, object, old = { NULL, 0 };
	struct jemit m;

	if (metadata.at && jscan_find(metadata, IPYNB_NOTEBOOK_KEY, &object) &&
	    jscan_find(object, "widgets", &old) && *old.at != '{')
		old.at = NULL;
	m = updater_emit(u, edits_set(databricks, "widgets"), DEPTH_NOTEBOOK_VALUE);
	edits_apply(&m, old, widgets);
}

void ipynb_edit_notebook(struct updater *u, struct edits *databricks, const struct facets *old,
			 const struct facets *wanted)
{
	cleanup_edits struct edits widgets = { 0 };
	struct walk walk = { .old = old, .wanted = wanted };
	struct difference d;

	while (step(&walk, &d)) {
		if (!d.facet)
			continue;
		if (d.facet->kind == FACET_DASHBOARDS)
			set_or_word(u, databricks, "dashboards", d.value, DEPTH_NOTEBOOK_VALUE,
				    "[]");
		else if (d.facet->kind == FACET_PREFERENCES)
			set_or_word(u, databricks, "inputWidgetPreferences", d.value,
				    DEPTH_NOTEBOOK_VALUE, "null");
		else if (d.value.at)
			put_value(u, edits_set_key(&widgets, d.facet->key), d.value, DEPTH_WIDGET);
		else
			edits_remove_key(&widgets, d.facet->key);
	}
	if (widgets.count)
		set_widgets(u, databricks, &widgets);
}
