/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A pull scanner for JSON that hands out spans of its input and never copies, so that whatever the
 * caller does not change can be written back byte for byte: order, duplicate keys, number text,
 * escapes and white space included.
 *
 * Everything that is passed over is validated (RFC 8259, UTF-8, plus the literals NaN, Infinity
 * and -Infinity that Python's writer puts into outputs). The first problem sticks: every call
 * after it returns false, and why and at say what and where.
 */

#include "base/buf.h"
#include "base/span.h"
#include "notebook/json/jrun.h"

#define JSCAN_DEPTH_MAX 1024

struct jscan {
	const char *p, *end;
	size_t depth, max_depth; /* max_depth <= JSCAN_DEPTH_MAX */
	const char *why;         /* NULL: no problem yet */
	const char *at;
};

void jscan_init(struct jscan *s, const char *data, size_t len, size_t max_depth);
bool jscan_fail(struct jscan *s, const char *at, const char *why);

/* The first byte of the next value, 0 at the end of the input. */
static inline char jscan_peek(struct jscan *s)
{
	s->p = jrun_white(s->p, s->end);
	return s->p < s->end ? *s->p : '\0';
}

/* Passes over one value of any kind; span may be NULL. */
bool jscan_skip(struct jscan *s, struct span *span);

/* Takes the string that comes next and adds what it means to text (jtext.h); at its quote. */
bool jscan_text(struct jscan *s, struct buf *text);

/*
 * Walks an object: jscan_open(s, '{'), then jscan_member() until it returns false (at the closing
 * brace, which it passes, or on a problem). After each true the value must be taken. Arrays
 * likewise with '[' and jscan_element(). first is the caller's and starts out true.
 */
bool jscan_open(struct jscan *s, char bracket);
bool jscan_member(struct jscan *s, bool *first, struct span *key);
bool jscan_element(struct jscan *s, bool *first);

/* Only white space may follow. */
bool jscan_finish(struct jscan *s);

/* ---- on spans that were validated before ---- */

/* Whether a string span (with its quotes) means this text. */
bool jscan_means(struct span string, const char *text);
static inline bool jscan_is(struct span string, const char *text)
{
	if (string.len < 2 || *string.at != '"')
		return false;
	/* most strings differ in their first byte, and few are spelled with escapes */
	if (string.at[1] != *text && string.at[1] != '\\' && *text)
		return false;
	return jscan_means(string, text);
}

/* The value of a key of an object span; the last one when there are several. */
bool jscan_find(struct span object, const char *key, struct span *value);
