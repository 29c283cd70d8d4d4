/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RFC 8259 to the letter, plus our own limits. cJSON accepts much more than JSON (raw control
 * characters, invalid UTF-8, leading zeros, trailing text) and cuts strings at an escaped NUL; what
 * passes here, it reads correctly. Recursion is bounded by JSON_DEPTH_MAX. Nothing is decoded or
 * copied; only the places of numbers that cJSON would damage are kept.
 */

#include "format/json_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "format/json.h"

/* Whole numbers of more digits are not safe in cJSON: it prints 15 digits when it thinks that the
 * rest is rounding. */
#define PLAIN_DIGITS 15

static bool scan_value(struct json_scan *s, unsigned depth);

void json_scan_init(struct json_scan *s, const char *text, size_t len)
{
	*s = (struct json_scan){ .text = text, .len = len, .wanted_key = SIZE_MAX };
}

void json_scan_release(struct json_scan *s)
{
	free(s->kept);
	*s = (struct json_scan){ 0 };
}

static bool fail(struct json_scan *s, size_t at, const char *problem)
{
	s->at = at;
	s->problem = problem;
	return false;
}

/* The byte at the reading position; -1 at the end. */
static int peek(const struct json_scan *s)
{
	return s->at < s->len ? (unsigned char)s->text[s->at] : -1;
}

static bool expected(struct json_scan *s, const char *what)
{
	return fail(s, s->at, s->at < s->len ? what : "the text ends too early");
}

static void skip_space(struct json_scan *s)
{
	while (s->at < s->len && memchr(" \t\r\n", s->text[s->at], 4))
		s->at++;
}

static bool accept(struct json_scan *s, char c)
{
	if (peek(s) != c)
		return false;
	s->at++;
	return true;
}

