/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Patterns in gitignore's syntax, one at a time. Pure. Which of many patterns has the last word is
 * ignore.h's business.
 *
 * '*' and '?' stop at '/'; '**' between slashes, or at an end, does not; [a-z], [!a-z] and
 * [[:digit:]] are sets of bytes; '\' quotes. A pattern with a '/' before its end is anchored at the
 * folder it belongs to, one without matches names at any depth; a final '/' means folders only.
 * What Git never matches never matches here: a set that is not closed or names a class that does
 * not exist, a '\' at the end. gitignore(5); compared with git check-ignore in tests.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GLOB_LEN_MAX 8000 /* bytes of a pattern; twice a path, so that all of it may be quoted */

/* One pattern, taken apart. Borrows its text. */
struct glob {
	const char *text;
	uint16_t len;
	uint16_t literal; /* bytes before the first special character */
	bool negated;     /* "!pattern": takes back */
	bool folders;     /* "pattern/": folders only */
	bool anchored;    /* matches whole paths, not names */
};

/*
 * Takes a line of an ignore file, without its line end, apart. False for what says nothing: blank
 * lines, comments, "!" and "/" alone. Trailing spaces are cut unless quoted; of a line with a NUL
 * in it counts what stands before. len is at most GLOB_LEN_MAX.
 */
bool glob_parse(struct glob *out, const char *line, size_t len);

/* The same of text that is a pattern and nothing else: '#', '!' and trailing spaces are bytes of it. */
bool glob_parse_bare(struct glob *out, const char *text, size_t len);

/*
 * Whether the pattern matches the path, which is relative to the pattern's folder; the last
 * component starts at name. Only this very path: folders above it are the caller's to ask about.
 * Takes time in proportion to both lengths' product at worst.
 */
bool glob_matches(const struct glob *g, const char *path, size_t name, size_t len, bool folder);

/*
 * Whether one of the comma-separated patterns (of include and exclude) matches path or a folder
 * above it. path is a notebook's path without its extension, because that differs from side to
 * side. A '!' or '#' is no special character here. Blank patterns match nothing; NULL is the empty
 * list.
 */
bool glob_list_matches(const char *patterns, const char *path);
