/* SPDX-License-Identifier: Apache-2.0 */
/* Registered secrets in all their forms: none survives, and nothing else is touched. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "encodings.h"
#include "format/json.h"
#include "secret/secret.h"

#define TOKEN "dapi7f3c9a51e08b2d64a6c5f0e19b8d3427"

static const struct {
	const char *text, *wanted;
} table[] = {
	{ "token " TOKEN ".", "token ***." },
	/* Other case, and with marks instead of minus and underscore. */
	{ "DAPI7F3C9A51E08B2D64A6C5F0E19B8D3427", "***" },
	{ "a-dApI7f3C9a51E08b2D64a6C5f0E19b8D3427 x", "a-*** x" },
	/* Base64 in the three alignments; the digits at the ends belong to the neighbours too. */
	{ "ZGFwaTdmM2M5YTUxZTA4YjJkNjRhNmM1ZjBlMTliOGQzNDI3", "***" },
	{ "x:ZGFwaTdmM2M5YTUxZTA4YjJkNjRhNmM1ZjBlMTliOGQzNDI3=", "x:***=" },
	{ "OmRhcGk3ZjNjOWE1MWUwOGIyZDY0YTZjNWYwZTE5YjhkMzQyNw==", "Om***w==" },
	{ "YTpkYXBpN2YzYzlhNTFlMDhiMmQ2NGE2YzVmMGUxOWI4ZDM0Mjc=", "YTp***c=" },
	{ "ZGFwaTdmM2M5YTUxZTA4YjJkNjRhNm\r\nM1ZjBlMTliOGQzNDI3", "***" },
	{ "ZGFwaTdmM2M5YTUxZTA4YjJkNjRhNm%0D%0AM1ZjBlMTliOGQzNDI3", "***" },
	/* Hex. */
	{ "0x6461706937663363396135316530386232643634613663356630653139623864333432370a",
	  "0x***0a" },
	{ "64617069376633633961353165303862 32643634613663356630653139623864 33343237", "***" },
	{ "64 61 70 69 37 66 33 63 39 61 35 31 65 30 38 62  |dapi7f3c9a51e08b|", "***  |***|" },
	/* Escapes, also of single bytes, also twice. */
	{ "{\"t\":\"\\u0064api7f3c9a51e08b2d64a6c5f0e19b8d342\\u0037\"}", "{\"t\":\"***\"}" },
	{ "{\\\"t\\\":\\\"\\\\u0064api7f3c9a51e08b2d64a6c5f0e19b8d3427\\\"}",
	  "{\\\"t\\\":\\\"***\\\"}" },
	{ "?t=%64api7f3c9a51e08b2d64a6c5f0e19b8d342%37&x", "?t=***&x" },
	{ "?t=%2564%61pi7f3c9a51e08b2d64a6c5f0e19b8d3427", "?t=***" },
	{ "<b>&#100;&#x61;pi7f3c9a51e08b2d64a6c5f0e19b8d3427</b>", "<b>***</b>" },
	{ "\\x64\\x61pi7f3c9a51e08b2d64a6c5f0e19b8d3427", "***" },
	/* Broken lines. */
	{ "dapi7f3c9a51e08b\n2d64a6c5f0e19b8d3427", "***" },
	{ "dapi7f3c9a51e08b\r\n\t2d64a6c5f0e19b8d3427 end", "*** end" },
	{ "dapi7f3c9a51e08b\\n2d64a6c5f0e19b8d3427", "***" },
	{ "dapi7f3c9a51e08b\\\n2d64a6c5f0e19b8d3427", "***" },
	/* Only a part of it: from 8 bytes on, wherever they are from. */
	{ "server said: 19b8d3427 is wrong", "server said: *** is wrong" },
	{ "cut: dapi7f3c", "cut: ***" },
	{ "cut: dapi7f3", "cut: dapi7f3" },
	{ "9b8d3427 b8d3427", "*** b8d3427" },
	{ "middle 51e08b2d64a6 here", "middle *** here" },
	{ "TFlMDhiMmQ2NG hex 3139623864333432", "*** hex ***" },
	/* Next to what looks like an escape of its own. */
	{ "%" TOKEN "%41", "%***%41" },
	{ "\\" TOKEN "\\", "\\***\\" },
	{ "&#" TOKEN ";", "&#***;" },
	/* What is none of it. */
	{ "dapi 7f3 x9a5", "dapi 7f3 x9a5" },
	{ "\\u0064 %64 &#100; \\", "\\u0064 %64 &#100; \\" },
	{ "%", "%" },
	{ "%2", "%2" },
	{ "%25", "%25" },
	{ "\\u00", "\\u00" },
	{ "&#1", "&#1" },
	{ "&#x;", "&#x;" },
};

