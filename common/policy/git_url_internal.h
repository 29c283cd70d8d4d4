/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the parts of the URL parser share: git_url.c (scheme, authority), git_url_path.c (segments),
 * git_url_chars.c (characters). Nobody else includes this.
 */

#include "base/buf.h"
#include "base/span.h"
#include "policy/policy.h"

static inline void span_skip(struct span *s, size_t n)
{
	s->at += n;
	s->len -= n;
}

static inline bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool is_alnum(char c)
{
	return is_alpha(c) || is_digit(c);
}

/* Cuts s at the first c: the result is what stands before it (all of s when there is none), s starts
 * with c (or is empty). */
static inline struct span span_cut(struct span *s, char c)
{
	const char *found = s->len ? memchr(s->at, c, s->len) : NULL;
	struct span head = { s->at, found ? (size_t)(found - s->at) : s->len };

	span_skip(s, head.len);
	return head;
}

/* Without ASCII case. */
bool span_is(struct span s, const char *word);
bool span_ends(struct span s, const char *word);

/* ---- refusals ---- */

#define FAULT_TEXT_MAX 256

/* Why a URL is refused, in more words than the code: a sentence fragment ("contains ';' …"). It
 * quotes one character or segment at most, never a user name or password. */
struct git_url_fault {
	char text[FAULT_TEXT_MAX];
};

/* Both fill f and return problem. The second takes the words of the problem itself. */
enum git_url_problem git_url_refuse(struct git_url_fault *f, enum git_url_problem problem,
				    const char *fmt, ...) PRINTF_LIKE(3, 4);
enum git_url_problem git_url_fail(struct git_url_fault *f, enum git_url_problem problem);

/* ---- characters ---- */

/* One row of the table of characters in paths. */
struct url_char {
	char c;
	bool raw;     /* may stand there as it is */
	bool encoded; /* may stand there as %XX */
	/* Allowed: who needs it, and why it is harmless. Refused: what some server does with it,
	 * fit to follow "contains 'c', ". */
	const char *why;
};

/* The row of an ASCII character that is not a letter or digit; NULL for all others. */
const struct url_char *url_char_row(unsigned char c);

/* All bytes of the text (the whole URL): printable ASCII without what RFC 3986 excludes. */
enum git_url_problem url_chars_check(struct git_url_fault *f, struct span text);

/* Takes one character off s, which is not empty: the byte it stands for is *plain, how it is written
 * in a canonical URL is appended to path. */
enum git_url_problem url_char_take(struct git_url_fault *f, struct span *s, struct buf *path,
				   char *plain);

/* What a segment decodes to is UTF-8 without characters that some system takes for ASCII ones. */
enum git_url_problem url_unicode_check(struct git_url_fault *f, struct span plain);

/* ---- paths ---- */

/* Parses s, "" or one that starts with '/', into *out, "" or "/seg/seg". Owned by the caller. */
enum git_url_problem git_url_parse_path(struct git_url_fault *f, char **out, struct span s);
