/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files of a revision are meant, and what they are. What was recorded as seen or agreed was
 * the mapping's then; on the branch stands whatever people commit.
 */

#include "memory/history_match.h"

#include <stdlib.h>
#include <string.h>

#include "filter/filter.h"
#include "memory/state.h"
#include "path/path.h"

#define MODE_TYPE    0170000u
#define MODE_REGULAR 0100000u

void history_match_init(struct history_match *match, const char *path)
{
	struct notebook_name name;
	size_t len = path ? strlen(path) : 0;

	*match = (struct history_match){ 0 };
	while (len && path[len - 1] == '/')
		len--;
	if (!len)
		return;
	match->path = xstrndup(path, len);
	if (notebook_name_parse(&name, match->path))
		match->stem = name.stem;
}

void history_match_release(struct history_match *match)
{
	free(match->path);
	free(match->stem);
}

static bool enters(const struct history_match *match, const char *folder)
{
	return !match->path || str_eq(folder, match->path) || path_is_below(folder, match->path) ||
	       path_is_below(match->path, folder);
}

/* Whether folder is the one that all of prefix ("name/") is in. */
static bool is_folder_of(const char *prefix, const char *folder)
{
	return strlen(folder) == strlen(prefix) - 1 && str_starts(prefix, folder);
}

bool history_match_enters(const struct history_match *match, enum history_origin origin,
			  const char *folder)
{
	if (origin == HISTORY_GIT)
		return enters(match, folder);
	folder = state_file(folder);
	if (is_folder_of(STATE_FILES, folder) || is_folder_of(STATE_BESIDE, folder))
		return true;
	return enters(match, history_file(origin, folder).name);
}

enum history_fit history_match_file(const struct history_match *match, const char *file,
				    const char *stem)
{
	if (!match->path)
		return HISTORY_BELOW;
	if (str_eq(file, match->path))
		return HISTORY_FILE;
	if (str_eq(stem, match->path))
		return HISTORY_STEM;
	if (match->stem && str_eq(stem, match->stem))
		return HISTORY_SIBLING;
	return path_is_below(file, match->path) ? HISTORY_BELOW : HISTORY_OTHER;
}

struct history_file history_file(enum history_origin origin, const char *path)
{
	struct history_file file = { .origin = origin, .name = path };

	if (origin == HISTORY_GIT)
		return file;
	file.name = state_file(path);
	file.plain = str_starts(file.name, STATE_FILES);
	if (file.plain)
		file.name += strlen(STATE_FILES);
	return file;
}

/* Whether a script of the branch is a notebook; a larger one than a notebook may be is none. */
static int has_header(struct hub *h, const struct config_mapping *m, const struct oid *id,
		      enum notebook_language language, bool *out, struct err *e)
{
	cleanup_buf struct buf data = BUF_INIT((size_t)m->max_notebook);
	uint64_t size;
	int r = hub_blob_size(h, id, &size, e);

	*out = false;
	if (r || size > (uint64_t)m->max_notebook)
		return r;
	r = hub_blob_get(h, id, &data, e);
	*out = !r && notebook_is_source(buf_str(&data), data.len, language);
	return r;
}

int history_path(struct hub *h, const struct config_mapping *m, const struct history_file *file,
		 char **out, struct err *e)
{
	bool branch = file->origin == HISTORY_GIT, notebook = false;
	struct notebook_name name = { 0 };
	int r = ERR_OK;

	*out = NULL;
	if (oid_is_zero(file->id) || (branch && (file->mode & MODE_TYPE) != MODE_REGULAR))
		return ERR_OK;
	if (!file->plain && notebook_name_parse(&name, file->name)) {
		notebook = true;
		if (branch && name.format == NOTEBOOK_SOURCE)
			r = has_header(h, m, file->id, name.language, &notebook, e);
	}
	if (!r && notebook && (!branch || filter_includes(m, name.stem)))
		*out = steal(&name.stem);
	else if (!r && !notebook && m->files == CONFIG_FILES_ALL &&
		 (branch ? filter_includes(m, file->name) : file->plain))
		*out = xstrdup(file->name);
	notebook_name_release(&name);
	return r;
}

int history_commit(struct hub *h, const struct oid *id, struct commit_info *out, struct err *e)
{
	int r = hub_commit_info(h, id, out, e);
	char hex[41];

	if (r != ERR_ABSENT)
		return r;
	oid_hex(id, hex);
	return err_set(e, ERR_RETRY,
		       "revision %s is no longer there: the history was shortened meanwhile, or "
		       "the hub is damaged",
		       hex);
}
