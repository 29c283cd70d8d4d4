/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs the cells of two notebooks, the sure ones first: equal cells in the common order, equal
 * cells elsewhere (moved), then what is left between the fixed points by likeness and by place.
 */

#include "notebook/match/match.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/match/intern.h"

#define ALIKE_MIN     300            /* between fixed points: a third of the text is the same */
#define ALIKE_FAR_MIN 600            /* anywhere: two thirds */
#define ALIKE_PAIRS   ((size_t)4096) /* comparisons of texts in one gap */

void match_release(struct match *m)
{
	free(m->from);
	free(m->to);
	free(m->same);
	free(m->moved);
	memset(m, 0, sizeof(*m));
}

void match_init(struct match *m, size_t old_count, size_t new_count)
{
	m->old_count = old_count;
	m->new_count = new_count;
	m->from = xcalloc(new_count, sizeof(size_t));
	m->to = xcalloc(old_count, sizeof(size_t));
	m->same = xcalloc(new_count, sizeof(bool));
	m->moved = xcalloc(new_count, sizeof(bool));
	for (size_t j = 0; j < new_count; j++)
		m->from[j] = MATCH_NONE;
	for (size_t i = 0; i < old_count; i++)
		m->to[i] = MATCH_NONE;
}

void match_pair(struct match *m, size_t old, size_t nb, bool same)
{
	m->from[nb] = old;
	m->to[old] = nb;
	m->same[nb] = same;
}

void match_order(struct match *m)
{
	cleanup_free size_t *place = xcalloc(m->new_count, sizeof(*place));
	cleanup_free size_t *which = xcalloc(m->new_count, sizeof(*which));
	cleanup_free bool *keep = xcalloc(m->new_count, sizeof(*keep));
	size_t n = 0;

	for (size_t j = 0; j < m->new_count; j++)
		if (m->from[j] != MATCH_NONE) {
			place[n] = m->from[j];
			which[n++] = j;
		}
	match_longest_run(keep, place, n);
	for (size_t k = 0; k < n; k++)
		m->moved[which[k]] = !keep[k];
}

struct numbered {
	size_t *old, *nb; /* owned: equal cells have equal numbers */
	size_t ids;
};

static void number_cells(struct numbered *n, const struct notebook *old, const struct notebook *nb)
{
	struct intern table;

	intern_init_cells(&table);
	n->old = xcalloc(old->count, sizeof(size_t));
	n->nb = xcalloc(nb->count, sizeof(size_t));
	for (size_t i = 0; i < old->count; i++)
		n->old[i] = intern_cell(&table, &old->cells[i].pub);
	for (size_t j = 0; j < nb->count; j++)
		n->nb[j] = intern_cell(&table, &nb->cells[j].pub);
	n->ids = table.count;
	intern_release(&table);
}

/* Equal cells in the common order; marks them in fixed. */
static void pair_in_order(struct match *m, bool *fixed, const struct numbered *n)
{
	cleanup_free size_t *pair = xcalloc(m->new_count, sizeof(*pair));

	match_sequence(pair, n->old, m->old_count, n->nb, m->new_count, n->ids);
	for (size_t j = 0; j < m->new_count; j++) {
		fixed[j] = pair[j] != MATCH_NONE;
		if (fixed[j])
			match_pair(m, pair[j], j, true);
	}
}

static void pair_moved(struct match *m, const struct numbered *n)
{
	cleanup_free size_t *head = xcalloc(n->ids, sizeof(*head)); /* unpaired old cell + 1 */
	cleanup_free size_t *next = xcalloc(m->old_count, sizeof(*next));

	for (size_t i = m->old_count; i-- > 0;)
		if (m->to[i] == MATCH_NONE) {
			next[i] = head[n->old[i]];
			head[n->old[i]] = i + 1;
		}
	for (size_t j = 0; j < m->new_count; j++) {
		size_t i = head[n->nb[j]];

		if (m->from[j] != MATCH_NONE || !i)
			continue;
		head[n->nb[j]] = next[i - 1];
		match_pair(m, i - 1, j, true);
	}
}

/* The unpaired cells of a range. */
struct loose {
	size_t *at; /* owned */
	size_t count;
};

static struct loose loose_cells(const size_t *partner, size_t from, size_t to)
{
	struct loose l = { xcalloc(to - from, sizeof(size_t)), 0 };

	for (size_t i = from; i < to; i++)
		if (partner[i] == MATCH_NONE)
			l.at[l.count++] = i;
	return l;
}

struct pairing {
	struct match *m;
	const struct notebook *old, *nb;
};

static unsigned alike(const struct pairing *p, size_t i, size_t j)
{
	return match_similarity(&p->old->cells[i].pub, &p->nb->cells[j].pub);
}

/* The order-preserving pairing with the greatest sum of likeness. */
static void pair_alike(struct pairing *p, const struct loose *u, const struct loose *v)
{
	size_t w = v->count + 1, i = 0, j = 0;
	cleanup_free unsigned *like = xcalloc(u->count * w + 1, sizeof(*like));
	cleanup_free unsigned *best = xcalloc((u->count + 1) * w, sizeof(*best));

	for (size_t r = u->count; r-- > 0;)
		for (size_t c = v->count; c-- > 0;) {
			unsigned s = alike(p, u->at[r], v->at[c]), with, without;

			like[r * w + c] = s;
			with = s >= ALIKE_MIN ? s + best[(r + 1) * w + c + 1] : 0;
			without = best[(r + 1) * w + c] > best[r * w + c + 1]
					  ? best[(r + 1) * w + c]
					  : best[r * w + c + 1];
			best[r * w + c] = with > without ? with : without;
		}
	while (i < u->count && j < v->count) {
		unsigned s = like[i * w + j];

		if (s >= ALIKE_MIN && best[i * w + j] == s + best[(i + 1) * w + j + 1])
			match_pair(p->m, u->at[i++], v->at[j++], false);
		else if (best[i * w + j] == best[(i + 1) * w + j])
			i++;
		else
			j++;
	}
}

