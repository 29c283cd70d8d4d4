/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that never travel, and the names of conflict copies. The same rule holds on every side:
 * what is ignored here is neither read, nor written, nor taken for deleted.
 *
 * Only names that a notebook can have matter: a file must end in .py, .sql, .scala, .r or .ipynb to
 * be looked at, so "load.py.swp", "load.py.tmp", "4913" and "Thumbs.db" need no rule, and a
 * notebook that somebody calls so in a workspace is his. What programs leave under names that a
 * person might choose as well ("load (1).py", "load_BASE_4711.py") is left to ignore files: a
 * notebook that silently does not travel is worse than a temporary that does.
 */

#include "filter/names.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "notebook/notebook.h"
#include "path/path.h"

#define STAMP_LEN 16 /* 20260131T120000Z */

/* Whether s begins with the shape: '9' stands for a digit, all else for itself. */
static bool has_shape(const char *s, const char *shape)
{
	for (; *shape; shape++, s++)
		if (*shape == '9' ? !isdigit((unsigned char)*s) : *s != *shape)
			return false;
	return true;
}

/* ---- folders and files ---- */

static bool component_ignored(const char *name, size_t len)
{
	static const char *const whole[] = {
		"__pycache__",
		"node_modules",
		"lost+found",
		"@eaDir",
		"#recycle",
		"$RECYCLE.BIN",
		"System Volume Information",
	};

	/* All that calls itself hidden: .git, .ipynb_checkpoints, .~load.ipynb, ._load.py,
	 * .#load.py, .load.py.swp, .goutputstream-1A2B3C, .syncthing.load.py.tmp, .nfs0001, our own
	 * … */
	if (len == 0 || name[0] == '.' || name[len - 1] == '~')
		return true;
	if (len > 1 && name[0] == '#' && name[len - 1] == '#')
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(whole); i++)
		if (len == strlen(whole[i]) && memcmp(name, whole[i], len) == 0)
			return true;
	return false;
}

/* ---- notebooks ---- */

/* "load.sync-conflict-20260131-120000-ABCDEFG" (Syncthing), "load_conflict-20260131-120000"
 * (ownCloud): a mark and a time. */
static bool has_mark(const char *name)
{
	static const char *const shapes[] = { ".sync-conflict-99999999-999999",
					      "_conflict-99999999-999999" };

	for (const char *p = name; *p; p++)
		for (size_t i = 0; p > name && i < ARRAY_SIZE(shapes); i++)
			if (has_shape(p, shapes[i]))
				return true;
	return false;
}

/* "load (Ana's conflicted copy 2026-01-31)" (Dropbox, Nextcloud), "load (SFConflict
 * ana@acme.example 2026-01-31-12-00-00)" (Seafile). */
static bool has_remark(const char *name)
{
	const char *remark = strstr(name, " ("), *copy;

	if (!remark || remark == name || !str_ends(name, ")"))
		return false;
	copy = strstr(remark, "conflicted copy ");
	return (copy && has_shape(copy, "conflicted copy 9999-99-99")) ||
	       strstr(remark, " (SFConflict ");
}

/* A whole stem: its last component alone decides. */
static bool stem_ignored(const char *stem)
{
	const char *name = path_base(stem);

	return names_is_conflict(stem, NULL, NULL) || has_mark(name) || has_remark(name) ||
	       str_starts(name, "flycheck_") || str_ends(name, "_flymake");
}

bool names_folder_ignored(const char *path)
{
	for (const char *at = path;; at++) {
		size_t len = strcspn(at, "/");

		if (component_ignored(at, len))
			return true;
		at += len;
		if (!*at)
			return false;
	}
}

bool names_ignored(const char *path)
{
	struct notebook_name name;
	bool ignored;

	if (names_folder_ignored(path) || stem_ignored(path))
		return true;
	if (!notebook_name_parse(&name, path))
		return false;
	ignored = names_folder_ignored(name.stem) || stem_ignored(name.stem);
	notebook_name_release(&name);
	return ignored;
}

/* ---- conflict copies ---- */

/* "~1a2b3c4d": what a stem that was cut ends in, so that no two of them are one. */
#define CUT_LEN  9
#define CUT_LEFT 16 /* bytes of a name that have to be left, so that people know it */

/* FNV-1a: it has to tell apart names that begin alike, not to withstand anybody. */
static void cut_mark(char out[static CUT_LEN + 1], const char *text)
{
	uint32_t h = 2166136261u;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	snprintf(out, CUT_LEN + 1, "~%08" PRIx32, h);
}

char *names_conflict(const char *stem, const char *ext, enum side_id side, const char *stamp,
		     size_t name_max)
{
	cleanup_free char *suffix = xasprintf(".conflict-%s-%s", side_names[side], stamp);
	size_t dir = (size_t)(path_base(stem) - stem), tail = strlen(suffix) + strlen(ext), room;
	cleanup_free char *whole = NULL;
	char mark[CUT_LEN + 1];

	/* What follows the last dot of a name need not be what people call an extension. */
	if (tail + CUT_LEFT + CUT_LEN > name_max && *ext) {
		whole = xasprintf("%s%s", stem, ext);
		return names_conflict(whole, "", side, stamp, name_max);
	}
	room = name_max > tail ? name_max - tail : 0;
	if (strlen(stem) - dir <= room)
		return xasprintf("%s%s%s", stem, suffix, ext);
	cut_mark(mark, stem);
	room = path_cut(stem + dir, room > CUT_LEN ? room - CUT_LEN : 0);
	return xasprintf("%.*s%s%s%s", (int)(dir + room), stem, mark, suffix, ext);
}

bool names_is_cut(const char *stem)
{
	const char *name = path_base(stem), *mark;
	size_t len = strlen(name);

	if (len <= CUT_LEN)
		return false;
	mark = name + len - CUT_LEN;
	return *mark == '~' && strspn(mark + 1, "0123456789abcdef") == CUT_LEN - 1;
}

bool names_is_cut_of(const char *stem, const char *whole)
{
	size_t len = strlen(stem);
	char mark[CUT_LEN + 1];

	if (!names_is_cut(stem) || strncmp(stem, whole, len - CUT_LEN) != 0)
		return false;
	cut_mark(mark, whole);
	return str_eq(stem + len - CUT_LEN, mark) && !strchr(whole + len - CUT_LEN, '/');
}

static bool is_stamp(const char *s)
{
	return strlen(s) == STAMP_LEN && has_shape(s, "99999999T999999Z");
}

bool names_is_conflict(const char *stem, char **original, enum side_id *side)
{
	static const char marker[] = ".conflict-";
	const char *at = NULL, *name;
	enum side_id of;
	size_t len;

	for (const char *p = stem; (p = strstr(p, marker)); p++)
		at = p;
	if (!at || at == stem || at[-1] == '/')
		return false;
	name = at + strlen(marker);
	len = strcspn(name, "-");
	if (!side_parse(&of, name, len) || name[len] != '-' || !is_stamp(name + len + 1))
		return false;
	if (original)
		*original = xstrndup(stem, (size_t)(at - stem));
	if (side)
		*side = of;
	return true;
}

void names_stamp(char out[static 17], int64_t epoch_s)
{
	time_t when = (time_t)epoch_s;
	struct tm tm;

	gmtime_r(&when, &tm);
	strftime(out, STAMP_LEN + 1, "%Y%m%dT%H%M%SZ", &tm);
}
