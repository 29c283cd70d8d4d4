/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A secret and a text, with a record separator in between. Neither the secret nor its hex survives
 * in the text or in one that was made of both, be it words or a name, and masks make no text much
 * longer.
 */

#include "fuzz.h"

#include "secret/secret.h"

#define SECRET_LEN_MAX 200

static void check_gone(const struct buf *text, const char *secret, size_t len)
{
	/* A mask may complete a secret that has an asterisk of its own. */
	if (len && !memchr(secret, '*', len))
		MUST(!memmem(buf_str(text), text->len, secret, len));
}

static void check_one(const struct buf *original, const char *secret, size_t len,
		      void (*redact)(struct buf *))
{
	cleanup_buf struct buf once = BUF_INIT(FUZZ_OUT_MAX);

	buf_add(&once, buf_str(original), original->len);
	redact(&once);
	MUST(once.len <= 2 * original->len + 3);
	MUST(!once.full);
	if (len >= 4)
		check_gone(&once, secret, len);
}

static void check(const struct buf *original, const char *secret, size_t len)
{
	check_one(original, secret, len, secret_redact);
	check_one(original, secret, len, secret_redact_whole);
}

static void add_hex(struct buf *out, const char *secret, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_addf(out, i % 2 ? "%02X" : "%02x", (unsigned char)secret[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	cleanup_buf struct buf text = BUF_INIT(FUZZ_OUT_MAX), hex = BUF_INIT(FUZZ_OUT_MAX);
	cleanup_buf struct buf name = BUF_INIT(FUZZ_OUT_MAX);
	cleanup_secret struct secret s = { 0 };
	const uint8_t *rest;
	size_t rest_len, secret_len = fuzz_split(data, len, &rest, &rest_len);
	const char *secret = (const char *)data;

	if (secret_len > SECRET_LEN_MAX)
		return 0;
	secret_set(&s, secret, secret_len);
	buf_add(&text, rest, rest_len);
	check(&text, secret, secret_len);
	buf_add(&text, secret, secret_len);
	buf_add(&text, rest, rest_len);
	check(&text, secret, secret_len);
	if (secret_len < 8)
		return 0;
	add_hex(&hex, secret, secret_len);
	buf_add(&text, hex.data, hex.len);
	buf_add(&name, buf_str(&text), text.len);
	secret_redact(&text);
	check_gone(&text, hex.data, hex.len);
	secret_redact_whole(&name);
	check_gone(&name, hex.data, hex.len);
	return 0;
}
