/* SPDX-License-Identifier: Apache-2.0 */
/* The bounded buffer: what fits is there, what does not leaves no trace, and full is sticky. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static void test_empty(void **state)
{
	struct buf b = BUF_INIT(10);

	(void)state;
	assert_string_equal(buf_str(&b), "");
	assert_null(b.data);
	assert_false(b.full);
	buf_release(&b);
	buf_release(&b);
	assert_int_equal(b.max, 10);
}

static void test_zeroed_buffer_takes_nothing(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_false(buf_add_char(&b, 'x'));
	assert_true(b.full);
	buf_release(&b);
}

static void test_add(void **state)
{
	cleanup_buf struct buf b = BUF_INIT(100);

	(void)state;
	assert_true(buf_add_str(&b, "ab"));
	assert_true(buf_add_char(&b, 'c'));
	assert_true(buf_addf(&b, "%d%s", 12, "z"));
	assert_true(buf_add(&b, "\0!", 2));
	assert_true(buf_add(&b, NULL, 0));
	assert_int_equal(b.len, 8);
	assert_memory_equal(b.data, "abc12z\0!", 9);
}

static void test_maximum(void **state)
{
	static const struct {
		size_t max, first, second;
		bool ok_first, ok_second;
	} table[] = {
		{ 4, 4, 0, true, true },     { 4, 4, 1, true, false },
		{ 4, 5, 1, false, false },   { 4, 3, 1, true, true },
		{ 0, 0, 0, true, true },     { 0, 1, 0, false, false },
		{ 100, 64, 36, true, true }, { 100, 64, 37, true, false },
	};
	char data[128];

	(void)state;
	memset(data, 'x', sizeof(data));
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct buf b = BUF_INIT(table[i].max);
		size_t want = (table[i].ok_first ? table[i].first : 0) +
			      (table[i].ok_second ? table[i].second : 0);

		assert_int_equal(buf_add(&b, data, table[i].first), table[i].ok_first);
		assert_int_equal(buf_add(&b, data, table[i].second), table[i].ok_second);
		assert_int_equal(b.len, want);
		assert_int_equal(b.full, !(table[i].ok_first && table[i].ok_second));
		assert_int_equal(strlen(buf_str(&b)), want);
		buf_release(&b);
	}
}

static void test_full_is_sticky_until_cleared(void **state)
{
	cleanup_buf struct buf b = BUF_INIT(4);

	(void)state;
	assert_true(buf_add_str(&b, "abc"));
	assert_false(buf_add_str(&b, "de"));
	assert_false(buf_add_char(&b, 'd')); /* would fit, but the text would have a hole */
	assert_string_equal(buf_str(&b), "abc");
	buf_clear(&b);
	assert_false(b.full);
	assert_string_equal(buf_str(&b), "");
	assert_true(buf_add_str(&b, "wxyz"));
	assert_string_equal(buf_str(&b), "wxyz");
}

static void test_reserve(void **state)
{
	cleanup_buf struct buf b = BUF_INIT(1000);
	char *at;

	(void)state;
	assert_true(buf_reserve(&b, 500));
	at = b.data;
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 500; i++)
		assert_true(buf_add_char(&b, 'q'));
	assert_ptr_equal(b.data, at);
	assert_false(buf_reserve(&b, 501));
	assert_true(b.full);
}

static void test_steal(void **state)
{
	struct buf b = BUF_INIT(10);
	size_t len = 99;
	char *s;

	(void)state;
	s = buf_steal(&b, &len);
	assert_string_equal(s, "");
	assert_int_equal(len, 0);
	free(s);
	buf_add_str(&b, "mine");
	s = buf_steal(&b, &len);
	assert_string_equal(s, "mine");
	assert_int_equal(len, 4);
	assert_null(b.data);
	assert_true(buf_add_str(&b, "0123456789")); /* the maximum survived */
	free(s);
	s = buf_steal(&b, NULL);
	assert_string_equal(s, "0123456789");
	free(s);
}

static void test_growth_keeps_content(void **state)
{
	cleanup_buf struct buf b = BUF_INIT(1 << 20);

	(void)state;
	for (int i = 0; i < 1 << 18; i++)
		assert_true(buf_addf(&b, "%c", 'a' + i % 26));
	assert_int_equal(b.len, 1 << 18);
	for (int i = 0; i < 1 << 18; i++)
		if (b.data[i] != 'a' + i % 26)
			fail_msg("byte %d is wrong", i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_zeroed_buffer_takes_nothing),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_full_is_sticky_until_cleared),
		cmocka_unit_test(test_reserve),
		cmocka_unit_test(test_steal),
		cmocka_unit_test(test_growth_keeps_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
