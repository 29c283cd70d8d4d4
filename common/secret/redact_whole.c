/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole secrets, for texts that somebody goes on with: names of files, words that are kept for
 * ever. There a piece of a secret is more likely a word that both have, and a mask would do harm
 * and tell what the secret looks like. So all of it must be there: as it stands, in hex, or in
 * base64, each also escaped in layers; case and blanks count.
 *
 * Every place of the text is compared with every spelling. Few places agree in more than a byte, so
 * nothing is prepared, and no copies of secrets are made.
 */

#include "secret/redact.h"

#include <string.h>

enum spelling { PLAIN, HEX, BASE64, BASE64_1, BASE64_2 }; /* behind 0, 1, 2 bytes */

static size_t spelling_length(const struct redact_secret *s, enum spelling how)
{
	switch (how) {
	case PLAIN:
		return s->len;
	case HEX:
		return 2 * s->len;
	default:
		return redact_base64_count(s, how - BASE64);
	}
}

/* Whether c may stand at place i of the spelling. */
static bool fits(const struct redact_secret *s, enum spelling how, size_t i, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";
	static const char plain[] = REDACT_BASE64 "+/", url[] = REDACT_BASE64 "-_";
	unsigned byte, n;

	switch (how) {
	case PLAIN:
		return c == (unsigned char)s->text[i];
	case HEX:
		byte = (unsigned char)s->text[i / 2];
		n = i % 2 ? byte & 15 : byte >> 4;
		return c == digits[n] || (n > 9 && (c | 0x20) == digits[n]);
	default:
		n = redact_base64_digit(s, how - BASE64, i);
		return c == plain[n] || c == url[n];
	}
}

/* How many bytes of the reading, from at on, are the spelling; 0: it does not stand there. */
static size_t length_at(const struct redact_reading *r, size_t at, const struct redact_secret *s,
			enum spelling how)
{
	size_t n = spelling_length(s, how);

	if (n > r->len - at)
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!fits(s, how, i, r->bytes[at + i].c))
			return 0;
	return n;
}

static bool hide_secret(const struct redact_reading *r, const struct redact_secret *s,
			enum spelling how, bool *hide)
{
	bool found = false;

	for (size_t at = 0; at < r->len; at++) {
		size_t n = length_at(r, at, s, how);

		for (size_t i = at; i < at + n; i++)
			for (size_t k = r->bytes[i].start; k < r->bytes[i].end; k++)
				hide[k] = true;
		if (n > 0)
			found = true;
	}
	return found;
}

bool redact_find_whole(const struct redact_secret *secrets, size_t count, const char *text,
		       size_t len, bool *hide)
{
	struct redact_reading r;
	bool found = false;
	int layer = 0;

	if (!count)
		return false;
	redact_reading_init(&r, text, len);
	do {
		for (size_t i = 0; i < count; i++) {
			enum spelling last = secrets[i].len < REDACT_RUN ? PLAIN : BASE64_2;

			if (secrets[i].len < REDACT_MIN)
				continue;
			for (enum spelling how = PLAIN; how <= last; how++)
				if (hide_secret(&r, &secrets[i], how, hide))
					found = true;
		}
	} while (layer++ < REDACT_LAYERS && redact_reading_decode(&r));
	redact_reading_release(&r);
	return found;
}
