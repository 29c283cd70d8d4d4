/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of a row that a side was to write or delete. Bases move here as soon as a side holds
 * what was agreed; they become durable when the cycle saves the state.
 */

#include "side/settled.h"

#include "log/log.h"

#define TRIES_REPORTED 3 /* cycles in a row that ended unsettled */

int side_written(struct side_context *c, struct row *row, enum side_id side,
		 const struct content_given *given, struct err *e)
{
	struct oid raw;
	int r;

	if ((r = hub_blob_put(c->hub, buf_str(&given->data), given->data.len, &raw, e)))
		return r;
	side_placed(c, row, side, given->file, &raw, &given->version);
	return ERR_OK;
}

void side_placed(struct side_context *c, struct row *row, enum side_id side, const char *file,
		 const struct oid *raw, const struct version *v)
{
	bool all = version_same(v, &row->agreed);

	entry_set_present(row, side, v, raw, file);
	/* What the side could not be given is an edit to the next cycle. */
	if (!all)
		c->unsettled = true;
	state_see(&c->state, row, side);
	state_set_base(&c->state, row, side, &row->agreed);
	row->todo.action[side] = all ? PLAN_SETTLED : PLAN_NOTHING;
	c->report->side[side].written++;
	log_info("wrote '%s' on the %s side", row->path, side_names[side]);
}

void side_deleted(struct side_context *c, struct row *row, enum side_id side)
{
	struct version absent = { 0 };

	entry_set_absent(row, side);
	state_see(&c->state, row, side);
	state_set_base(&c->state, row, side, &absent);
	row->todo.action[side] = PLAN_SETTLED;
	c->report->side[side].deleted++;
	log_info("deleted '%s' on the %s side", row->path, side_names[side]);
}

static enum hold_reason reason_of(const struct err *why)
{
	if (err_is_space(why))
		return HOLD_SPACE;
	return err_is_name(why) ? HOLD_NAME : HOLD_REFUSED;
}

void side_refused(struct side_context *c, struct row *row, enum side_id side, const struct err *why)
{
	if (why->code == ERR_CANCELLED)
		return;
	if (why->code == ERR_CONFLICT) {
		log_info("'%s': %s; looking again", row->path, why->text);
		c->unsettled = true;
		if (c->tries >= TRIES_REPORTED)
			report_held(c->report, row->path, side, HOLD_REFUSED, why->text);
		return;
	}
	log_warning("'%s' on the %s side: %s", row->path, side_names[side], why->text);
	report_held(c->report, row->path, side, reason_of(why), why->text);
}
