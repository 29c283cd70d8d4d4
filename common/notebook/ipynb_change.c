/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One cell of a .ipynb with other content: only the members that differ are written anew.
 */

#include <string.h>

#include "notebook/ipynb.h"
#include "notebook/ipynb_update.h"

/* Whether outputs of a cell whose text changed stay. */
static bool keeps_outputs(const struct updater *u, const struct ipynb_parts *parts)
{
	switch (u->up->options->outputs) {
	case NOTEBOOK_OUTPUTS_KEEP:
		return true;
	case NOTEBOOK_OUTPUTS_KEEP_TAGGED:
		return ipynb_keeps_output(parts);
	default:
		return false;
	}
}

static void edit_flag(struct edits *edits, struct span databricks, const char *key, bool value)
{
	struct span old;
	bool stands = databricks.at && jscan_find(databricks, key, &old);

	if (stands && (old.len == 4) == value) /* "true" has four letters */
		return;
	if (stands || value)
		edits_word(edits, key, value ? "true" : "false");
}

static void edit_title(struct updater *u, struct edits *edits, const struct notebook_cell *old,
		       const struct notebook_cell *cell)
{
	struct jemit m;

	if (str_eq(old->title, cell->title))
		return;
	m = updater_emit(u, edits_set(edits, "title"), DEPTH_CELL_FLAG);
	jemit_string(&m, cell->title ? cell->title : "");
	u->bad |= m.bad;
}

/* Sets title and flags where they differ. code: the cell is a code cell in the file, whose marker,
 * not a flag, makes it markdown. */
static void edit_metadata(struct updater *u, struct edits *cell_edits,
			  const struct ipynb_parts *parts, const struct notebook_cell *old,
			  const struct notebook_cell *cell, bool code)
{
	cleanup_edits struct edits edits = { .count = 0 }, outer = { .count = 0 };
	struct jemit m;

	edit_title(u, &edits, old, cell);
	if ((old->show_title && old->title) != (cell->show_title && cell->title))
		edit_flag(&edits, parts->databricks, "showTitle", cell->show_title && cell->title);
	if (!code && cell->sandbox != old->sandbox)
		edit_flag(&edits, parts->databricks, "isMarkdownSandbox", cell->sandbox);
	if (!edits.count)
		return;
	m = updater_emit(u, edits_set(&outer, IPYNB_CELL_KEY), DEPTH_CELL_METADATA);
	edits_apply(&m, parts->databricks, &edits);
	m = updater_emit(u, edits_set(cell_edits, "metadata"), DEPTH_CELL_MEMBER);
	edits_apply(&m, parts->metadata, &outer);
}

static void set_reformatted(struct updater *u, struct edits *edits, const char *key,
			    struct span value)
{
	struct jemit m = updater_emit(u, edits_set(edits, key), DEPTH_CELL_MEMBER);

	jemit_reformatted(&m, value);
}

static void clear_run(const struct updater *u, struct edits *edits, const struct cell *cell)
{
	if (cell->has_outputs)
		edits_word(edits, "outputs", "[]");
	if (cell->has_count)
		edits_word(edits, "execution_count", u->form.databricks ? "0" : "null");
}

/* Outputs of the old text are no outputs of the new one; those that came with it are. */
static void edit_run(struct updater *u, struct edits *edits, const struct cell *old,
		     const struct ipynb_parts *parts, const struct cell *cell)
{
	struct ipynb_parts from;
	bool keep = keeps_outputs(u, parts);

	if (!keep)
		clear_run(u, edits, old);
	if (cell->raw_format != NOTEBOOK_IPYNB || !cell->raw.at)
		return;
	ipynb_cell_parts(cell->raw, &from);
	if (keep && parts->outputs.at && from.outputs.at)
		set_reformatted(u, edits, "outputs", from.outputs);
	if (keep && parts->count.at && from.count.at)
		set_reformatted(u, edits, "execution_count", from.count);
	if (from.attachments.at)
		set_reformatted(u, edits, "attachments", from.attachments);
}

/* The text as a cell of the type code holds it: a cell that is markdown or raw only by the marker
 * in its text keeps the marker. */
static void add_text(struct buf *text, const struct notebook_cell *cell, bool code)
{
	if (code && cell->type == NOTEBOOK_RAW)
		buf_add_str(text, MODEL_RAW_MARK);
	else if (code && cell->type == NOTEBOOK_MARKDOWN)
		buf_add_str(text, cell->sandbox ? "%md-sandbox\n" : "%md\n");
	buf_add(text, cell->text, cell->len);
}

static bool same_text(const struct notebook_cell *a, const struct notebook_cell *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

void ipynb_put_changed(struct updater *u, struct buf *out, const struct cell *old,
		       const struct cell *cell)
{
	struct jemit m = updater_emit(u, out, DEPTH_CELL), source;
	cleanup_edits struct edits edits = { .count = 0 };
	cleanup_buf struct buf text = BUF_INIT(SIZE_MAX / 2);
	struct ipynb_parts parts;
	bool code;

	ipynb_cell_parts(old->raw, &parts);
	code = jscan_is(parts.type, "code");
	edit_metadata(u, &edits, &parts, &old->pub, &cell->pub, code);
	if (!same_text(&old->pub, &cell->pub) || (code && old->pub.sandbox != cell->pub.sandbox)) {
		add_text(&text, &cell->pub, code);
		source = updater_emit(u, edits_set(&edits, "source"), DEPTH_CELL_MEMBER);
		ipynb_put_source(&source, (struct span){ buf_str(&text), text.len }, parts.source,
				 false);
		u->bad |= source.bad;
		edit_run(u, &edits, old, &parts, cell);
	}
	edits_apply(&m, old->raw, &edits);
}

/* Its own id if the file has ids and this one is free. */
static void edit_id(struct updater *u, struct edits *edits, const struct ipynb_parts *parts,
		    size_t j)
{
	struct span id = parts->id;

	if (!u->form.ids) {
		if (id.at)
			edits_remove(edits, "id");
		return;
	}
	if (!id.at || !ipynb_ids_take(&u->ids, id))
		id = ipynb_ids_id(&u->ids, &u->origins[j]);
	buf_add(edits_set(edits, "id"), id.at, id.len);
}

void ipynb_put_imported(struct updater *u, struct buf *out, size_t j)
{
	const struct cell *cell = &u->up->nb->cells[j];
	cleanup_buf struct buf text = BUF_INIT(SIZE_MAX / 2);
	cleanup_edits struct edits edits = { .count = 0 };
	struct jemit m = updater_emit(u, &text, DEPTH_CELL);
	struct ipynb_parts parts;

	/* first in this file's white space, so that edits can copy values as they are */
	jemit_reformatted(&m, cell->raw);
	ipynb_cell_parts((struct span){ text.data, text.len }, &parts);
	edit_id(u, &edits, &parts, j);
	if (!keeps_outputs(u, &parts))
		clear_run(u, &edits, cell);
	m = updater_emit(u, out, DEPTH_CELL);
	edits_apply(&m, (struct span){ text.data, text.len }, &edits);
}
