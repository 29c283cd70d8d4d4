/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions to the context that many files have: whether to go on, and how much a side has. They
 * change nothing.
 */

#include "side/context.h"

#include <string.h>

bool context_cancelled(const struct side_context *c)
{
	return c->run.cancel && *c->run.cancel;
}

void context_progress(const struct side_context *c, const char *phase, size_t done, size_t total)
{
	if (c->run.progress)
		c->run.progress(c->run.payload, phase, done, total);
}

size_t context_known(const struct side_context *c, enum side_id side)
{
	size_t n = 0;

	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		n += !version_absent(&row->base[side]) && filter_manages_row(&c->filter, row);
	return n;
}

bool context_other_branch(const struct side_context *c)
{
	const char *place = c->state.place, *branch = c->mapping->branch;
	size_t len = place ? strcspn(place, "\n") : 0;

	return place && (len != strlen(branch) || memcmp(place, branch, len) != 0) &&
	       context_known(c, SIDE_GIT);
}

size_t context_holds(const struct side_context *c, enum side_id side)
{
	size_t n = 0;

	/* Without ignore files the table has only rows that are managed. */
	if (!c->filter.rules.files)
		return c->table.there[side];
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		n += row->side[side].state != ENTRY_ABSENT && filter_manages_row(&c->filter, row);
	return n;
}
