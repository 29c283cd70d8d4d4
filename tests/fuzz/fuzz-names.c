/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of any bytes, at every place: refused with a sentence that a terminal can show, or such
 * that the place can have them; and the name of a conflict copy of each, which fits and tells whose
 * copy it is. The first byte is the room for a copy's name, the rest the path.
 */

#include "fuzz.h"

#include <ctype.h>

#include "base/utf8.h"
#include "filter/names.h"
#include "path/path.h"

#define STAMP "20260131T120000Z"

/* What no file system or no Git takes, said as shortly as possible. */
static bool hopeless(const char *name, size_t len)
{
	return len == 0 || len > 255 || !utf8_valid(name, len) || memchr(name, '\\', len) ||
	       (len <= 2 && strspn(name, ".") >= len) || name[len - 1] == '.' ||
	       name[len - 1] == ' ' || (len == 4 && strncasecmp(name, ".git", 4) == 0) ||
	       (len == 5 && strncasecmp(name, "git~1", 5) == 0);
}

static bool windows_refuses(const char *name, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] < 32 || strchr("<>:\"|?*", name[i]))
			return true;
	return len >= 3 && (len == 3 || name[3] == '.') &&
	       (strncasecmp(name, "con", 3) == 0 || strncasecmp(name, "nul", 3) == 0 ||
		strncasecmp(name, "aux", 3) == 0 || strncasecmp(name, "prn", 3) == 0);
}

static void check_parts(enum path_place place, const char *path)
{
	for (const char *at = path;; at++) {
		size_t n = strcspn(at, "/");

		MUST(!hopeless(at, n));
		MUST(place != PATH_ANYWHERE || !windows_refuses(at, n));
		at += n;
		if (!*at)
			return;
	}
}

static bool can_be_made(enum path_place place, const char *path)
{
	struct err e = ERR_INIT, again = ERR_INIT;
	int r = path_check_at(place, "", path, &e);

	MUST(r == path_check_at(place, "", path, &again) && strcmp(e.text, again.text) == 0);
	MUST(r == ERR_OK || r == ERR_INVALID);
	MUST((r == ERR_OK) == (e.text[0] == '\0'));
	MUST(utf8_valid(e.text, strlen(e.text)));
	for (const char *p = e.text; *p; p++)
		MUST(!iscntrl((unsigned char)*p));
	if (!r)
		check_parts(place, path);
	return r == ERR_OK;
}

static void check_fold(const char *path)
{
	cleanup_free char *once = path_fold(path), *twice = path_fold(once);

	MUST(strcmp(once, twice) == 0);
}

static void check_copy(const char *stem, const char *ext, size_t max)
{
	cleanup_free char *file = names_conflict(stem, ext, SIDE_GIT, STAMP, max);
	cleanup_free char *whole = xasprintf("%s%s", stem, ext), *original = NULL;
	bool has_ext = str_ends(file, STAMP) ? !*ext : str_ends(file, ext);
	size_t tail = has_ext ? strlen(ext) : 0;
	cleanup_free char *copy = xstrndup(file, strlen(file) - tail);
	enum side_id side;

	MUST(strlen(path_base(file)) <= max);
	MUST(names_is_conflict(copy, &original, &side) && side == SIDE_GIT);
	MUST(strcmp(original, has_ext ? stem : whole) == 0 ||
	     names_is_cut_of(original, has_ext ? stem : whole));
	MUST(names_ignored(copy));
	MUST(path_check_at(PATH_LOCAL, "", file, NULL) == ERR_OK || strlen(file) > PATH_LEN_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const extensions[] = { "", ".py", ".ipynb", ".with a long extension" };
	cleanup_free char *path = NULL;
	bool local;

	if (!len)
		return 0;
	path = xstrndup((const char *)data + 1, len - 1);
	local = can_be_made(PATH_LOCAL, path);
	/* What more people are to have, fewer names are. */
	MUST(local || !can_be_made(PATH_BRANCH, path));
	MUST(can_be_made(PATH_BRANCH, path) || !can_be_made(PATH_ANYWHERE, path));
	can_be_made(PATH_WORKSPACE, path);
	path_is_long_on_windows(path, path);
	check_fold(path);
	for (size_t i = 0; local && i < ARRAY_SIZE(extensions); i++)
		check_copy(path, extensions[i], 143 + data[0] % 113);
	return 0;
}
