/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON strings to text and back. The short escapes and the lower-case \u001b are what Python's and
 * Databricks' writers use; a slash is never escaped.
 */

#include "notebook/json/jtext.h"

#include <string.h>

#include "notebook/json/jrun.h"

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

const char jtext_short_escapes[0x100] = {
	['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
	['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t',
};

char *jtext_decode_escape(char *to, const char **p, const char *end)
{
	if ((*p)[1] == 'u')
		return decode_u(to, p, end);
	*to++ = jtext_short_escapes[(unsigned char)(*p)[1]];
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
static const char escape_letters[0x80] = {
	['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
	['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
};

static char *put_escape(char *to, char c, bool upper)
{
	char letter = escape_letters[(unsigned char)c];

	if (!letter)
		return put_u(to, (unsigned char)c, upper);
	*to++ = '\\';
	*to++ = letter;
	return to;
}

/* What is encoded at once, and the room that is asked for it at most. */
#define PIECE      4096
#define PIECE_ROOM (PIECE * 16)

struct encoder {
	const char *p, *end;
	enum jtext_escapes escapes;
	bool upper;
	bool c_string;  /* C0 80 stands for a NUL */
	struct span lf; /* what stands for a line feed with text behind it; JRUN_BLOCK readable */
	bool bad;
};

static char *put_line_feed(const struct encoder *en, char *to)
{
	if (en->lf.len <= JRUN_BLOCK)
		jrun_copy_block(to, en->lf.at);
	else
		memcpy(to, en->lf.at, en->lf.len);
	return to + en->lf.len;
}

/* Encodes ASCII in whole blocks, so that the processor can encode several at once. Stops where
 * something else needs attention, or shortly before limit. */
static char *encode_blocks(struct encoder *en, char *to, const char *limit)
{
	unsigned at, done;
	uint64_t mask;
	const char *p = en->p;

	for (; limit - p >= 2 * JRUN_BLOCK; p += JRUN_BLOCK) {
		done = 0;
		for (mask = jrun_mask(p, true); mask; mask &= mask - 1) {
			at = (unsigned)__builtin_ctzll(mask);
			jrun_copy_block(to, p + done);
			to += at - done;
			done = at + 1;
			if (p[at] == '\n') {
				to = put_line_feed(en, to);
			} else if ((unsigned char)p[at] < 0x80) {
				to = put_escape(to, p[at], en->upper);
			} else {
				en->p = p + at;
				return to;
			}
		}
		jrun_copy_block(to, p + done);
		to += JRUN_BLOCK - done;
	}
	en->p = p;
	return to;
}

/* A character outside ASCII. */
static char *put_high(struct encoder *en, char *to)
{
	size_t n = jtext_char(en->p, en->end);

	if (n) {
		to = put_char(to, en->p, n, en->escapes, en->upper);
		en->p += n;
	} else if (en->c_string && jtext_is_nul(en->p, en->end)) {
		to = put_u(to, 0, en->upper);
		en->p += 2;
	} else {
		en->bad = true;
	}
	return to;
}

/* Encodes up to limit; to has the room of add_piece(). */
static char *encode_piece(struct encoder *en, char *to, const char *limit)
{
	while (!en->bad) {
		to = encode_blocks(en, to, limit);
		if (limit - en->p < 2 * JRUN_BLOCK)
			en->p = jrun_copy(&to, en->p, limit, true);
		if (en->p >= limit)
			break;
		if ((unsigned char)*en->p >= 0x80)
			to = put_high(en, to);
		else if (*en->p++ == '\n' && en->p < en->end)
			to = put_line_feed(en, to);
		else
			to = put_escape(to, en->p[-1], en->upper);
	}
	return to;
}

/* Whether out can take so much without reaching its maximum. */
static bool has_room(struct buf *out, size_t room)
{
	return !out->full && room <= out->max - out->len && buf_reserve(out, room);
}

/* Encodes the next piece straight into out, where there is room for the most that it could need.
 * Near the maximum of out it is encoded into a buffer of its own first, since its real size may
 * still fit. */
static void add_piece(struct encoder *en, struct buf *out)
{
	size_t rest = (size_t)(en->end - en->p), most = en->lf.len > 6 ? en->lf.len : 6;
	size_t n = most > PIECE_ROOM / PIECE ? PIECE_ROOM / most + 1 : PIECE;
	size_t room = (n < rest ? n : rest) * most +
		      2 * JRUN_BLOCK; /* a character may end behind the limit */
	cleanup_free char *copy = has_room(out, room) ? NULL : xmalloc(room);
	char *at = copy ? copy : out->data + out->len;
	size_t len = (size_t)(encode_piece(en, at, en->p + (n < rest ? n : rest)) - at);

	if (copy)
		buf_add(out, copy, len);
	else
		out->len += len; /* the quote behind it brings the NUL */
}

static bool encode(struct encoder *en, struct buf *out)
{
	size_t start = out->len;

	buf_add_char(out, '"');
	while (en->p < en->end && !en->bad)
		add_piece(en, out);
	buf_add_char(out, '"');
	if (en->bad)
		out->len = start;
	return !en->bad;
}

static struct encoder encoder(struct span text, enum jtext_escapes escapes, bool upper)
{
	static const char lf[JRUN_BLOCK] = "\\n";

	return (struct encoder){ .p = text.at,
				 .end = text.at + text.len,
				 .escapes = escapes,
				 .upper = upper,
				 .lf = { lf, 2 } };
}

bool jtext_encode(struct buf *out, struct span text, enum jtext_escapes escapes, bool upper)
{
	struct encoder en = encoder(text, escapes, upper);

	return encode(&en, out);
}

bool jtext_encode_string(struct buf *out, const char *s, enum jtext_escapes escapes, bool upper)
{
	struct encoder en = encoder((struct span){ s, strlen(s) }, escapes, upper);

	en.c_string = true;
	return encode(&en, out);
}

bool jtext_encode_lines(struct buf *out, struct span text, enum jtext_escapes escapes, bool upper,
			struct span between)
{
	struct encoder en = encoder(text, escapes, upper);
	cleanup_buf struct buf lf = BUF_UNBOUNDED;

	buf_add_str(&lf, "\\n\"");
	buf_add(&lf, between.at, between.len);
	buf_add_char(&lf, '"');
	en.lf.len = lf.len;
	buf_add(&lf, (const char[JRUN_BLOCK]){ 0 }, JRUN_BLOCK);
	en.lf.at = lf.data;
	return encode(&en, out);
}
