/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting a chain is writing a shorter one and moving the reference there, if it still is where the
 * old one ends. The old commits stay until hub_repack() finds that nothing leads to them.
 *
 * Nothing here reads or writes what the sides hold: base, agreed and seen trees of the newest commits
 * are the very same trees afterwards.
 */

#include "sync/history_cut.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S        (24 * 3600)
#define WEEK_S       (7 * DAY_S)
#define TICK_EVERY   128 /* commits */
#define RECORD_EMAIL " <nbsync@localhost>"

/* ---- decisions ---- */

size_t history_cut_root(const int64_t *when_s, size_t count, int64_t now_s, int64_t history_s)
{
	size_t root = count;

	/* From the oldest: all that is too old, up to the first that is not. */
	while (root > 1 &&
	       (when_s[root - 1] < now_s - history_s || when_s[root - 1] > now_s + DAY_S))
		root--;
	if (count < 2 || root + 1 >= count ||
	    when_s[count - 2] >= now_s - history_s - history_s / 10)
		return count ? count - 1 : 0;
	return root;
}

enum history_clock history_cut_clock(int64_t now_s, int64_t last_s, int64_t history_s)
{
	int64_t believed = history_s / 2 > WEEK_S ? history_s / 2 : WEEK_S;

	if (last_s <= 0 || now_s < last_s)
		return HISTORY_UNSURE;
	if (now_s - last_s < DAY_S)
		return HISTORY_NOT_YET;
	return now_s - last_s > believed ? HISTORY_UNSURE : HISTORY_DUE;
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
	struct oid *ids; /* owned; newest first */
	int64_t *when_s; /* owned; parallel */
	size_t count, id_cap, when_cap;
	bool strange; /* a commit that we do not make: hands off */
};

static void chain_release(struct chain *c)
{
	free(c->ids);
	free(c->when_s);
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
		c->when_s = array_grow(c->when_s, c->count, &c->when_cap, sizeof(*c->when_s));
		c->ids[c->count] = at;
		c->when_s[c->count++] = commit.when_s;
		next = before(c, &commit);
		more = next != NULL;
		if (more)
			at = *next;
		commit_info_release(&commit);
	}
	return ERR_OK;
}

/* ---- the chain as it shall be ---- */

/* Writes one commit again, on top of *tip (NULL: as the root). */
static int write_again(struct chain *c, struct hub *h, size_t i, const struct oid *below,
		       struct oid *out, struct err *e)
{
	struct commit_info old;
	struct commit_spec spec = { 0 };
	cleanup_free char *name = NULL;
	struct oid parents[2];
	int r;

	if ((r = go_on(c, i, e)) || (r = hub_commit_info(h, &c->ids[i], &old, e)))
		return r;
	name = xstrndup(old.author, strlen(old.author) - strlen(RECORD_EMAIL));
	if (below)
		parents[spec.parent_count++] = *below;
	if (c->cut->keeper && old.parent_count)
		parents[spec.parent_count++] = old.parents[old.parent_count - 1];
	spec.tree = old.tree;
	spec.parents = parents;
	spec.message = below ? old.message : HISTORY_CUT_MESSAGE;
	spec.committer_name = name;
	spec.committer_email = "nbsync@localhost";
	spec.when_s = old.when_s > 0 ? old.when_s : 1; /* 0 would be now */
	r = hub_commit(h, &spec, out, e);
	commit_info_release(&old);
	return r;
}

static int write_chain(struct chain *c, struct hub *h, size_t root, struct oid *tip, struct err *e)
{
	struct oid below = { 0 };
	int r;

	for (size_t i = root + 1; i--;) {
		struct oid id;

		if ((r = write_again(c, h, i, i == root ? NULL : &below, &id, e)))
			return r;
		below = id;
	}
	r = hub_ref_set(h, c->cut->ref, &below, tip, "history: cut", e);
	if (!r)
		*tip = below;
	return r;
}

int history_cut(struct hub *h, const struct history_cut *cut, struct oid *tip, size_t *removed,
		struct err *e)
{
	struct chain c = { .cut = cut };
	size_t root;
	int r;

	*removed = 0;
	if (oid_is_zero(tip))
		return ERR_OK;
	r = chain_read(&c, h, tip, e);
	if (!r && !c.strange) {
		root = history_cut_root(c.when_s, c.count, cut->now_s, cut->history_s);
		if (root + 1 < c.count && !(r = write_chain(&c, h, root, tip, e)))
			*removed = c.count - 1 - root;
	}
	chain_release(&c);
	return r;
}
