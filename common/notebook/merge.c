/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three-way merge by cells. Ours' order is the frame; what theirs added, moved or kept alive is put
 * into it behind its predecessor. A cell that one side changed is that side's; one that both
 * changed is merged field by field, its text line by line; an edit wins against a deletion.
 *
 * Everything else that a notebook says is merged key by key (facets.h); what a format cannot tell is as
 * in base. Nothing is dropped silently: whatever cannot be joined stays as ours has it and is
 * reported.
 */

#include <stdlib.h>
#include <string.h>

#include "notebook/ipynb/facets_read.h"
#include "notebook/match/diff3.h"
#include "notebook/notebook.h"
#include "notebook/update.h"

/* A cell of the result, in a list. */
struct node {
	size_t next, prev;
	size_t base, ours, theirs; /* indexes, MATCH_NONE: not there */
	size_t after; /* of a new cell: the base cell before it on its side, counted from 1 */
};

#define HEAD 0 /* the list's anchor, no cell */

struct merger {
	const struct notebook *base, *ours, *theirs;
	struct match to_ours, to_theirs; /* from base */
	struct node *nodes;              /* owned */
	size_t count;
	size_t *node_of_theirs;       /* owned; HEAD: none */
	struct notebook *result;      /* owned; the merged model */
	const struct notebook *frame; /* ours or theirs: whose file the result is written into */
	size_t *frame_of;             /* owned; per result cell that of the frame */
	enum notebook_outputs outputs;
	bool conflict;
};

static void link_after(struct merger *m, size_t before, size_t node)
{
	size_t next = m->nodes[before].next;

	m->nodes[node].next = next;
	m->nodes[node].prev = before;
	m->nodes[before].next = node;
	m->nodes[next].prev = node;
}

static size_t insert_after(struct merger *m, size_t before, struct node node)
{
	m->nodes[m->count] = node;
	link_after(m, before, m->count);
	return m->count++;
}

/* Whether a side holds the base cell unchanged. */
static bool unchanged(const struct match *m, size_t base)
{
	return m->to[base] != MATCH_NONE && m->same[m->to[base]];
}

/* Ours' cells in ours' order, without those that theirs deleted and ours left as they were. */
static void lay_ours(struct merger *m)
{
	size_t last = HEAD, after = 0;

	for (size_t j = 0; j < m->ours->count; j++) {
		size_t b = m->to_ours.from[j];
		struct node node = { .base = b, .ours = j, .theirs = MATCH_NONE, .after = after };

		if (b != MATCH_NONE) {
			after = b + 1;
			node.theirs = m->to_theirs.to[b];
			if (node.theirs == MATCH_NONE && unchanged(&m->to_ours, b))
				continue;
		}
		last = insert_after(m, last, node);
		if (node.theirs != MATCH_NONE)
			m->node_of_theirs[node.theirs] = last;
	}
}

/* Past cells that only ours has and that came in at the same place of base or before it, so that
 * at one place ours' new cells come before theirs'. */
static size_t past_ours_only(const struct merger *m, size_t at, size_t after)
{
	size_t next = m->nodes[at].next;

	while (next != HEAD && m->nodes[next].base == MATCH_NONE &&
	       m->nodes[next].theirs == MATCH_NONE && m->nodes[next].after <= after) {
		at = next;
		next = m->nodes[at].next;
	}
	return at;
}

/* A cell that ours added right behind at and that equals theirs' new cell t: both added it. */
static size_t added_by_both(const struct merger *m, size_t at, size_t t)
{
	size_t next = m->nodes[at].next;

	for (; next != HEAD && m->nodes[next].base == MATCH_NONE; next = m->nodes[next].next)
		if (m->nodes[next].theirs == MATCH_NONE &&
		    cell_equal(&m->ours->cells[m->nodes[next].ours].pub, &m->theirs->cells[t].pub))
			return next;
	return HEAD;
}

/* Whether theirs moved the cell and ours did not. */
static bool moved_by_theirs(const struct merger *m, size_t t)
{
	size_t b = m->to_theirs.from[t];
	size_t o = b == MATCH_NONE ? MATCH_NONE : m->to_ours.to[b];

	return b != MATCH_NONE && o != MATCH_NONE && m->to_theirs.moved[t] && !m->to_ours.moved[o];
}

static size_t place_new(struct merger *m, size_t at, size_t t, size_t after)
{
	size_t b = m->to_theirs.from[t], both = HEAD;
	struct node node = { .base = b, .ours = MATCH_NONE, .theirs = t };

	if (b == MATCH_NONE)
		both = added_by_both(m, at, t);
	if (both != HEAD) {
		m->nodes[both].theirs = t;
		return both;
	}
	if (m->nodes[at].base != MATCH_NONE || at == HEAD)
		at = past_ours_only(m, at, after);
	return insert_after(m, at, node);
}

