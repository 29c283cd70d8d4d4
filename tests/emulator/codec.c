/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64 (RFC 4648) and SHA-256 (FIPS 180-4), small rather than fast: an import of 10 MB spends
 * more time in the JSON parser. No library is linked for them, so that the emulator starts at once.
 */

#include "tests/emulator/codec.h"

#include <stdio.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool codec_base64(struct buf *out, const void *data, size_t len)
{
	const unsigned char *in = data;
	char *at;

	if (!buf_reserve(out, (len + 2) / 3 * 4))
		return false;
	at = out->data + out->len;
	for (size_t i = 0; i < len; i += 3) {
		unsigned b = i + 1 < len ? in[i + 1] : 0, c = i + 2 < len ? in[i + 2] : 0;

		*at++ = alphabet[in[i] >> 2];
		*at++ = alphabet[(in[i] & 3u) << 4 | b >> 4];
		*at++ = i + 1 < len ? alphabet[(b & 15u) << 2 | c >> 6] : '=';
		*at++ = i + 2 < len ? alphabet[c & 63u] : '=';
	}
	*at = '\0';
	out->len = (size_t)(at - out->data);
	return true;
}

/* The value of one character; -1: white space, -2: padding, -3: anything else. */
static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	if (c == '/')
		return 63;
	if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
		return -1;
	return c == '=' ? -2 : -3;
}

bool codec_unbase64(struct buf *out, const char *text)
{
	unsigned bits = 0, count = 0, padding = 0;

	if (!buf_reserve(out, strlen(text) / 4 * 3 + 3))
		return false;
	for (; *text; text++) {
		int v = sextet(*text);

		if (v == -1)
			continue;
		if (v == -3 || (v >= 0 && padding))
			return false;
		if (v == -2) {
			padding++;
			continue;
		}
		bits = bits << 6 | (unsigned)v;
		if (++count % 4 == 0) {
			char three[] = { (char)(bits >> 16), (char)(bits >> 8), (char)bits };

			buf_add(out, three, sizeof(three));
			bits = 0;
		}
	}
	if (count % 4 == 1 || padding > 2)
		return false;
	if (count % 4 == 2)
		return buf_add_char(out, (char)(bits >> 4));
	if (count % 4 == 3)
		return buf_add_char(out, (char)(bits >> 10)) &&
		       buf_add_char(out, (char)(bits >> 2));
	return true;
}

static const uint32_t sha_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};

static uint32_t rotate(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static void sha_schedule(uint32_t w[static 64], const unsigned char *block)
{
	for (unsigned i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (unsigned i = 16; i < 64; i++) {
		uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
		uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;

		w[i] = w[i - 16] + s0 + w[i - 7] + s1;
	}
}

static void sha_block(uint32_t h[static 8], const unsigned char *block)
{
	uint32_t w[64], v[8];

	sha_schedule(w, block);
	memcpy(v, h, sizeof(v));
	for (unsigned i = 0; i < 64; i++) {
		uint32_t s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
		uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
		uint32_t t1 = v[7] + s1 + choice + sha_k[i] + w[i];
		uint32_t s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
		uint32_t t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (unsigned i = 0; i < 8; i++)
		h[i] += v[i];
}

void codec_sha256(char out[static CODEC_SHA256_SIZE], const void *data, size_t len)
{
	uint32_t h[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
			  0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
	const unsigned char *in = data;
	unsigned char tail[128] = { 0 };
	size_t rest = len % 64, tail_len = rest < 56 ? 64 : 128;
	uint64_t bits = (uint64_t)len * 8;

	for (size_t i = 0; i + 64 <= len; i += 64)
		sha_block(h, in + i);
	if (rest)
		memcpy(tail, in + len - rest, rest);
	tail[rest] = 0x80;
	for (unsigned i = 0; i < 8; i++)
		tail[tail_len - 1 - i] = (unsigned char)(bits >> (8 * i));
	for (size_t i = 0; i < tail_len; i += 64)
		sha_block(h, tail + i);
	for (unsigned i = 0; i < 8; i++)
		snprintf(out + 8 * i, 9, "%08x", h[i]);
}
