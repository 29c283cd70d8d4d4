/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The history of a commit, newest first. Read lazily: the cost follows the commits that are visited.
 * Trees are only read for who asks what a commit changed.
 */

#include "git/hub/internal.h"

static int visit_all(git_revwalk *walk, const struct hub_walk *how, struct hub *h, struct err *e)
{
	git_oid id;
	int rc = 0;

	for (size_t i = 0; i < how->limit && !(rc = git_revwalk_next(&id, walk)); i++) {
		struct oid commit = oid_from_git(&id);
		struct commit_info info;
		bool on;
		int r = hub_commit_info(h, &commit, &info, e);

		if (r)
			return r;
		on = how->visit(how->payload, &info);
		commit_info_release(&info);
		if (!on)
			return ERR_OK;
	}
	return rc && rc != GIT_ITEROVER
		       ? libgit2_fail(e, rc, "cannot follow the history in the hub '%s'", h->dir)
		       : ERR_OK;
}

int hub_walk(struct hub *h, const struct oid *tip, const struct hub_walk *how, struct err *e)
{
	git_oid id = oid_to_git(tip);
	git_revwalk *walk = NULL;
	int r, rc = git_revwalk_new(&walk, h->repo);

	/* No order is asked for: with any, libgit2 reads the whole history before the first commit. What
	 * it gives then is by time, of those whose child it has given. */
	if (!rc)
		rc = git_revwalk_push(walk, &id);
	r = rc ? libgit2_fail(e, rc, "cannot follow the history in the hub '%s'", h->dir)
	       : visit_all(walk, how, h, e);
	git_revwalk_free(walk);
	return r;
}

int hub_commit_diff(struct hub *h, const struct commit_info *commit, const char *folder,
		    const struct tree_diff *diff, struct err *e)
{
	struct oid before = { 0 };
	int r = commit->parent_count ? hub_commit_tree(h, &commit->first_parent, &before, e)
				     : ERR_OK;

	return r ? r : hub_tree_diff(h, &before, &commit->tree, folder, diff, e);
}
