/* SPDX-License-Identifier: Apache-2.0 */
/* Every code point, and every two bytes that are not one. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static void test_every_code_point(void **state)
{
	char bytes[5] = "";
	uint32_t cp, got;

	(void)state;
	for (cp = 0; cp <= 0x10FFFF; cp++) {
		size_t n = utf8_encode(bytes, cp);
		bool surrogate = cp >= 0xD800 && cp <= 0xDFFF;

		got = 0x110000;
		if (utf8_decode(bytes, n, &got) != (surrogate ? 0 : n) ||
		    got != (surrogate ? 0x110000 : cp))
			fail_msg("U+%04X", cp);
		for (size_t cut = 0; cut < n; cut++)
			if (utf8_decode(bytes, cut, &got) != 0)
				fail_msg("U+%04X cut to %zu bytes", cp, cut);
	}
	utf8_encode(bytes, 0x110000);
	assert_int_equal(utf8_decode(bytes, 4, &got), 0);
}

/* Of all pairs of bytes, those are valid that two ASCII characters or one of two bytes make. */
static void test_every_pair_of_bytes(void **state)
{
	(void)state;
	for (int a = 0; a < 256; a++) {
		for (int b = 0; b < 256; b++) {
			const char pair[] = { (char)a, (char)b };
			bool valid = (a < 0x80 && b < 0x80) ||
				     (a >= 0xC2 && a <= 0xDF && b >= 0x80 && b <= 0xBF);

			if (utf8_valid(pair, 2) != valid)
				fail_msg("%02x %02x", (unsigned)a, (unsigned)b);
		}
	}
}

static void test_invalid_sequences(void **state)
{
	static const char *const table[] = {
		"\x80",
		"\xE0\x80\x80",
		"\xE0\x9F\xBF",
		"\xED\xA0\x80",
		"\xF0\x80\x80\x80",
		"\xF0\x8F\xBF\xBF",
		"\xF4\x90\x80\x80",
		"\xF5\x80\x80\x80",
		"\xE2\x82",
		"\xE2\x28\xA1",
		"\xF0\x9F\x98\x28",
		"\xFF",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_false(utf8_valid(table[i], strlen(table[i])));
	assert_true(utf8_valid("", 0));
	assert_true(utf8_valid("a\0b", 3));
	assert_true(utf8_valid("\xE2\x82\xAC\xF0\x9F\x98\x80", 7));
}

static void test_kinds(void **state)
{
	static const uint32_t controls[] = { 0, 0x0A, 0x1F, 0x7F, 0x80, 0x9F, 0x2028, 0x2029 };
	static const uint32_t bidi[] = { 0x061C, 0x200E, 0x200F, 0x202A, 0x202E, 0x2066, 0x2069 };
	static const uint32_t ignorable[] = { 0x200B, 0x200C, 0x200D, 0x206A, 0x206F, 0xFEFF };
	static const uint32_t plain[] = { ' ', 'a', 0xA0, 0xE9, 0x2027, 0x2030, 0x2065, 0x2070 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(controls); i++)
		assert_true(utf8_is_control(controls[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bidi); i++)
		assert_true(utf8_is_bidi(bidi[i]));
	for (size_t i = 0; i < ARRAY_SIZE(ignorable); i++)
		assert_true(utf8_is_ignorable(ignorable[i]));
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		assert_false(utf8_is_control(plain[i]) || utf8_is_bidi(plain[i]) ||
			     utf8_is_ignorable(plain[i]));
}

static void test_cuts(void **state)
{
	static const struct {
		const char *cut, *mended;
	} cases[] = {
		{ "", "" },
		{ "a\xC3\xA9", "a\xC3\xA9" },
		{ "'a\xC3'", "'a'" },
		{ "['\xE2\x80']", "['']" },
		{ "\xF0\x9F\x98", "" },
		{ "\xF0\x9F\x98'\xF0\x9F\x98\x80'", "'\xF0\x9F\x98\x80'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char text[32];

		snprintf(text, sizeof(text), "%s", cases[i].cut);
		utf8_mend_cuts(text);
		assert_string_equal(text, cases[i].mended);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_point),
		cmocka_unit_test(test_every_pair_of_bytes),
		cmocka_unit_test(test_invalid_sequences),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
