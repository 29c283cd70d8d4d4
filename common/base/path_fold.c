/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Simple case folding (Unicode's CaseFolding.txt, status C and S) for the scripts in which people
 * name notebooks: Latin, modern Greek, Cyrillic. It only has to find names that a case-insensitive
 * file system would take for one; what it does not know stays as it is, and so does invalid UTF-8.
 */

#include "base/path.h"

#include <string.h>

#include "base/utf8.h"

/* In [first, last] every step-th character, starting with first, folds to itself plus delta. */
struct fold_range {
	uint16_t first, last;
	uint8_t step;
	int16_t delta;
};

/* Ascending and disjoint. */
static const struct fold_range folds[] = {
	{ 0x0041, 0x005A, 1, 32 }, { 0x00B5, 0x00B5, 1, 775 },  { 0x00C0, 0x00D6, 1, 32 },
	{ 0x00D8, 0x00DE, 1, 32 }, { 0x0100, 0x012E, 2, 1 },    { 0x0132, 0x0136, 2, 1 },
	{ 0x0139, 0x0147, 2, 1 },  { 0x014A, 0x0176, 2, 1 },    { 0x0178, 0x0178, 1, -121 },
	{ 0x0179, 0x017D, 2, 1 },  { 0x017F, 0x017F, 1, -268 }, { 0x0386, 0x0386, 1, 38 },
	{ 0x0388, 0x038A, 1, 37 }, { 0x038C, 0x038C, 1, 64 },   { 0x038E, 0x038F, 1, 63 },
	{ 0x0391, 0x03A1, 1, 32 }, { 0x03A3, 0x03AB, 1, 32 },   { 0x03C2, 0x03C2, 1, 1 },
	{ 0x0400, 0x040F, 1, 80 }, { 0x0410, 0x042F, 1, 32 },   { 0x0460, 0x0480, 2, 1 },
	{ 0x048A, 0x04BE, 2, 1 },  { 0x04C0, 0x04C0, 1, 15 },   { 0x04C1, 0x04CD, 2, 1 },
	{ 0x04D0, 0x052E, 2, 1 },  { 0x1E00, 0x1E94, 2, 1 },    { 0x1E9E, 0x1E9E, 1, -7615 },
	{ 0x1EA0, 0x1EFE, 2, 1 },
};

static uint32_t fold(uint32_t cp)
{
	for (size_t i = 0; i < ARRAY_SIZE(folds) && cp >= folds[i].first; i++)
		if (cp <= folds[i].last && (cp - folds[i].first) % folds[i].step == 0)
			return (uint32_t)((int32_t)cp + folds[i].delta);
	return cp;
}

char *path_fold(const char *path)
{
	struct buf out = BUF_INIT(SIZE_MAX / 2);
	size_t len = strlen(path), n;
	char bytes[4];
	uint32_t cp;

	buf_reserve(&out, len);
	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(path + i, len - i, &cp);
		if (n == 0)
			n = buf_add_char(&out, path[i]);
		else
			buf_add(&out, bytes, utf8_encode(bytes, fold(cp)));
	}
	return buf_steal(&out, NULL);
}