/* Four hexadecimal digits at offset at. */
static bool hex4(const struct json_scan *s, size_t at, unsigned *out)
{
	unsigned v = 0;

	if (s->len - at < 4 || at > s->len)
		return false;
	for (size_t i = at; i < at + 4; i++) {
		unsigned char c = (unsigned char)s->text[i];

		if (c >= '0' && c <= '9')
			v = v << 4 | (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v = v << 4 | (unsigned)((c | 0x20) - 'a' + 10);
		else
			return false;
	}
	*out = v;
	return true;
}

/* Behind "\u": one escape, or two that make a surrogate pair. */
static bool scan_unicode_escape(struct json_scan *s)
{
	size_t start = s->at - 2;
	unsigned high, low;

	if (!hex4(s, s->at, &high))
		return fail(s, start, "\\u needs four hexadecimal digits");
	s->at += 4;
	if (high == 0)
		return fail(s, start, "an escaped NUL character");
	if (high < 0xD800 || high > 0xDFFF)
		return true;
	if (high > 0xDBFF || s->len - s->at < 6 || memcmp(s->text + s->at, "\\u", 2) != 0 ||
	    !hex4(s, s->at + 2, &low) || low < 0xDC00 || low > 0xDFFF)
		return fail(s, start, "half of a surrogate pair");
	s->at += 6;
	return true;
}

static bool scan_escape(struct json_scan *s)
{
	int c;

	s->at++;
	c = peek(s);
	if (c == -1)
		return expected(s, NULL);
	s->at++;
	if (c == 'u')
		return scan_unicode_escape(s);
	return memchr("\"\\/bfnrt", c, 8) ? true : fail(s, s->at - 2, "an unknown escape");
}

static bool scan_string(struct json_scan *s)
{
	s->at++;
	for (;;) {
		int c = peek(s);
		uint32_t cp;
		size_t n;

		if (c == -1)
			return expected(s, NULL);
		if (c == '"') {
			s->at++;
			return true;
		}
		if (c < 0x20)
			return fail(s, s->at, "a control character in a string");
		if (c == '\\') {
			if (!scan_escape(s))
				return false;
		} else if (c < 0x80) {
			s->at++;
		} else {
			n = utf8_decode(s->text + s->at, s->len - s->at, &cp);
			if (n == 0)
				return fail(s, s->at, "invalid UTF-8");
			s->at += n;
		}
	}
}

/* At least one digit; the number of digits read. */
static size_t scan_digits(struct json_scan *s)
{
	size_t start = s->at;

	while (s->at < s->len && s->text[s->at] >= '0' && s->text[s->at] <= '9')
		s->at++;
	return s->at - start;
}

static void keep_number(struct json_scan *s, size_t start)
{
	s->kept = array_grow(s->kept, s->kept_count, &s->kept_cap, sizeof(*s->kept));
	s->kept[s->kept_count++] = (struct json_number){
		.index = s->numbers,
		.at = start,
		.len = s->at - start,
	};
}

static bool scan_number(struct json_scan *s)
{
	size_t start = s->at, whole, first;
	bool plain = true;

	accept(s, '-');
	first = s->at;
	whole = scan_digits(s);
	if (whole == 0)
		return expected(s, "expected a digit");
	if (whole > 1 && s->text[first] == '0')
		return fail(s, first, "a number with a leading zero");
	if (accept(s, '.')) {
		plain = false;
		if (scan_digits(s) == 0)
			return expected(s, "expected a digit behind the point");
	}
	if (accept(s, 'e') || accept(s, 'E')) {
		plain = false;
		if (!accept(s, '-'))
			accept(s, '+');
		if (scan_digits(s) == 0)
			return expected(s, "expected a digit in the exponent");
	}
	if (s->at - start > JSON_NUMBER_MAX)
		return fail(s, start, "a number that is too long");
	if (first > start && s->text[first] == '0')
		plain = false; /* cJSON 1.7.18 prints -0 as 0, 1.7.15 as -0 */
	if (!plain || whole > PLAIN_DIGITS)
		keep_number(s, start);
	s->numbers++;
	return true;
}

static bool scan_word(struct json_scan *s, const char *word)
{
	size_t n = strlen(word);

	if (s->len - s->at < n || memcmp(s->text + s->at, word, n) != 0)
		return fail(s, s->at, "expected a value");
	s->at += n;
	return true;
}

static bool scan_array(struct json_scan *s, unsigned depth)
{
	s->at++;
	skip_space(s);
	if (accept(s, ']'))
		return true;
	for (;;) {
		if (!scan_value(s, depth))
			return false;
		if (accept(s, ']'))
			return true;
		if (!accept(s, ','))
			return expected(s, "expected ',' or ']'");
	}
}

static bool scan_key(struct json_scan *s)
{
	skip_space(s);
	if (peek(s) != '"')
		return expected(s, "expected a key in double quotes");
	if (s->keys++ == s->wanted_key)
		s->key_at = s->at;
	if (!scan_string(s))
		return false;
	skip_space(s);
	return accept(s, ':') ? true : expected(s, "expected ':'");
}

static bool scan_object(struct json_scan *s, unsigned depth)
{
	s->at++;
	skip_space(s);
	if (accept(s, '}'))
		return true;
	for (;;) {
		if (!scan_key(s) || !scan_value(s, depth))
			return false;
		if (accept(s, '}'))
			return true;
		if (!accept(s, ','))
			return expected(s, "expected ',' or '}'");
	}
}

static bool scan_one(struct json_scan *s, unsigned depth)
{
	int c = peek(s);

	if ((c == '{' || c == '[') && depth == JSON_DEPTH_MAX)
		return fail(s, s->at, "nested too deep");
	switch (c) {
	case '{':
		return scan_object(s, depth + 1);
	case '[':
		return scan_array(s, depth + 1);
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true");
	case 'f':
		return scan_word(s, "false");
	case 'n':
		return scan_word(s, "null");
	default:
		if (c == '-' || (c >= '0' && c <= '9'))
			return scan_number(s);
		return expected(s, "expected a value");
	}
}

/* One value and the space around it. depth counts the arrays and objects that are open. */
static bool scan_value(struct json_scan *s, unsigned depth)
{
	skip_space(s);
	if (!scan_one(s, depth))
		return false;
	skip_space(s);
	return true;
}

bool json_scan_run(struct json_scan *s)
{
	if (!scan_value(s, 0))
		return false;
	return s->at == s->len ? true : fail(s, s->at, "more text behind the value");
}

void json_scan_place(const char *text, size_t at, size_t *line, size_t *column)
{
	*line = 1;
	*column = 1;
	for (size_t i = 0; i < at; i++) {
		if (text[i] == '\n') {
			++*line;
			*column = 1;
		} else if (((unsigned char)text[i] & 0xC0) != 0x80) {
			++*column;
		}
	}
}
