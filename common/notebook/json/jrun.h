/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The inner loops of everything that touches JSON: where does the run of ordinary bytes of a string
 * end, where does white space end? Outputs are mostly base64 in strings of megabytes, so the first
 * decides the speed of the whole. In a header, because a call would cost as much as a short run.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
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

/* A bit for each of the 16 bytes that needs attention, the lowest for the first. */
static inline unsigned jrun_mask16(const char *p, bool stop_high)
{
	__m128i v = jrun_load(p);
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
#else
#define JRUN_EACH(byte) (0x0101010101010101ULL * (byte))

/* The top bit of each byte of v that is 0. */
static inline uint64_t jrun_zeros(uint64_t v)
{
	return ~(((v & JRUN_EACH(0x7F)) + JRUN_EACH(0x7F)) | v | JRUN_EACH(0x7F));
}

/* A bit for each of eight bytes that needs attention, the lowest for the first. */
static inline unsigned jrun_mask8(const char *p, bool stop_high)
{
	uint64_t v, stops;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	stops = jrun_zeros(v ^ JRUN_EACH('"')) | jrun_zeros(v ^ JRUN_EACH('\\')) |
		jrun_zeros(v & JRUN_EACH(0xE0)) | (stop_high ? v & JRUN_EACH(0x80) : 0);
	return (unsigned)((stops >> 7) * 0x0102040810204080ULL >> 56); /* gathers the top bits */
}

static inline unsigned jrun_mask16(const char *p, bool stop_high)
{
	return jrun_mask8(p, stop_high) | jrun_mask8(p + 8, stop_high) << 8;
}
#endif

/* What is looked at at once where strings are long or full of escapes. */
#define JRUN_BLOCK 64

/* A bit for each byte of a block that needs attention, the lowest for the first. */
static inline uint64_t jrun_mask(const char *p, bool stop_high)
{
	uint64_t mask = 0;

	for (int i = 0; i < JRUN_BLOCK; i += 16)
		mask |= (uint64_t)jrun_mask16(p + i, stop_high) << i;
	return mask;
}

/* A whole block, where most of it is about to be overwritten: cheaper than to count. */
static inline void jrun_copy_block(char *to, const char *p)
{
	memcpy(to, p, JRUN_BLOCK);
}

/* Goes to the first byte that needs attention; false when fewer than 16 bytes are left. */
static inline bool jrun_find(const char **p, const char *end, bool stop_high)
{
	for (; end - *p >= 16; *p += 16) {
		unsigned mask = jrun_mask16(*p, stop_high);

		if (mask) {
			*p += __builtin_ctz(mask);
			return true;
		}
	}
	return false;
}

/* The first byte that needs attention, or end. Most strings are short and most bytes are in long
 * ones, so larger steps are taken only after a while. */
static inline const char *jrun_end(const char *p, const char *end, bool stop_high)
{
	if (jrun_find(&p, end - p > JRUN_BLOCK ? p + JRUN_BLOCK : end, stop_high))
		return p;
	while (end - p >= JRUN_BLOCK && !jrun_mask(p, stop_high))
		p += JRUN_BLOCK;
	if (jrun_find(&p, end, stop_high))
		return p;
	while (p < end && !jrun_stops_at((unsigned char)*p, stop_high))
		p++;
	return p;
}

/* The same, copying the run to *to, which has room for it and JRUN_SLACK bytes more. */
static inline const char *jrun_copy(char **to, const char *p, const char *end, bool stop_high)
{
	char *o = *to;

	for (; end - p >= 16; p += 16, o += 16) {
		unsigned mask = jrun_mask16(p, stop_high);

		memcpy(o, p, 16);
		if (mask) {
			*to = o + __builtin_ctz(mask);
			return p + __builtin_ctz(mask);
		}
	}
	while (p < end && !jrun_stops_at((unsigned char)*p, stop_high))
		*o++ = *p++;
	*to = o;
	return p;
}

/* Copies up to the next LF or to end, with the same room. */
static inline const char *jrun_copy_line(char **to, const char *p, const char *end)
{
	char *o = *to;
#ifdef __SSE2__
	for (; end - p >= 16; p += 16, o += 16) {
		__m128i v = jrun_load(p);
		__m128i lf = _mm_cmpeq_epi8(v, _mm_set1_epi8('\n'));
		unsigned mask = (unsigned)_mm_movemask_epi8(lf);

		memcpy(o, p, 16);
		if (mask) {
			*to = o + __builtin_ctz(mask);
			return p + __builtin_ctz(mask);
		}
	}
#endif
	while (p < end && *p != '\n')
		*o++ = *p++;
	*to = o;
	return p;
}

/* Copies len bytes; whether a CR is among them. Cheaper than to look for one afterwards. */
static inline bool jrun_copy_all(char *to, const char *p, size_t len)
{
	size_t done = 0;
	bool cr;
#ifdef __SSE2__
	__m128i any = _mm_setzero_si128(), wanted = _mm_set1_epi8('\r');

	for (; len - done >= JRUN_BLOCK; done += JRUN_BLOCK)
		for (size_t i = done; i < done + JRUN_BLOCK; i += 16) {
			__m128i v = jrun_load(p + i);

			any = _mm_or_si128(any, _mm_cmpeq_epi8(v, wanted));
			_mm_storeu_si128((__m128i *)(void *)(to + i), v);
		}
	cr = _mm_movemask_epi8(any) != 0;
#else
	cr = len && memchr(p, '\r', len);
#endif
	for (; done < len; done++) {
		to[done] = p[done];
		cr |= p[done] == '\r';
	}
	return cr;
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
