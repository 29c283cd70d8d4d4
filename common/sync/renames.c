/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renames: which paths that went are which that came, on each side, and the plans of both when the
 * rename is followed. Which may be followed is decided by plan_rename().
 */

#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "plan/rename.h"
#include "plan/row.h"
#include "side/heir.h"
#include "sync/internal.h"

struct ends {
	struct rename_end *items;
	size_t count, cap;
};

static void ends_add(struct ends *ends, struct row *row)
{
	ends->items = array_grow(ends->items, ends->count, &ends->cap, sizeof(*ends->items));
	ends->items[ends->count++] = (struct rename_end){ .path = row->path, .payload = row };
}

/* An object id as a key; the workspace keeps it when somebody moves the notebook. */
static struct oid id_key(const char *id)
{
	struct oid key = { 0 };

	memcpy(key.id, id, strnlen(id, sizeof(key.id)));
	return key;
}

/* Whether a notebook came a short while ago: some side was not given it yet. */
static bool is_young(const struct cycle *c, const struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (!side_is_out(c, s) && c->context.mapping->receives[s] &&
		    version_absent(&row->base[s]))
			return true;
	return false;
}

/* The side has what others are known to have gone on from: no end of a rename that is still to be
 * followed. */
static bool is_left_behind(const struct row *row, enum side_id side)
{
	const struct version *since = row_since(row, side);

	return since && version_same(&row->side[side].version, since);
}

/* Paths that went from a side, and paths that appeared there: in this cycle, or a short while ago, when
 * somebody copies first and removes then. */
static void collect_ends(struct cycle *c, enum side_id side, struct ends *gone, struct ends *born)
{
	for (size_t i = 0; i < c->context.table.listed_count; i++) {
		struct row *row = c->context.table.listed[i];
		const struct entry *entry = &row->side[side];
		const struct version *base = &row->base[side];

		if (!input_is_planned(c, row) || row->rename.from || row->adopted ||
		    is_left_behind(row, side))
			continue;
		if (version_absent(&row->agreed)) {
			if (entry->state == ENTRY_PRESENT && version_absent(base))
				ends_add(born, row);
		} else if (entry->state == ENTRY_ABSENT && !version_absent(base)) {
			ends_add(gone, row);
		} else if (entry->state == ENTRY_PRESENT && is_young(c, row)) {
			ends_add(born, row);
		}
	}
}

/* The keys by which the two ends of a rename are matched: the object's id, or a hash of the cells, which
 * are the same in every format. */
static int find_keys(struct cycle *c, enum side_id side, bool by_id, bool born, struct ends *ends,
		     struct err *e)
{
	for (size_t i = 0; i < ends->count; i++) {
		const struct row *row = ends->items[i].payload;
		const struct version *v = born ? &row->side[side].version : &row->base[side];
		int r;

		if (by_id)
			ends->items[i].key = id_key(row->side[side].id);
		else if ((r = content_cells(&c->context.content, v, &ends->items[i].key, e)))
			return err_wrap(e, "'%s'", row->path);
	}
	return ERR_OK;
}

/* A side that has the new name shows there what it held under the old one. */
static int relift(struct cycle *c, struct row *from, struct row *to, struct err *e)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		bool renamed = to->side[s].state == ENTRY_PRESENT && version_absent(&to->base[s]) &&
			       !version_absent(&from->base[s]);
		int r = renamed ? content_relift(&c->context.content, to, s, from, e) : ERR_OK;

		if (r)
			return err_wrap(e, "'%s'", to->path);
	}
	return ERR_OK;
}

static int follow(struct cycle *c, const struct plan_rules *rules, enum side_id side,
		  struct row *from, struct row *to, struct err *e)
{
	struct plan_outcome from_todo, to_todo;
	struct plan_input was, is;
	int r;

