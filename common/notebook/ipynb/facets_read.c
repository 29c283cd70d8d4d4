/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the facets of cells and notebooks; their values stay spans of the file. Which keys of a
 * cell's metadata people set, and which programs leave there, is decided here and nowhere else.
 */

#include "notebook/ipynb/facets_read.h"

#include <string.h>

#include "notebook/ipynb/cell.h"

/*
 * Keys of a cell's metadata that programs leave there, besides notebook_run_key(): what a run noted
 * (papermill, Azure ML's gather), how an editor shows the cell (Jupyter's extensions, VS Code,
 * PyCharm, nteract), and identities (Colab, Kaggle, Azure Data Studio). No person sets them, and
 * each program has its own for the same cell.
 */
static const char *const left_keys[] = {
	"papermill", "gather",   "run_control", "trusted", "heading_collapsed",
	"vscode",    "pycharm",  "nteract",     "colab",   "colab_type",
	"id",        "outputId", "_cell_guid",  "_uuid",   "azdata_cell_guid",
};

static bool is_left(struct span key)
{
	for (size_t i = 0; i < NOTEBOOK_RUN_KEYS; i++)
		if (jscan_is(key, notebook_run_key(i)))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(left_keys); i++)
		if (jscan_is(key, left_keys[i]))
			return true;
	return jscan_is(key, IPYNB_CELL_KEY);
}

static void add_tags(struct facets *to, struct span metadata)
{
	struct span key, value;
	struct jscan s;
	bool first = true;

	jscan_init(&s, metadata.at, metadata.len, JSCAN_DEPTH_MAX);
	if (jscan_peek(&s) != '{')
		return;
	jscan_open(&s, '{');
	while (jscan_member(&s, &first, &key) && jscan_skip(&s, &value))
		if (!is_left(key))
			facets_add_keyed(to, FACET_TAG, key, value);
}

static bool outputs_count(const struct cell *cell, const struct ipynb_parts *parts,
			  enum notebook_outputs outputs)
{
	if (cell->pub.type != NOTEBOOK_CODE)
		return false;
	return outputs == NOTEBOOK_OUTPUTS_KEEP ||
	       (outputs == NOTEBOOK_OUTPUTS_KEEP_TAGGED && ipynb_keeps_output(parts));
}

/* Of a kind of cell that is not known, the whole JSON is the text. */
static bool is_known(const struct ipynb_parts *parts)
{
	return jscan_is(parts->type, "code") || jscan_is(parts->type, "markdown") ||
	       jscan_is(parts->type, "raw");
}

void facets_of_cell(struct facets *to, const struct cell *cell, enum notebook_outputs outputs)
{
	struct ipynb_parts parts;
	struct span widgets;

	if (!cell)
		return;
	if (cell->facets) {
		facets_copy(to, cell->facets);
		return;
	}
	to->told = cell->raw_format == NOTEBOOK_IPYNB && cell->raw.at;
	if (!to->told)
		return;
	ipynb_cell_parts(cell->raw, &parts);
	if (!is_known(&parts))
		return;
	to->outputs_told = outputs_count(cell, &parts, outputs);
	if (parts.metadata.at)
		add_tags(to, parts.metadata);
	if (parts.databricks.at && jscan_find(parts.databricks, "inputWidgets", &widgets))
		facets_add(to, FACET_INPUT_WIDGETS, widgets);
	if (parts.attachments.at)
		facets_add(to, FACET_ATTACHMENTS, parts.attachments);
	if (to->outputs_told && cell->has_outputs)
		facets_add(to, FACET_OUTPUTS, parts.outputs)->count = parts.count;
	facets_settle(to);
}

static bool has_outputs(const struct facets *facets)
{
	for (size_t i = 0; i < facets->count; i++)
		if (facets->list[i].kind == FACET_OUTPUTS)
			return true;
	return false;
}

void facets_wanted(struct facets *to, const struct cell *cell, const struct cell *old,
		   enum notebook_outputs outputs)
{
	cleanup_facets struct facets held = { 0 };

	facets_of_cell(to, cell, outputs);
	if (!old || !to->outputs_told || has_outputs(to))
		return;
	facets_of_cell(&held, old, outputs);
	to->outputs_told = held.outputs_told || !held.told;
}

bool facets_same_bytes(const struct cell *a, const struct cell *b)
{
	return !a->facets && !b->facets && a->raw_format == b->raw_format && a->raw.at &&
	       b->raw.at && span_equal(a->raw, b->raw);
}

static void add_widgets(struct facets *to, struct span widgets)
{
	struct span key, value;
	struct jscan s;
	bool first = true;

	jscan_init(&s, widgets.at, widgets.len, JSCAN_DEPTH_MAX);
	if (jscan_peek(&s) != '{')
		return;
	jscan_open(&s, '{');
	while (jscan_member(&s, &first, &key) && jscan_skip(&s, &value))
		facets_add_keyed(to, FACET_WIDGET, key, value);
}

void facets_of_notebook(struct facets *to, const struct notebook *nb)
{
	struct span databricks, value;

	if (nb->facets) {
		facets_copy(to, nb->facets);
		return;
	}
	to->told = nb->format == NOTEBOOK_IPYNB && nb->bytes;
	if (!to->told || !nb->ipynb.metadata.at ||
	    !jscan_find(nb->ipynb.metadata, IPYNB_NOTEBOOK_KEY, &databricks))
		return;
	if (jscan_find(databricks, "widgets", &value))
		add_widgets(to, value);
	if (jscan_find(databricks, "dashboards", &value))
		facets_add(to, FACET_DASHBOARDS, value);
	if (jscan_find(databricks, "inputWidgetPreferences", &value))
		facets_add(to, FACET_PREFERENCES, value);
	facets_settle(to);
}

static bool cells_agree(const struct cell *a, const struct cell *b, enum notebook_outputs outputs)
{
	static const char empty[] = "{\"cell_type\":\"code\"}";
	static const struct cell none = { .raw = { empty, sizeof(empty) - 1 },
					  .raw_format = NOTEBOOK_IPYNB };
	cleanup_facets struct facets x = { 0 }, y = { 0 };

	if (a && b && facets_same_bytes(a, b))
		return true;
	facets_of_cell(&x, a ? a : &none, outputs);
	facets_of_cell(&y, b ? b : &none, outputs);
	return facets_agree(&x, &y);
}

bool facets_agree_in_all(const struct notebook *a, const struct notebook *b,
			 enum notebook_outputs outputs)
{
	size_t most = a->count > b->count ? a->count : b->count;
	cleanup_facets struct facets x = { 0 }, y = { 0 };

	for (size_t i = 0; i < most; i++)
		if (!cells_agree(i < a->count ? &a->cells[i] : NULL,
				 i < b->count ? &b->cells[i] : NULL, outputs))
			return false;
	facets_of_notebook(&x, a);
	facets_of_notebook(&y, b);
	return facets_agree(&x, &y);
}
