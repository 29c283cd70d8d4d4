/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between a row and the plan: what plan.c is asked about a row, and whether what it answers is there
 * already, in what the formats of the sides can say.
 */

#include "plan/row.h"
#include "sync/internal.h"

bool input_is_other_kind(const struct row *row, enum side_id side)
{
	return row->side[side].state == ENTRY_PRESENT &&
	       (row->side[side].version.kind == VERSION_FILE) != row_is_file(row);
}

void input_of_row(const struct cycle *c, const struct row *row, struct plan_input *in)
{
	*in = (struct plan_input){
		.agreed = row->agreed,
		.foreign = row->origins && !(row->origins & 1u << SIDE_LOCAL),
	};
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const struct side *side = c->sides[s].side;
		const struct version *since = row_since(row, s);

		in->base[s] = row->base[s];
		in->side[s] = row->side[s].version;
		in->has_since[s] = since != NULL;
		if (since)
			in->since[s] = *since;
		in->held[s] = side_is_out(c, s) || row->side[s].state == ENTRY_HELD ||
			      input_is_other_kind(row, s);
		in->blocked[s] = side && side->ops->blocked && side->ops->blocked(side, row);
	}
}

bool input_is_planned(const struct cycle *c, struct row *row)
{
	return row->dirty && filter_manages_row(&c->context.filter, row);
}

/* Whether a side that holds a part of the version was given all of it before, in the format that it has
 * now, and did not keep the rest: then it is not given once more. */
static bool was_given(const struct row *row, enum side_id side)
{
	const struct version *base_raw = row_base_raw(row, side);
	struct notebook_name name = { 0 };
	bool given;

	if (row->side[side].answered)
		return true;
	given = base_raw && notebook_name_parse(&name, row->side[side].file) &&
		base_raw->format == name.format;
	notebook_name_release(&name);
	return given;
}

/* Whether a side holds a part of the version, could hold more, and was never given that. It happens when a
 * source file became .ipynb, and when two sides meet for the first time. */
static bool may_lack(const struct cycle *c, const struct row *row, enum side_id side)
{
	return row->todo.action[side] == PLAN_SETTLED && row->side[side].version.partial &&
	       row->todo.agreed.format == NOTEBOOK_IPYNB && c->context.mapping->receives[side] &&
	       !was_given(row, side);
}

int input_settle_formats(struct cycle *c, struct row *row, bool complete, struct err *e)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		bool put = row->todo.action[s] == PLAN_PUT, holds;
		struct version v = row->todo.agreed;
		int r;

		if (!put && !(complete && may_lack(c, row, s)))
			continue;
		if ((r = content_holds(&c->context.content, row, s, &v, &holds, e)))
			return r;
		if (put && holds)
			row->side[s].version = v;
		row->todo.action[s] = holds ? PLAN_SETTLED : PLAN_PUT;
	}
	return ERR_OK;
}