static bool same_type(const struct pairing *p, size_t i, size_t j)
{
	return p->old->cells[i].pub.type == p->nb->cells[j].pub.type;
}

/* Whatever stands at the same place, if as many cells are left on both sides. */
static void pair_by_place(struct pairing *p, const struct loose *u, const struct loose *v)
{
	if (u->count != v->count)
		return;
	for (size_t k = 0; k < u->count; k++)
		if (same_type(p, u->at[k], v->at[k]))
			match_pair(p->m, u->at[k], v->at[k], false);
}

static struct span first_line(const struct cell *cell)
{
	const char *lf = cell->pub.len ? memchr(cell->pub.text, '\n', cell->pub.len) : NULL;

	return (struct span){ cell->pub.text, lf ? (size_t)(lf - cell->pub.text) : cell->pub.len };
}

/* Numbers cells by type and first line; lines must stay where they are while table lives. */
static size_t *number_lines(struct intern *table, struct span *lines, const struct notebook *nb,
			    const struct loose *l)
{
	size_t *numbers = xcalloc(l->count, sizeof(*numbers));

	for (size_t k = 0; k < l->count; k++) {
		const struct cell *cell = &nb->cells[l->at[k]];

		lines[k] = first_line(cell);
		numbers[k] = intern_id(table, hash_bytes(cell->pub.type, lines[k].at, lines[k].len),
				       &lines[k]);
	}
	return numbers;
}

/* Where there are too many cells to compare all with all: those that begin alike, in order. */
static void pair_by_first_line(struct pairing *p, const struct loose *u, const struct loose *v)
{
	struct intern table = { .equal = intern_equal_spans };
	cleanup_free struct span *lines = xcalloc(u->count + v->count, sizeof(*lines));
	cleanup_free size_t *a = number_lines(&table, lines, p->old, u);
	cleanup_free size_t *b = number_lines(&table, lines + u->count, p->nb, v);
	cleanup_free size_t *pair = xcalloc(v->count, sizeof(*pair));

	match_sequence(pair, a, u->count, b, v->count, table.count);
	intern_release(&table);
	for (size_t k = 0; k < v->count; k++)
		if (pair[k] != MATCH_NONE && same_type(p, u->at[pair[k]], v->at[k]))
			match_pair(p->m, u->at[pair[k]], v->at[k], false);
}

static void pair_gap(struct pairing *p, size_t i, size_t i_end, size_t j, size_t j_end)
{
	struct loose u = loose_cells(p->m->to, i, i_end);
	struct loose v = loose_cells(p->m->from, j, j_end);

	if (u.count && v.count) {
		if (u.count <= ALIKE_PAIRS / v.count)
			pair_alike(p, &u, &v);
		else
			pair_by_first_line(p, &u, &v);
		free(u.at);
		free(v.at);
		u = loose_cells(p->m->to, i, i_end);
		v = loose_cells(p->m->from, j, j_end);
	}
	pair_by_place(p, &u, &v);
	free(u.at);
	free(v.at);
}

static void pair_changed(struct pairing *p, const bool *fixed)
{
	size_t i = 0, j = 0;

	for (size_t k = 0; k < p->m->new_count; k++)
		if (fixed[k]) {
			pair_gap(p, i, p->m->from[k], j, k);
			i = p->m->from[k] + 1;
			j = k + 1;
		}
	pair_gap(p, i, p->m->old_count, j, p->m->new_count);
}

/* Moved and edited: the likeliest of all that is left, if it is very like. */
static void pair_far(struct pairing *p)
{
	struct loose u = loose_cells(p->m->to, 0, p->m->old_count);
	struct loose v = loose_cells(p->m->from, 0, p->m->new_count);

	for (size_t c = 0; u.count && c < v.count && u.count <= ALIKE_PAIRS / v.count; c++) {
		unsigned best = ALIKE_FAR_MIN - 1;
		size_t which = MATCH_NONE;

		for (size_t r = 0; r < u.count; r++) {
			unsigned s = p->m->to[u.at[r]] == MATCH_NONE ? alike(p, u.at[r], v.at[c])
								     : 0;

			if (s > best) {
				best = s;
				which = u.at[r];
			}
		}
		if (which != MATCH_NONE)
			match_pair(p->m, which, v.at[c], false);
	}
	free(u.at);
	free(v.at);
}

void match_cells(struct match *m, const struct notebook *old, const struct notebook *nb)
{
	struct pairing p = { m, old, nb };
	cleanup_free bool *fixed = xcalloc(nb->count, sizeof(*fixed));
	struct numbered n;

	match_init(m, old->count, nb->count);
	number_cells(&n, old, nb);
	pair_in_order(m, fixed, &n);
	pair_moved(m, &n);
	pair_changed(&p, fixed);
	pair_far(&p);
	match_order(m);
	free(n.old);
	free(n.nb);
}