static void move_node(struct merger *m, size_t node, size_t at)
{
	struct node *moved = &m->nodes[node];

	if (at == node || m->nodes[at].next == node)
		return;
	m->nodes[moved->prev].next = moved->next;
	m->nodes[moved->next].prev = moved->prev;
	link_after(m, at, node);
}

/* Theirs' cells behind their predecessors in theirs. */
static void lay_theirs(struct merger *m)
{
	size_t at = HEAD, after = 0;

	for (size_t t = 0; t < m->theirs->count; t++) {
		size_t b = m->to_theirs.from[t], node = m->node_of_theirs[t];

		if (node != HEAD) {
			if (moved_by_theirs(m, t))
				move_node(m, node, at);
		} else if (b == MATCH_NONE || !unchanged(&m->to_theirs, b)) {
			node = place_new(m, at, t, after);
		}
		if (b != MATCH_NONE)
			after = b + 1;
		if (node == HEAD)
			continue; /* ours deleted it */
		m->node_of_theirs[t] = node;
		at = node;
	}
}

static bool field_conflicts(bool ours_changed, bool theirs_changed, bool equal)
{
	return ours_changed && theirs_changed && !equal;
}

static bool shown(const struct notebook_cell *cell)
{
	return cell->title && cell->show_title;
}

static bool merge_title(struct notebook_cell *out, const struct notebook_cell *b,
			const struct notebook_cell *o, const struct notebook_cell *t)
{
	bool by_ours = !str_eq(b->title, o->title), by_theirs = !str_eq(b->title, t->title);
	const struct notebook_cell *from = by_theirs && !by_ours ? t : o;

	if (field_conflicts(by_ours, by_theirs, str_eq(o->title, t->title)))
		return false;
	out->title = xstrdup(from->title);
	out->show_title = shown(o) != shown(b) ? shown(o) : shown(t);
	return true;
}

static bool merge_text(struct notebook_cell *out, const struct notebook_cell *b,
		       const struct notebook_cell *o, const struct notebook_cell *t)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;

	if (!diff3_merge(&text, (struct span){ b->text, b->len }, (struct span){ o->text, o->len },
			 (struct span){ t->text, t->len }))
		return false;
	out->text = buf_steal(&text, &out->len);
	return true;
}

/* A cell that both changed; false when they cannot be joined. */
static bool merge_cell(struct notebook_cell *out, const struct notebook_cell *b,
		       const struct notebook_cell *o, const struct notebook_cell *t)
{
	if (field_conflicts(o->type != b->type, t->type != b->type, o->type == t->type))
		return false;
	out->type = o->type != b->type ? o->type : t->type;
	out->sandbox = o->sandbox != b->sandbox ? o->sandbox : t->sandbox;
	return merge_title(out, b, o, t) && merge_text(out, b, o, t);
}

/* ---- facets ---- */

static bool is_told(const struct cell *cell)
{
	return cell && cell->raw_format == NOTEBOOK_IPYNB && cell->raw.at;
}

/* What a cell of the result says beyond its text; nothing when nobody tells. */
static void settle_facets(struct merger *m, struct cell *result, const struct cell *b,
			  const struct cell *o, const struct cell *t)
{
	cleanup_facets struct facets base = { 0 }, ours = { 0 }, theirs = { 0 };

	if (!is_told(b) && !is_told(o) && !is_told(t))
		return;
	facets_of_cell(&base, b, m->outputs);
	facets_of_cell(&ours, o, m->outputs);
	facets_of_cell(&theirs, t, m->outputs);
	result->facets = xcalloc(1, sizeof(*result->facets));
	if (!facets_merge(result->facets, &base, &ours, &theirs, FACETS_MERGE))
		m->conflict = true;
}

static void merge_notebook_facets(struct merger *m)
{
	cleanup_facets struct facets base = { 0 }, ours = { 0 }, theirs = { 0 };

	facets_of_notebook(&base, m->base);
	facets_of_notebook(&ours, m->ours);
	facets_of_notebook(&theirs, m->theirs);
	m->result->facets = xcalloc(1, sizeof(*m->result->facets));
	if (!facets_merge(m->result->facets, &base, &ours, &theirs, FACETS_MERGE))
		m->conflict = true;
}

/* Which of the sides' cells the result's cell is, as it is; NULL: it is to be merged. */
static const struct cell *chosen(const struct merger *m, const struct node *node,
				 const struct cell *o, const struct cell *t)
{
	bool by_ours = node->base == MATCH_NONE || !unchanged(&m->to_ours, node->base);
	bool by_theirs = node->base == MATCH_NONE || !unchanged(&m->to_theirs, node->base);

	if (!o || !t)
		return o ? o : t;
	if (!by_theirs || node->base == MATCH_NONE || cell_equal(&t->pub, &o->pub))
		return o;
	return by_ours ? NULL : t;
}

