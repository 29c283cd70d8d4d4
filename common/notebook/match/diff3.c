/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three-way merge by lines: the lines that base shares with both sides are the fixed points; what
 * lies between two of them is taken from the side that changed it. If both did, and differently,
 * there is no merge. A line includes its LF, so a missing final newline is a change like any other.
 */

#include "notebook/match/diff3.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/match/intern.h"
#include "notebook/match/match.h"

struct lines {
	struct span *at; /* owned */
	size_t *id;      /* owned */
	size_t count, cap;
};

static void lines_split(struct lines *l, struct span text)
{
	const char *p = text.at, *end = p + text.len, *next;

	for (; p < end; p = next) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		next = lf ? lf + 1 : end;
		l->at = array_grow(l->at, l->count, &l->cap, sizeof(*l->at));
		l->at[l->count++] = (struct span){ p, (size_t)(next - p) };
	}
}

static void lines_number(struct lines *l, struct intern *table)
{
	l->id = xcalloc(l->count, sizeof(*l->id));
	for (size_t i = 0; i < l->count; i++)
		l->id[i] = intern_id(table, hash_bytes(0, l->at[i].at, l->at[i].len), &l->at[i]);
}

static void lines_release(struct lines *l)
{
	free(l->at);
	free(l->id);
}

/* Per line of base its partner on one side. */
static size_t *partners(const struct lines *base, const struct lines *side, size_t ids)
{
	cleanup_free size_t *pair = xcalloc(side->count, sizeof(*pair));
	size_t *to = xcalloc(base->count, sizeof(*to));

	match_sequence(pair, base->id, base->count, side->id, side->count, ids);
	for (size_t i = 0; i < base->count; i++)
		to[i] = MATCH_NONE;
	for (size_t j = 0; j < side->count; j++)
		if (pair[j] != MATCH_NONE)
			to[pair[j]] = j;
	return to;
}

struct range {
	const struct lines *l;
	size_t from, to;
};

static bool same_lines(struct range a, struct range b)
{
	if (a.to - a.from != b.to - b.from)
		return false;
	for (size_t i = 0; i < a.to - a.from; i++)
		if (a.l->id[a.from + i] != b.l->id[b.from + i])
			return false;
	return true;
}

static void add_lines(struct buf *out, struct range r)
{
	for (size_t i = r.from; i < r.to; i++)
		buf_add(out, r.l->at[i].at, r.l->at[i].len);
}

static bool merge_between(struct buf *out, struct range base, struct range ours,
			  struct range theirs)
{
	if (same_lines(ours, base))
		add_lines(out, theirs);
	else if (same_lines(theirs, base) || same_lines(ours, theirs))
		add_lines(out, ours);
	else
		return false;
	return true;
}

static bool merge_lines(struct buf *out, const struct lines *base, const struct lines *ours,
			const struct lines *theirs, size_t ids)
{
	cleanup_free size_t *to_ours = partners(base, ours, ids);
	cleanup_free size_t *to_theirs = partners(base, theirs, ids);
	struct range b = { base, 0, 0 }, o = { ours, 0, 0 }, t = { theirs, 0, 0 };

	for (b.to = 0; b.to <= base->count; b.to++) {
		bool last = b.to == base->count;

		if (!last && (to_ours[b.to] == MATCH_NONE || to_theirs[b.to] == MATCH_NONE))
			continue;
		o.to = last ? ours->count : to_ours[b.to];
		t.to = last ? theirs->count : to_theirs[b.to];
		if (!merge_between(out, b, o, t))
			return false;
		if (!last)
			buf_add(out, base->at[b.to].at, base->at[b.to].len);
		b.from = b.to + 1;
		o.from = o.to + 1;
		t.from = t.to + 1;
	}
	return true;
}

bool diff3_merge(struct buf *out, struct span base, struct span ours, struct span theirs)
{
	struct intern table = { .equal = intern_equal_spans };
	struct lines b = { 0 }, o = { 0 }, t = { 0 };
	size_t start = out->len;
	bool merged;

	lines_split(&b, base);
	lines_split(&o, ours);
	lines_split(&t, theirs);
	lines_number(&b, &table);
	lines_number(&o, &table);
	lines_number(&t, &table);
	merged = merge_lines(out, &b, &o, &t, table.count);
	if (!merged)
		out->len = start;
	intern_release(&table);
	lines_release(&b);
	lines_release(&o);
	lines_release(&t);
	return merged;
}
