/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text without its encodings, one layer after the other, each byte with the place it comes from.
 * What is no encoding stays as it stands, so a layer that changes nothing is the last. Every layer
 * costs one look at each byte.
 *
 * Not done here: base64 and hex, which are searched for in their own form (redact_needles.c).
 */

#include "secret/redact.h"

#include <stdlib.h>
#include <string.h>

#define POINT 0x1000000 /* a code point and not a byte */

static bool is_break(unsigned char c)
{
	return c <= ' ' || c == 0x7F;
}

void redact_reading_init(struct redact_reading *r, const char *text, size_t len)
{
	r->bytes = xcalloc(len, sizeof(*r->bytes));
	r->len = r->size = len;
	for (size_t i = 0; i < len; i++)
		r->bytes[i] = (struct redact_byte){ (unsigned char)text[i], i, i + 1 };
}

void redact_reading_release(struct redact_reading *r)
{
	if (r->bytes)
		explicit_bzero(r->bytes, r->size * sizeof(*r->bytes));
	free(r->bytes);
	*r = (struct redact_reading){ 0 };
}

/* 0 behind the end, which is no part of any encoding. */
static unsigned char at(const struct redact_reading *r, size_t i)
{
	return i < r->len ? r->bytes[i].c : 0;
}

bool redact_reading_join(struct redact_reading *r, bool continued)
{
	size_t kept = 0;
	bool met = false;

	for (size_t i = 0; i < r->len; i++) {
		unsigned char c = r->bytes[i].c, next = at(r, i + 1);
		bool at_line_end = c == '\\' && (next == '\n' || next == '\r');

		if (at_line_end)
			met = true;
		if (!is_break(c) && !(at_line_end && continued))
			r->bytes[kept++] = r->bytes[i];
	}
	r->len = kept;
	return met;
}

/* The number of count hex digits at i; -1: they are not there. */
static int32_t hex_at(const struct redact_reading *r, size_t i, size_t count)
{
	int32_t value = 0;

	for (size_t end = i + count; i < end; i++) {
		int d = hex_digit((char)at(r, i));

		if (d < 0)
			return -1;
		value = value << 4 | d;
	}
	return value;
}

/* "&#65;" and "&#x41;". */
static int32_t entity_at(const struct redact_reading *r, size_t i, size_t *len)
{
	bool hex = (at(r, i + 2) | 0x20) == 'x';
	size_t first = i + (hex ? 3 : 2), end = first;
	int32_t value = 0;

	if (at(r, i + 1) != '#')
		return -1;
	for (; end < first + 6 && hex_digit((char)at(r, end)) >= 0; end++)
		value = value * (hex ? 16 : 10) + hex_digit((char)at(r, end));
	*len = end + 1 - i;
	return end > first && at(r, end) == ';' ? value | POINT : -1;
}

/* What JSON and C escape. */
static int32_t escape_at(const struct redact_reading *r, size_t i, size_t *len)
{
	int32_t value;

	*len = 2;
	switch (at(r, i + 1)) {
	case 'u':
		*len = 6;
		value = hex_at(r, i + 2, 4);
		return value < 0 ? -1 : value | POINT;
	case 'x':
		*len = 4;
		return hex_at(r, i + 2, 2);
	case 'n':
	case 'r':
	case 't':
		return '\n'; /* or another blank */
	case '/':
	case '"':
	case '\'':
	case '\\':
		return at(r, i + 1);
	default:
		return -1;
	}
}

/* The byte or code point that is encoded at i in len bytes; -1: none is. */
static int32_t encoded_at(const struct redact_reading *r, size_t i, size_t *len)
{
	switch (at(r, i)) {
	case '%':
		*len = 3;
		return hex_at(r, i + 1, 2);
	case '\\':
		return escape_at(r, i, len);
	case '&':
		return entity_at(r, i, len);
	default:
		return -1;
	}
}

/* Writes cp in UTF-8, never longer than its encoding; returns the number of bytes. */
static size_t put_utf8(struct redact_byte *out, int32_t cp, size_t start, size_t end)
{
	unsigned char bytes[3] = { (unsigned char)cp };
	size_t n = 1;

	if (cp & POINT && (cp & ~POINT) >= 0x800) {
		bytes[0] = (unsigned char)(0xE0 | (cp >> 12 & 0x0F));
		bytes[1] = (unsigned char)(0x80 | (cp >> 6 & 0x3F));
		bytes[2] = (unsigned char)(0x80 | (cp & 0x3F));
		n = 3;
	} else if (cp & POINT && (cp & ~POINT) >= 0x80) {
		bytes[0] = (unsigned char)(0xC0 | (cp >> 6 & 0x1F));
		bytes[1] = (unsigned char)(0x80 | (cp & 0x3F));
		n = 2;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = (struct redact_byte){ bytes[i], start, end };
	return n;
}

bool redact_reading_decode(struct redact_reading *r)
{
	size_t kept = 0, len = 1;
	bool changed = false;

	for (size_t i = 0; i < r->len; i += len) {
		int32_t c = encoded_at(r, i, &len);
		size_t start = r->bytes[i].start;

		if (c == -1) {
			r->bytes[kept++] = r->bytes[i];
			len = 1;
			continue;
		}
		changed = true;
		kept += put_utf8(r->bytes + kept, c, start, r->bytes[i + len - 1].end);
	}
	r->len = kept;
	return changed;
}

unsigned char redact_fold(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return (unsigned char)(c | 0x20);
	return c == '-' ? '+' : c == '_' ? '/' : c;
}
