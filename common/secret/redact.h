/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside of secret/: finding secrets in a text, however they are written there. Only secret*.c
 * and redact*.c include this. Pure: no list of live secrets, no files, no time.
 *
 * Two kinds of texts: words, in which every piece of a secret counts (the needles below) and every
 * shape; and names, in which only a whole secret does.
 *
 * A text is read without blanks, control bytes and line ends, and then once more for each layer of
 * encoding (percent signs, \uXXXX, \xXX, &#N;) that is taken off, up to REDACT_LAYERS. Letter case
 * does not count, nor do the two base64 alphabets differ. In each reading every stretch of
 * REDACT_RUN bytes that occurs in a secret is found, and so is every stretch of REDACT_RUN_HEX or
 * REDACT_RUN_BASE64 characters of its hex digits or its base64 in any alignment. So a token that
 * was cut off anywhere is found as well.
 */

#include "base/util.h"

/*
 * How much of a secret must be in one piece to be masked. Of a token of 32 hex digits, 7 leave 100
 * bits unknown: no help to anybody. And 8 that stand in an ordinary text by chance (one in 2^32 for
 * hex digits) are no reason to leave them there. The other two are the same 8 bytes in hex and what
 * is certain of them in base64, whatever stands in front.
 */
#define REDACT_RUN        8
#define REDACT_RUN_HEX    16
#define REDACT_RUN_BASE64 10
/* A secret that is shorter than a run is found as it stands only, and whole; a still shorter one
 * would mask ordinary words, and guards nothing. */
#define REDACT_MIN 4

/* JSON in JSON in a URL is three; nobody writes more by accident. */
#define REDACT_LAYERS 4

/* ---- reading (redact_read.c) ---- */

struct redact_byte {
	unsigned char c;
	size_t start, end; /* where it stands in the text */
};

struct redact_reading {
	struct redact_byte *bytes; /* owned */
	size_t len, size;
};

void redact_reading_init(struct redact_reading *r, const char *text, size_t len); /* as it stands */
void redact_reading_release(struct redact_reading *r);

/* Leaves out blanks and control bytes; continued: and each backslash at the end of a line. Returns
 * whether there is such a backslash: it may be the mark of a line that goes on, or belong to an
 * escape that the line end broke. */
bool redact_reading_join(struct redact_reading *r, bool continued);

/* Takes one layer of encoding off; what is decoded may be blanks again. False: there is none. */
bool redact_reading_decode(struct redact_reading *r);

/* The one spelling that stands for both cases, and for both base64 alphabets. */
unsigned char redact_fold(unsigned char c);

/* ---- secrets ---- */

struct redact_secret {
	const char *text; /* borrowed */
	size_t len;
};

/* The base64 of a secret with shift bytes (0 to 2) in front, as numbers from 0 to 63: only the
 * digits that depend on nothing else. At least one, of a secret of REDACT_MIN bytes. */
#define REDACT_BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
size_t redact_base64_count(const struct redact_secret *s, size_t shift);
unsigned redact_base64_digit(const struct redact_secret *s, size_t shift, size_t i);

/*
 * Sets hide[i] for each byte of text that belongs to a whole secret (redact_whole.c): exactly as it
 * stands or, of REDACT_RUN bytes or more, in hex or base64, under up to REDACT_LAYERS layers of
 * encoding. Returns whether there is any. The time is that of the text times the number of secrets.
 */
bool redact_find_whole(const struct redact_secret *secrets, size_t count, const char *text,
		       size_t len, bool *hide);

/* Sets hide[i] for what has the shape of a token (redact_shapes.c). Linear. text ends in a NUL. */
bool redact_find_shapes(const char *text, size_t len, bool *hide);

/* ---- needles (redact_needles.c) ---- */

/* Everything that is looked for. A zeroed one finds nothing. Holds secrets: lives in their pages. */
struct redact_needles {
	char *text; /* owned pages: all forms of all secrets, folded */
	size_t len, size;
	bool blanks; /* a secret has some: it is looked for in the text as it stands, too */
	struct redact_set {
		unsigned run;        /* bytes of a stretch; 0: unused */
		uint64_t last_power; /* of the rolling sum */
		uint32_t *slots;     /* owned pages: where in text a stretch stands, + 1; 0: free */
		unsigned bits;       /* 2^bits slots */
	} sets[REDACT_RUN - REDACT_MIN + 3];
};

/* What was in n before is released. The secrets are copied. */
void redact_needles_set(struct redact_needles *n, const struct redact_secret *secrets,
			size_t count);
void redact_needles_release(struct redact_needles *n);

/* Sets hide[i] for each byte of text that belongs to a secret. Linear in the text, whatever the
 * number and length of the secrets. Returns whether there is any. */
bool redact_find(const struct redact_needles *n, const char *text, size_t len, bool *hide);
