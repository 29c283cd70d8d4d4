/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting a chain is writing a shorter one and moving the reference there, if it still is where the
 * old one ends. The old commits stay until hub_repack() finds that nothing leads to them. Taking
 * outputs out of it is the same with other trees; commits below the first that changes stay.
 *
 * Nothing here reads or writes what the sides hold: base, agreed and seen trees of the newest commits
 * are the very same trees afterwards.
 */

#include "memory/history_cut.h"

#include <stdlib.h>
#include <string.h>

#include "memory/history_mark.h"
#include "memory/history_outputs.h"

#define TICK_EVERY   128 /* commits */
#define RECORD_EMAIL " <nbsync@localhost>"

/* ---- decisions ---- */

/* from to to, between nothing and limit; the two may be any numbers. */
static int64_t distance(int64_t from, int64_t to, int64_t limit)
{
	if (to <= from)
		return 0;
	return (uint64_t)to - (uint64_t)from > (uint64_t)limit ? limit : to - from;
}

static int64_t step(const struct history_time *older, const struct history_time *newer,
		    int64_t limit)
{
	int64_t passed = distance(older->when_s, newer->when_s, limit);

	return passed ? passed : distance(older->said_s, newer->said_s, limit);
}

/* The newest commit, but not newer than least, that was made before keep_s ago. */
static size_t newest_old(const struct history_time *times, size_t count, size_t least,
			 const struct history_now *now, int64_t keep_s)
{
	struct history_time newer = { now->now_s, now->now_s };
	int64_t limit = HISTORY_STEP_MAX_S + now->idle_s, age = 0, gathered = 0;
	size_t at = count;

	for (size_t i = 0; i < count; i++) {
		age += step(&times[i], &newer, limit);
		limit = HISTORY_STEP_MAX_S;
		newer = times[i];
		if (at == count && i >= least && age > keep_s)
			at = i;
		if (i + 2 == count)
			gathered = age;
	}
	if (count < 2 || at + 1 >= count || gathered <= keep_s + keep_s / 10)
		return count ? count - 1 : 0;
	return at;
}

size_t history_cut_root(const struct history_time *times, size_t count,
			const struct history_now *now, int64_t history_s)
{
	return newest_old(times, count, 1, now, history_s);
}

size_t history_cut_lean(const struct history_time *times, size_t count,
			const struct history_now *now, int64_t outputs_s)
{
	return newest_old(times, count, 0, now, outputs_s);
}

bool history_is_record(const struct commit_info *commit)
{
	/* Commits that we make on the branch may have that author; they name their mapping. */
	return str_ends(commit->author, RECORD_EMAIL) &&
	       !strstr(commit->message, "\nNbsync-Mapping: ");
}

/* ---- the chain as it is ---- */

struct chain {
	const struct history_cut *cut;
	struct oid *ids;            /* owned; newest first */
	struct history_time *times; /* owned; parallel */
	size_t count, id_cap, time_cap;
	struct history_now now;
	bool strange; /* a commit that we do not make: hands off */
};

static void chain_release(struct chain *c)
{
	free(c->ids);
	free(c->times);
}

static int go_on(const struct chain *c, size_t i, struct err *e)
{
	if (i % TICK_EVERY || !c->cut->tick || c->cut->tick(c->cut->payload))
		return ERR_OK;
	return err_set(e, ERR_CANCELLED, "asked to stop");
}

/* The commit before this one in the chain; NULL at its root. */
static const struct oid *before(struct chain *c, const struct commit_info *commit)
{
	size_t own = commit->parent_count;

	if (c->cut->keeper && own)
		own--;
	c->strange = c->strange || own > 1 || !history_is_record(commit);
	return own == 1 ? &commit->parents[0] : NULL;
}

static int chain_read(struct chain *c, struct hub *h, const struct oid *tip, struct err *e)
{
	struct oid at = *tip;
	bool more = true;
	int r;

	while (more && !c->strange) {
		struct commit_info commit;
		const struct oid *next;

		if ((r = go_on(c, c->count, e)) || (r = hub_commit_info(h, &at, &commit, e)))
			return r;
		c->ids = array_grow(c->ids, c->count, &c->id_cap, sizeof(*c->ids));
		c->times = array_grow(c->times, c->count, &c->time_cap, sizeof(*c->times));
		c->ids[c->count] = at;
		c->times[c->count++] = (struct history_time){ commit.when_s, commit.said_s };
		next = before(c, &commit);
		more = next != NULL;
		if (more)
			at = *next;
		commit_info_release(&commit);
	}
	return ERR_OK;
}

/* A chain with the newest record of the last look has been idle since. */
static void count_idle(struct chain *c)
{
	struct history_idle *idle = c->cut->idle;

	c->now.now_s = c->cut->now_s;
	if (!idle)
		return;
	if (idle->tip_s == c->times[0].when_s)
		idle->idle_s += c->cut->passed_s;
	else
		*idle = (struct history_idle){ .tip_s = c->times[0].when_s };
	c->now.idle_s = idle->idle_s;
}

/* ---- the chain as it shall be ---- */

/* Commits are named by their index; newest first. */
struct edition {
	struct chain *chain;
	struct hub *hub;
	size_t root;  /* becomes the chain's root; the oldest: no cut */
	size_t first; /* the oldest that may have outputs … */
	size_t end;   /* … and the newest that was made before they may stay; keeps its own */
	bool marked;  /* lean is known of first, from the last time */
	bool changed; /* the commits from here on are new ones */
	struct history_strip strip;
	struct oid fat, lean; /* the tree last looked at, of first to end, and without outputs */
	size_t lighter;       /* commits that lost outputs */
};

