/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cell diff: a match of two notebooks told in reading order.
 */

#include "notebook/match/diff.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/match/match.h"

static void add(struct notebook_diff *diff, struct notebook_diff_entry entry)
{
	diff->entries = array_grow(diff->entries, diff->count, &diff->cap, sizeof(entry));
	diff->entries[diff->count++] = entry;
}

/* The old cells from *at up to limit that have no counterpart. */
static void add_deleted(struct notebook_diff *diff, const struct match *m, size_t *at, size_t limit)
{
	for (; *at < limit; ++*at)
		if (m->to[*at] == MATCH_NONE)
			add(diff, (struct notebook_diff_entry){ NOTEBOOK_DELETED, *at,
								NOTEBOOK_NO_CELL, false });
}

/* The place in old of the next cell at or after j that kept its place. */
static size_t next_place(const struct match *m, size_t j)
{
	for (; j < m->new_count; j++)
		if (m->from[j] != MATCH_NONE && !m->moved[j])
			return m->from[j];
	return m->old_count;
}

void notebook_diff(struct notebook_diff *out, const struct notebook *old, const struct notebook *nb)
{
	cleanup_match struct match m = { 0 };
	size_t at = 0, place = 0;

	memset(out, 0, sizeof(*out));
	match_cells(&m, old, nb);
	for (size_t j = 0; j < m.new_count; j++) {
		struct notebook_diff_entry entry = { NOTEBOOK_INSERTED, m.from[j], j, m.moved[j] };

		if (j == 0 || (m.from[j - 1] != MATCH_NONE && !m.moved[j - 1]))
			place = next_place(&m, j);
		add_deleted(out, &m, &at, place);
		if (entry.old != MATCH_NONE)
			entry.change = m.same[j] ? NOTEBOOK_EQUAL : NOTEBOOK_CHANGED;
		add(out, entry);
	}
	add_deleted(out, &m, &at, m.old_count);
}

void notebook_diff_release(struct notebook_diff *diff)
{
	free(diff->entries);
	memset(diff, 0, sizeof(*diff));
}
