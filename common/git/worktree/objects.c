/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects of the hub for the repository of a working tree: one pack with what it lacks, in place
 * before anything there names it. What a kill leaves is a temporary file in objects/pack.
 */

#include <git2/pack.h>

#include "base/step.h"
#include "git/hub/internal.h"
#include "git/worktree/internal.h"

static bool is_there(struct worktree *w, const git_oid *id)
{
	git_odb *odb = NULL;
	bool there = git_repository_odb(&odb, w->repo) == 0 && git_odb_exists(odb, id) == 1;

	git_odb_free(odb);
	return there;
}

static int select_objects(git_packbuilder *pack, struct hub *hub, const git_oid *tip,
			  const struct oid *have)
{
	git_oid hidden = oid_to_git(have);
	git_revwalk *walk = NULL;
	int rc = git_revwalk_new(&walk, hub->repo);

	if (!rc)
		rc = git_revwalk_push(walk, tip);
	if (!rc && !oid_is_zero(have))
		rc = git_revwalk_hide(walk, &hidden);
	if (!rc)
		rc = git_packbuilder_insert_walk(pack, walk);
	git_revwalk_free(walk);
	return rc;
}

int worktree_bring(struct worktree *w, struct hub *hub, const struct oid *tip,
		   const struct oid *have, struct err *e)
{
	cleanup_free char *folder = xasprintf("%s/objects/pack", w->place.common);
	git_oid id = oid_to_git(tip);
	git_packbuilder *pack = NULL;
	int r, rc;

	if (is_there(w, &id))
		return ERR_OK;
	if ((r = hub_flush(hub, e)))
		return r;
	rc = git_packbuilder_new(&pack, hub->repo);
	if (!rc)
		rc = select_objects(pack, hub, &id, have);
	step_here("working tree: pack");
	if (!rc)
		rc = git_packbuilder_write(pack, folder, 0, NULL, NULL);
	git_packbuilder_free(pack);
	if (rc)
		return libgit2_fail_as(e, ERR_RETRY, "cannot bring commits into '%s'",
				       w->place.common);
	return ERR_OK;
}
