/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workspace side's folder as a whole: whether it is there, and the same as before, seen by the
 * same user: who may see less would make deletions of what others have.
 */

#include "side/workspace/root.h"

#include "side/root.h"

int workspace_root_check(struct side_context *c, int listed, bool shows_some, const char *name,
			 struct err *e)
{
	size_t known;

	if (listed == ERR_ABSENT && (known = context_known(c, SIDE_WORKSPACE)) > 0)
		return err_set(e, ERR_CONFIG,
			       "%s is gone although it held %zu notebooks: nothing is deleted "
			       "elsewhere until it is back",
			       name, known);
	if (listed == ERR_OK)
		return root_check_empty(c, SIDE_WORKSPACE, shows_some, name, e);
	return listed == ERR_ABSENT ? ERR_OK : listed;
}

/* Which folder this is, and as whose user we see it: as much of it as the workspace answers; ""
 * for nothing. Owned by the caller. */
static char *ask_identity(struct workspace_side *s)
{
	const char *const root[] = { s->root };
	struct workspace_result *result = NULL;
	cleanup_free char *user = NULL;
	struct err ignored = ERR_INIT;
	char *identity;

	if (s->api->stat(s->workspace, root, 1, &result, &ignored) || result[0].code) {
		workspace_results_free(result, 1);
		return xstrdup("");
	}
	if (s->api->whoami(s->workspace, &user, &ignored))
		user = NULL;
	identity = xasprintf("folder %s of %s%s%s", result[0].object.id, s->api->host(s->workspace),
			     user ? ROOT_USER : "", user ? user : "");
	workspace_results_free(result, 1);
	return identity;
}

/* Whether something that the side held when it last agreed is not there, and may be deleted
 * elsewhere. */
static bool lacks_some(const struct side_context *c)
{
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		if (row->side[SIDE_WORKSPACE].state == ENTRY_ABSENT &&
		    !version_absent(&row->base[SIDE_WORKSPACE]))
			return true;
	return false;
}

int workspace_root_check_identity(struct workspace_side *s, const char *name, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *identity = NULL;
	int r;

	/* The token may have become another user's, and the folder may be another one of that
	 * name. */
	if (s->root_is_known && !lacks_some(c))
		return ERR_OK;
	identity = ask_identity(s);
	r = root_check_identity(c, SIDE_WORKSPACE, identity, name, e);
	/* An identity that was refused, or of which less is known than was recorded, is asked for
	 * again. */
	s->root_is_known = !r && root_compare(c->approvals.root_known[SIDE_WORKSPACE], identity) ==
					 ROOT_SAME;
	return r;
}
