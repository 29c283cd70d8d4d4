/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TOML's four kinds of strings, read and written. Knows nothing about what stands around them.
 */

#include "notebook/environment/toml.h"

#include <string.h>

#include "notebook/json/jtext.h"

/* Length of the quotes that open a string: 3 or 1. */
static size_t quotes(const char *p, const char *end)
{
	return end - p >= 3 && p[1] == p[0] && p[2] == p[0] ? 3 : 1;
}

/* The value of the hex digits of \u and \U, -1 when they name no character. */
static long escaped(const char *p, const char *end, size_t digits)
{
	long value = 0;

	if ((size_t)(end - p) < digits)
		return -1;
	for (size_t i = 0; i < digits; i++) {
		int digit = hex_digit(p[i]);

		if (digit < 0 || value > 0x10FFFF)
			return -1;
		value = value * 16 + digit;
	}
	return value > 0x10FFFF || (value >= 0xD800 && value < 0xE000) ? -1 : value;
}

/* Behind blanks and line ends, where at least one line end is among them; NULL otherwise. */
static const char *over_fold(const char *p, const char *end)
{
	bool line = false;

	for (; p < end && strchr(" \t\n", *p); p++)
		if (*p == '\n')
			line = true;
	return line ? p : NULL;
}

/* Behind the escape whose backslash stands at p; NULL when it is none. */
static const char *skip_escape(const char *p, const char *end, bool many)
{
	if (++p == end)
		return NULL;
	if (*p == 'u' || *p == 'U') {
		size_t digits = *p == 'u' ? 4 : 8;

		return escaped(p + 1, end, digits) < 0 ? NULL : p + 1 + digits;
	}
	if (*p && strchr("btnfr\"\\", *p))
		return p + 1;
	return many ? over_fold(p, end) : NULL;
}

static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7F;
}

/* Behind the closing quotes at p, up to two more of which belong to the text; NULL: not there. */
static const char *skip_close(const char *p, const char *end, char quote, size_t n)
{
	const char *q = p;

	while (q < end && *q == quote && q - p < 5)
		q++;
	if ((size_t)(q - p) < n)
		return NULL;
	return n == 1 ? p + 1 : q;
}

const char *toml_skip_string(const char *p, const char *end, const char **why)
{
	char quote = *p;
	size_t n = quotes(p, end);
	const char *close;

	for (p += n; p < end;) {
		if (*p == quote && (close = skip_close(p, end, quote, n)))
			return close;
		if (*p == '\\' && quote == '"') {
			p = skip_escape(p, end, n == 3);
			if (!p) {
				*why = "an escape that TOML does not have";
				return NULL;
			}
		} else if (is_control(*p) && (*p != '\n' || n == 1)) {
			break;
		} else {
			p++;
		}
	}
	*why = "a string that does not end";
	return NULL;
}

static void add_character(struct buf *out, long c)
{
	char text[4];
	size_t n = 0;

	if (!c) {
		buf_add(out, "\xC0\x80", 2);
		return;
	}
	if (c < 0x80) {
		text[n++] = (char)c;
	} else if (c < 0x800) {
		text[n++] = (char)(0xC0 | c >> 6);
	} else {
		if (c < 0x10000) {
			text[n++] = (char)(0xE0 | c >> 12);
		} else {
			text[n++] = (char)(0xF0 | c >> 18);
			text[n++] = (char)(0x80 | (c >> 12 & 0x3F));
		}
		text[n++] = (char)(0x80 | (c >> 6 & 0x3F));
	}
	if (c >= 0x80)
		text[n++] = (char)(0x80 | (c & 0x3F));
	buf_add(out, text, n);
}

static const char *add_escape(struct buf *out, const char *p, const char *end)
{
	static const char letters[] = "btnfr", means[] = "\b\t\n\f\r";
	const char *letter;

	p++;
	if (*p == 'u' || *p == 'U') {
		size_t digits = *p == 'u' ? 4 : 8;

		add_character(out, escaped(p + 1, end, digits));
		return p + 1 + digits;
	}
	if (*p == '"' || *p == '\\') {
		buf_add_char(out, *p);
		return p + 1;
	}
	letter = strchr(letters, *p);
	if (letter) {
		buf_add_char(out, means[letter - letters]);
		return p + 1;
	}
	return over_fold(p, end);
}

/* Behind a line end and the blank that stands between a block's "#" and its TOML. */
static const char *over_margin(const char *p, const char *end)
{
	p++;
	return p < end && *p == ' ' ? p + 1 : p;
}

char *toml_string(struct span string)
{
	cleanup_buf struct buf out = BUF_UNBOUNDED;
	const char *p = string.at, *end = string.at + string.len;
	size_t n = quotes(p, end), len;
	bool basic = *p == '"';

	p += n;
	end -= n;
	if (n == 3 && p < end && *p == '\n')
		p = over_margin(p, end);
	while (p < end) {
		if (*p == '\\' && basic) {
			p = add_escape(&out, p, end);
		} else if (*p == '\n') {
			buf_add_char(&out, '\n');
			p = over_margin(p, end);
		} else {
			buf_add_char(&out, *p++);
		}
	}
	return buf_steal(&out, &len);
}

static bool fits_literal(const char *s)
{
	for (; *s; s++)
		if (*s == '\'' || is_control(*s) || (unsigned char)*s == 0xC0)
			return false;
	return true;
}

static void add_basic(struct buf *out, const char *s, const char *end)
{
	static const char needs[] = "\b\t\n\f\r\"\\", letters[] = "btnfr\"\\";

	buf_add_char(out, '"');
	for (; s < end; s++) {
		const char *short_one = strchr(needs, *s);

		if (jtext_is_nul(s, end)) {
			buf_add_str(out, "\\u0000");
			s++;
		} else if (short_one) {
			buf_add_char(out, '\\');
			buf_add_char(out, letters[short_one - needs]);
		} else if (is_control(*s)) {
			buf_addf(out, "\\u%04X", (unsigned)(unsigned char)*s);
		} else {
			buf_add_char(out, *s);
		}
	}
	buf_add_char(out, '"');
}

bool toml_add_string(struct buf *out, const char *s, bool literal)
{
	const char *end = s + strlen(s);
	size_t n;

	for (const char *p = s; p < end; p += n) {
		n = jtext_is_nul(p, end) ? 2 : jtext_utf8(p, end);
		if (!n)
			return false;
	}
	if (literal && fits_literal(s)) {
		buf_add_char(out, '\'');
		buf_add(out, s, (size_t)(end - s));
		buf_add_char(out, '\'');
	} else {
		add_basic(out, s, end);
	}
	return true;
}
