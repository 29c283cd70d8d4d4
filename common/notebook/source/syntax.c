/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The marks of Databricks source. One table; everything else is a test on a single line.
 */

#include "notebook/source/syntax.h"

#include <string.h>

/* clang-format off */
#define SPAN(s) { s, sizeof(s) - 1 }
#define SYNTAX(c) { SPAN(c " Databricks notebook source"), SPAN(c " COMMAND ----------"), \
		    SPAN(c " MAGIC"), SPAN(c " DBTITLE ") }
/* clang-format on */

static const struct source_syntax syntaxes[NOTEBOOK_LANGUAGES] = {
	[NOTEBOOK_PYTHON] = SYNTAX("#"),
	[NOTEBOOK_SQL] = SYNTAX("--"),
	[NOTEBOOK_SCALA] = SYNTAX("//"),
	[NOTEBOOK_R] = SYNTAX("#"),
};

const struct source_syntax *source_syntax(enum notebook_language language)
{
	return &syntaxes[language];
}

static bool starts(const char *text, size_t len, const struct span *mark)
{
	return len >= mark->len && memcmp(text, mark->at, mark->len) == 0;
}

size_t source_header(const char *data, size_t len, const struct source_syntax *syntax)
{
	static const char bom[] = "\xEF\xBB\xBF", exported[] = " exported at ";
	size_t skip = len >= 3 && memcmp(data, bom, 3) == 0 ? 3 : 0;
	const char *line = data + skip, *rest;
	const char *lf = len > skip ? memchr(line, '\n', len - skip) : NULL;
	size_t n = lf ? (size_t)(lf - line) : len - skip, rest_len;

	if (!starts(line, n, &syntax->header))
		return 0;
	rest = line + syntax->header.len;
	rest_len = n - syntax->header.len;
	if (rest_len && rest[rest_len - 1] == '\r')
		rest_len--;
	if (rest_len &&
	    (rest_len < sizeof(exported) - 1 || memcmp(rest, exported, sizeof(exported) - 1) != 0))
		return 0;
	return skip + n + (lf != NULL);
}

bool notebook_is_source(const char *data, size_t len, enum notebook_language language)
{
	return source_header(data, len, source_syntax(language)) != 0;
}

size_t source_magic_mark(const char *line, size_t len, const struct source_syntax *syntax)
{
	size_t n = syntax->magic.len;

	if (!starts(line, len, &syntax->magic))
		return 0;
	if (len > n && line[n] == ' ')
		return n + 1;
	return len == n || line[n] == '\n' || line[n] == '\r' ? n : 0;
}

bool source_all_magic(const char *text, size_t len, const struct source_syntax *syntax)
{
	const char *end = text + len, *lf;
	bool any = false;

	for (; text < end; text = lf + 1) {
		if (source_magic_mark(text, (size_t)(end - text), syntax))
			any = true;
		else if (*text != '\n')
			return false;
		lf = memchr(text, '\n', (size_t)(end - text));
		if (!lf)
			break;
	}
	return any;
}

size_t source_title_mark(const char *text, size_t len, const struct source_syntax *syntax)
{
	size_t n = syntax->title.len;

	if (!starts(text, len, &syntax->title) || len < n + 2)
		return 0;
	return (text[n] == '0' || text[n] == '1') && text[n + 1] == ',' ? n + 2 : 0;
}

static bool ends_line(const char *p, const char *end)
{
	return p == end || *p == '\n' || (*p == '\r' && p + 1 < end && p[1] == '\n');
}

/* What a separator ends in. */
#define DASHES 10

/* The separator with one of its dashes at offset i of text, or NULL. */
static const char *separator_around(const char *text, size_t i, size_t len, const struct span *mark)
{
	size_t before = mark->len - DASHES, first = i;
	const char *at;

	while (first + DASHES > i + 1 && text[first - 1] == '-')
		first--;
	at = text + first - before;
	if (at[-1] != '\n' || !starts(at, len - (first - before), mark))
		return NULL;
	return ends_line(at + mark->len, text + len) ? at : NULL;
}

/* Ten dashes in a row are on every tenth byte, so nine of ten need not be looked at. */
const char *source_find_separator(const char *from, const char *end,
				  const struct source_syntax *syntax)
{
	const struct span *mark = &syntax->separator;
	size_t len = (size_t)(end - from);

	for (size_t i = mark->len - 1; i < len; i += DASHES) {
		const char *at = from[i] == '-' ? separator_around(from, i, len, mark) : NULL;

		if (at)
			return at;
	}
	return NULL;
}

bool source_is_magic_text(const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && (text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r'))
		i++;
	return i < len && text[i] == '%';
}
