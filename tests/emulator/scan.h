/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A validating JSON scanner that hands out pieces of its input. The emulator has its own, so that a
 * mistake in the product's scanner is not repeated by the server it is tested against.
 *
 * Strict RFC 8259: no NaN, no comments, nothing behind the value. UTF-8 is the caller's check.
 */

#include "base/util.h"

#define SCAN_DEPTH_MAX 200

struct piece {
	const char *at; /* NULL: nothing */
	size_t len;
};

struct scan {
	const char *p;
	const char *end;
	bool bad; /* sticks; every call after it returns false */
};

/* Whether whole is one JSON value; *value is it without the white space around. */
bool scan_document(struct piece whole, struct piece *value);

/*
 * Walks the members of an object or the elements of an array:
 *   for (struct scan s = scan_enter(object); scan_member(&s, &key, &value);)
 * Entering something else gives no member. Keys and strings come with their quotes. Stops early,
 * with s.bad, only in text that scan_document() has not checked.
 */
struct scan scan_enter(struct piece container);
bool scan_member(struct scan *s, struct piece *key, struct piece *value);
bool scan_element(struct scan *s, struct piece *value);

/* One pass over an object for several keys (NULL-terminated): values[i] is the value of keys[i], of
 * several equal keys the last; .at is NULL when missing. */
void scan_pick(struct piece object, const char *const *keys, struct piece *values);
struct piece scan_find(struct piece object, const char *key);

/* Whether a string piece is this text, spelt without escapes. */
bool piece_is(struct piece string, const char *text);
bool piece_is_a(struct piece value, char first); /* '{', '[', '"' */
