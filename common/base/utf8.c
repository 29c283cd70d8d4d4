/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table row per shape of a sequence: which lead bytes, which second bytes, how long. Overlong
 * forms and surrogates are exactly what the ranges of the second byte leave out. No normalisation,
 * no width, no case (see path_fold()).
 */

#include "base/utf8.h"

#include <string.h>

static const struct {
	unsigned char lead_first, lead_last;
	unsigned char second_first, second_last;
	unsigned char len;
	unsigned char lead_bits; /* mask of the lead byte's part of the code point */
} shapes[] = {
	{ 0x00, 0x7F, 0x00, 0x00, 1, 0x7F }, { 0xC2, 0xDF, 0x80, 0xBF, 2, 0x1F },
	{ 0xE0, 0xE0, 0xA0, 0xBF, 3, 0x0F }, { 0xE1, 0xEC, 0x80, 0xBF, 3, 0x0F },
	{ 0xED, 0xED, 0x80, 0x9F, 3, 0x0F }, { 0xEE, 0xEF, 0x80, 0xBF, 3, 0x0F },
	{ 0xF0, 0xF0, 0x90, 0xBF, 4, 0x07 }, { 0xF1, 0xF3, 0x80, 0xBF, 4, 0x07 },
	{ 0xF4, 0xF4, 0x80, 0x8F, 4, 0x07 },
};

static bool between(uint32_t value, uint32_t first, uint32_t last)
{
	return value >= first && value <= last;
}

/* The rest of a sequence whose lead byte has this shape. */
static size_t decode_shape(const unsigned char *s, size_t len, size_t shape, uint32_t *cp)
{
	uint32_t value = s[0] & shapes[shape].lead_bits;

	if (shapes[shape].len > len)
		return 0;
	for (size_t k = 1; k < shapes[shape].len; k++) {
		if (!between(s[k], k == 1 ? shapes[shape].second_first : 0x80,
			     k == 1 ? shapes[shape].second_last : 0xBF))
			return 0;
		value = value << 6 | (s[k] & 0x3F);
	}
	*cp = value;
	return shapes[shape].len;
}

size_t utf8_decode(const char *text, size_t len, uint32_t *cp)
{
	const unsigned char *s = (const unsigned char *)text;

	for (size_t i = 0; len > 0 && i < ARRAY_SIZE(shapes); i++)
		if (between(s[0], shapes[i].lead_first, shapes[i].lead_last))
			return decode_shape(s, len, i, cp);
	return 0;
}

size_t utf8_encode(char out[static 4], uint32_t cp)
{
	static const unsigned char lead_marks[] = { 0, 0x00, 0xC0, 0xE0, 0xF0 };
	size_t len = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;

	for (size_t k = len - 1; k > 0; k--) {
		out[k] = (char)(0x80 | (cp & 0x3F));
		cp >>= 6;
	}
	out[0] = (char)(lead_marks[len] | cp);
	return len;
}

bool utf8_valid(const char *text, size_t len)
{
	uint32_t cp;

	while (len > 0) {
		size_t n = utf8_decode(text, len, &cp);

		if (n == 0)
			return false;
		text += n;
		len -= n;
	}
	return true;
}

void utf8_mend_cuts(char *text)
{
	size_t len = strlen(text), kept = 0, n;
	uint32_t cp;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = utf8_decode(text + i, len - i, &cp);
		memmove(text + kept, text + i, n);
		kept += n;
	}
	text[kept] = '\0';
}

bool utf8_is_control(uint32_t cp)
{
	return cp < 0x20 || between(cp, 0x7F, 0x9F) || cp == 0x2028 || cp == 0x2029;
}

bool utf8_is_bidi(uint32_t cp)
{
	return cp == 0x061C || cp == 0x200E || cp == 0x200F || between(cp, 0x202A, 0x202E) ||
	       between(cp, 0x2066, 0x2069);
}

bool utf8_is_ignorable(uint32_t cp)
{
	return between(cp, 0x200B, 0x200D) || between(cp, 0x206A, 0x206F) || cp == 0xFEFF;
}
