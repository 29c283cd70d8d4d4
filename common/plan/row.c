/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the plan of one row, and taking it back. What is taken back was not agreed to, so the row
 * stays dirty and is planned again in the next cycle.
 */

#include "plan/row.h"

const struct version *row_planned(const struct row *row)
{
	return row->dirty ? &row->todo.agreed : &row->agreed;
}

const struct version *row_since(const struct row *row, enum side_id side)
{
	return row->since && row->since->known[side] ? &row->since->version[side] : NULL;
}

enum side_id row_origin(const struct row *row)
{
	for (enum side_id s = SIDE_COUNT; s-- > 0;)
		if (row->origins & 1u << s)
			return s;
	return SIDE_GIT;
}

void row_take_back(struct row *row)
{
	struct row *other = row->rename.from ? row->rename.from : row->rename.to;

	row->todo = (struct plan_outcome){ .agreed = row->agreed };
	row->rename.from = row->rename.to = NULL;
	if (other)
		row_take_back(other);
}
