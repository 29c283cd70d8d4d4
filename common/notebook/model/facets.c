/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads the facets of cells and notebooks, and compares them. Values stay spans of the file; only
 * where their bytes differ are they spelled canonically and compared for what they mean. A list is in
 * order, names nothing twice, and has nothing that says nothing.
 *
 * Which keys of a cell's metadata people set, and which programs leave there, is decided here and
 * nowhere else. Merging is facets_merge.c's, writing ipynb/facets.c's.
 */

#include "notebook/model/facets.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/ipynb/ipynb.h"

void facets_release(struct facets *facets)
{
	for (size_t i = 0; i < facets->count; i++)
		free(facets->list[i].memory);
	free(facets->list);
	*facets = (struct facets){ 0 };
}

static void own_key(struct facet *facet)
{
	if (!facet->memory)
		return;
	facet->memory = xstrndup(facet->key.at, facet->key.len);
	facet->key.at = facet->memory;
}

void facets_copy(struct facets *to, const struct facets *from)
{
	*to = *from;
	to->cap = from->count;
	to->list = from->count ? xmemdup(from->list, from->count * sizeof(*from->list)) : NULL;
	for (size_t i = 0; i < to->count; i++)
		own_key(&to->list[i]);
}

static struct facet *add(struct facets *facets, enum facet_kind kind, struct span value)
{
	facets->list = array_grow(facets->list, facets->count, &facets->cap, sizeof(*facets->list));
	facets->list[facets->count] = (struct facet){ .kind = kind, .value = value };
	return &facets->list[facets->count++];
}

static void add_keyed(struct facets *facets, enum facet_kind kind, struct span key,
		      struct span value)
{
	struct facet *facet = add(facets, kind, value);
	struct buf plain = BUF_UNBOUNDED;

	facet->key = key;
	if (!memchr(key.at, '\\', key.len))
		return;
	jvalue_canonical(&plain, key, JVALUE_PLAIN);
	facet->key.len = plain.len;
	facet->key.at = facet->memory = buf_steal(&plain, NULL);
}

/* ---- order ---- */

int facet_compare(const struct facet *a, const struct facet *b)
{
	size_t n = a->key.len < b->key.len ? a->key.len : b->key.len;
	int order;

	if (a->kind != b->kind)
		return a->kind > b->kind ? 1 : -1;
	order = n ? memcmp(a->key.at, b->key.at, n) : 0;
	return order ? order : (a->key.len > b->key.len) - (a->key.len < b->key.len);
}

static int by_key(const void *a, const void *b)
{
	const struct facet *x = a, *y = b;
	int order = facet_compare(x, y);

	return order ? order : (x->value.at > y->value.at) - (x->value.at < y->value.at);
}

/* Of keys that stand twice the last one counts; then what says nothing goes. */
static void settle(struct facets *facets)
{
	size_t kept = 0;

	if (facets->count)
		qsort(facets->list, facets->count, sizeof(*facets->list), by_key);
	for (size_t i = 0; i < facets->count; i++) {
		struct facet *facet = &facets->list[i];

		if ((i + 1 < facets->count && facet_compare(facet, facet + 1) == 0) ||
		    jvalue_is_nothing(facet->value))
			free(facet->memory);
		else
			facets->list[kept++] = *facet;
	}
	facets->count = kept;
}

/* ---- a cell ---- */

/*
 * Keys of a cell's metadata that programs leave there, besides notebook_run_key(): what a run noted
 * (papermill, Azure ML's gather), how an editor shows the cell (Jupyter's extensions, VS Code,
 * PyCharm, nteract), and identities (Colab, Kaggle, Azure Data Studio). No one set them to say
 * something, and each program has its own for the same cell.
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
			add_keyed(to, FACET_TAG, key, value);
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
		add(to, FACET_INPUT_WIDGETS, widgets);
	if (parts.attachments.at)
		add(to, FACET_ATTACHMENTS, parts.attachments);
	if (to->outputs_told && cell->has_outputs)
		add(to, FACET_OUTPUTS, parts.outputs)->count = parts.count;
	settle(to);
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
	       b->raw.at && jvalue_same_bytes(a->raw, b->raw);
}

/* ---- the notebook ---- */

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
		add_keyed(to, FACET_WIDGET, key, value);
}

void facets_of_notebook(struct facets *to, const struct notebook *nb)
{
	struct span databricks, value;

	if (nb->facets) {
		facets_copy(to, nb->facets);
		return;
	}
	to->told = nb->format == NOTEBOOK_IPYNB && nb->bytes;
	if (!to->told || !nb->metadata.at ||
	    !jscan_find(nb->metadata, IPYNB_NOTEBOOK_KEY, &databricks))
		return;
	if (jscan_find(databricks, "widgets", &value))
		add_widgets(to, value);
	if (jscan_find(databricks, "dashboards", &value))
		add(to, FACET_DASHBOARDS, value);
	if (jscan_find(databricks, "inputWidgetPreferences", &value))
		add(to, FACET_PREFERENCES, value);
	settle(to);
}

/* ---- comparing ---- */

bool facet_equal(const struct facet *a, const struct facet *b)
{
	if (!a || !b)
		return !a && !b;
	return facet_compare(a, b) == 0 &&
	       jvalue_equal(a->value, b->value,
			    a->kind == FACET_OUTPUTS ? JVALUE_OUTPUTS : JVALUE_PLAIN);
}

bool facets_tell(const struct facets *facets, enum facet_kind kind)
{
	return kind == FACET_OUTPUTS ? facets->outputs_told : facets->told;
}

/* The next that the other list can tell, too. */
static const struct facet *next_told(const struct facets *facets, const struct facets *other,
				     size_t *i)
{
	while (*i < facets->count && !facets_tell(other, facets->list[*i].kind))
		++*i;
	return *i < facets->count ? &facets->list[(*i)++] : NULL;
}

bool facets_agree(const struct facets *a, const struct facets *b)
{
	const struct facet *x, *y;
	size_t i = 0, j = 0;

	if (!a->told || !b->told)
		return true;
	do {
		x = next_told(a, b, &i);
		y = next_told(b, a, &j);
		if (!facet_equal(x, y))
			return false;
	} while (x);
	return true;
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

/* ---- the canonical form ---- */

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

static bool put_notebook(const struct notebook *nb, enum notebook_outputs outputs, struct buf *out)
{
	struct facets facets = { 0 };
	bool any;

	facets_of_notebook(&facets, nb);
	any = put_all(out, 0, &facets);
	facets_release(&facets);
	for (size_t i = 0; i < nb->count && (out || !any); i++) {
		facets_of_cell(&facets, &nb->cells[i], outputs);
		any |= put_all(out, i + 1, &facets);
		facets_release(&facets);
	}
	return any;
}

void facets_canonical(const struct notebook *nb, enum notebook_outputs outputs, struct buf *out)
{
	put_notebook(nb, outputs, out);
}

bool facets_say_anything(const struct notebook *nb, enum notebook_outputs outputs)
{
	return put_notebook(nb, outputs, NULL);
}
