/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making the state durable. Order is the argument for crash safety: seen/<side> is saved before
 * anything on a side is overwritten; agreed before the sides are written; base/<side> after. Losing the
 * later ones costs only repeated looking, because a side that already holds the agreed version is
 * recognised by its content.
 *
 * It changes no row, and decides nothing: what is to be saved was collected by ../state.c.
 */

#include "memory/state/refs.h"

#include <string.h>

#include "base/clock.h"

/* A chain of commits, as it ends; all borrowed. */
struct chain {
	const char *ref;
	struct oid *tip;
	const struct oid *kept; /* a commit of somebody else that the next one keeps; NULL: none */
};

/*
 * The time of the next commit: what the clock says, but never before the commit that it follows, or the
 * chain would be no order for anybody who goes by times. A machine may start in the year 2000 and learn
 * the time later. What the clock said stands beside it, as the author's time.
 */
static int time_commit(struct state *st, const struct chain *chain, struct commit_spec *spec,
		       struct err *e)
{
	struct commit_info before;
	int r;

	spec->said_s = spec->when_s = clock_unix_ms() / 1000;
	if (oid_is_zero(chain->tip))
		return ERR_OK;
	if ((r = hub_commit_info(st->hub, chain->tip, &before, e)))
		return r;
	if (before.when_s > spec->when_s)
		spec->when_s = before.when_s;
	commit_info_release(&before);
	return ERR_OK;
}

/* Adds a commit with that tree. */
static int save_chain(struct state *st, const struct chain *chain, const struct oid *tree,
		      const char *why, struct err *e)
{
	struct oid parents[2], next;
	struct commit_spec spec = { .tree = *tree,
				    .parents = parents,
				    .message = why,
				    .committer_name = "nbsync",
				    .committer_email = "nbsync@localhost" };
	int r;

	if (!oid_is_zero(chain->tip))
		parents[spec.parent_count++] = *chain->tip;
	if (chain->kept)
		parents[spec.parent_count++] = *chain->kept;
	if ((r = time_commit(st, chain, &spec, e)) || (r = hub_commit(st->hub, &spec, &next, e)) ||
	    (r = hub_ref_set(st->hub, chain->ref, &next, NULL, why, e)))
		return r;
	*chain->tip = next;
	return ERR_OK;
}

int state_see_commit(struct state *st, enum side_id side, const struct oid *tip, struct err *e)
{
	struct oid tree;
	char name[STATE_REF_MAX];
	int r;

	if ((r = hub_commit_tree(st->hub, tip, &tree, e)))
		return r;
	state_ref_name(name, "seen", side);
	st->seen_tree[side] = tree;
	return save_chain(st, &(struct chain){ name, &st->seen[side], tip }, &tree,
			  "seen: the remote's branch", e);
}

bool state_unrecorded(const struct state *st)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (st->seen_edits[s].count)
			return true;
	return false;
}

int state_save_seen(struct state *st, const char *why, struct err *e)
{
	char name[STATE_REF_MAX];
	int r;

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct oid before = st->seen_tree[s];
		bool known;

		if (!st->seen_edits[s].count)
			continue;
		state_ref_name(name, "seen", s);
		if ((r = tree_edits_apply(st->hub, &st->seen_edits[s], &st->seen_tree[s], e)))
			return r;
		/* Who starts without a cache sees again what was seen before. */
		known = !oid_is_zero(&st->seen[s]) && oid_equal(&before, &st->seen_tree[s]);
		if (!known && (r = save_chain(st, &(struct chain){ name, &st->seen[s], NULL },
					      &st->seen_tree[s], why, e))) {
			st->seen_tree[s] = before;
			return r;
		}
		tree_edits_clear(&st->seen_edits[s]);
	}
	return ERR_OK;
}

/* A base that has something in it says by which rules. */
static int mark_base(struct state *st, enum side_id side, struct err *e)
{
	struct oid blob;
	int r;

	if (!st->unmarked[side] || st->cells_only[side] ||
	    (!st->base_edits[side].count && oid_is_zero(&st->base_tree[side])))
		return ERR_OK;
	if ((r = hub_blob_put(st->hub, STATE_FORMAT_NOW, strlen(STATE_FORMAT_NOW), &blob, e)))
		return r;
	tree_edits_add(&st->base_edits[side], xstrdup(STATE_FORMAT), &blob);
	st->unmarked[side] = false;
	return ERR_OK;
}

/* The base's tree with what is to change in it; the reference comes later. */
static int build_base(struct state *st, enum side_id side, struct err *e)
{
	int r;

	if ((r = mark_base(st, side, e)) || !st->base_edits[side].count)
		return r;
	if ((r = tree_edits_apply(st->hub, &st->base_edits[side], &st->base_tree[side], e)))
		return r;
	tree_edits_clear(&st->base_edits[side]);
	return ERR_OK;
}

static int save_base(struct state *st, enum side_id side, const char *why, struct err *e)
{
	char name[STATE_REF_MAX];
	int r;

	state_ref_name(name, "base", side);
	if (!oid_equal(&st->base_saved[side], &st->base_tree[side]) &&
	    (r = hub_ref_set(st->hub, name, &st->base_tree[side], NULL, why, e)))
		return r;
	st->base_saved[side] = st->base_tree[side];
	st->rebased_with_agreed[side] = false;
	return ERR_OK;
}

static int save_agreed_edits(struct state *st, const char *why, struct err *e)
{
	cleanup_buf struct buf message = BUF_INIT(4096);
	struct commit_info info = { 0 };
	int r;

	buf_addf(&message, "%s\n", why);
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!st->rebased_with_agreed[s])
			continue;
		if ((r = build_base(st, s, e)))
			return r;
		state_trailer_add(&message, s, &st->base_saved[s], &st->base_tree[s]);
	}
	if ((r = tree_edits_apply(st->hub, &st->agreed_edits, &st->agreed_tree, e)) ||
	    (r = save_chain(st, &(struct chain){ STATE_REF_AGREED, &st->agreed, NULL },
			    &st->agreed_tree, buf_str(&message), e)) ||
	    (r = hub_commit_info(st->hub, &st->agreed, &info, e)))
		return r;
	st->agreed_at_s = info.said_s;
	commit_info_release(&info);
	tree_edits_clear(&st->agreed_edits);
	return ERR_OK;
}

int state_save_agreed(struct state *st, const char *why, struct err *e)
{
	int r;

	if ((r = state_save_seen(st, why, e)))
		return r;
	if (st->agreed_edits.count && (r = save_agreed_edits(st, why, e)))
		return r;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (st->rebased_with_agreed[s] &&
		    ((r = build_base(st, s, e)) || (r = save_base(st, s, why, e))))
			return r;
	return ERR_OK;
}

int state_save(struct state *st, const char *why, struct err *e)
{
	int r;

	if ((r = state_save_agreed(st, why, e)))
		return r;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if ((r = build_base(st, s, e)) || (r = save_base(st, s, why, e)))
			return r;
	return ERR_OK;
}
