/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files of a revision are meant, and which are notebooks at all. What was recorded as seen or
 * agreed was a notebook then; on the branch stands whatever people commit.
 */

#include "sync/history_match.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "sync/filter.h"

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

bool history_match_enters(const struct history_match *match, const char *folder)
{
	return !match->path || str_eq(folder, match->path) || path_is_below(folder, match->path) ||
	       path_is_below(match->path, folder);
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

int history_is_notebook(struct hub *h, const struct config_mapping *m, enum history_origin origin,
			const struct notebook_name *name, const struct oid *id, uint32_t mode,
			bool *out, struct err *e)
{
	cleanup_buf struct buf data = BUF_INIT((size_t)m->max_notebook);
	int r;

	*out = !oid_is_zero(id);
	if (origin != HISTORY_GIT || !*out)
		return ERR_OK;
	*out = (mode & MODE_TYPE) == MODE_REGULAR && filter_includes(m, name->stem);
	if (name->format == NOTEBOOK_IPYNB || !*out)
		return ERR_OK;
	r = hub_blob_get(h, id, &data, e);
	*out = !r && notebook_is_source(buf_str(&data), data.len, name->language);
	/* Larger than any notebook may be. */
	return r == ERR_INVALID ? ERR_OK : r;
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