/* Adds what the node stands for to the result. */
static void settle(struct merger *m, const struct node *node)
{
	const struct cell *b = node->base == MATCH_NONE ? NULL : &m->base->cells[node->base];
	const struct cell *o = node->ours == MATCH_NONE ? NULL : &m->ours->cells[node->ours];
	const struct cell *t = node->theirs == MATCH_NONE ? NULL : &m->theirs->cells[node->theirs];
	const struct cell *from = chosen(m, node, o, t);
	struct cell merged = { .raw_format = NOTEBOOK_SOURCE };
	size_t at = m->result->count;

	m->frame_of[at] = m->frame == m->ours ? node->ours : node->theirs;
	if (!from && merge_cell(&merged.pub, &b->pub, &o->pub, &t->pub)) {
		*model_add(m->result) = merged;
	} else {
		cell_release(&merged);
		if (!from)
			m->conflict = true;
		model_add_copy(m->result, from ? from : o);
	}
	settle_facets(m, &m->result->cells[at], b, o, t);
}

static void build(struct merger *m)
{
	size_t most = m->ours->count + m->theirs->count + 1;

	match_cells(&m->to_ours, m->base, m->ours);
	match_cells(&m->to_theirs, m->base, m->theirs);
	update_settle_last(&m->to_ours, m->base, m->ours);
	update_settle_last(&m->to_theirs, m->base, m->theirs);
	m->nodes = xcalloc(most, sizeof(*m->nodes));
	m->nodes[HEAD] = (struct node){ HEAD, HEAD, MATCH_NONE, MATCH_NONE, MATCH_NONE, 0 };
	m->count = 1;
	m->node_of_theirs = xcalloc(m->theirs->count, sizeof(size_t));
	m->frame_of = xcalloc(most, sizeof(size_t));
	lay_ours(m);
	lay_theirs(m);
	for (size_t n = m->nodes[HEAD].next; n != HEAD; n = m->nodes[n].next)
		settle(m, &m->nodes[n]);
}

static void release(struct merger *m)
{
	match_release(&m->to_ours);
	match_release(&m->to_theirs);
	free(m->nodes);
	free(m->node_of_theirs);
	free(m->frame_of);
	notebook_free(m->result);
}

/* The one place where merging meets the environment. */
static void merge_environment(struct merger *m)
{
	if (environment_merge(&m->result->environment, &m->base->environment, &m->ours->environment,
			      &m->theirs->environment))
		m->conflict = true;
}

static int write_result(struct notebook **out, struct merger *m, struct err *e)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	struct match match = { 0 };
	struct update up = { m->frame, m->result, &options, &match, false };
	int rc;

	options.outputs = m->outputs;
	options.private = true;
	match_init(&match, m->frame->count, m->result->count);
	for (size_t j = 0; j < m->result->count; j++)
		if (m->frame_of[j] != MATCH_NONE)
			match_pair(&match, m->frame_of[j], j,
				   cell_equal(&m->frame->cells[m->frame_of[j]].pub,
					      &m->result->cells[j].pub));
	rc = update_parse(out, &up, e);
	match_release(&match);
	return rc;
}

static int merge(struct notebook **out, bool *conflict, struct merger *m, struct err *e)
{
	int rc;

	m->frame = m->ours->format == NOTEBOOK_SOURCE && notebook_is_rich(m->theirs, m->outputs)
			   ? m->theirs
			   : m->ours;
	m->result = model_new(m->frame->format, m->ours->language);
	build(m);
	m->result->language = m->ours->language != m->base->language ? m->ours->language
								     : m->theirs->language;
	merge_environment(m);
	merge_notebook_facets(m);
	*conflict = m->conflict;
	rc = write_result(out, m, e);
	release(m);
	return rc;
}

/* A base with the same cells and nothing beyond them, so that whatever else the sides say counts as
 * added. */
static struct notebook *bare_cells(const struct notebook *nb)
{
	struct notebook *bare = model_new(NOTEBOOK_SOURCE, nb->language);

	for (size_t i = 0; i < nb->count; i++) {
		struct cell *cell;

		model_add_copy(bare, &nb->cells[i]);
		cell = &bare->cells[i];
		cell->raw = (struct span){ NULL, 0 };
		cell->raw_format = NOTEBOOK_SOURCE;
	}
	return bare;
}

int notebook_merge(struct notebook **out, bool *conflict, const struct notebook_versions *versions,
		   enum notebook_outputs outputs, struct err *e)
{
	const struct notebook *base = versions->base, *ours = versions->ours;
	struct merger m = {
		.base = base, .ours = ours, .theirs = versions->theirs, .outputs = outputs
	};
	cleanup_notebook struct notebook *bare = NULL;

	*out = NULL;
	*conflict = false;
	/* Without a base, a merge of different cells would be a guess. */
	if (!base && !notebook_equal(ours, m.theirs)) {
		*conflict = true;
		return update_copy(out, ours, e);
	}
	if (!base)
		m.base = bare = bare_cells(ours);
	return merge(out, conflict, &m, e);
}
