/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acting on the sides that write row by row, slice by slice in the order of plan/order.c. Each slice
 * ends with the references updated, so that a kill loses at most one slice of work and never a
 * version. A side that acts once a cycle (Git) does so afterwards, in publish().
 */

#include <stdlib.h>

#include "plan/order.h"
#include "side/file.h"
#include "side/settled.h"
#include "sync/internal.h"

#define SLICE_PATHS 256

static bool wants(const struct row *row, enum plan_action action)
{
	return row->todo.action[SIDE_LOCAL] == action || row->todo.action[SIDE_WORKSPACE] == action;
}

/* The other version must be safe before the path is overwritten. */
static void keep_conflicts(struct cycle *c, struct row **rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct err why = ERR_INIT;

		if (!rows[i]->todo.conflict)
			continue;
		if (conflict_keep(c, rows[i], &why)) {
			side_refused(&c->context, rows[i], SIDE_LOCAL, &why);
			for (enum side_id s = 0; s < SIDE_COUNT; s++)
				rows[i]->todo.action[s] = PLAN_NOTHING;
		}
	}
}

/* The old name of a rename is deleted only on a side that has the new one by now. */
static void keep_unmoved(struct cycle *c, struct row **rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct row *to = rows[i]->rename.to;

		for (enum side_id s = 0; to && s < SIDE_COUNT; s++)
			if (rows[i]->todo.action[s] == PLAN_DELETE && side_acts(c, s) &&
			    !version_same(&to->side[s].version, &to->agreed)) {
				rows[i]->todo.action[s] = PLAN_NOTHING;
				c->context.unsettled = true;
			}
	}
}

static int act_slice(struct cycle *c, struct row **rows, size_t count, struct err *e)
{
	/* Local writes are quick: what people wait for comes first. */
	static const enum side_id order[] = { SIDE_LOCAL, SIDE_WORKSPACE, SIDE_GIT };
	int r;

	/* What is about to be written must be in the hub, and agreed, before it is. */
	if ((r = state_save_agreed(&c->context.state, "agreed", e)))
		return r;
	keep_conflicts(c, rows, count);
	keep_unmoved(c, rows, count);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++) {
		struct slot *slot = &c->sides[order[i]];
		struct err why = ERR_INIT;

		if (side_is_out(c, order[i]) || !side_acts(c, order[i]))
			continue;
		r = slot->side->ops->apply(slot->side, rows, count, &why);
		slot_finish(slot, r, &why);
	}
	return state_save(&c->context.state, "agreed", e);
}

static bool is_put(const struct row *row)
{
	return row && (row->todo.action[SIDE_LOCAL] == PLAN_PUT ||
		       row->todo.action[SIDE_WORKSPACE] == PLAN_PUT);
}

static bool makes_way(struct cycle *c, const struct row *row)
{
	struct notebook_name name;
	bool way;

	if (!files_wanted(&c->context))
		return false;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (row->side[s].file && !row_names_file(row, row->side[s].file) &&
		    is_put(table_find(&c->context.table, row->side[s].file)))
			return true;
	if (!notebook_name_parse(&name, row->path))
		return false;
	way = is_put(table_find(&c->context.table, name.stem));
	notebook_name_release(&name);
	return way;
}

/* The rows to act on, in order. A clash is one of them even when all sides hold the right versions: its
 * copy may still have to be written. */
static struct order_item *collect(struct cycle *c, size_t *count)
{
	struct order_item *items = xcalloc(c->context.table.listed_count, sizeof(*items));
	size_t n = 0;

	for (size_t i = 0; i < c->context.table.listed_count; i++) {
		struct row *row = c->context.table.listed[i];

		if (!row->dirty)
			continue;
		if (wants(row, PLAN_PUT) || wants(row, PLAN_DELETE) || row->todo.conflict)
			items[n++] = (struct order_item){ .path = row->path,
							  .writes = !wants(row, PLAN_DELETE),
							  .makes_way = wants(row, PLAN_DELETE) &&
								       makes_way(c, row),
							  .payload = row };
	}
	order_sort(items, n);
	*count = n;
	return items;
}

/* How many items from the first on make a slice: all of one step. */
static size_t slice_at(const struct order_item *items, size_t count, struct row **rows)
{
	size_t n = 0;

	while (n < count && n < SLICE_PATHS && items[n].step == items[0].step) {
		rows[n] = items[n].payload;
		n++;
	}
	return n;
}

int cycle_act(struct cycle *c, struct err *e)
{
	struct order_item *items;
	size_t count, n;
	int r;

	items = collect(c, &count);
	r = count ? ERR_OK : state_save(&c->context.state, "agreed", e);
	for (size_t i = 0; !r && i < count; i += n) {
		struct row *rows[SLICE_PATHS];

		if (context_cancelled(&c->context)) {
			r = err_set(e, ERR_CANCELLED, "asked to stop");
			break;
		}
		n = slice_at(items + i, count - i, rows);
		r = act_slice(c, rows, n, e);
		context_progress(&c->context, "act", i + n, count);
	}
	free(items);
	return r;
}
