/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happens to many notebooks at once, and is rarely meant, waits for a human: many deletions, and
 * many notebooks that go back to what they were before (a branch that was set back, a workspace that
 * was restored from a backup). What waits has not been agreed to, so it is planned again in every cycle.
 *
 * How many are too many is decided in plan/plan.c.
 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "path/path.h"
#include "plan/row.h"
#include "side/confirm.h"
#include "side/kind.h"
#include "side/past.h"
#include "sync/internal.h"

#define RECENT_MS      60000
#define NAMESAKES_READ 8

/* The plans of this cycle. */
struct mass {
	struct cycle *c;
	struct row **rows; /* borrowed; in the order of their paths */
	size_t count;
	/* Owned; all rows that stay, in the order of compare_staying(); NULL: not looked for. */
	struct row **staying;
	size_t staying_count;
};

/* ---- deletions ---- */

/* By their last name, and then by what they are; what: NULL, the first of that name. */
static int compare_staying(const struct row *staying, const struct row *row, const struct oid *what)
{
	int order = strcmp(path_base(staying->path), path_base(row->path));

	if (order || !what)
		return order;
	return memcmp(&row_planned(staying)->blob, what, sizeof(*what));
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = *(struct row *const *)a, *y = *(struct row *const *)b;

	return compare_staying(x, y, &row_planned(y)->blob);
}

/* A folder that somebody copies first and removes then is renamed, not deleted. */
static void collect_staying(struct mass *m)
{
	struct table *t = &m->c->context.table;

	m->staying = xcalloc(t->count + 1, sizeof(struct row *));
	for (struct row *row = table_next(t, NULL); row; row = table_next(t, row))
		if (!version_absent(row_planned(row)))
			m->staying[m->staying_count++] = row;
	qsort(m->staying, m->staying_count, sizeof(struct row *), compare_rows);
}

/* What a deletion on that side deletes. */
static const struct version *deleted_version(const struct row *row, enum side_id side)
{
	return version_absent(&row->agreed) ? &row->side[side].version : &row->agreed;
}

/* Whether the side has, or gets, another notebook, and keeps it. */
static bool is_kept_on(const struct row *other, enum side_id side)
{
	return other->todo.action[side] == PLAN_PUT ||
	       (other->side[side].state == ENTRY_PRESENT &&
		version_same(&other->side[side].version, row_planned(other)));
}

/* The rows that stay, of the row's last name, and are just that (what; NULL: whatever they are). */
static struct row **namesakes(const struct mass *m, const struct row *row, const struct oid *what,
			      size_t *count)
{
	size_t low = 0, high = m->staying_count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_staying(m->staying[middle], row, what) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < m->staying_count; end++)
		if (compare_staying(m->staying[end], row, what) ||
		    (!what && end - low == NAMESAKES_READ))
			break;
	*count = end - low;
	return m->staying + low;
}

/* Whether the side keeps what is deleted there by the same name in another folder. Of many of that name
 * only the first are read, to see whether they are the same in another format. */
static bool stands_elsewhere(const struct mass *m, const struct row *row, enum side_id side)
{
	const struct version *v = deleted_version(row, side);
	struct row **found;
	size_t count;

	found = namesakes(m, row, &v->blob, &count);
	for (size_t i = 0; i < count; i++)
		if (is_kept_on(found[i], side))
			return true;
	found = namesakes(m, row, NULL, &count);
	for (size_t i = 0; i < count; i++) {
		bool same = false;

		if (is_kept_on(found[i], side) &&
		    !past_same(&m->c->context, row_planned(found[i]), v, &same, NULL) && same)
			return true;
	}
	return false;
}

static bool is_held(const struct cycle *c, const struct row *row, enum side_id side)
{
	return c->sides[side].held.code || row->side[side].state == ENTRY_HELD;
}

/* Whether this plan deletes the row on a side: now, or when the side is no longer held, because the
 * deletion is agreed by then and not guarded again. */
static bool deletes_on(const struct cycle *c, const struct row *row, enum side_id side)
{
	if (row->todo.action[side] == PLAN_DELETE)
		return true;
	return config_has_side(c->context.mapping, side) && c->context.mapping->receives[side] &&
	       is_held(c, row, side) && version_absent(&row->todo.agreed) &&
	       !version_absent(&row->base[side]);
}

/* Whether the side loses what this machine never had, because another side, from which it came, has lost
 * it since. */
static bool deletes_unseen(const struct row *row, enum side_id side)
{
	return version_absent(&row->agreed) && row_since(row, side) &&
	       row->todo.action[side] == PLAN_DELETE;
}

