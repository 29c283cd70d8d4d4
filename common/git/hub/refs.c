/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References. What no reference leads to is never read again, so moving one always comes last:
 * first the objects are flushed, then the reference moves by lock, fsync, rename and fsync of its
 * folder (libgit2 does these), and only if it stands where the caller believes.
 */

#include <stdlib.h>
#include <unistd.h>

#include "base/step.h"
#include "git/hub/internal.h"

int hub_ref_get(struct hub *h, const char *name, struct oid *out, struct err *e)
{
	git_oid id;
	int rc = git_reference_name_to_id(&id, h->repo, name);

	if (rc == GIT_ENOTFOUND)
		return err_set(e, ERR_ABSENT, "there is no reference '%s'", name);
	if (rc)
		return libgit2_fail(e, rc, "cannot read reference '%s' of the hub '%s'", name,
				    h->dir);
	*out = oid_from_git(&id);
	return ERR_OK;
}

/* libgit2 syncs the folder of a reference that it writes; here come the folders above it, which it
 * may have made, or removed with the last reference in them. */
static int sync_folders(struct hub *h, const char *name, struct err *e)
{
	cleanup_free char *path = xasprintf("%s/%s", h->dir, name);
	size_t root = strlen(h->dir);
	int r = ERR_OK;

	for (char *slash; !r && (slash = strrchr(path, '/')) > path + root;) {
		*slash = '\0';
		if (access(path, F_OK) == 0)
			r = hub_dir_sync(path, e);
	}
	return r;
}

static int moved_away(const char *name, struct err *e)
{
	return err_set(e, ERR_CONFLICT, "reference '%s' has moved meanwhile", name);
}

static int move(struct hub *h, const char *name, const struct oid *to, const struct oid *expected,
		const char *why, struct err *e)
{
	git_oid id = oid_to_git(to), old = { { 0 } };
	git_reference *ref = NULL;
	int rc;

	if (expected)
		old = oid_to_git(expected);
	rc = git_reference_create_matching(&ref, h->repo, name, &id, 1, expected ? &old : NULL,
					   why);
	git_reference_free(ref);
	/* ENOTFOUND: it should be somewhere, and is not there at all. */
	if (rc == GIT_EMODIFIED || (rc == GIT_ENOTFOUND && expected))
		return moved_away(name, e);
	return rc ? libgit2_fail(e, rc, "cannot move reference '%s' of the hub '%s'", name, h->dir)
		  : ERR_OK;
}

int hub_ref_set(struct hub *h, const char *name, const struct oid *to, const struct oid *expected,
		const char *why, struct err *e)
{
	cleanup_free char *step = xasprintf("ref %s", name);
	bool is_new = expected && oid_is_zero(expected);
	struct oid now;
	int r;

	if ((r = hub_refuse_reader(h, e)) || (r = hub_flush(h, e)))
		return r;
	if (!expected) {
		r = hub_ref_get(h, name, &now, e);
		is_new = r == ERR_ABSENT;
		if (!is_new && (r || oid_equal(&now, to)))
			return r;
	}
	step_here(step);
	r = move(h, name, to, expected, why, e);
	if (r)
		return r;
	step_here("sync folders of references");
	return is_new ? sync_folders(h, name, e) : ERR_OK;
}

int hub_ref_delete(struct hub *h, const char *name, struct err *e)
{
	cleanup_free char *step = xasprintf("ref %s", name);
	struct oid now;
	int rc, r = hub_ref_get(h, name, &now, e);

	if (r)
		return r == ERR_ABSENT ? ERR_OK : r;
	r = hub_refuse_reader(h, e);
	if (r)
		return r;
	step_here(step);
	rc = git_reference_remove(h->repo, name);
	if (rc)
		return libgit2_fail(e, rc, "cannot delete reference '%s' of the hub '%s'", name,
				    h->dir);
	return sync_folders(h, name, e);
}
