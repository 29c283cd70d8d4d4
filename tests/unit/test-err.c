/* SPDX-License-Identifier: Apache-2.0 */
/* Error sentences: codes, wrapping, errno mapping, and cuts that never split a character. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/utf8.h"

static void test_set(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(e.code, 0);
	assert_string_equal(e.text, "");
	assert_int_equal(err_set(&e, ERR_DENIED, "cannot push to '%s'", "origin"), ERR_DENIED);
	assert_int_equal(e.code, ERR_DENIED);
	assert_string_equal(e.text, "cannot push to 'origin'");
	assert_int_equal(err_set(NULL, ERR_RETRY, "nobody listens"), ERR_RETRY);
}

static void test_wrap(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	err_set(&e, ERR_RETRY, "connection refused");
	assert_int_equal(err_wrap(&e, "cannot push to '%s'", "origin"), ERR_RETRY);
	assert_int_equal(err_wrap(&e, "mapping '%s'", "etl"), ERR_RETRY);
	assert_string_equal(e.text, "mapping 'etl': cannot push to 'origin': connection refused");
}

/* A sentence may become part of the one that replaces it. */
static void test_set_from_itself(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	err_set(&e, ERR_ABSENT, "object 4711 is missing");
	assert_int_equal(err_set(&e, ERR_CONFIG, "%s", e.text), ERR_CONFIG);
	assert_string_equal(e.text, "object 4711 is missing");
	err_set(&e, ERR_CONFIG, "the hub: %s: %s", e.text, "bring it back");
	assert_string_equal(e.text, "the hub: object 4711 is missing: bring it back");
}

static void test_errno(void **state)
{
	static const struct {
		int errnum, code;
		const char *text;
	} table[] = {
		{ ENOENT, ERR_ABSENT, "cannot open 'x': No such file or directory" },
		{ ENOTDIR, ERR_ABSENT, "cannot open 'x': Not a directory" },
		{ EACCES, ERR_CONFIG, "cannot open 'x': Permission denied" },
		{ EPERM, ERR_CONFIG, "cannot open 'x': Operation not permitted" },
		{ EROFS, ERR_CONFIG, "cannot open 'x': Read-only file system" },
		{ ELOOP, ERR_CONFIG, "cannot open 'x': Too many levels of symbolic links" },
		{ EIO, ERR_RETRY, "cannot open 'x': Input/output error" },
		{ ENOSPC, ERR_RETRY, "cannot open 'x': No space left on device" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct err e = ERR_INIT;

		assert_int_equal(err_errno(&e, table[i].errnum, "cannot open '%s'", "x"),
				 table[i].code);
		assert_int_equal(e.code, table[i].code);
		assert_string_equal(e.text, table[i].text);
		assert_int_equal(e.errnum, table[i].errnum);
	}
}

static void test_space(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_false(err_is_space(&e));
	err_errno(&e, EIO, "cannot write 'x'");
	assert_false(err_is_space(&e));
	err_errno(&e, ENOSPC, "cannot write 'x'");
	assert_true(err_is_space(&e));
	err_errno(&e, EDQUOT, "cannot write 'x'");
	assert_true(err_is_space(&e));
	err_wrap(&e, "mapping 'etl'");
	assert_true(err_is_space(&e));
	err_set(&e, ERR_RETRY, "something else");
	assert_false(err_is_space(&e));
}

/* Whatever the offset of a multi-byte character to the cut is, the text stays valid. */
static void test_long_text_is_cut_between_characters(void **state)
{
	static const char *const units[] = { "x", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80" };
	char text[2 * ERR_TEXT_MAX + 16];
	struct err e = ERR_INIT;

	(void)state;
	for (size_t u = 0; u < ARRAY_SIZE(units); u++) {
		for (size_t shift = 0; shift < 5; shift++) {
			size_t n = shift;

			memset(text, 'a', shift);
			for (; n < 2 * ERR_TEXT_MAX; n += strlen(units[u]))
				memcpy(text + n, units[u], strlen(units[u]));
			text[n] = '\0';
			err_set(&e, ERR_INVALID, "%s", text);
			assert_true(strlen(e.text) >= ERR_TEXT_MAX - 5);
			assert_true(utf8_valid(e.text, strlen(e.text)));
			err_wrap(&e, "context");
			assert_true(utf8_valid(e.text, strlen(e.text)));
			assert_memory_equal(e.text, "context: ", 9);
		}
	}
}

static void test_names_and_exits(void **state)
{
	static const struct {
		int code;
		const char *name;
		int exit;
	} table[] = {
		{ ERR_OK, "ok", 0 },
		{ ERR_RETRY, "retry", 75 },
		{ ERR_CONFLICT, "conflict", 1 },
		{ ERR_CONFIG, "config", 78 },
		{ ERR_CANCELLED, "cancelled", 75 },
		{ ERR_BUG, "bug", 1 },
		{ ERR_ABSENT, "absent", 1 },
		{ ERR_INVALID, "invalid", 1 },
		{ ERR_DENIED, "denied", 3 },
		{ -99, "bug", 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		assert_string_equal(err_name(table[i].code), table[i].name);
		assert_int_equal(err_exit(table[i].code), table[i].exit);
		if (table[i].code != -99)
			assert_int_equal(err_parse(table[i].name), table[i].code);
	}
	assert_int_equal(err_parse("Ok"), ERR_BUG);
	assert_int_equal(err_parse(""), ERR_BUG);
	assert_int_equal(err_parse(NULL), ERR_BUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_set_from_itself),
		cmocka_unit_test(test_errno),
		cmocka_unit_test(test_space),
		cmocka_unit_test(test_long_text_is_cut_between_characters),
		cmocka_unit_test(test_names_and_exits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
