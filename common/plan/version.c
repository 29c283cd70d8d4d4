/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names and formats of versions. Pure: it knows nothing of what stands on a side.
 */

#include "plan/version.h"

enum notebook_format version_fresh_format(const struct config_mapping *m, enum side_id side,
					  enum notebook_format agreed)
{
	enum config_format wanted = side == SIDE_LOCAL ? m->local_format
				    : side == SIDE_GIT ? m->git_format
						       : m->workspace_format;

	if (wanted == CONFIG_FORMAT_KEEP)
		return agreed;
	return wanted == CONFIG_FORMAT_IPYNB ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
}

char *version_file(const char *path, const struct version *v)
{
	if (v->kind == VERSION_FILE)
		return xstrdup(path);
	return notebook_name_make(path, v->format, v->language);
}
