/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes outputs and execution counts, on request also what else a run leaves in metadata, and
 * touches no other byte.
 */

#include "notebook/ipynb/outputs.h"

#include <stdlib.h>

#include "notebook/ipynb/ipynb.h"

bool ipynb_is_databricks(const struct notebook *nb)
{
	struct span value;

	return nb->ipynb.metadata.at && jscan_find(nb->ipynb.metadata, IPYNB_NOTEBOOK_KEY, &value);
}

/* What a program notes in a cell's metadata when it runs the cell or shows its output. Sources:
 * ExecuteTime of the notebook extension "Execute Time"; execution of jupyterlab-execute-time and
 * nbclient; scrolled and collapsed of nbformat, which are about the output; the others of
 * Databricks. Its "collapsed" is about the cell, and set by a person. */
static const struct {
	const char *name;
	bool jupyter; /* not in Databricks' object */
} run_keys[NOTEBOOK_RUN_KEYS] = {
	{ "ExecuteTime", false }, { "execution", false }, { "scrolled", false },
	{ "collapsed", true },    { "startTime", false }, { "finishTime", false },
	{ "submitTime", false },
};

const char *notebook_run_key(size_t i)
{
	return run_keys[i].name;
}

/* A part of the file and what stands there instead. */
struct change {
	struct span old, with;
};

struct stripper {
	const struct notebook_options *options;
	struct notebook_dropped dropped;
	struct change *changes; /* owned; in any order, none inside another */
	size_t count, cap;
	bool tagged; /* some cell keeps its output */
};

static void replace(struct stripper *st, struct span old, struct span with)
{
	st->changes = array_grow(st->changes, st->count, &st->cap, sizeof(*st->changes));
	st->changes[st->count++] = (struct change){ old, with };
}

static void remove_between(struct stripper *st, const char *from, const char *to)
{
	replace(st, (struct span){ from, (size_t)(to - from) }, (struct span){ NULL, 0 });
}

/* ---- members of an object ---- */

typedef bool (*drop_fn)(struct stripper *st, struct span key);

/* Removes the members that drop says, each with the comma and the white space that go with it. */
static void remove_members(struct stripper *st, struct span object, drop_fn drop)
{
	const char *kept = NULL;                   /* the end of the last member that stays */
	const char *gone = NULL, *gone_end = NULL; /* the members since, which go */
	struct span key, value;
	struct jscan s;
	bool first = true;

	jscan_init(&s, object.at, object.len, JSCAN_DEPTH_MAX);
	if (jscan_peek(&s) != '{' || !jscan_open(&s, '{'))
		return;
	while (jscan_member(&s, &first, &key) && jscan_skip(&s, &value)) {
		if (drop(st, key)) {
			gone = gone ? gone : key.at;
			gone_end = value.at + value.len;
			continue;
		}
		if (gone)
			remove_between(st, kept ? kept : gone, kept ? gone_end : key.at);
		gone = NULL;
		kept = value.at + value.len;
	}
	if (gone && kept)
		remove_between(st, kept, gone_end);
	else if (gone)
		remove_between(st, object.at + 1, object.at + object.len - 1);
}

static bool drop_run_key(struct stripper *st, struct span key, bool jupyter)
{
	for (size_t i = 0; i < ARRAY_SIZE(run_keys); i++)
		if (jscan_is(key, run_keys[i].name) && (jupyter || !run_keys[i].jupyter)) {
			st->dropped.keys[i]++;
			return true;
		}
	return false;
}

static bool drop_of_cell(struct stripper *st, struct span key)
{
	return drop_run_key(st, key, true);
}

static bool drop_of_databricks(struct stripper *st, struct span key)
{
	return drop_run_key(st, key, false);
}

/* ---- cells ---- */

static void strip_cell(struct stripper *st, const struct cell *cell, struct span no_count)
{
	struct ipynb_parts parts;

	if (!cell->has_outputs && !cell->has_count && !st->options->run_state)
		return;
	ipynb_cell_parts(cell->raw, &parts);
	if (st->options->outputs == NOTEBOOK_OUTPUTS_KEEP_TAGGED && ipynb_keeps_output(&parts)) {
		st->tagged = true;
		return;
	}
	if (cell->has_outputs && parts.outputs.at) {
		replace(st, parts.outputs, (struct span){ "[]", 2 });
		st->dropped.outputs++;
	}
	if (cell->has_count && parts.count.at) {
		replace(st, parts.count, no_count);
		st->dropped.counts++;
	}
	if (!st->options->run_state || !parts.metadata.at)
		return;
	remove_members(st, parts.metadata, drop_of_cell);
	if (parts.databricks.at)
		remove_members(st, parts.databricks, drop_of_databricks);
}

/* ---- the state of Jupyter's widgets ---- */

#define WIDGET_STATE "application/vnd.jupyter.widget-state+json"

static bool drop_widget_state(struct stripper *st, struct span key)
{
	(void)st;
	return jscan_is(key, WIDGET_STATE);
}

static bool drop_widgets(struct stripper *st, struct span key)
{
	(void)st;
	return jscan_is(key, "widgets");
}

static bool holds_only_state(struct span widgets)
{
	struct span key;
	struct jscan s;
	bool first = true;

	jscan_init(&s, widgets.at, widgets.len, JSCAN_DEPTH_MAX);
	jscan_open(&s, '{');
	while (jscan_member(&s, &first, &key) && jscan_skip(&s, NULL))
		if (!jscan_is(key, WIDGET_STATE))
			return false;
	return true;
}

static void strip_widgets(struct stripper *st, struct span metadata)
{
	struct span widgets, state;

	if (!metadata.at || !jscan_find(metadata, "widgets", &widgets) ||
	    !jscan_find(widgets, WIDGET_STATE, &state))
		return;
	st->dropped.widgets++;
	if (holds_only_state(widgets))
		remove_members(st, metadata, drop_widgets);
	else
		remove_members(st, widgets, drop_widget_state);
}

/* ---- the notebook ---- */

static int by_place(const void *a, const void *b)
{
	const struct change *x = a, *y = b;

	return (x->old.at > y->old.at) - (x->old.at < y->old.at);
}

static void write_changed(const struct stripper *st, const struct notebook *nb, struct buf *out)
{
	const char *done = nb->bytes;

	if (st->count)
		qsort(st->changes, st->count, sizeof(*st->changes), by_place);
	for (size_t i = 0; i < st->count; i++) {
		buf_add(out, done, (size_t)(st->changes[i].old.at - done));
		buf_add(out, st->changes[i].with.at, st->changes[i].with.len);
		done = st->changes[i].old.at + st->changes[i].old.len;
	}
	buf_add(out, done, (size_t)(nb->bytes + nb->len - done));
}

void ipynb_strip_outputs(const struct notebook *nb, const struct notebook_options *options,
			 struct buf *out)
{
	struct stripper st = { .options = options };
	struct span no_count = ipynb_is_databricks(nb) ? (struct span){ "0", 1 }
						       : (struct span){ "null", 4 };

	for (size_t i = 0; i < nb->count; i++)
		strip_cell(&st, &nb->cells[i], no_count);
	/* outputs that are kept may show widgets */
	if (options->run_state && !st.tagged)
		strip_widgets(&st, nb->ipynb.metadata);
	write_changed(&st, nb, out);
	free(st.changes);
	if (options->dropped)
		*options->dropped = st.dropped;
}
