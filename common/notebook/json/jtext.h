/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON strings to text and back. Text is UTF-8 and may contain NULs (\u0000), with one extension that
 * only JSON can hold: a lone surrogate (\ud800) is its three-byte form. Where text must be a C string
 * (titles), a NUL is the two bytes C0 80. All come back as the escapes they were.
 */

#include "base/buf.h"
#include "base/span.h"

/* How a file spells characters outside ASCII. */
enum jtext_escapes {
	JTEXT_ESCAPE_NONE,   /* as UTF-8 */
	JTEXT_ESCAPE_ASTRAL, /* beyond U+FFFF as two escapes (Databricks since May 2026) */
	JTEXT_ESCAPE_ALL     /* Python's ensure_ascii */
};

/* The value of four hex digits, or -1. */
int jtext_hex4(const char *p);

/* Length of the UTF-8 sequence at p, 0 when it is none (surrogates and overlong forms included). */
size_t jtext_utf8(const char *p, const char *end);

/* As jtext_utf8, but surrogates are characters too. */
size_t jtext_char(const char *p, const char *end);

/* Whether C0 80 stands at p, which means a NUL in a C string. */
bool jtext_is_nul(const char *p, const char *end);

/* What the byte behind a backslash means, 0 for all that are none of JSON's eight letters. */
extern const char jtext_short_escapes[0x100];

/* Room that a decoder may need beyond the text itself. */
#define JTEXT_SLACK 16

/* Decodes a validated string span with its quotes; to has room for span.len + JTEXT_SLACK bytes.
 * Returns the length; no NUL is added. */
size_t jtext_decode(char *to, struct span string);

/* Decodes the validated escape at *p, or the two of a surrogate pair, and moves *p behind it. Returns
 * the end of the up to four bytes at to. */
char *jtext_decode_escape(char *to, const char **p, const char *end);

/* Adds text as a string with quotes. False when text is not UTF-8 (see above): nothing is added. */
bool jtext_encode(struct buf *out, struct span text, enum jtext_escapes escapes, bool upper);

/* The same for a C string. */
bool jtext_encode_string(struct buf *out, const char *s, enum jtext_escapes escapes, bool upper);

/* Adds every line of text, with its LF, as a string of its own, with between between two of them.
 * text is not empty. False when it is not UTF-8: nothing is added. */
bool jtext_encode_lines(struct buf *out, struct span text, enum jtext_escapes escapes, bool upper,
			struct span between);
