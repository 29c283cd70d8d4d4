/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON strings to text and back. The short escapes and the lower-case \u001b are what Python's and
 * Databricks' writers use; a slash is never escaped.
 */

#include "notebook/jtext.h"

#include <string.h>

#include "notebook/jrun.h"

int jtext_hex4(const char *p)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		char c = p[i], lower = (char)(c | 0x20);

		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if (lower >= 'a' && lower <= 'f')
			v = v * 16 + (lower - 'a' + 10);
		else
			return -1;
	}
	return v;
}

static bool tail(const char *p, const char *end, size_t n)
{
	if ((size_t)(end - p) < n)
		return false;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)p[i] & 0xC0) != 0x80)
			return false;
	return true;
}

/* Well-formed in shape and not overlong; surrogates pass. */
static size_t shape(const char *p, const char *end)
{
	unsigned char a = (unsigned char)p[0], b = end - p > 1 ? (unsigned char)p[1] : 0;

	if (a < 0x80)
		return 1;
	if (a < 0xC2)
		return 0;
	if (a < 0xE0)
		return tail(p, end, 2) ? 2 : 0;
	if (a < 0xF0)
		return tail(p, end, 3) && (a > 0xE0 || b >= 0xA0) ? 3 : 0;
	if (a < 0xF5)
		return tail(p, end, 4) && (a > 0xF0 || b >= 0x90) && (a < 0xF4 || b < 0x90) ? 4 : 0;
	return 0;
}

static bool is_surrogate(const char *p)
{
	return (unsigned char)p[0] == 0xED && (unsigned char)p[1] >= 0xA0;
}

size_t jtext_utf8(const char *p, const char *end)
{
	size_t n = shape(p, end);

	return n == 3 && is_surrogate(p) ? 0 : n;
}

size_t jtext_char(const char *p, const char *end)
{
	return shape(p, end);
}

bool jtext_is_nul(const char *p, const char *end)
{
	return end - p >= 2 && (unsigned char)p[0] == 0xC0 && (unsigned char)p[1] == 0x80;
}

static char *put_code(char *to, unsigned c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xC0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3F));
	} else if (c < 0x10000) {
		*to++ = (char)(0xE0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
		*to++ = (char)(0x80 | (c & 0x3F));
	} else {
		*to++ = (char)(0xF0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3F));
		*to++ = (char)(0x80 | (c >> 6 & 0x3F));
		*to++ = (char)(0x80 | (c & 0x3F));
	}
	return to;
}

static char *decode_u(char *to, const char **p, const char *end)
{
	unsigned c = (unsigned)jtext_hex4(*p + 2), d;

	*p += 6;
	if (c >= 0xD800 && c < 0xDC00 && end - *p >= 6 && (*p)[0] == '\\' && (*p)[1] == 'u') {
		d = (unsigned)jtext_hex4(*p + 2);
		if (d >= 0xDC00 && d < 0xE000) {
			*p += 6;
			c = 0x10000 + ((c - 0xD800) << 10) + (d - 0xDC00);
		}
	}
	return put_code(to, c);
}

static char short_escape(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c;
	}
}

char *jtext_decode_escape(char *to, const char **p, const char *end)
{
	if ((*p)[1] == 'u')
		return decode_u(to, p, end);
	*to++ = short_escape((*p)[1]);
	*p += 2;
	return to;
}

size_t jtext_decode(char *to, struct span string)
{
	const char *p = string.at + 1, *end = string.at + string.len - 1;
	char *o = to;

	while ((p = jrun_copy(&o, p, end, false)) < end)
		o = jtext_decode_escape(o, &p, end);
	return (size_t)(o - to);
}

/* One \uXXXX. */
static char *put_u(char *to, unsigned unit, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	*to++ = '\\';
	*to++ = 'u';
	for (int shift = 12; shift >= 0; shift -= 4)
		*to++ = digits[unit >> shift & 15];
	return to;
}

static unsigned code_of(const char *p, size_t n)
{
	static const unsigned char lead[] = { 0, 0x7F, 0x1F, 0x0F, 0x07 };
	unsigned c = (unsigned char)p[0] & lead[n];

	for (size_t i = 1; i < n; i++)
		c = c << 6 | ((unsigned char)p[i] & 0x3F);
	return c;
}

