/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sides tell the cycle while they work: progress, and what became of a row. Below the sides
 * in the order of calls, as cycle.c is above them.
 */

#include "base/clock.h"
#include "log/log.h"
#include "sync/cycle_internal.h"

#define UNSETTLED_TOLD 3 /* looking again has not helped so many times */

int64_t cycle_now_ms(void)
{
	return clock_monotonic_ms();
}

bool cycle_cancelled(const struct cycle *c)
{
	return c->options.cancel && *c->options.cancel;
}

void cycle_progress(const struct cycle *c, const char *phase, size_t done, size_t total)
{
	if (c->options.progress)
		c->options.progress(c->options.payload, phase, done, total);
}

size_t cycle_known(const struct cycle *c, enum side_id side)
{
	size_t n = 0;

	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		n += !version_absent(&row->base[side]) && filter_manages_row(&c->filter, row);
	return n;
}

size_t cycle_holds(const struct cycle *c, enum side_id side)
{
	size_t n = 0;

	/* Only of what ignore files name is anything kept in the table. */
	if (!c->filter.rules.files)
		return c->table.there[side];
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		n += row->side[side].state != ENTRY_ABSENT && filter_manages_row(&c->filter, row);
	return n;
}

int cycle_written(struct cycle *c, struct row *row, enum side_id side,
		  const struct content_given *given, struct err *e)
{
	struct oid raw;
	int r;

	if ((r = hub_blob_put(c->hub, buf_str(&given->data), given->data.len, &raw, e)))
		return r;
	cycle_placed(c, row, side, given->file, &raw, &given->version);
	return ERR_OK;
}

void cycle_placed(struct cycle *c, struct row *row, enum side_id side, const char *file,
		  const struct oid *raw, const struct version *v)
{
	bool all = version_same(v, &row->agreed);

	entry_set_present(row, side, v, raw, file);
	/* What it holds beyond that is news. */
	c->unsettled |= !all;
	state_see(&c->state, row, side);
	state_set_base(&c->state, row, side, &row->agreed);
	row->todo.action[side] = all ? PLAN_SETTLED : PLAN_NOTHING;
	c->report->side[side].written++;
	log_info("wrote '%s' on the %s side", row->path, side_names[side]);
}

void cycle_deleted(struct cycle *c, struct row *row, enum side_id side)
{
	struct version absent = { 0 };

	entry_set_absent(row, side);
	state_see(&c->state, row, side);
	state_set_base(&c->state, row, side, &absent);
	row->todo.action[side] = PLAN_SETTLED;
	c->report->side[side].deleted++;
	log_info("deleted '%s' on the %s side", row->path, side_names[side]);
}

void cycle_refused(struct cycle *c, struct row *row, enum side_id side, const struct err *why)
{
	if (why->code == ERR_CANCELLED)
		return;
	if (why->code == ERR_CONFLICT) {
		log_info("'%s': %s; looking again", row->path, why->text);
		c->unsettled = true;
		if (c->unsettled_runs >= UNSETTLED_TOLD)
			report_held(c->report, row->path, side, HOLD_REFUSED, why->text);
		return;
	}
	c->litter |= side == SIDE_LOCAL && why->code == ERR_RETRY;
	log_warning("'%s' on the %s side: %s", row->path, side_names[side], why->text);
	report_held(c->report, row->path, side,
		    err_is_space(why)  ? HOLD_SPACE
		    : err_is_name(why) ? HOLD_NAME
				       : HOLD_REFUSED,
		    why->text);
}
