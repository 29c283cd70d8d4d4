/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of an import: everything that was sent is read back, and what is not as it was sent
 * is treated as any other change that a look finds. Nothing is written here but what stray.c takes
 * away again.
 */

#include "side/workspace/answer.h"

#include <stdlib.h>

#include "side/settled.h"
#include "side/workspace/look.h"

/* What stood in a place before the import. */
struct before {
	bool stood;     /* there was something to replace … */
	struct oid raw; /* … with these bytes */
};

/*
 * The answer to an import has the id of what was written. Where overwriting keeps ids, another
 * one means that somebody removed what we had looked at, and put something in its place, in the
 * moment that no look covers: all that is left to do is to report it. (Whether the API keeps ids is
 * not documented: it has to have been seen.)
 */
static void check_displaced(struct workspace_side *s, const struct workspace_sent *sent)
{
	const struct entry *entry = &sent->row->side[SIDE_WORKSPACE];

	if (!sent->id[0] || entry->state != ENTRY_PRESENT || !entry->id[0])
		return;
	if (str_eq(sent->id, entry->id))
		s->keeps_ids = true;
	else if (s->keeps_ids)
		report_note(
			s->side.context->report,
			"'%s' was made anew in the workspace right before nbsync wrote it: what "
			"it was for that moment was not seen, look into its revision history there",
			sent->object);
}

/* Whether a notebook stands there now that was not there before. Otherwise the import replaced
 * nothing, whatever the server said. */
static bool is_new_notebook(const struct entry *entry, const struct before *before)
{
	return entry->state == ENTRY_PRESENT && entry->version.kind == VERSION_NOTEBOOK &&
	       !(before->stood && oid_equal(&before->raw, &entry->raw));
}

/*
 * When the cells are those that were sent, and the rest is not, the row's base is what was sent,
 * and the difference an edit of just that: the server spells it differently, or somebody was quick.
 * With an older base it would seem to clash with what was sent, and a server that answers
 * differently each time would be written to for ever. The state remembers what was sent for the
 * case that we are killed before that edit is agreed: what then stands there lacks, compared with
 * it, is no edit either.
 */
static int take_respelled(struct side_context *c, struct row *row, const struct before *before,
			  struct err *e)
{
	struct entry *entry = &row->side[SIDE_WORKSPACE];
	struct oid sent, answered;
	int r;

	if (row_is_file(row) || !is_new_notebook(entry, before))
		return ERR_OK;
	if ((r = content_cells(&c->content, &row->agreed, &sent, e)) ||
	    (r = content_cells(&c->content, &entry->version, &answered, e)))
		return r;
	/* Where nothing stood nobody can have missed ours: who changed it had seen it. */
	if (!before->stood || oid_equal(&sent, &answered))
		state_set_base(&c->state, row, SIDE_WORKSPACE, &row->agreed);
	if (!oid_equal(&sent, &answered))
		return ERR_OK;
	state_set_sent(&c->state, row, &row->agreed);
	entry->answered = true;
	return ERR_OK;
}

/* An import was read back into its row. If that is what was agreed, the row is settled; anything
 * else is somebody's edit, or a server that understands the notebook differently. */
static int settle_import(struct workspace_side *s, const struct workspace_sent *sent,
			 const struct before *before, struct err *e)
{
	struct side_context *c = s->side.context;
	struct row *row = sent->row;
	const struct entry *entry = &row->side[SIDE_WORKSPACE];
	struct err why = ERR_INIT;
	int r;

	if (entry->state == ENTRY_PRESENT && version_same(&entry->version, &row->agreed)) {
		state_set_base(&c->state, row, SIDE_WORKSPACE, &row->agreed);
		row->todo.action[SIDE_WORKSPACE] = PLAN_SETTLED;
		state_see(&c->state, row, SIDE_WORKSPACE);
		c->report->side[SIDE_WORKSPACE].written++;
		return ERR_OK;
	}
	if (workspace_stray(s, sent))
		return ERR_OK;
	if ((r = take_respelled(c, row, before, e)))
		return r;
	err_set(&why, ERR_CONFLICT, "'%s' reads back differently from what was imported",
		sent->object);
	side_refused(c, row, SIDE_WORKSPACE, &why);
	return ERR_OK;
}

int workspace_read_back(struct workspace_side *s, const struct workspace_sent *sent, size_t count,
			struct err *e)
{
	struct row **rows = xcalloc(count, sizeof(*rows));
	struct before *before = xcalloc(count, sizeof(*before));
	int r;

	for (size_t i = 0; i < count; i++) {
		struct row *row = rows[i] = sent[i].row;
		const struct entry *entry = &row->side[SIDE_WORKSPACE];

		check_displaced(s, &sent[i]);
		row->given = row_is_file(row) ? NULL : sent[i].given;
		before[i] = (struct before){ entry->state == ENTRY_PRESENT, entry->raw };
	}
	r = workspace_look_at(s, rows, count, e);
	for (size_t i = 0; i < count; i++) {
		rows[i]->given = NULL;
		if (r || rows[i]->side[SIDE_WORKSPACE].state == ENTRY_HELD)
			state_set_sent(&s->side.context->state, rows[i], &rows[i]->agreed);
		else
			r = settle_import(s, &sent[i], &before[i], e);
	}
	free(before);
	free(rows);
	return r;
}
