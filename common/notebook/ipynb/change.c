/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One cell of a .ipynb with other content: only the members that differ are written anew.
 */

#include <string.h>

#include "notebook/ipynb/facets_write.h"

/* Whether outputs of a cell whose text changed stay. */
static bool keeps_outputs(const struct updater *u, const struct facets *facets)
{
	return u->up->options->outputs == NOTEBOOK_OUTPUTS_KEEP || facets->outputs_told;
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
	if (m.bad)
		u->bad = true;
}

/* Sets title and flags where they differ. code: the cell is a code cell in the file, whose marker,
 * not a flag, makes it markdown. */
static void edit_flags(struct updater *u, struct edits *edits, const struct ipynb_parts *parts,
		       const struct notebook_cell *old, const struct notebook_cell *cell, bool code)
{
	edit_title(u, edits, old, cell);
	if ((old->show_title && old->title) != (cell->show_title && cell->title))
		edit_flag(edits, parts->databricks, "showTitle", cell->show_title && cell->title);
	if (!code && cell->sandbox != old->sandbox)
		edit_flag(edits, parts->databricks, "isMarkdownSandbox", cell->sandbox);
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

/* Removes outputs and count of the old text; keep: leaves them, with the count that came with the new
 * cell. */
static void edit_run(struct updater *u, struct edits *edits, const struct cell *old,
		     const struct ipynb_parts *parts, const struct cell *cell, bool keep)
{
	struct ipynb_parts from;

	if (!keep) {
		clear_run(u, edits, old);
		return;
	}
	if (cell->raw_format != NOTEBOOK_IPYNB || !cell->raw.at)
		return;
	ipynb_cell_parts(cell->raw, &from);
	if (parts->count.at && from.count.at)
		set_reformatted(u, edits, "execution_count", from.count);
}

/* Text with a CR before every LF. */
static void add_crlf(struct buf *out, struct span text)
{
	const char *p = text.at, *end = p + text.len, *lf;

	for (; p < end && (lf = memchr(p, '\n', (size_t)(end - p))); p = lf + 1) {
		buf_add(out, p, (size_t)(lf - p));
		buf_add(out, "\r\n", 2);
	}
	buf_add(out, p, (size_t)(end - p));
}

/* The text as a cell of the type code holds it: a cell that is markdown or raw only by the marker
 * in its text keeps the marker. Lines end as those of the old text do. */
static void add_text(struct buf *out, const struct notebook_cell *cell, bool code, bool crlf)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;

	if (code && cell->type == NOTEBOOK_RAW)
		buf_add_str(&text, MODEL_RAW_MARK);
	else if (code && cell->type == NOTEBOOK_MARKDOWN)
		buf_add_str(&text, cell->sandbox ? "%md-sandbox\n" : "%md\n");
	buf_add(&text, cell->text, cell->len);
	if (crlf)
		add_crlf(out, (struct span){ buf_str(&text), text.len });
	else
		buf_add(out, buf_str(&text), text.len);
}

static bool same_text(const struct notebook_cell *a, const struct notebook_cell *b)
{
	return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

static void edit_text(struct updater *u, struct edits *edits, const struct ipynb_parts *parts,
		      const struct cell *old, const struct cell *cell, bool code)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;
	struct jemit source = updater_emit(u, edits_set(edits, "source"), DEPTH_CELL_MEMBER);

	add_text(&text, &cell->pub, code, old->crlf);
	ipynb_put_source(&source, (struct span){ buf_str(&text), text.len }, parts->source, false);
	if (source.bad)
		u->bad = true;
}

/* Where the outputs of the new cell count, the old ones count, too. */
static void read_both(const struct updater *u, const struct cell *old, struct facets *is,
		      const struct cell *cell, struct facets *wanted)
{
	facets_wanted(wanted, cell, old, u->up->options->outputs);
	facets_of_cell(is, old,
		       wanted->outputs_told ? NOTEBOOK_OUTPUTS_KEEP : u->up->options->outputs);
}

bool ipynb_cell_differs(const struct updater *u, const struct cell *old, const struct cell *cell)
{
	cleanup_facets struct facets is = { 0 }, wanted = { 0 };

	if (facets_same_bytes(old, cell))
		return false;
	read_both(u, old, &is, cell, &wanted);
	return !facets_agree(&is, &wanted);
}

