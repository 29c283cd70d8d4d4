/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recursive descent over bytes. A value is checked once by scan_document(); walking it again later
 * costs another pass over its text, which is cheap at the few levels where the rewriter walks.
 */

#include "tests/emulator/scan.h"

#include <string.h>

static bool fail(struct scan *s)
{
	s->bad = true;
	return false;
}

/* The next byte that is no white space; 0 at the end. */
static char peek(struct scan *s)
{
	while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\t' || *s->p == '\r'))
		s->p++;
	return s->p < s->end ? *s->p : '\0';
}

static bool accept(struct scan *s, char c)
{
	if (peek(s) != c)
		return false;
	s->p++;
	return true;
}

static bool hex4(struct scan *s)
{
	for (unsigned i = 0; i < 4; i++, s->p++)
		if (s->p == s->end || !strchr("0123456789abcdefABCDEF", *s->p) || !*s->p)
			return fail(s);
	return true;
}

static bool string(struct scan *s)
{
	if (!accept(s, '"'))
		return fail(s);
	while (s->p < s->end && *s->p != '"') {
		if ((unsigned char)*s->p < 0x20)
			return fail(s);
		if (*s->p++ != '\\')
			continue;
		if (s->p == s->end || !*s->p || !strchr("\"\\/bfnrtu", *s->p))
			return fail(s);
		if (*s->p++ == 'u' && !hex4(s))
			return false;
	}
	return accept(s, '"') || fail(s);
}

static bool digits(struct scan *s)
{
	const char *start = s->p;

	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return s->p > start || fail(s);
}

static bool at(const struct scan *s, const char *any)
{
	return s->p < s->end && *s->p && strchr(any, *s->p);
}

static bool number(struct scan *s)
{
	if (at(s, "-"))
		s->p++;
	if (at(s, "0"))
		s->p++;
	else if (!digits(s))
		return false;
	if (at(s, ".")) {
		s->p++;
		if (!digits(s))
			return false;
	}
	if (!at(s, "eE"))
		return true;
	s->p++;
	if (at(s, "+-"))
		s->p++;
	return digits(s);
}

static bool literal(struct scan *s)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(s->end - s->p) >= n && memcmp(s->p, words[i], n) == 0) {
			s->p += n;
			return true;
		}
	}
	return fail(s);
}

static bool skip(struct scan *s, unsigned depth);

/* The inside of an object or array, its opening bracket already passed. */
static bool container(struct scan *s, char close, unsigned depth)
{
	if (depth >= SCAN_DEPTH_MAX)
		return fail(s);
	if (accept(s, close))
		return true;
	do {
		if (close == '}' && !(string(s) && (accept(s, ':') || fail(s))))
			return false;
		if (!skip(s, depth + 1))
			return false;
	} while (accept(s, ','));
	return accept(s, close) || fail(s);
}

/* Passes one value. */
static bool skip(struct scan *s, unsigned depth)
{
	char c = peek(s);

	if (s->bad)
		return false;
	if (c == '"')
		return string(s);
	if (c == '{' || c == '[') {
		s->p++;
		return container(s, c == '{' ? '}' : ']', depth);
	}
	if (c == '-' || (c >= '0' && c <= '9'))
		return number(s);
	return literal(s);
}

static bool take(struct scan *s, struct piece *value)
{
	peek(s);
	value->at = s->p;
	if (!skip(s, 0))
		return false;
	value->len = (size_t)(s->p - value->at);
	return true;
}

bool scan_document(struct piece whole, struct piece *value)
{
	struct scan s = { .p = whole.at, .end = whole.at + whole.len };

	return take(&s, value) && (peek(&s) == '\0' && s.p == s.end);
}

struct scan scan_enter(struct piece container)
{
	if (!piece_is_a(container, '{') && !piece_is_a(container, '['))
		return (struct scan){ .bad = true };
	return (struct scan){ .p = container.at + 1, .end = container.at + container.len };
}

bool scan_element(struct scan *s, struct piece *value)
{
	char c = s->bad ? '\0' : peek(s);

	if (c == '\0' || c == ']' || c == '}')
		return false;
	if (c == ',')
		s->p++;
	return take(s, value);
}

bool scan_member(struct scan *s, struct piece *key, struct piece *value)
{
	return scan_element(s, key) && (accept(s, ':') || fail(s)) && take(s, value);
}

void scan_pick(struct piece object, const char *const *keys, struct piece *values)
{
	struct piece name, value;

	for (size_t i = 0; keys[i]; i++)
		values[i] = (struct piece){ 0 };
	for (struct scan s = scan_enter(object); scan_member(&s, &name, &value);)
		for (size_t i = 0; keys[i]; i++)
			if (piece_is(name, keys[i]))
				values[i] = value;
}

struct piece scan_find(struct piece object, const char *key)
{
	const char *const keys[] = { key, NULL };
	struct piece value;

	scan_pick(object, keys, &value);
	return value;
}

bool piece_is(struct piece string, const char *text)
{
	size_t n = strlen(text);

	return string.len == n + 2 && string.at[0] == '"' && memcmp(string.at + 1, text, n) == 0;
}

bool piece_is_a(struct piece value, char first)
{
	return value.at && value.len > 0 && *value.at == first;
}