static void edition_plan(struct edition *ed, const struct history_mark *mark)
{
	const struct chain *c = ed->chain;
	const struct history_cut *cut = c->cut;

	ed->root = ed->first = ed->end = c->count - 1;
	if (cut->history_s)
		ed->root = history_cut_root(c->times, c->count, &c->now, cut->history_s);
	if (!cut->outputs_s)
		return;
	for (size_t i = 0; i < c->count && !ed->marked; i++)
		if (oid_equal(&c->ids[i], &mark->at)) {
			ed->marked = true;
			ed->first = i;
			ed->lean = mark->tree;
		}
	ed->end = history_cut_lean(c->times, ed->first + 1, &c->now, cut->outputs_s);
	if (ed->first > ed->root) {
		ed->first = ed->root;
		ed->end = ed->end < ed->root ? ed->end : ed->root;
		ed->marked = false;
		ed->lean = (struct oid){ 0 };
	}
}

/* The tree that commit i shall have; i goes from first to end. */
static int edit_tree(struct edition *ed, size_t i, struct oid *tree, struct err *e)
{
	const struct oid fat = *tree;
	int r = ERR_OK;

	if (i > ed->first || i < ed->end || ed->first == ed->end)
		return ERR_OK;
	if (i < ed->first || !ed->marked)
		r = history_strip_tree(&ed->strip, &ed->fat, &ed->lean, &fat, &ed->lean, e);
	ed->fat = fat;
	if (!r && i > ed->end)
		*tree = ed->lean;
	ed->lighter += !oid_equal(tree, &fat);
	return r;
}

/* Writes commit i again, with that tree, upon what the one before it has become. */
static int write_again(struct edition *ed, size_t i, const struct commit_info *old,
		       const struct oid *tree, struct err *e)
{
	struct chain *c = ed->chain;
	cleanup_free char *name = xstrndup(old->author, strlen(old->author) - strlen(RECORD_EMAIL));
	bool new_root = i == ed->root && i + 1 < c->count;
	struct oid parents[2];
	struct commit_spec spec = { .tree = *tree,
				    .parents = parents,
				    .message = new_root ? HISTORY_CUT_MESSAGE : old->message,
				    .committer_name = name,
				    .committer_email = "nbsync@localhost",
				    /* 0 would be now */
				    .when_s = old->when_s > 0 ? old->when_s : 1,
				    .said_s = old->said_s > 0 ? old->said_s : 1 };

	if (!new_root && i + 1 < c->count)
		parents[spec.parent_count++] = c->ids[i + 1];
	if (c->cut->keeper && old->parent_count)
		parents[spec.parent_count++] = old->parents[old->parent_count - 1];
	return hub_commit(ed->hub, &spec, &c->ids[i], e);
}

static int edit_commit(struct edition *ed, size_t i, struct err *e)
{
	struct chain *c = ed->chain;
	struct commit_info old;
	struct oid tree;
	int r;

	if ((r = go_on(c, i, e)) || (r = hub_commit_info(ed->hub, &c->ids[i], &old, e)))
		return r;
	tree = old.tree;
	if (!(r = edit_tree(ed, i, &tree, e))) {
		ed->changed |= !oid_equal(&tree, &old.tree) || (i == ed->root && i + 1 < c->count);
		if (ed->changed)
			r = write_again(ed, i, &old, &tree, e);
	}
	commit_info_release(&old);
	return r;
}

/* Where the next time goes on: after the chain, since nothing but time depends on it. */
static int save_mark(struct edition *ed, const struct history_mark *old, struct err *e)
{
	const struct history_cut *cut = ed->chain->cut;
	struct history_mark mark = { .at = ed->chain->ids[ed->end], .tree = ed->lean };

	if (ed->first == ed->end && !ed->marked)
		return oid_is_zero(&old->at) ? ERR_OK : history_mark_drop(ed->hub, cut->ref, e);
	if (oid_equal(&mark.at, &old->at))
		return ERR_OK;
	return history_mark_write(ed->hub, cut->ref, &mark, cut->now_s, e);
}

static int edit(struct edition *ed, struct oid *tip, struct err *e)
{
	struct chain *c = ed->chain;
	struct history_mark mark;
	size_t from;
	int r;

	if ((r = history_mark_read(ed->hub, c->cut->ref, &mark, e)))
		return r;
	edition_plan(ed, &mark);
	/* What stays as it is is not even looked at. */
	from = ed->root + 1 < c->count ? ed->root : ed->first == ed->end ? 0 : ed->first;
	for (size_t i = from + 1; !r && from && i--;)
		r = edit_commit(ed, i, e);
	if (!r && ed->changed)
		r = hub_ref_set(ed->hub, c->cut->ref, &c->ids[0], tip, "history: cut", e);
	if (r)
		return r;
	*tip = c->ids[0];
	return save_mark(ed, &mark, e);
}

int history_cut(struct hub *h, const struct history_cut *cut, struct oid *tip,
		struct history_gone *gone, struct err *e)
{
	struct chain c = { .cut = cut };
	struct edition ed = { .chain = &c,
			      .hub = h,
			      .strip = { .hub = h, .tick = cut->tick, .payload = cut->payload } };
	struct oid before = *tip;
	int r;

	*gone = (struct history_gone){ 0 };
	if (oid_is_zero(tip))
		return ERR_OK;
	r = chain_read(&c, h, tip, e);
	if (!r && !c.strange) {
		count_idle(&c);
		r = edit(&ed, tip, e);
	}
	if (!oid_equal(tip, &before)) {
		gone->removed = c.count - 1 - ed.root;
		gone->lean = ed.lighter;
	}
	history_strip_release(&ed.strip);
	chain_release(&c);
	return r;
}
