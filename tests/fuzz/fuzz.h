/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What all fuzz targets share: the entry point, assertions that say what broke, and what every
 * sentence that a person gets to see must be like. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"

#define FUZZ_OUT_MAX ((size_t)64 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define MUST(condition)                                                                         \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

/* Splits at the first record separator; *rest is what follows it (empty when there is none). */
static inline size_t fuzz_split(const uint8_t *data, size_t len, const uint8_t **rest,
				size_t *rest_len)
{
	const uint8_t *at = len ? memchr(data, 0x1E, len) : NULL;

	*rest = at ? at + 1 : data + len;
	*rest_len = at ? len - (size_t)(at - data) - 1 : 0;
	return at ? (size_t)(at - data) : len;
}

/* Whether text can be shown to a person in one line: UTF-8 that no control character or change of
 * direction disturbs. Not empty, and no longer than a sentence can be. */
static inline bool fuzz_readable(const char *text)
{
	size_t len = strnlen(text, ERR_TEXT_MAX), n;
	uint32_t cp;

	for (size_t i = 0; i < len; i += n) {
		n = utf8_decode(text + i, len - i, &cp);
		if (n == 0 || utf8_is_control(cp) || utf8_is_bidi(cp))
			return false;
	}
	return len > 0 && len < ERR_TEXT_MAX;
}
