/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The span-preserving JSON scanner. One pass, no recursion (the nesting is a bit per level), no
 * allocation.
 */

#include "notebook/json/jscan.h"

#include <string.h>

#include "notebook/json/jrun.h"
#include "notebook/json/jtext.h"

void jscan_init(struct jscan *s, const char *data, size_t len, size_t max_depth)
{
	*s = (struct jscan){ .p = data, .end = data + len, .max_depth = max_depth };
	if (s->max_depth > JSCAN_DEPTH_MAX)
		s->max_depth = JSCAN_DEPTH_MAX;
}

bool jscan_fail(struct jscan *s, const char *at, const char *why)
{
	if (!s->why) {
		s->why = why;
		s->at = at;
	}
	return false;
}

/* Fails with why the byte at p is wrong, or, at the end of the input, with that. */
static bool unexpected(struct jscan *s, const char *why)
{
	return jscan_fail(s, s->p,
			  s->p == s->end && s->depth ? "the file ends in the middle" : why);
}

static bool skip_escape(struct jscan *s)
{
	const char *at = s->p++;

	if (s->p < s->end && jtext_short_escapes[(unsigned char)*s->p]) {
		s->p++;
		return true;
	}
	if (s->end - s->p >= 5 && *s->p == 'u' && jtext_hex4(s->p + 1) >= 0) {
		s->p += 5;
		return true;
	}
	return jscan_fail(s, at, "an escape that JSON does not have");
}

/* At the opening quote. */
static bool skip_string(struct jscan *s)
{
	const char *open = s->p++;
	size_t n;

	for (;;) {
		s->p = jrun_end(s->p, s->end, true);
		if (s->p == s->end)
			return jscan_fail(s, open, "a string without an end");
		if (*s->p == '"') {
			s->p++;
			return true;
		}
		if (*s->p == '\\') {
			if (!skip_escape(s))
				return false;
		} else if ((unsigned char)*s->p < 0x20) {
			return jscan_fail(s, s->p, "a control character inside a string");
		} else {
			n = jtext_utf8(s->p, s->end);
			if (!n)
				return jscan_fail(s, s->p, "bytes that are not UTF-8");
			s->p += n;
		}
	}
}

/* What a string is decoded in pieces of. */
#define PIECE 4096

/* One byte of a string that is no ordinary one and not its end; *to has room. */
static bool take_special(struct jscan *s, char **to)
{
	const char *at = s->p;
	char meaning;
	size_t n;

	if (*at == '\\') {
		meaning = s->end - at > 1 ? jtext_short_escapes[(unsigned char)at[1]] : '\0';
		if (meaning) {
			*(*to)++ = meaning;
			s->p += 2;
			return true;
		}
		if (!skip_escape(s))
			return false;
		*to = jtext_decode_escape(*to, &at, s->end);
		s->p = at;
		return true;
	}
	if ((unsigned char)*at < 0x20)
		return jscan_fail(s, at, "a control character inside a string");
	n = jtext_utf8(at, s->end);
	if (!n)
		return jscan_fail(s, at, "bytes that are not UTF-8");
	memcpy(*to, at, n);
	*to += n;
	s->p += n;
	return true;
}

/* Decodes short escapes in whole blocks, so that the processor can decode several at once. Stops
 * where something else needs attention, or shortly before end. */
static const char *decode_blocks(char **to, const char *p, const char *end)
{
	char *o = *to, meaning;
	unsigned at, done;
	uint64_t mask;

	for (; end - p >= 2 * JRUN_BLOCK; p += done) {
		done = 0;
		for (mask = jrun_mask(p, true); mask; mask &= ~((uint64_t)3 << at)) {
			at = (unsigned)__builtin_ctzll(mask);
			jrun_copy_block(o, p + done);
			o += at - done;
			meaning = p[at] == '\\' ? jtext_short_escapes[(unsigned char)p[at + 1]]
						: '\0';
			if (!meaning) {
				*to = o;
				return p + at;
			}
			*o++ = meaning;
			done = at + 2;
		}
		if (done < JRUN_BLOCK) {
			jrun_copy_block(o, p + done);
			o += JRUN_BLOCK - done;
			done = JRUN_BLOCK;
		}
	}
	*to = o;
	return p;
}

bool jscan_text(struct jscan *s, struct buf *text)
{
	const char *open = s->p++, *limit;
	bool well = true;
	char *o;

	while (well) {
		limit = s->end - s->p > PIECE ? s->p + PIECE : s->end;
		if (!buf_reserve(text, PIECE + 2 * JRUN_BLOCK))
			return jscan_fail(s, open, "a string that is too long");
		o = text->data + text->len;
		do {
			s->p = decode_blocks(&o, s->p, limit);
			if (limit - s->p < 2 * JRUN_BLOCK)
				s->p = jrun_copy(&o, s->p, limit, true);
			if (s->p >= limit || *s->p == '"')
				break;
			well = take_special(s, &o);
		} while (well);
		text->len = (size_t)(o - text->data);
		if (!well)
			break;
		if (s->p == s->end)
			return jscan_fail(s, open, "a string without an end");
		if (s->p < limit) {
			s->p++;
			return true;
		}
	}
	return false;
}

static bool skip_digits(struct jscan *s)
{
	const char *from = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > from;
}

static bool take(struct jscan *s, const char *any)
{
	if (s->p < s->end && *s->p && strchr(any, *s->p)) {
		s->p++;
		return true;
	}
	return false;
}

