/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What all fuzz targets share: the entry point, assertions that say what broke, what a sentence
 * is like, and time. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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

/* Whether text is a sentence as err.h wants it, as far as a program can tell: UTF-8 in one line, of
 * some length but not too long, no full stop. What else could upset a terminal is escaped by whoever
 * prints it. */
static inline bool fuzz_is_sentence(const char *text)
{
	size_t len = strnlen(text, ERR_TEXT_MAX);

	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
			return false;
	return len > 0 && len < ERR_TEXT_MAX && utf8_valid(text, len) && !str_ends(text, ".");
}

/* Seconds that this thread has computed: what waits for a busy machine does not count. */
static inline double fuzz_cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}
