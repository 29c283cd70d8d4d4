/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of names that come and go while an editor saves. Of folders, those are watched that the
 * cycle goes into, whatever include, exclude and ignore files say: an event too many costs one
 * short cycle.
 */

#include "daemon/watch/watch_names.h"

#include <string.h>
#include <strings.h>

#include "base/util.h"
#include "filter/names.h"
#include "notebook/notebook.h"
#include "path/path.h"

static const char *const noise_names[] = { ".git", ".ipynb_checkpoints", "4913" };
static const char *const noise_prefixes[] = { PATH_TEMP_PREFIX, ".#", ".~" };
static const char *const noise_suffixes[] = { ".swp", ".swo", ".swx", "~" };

static bool is_noise(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(noise_names); i++)
		if (str_eq(name, noise_names[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(noise_prefixes); i++)
		if (str_starts(name, noise_prefixes[i]))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(noise_suffixes); i++)
		if (str_ends(name, noise_suffixes[i]))
			return true;
	return name[0] == '#' && str_ends(name, "#");
}

static bool may_be_notebook(const char *name)
{
	struct notebook_name parsed;

	if (!notebook_name_parse(&parsed, name))
		return false;
	notebook_name_release(&parsed);
	return true;
}

enum watch_name watch_name_class(const char *name, bool directory)
{
	if (directory)
		return names_folder_ignored(name) ? WATCH_NAME_NOISE : WATCH_NAME_PATH;
	if (is_noise(name))
		return WATCH_NAME_NOISE;
	if (str_eq(name, ".gitignore") || str_eq(name, ".nbsyncignore"))
		return WATCH_NAME_FILTER;
	return may_be_notebook(name) ? WATCH_NAME_PATH : WATCH_NAME_FILE;
}

bool watch_name_is_move(const char *from, const char *to, bool directory)
{
	enum watch_name class = watch_name_class(from, directory);

	if ((class != WATCH_NAME_PATH && class != WATCH_NAME_FILE) ||
	    watch_name_class(to, directory) != class)
		return false;
	return directory || strcasecmp(path_ext(from), path_ext(to)) == 0;
}