static void redact(struct buf *out, const char *text, size_t len)
{
	buf_add(out, text, len);
	secret_redact(out);
}

static void test_table(void **state)
{
	cleanup_secret struct secret s = { 0 };

	(void)state;
	secret_set(&s, TOKEN, strlen(TOKEN));
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_buf struct buf b = BUF_INIT(4096);

		redact(&b, table[i].text, strlen(table[i].text));
		assert_string_equal(buf_str(&b), table[i].wanted);
	}
}

static void test_odd_secrets(void **state)
{
	static const struct {
		const char *secret, *text, *wanted;
	} odd[] = {
		{ "two words here", "x two words here y", "x *** y" },
		{ "two words here", "two+words-here two%20words%20here", "two+words-here ***" },
		{ "100%41sure\\n!", "a 100%41sure\\n! b", "a *** b" },
		{ "100%41sure\\n!", "100%2541sure%5Cn%21", "***" },
		{ "a\\nice-secret", "a\\nice-secret \"a\\\\nice-secret\"", "*** \"***\"" },
		{ "t\xC3\xB6ken-g\xC3\xBCltig", "t\\u00f6ken-g\\u00FCltig", "***" },
		{ "t\xC3\xB6ken-g\xC3\xBCltig", "t%C3%B6ken-g%C3%BCltig", "***" },
		{ "t\xC3\xB6ken-g\xC3\xBCltig", "t&#246;ken-g&#xfc;ltig", "***" },
		{ "euro\xE2\x82\xAC sign", "euro\\u20ac sign", "***" },
		{ "aaaaaaaaaaaa", "aaaaaaa aaaaaaaa", "***" },
		{ "p-s ss o", "a p-s ss o b", "a *** b" },
		{ "a b c d e", "a b c d e", "***" },
		{ "short", "short shor SHORT", "*** shor ***" },
		{ "short", "sho\nrt 73686f7274", "sho\nrt 73686f7274" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		cleanup_secret struct secret s = { 0 };
		cleanup_buf struct buf b = BUF_INIT(4096);

		secret_set(&s, odd[i].secret, strlen(odd[i].secret));
		redact(&b, odd[i].text, strlen(odd[i].text));
		assert_string_equal(buf_str(&b), odd[i].wanted);
	}
}

/* ---- any secret, any encoding, any text ---- */

static uint64_t seed;

static uint32_t number(uint32_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % below;
}

static void add_any(struct buf *out, const char *alphabet, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_add_char(out, alphabet[number((uint32_t)strlen(alphabet))]);
}

#define TOKENS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-+/=~"
#define WORDS  "abc def ghi JKL mno PQR stu 012 345 .,;:()'[]{}\n\t"
#define EDGES  4 /* digits of base64 or hex that belong to the neighbours of a secret */

/* BEFORE ENCODED AFTER; what stays must be BEFORE *** AFTER, but for a few digits of neighbours. */
static void check_hidden(const struct buf *before, const struct buf *coded, const struct buf *after,
			 size_t neighbours)
{
	cleanup_buf struct buf text = BUF_UNBOUNDED;

	buf_add(&text, buf_str(before), before->len);
	buf_add(&text, buf_str(coded), coded->len);
	buf_add(&text, buf_str(after), after->len);
	secret_redact(&text);
	if (text.len > before->len + after->len + 3 + neighbours || text.len < before->len ||
	    memcmp(text.data, buf_str(before), before->len) != 0 ||
	    memcmp(text.data + text.len - after->len, buf_str(after), after->len) != 0 ||
	    !strstr(text.data + before->len, "***"))
		fail_msg("'%s' left '%s'", buf_str(coded), buf_str(&text));
}

static void one_round(void)
{
	cleanup_buf struct buf token = BUF_INIT(1000), pair = BUF_INIT(1000);
	cleanup_buf struct buf before = BUF_INIT(1000), after = BUF_INIT(1000);
	cleanup_secret struct secret s = { 0 };

	add_any(&token, TOKENS, 8 + number(90));
	secret_set(&s, token.data, token.len);
	add_any(&before, WORDS, number(60));
	buf_add_str(&before, " <"); /* no part of an escape */
	buf_add_str(&after, "> ");
	add_any(&after, WORDS, number(60));
	for (int how = 0; how < ENC_COUNT; how++) {
		cleanup_buf struct buf coded = BUF_INIT(100000), outer = BUF_INIT(1000000);
		static const enum encoding wraps[] = { ENC_PLAIN,   ENC_JSON_U, ENC_JSON,
						       ENC_PERCENT, ENC_URL,    ENC_LINES };

		encode(&coded, (enum encoding)how, token.data, token.len);
		check_hidden(&before, &coded, &after, EDGES);
		encode(&outer, wraps[number(ARRAY_SIZE(wraps))], coded.data, coded.len);
		check_hidden(&before, &outer, &after, 6 * EDGES);
	}
	/* user:token, as HTTP Basic has it. */
	add_any(&pair, "abcdefg", 1 + number(5));
	buf_addf(&pair, ":%s", token.data);
	for (int how = ENC_BASE64; how <= ENC_BASE64_LINES; how++) {
		cleanup_buf struct buf coded = BUF_INIT(100000);

		encode(&coded, (enum encoding)how, pair.data, pair.len);
		check_hidden(&before, &coded, &after, (pair.len - token.len) * 4 / 3 + EDGES);
	}
}

static void test_no_encoding_survives(void **state)
{
	(void)state;
	seed = 1;
	for (int i = 0; i < 60; i++)
		one_round();
}

/* The start or the end of any encoding, of which enough is left. */
static void test_no_half_survives(void **state)
{
	(void)state;
	seed = 2;
	for (int i = 0; i < 60; i++) {
		cleanup_buf struct buf token = BUF_INIT(1000), none = BUF_INIT(1);
		cleanup_secret struct secret s = { 0 };

		add_any(&token, TOKENS, 40);
		secret_set(&s, token.data, token.len);
		for (int how = 0; how < ENC_COUNT; how++) {
			cleanup_buf struct buf coded = BUF_INIT(100000), half = BUF_INIT(100000);
			size_t cut;

			encode(&coded, (enum encoding)how, token.data, token.len);
			cut = coded.len / 2 + number((uint32_t)coded.len / 2);
			buf_add(&half, coded.data, cut);
			check_hidden(&none, &half, &none, 16); /* the escape that was cut */
			buf_clear(&half);
			buf_add(&half, coded.data + coded.len - cut, cut);
			check_hidden(&none, &half, &none, 16);
		}
	}
}

static void test_other_text_stays(void **state)
{
	/* Escapes, digits and blanks in plenty, but nothing that has the shape of a token. */
	static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789   \n\\%&#;u25x=+/-_";

	(void)state;
	seed = 3;
	for (int i = 0; i < 200; i++) {
		cleanup_buf struct buf token = BUF_INIT(1000);
		cleanup_buf struct buf text = BUF_INIT(4000), copy = BUF_INIT(4000);
		cleanup_secret struct secret s = { 0 };

		add_any(&token, TOKENS, 16 + number(90));
		secret_set(&s, token.data, token.len);
		add_any(&text, alphabet, number(3000));
		buf_add(&copy, buf_str(&text), text.len);
		secret_redact(&copy);
		assert_string_equal(buf_str(&copy), buf_str(&text));
	}
}

/* Texts that are made to keep a search busy. Each takes milliseconds; were the time for one not in
 * proportion to its length, it would take minutes. */
static void test_long_texts(void **state)
{
	static const char *const pieces[] = {
		"eyJ",     "eyJhbGci.", "//a:",      "authorization ", "Bearer ",    "\\",
		"%25",     "&#",        "aaaaaaa b", "aaaaaaaa",       " ",          "%5C",
		"dapi012", "ghp_",      "glpat-",    "glpat-A",        "Basic YTpi", "eyJhbGciOiJ",
	};
	cleanup_secret struct secret s = { 0 }, last = { 0 };
	cleanup_free char *long_one = xmalloc(SECRET_MAX);

	(void)state;
	memset(long_one, 'a', SECRET_MAX);
	secret_set(&s, long_one, SECRET_MAX);
	secret_set(&last, "token-at-the-end!", strlen("token-at-the-end!"));
	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		cleanup_buf struct buf text = BUF_UNBOUNDED;

		while (text.len < (size_t)256 << 10)
			buf_add_str(&text, pieces[i]);
		buf_add_str(&text, " token-at-the-end!");
		secret_redact(&text);
		assert_true(text.len > 0);
		assert_null(strstr(buf_str(&text), "token-at-the-end"));
	}
}

