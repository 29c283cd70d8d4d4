/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values that set several members: where a mapping's workspace folder is, and which way edits
 * go.
 */

#include "config/own.h"

#include <stdlib.h>
#include <string.h>

#include "config/syntax.h"

#define TWO_WAY "two-way"
#define ALIAS   "/Workspace"

/* ---- workspace = NAME:/PATH ---- */

/* "/Workspace" in front is another name of the root. */
static int read_folder(const struct config_key *key, void *section, const char *text, struct err *e)
{
	struct config_mapping *m = section;
	const char *colon = strchr(text, ':');
	cleanup_free char *path = NULL;
	const char *start;

	if (!colon || colon[1] != '/' || !syntax_is_name(text, (size_t)(colon - text)))
		return err_set(e, ERR_CONFIG, "%s must be NAME:/PATH, not '%.200s'", key->name,
			       text);
	path = syntax_normal_path(colon + 1);
	if (!path)
		return err_set(e, ERR_CONFIG, "%s '%.200s' is not a usable path", key->name, text);
	start = path;
	if (str_eq(path, ALIAS) || str_starts(path, ALIAS "/"))
		start += strlen(ALIAS);
	free(m->workspace);
	free(m->workspace_path);
	m->workspace = xstrndup(text, (size_t)(colon - text));
	m->workspace_path = xstrdup(*start ? start : "/");
	return 0;
}

static bool print_folder(const void *section, struct buf *out)
{
	const struct config_mapping *m = section;

	if (m->workspace)
		buf_addf(out, "%s:%s", m->workspace, m->workspace_path);
	return m->workspace;
}

static void release_folder(void *section)
{
	struct config_mapping *m = section;

	free(steal(&m->workspace));
	free(steal(&m->workspace_path));
}

const struct config_own config_folder = { read_folder, print_folder, release_folder };

/* ---- direction = two-way, or an arrow ---- */

static bool find_side(const char *at, size_t len, enum side_id *out)
{
	while (len > 0 && *at == ' ') {
		at++;
		len--;
	}
	while (len > 0 && at[len - 1] == ' ')
		len--;
	return side_parse(out, at, len);
}

/* "git->workspace" or "git->workspace,local". Each side at most once. */
static bool parse_arrow(const char *text, bool *accepts, bool *receives)
{
	const char *arrow = strstr(text, "->");
	enum side_id from, to;

	if (!arrow || !find_side(text, (size_t)(arrow - text), &from))
		return false;
	accepts[from] = true;
	for (const char *at = arrow + 2;; at++) {
		size_t n = strcspn(at, ",");

		if (!find_side(at, n, &to) || to == from || receives[to])
			return false;
		receives[to] = true;
		at += n;
		if (*at == '\0')
			return true;
	}
}

static int read_direction(const struct config_key *key, void *section, const char *text,
			  struct err *e)
{
	struct config_mapping *m = section;
	bool accepts[SIDE_COUNT] = { false }, receives[SIDE_COUNT] = { false };

	if (str_eq(text, TWO_WAY)) {
		memset(accepts, true, sizeof(accepts));
		memset(receives, true, sizeof(receives));
	} else if (!parse_arrow(text, accepts, receives)) {
		return err_set(e, ERR_CONFIG,
			       "%s must be two-way or an arrow like git->workspace or "
			       "git->workspace,local, not '%.64s'",
			       key->name, text);
	}
	memcpy(m->accepts, accepts, sizeof(accepts));
	memcpy(m->receives, receives, sizeof(receives));
	return 0;
}

static bool print_direction(const void *section, struct buf *out)
{
	const struct config_mapping *m = section;
	const char *separator = "->";
	unsigned accepting = 0;

	for (int s = 0; s < SIDE_COUNT; s++)
		accepting += m->accepts[s];
	if (accepting != 1) {
		buf_add_str(out, TWO_WAY);
		return true;
	}
	for (int s = 0; s < SIDE_COUNT; s++)
		if (m->accepts[s])
			buf_add_str(out, side_names[s]);
	for (int s = 0; s < SIDE_COUNT; s++) {
		if (!m->receives[s])
			continue;
		buf_addf(out, "%s%s", separator, side_names[s]);
		separator = ",";
	}
	return true;
}

const struct config_own config_direction = { read_direction, print_direction, NULL };
