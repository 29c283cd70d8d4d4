/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What it means that the local directory is in a Git working tree: nobody but its user can say. A
 * person who works there checks out other branches, rebases and bisects, and each of these looks
 * like many edits. So such a directory is refused until the mapping's clone says which it is.
 */

#include "side/clone.h"

static int ask(const struct config_mapping *m, const char *top, struct err *e)
{
	return err_set(
		e, ERR_CONFIG,
		"'%s' is in the Git working tree '%s', and the mapping does not say what that "
		"means: set 'clone = follow' to have nbsync go along with it (files travel while "
		"branch '%s' is checked out and no rebase, merge or the like is under way, and the "
		"branch moves on to what nbsync pushed%s), or 'clone = independent' to have every "
		"checkout travel as an edit, as in any directory",
		m->local, top, m->branch, m->git ? "" : "; it needs git in the mapping");
}

static int decide(const struct config_mapping *m, char **independent, struct err *e)
{
	struct worktree_place place;
	int r = ERR_OK;

	worktree_find(&place, m->local);
	if (place.top && m->clone == CONFIG_CLONE_ASK)
		r = ask(m, place.top, e);
	else if (place.top && independent)
		*independent = xstrdup(place.top);
	worktree_place_release(&place);
	return r;
}

int clone_open(const struct config_mapping *m, struct worktree **out, char **independent,
	       struct err *e)
{
	const struct worktree_wanted wanted = { .dir = m->local,
						.branch = m->branch,
						.git_path = m->git_path,
						.url = m->git,
						.owner = m->name };

	*out = NULL;
	if (independent)
		*independent = NULL;
	if (!m->local)
		return ERR_OK;
	return m->clone == CONFIG_CLONE_FOLLOW ? worktree_open(out, &wanted, e)
					       : decide(m, independent, e);
}
