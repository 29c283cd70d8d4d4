/* SPDX-License-Identifier: Apache-2.0 */
/* Object ids: text and back, and what is no id. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/oid.h"

#define DIGITS "0123456789abcdef0123456789abcdef01234567"

static void test_text_and_back(void **state)
{
	struct oid id = { 0 }, upper = { 0 };
	char hex[OID_HEX];

	(void)state;
	assert_true(oid_parse(&id, DIGITS));
	assert_int_equal(id.id[0], 0x01);
	assert_int_equal(id.id[5], 0xab);
	assert_int_equal(id.id[19], 0x67);
	oid_hex(&id, hex);
	assert_string_equal(hex, DIGITS);
	assert_true(oid_parse(&upper, "0123456789ABCDEF0123456789ABCDEF01234567"));
	assert_true(oid_equal(&id, &upper));
}

static void test_no_id(void **state)
{
	static const char *const wrong[] = {
		"",
		"0123456789abcdef0123456789abcdef0123456",   /* 39 */
		"0123456789abcdef0123456789abcdef012345678", /* 41 */
		"g123456789abcdef0123456789abcdef01234567",
		"0123456789abcdef0123456789abcdef0123456/",
		" 123456789abcdef0123456789abcdef01234567",
		"0x23456789abcdef0123456789abcdef01234567",
	};
	struct oid id;

	(void)state;
	assert_true(oid_parse(&id, DIGITS));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		char hex[OID_HEX];

		assert_false(oid_parse(&id, wrong[i]));
		oid_hex(&id, hex);
		assert_string_equal(hex, DIGITS); /* as it was */
	}
}

static void test_zero_and_equal(void **state)
{
	struct oid a = { 0 }, b = { 0 };

	(void)state;
	assert_true(oid_is_zero(&a));
	b.id[OID_SIZE - 1] = 1;
	assert_false(oid_is_zero(&b));
	assert_false(oid_equal(&a, &b));
	a.id[OID_SIZE - 1] = 1;
	assert_true(oid_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_and_back),
		cmocka_unit_test(test_no_id),
		cmocka_unit_test(test_zero_and_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
