/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at a repository that a person works in: where it is, and what its attributes say. Changes
 * nothing.
 */

#include "git/libgit2/checkout.h"

#include "git/libgit2/libgit2.h"

/* git_repository_free() the result. */
static int open_at(git_repository **out, const char *dir, unsigned flags, struct err *e)
{
	int rc = git_repository_open_ext(out, dir, flags, NULL);

	if (rc == GIT_ENOTFOUND)
		return err_set(e, ERR_ABSENT, "'%s' is in no Git repository", dir);
	if (rc == GIT_EOWNER)
		return err_set(e, ERR_CONFIG,
			       "the Git repository of '%s' belongs to another user, whose settings "
			       "are not trusted",
			       dir);
	return rc ? libgit2_fail(e, rc, "cannot open the Git repository of '%s'", dir) : 0;
}

int checkout_find(char **common, const char *dir, struct err *e)
{
	git_repository *repo = NULL;
	int rc = open_at(&repo, dir, 0, e);

	if (!rc)
		*common = xstrdup(git_repository_commondir(repo));
	git_repository_free(repo);
	return rc;
}

int checkout_attribute(char **value, const char *common, const char *file, const char *attribute,
		       struct err *e)
{
	git_repository *repo = NULL;
	const char *found = NULL;
	int rc = open_at(&repo, common, GIT_REPOSITORY_OPEN_NO_SEARCH, e);

	*value = NULL;
	if (rc)
		return rc;
	rc = git_attr_get(&found, repo, GIT_ATTR_CHECK_FILE_THEN_INDEX, file, attribute);
	if (rc)
		rc = libgit2_fail(e, rc, "cannot read the attributes of '%s'", common);
	else if (git_attr_value(found) == GIT_ATTR_VALUE_STRING)
		*value = xstrdup(found);
	git_repository_free(repo);
	return rc;
}