void ipynb_put_changed(struct updater *u, struct buf *out, const struct cell *old,
		       const struct cell *cell)
{
	cleanup_facets struct facets is = { 0 }, wanted = { 0 };
	struct cell_edits edits = { 0 };
	struct ipynb_parts parts;
	bool code;

	ipynb_cell_parts(old->raw, &parts);
	code = jscan_is(parts.type, "code");
	read_both(u, old, &is, cell, &wanted);
	edit_flags(u, &edits.databricks, &parts, &old->pub, &cell->pub, code);
	if (!same_text(&old->pub, &cell->pub) || (code && old->pub.sandbox != cell->pub.sandbox)) {
		edit_text(u, &edits.cell, &parts, old, cell, code);
		edit_run(u, &edits.cell, old, &parts, cell,
			 keeps_outputs(u, wanted.told ? &wanted : &is));
	}
	ipynb_edit_facets(u, &edits, &is, &wanted, code);
	ipynb_apply_cell(u, out, old->raw, &parts, &edits);
	cell_edits_release(&edits);
}

/* ---- new cells ---- */

/* A new cell as an object in this file's style, before it gets what it says beyond its text. */
struct draft {
	struct buf text;          /* owned; the object */
	struct ipynb_parts parts; /* of text */
	struct facets is;         /* owned; what it says already */
	struct cell_edits edits;  /* owned */
};

static void put_draft(struct updater *u, struct buf *out, struct draft *draft,
		      const struct cell *cell)
{
	cleanup_facets struct facets wanted = { 0 };

	facets_of_cell(&wanted, cell, u->up->options->outputs);
	ipynb_edit_facets(u, &draft->edits, &draft->is, &wanted,
			  jscan_is(draft->parts.type, "code"));
	ipynb_apply_cell(u, out, (struct span){ draft->text.data, draft->text.len }, &draft->parts,
			 &draft->edits);
	cell_edits_release(&draft->edits);
	facets_release(&draft->is);
	buf_release(&draft->text);
}

void ipynb_put_new(struct updater *u, struct buf *out, size_t j)
{
	const struct cell *cell = &u->up->nb->cells[j];
	struct ipynb_identity identity = { { NULL, 0 }, { NULL, 0 } };
	struct draft draft = { .text = BUF_UNBOUNDED,
			       .is = { .told = true, .outputs_told = true } };
	struct jemit m = updater_emit(u, cell->facets ? &draft.text : out, DEPTH_CELL);

	identity.nuid = ipynb_ids_nuid(&u->ids, &u->seeds[j]);
	if (u->form.ids)
		identity.id = ipynb_ids_id(&u->ids, &u->seeds[j]);
	ipynb_put_cell(&m, &cell->pub, &identity, &u->form);
	if (m.bad)
		u->bad = true;
	if (!cell->facets)
		return;
	ipynb_cell_parts((struct span){ buf_str(&draft.text), draft.text.len }, &draft.parts);
	put_draft(u, out, &draft, cell);
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
		id = ipynb_ids_id(&u->ids, &u->seeds[j]);
	buf_add(edits_set(edits, "id"), id.at, id.len);
}

void ipynb_put_imported(struct updater *u, struct buf *out, size_t j)
{
	const struct cell *cell = &u->up->nb->cells[j];
	struct cell bare = *cell;
	struct draft draft = { .text = BUF_UNBOUNDED };
	struct jemit m = updater_emit(u, &draft.text, DEPTH_CELL);

	/* first in this file's white space, so that edits can copy values as they are */
	jemit_reformatted(&m, cell->raw);
	ipynb_cell_parts((struct span){ draft.text.data, draft.text.len }, &draft.parts);
	edit_id(u, &draft.edits.cell, &draft.parts, j);
	bare.facets = NULL;
	facets_of_cell(&draft.is, &bare, u->up->options->outputs);
	if (!keeps_outputs(u, &draft.is))
		clear_run(u, &draft.edits.cell, cell);
	put_draft(u, out, &draft, cell);
}
