/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that never travel, and the names of conflict copies. The same rule holds on every side:
 * what is ignored here is neither read, nor written, nor taken for deleted.
 */

#include "sync/names.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define STAMP_LEN 16 /* 20260131T120000Z */

static bool component_ignored(const char *name, size_t len)
{
	static const char *const whole[] = { "__pycache__", "node_modules" };

	if (len == 0 || name[0] == '.' || name[len - 1] == '~')
		return true;
	if (name[0] == '#' && name[len - 1] == '#')
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++)
		if (len == strlen(whole[i]) && memcmp(name, whole[i], len) == 0)
			return true;
	return false;
}

/* The last component without a notebook's extension, so that files and stems are judged alike. */
static bool file_is_conflict(const char *path)
{
	const char *dot = strrchr(path, '.');
	cleanup_free char *stem = dot ? xstrndup(path, (size_t)(dot - path)) : NULL;

	return names_is_conflict(path, NULL, NULL) || (stem && names_is_conflict(stem, NULL, NULL));
}

bool names_ignored(const char *path)
{
	const char *at = path;

	for (;;) {
		size_t len = strcspn(at, "/");

		if (component_ignored(at, len))
			return true;
		if (!at[len])
			break;
		at += len + 1;
	}
	return file_is_conflict(path);
}

/* A device's name in the first len bytes, up to a dot. */
static bool is_device(const char *name, size_t len)
{
	static const char *const devices[] = { "con", "prn", "aux", "nul", "com", "lpt" };
	const char *dot = memchr(name, '.', len);
	size_t n = dot ? (size_t)(dot - name) : len;

	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		bool numbered = i >= 4;

		if (n != 3u + numbered || strncasecmp(name, devices[i], 3) != 0)
			continue;
		return !numbered || (name[3] >= '1' && name[3] <= '9');
	}
	return false;
}

bool names_reserved(const char *path)
{
	for (const char *at = path;; at++) {
		size_t len = strcspn(at, "/");

		if (is_device(at, len) || strcspn(at, "<>:\"|?*") < len)
			return true;
		at += len;
		if (!*at)
			return false;
	}
}

char *names_conflict(const char *stem, enum side_id side, const char *stamp)
{
	return xasprintf("%s.conflict-%s-%s", stem, side_names[side], stamp);
}

static bool is_stamp(const char *s)
{
	static const char shape[STAMP_LEN + 1] = "ddddddddTddddddZ";

	if (strlen(s) != STAMP_LEN)
		return false;
	for (size_t i = 0; i < STAMP_LEN; i++)
		if (shape[i] == 'd' ? !isdigit((unsigned char)s[i]) : s[i] != shape[i])
			return false;
	return true;
}

bool names_is_conflict(const char *stem, char **original, enum side_id *side)
{
	static const char marker[] = ".conflict-";
	const char *at = NULL;

	for (const char *p = stem; (p = strstr(p, marker)); p++)
		at = p;
	if (!at || at == stem || at[-1] == '/')
		return false;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const char *name = at + strlen(marker);
		size_t len = strlen(side_names[s]);

		if (strncmp(name, side_names[s], len) != 0 || name[len] != '-' ||
		    !is_stamp(name + len + 1))
			continue;
		if (original)
			*original = xstrndup(stem, (size_t)(at - stem));
		if (side)
			*side = s;
		return true;
	}
	return false;
}

void names_stamp(char out[static 17], int64_t epoch_s)
{
	time_t when = (time_t)epoch_s;
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(out, STAMP_LEN + 1, "%Y%m%dT%H%M%SZ", &tm);
}