	if (from->rename.gone_to && from->rename.gone_to != to)
		report_note(c->context.report,
			    "'%s' was renamed to '%s' and to '%s' on different sides: both stay",
			    from->path, from->rename.gone_to->path, to->path);
	from->rename.gone_to = to;
	if (from->rename.to)
		return ERR_OK;
	if ((r = relift(c, from, to, e)))
		return r;
	input_of_row(c, from, &was);
	input_of_row(c, to, &is);
	if (!plan_rename(rules, side, &was, &is, &from_todo, &to_todo))
		return ERR_OK;
	log_info("'%s' was renamed to '%s' on the %s side", from->path, to->path, side_names[side]);
	from->todo = from_todo;
	to->todo = to_todo;
	from->rename.to = to;
	to->rename.from = from;
	from->origins = to->origins = (uint8_t)(1u << side);
	return input_settle_formats(c, to, false, e);
}

/* A notebook is not renamed to a file. */
static bool is_of_kind(const struct row *from, const struct row *to, enum side_id side)
{
	return from->agreed.kind == to->side[side].version.kind;
}

static int follow_renames_of(struct cycle *c, const struct plan_rules *rules, enum side_id side,
			     bool by_id, struct err *e)
{
	struct ends gone = { 0 }, born = { 0 };
	int r = ERR_OK;

	collect_ends(c, side, &gone, &born);
	if (gone.count && born.count && !(r = find_keys(c, side, by_id, false, &gone, e)) &&
	    !(r = find_keys(c, side, by_id, true, &born, e)))
		rename_match(gone.items, gone.count, born.items, born.count);
	for (size_t i = 0; !r && i < gone.count; i++) {
		const struct rename_end *end = &gone.items[i];

		if (end->other && is_of_kind(end->payload, end->other->payload, side))
			r = follow(c, rules, side, end->payload, end->other->payload, e);
	}
	free(gone.items);
	free(born.items);
	return r;
}

/* ---- renamed and edited ---- */

#define ALIKE_MIN   500 /* thousandths of their text: what git asks for, too */
#define ALIKE_PAIRS 400 /* more are not compared: nobody renames and edits so many at once */

/* What of an end another end is, so far. */
struct likeness {
	unsigned best, second;
	size_t other;
};

static void note_likeness(struct likeness *l, unsigned score, size_t other)
{
	if (score > l->best) {
		l->second = l->best;
		l->best = score;
		l->other = other;
	} else if (score > l->second) {
		l->second = score;
	}
}

/* gone and born: one for each end. */
static int compare_all(struct cycle *c, enum side_id side, const struct ends *gone,
		       const struct ends *born, struct likeness *likeness, struct err *e)
{
	for (size_t i = 0; i < gone->count; i++) {
		const struct row *from = gone->items[i].payload;

		for (size_t j = 0; j < born->count; j++) {
			const struct row *to = born->items[j].payload;
			unsigned score;
			int r = content_similarity(&c->context.content, &from->base[side],
						   &to->side[side].version, &score, e);

			if (r)
				return err_wrap(e, "'%s'", to->path);
			note_likeness(&likeness[i], score, j);
			note_likeness(&likeness[gone->count + j], score, i);
		}
	}
	return ERR_OK;
}

static bool is_clear(const struct likeness *l)
{
	return l->best >= ALIKE_MIN && l->best > l->second;
}

/* Drops the ends whose rename is followed already. */
static void drop_followed(struct ends *ends)
{
	size_t kept = 0;

	for (size_t i = 0; i < ends->count; i++) {
		const struct row *row = ends->items[i].payload;

		if (!row->rename.to && !row->rename.from && !row->rename.gone_to)
			ends->items[kept++] = ends->items[i];
	}
	ends->count = kept;
}

/* Pairs of which each is most like the other, and like no other one as much. */
static int follow_alike(struct cycle *c, const struct plan_rules *rules, enum side_id side,
			struct err *e)
{
	struct ends gone = { 0 }, born = { 0 };
	struct likeness *likeness = NULL;
	int r = ERR_OK;

