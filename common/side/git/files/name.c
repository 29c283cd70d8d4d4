/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of the Git side: what the branch and its files are called in the repository, and which
 * names the branch cannot have.
 */

#include "side/git/files/name.h"

#include "path/path.h"
#include "side/name.h"

char *git_head(const struct side_context *c)
{
	return xasprintf("refs/heads/%s", c->mapping->branch);
}

char *git_path_of(const struct side_context *c, const char *file)
{
	return path_join(c->mapping->git_path, file);
}

int git_check_name(const struct side_context *c, const struct row *row, const char *file,
		   struct err *e)
{
	const struct config_mapping *m = c->mapping;
	int r;

	if (name_stands(row, SIDE_GIT, file))
		return ERR_OK;
	r = path_check_at(PATH_BRANCH, m->git_path, file, e);
	if (r || m->git_names == CONFIG_NAMES_ANY)
		return name_refuse(SIDE_GIT, r, "", e);
	r = path_check_at(PATH_ANYWHERE, m->git_path, file, e);
	return name_refuse(SIDE_GIT, r, ", or the mapping has 'git_names = any'", e);
}