static char *put_char(char *to, const char *p, size_t n, enum jtext_escapes escapes, bool upper)
{
	unsigned c = code_of(p, n);

	if (c >= 0x10000 && escapes != JTEXT_ESCAPE_NONE) {
		to = put_u(to, 0xD800 + ((c - 0x10000) >> 10), upper);
		return put_u(to, 0xDC00 + ((c - 0x10000) & 0x3FF), upper);
	}
	if ((c >= 0xD800 && c < 0xE000) || (c >= 0x80 && escapes == JTEXT_ESCAPE_ALL))
		return put_u(to, c, upper);
	memcpy(to, p, n);
	return to + n;
}

/* The letter of a two-character escape, 0 for none. */
static char escape_letter(char c)
{
	switch (c) {
	case '"':
	case '\\':
		return c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static char *put_escape(char *to, char c, bool upper)
{
	char letter = escape_letter(c);

	if (!letter)
		return put_u(to, (unsigned char)c, upper);
	*to++ = '\\';
	*to++ = letter;
	return to;
}

/* What is encoded at once; the longest escape makes six bytes of one. */
#define PIECE 4096

struct encoder {
	const char *p, *end;
	enum jtext_escapes escapes;
	bool upper;
	bool c_string; /* C0 80 stands for a NUL */
	bool line;     /* stop behind an LF */
	bool stopped, bad;
};

/* Encodes up to limit; to has room for six times as much. */
static char *encode_piece(struct encoder *en, char *to, const char *limit)
{
	size_t n;
	char c;

	while (!en->stopped && (en->p = jrun_copy(&to, en->p, limit, true)) < limit) {
		c = *en->p;
		if ((unsigned char)c < 0x80) {
			to = put_escape(to, c, en->upper);
			en->p++;
			en->stopped = en->line && c == '\n';
			continue;
		}
		if (en->c_string && jtext_is_nul(en->p, en->end)) {
			to = put_u(to, 0, en->upper);
			en->p += 2;
			continue;
		}
		n = jtext_char(en->p, en->end);
		if (!n) {
			en->bad = en->stopped = true;
			break;
		}
		to = put_char(to, en->p, n, en->escapes, en->upper);
		en->p += n;
	}
	return to;
}

/* Whether out can take so much without reaching its maximum. */
static bool has_room(struct buf *out, size_t room)
{
	return !out->full && room <= out->max - out->len && buf_reserve(out, room);
}

/* Encodes the next piece; where out may not grow by what it could need, by way of a copy. */
static void add_piece(struct encoder *en, struct buf *out)
{
	size_t rest = (size_t)(en->end - en->p), n = rest < PIECE ? rest : PIECE;
	size_t room = n * 6 + 32; /* a character may begin before the limit and end behind it */
	cleanup_free char *copy = has_room(out, room) ? NULL : xmalloc(room);
	char *at = copy ? copy : out->data + out->len;
	size_t len = (size_t)(encode_piece(en, at, en->p + n) - at);

	if (copy)
		buf_add(out, copy, len);
	else
		out->len += len; /* the quote behind it brings the NUL */
}

/* The whole text, or its first line, as a string behind before. */
static bool encode(struct encoder *en, struct buf *out, struct span before)
{
	en->stopped = false;
	if (has_room(out, before.len + 1)) {
		memcpy(out->data + out->len, before.at, before.len);
		out->data[out->len + before.len] = '"';
		out->len += before.len + 1;
	} else {
		out->full = true;
	}
	while (en->p < en->end && !en->stopped)
		add_piece(en, out);
	buf_add_char(out, '"');
	return !en->bad;
}

static bool encode_whole(struct encoder *en, struct buf *out)
{
	size_t start = out->len;

	if (encode(en, out, (struct span){ "", 0 }))
		return true;
	out->len = start;
	return false;
}

bool jtext_encode(struct buf *out, struct span text, enum jtext_escapes escapes, bool upper)
{
	struct encoder en = {
		.p = text.at, .end = text.at + text.len, .escapes = escapes, .upper = upper
	};

	return encode_whole(&en, out);
}

bool jtext_encode_string(struct buf *out, const char *s, enum jtext_escapes escapes, bool upper)
{
	struct encoder en = {
		.p = s, .end = s + strlen(s), .escapes = escapes, .upper = upper, .c_string = true
	};

	return encode_whole(&en, out);
}

bool jtext_encode_lines(struct buf *out, struct span text, enum jtext_escapes escapes, bool upper,
			struct span first, struct span next)
{
	struct encoder en = { .p = text.at,
			      .end = text.at + text.len,
			      .escapes = escapes,
			      .upper = upper,
			      .line = true };

	for (; en.p < en.end; first = next)
		if (!encode(&en, out, first))
			return false;
	return true;
}