static void test_many_secrets(void **state)
{
	struct secret many[50] = { 0 };
	cleanup_buf struct buf b = BUF_INIT(10000);

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(many); i++) {
		char text[32];

		snprintf(text, sizeof(text), "token-number-%04u!", i * 37);
		secret_set(&many[i], text, strlen(text));
	}
	buf_add_str(&b, "a TOKEN+NUMBER+0037! b dG9rZW4tbnVtYmVyLTE4MTMh c");
	secret_redact(&b);
	assert_string_equal(buf_str(&b), "a *** b *** c");
	for (unsigned i = 0; i < ARRAY_SIZE(many); i++)
		secret_release(&many[i]);
	buf_clear(&b);
	buf_add_str(&b, "a token-number-0037! b");
	secret_redact(&b);
	assert_string_equal(buf_str(&b), "a token-number-0037! b");
}

/* Printed JSON could not be masked: a value of Authorization: ends with the line. */
static void test_json(void **state)
{
	static const char text[] =
		"{\"a\":[\"x " TOKEN "\",1,null],\"b\":{\"c\":\"Authorization: "
		"Bearer abc\",\"d\":\"https://ana:pw@acme.example/x\",\"e\":\"\"}}";
	cleanup_secret struct secret s = { 0 };
	cleanup_json struct json *v = NULL;
	cleanup_free char *printed = NULL;

	(void)state;
	secret_set(&s, TOKEN, strlen(TOKEN));
	assert_int_equal(json_parse(&v, text, strlen(text), 1000, NULL), 0);
	json_redact(v);
	printed = json_print(v, false);
	assert_string_equal(printed,
			    "{\"a\":[\"x ***\",1,null],\"b\":{\"c\":\"Authorization: ***\","
			    "\"d\":\"https://***@acme.example/x\",\"e\":\"\"}}");
}

static void test_whole_only(void **state)
{
	cleanup_secret struct secret s = { 0 };
	cleanup_buf struct buf b = BUF_INIT(1000);

	(void)state;
	secret_set(&s, TOKEN, strlen(TOKEN));
	buf_add_str(&b, "Explain 'Authorization: Bearer' for " TOKEN ", not 19b8d3427");
	secret_redact_whole(&b);
	assert_string_equal(buf_str(&b), "Explain 'Authorization: Bearer' for ***, not 19b8d3427");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_odd_secrets),
		cmocka_unit_test(test_no_encoding_survives),
		cmocka_unit_test(test_no_half_survives),
		cmocka_unit_test(test_other_text_stays),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_many_secrets),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_whole_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
