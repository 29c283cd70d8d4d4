/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a name must look like to travel between a workspace, Git and a directory, and the usual
 * cutting and joining. No I/O; only path_expand() looks at the environment. Names are not
 * normalised (NFC, NFD): they travel byte for byte.
 */

#include "path/path.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/utf8.h"
#include "log/escape.h"
#include "path/path_internal.h"

#define CREDENTIALS "${CREDENTIALS_DIRECTORY}"

#define SHOWN_MAX   80 /* bytes of a name in a sentence */

int path_refuse(struct err *e, const char *name, size_t len, const char *why)
{
	cleanup_buf struct buf shown = BUF_INIT(ERR_TEXT_MAX);
	cleanup_free char *copy = xstrndup(name, len);
	size_t cut = len <= SHOWN_MAX ? len : path_cut(copy, SHOWN_MAX);

	escape_masked(&shown, name, cut);
	return err_bad_name(e, EINVAL, "name '%s%s' %s", buf_str(&shown), cut < len ? "..." : "",
			    why);
}

int path_too_long(struct err *e, size_t len, size_t max)
{
	return err_bad_name(e, ENAMETOOLONG, "path of %zu bytes is longer than %zu", len, max);
}

size_t path_cut(const char *text, size_t max)
{
	size_t n = strlen(text);

	if (n <= max)
		return n;
	for (n = max; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80;)
		n--;
	return n;
}

/* Why these bytes may not appear in a name; NULL when they may. */
static const char *bad_bytes(const char *name, size_t len)
{
	uint32_t cp;
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(name + i, len - i, &cp);
		if (n == 0)
			return "is not valid UTF-8";
		if (cp == '/' || cp == '\\')
			return "contains a slash or a backslash";
		if (utf8_is_control(cp))
			return "contains a control character";
		if (utf8_is_bidi(cp) || utf8_is_ignorable(cp))
			return "contains an invisible character";
	}
	return NULL;
}

/* "git~1" and its like: the short names that NTFS makes for ".git". */
static bool is_ntfs_short_git(const char *name, size_t len)
{
	if (len < 5 || strncasecmp(name, "git~", 4) != 0)
		return false;
	for (size_t i = 4; i < len; i++)
		if (name[i] < '0' || name[i] > '9')
			return false;
	return true;
}

/*
 * The short names that NTFS makes for .gitmodules, .gitattributes and .gitignore: the first six
 * letters, '~' and 1 to 4; or, when these are taken, up to six characters of a hash, '~' and a number,
 * eight characters in all. Git takes them for the files themselves (git-fsck(1): gitmodulesBlob).
 */
static bool is_ntfs_short_file(const char *name, size_t len)
{
	static const char *const starts[][2] = { { "gitmod", "gi7eba" },
						 { "gitatt", "gi7d29" },
						 { "gitign", "gi250a" } };
	const char *tilde = len == 8 ? memchr(name, '~', len) : NULL;
	size_t stem = tilde ? (size_t)(tilde - name) : 0;

	if (!tilde || stem > 6 || tilde[1] == '0')
		return false;
	for (size_t i = stem + 1; i < len; i++)
		if (!isdigit((unsigned char)name[i]))
			return false;
	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if ((stem == 6 && tilde[1] <= '4' && strncasecmp(name, starts[i][0], 6) == 0) ||
		    strncasecmp(name, starts[i][1], stem) == 0)
			return true;
	return false;
}

/* Names that Git gives a meaning to, on any file system that somebody may check them out on. */
static bool is_git_name(const char *name, size_t len)
{
	static const char *const names[] = { ".git", ".gitmodules", ".gitattributes", ".gitconfig",
					     ".gitignore" };
	const char *stream = memchr(name, ':', len); /* NTFS: ".git::$INDEX_ALLOCATION" is ".git" */
	size_t stem = stream ? (size_t)(stream - name) : len;

	while (stem && (name[stem - 1] == ' ' || name[stem - 1] == '.'))
		stem--;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (stem == strlen(names[i]) && strncasecmp(name, names[i], stem) == 0)
			return true;
	return is_ntfs_short_git(name, stem) || is_ntfs_short_file(name, stem);
}

int path_check_name(const char *name, size_t len, struct err *e)
{
	const char *why;

	if (len == 0)
		return err_set(e, ERR_INVALID, "name is empty");
	if (len > PATH_NAME_MAX) {
		cleanup_free char *text = xasprintf(
			"has %zu bytes, more than the %d of a file's name", len, PATH_NAME_MAX);

		return path_refuse(e, name, len, text);
	}
	why = bad_bytes(name, len);
	if (why)
		return path_refuse(e, name, len, why);
	if ((len == 1 && name[0] == '.') || (len == 2 && memcmp(name, "..", 2) == 0))
		return path_refuse(e, name, len, "means a directory, not an entry");
	if (name[len - 1] == ' ' || name[len - 1] == '.')
		return path_refuse(e, name, len, "ends in a space or a dot");
	if (len >= strlen(PATH_TEMP_PREFIX) &&
	    strncasecmp(name, PATH_TEMP_PREFIX, strlen(PATH_TEMP_PREFIX)) == 0)
		return path_refuse(e, name, len, "is reserved for temporary files");
	if (is_git_name(name, len))
		return path_refuse(e, name, len, "is reserved by Git");
	return 0;
}

int path_check(const char *rel, struct err *e)
{
	unsigned depth = 0;
	size_t len = strlen(rel);

	if (len > PATH_LEN_MAX)
		return path_too_long(e, len, PATH_LEN_MAX);
	for (const char *at = rel;;) {
		size_t n = strcspn(at, "/");
		int r = path_check_name(at, n, e);

		if (r)
			return r;
		if (++depth > PATH_DEPTH_MAX)
			return err_set(e, ERR_INVALID, "path is deeper than %d folders",
				       PATH_DEPTH_MAX);
		if (at[n] == '\0')
			return 0;
		at += n + 1;
	}
}

char *path_join(const char *dir, const char *name)
{
	if (*dir == '\0')
		return xstrdup(name);
	return xasprintf("%s%s%s", dir, str_ends(dir, "/") ? "" : "/", name);
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *path_dir(const char *path)
{
	const char *slash = strrchr(path, '/');

	return xstrndup(path, slash ? (size_t)(slash - path) : 0);
}

bool path_is_below(const char *path, const char *dir)
{
	size_t n = strlen(dir);

	if (n == 0)
		return *path != '\0';
	return strncmp(path, dir, n) == 0 && path[n] == '/' && path[n + 1] != '\0';
}

const char *path_ext(const char *name)
{
	const char *base = path_base(name);
	const char *dot = strrchr(base, '.');

	return dot && dot != base ? dot : base + strlen(base);
}

/* Replaces *path by value followed by what stands behind the variable. */
static int expand_by(char **out, const char *name, const char *rest, const char *path,
		     struct err *e)
{
	const char *value = getenv(name);

	if (!value || *value == '\0')
		return err_set(e, ERR_CONFIG, "cannot expand '%s': %s is not set", path, name);
	*out = xasprintf("%s%s", value, rest);
	return 0;
}

int path_expand(char **out, const char *path, struct err *e)
{
	if (str_eq(path, "~") || str_starts(path, "~/"))
		return expand_by(out, "HOME", path + 1, path, e);
	if (str_starts(path, CREDENTIALS))
		return expand_by(out, "CREDENTIALS_DIRECTORY", path + strlen(CREDENTIALS), path, e);
	*out = xstrdup(path);
	return 0;
}
