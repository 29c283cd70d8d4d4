/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Git side, looking: a branch of a remote repository, as fetched into the hub.
 *
 * Nothing of the repository outside git_path is ever read into the table, and within it only
 * notebooks, and other files when they are wanted. What the branch holds is kept reachable under
 * refs/nbsync/seen/git, so that a rewritten branch destroys nothing. The policy is asked before the
 * remote is contacted and again inside the transport. Nothing here writes to the remote; publish.c
 * does, and branch.c when a human asks for a branch.
 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "git/remote/remote.h"
#include "policy/policy_file.h"
#include "side/git/branch.h"
#include "side/git/files/attributes.h"
#include "side/git/files/rules.h"
#include "side/git/internal.h"

/* ---- reading the branch ---- */

/* Also reads what the branch says about them. */
static int list_files(struct git_side *s, const struct oid *tip, struct tree_files *files,
		      struct oid *tree, struct err *e)
{
	struct side_context *c = s->side.context;
	int r;

	*tree = (struct oid){ 0 };
	if (!oid_is_zero(tip) &&
	    ((r = hub_commit_tree(c->hub, tip, tree, e)) ||
	     (r = hub_tree_files(c->hub, tree, c->mapping->git_path, files, e))))
		return r;
	return git_attributes_load(c, tree, files, &s->attributes, e);
}

/* Takes the files into the rows; sets s->looked unless one could not be read. */
static void take_files(struct git_side *s, const struct tree_files *files)
{
	struct side_context *c = s->side.context;

	s->looked = true;
	table_probe(&c->table, SIDE_GIT);
	for (size_t i = 0; i < files->count; i++) {
		if (i % 512 == 511)
			context_progress(c, "look", i + 1, files->count);
		git_look_at_file(s, &files->items[i]);
	}
	filter_spare(&c->filter, &c->table, SIDE_GIT);
	table_settle_probes(&c->table, SIDE_GIT);
}

/* Reads a new tip into the table. */
static int take_tip(struct git_side *s, const struct oid *tip, struct err *e)
{
	struct side_context *c = s->side.context;
	struct tree_files files = { 0 };
	struct oid tree;
	int r = list_files(s, tip, &files, &tree, e);

	if (!r)
		r = git_note_passing(s, tip, e);
	if (!r && !oid_is_zero(tip) && !oid_equal(&c->state.seen_tree[SIDE_GIT], &tree))
		r = state_see_commit(&c->state, SIDE_GIT, tip, e);
	if (!r) {
		git_rules_load(c, &files);
		s->tip = *tip;
		take_files(s, &files);
		r = git_place_settle(s, e);
	}
	tree_files_release(&files);
	return r;
}

/* ---- whether it is the branch it was ---- */

/* Reads another branch as far as needed to say what it would change; the ignore files stay what they
 * are, and the side is not looked at by this. */
static int check_other(struct git_side *s, enum git_place change, const struct oid *tip,
		       struct err *e)
{
	struct tree_files files = { 0 };
	struct oid tree;
	int r = list_files(s, tip, &files, &tree, e);

	if (!r) {
		take_files(s, &files);
		s->looked = false;
		r = git_place_agree(s, change, tip, e);
	}
	tree_files_release(&files);
	return r;
}

static int missing(struct git_side *s, const struct remote_branches *branches, size_t known,
		   struct err *e)
{
	const struct config_mapping *m = s->side.context->mapping;
	const struct branch_missing what = { m->name, m->branch, s->url, known, branches };

	return branch_missing(&what, e);
}

/* ERR_CONFIG when the branch is gone, or is another one. */
static int check_tip(struct git_side *s, const struct oid *tip,
		     const struct remote_branches *branches, struct err *e)
{
	struct side_context *c = s->side.context;
	enum git_place change;
	size_t known;
	int r = git_place_compare(s, tip, &change, e);

	if (r)
		return r;
	known = change == GIT_PLACE_MOVED ? 0 : context_known(c, SIDE_GIT);
	if (oid_is_zero(tip) && !branches->empty)
		return missing(s, branches, known, e);
	if (oid_is_zero(tip) && known)
		return err_set(
			e, ERR_CONFIG,
			"branch '%s' of '%s' is gone although it held %zu notebooks: nothing "
			"is deleted elsewhere until it is back",
			c->mapping->branch, s->url, known);
	if (change != GIT_PLACE_SAME)
		return check_other(s, change, tip, e);
	return git_note_lost_answer(s, tip, e);
}

/* A remote without any branch is filled. */
static int take_news(struct git_side *s, const struct oid *tip,
		     const struct remote_branches *branches, struct err *e)
{
	bool filled = !oid_is_zero(tip) || branches->empty;
	int r;

	if (s->looked && filled && oid_equal(tip, &s->tip))
		return ERR_OK;
	/* What its server refused upon the old one it may take now. */
	if (!oid_equal(tip, &s->tip))
		refusals_ask(&s->refusals);
	r = check_tip(s, tip, branches, e);
	return r ? r : take_tip(s, tip, e);
}

/* ---- looking ---- */

/* The first fetch of a branch is a clone to the policy. */
static enum policy_op fetch_op(struct side_context *c)
{
	cleanup_free char *ref = xasprintf("refs/remotes/origin/%s", c->mapping->branch);
	struct oid tip;

	return hub_ref_get(c->hub, ref, &tip, NULL) == ERR_OK ? POLICY_FETCH : POLICY_CLONE;
}

static void load_policy(struct git_side *s)
{
	struct side_context *c = s->side.context;

	policy_set_release(&s->policy);
	policy_set_load(&s->policy, POLICY_SYSTEM_FILE, c->config->daemon.policy);
	if (s->policy.note)
		report_note(c->report, "%s", s->policy.note);
}

int git_look(struct side *side, const struct side_look *what, struct err *e)
{
	struct git_side *s = (struct git_side *)side;
	struct side_context *c = side->context;
	int64_t now = clock_monotonic_ms();
	struct remote_branches branches;
	struct remote remote;
	struct oid tip;
	int r;

	load_policy(s);
	if (what->fetch) {
		s->fetched_ms = 0;
		refusals_ask(&s->refusals);
	}
	if (what->hints ||
	    (s->looked && s->fetched_ms && now - s->fetched_ms < c->mapping->git_poll_ms))
		return ERR_OK;
	context_progress(c, "look", 0, 0);
	if ((r = git_allowed(s, fetch_op(c), e)) || (r = git_remote(s, &remote, e)))
		return r;
	r = remote_fetch(c->hub, &remote, &tip, &branches, e);
	if (!r && what->create_from)
		git_create_branch(s, &branches, what->create_from, &tip);
	if (!r)
		r = take_news(s, &tip, &branches, e);
	remote_branches_release(&branches);
	/* Not after an error: then the next look fetches again. */
	if (!r)
		s->fetched_ms = now;
	return r;
}
