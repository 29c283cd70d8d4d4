/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Git side, looking: a branch of a remote repository, as fetched into the hub.
 *
 * Nothing of the repository outside git_path is ever read into the table, and within it only
 * notebooks, and other files when they are wanted. What the branch holds is kept reachable under
 * refs/nbsync/seen/git, so that a rewritten branch destroys nothing. The policy is asked before the
 * remote is contacted and again inside the transport. Nothing here writes to the remote; publish.c
 * does.
 */

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "git/remote/remote.h"
#include "policy/policy_file.h"
#include "side/confirm.h"
#include "side/git/internal.h"
#include "side/git/rules.h"

/* ---- the branch ---- */

/* Reads a new tip into the table. */
static int take_tip(struct git_side *s, const struct oid *tip, struct err *e)
{
	struct side_context *c = s->side.context;
	struct tree_files files = { 0 };
	struct oid tree = { 0 };
	int r;

	if (!oid_is_zero(tip)) {
		if ((r = hub_commit_tree(c->hub, tip, &tree, e)) ||
		    (r = hub_tree_files(c->hub, &tree, c->mapping->git_path, &files, e)))
			return r;
		if (!oid_equal(&c->state.seen_tree[SIDE_GIT], &tree) &&
		    (r = state_see_commit(&c->state, SIDE_GIT, tip, e)))
			goto out;
	}
	git_rules_load(c, &files);
	s->tip = *tip;
	s->looked = true;
	table_probe(&c->table, SIDE_GIT);
	for (size_t i = 0; i < files.count; i++) {
		if (i % 512 == 511)
			context_progress(c, "look", i + 1, files.count);
		git_look_at_file(s, &files.items[i]);
	}
	filter_spare(&c->filter, &c->table, SIDE_GIT);
	table_settle_probes(&c->table, SIDE_GIT);
	r = ERR_OK;
out:
	tree_files_release(&files);
	return r;
}

/* ---- whether it is the branch it was ---- */

/* Whether a tip has a commit in common with the branch as it was seen; commits that were removed
 * from the branch since do not matter. */
static int goes_on(struct git_side *s, const struct oid *tip, bool *out, struct err *e)
{
	struct side_context *c = s->side.context;
	const struct oid *seen = &c->state.seen[SIDE_GIT];
	struct oid base;
	int r;

	/* The usual case, which is cheaper to ask for. */
	if (!oid_is_zero(&s->tip) && ((r = hub_is_ancestor(c->hub, &s->tip, tip, out, e)) || *out))
		return r;
	r = hub_merge_base(c->hub, seen, tip, &base, e);
	*out = !oid_is_zero(&base);
	return r;
}

/* Another repository may stand at the URL now, and what it lacks nobody has deleted: ERR_CONFIG
 * until that is confirmed. One whose branch holds exactly what was seen is taken for the same. */
static int check_identity(struct git_side *s, const struct oid *tip, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_buf struct buf plan = BUF_UNBOUNDED;
	char token[CONFIRM_TOKEN_SIZE], hex[41];
	struct oid tree;
	bool same;
	int r;

	if (oid_is_zero(tip) || oid_is_zero(&c->state.seen[SIDE_GIT]))
		return ERR_OK;
	/* After a restart the branch mostly is as it was, and this costs nothing. */
	if ((r = hub_commit_tree(c->hub, tip, &tree, e)) ||
	    oid_equal(&tree, &c->state.seen_tree[SIDE_GIT]))
		return r;
	if ((r = goes_on(s, tip, &same, e)) || same || !context_known(c, SIDE_GIT))
		return r;
	oid_hex(tip, hex);
	buf_addf(&plan, "root git\n%s\n", hex);
	if (plan_confirmed(c, &plan, token))
		return ERR_OK;
	return err_set(e, ERR_CONFIG,
		       "branch '%s' of '%s' is not the one it was, it has no commit in common with "
		       "it: bring the old one back, or run 'nbsync confirm %s %s' to go on with "
		       "this one, and delete everywhere what it lacks",
		       c->mapping->branch, s->url, c->mapping->name, token);
}

/* ERR_CONFIG when the branch is gone, or is another one. */
static int check_tip(struct git_side *s, const struct oid *tip, struct err *e)
{
	struct side_context *c = s->side.context;
	size_t known = oid_is_zero(tip) ? context_known(c, SIDE_GIT) : 0;

	if (known)
		return err_set(
			e, ERR_CONFIG,
			"branch '%s' of '%s' is gone although it held %zu notebooks: nothing "
			"is deleted elsewhere until it is back",
			c->mapping->branch, s->url, known);
	return check_identity(s, tip, e);
}

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
	struct remote remote;
	struct oid tip;
	bool empty;
	int r;

	load_policy(s);
	if (what->fetch)
		s->fetched_ms = 0;
	if (what->hints ||
	    (s->looked && s->fetched_ms && now - s->fetched_ms < c->mapping->git_poll_ms))
		return ERR_OK;
	context_progress(c, "look", 0, 0);
	if ((r = git_allowed(s, fetch_op(c), e)) || (r = git_remote(s, &remote, e)) ||
	    (r = remote_fetch(c->hub, &remote, &tip, &empty, e)))
		return r;
	if (!s->looked || !oid_equal(&tip, &s->tip)) {
		if ((r = check_tip(s, &tip, e)) || (r = git_note_lost_answer(s, &tip, e)) ||
		    (r = take_tip(s, &tip, e)))
			return r;
	}
	/* Not after an error: then the next look fetches again. */
	s->fetched_ms = now;
	return ERR_OK;
}
