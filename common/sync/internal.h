/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of one cycle share; for this folder only. The sides are known here by side.h and in no
 * other way, but for open.c, which makes them.
 */

#include "memory/maintain.h"
#include "side/side.h"
#include "sync/cycle.h"
#include "sync/slot.h"

struct cycle {
	struct side_context context;
	int lock;
	struct slot sides[SIDE_COUNT];
	struct maintenance maintenance;
	bool looked_once;
};

/* Whether nothing can be said about a side now: the mapping has none, or it is held as a whole. */
static inline bool side_is_out(const struct cycle *c, enum side_id side)
{
	return !c->sides[side].side || c->sides[side].held.code;
}

/* Whether what a side shows of a row counts. */
static inline bool side_speaks(const struct cycle *c, const struct row *row, enum side_id side)
{
	return !side_is_out(c, side) && row->side[side].state != ENTRY_HELD &&
	       c->context.mapping->accepts[side];
}

/* Whether a side of the mapping acts on rows, and not once for all in its publish(). */
static inline bool side_acts(const struct cycle *c, enum side_id side)
{
	return c->sides[side].side && c->sides[side].side->ops->apply;
}

/* Saves the cache of what the sides looked like. */
void cycle_save_cache(struct cycle *c);

/* Fills todo of every dirty row and moves the agreed state. patient: a clash that may be another
 * machine's business can wait, because another cycle will come. */
int cycle_think(struct cycle *c, bool patient, struct err *e);
/* input.c: what plan.c is asked about a row. */
void input_of_row(const struct cycle *c, const struct row *row, struct plan_input *in);
/* Whether this cycle plans the row: something about it changed, and it is managed. */
bool input_is_planned(const struct cycle *c, struct row *row);
/* Whether a side holds a notebook 'a' where a file 'a' is agreed, or the other way round: the two are not
 * versions of one thing, so that side waits. */
bool input_is_other_kind(const struct row *row, enum side_id side);
/* Whether to write depends on what a side's format can hold: source has no place for tags. A side that is
 * to be written and holds all of the version that its format can is settled. With complete, a side that
 * is settled and could hold more is written. Errors are the hub's. */
int input_settle_formats(struct cycle *c, struct row *row, bool complete, struct err *e);
/* renames.c: plans again the rows of which one was renamed to the other. Errors are the hub's. */
int renames_follow(struct cycle *c, const struct plan_rules *rules, struct err *e);
/* What was read of the pasts of rows. Release it before the rows change. */
struct ancestry {
	struct dispute *items; /* owned; in the order of their paths */
	size_t count;
};
/* Finds out what is known of the order of the rows' versions (row->since), where sides contradict each
 * other. Errors are the hub's. Release out in every case. */
int ancestry_find(struct cycle *c, struct row **rows, size_t count, struct ancestry *out,
		  struct err *e);
/* The same for rows whose edits clash, cell by cell; known: what ancestry_find() read in this cycle, and
 * need not be read again. */
int ancestry_of_clashes(struct cycle *c, const struct ancestry *known, struct row **rows,
			size_t count, struct err *e);
void ancestry_release(struct ancestry *a);
/* Guards: takes back what must not happen of what is planned. Errors are the hub's. */
int cycle_guard(struct cycle *c, struct err *e);
/* The same for what happens to many rows at once; rows are those that are listed, in the order of their
 * paths. */
int mass_guard(struct cycle *c, struct row **rows, size_t count, struct err *e);
/* The same for one row, as far as names and other files are concerned: what would make a name that a side
 * cannot have (a rename, as a whole), and two that would have one name. */
void name_guard(struct cycle *c, struct row *row);
void file_guard(struct cycle *c, struct row *row);
/* Warns of a new name that the branch gets and some clone will not have. */
void name_remark(const struct cycle *c, const struct row *row);
/* Acts on what is planned for the sides that apply(), in slices. */
int cycle_act(struct cycle *c, struct err *e);

/* Keeps the versions of a clash that lost beside the path, once. */
int conflict_keep(struct cycle *c, struct row *row, struct err *e);
/* A copy (context.copies): its content now, in the hub, and the name (owned) that says its format. */
int conflict_read(struct cycle *c, struct row *copy, struct oid *raw, char **file, struct err *e);
/* Removes a copy, after its content is recorded. */
int conflict_remove(struct cycle *c, struct row *copy, struct err *e);

/* What a human wants in the place of the agreed version: finds it (before thinking), and afterwards
 * says in the report what became of it. */
int adopt_prepare(struct cycle *c, const struct cycle_adopt *adopt, struct err *e);
void adopt_finish(struct cycle *c, const struct cycle_adopt *adopt);
