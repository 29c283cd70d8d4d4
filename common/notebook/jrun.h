/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inner loops of everything that touches JSON: where does the run of ordinary bytes of a string
 * end, where does white space end? Outputs are mostly base64 in strings of megabytes, so the first
 * decides the speed of the whole. In a header, because a call would cost as much as a short run.
 */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* What jrun_copy() may write beyond the run. */
#define JRUN_SLACK 16

/* Whether a byte needs attention inside a string: a quote, a backslash, a control character and,
 * if stop_high, anything above 0x7F. */
static inline bool jrun_stops_at(unsigned char c, bool stop_high)
{
	return c == '"' || c == '\\' || c < 0x20 || (stop_high && c >= 0x80);
}

static inline bool jrun_is_white(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

#ifdef __SSE2__
static inline __m128i jrun_load(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

/* A bit for each of the 16 bytes that ends the run. */
static inline unsigned jrun_stops(__m128i v, bool stop_high)
{
	__m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
	__m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
	__m128i low = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1F)), v);
	__m128i any = _mm_or_si128(_mm_or_si128(quote, slash), low);

	if (stop_high)
		any = _mm_or_si128(any, v); /* movemask takes the top bits */
	return (unsigned)_mm_movemask_epi8(any);
}

/* A bit for each of the 16 bytes that is no white space. */
static inline unsigned jrun_ink(__m128i v)
{
	__m128i blank = _mm_cmpeq_epi8(v, _mm_set1_epi8(' '));
	__m128i lf = _mm_cmpeq_epi8(v, _mm_set1_epi8('\n'));
	__m128i tab = _mm_cmpeq_epi8(v, _mm_set1_epi8('\t'));
	__m128i cr = _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'));
	__m128i white = _mm_or_si128(_mm_or_si128(blank, lf), _mm_or_si128(tab, cr));

	return (unsigned)_mm_movemask_epi8(white) ^ 0xFFFFU;
}
#endif

/* The first byte that needs attention, or end. */
static inline const char *jrun_end(const char *p, const char *end, bool stop_high)
{
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		unsigned mask = jrun_stops(jrun_load(p), stop_high);

		if (mask)
			return p + __builtin_ctz(mask);
	}
#endif
	while (p < end && !jrun_stops_at((unsigned char)*p, stop_high))
		p++;
	return p;
}

/* The same, copying the run to *to, which has room for it and JRUN_SLACK bytes more. */
static inline const char *jrun_copy(char **to, const char *p, const char *end, bool stop_high)
{
	char *o = *to;
#ifdef __SSE2__
	for (; end - p >= 16; p += 16, o += 16) {
		__m128i v = jrun_load(p);
		unsigned mask = jrun_stops(v, stop_high);

		_mm_storeu_si128((__m128i *)(void *)o, v);
		if (mask) {
			*to = o + __builtin_ctz(mask);
			return p + __builtin_ctz(mask);
		}
	}
#endif
	while (p < end && !jrun_stops_at((unsigned char)*p, stop_high))
		*o++ = *p++;
	*to = o;
	return p;
}

/* The first byte that is no white space, or end. */
static inline const char *jrun_white(const char *p, const char *end)
{
	if (p < end && !jrun_is_white(*p))
		return p;
#ifdef __SSE2__
	for (; end - p >= 16; p += 16) {
		unsigned mask = jrun_ink(jrun_load(p));

		if (mask)
			return p + __builtin_ctz(mask);
	}
#endif
	while (p < end && jrun_is_white(*p))
		p++;
	return p;
}
