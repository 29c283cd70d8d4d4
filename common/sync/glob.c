/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gitignore patterns over notebook paths. Backtracking is bounded by the lengths of pattern and
 * path, both of which are short and only the former is the user's own.
 */

#include "sync/glob.h"

#include <ctype.h>
#include <string.h>

#include "base/util.h"

/* Matches one [set] at *pattern against c; moves *pattern behind it. An unclosed set is literal. */
static bool match_set(const char **pattern, const char *end, char c)
{
	const char *p = *pattern + 1;
	bool negate = p < end && (*p == '!' || *p == '^'), hit = false;
	const char *first;

	p += negate;
	first = p;
	for (; p < end && (*p != ']' || p == first); p++) {
		if (p + 2 < end && p[1] == '-' && p[2] != ']') {
			hit |= c >= p[0] && c <= p[2];
			p += 2;
		} else {
			hit |= c == *p;
		}
	}
	if (p >= end) {
		(*pattern)++;
		return c == '[';
	}
	*pattern = p + 1;
	return c != '/' && hit != negate;
}

static bool match(const char *p, const char *pend, const char *s, const char *send)
{
	while (p < pend) {
		if (p[0] == '*' && p + 1 < pend && p[1] == '*') {
			p += 2;
			if (p < pend && *p == '/' && match(p + 1, pend, s, send))
				return true;
			for (; s <= send; s++)
				if (match(p, pend, s, send))
					return true;
			return false;
		}
		if (*p == '*') {
			for (p++;; s++) {
				if (match(p, pend, s, send))
					return true;
				if (s == send || *s == '/')
					return false;
			}
		}
		if (s == send)
			return false;
		if (*p == '[') {
			if (!match_set(&p, pend, *s++))
				return false;
			continue;
		}
		if (*p == '\\' && p + 1 < pend)
			p++;
		else if (*p == '?' && *s != '/') {
			p++;
			s++;
			continue;
		}
		if (*p++ != *s++)
			return false;
	}
	return s == send;
}

/* One pattern against the path itself and each folder above it. */
static bool pattern_matches(const char *p, size_t len, const char *path)
{
	const char *pend, *end = path + strlen(path);
	bool folders_only = len > 1 && p[len - 1] == '/', anchored;

	pend = p + len - folders_only;
	anchored = memchr(p, '/', (size_t)(pend - p)) != NULL;
	if (*p == '/')
		p++;
	for (const char *stop = end;; stop--) {
		if (stop == end ? !folders_only : *stop == '/') {
			const char *base = stop;

			while (!anchored && base > path && base[-1] != '/')
				base--;
			if (match(p, pend, anchored ? path : base, stop))
				return true;
		}
		if (stop == path)
			return false;
	}
}

bool glob_list_matches(const char *patterns, const char *path)
{
	for (const char *p = patterns; p && *p;) {
		size_t len = strcspn(p, ","), n = len;
		const char *from = p;

		while (n && isspace((unsigned char)*from)) {
			from++;
			n--;
		}
		while (n && isspace((unsigned char)from[n - 1]))
			n--;
		if (n && pattern_matches(from, n, path))
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}
