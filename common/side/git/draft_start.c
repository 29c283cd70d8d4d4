/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the next commit starts from: how our branch in the hub and the remote's branch belong
 * together, and in which files our commits that were not pushed differ from the remote.
 */

#include <stdlib.h>

#include "side/git/draft.h"
#include "side/git/name.h"

/* Whether our branch holds commits that were removed from the remote's branch (a forced push).
 * Whoever did that may have had to take a secret away, so no commit of ours that stands on them is
 * pushed. */
static int has_removed_commits(struct git_side *s, const struct draft *d, bool *out, struct err *e)
{
	struct side_context *c = s->side.context;
	const struct oid *tip = &s->tip, *seen = &c->state.seen[SIDE_GIT];
	bool there = false;
	struct oid base;
	int r;

	*out = false;
	/* The answer for a tip stays the same: our branch only gets commits of ours on top. */
	if (oid_is_zero(seen) || (!oid_is_zero(tip) && oid_equal(tip, &s->clean_tip)))
		return ERR_OK;
	if ((r = hub_merge_base(c->hub, &d->head, seen, &base, e)) || oid_is_zero(&base))
		return r;
	if (!oid_is_zero(tip) && (r = hub_is_ancestor(c->hub, &base, tip, &there, e)))
		return r;
	*out = !there;
	return ERR_OK;
}

/* Sets unpushed and diverged. */
static int compare_heads(struct git_side *s, struct draft *d, struct err *e)
{
	struct side_context *c = s->side.context;
	const struct oid *tip = &s->tip;
	bool behind = oid_is_zero(&d->head) || oid_equal(&d->head, tip);
	bool ahead = true, removed = false;
	int r;

	if (!behind && !oid_is_zero(tip) &&
	    ((r = hub_is_ancestor(c->hub, &d->head, tip, &behind, e)) ||
	     (r = hub_is_ancestor(c->hub, tip, &d->head, &ahead, e))))
		return r;
	if (!behind && (r = has_removed_commits(s, d, &removed, e)))
		return r;
	if (!removed)
		s->clean_tip = *tip;
	d->unpushed = !behind && !removed;
	d->diverged = d->unpushed && !ahead;
	return ERR_OK;
}

static bool add_unpushed(void *payload, const struct tree_difference *difference)
{
	struct draft *d = payload;

	d->unpushed_files = array_grow(d->unpushed_files, d->unpushed_count, &d->unpushed_cap,
				       sizeof(*d->unpushed_files));
	d->unpushed_files[d->unpushed_count++] = (struct unpushed_file){
		.file = xstrdup(difference->path),
		.id = difference->new_id,
		.remote_id = difference->old_id,
		.remote_mode = difference->old_mode,
	};
	return true;
}

/* The next commit goes on top of our own, which only add to what the remote has. */
static int start_on_head(struct side_context *c, struct draft *d, struct err *e)
{
	const struct tree_diff diff = { .file = add_unpushed, .payload = d };
	int r;

	if ((r = hub_commit_tree(c->hub, &d->head, &d->tree, e)) ||
	    (r = hub_tree_diff(c->hub, &d->remote, &d->tree, c->mapping->git_path, &diff, e)))
		return r;
	draft_sort_unpushed(d);
	return ERR_OK;
}

int draft_start(struct git_side *s, struct draft *d, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *ref = git_head(c);
	int r;

	*d = (struct draft){ 0 };
	r = hub_ref_get(c->hub, ref, &d->head, e);
	if (r && r != ERR_ABSENT)
		return r;
	if (r == ERR_ABSENT)
		d->head = (struct oid){ 0 };
	if ((r = compare_heads(s, d, e)))
		return r;
	if (!oid_is_zero(&s->tip) && (r = hub_commit_tree(c->hub, &s->tip, &d->remote, e)))
		return r;
	if (d->unpushed && !d->diverged)
		return start_on_head(c, d, e);
	d->tree = d->remote;
	return ERR_OK;
}