	collect_ends(c, side, &gone, &born);
	drop_followed(&gone);
	drop_followed(&born);
	if (gone.count && born.count && born.count <= ALIKE_PAIRS / gone.count) {
		likeness = xcalloc(gone.count + born.count, sizeof(*likeness));
		r = compare_all(c, side, &gone, &born, likeness, e);
	}
	for (size_t i = 0; likeness && !r && i < gone.count; i++) {
		const struct likeness *l = &likeness[i], *back = &likeness[gone.count + l->other];
		struct row *from = gone.items[i].payload, *to = born.items[l->other].payload;

		if (is_clear(l) && is_clear(back) && back->other == i && is_of_kind(from, to, side))
			r = follow(c, rules, side, from, to, e);
	}
	free(likeness);
	free(gone.items);
	free(born.items);
	return r;
}

/* ---- edits under a name that is gone ---- */

#define HEIRS_MAX 8 /* renames after one another */

/* A side may have an edit of what was renamed: under the name that the others have left, or, having lost
 * that, under the new one. */
static bool may_edit(const struct cycle *c, const struct row *row, enum side_id s)
{
	return side_speaks(c, row, s) && !version_absent(&row->base[s]) &&
	       !version_same(&row->side[s].version, &row->base[s]);
}

/* Whether the side's edit is there: what it has lost may have become the heir before we were told. */
static bool edits(const struct row *row, const struct row *heir, enum side_id s)
{
	const struct entry *now = &heir->side[s];

	return row->side[s].state == ENTRY_PRESENT ||
	       (now->state == ENTRY_PRESENT && version_absent(&heir->base[s]) &&
		!version_same(&now->version, &heir->agreed));
}

/* The row that goes on with what row was; NULL: none. */
static int find_heir(struct cycle *c, const struct row *row, struct row **heir, struct err *e)
{
	*heir = NULL;
	for (int i = 0; i < HEIRS_MAX; i++) {
		cleanup_free char *path = NULL;
		int r = heir_find(&c->context, row, &path, e);

		*heir = path ? table_find(&c->context.table, path) : NULL;
		if (r || !*heir || !version_absent(&(*heir)->agreed))
			return r;
		row = *heir;
	}
	*heir = NULL;
	return ERR_OK;
}

/* An edit under the old name goes to the new one, instead of bringing the old one back. */
static int follow_to_heir(struct cycle *c, const struct plan_rules *rules, struct row *row,
			  enum side_id side, struct err *e)
{
	struct row *heir;
	int r = find_heir(c, row, &heir, e);

	if (r || !heir || heir->rename.from || heir->rename.to || heir->adopted ||
	    heir->agreed.kind != row->base[side].kind || !edits(row, heir, side))
		return r;
	if ((r = content_resolve_row(&c->context.content, heir, e)))
		return err_wrap(e, "'%s'", heir->path);
	row_dirty(heir);
	return input_is_planned(c, heir) ? follow(c, rules, side, row, heir, e) : ERR_OK;
}

static int follow_heirs(struct cycle *c, const struct plan_rules *rules, struct err *e)
{
	/* What is followed may add rows to the list, which have nothing to look for. */
	size_t count = c->context.table.listed_count;
	int r = ERR_OK;

	for (size_t i = 0; !r && i < count; i++) {
		struct row *row = c->context.table.listed[i];

		if (!version_absent(&row->agreed) || row->adopted || !input_is_planned(c, row))
			continue;
		for (enum side_id s = 0; !r && s < SIDE_COUNT && !row->rename.to; s++)
			if (may_edit(c, row, s))
				r = follow_to_heir(c, rules, row, s, e);
	}
	return r;
}

int renames_follow(struct cycle *c, const struct plan_rules *rules, struct err *e)
{
	int r = ERR_OK;

	if (config_has_side(c->context.mapping, SIDE_WORKSPACE))
		r = follow_renames_of(c, rules, SIDE_WORKSPACE, true, e);
	for (enum side_id s = 0; !r && s < SIDE_COUNT; s++)
		if (config_has_side(c->context.mapping, s))
			r = follow_renames_of(c, rules, s, false, e);
	for (enum side_id s = 0; !r && s < SIDE_COUNT; s++)
		if (config_has_side(c->context.mapping, s))
			r = follow_alike(c, rules, s, e);
	return r ? r : follow_heirs(c, rules, e);
}
