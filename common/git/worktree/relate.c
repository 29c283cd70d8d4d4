/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the branch of a working tree and the remote's branch belong together, and which remote is the
 * mapping's. The hub knows what the remote has; only the working tree's own repository knows the
 * commits that were never pushed.
 */

#include <stdlib.h>

#include "git/hub/internal.h"
#include "git/worktree/internal.h"

#define COMMITS_MAX 1000 /* that were never pushed */

int worktree_ref(struct worktree *w, const char *name, struct oid *out, struct err *e)
{
	git_oid id;
	int rc = git_reference_name_to_id(&id, w->repo, name);

	*out = (struct oid){ 0 };
	if (rc == GIT_ENOTFOUND)
		return ERR_OK;
	if (rc)
		return libgit2_fail_as(e, ERR_RETRY, "cannot read '%s' of the working tree '%s'",
				       name, w->place.top);
	*out = oid_from_git(&id);
	return ERR_OK;
}

/* Whether the working tree's branch holds the remote's tip; false also when that is not known. */
static bool holds_tip(struct worktree *w, const struct oid *branch, const struct oid *tip)
{
	git_oid b = oid_to_git(branch), t = oid_to_git(tip);

	return git_graph_descendant_of(w->repo, &b, &t) == 1;
}

/* HEAD names a branch that has no commit yet. Another working tree has none to be compared. */
static bool is_unborn(struct worktree *w)
{
	return git_repository_head_unborn(w->repo) == 1;
}

int worktree_relate(struct worktree *w, struct hub *hub, const struct oid *tip,
		    enum worktree_relation *out, struct err *e)
{
	bool behind = false;
	struct oid branch;
	int r = worktree_ref(w, w->branch_ref, &branch, e);

	*out = WORKTREE_EVEN;
	if (r)
		return r;
	if (oid_is_zero(&branch)) {
		if (!oid_is_zero(tip) && is_unborn(w))
			*out = WORKTREE_BEHIND;
		return ERR_OK;
	}
	if (oid_equal(&branch, tip))
		return ERR_OK;
	if (!oid_is_zero(tip) && hub_has(hub, &branch) &&
	    (r = hub_is_ancestor(hub, &branch, tip, &behind, e)))
		return r;
	if (behind)
		*out = WORKTREE_BEHIND;
	else if (oid_is_zero(tip) || holds_tip(w, &branch, tip))
		*out = WORKTREE_AHEAD;
	else
		*out = WORKTREE_DIVERGED;
	return ERR_OK;
}

int worktree_branch(struct worktree *w, struct oid *out, struct err *e)
{
	return worktree_ref(w, w->branch_ref, out, e);
}

void worktree_known(struct worktree *w, struct hub *hub, const struct oid *commit, struct oid *out)
{
	git_oid id = oid_to_git(commit);
	git_revwalk *walk = NULL;

	*out = hub_has(hub, commit) ? *commit : (struct oid){ 0 };
	if (!oid_is_zero(out) || git_revwalk_new(&walk, w->repo) || git_revwalk_push(walk, &id))
		goto out;
	git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL);
	for (int i = 0; i < COMMITS_MAX && git_revwalk_next(&id, walk) == 0; i++) {
		struct oid known = oid_from_git(&id);

		if (hub_has(hub, &known)) {
			*out = known;
			break;
		}
	}
out:
	git_revwalk_free(walk);
}

/* The NAME of a setting "remote.NAME.url"; NULL for any other. Owned. */
static char *remote_of(const char *setting)
{
	size_t head = strlen("remote."), tail = strlen(".url"), len = strlen(setting);

	if (len <= head + tail || !str_starts(setting, "remote.") || !str_ends(setting, ".url"))
		return NULL;
	return xstrndup(setting + head, len - head - tail);
}

/* Not by git_remote_list(): libgit2 1.5 never frees what its regular expressions need. */
char *worktree_remote(struct worktree *w)
{
	git_config_iterator *all = NULL;
	git_config_entry *entry;
	git_config *config = NULL;
	char *found = NULL;

	if (git_repository_config_snapshot(&config, w->repo) == 0 &&
	    git_config_iterator_new(&all, config) == 0)
		while (!found && git_config_next(&entry, all) == 0)
			if (entry->value && worktree_same_url(entry->value, w->url))
				found = remote_of(entry->name);
	git_config_iterator_free(all);
	git_config_free(config);
	return found;
}