/* Whether a row counts as a deletion on a side. Not counted: a deletion that was agreed in an earlier
 * cycle (it was guarded then), a rename, and what follows from the loss of a root that was confirmed.
 * A script that changes its kind counts in the workspace, which loses an object with its permissions
 * and history; elsewhere a file is rewritten. */
static bool is_deletion(const struct mass *m, const struct row *row, enum side_id side)
{
	const struct cycle *c = m->c;

	if (side != SIDE_WORKSPACE && kind_heir(&c->context, row))
		return false;
	return row->dirty &&
	       (deletes_unseen(row, side) ||
		(row->todo.agreed_changed && deletes_on(c, row, side))) &&
	       !row->rename.to && !row->adopted && !stands_elsewhere(m, row, side) &&
	       !c->context.approvals.root_confirmed[row_origin(row)];
}

/* SIDE_COUNT: it is deleted nowhere. */
static enum side_id first_deletion(const struct mass *m, const struct row *row)
{
	enum side_id s = 0;

	while (s < SIDE_COUNT && !is_deletion(m, row, s))
		s++;
	return s;
}

/* How many notebooks a side has; while it is held, how many it had when it last agreed. */
static size_t stock(const struct cycle *c, enum side_id side)
{
	return c->sides[side].held.code ? context_known(&c->context, side)
					: context_holds(&c->context, side);
}

/* Deletions of the last minute: somebody who removes a folder may be looked at several times while
 * doing it. */
static size_t recent(const struct cycle *c, enum side_id side)
{
	const struct recent_deletions *before = &c->sides[side].recent;

	return before->count && clock_monotonic_ms() - before->last_ms < RECENT_MS ? before->count
										   : 0;
}

static size_t count_deletions(const struct mass *m, enum side_id side)
{
	size_t n = 0;

	for (size_t i = 0; i < m->count; i++)
		n += is_deletion(m, m->rows[i], side);
	return n;
}

static bool too_many(const struct cycle *c, enum side_id side, size_t deletions)
{
	size_t before = recent(c, side), held;

	if (deletions + before < 2 || !deletions)
		return false;
	held = stock(c, side);
	return plan_is_mass_deletion(deletions, held) ||
	       (before && deletions < held &&
		plan_is_mass_deletion(deletions + before, held + before));
}

/* Deletions that pass are added to the count of the last minute. Deletions that are held are not, but
 * they renew the minute, so that those before still count with them. */
static void remember(struct cycle *c, const size_t deletions[static SIDE_COUNT], bool pass)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!deletions[s])
			continue;
		c->sides[s].recent.count = recent(c, s) + (pass ? deletions[s] : 0);
		c->sides[s].recent.last_ms = clock_monotonic_ms();
	}
}

/* A line of a plan as text, in an order that depends on nothing but the plan: what its token is made of. */
static void describe_row(struct buf *out, const struct version *v, const struct row *row)
{
	char blob[OID_HEX];

	oid_hex(&v->blob, blob);
	buf_addf(out, "%s %s\n", blob, row->path);
}

static void describe_deletions(const struct mass *m, struct buf *out)
{
	buf_add_str(out, "delete\n");
	for (size_t i = 0; i < m->count; i++) {
		enum side_id s = first_deletion(m, m->rows[i]);

		if (s != SIDE_COUNT)
			describe_row(out, deleted_version(m->rows[i], s), m->rows[i]);
	}
}

static void hold_deletions(const struct mass *m)
{
	struct cycle *c = m->c;

	for (size_t i = 0; i < m->count; i++) {
		struct row *row = m->rows[i], *heir;

		if (first_deletion(m, row) == SIDE_COUNT)
			continue;
		report_held(c->context.report, row->path, row_origin(row), HOLD_DELETIONS,
			    "one of many deletions at once, waiting to be confirmed");
		heir = kind_heir(&c->context, row);
		row_take_back(row);
		if (heir && heir->dirty)
			row_take_back(heir);
	}
}

static void note_deletions(struct cycle *c, enum side_id side, size_t deletions, const char *token)
{
	size_t before = recent(c, side);
	cleanup_free char *after = before ? xasprintf(", after %zu others", before) : xstrdup("");

	report_note(
		c->context.report,
		"%zu of %zu notebooks would be deleted on the %s side%s: nothing is deleted until "
		"you run 'nbsync confirm %s %s'",
		deletions, stock(c, side), side_names[side], after, c->context.mapping->name,
		token);
}

