/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Path parsing. What comes out is safe to split at slashes and to print in JSON; whether an object
 * stands there is the store's business.
 */

#include "tests/emulator/wspath.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static const char alias_name[] = "/Workspace";

void wspath_release(struct wspath *p)
{
	free(p->path);
	*p = (struct wspath){ .alias = "" };
}

/* Copies raw with runs of slashes made one and a trailing one dropped. */
static char *collapse(const char *raw)
{
	char *out = xmalloc(strlen(raw) + 1), *at = out;

	for (; *raw; raw++)
		if (*raw != '/' || at == out || at[-1] != '/')
			*at++ = *raw;
	if (at > out + 1 && at[-1] == '/')
		at--;
	*at = '\0';
	return out;
}

static bool name_is(const char *name, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(name, word, len) == 0;
}

static int check_components(const char *path, struct err *e)
{
	size_t depth = 0;

	for (const char *at = path; *at == '/' && at[1]; depth++) {
		const char *name = ++at;
		size_t len = strcspn(name, "/");

		if (name_is(name, len, ".") || name_is(name, len, ".."))
			return err_set(e, ERR_INVALID, "Path (%s) is not normalized.", path);
		if (name_is(name, len, ".git"))
			return err_set(e, ERR_INVALID,
				       "Path (%s) contains the disallowed name .git.", path);
		at += len;
	}
	if (depth > WSPATH_DEPTH)
		return err_set(e, ERR_INVALID, "The path has more than %d components.",
			       WSPATH_DEPTH);
	return ERR_OK;
}

int wspath_parse(struct wspath *out, const char *raw, struct err *e)
{
	cleanup_free char *path = NULL;
	size_t len = strlen(raw), alias_len = strlen(alias_name);
	bool aliased;
	int code;

	*out = (struct wspath){ .alias = "" };
	if (len > WSPATH_MAX)
		return err_set(e, ERR_INVALID, "The path is longer than %d bytes.", WSPATH_MAX);
	if (!utf8_valid(raw, len))
		return err_set(e, ERR_INVALID, "The path is not valid UTF-8.");
	if (raw[0] != '/')
		return err_set(e, ERR_INVALID, "Path (%s) doesn't start with '/'", raw);
	path = collapse(raw);
	aliased = wspath_within(path, alias_name);
	if (aliased)
		memmove(path, path + alias_len, strlen(path) - alias_len + 1);
	if (aliased && !path[0])
		memcpy(path, "/", 2);
	code = check_components(path, e);
	if (code != ERR_OK)
		return code;
	out->path = steal(&path);
	if (aliased && raw[1] != '/')
		out->alias = alias_name;
	return ERR_OK;
}

bool wspath_within(const char *path, const char *top)
{
	size_t n = strlen(top);

	if (n == 1)
		return true;
	return strncmp(path, top, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

const char *wspath_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

char *wspath_parent(const char *path)
{
	size_t len = (size_t)(wspath_name(path) - path);

	return xstrndup(path, len > 1 ? len - 1 : 1);
}
