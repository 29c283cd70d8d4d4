/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds out in which style a JSON file is written, from its first members and from the cells'
 * texts, so that what we put into it looks like the rest.
 */

#include "notebook/json/jstyle.h"

#include <string.h>

#include "notebook/json/jrun.h"

static struct span white(const char *p, const char *end)
{
	return (struct span){ p, (size_t)(jrun_white(p, end) - p) };
}

/* The line end and the indent of one level, from the white space after the opening brace. */
static void read_indent(struct jstyle *style, struct span space)
{
	const char *lf = space.len ? memchr(space.at, '\n', space.len) : NULL;

	if (!lf) {
		style->compact = true;
		return;
	}
	style->eol.at = lf > space.at && lf[-1] == '\r' ? lf - 1 : lf;
	style->eol.len = (size_t)(lf + 1 - style->eol.at);
	style->indent = (struct span){ lf + 1, (size_t)(space.at + space.len - lf - 1) };
}

static void read_colon(struct jstyle *style, struct span key, const char *end)
{
	const char *p = key.at + key.len;
	const char *colon = memchr(p, ':', (size_t)(end - p));

	if (colon)
		style->colon = (struct span){ p,
					      (size_t)(colon + 1 - p) + white(colon + 1, end).len };
}

void jstyle_detect(struct jstyle *style, const char *data, size_t len)
{
	const char *end = data + len, *open = memchr(data, '{', len);
	struct jscan s;
	struct span key;
	bool first = true;

	*style = jstyle_databricks;
	if (!open)
		return;
	read_indent(style, white(open + 1, end));
	jscan_init(&s, open, (size_t)(end - open), JSCAN_DEPTH_MAX);
	jscan_open(&s, '{');
	if (!jscan_member(&s, &first, &key))
		return;
	read_colon(style, key, end);
	if (memchr(style->colon.at, '\n', style->colon.len))
		style->colon = jstyle_databricks.colon;
	/* "a": 1, "b": 2 in files on one line that have a blank after the colon */
	if (style->compact && style->colon.len > 1)
		style->comma = (struct span){ ", ", 2 };
}

/* What the escapes \uXXXX and the bytes of some text say about its writer. */
struct evidence {
	size_t lower, upper;    /* hexadecimal letters */
	size_t escaped, astral; /* escapes of U+0080.. and of surrogates */
	size_t raw, raw_astral; /* lead bytes of UTF-8 */
};

static void note_escape(struct evidence *ev, const char *hex)
{
	int code = jtext_hex4(hex);

	for (int i = 0; i < 4; i++) {
		ev->lower += hex[i] >= 'a' && hex[i] <= 'f';
		ev->upper += hex[i] >= 'A' && hex[i] <= 'F';
	}
	if (code >= 0xD800 && code < 0xE000)
		ev->astral++;
	else if (code >= 0x80)
		ev->escaped++;
}

static void collect(struct evidence *ev, struct span text)
{
	const char *p = text.at, *end = p + text.len;

	for (;; p++) {
		p = jrun_end(p, end, true);
		if (p >= end)
			return;
		if (*p == '\\' && end - p >= 6 && p[1] == 'u' && jtext_hex4(p + 2) >= 0)
			note_escape(ev, p + 2);
		ev->raw += (unsigned char)*p >= 0xC2;
		ev->raw_astral += (unsigned char)*p >= 0xF0;
		if (*p == '\\')
			p++;
	}
}

void jstyle_escapes(struct jstyle *style, const struct span *texts, size_t count)
{
	struct evidence ev = { 0 };

	for (size_t i = 0; i < count; i++)
		if (texts[i].at)
			collect(&ev, texts[i]);
	style->upper = ev.upper > ev.lower;
	if (ev.raw_astral || (!ev.escaped && !ev.astral))
		style->escapes = JTEXT_ESCAPE_NONE;
	else if (ev.escaped && ev.raw <= ev.escaped)
		style->escapes = JTEXT_ESCAPE_ALL;
	else if (ev.astral && (ev.raw || style->upper))
		style->escapes = JTEXT_ESCAPE_ASTRAL;
	else
		style->escapes = ev.raw ? JTEXT_ESCAPE_NONE : JTEXT_ESCAPE_ALL;
}