/* The side on which far too many would be deleted, and how many on each; SIDE_COUNT: none. */
static enum side_id worst_side(const struct mass *m, size_t deletions[static SIDE_COUNT])
{
	enum side_id worst = SIDE_COUNT;

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		deletions[s] = count_deletions(m, s);
		if (too_many(m->c, s, deletions[s]) &&
		    (worst == SIDE_COUNT || deletions[s] > deletions[worst]))
			worst = s;
	}
	return worst;
}

static void guard_deletions(struct mass *m)
{
	cleanup_buf struct buf plan = BUF_UNBOUNDED;
	char token[CONFIRM_TOKEN_SIZE];
	size_t deletions[SIDE_COUNT];
	enum side_id where = worst_side(m, deletions);
	struct cycle *c = m->c;

	if (where != SIDE_COUNT) {
		collect_staying(m);
		where = worst_side(m, deletions);
	}
	if (where != SIDE_COUNT)
		describe_deletions(m, &plan);
	if (where != SIDE_COUNT && !plan_confirmed(&c->context, &plan, token)) {
		note_deletions(c, where, deletions[where], token);
		hold_deletions(m);
		remember(c, deletions, false);
		return;
	}
	remember(c, deletions, true);
	if (where != SIDE_COUNT)
		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			c->sides[s].recent = (struct recent_deletions){ 0 };
}

/* ---- going back ---- */

/* Whether a row takes over what a side changed. */
static bool takes_over(const struct cycle *c, const struct row *row, enum side_id side)
{
	return row->dirty && row->todo.agreed_changed && !row->adopted && !row->rename.from &&
	       !row->rename.to && row->origins == 1u << side && !version_absent(&row->agreed) &&
	       !version_absent(&row->todo.agreed) && !c->context.approvals.root_confirmed[side];
}

/* Fills back, in which there is room for the rows that side changes, with those in which it goes back to
 * what was agreed before. */
static int find_going_back(const struct mass *m, enum side_id side, struct row **back,
			   size_t *count, struct err *e)
{
	struct past *pasts = xcalloc(*count, sizeof(*pasts));
	size_t n = 0;
	int r;

	for (size_t i = 0; i < m->count; i++)
		if (takes_over(m->c, m->rows[i], side))
			pasts[n++] = (struct past){ .row = m->rows[i],
						    .until[0] = &m->rows[i]->todo.agreed };
	r = past_read_agreed(&m->c->context, pasts, n, e);
	*count = 0;
	for (size_t i = 0; i < n; i++) {
		if (pasts[i].met[0])
			back[(*count)++] = pasts[i].row;
		past_release(&pasts[i]);
	}
	free(pasts);
	return r;
}

static void hold_going_back(struct cycle *c, enum side_id side, struct row **back, size_t count,
			    const char *token)
{
	report_note(
		c->context.report,
		"%zu of %zu notebooks would go back to what they were before, as they are on the "
		"%s side now: nothing is taken back elsewhere until you run 'nbsync confirm %s "
		"%s'",
		count, stock(c, side), side_names[side], c->context.mapping->name, token);
	for (size_t i = 0; i < count; i++) {
		report_held(c->context.report, back[i]->path, side, HOLD_REVERSIONS,
			    "one of many that go back to what they were before, waiting to be "
			    "confirmed");
		row_take_back(back[i]);
	}
}

static int guard_going_back(const struct mass *m, enum side_id side, struct err *e)
{
	cleanup_buf struct buf plan = BUF_UNBOUNDED;
	size_t held, count = 0;
	char token[CONFIRM_TOKEN_SIZE];
	struct row **back;
	int r;

	for (size_t i = 0; i < m->count; i++)
		count += takes_over(m->c, m->rows[i], side);
	/* What a side holds may have to be counted: not in each cycle. */
	if (!plan_is_many(count, 0) || !plan_is_many(count, held = stock(m->c, side)))
		return ERR_OK;
	back = xcalloc(count, sizeof(struct row *));
	r = find_going_back(m, side, back, &count, e);
	if (!r && plan_is_many(count, held)) {
		buf_addf(&plan, "go back on %s\n", side_names[side]);
		for (size_t i = 0; i < count; i++)
			describe_row(&plan, &back[i]->todo.agreed, back[i]);
		if (!plan_confirmed(&m->c->context, &plan, token))
			hold_going_back(m->c, side, back, count, token);
	}
	free(back);
	return r;
}

int mass_guard(struct cycle *c, struct row **rows, size_t count, struct err *e)
{
	struct mass m = { .c = c, .rows = rows, .count = count };
	int r = ERR_OK;

	guard_deletions(&m);
	for (enum side_id s = 0; !r && s < SIDE_COUNT; s++)
		if (!side_is_out(c, s))
			r = guard_going_back(&m, s, e);
	free(m.staying);
	return r;
}