static bool skip_word(struct jscan *s, const char *word)
{
	size_t n = strlen(word);

	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

static bool skip_number(struct jscan *s)
{
	const char *from = s->p;

	take(s, "-");
	if (skip_word(s, "Infinity"))
		return true;
	if (s->p < s->end && *s->p == '0')
		s->p++;
	else if (!skip_digits(s))
		return jscan_fail(s, from, "a value was expected");
	if (take(s, ".") && !skip_digits(s))
		return jscan_fail(s, from, "a number without digits after its point");
	if (take(s, "eE")) {
		take(s, "+-");
		if (!skip_digits(s))
			return jscan_fail(s, from, "a number without digits in its exponent");
	}
	return true;
}

/* Anything but an object or an array. */
static bool skip_scalar(struct jscan *s)
{
	if (s->p == s->end)
		return unexpected(s, "a value was expected");
	switch (*s->p) {
	case '"':
		return skip_string(s);
	case 't':
		return skip_word(s, "true") || jscan_fail(s, s->p, "a value was expected");
	case 'f':
		return skip_word(s, "false") || jscan_fail(s, s->p, "a value was expected");
	case 'n':
		return skip_word(s, "null") || jscan_fail(s, s->p, "a value was expected");
	case 'N':
		return skip_word(s, "NaN") || jscan_fail(s, s->p, "a value was expected");
	default:
		return skip_number(s);
	}
}

bool jscan_open(struct jscan *s, char bracket)
{
	if (s->why)
		return false;
	if (jscan_peek(s) != bracket)
		return unexpected(s, bracket == '{' ? "an object was expected"
						    : "a list was expected");
	if (s->depth == s->max_depth)
		return jscan_fail(s, s->p, "nested too deeply");
	s->depth++;
	s->p++;
	return true;
}

/* At the comma or at the closing bracket; true when another item follows. */
static bool next_item(struct jscan *s, bool *first, char close)
{
	char c = jscan_peek(s);

	if (s->why)
		return false;
	if (c == close) {
		s->p++;
		s->depth--;
		return false;
	}
	if (*first) {
		*first = false;
		return s->p < s->end || unexpected(s, "");
	}
	if (c != ',')
		return unexpected(s, close == '}' ? "a comma or '}' was expected"
						  : "a comma or ']' was expected");
	s->p++;
	if (jscan_peek(s) == close)
		return jscan_fail(s, s->p, "a value was expected after the comma");
	return true;
}

bool jscan_member(struct jscan *s, bool *first, struct span *key)
{
	if (!next_item(s, first, '}'))
		return false;
	if (jscan_peek(s) != '"')
		return unexpected(s, "a key in double quotes was expected");
	key->at = s->p;
	if (!skip_string(s))
		return false;
	key->len = (size_t)(s->p - key->at);
	if (jscan_peek(s) != ':')
		return unexpected(s, "a colon was expected after the key");
	s->p++;
	s->p = jrun_white(s->p, s->end);
	return true;
}

bool jscan_element(struct jscan *s, bool *first)
{
	return next_item(s, first, ']');
}

/* The kinds of the open levels, one bit each. */
struct nesting {
	unsigned char object[JSCAN_DEPTH_MAX / 8];
	bool first; /* of the innermost level */
};

static bool is_object(const struct nesting *n, size_t depth)
{
	return n->object[depth / 8] >> (depth % 8) & 1;
}

static bool push(struct jscan *s, struct nesting *n)
{
	char bracket = *s->p;
	unsigned char bit = (unsigned char)(1U << (s->depth % 8));

	if (bracket == '{' && s->depth < JSCAN_DEPTH_MAX)
		n->object[s->depth / 8] |= bit;
	else if (s->depth < JSCAN_DEPTH_MAX)
		n->object[s->depth / 8] &= (unsigned char)~bit;
	n->first = true;
	return jscan_open(s, bracket);
}

bool jscan_skip(struct jscan *s, struct span *span)
{
	struct nesting nesting;
	size_t base = s->depth;
	char c = jscan_peek(s);
	const char *from = s->p;
	struct span key;

	if (s->why)
		return false;
	do {
		if (c == '{' || c == '[') {
			if (!push(s, &nesting))
				return false;
		} else if (!skip_scalar(s)) {
			return false;
		}
		/* close whatever ends here, up to the next value */
		while (s->depth > base) {
			bool more = is_object(&nesting, s->depth - 1)
					    ? jscan_member(s, &nesting.first, &key)
					    : jscan_element(s, &nesting.first);

			if (s->why)
				return false;
			if (more)
				break;
			nesting.first = false;
		}
		c = s->depth > base ? jscan_peek(s) : '\0';
	} while (s->depth > base);
	if (span)
		*span = (struct span){ from, (size_t)(s->p - from) };
	return true;
}

bool jscan_finish(struct jscan *s)
{
	if (jscan_peek(s) || s->p < s->end)
		return jscan_fail(s, s->p, "text after the end of the JSON");
	return !s->why;
}

bool jscan_means(struct span string, const char *text)
{
	size_t n = strlen(text);
	cleanup_free char *plain = NULL;

	if (string.len == n + 2 && memcmp(string.at + 1, text, n) == 0)
		return true;
	if (!memchr(string.at, '\\', string.len))
		return false;
	plain = xmalloc(string.len + JTEXT_SLACK);
	return jtext_decode(plain, string) == n && memcmp(plain, text, n) == 0;
}

bool jscan_find(struct span object, const char *key, struct span *value)
{
	struct jscan s;
	bool first = true, found = false;
	struct span name, v;

	jscan_init(&s, object.at, object.len, JSCAN_DEPTH_MAX);
	if (jscan_peek(&s) != '{' || !jscan_open(&s, '{'))
		return false;
	while (jscan_member(&s, &first, &name) && jscan_skip(&s, &v))
		if (jscan_is(name, key)) {
			*value = v;
			found = true;
		}
	return found;
}
