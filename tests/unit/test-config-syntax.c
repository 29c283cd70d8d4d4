/* SPDX-License-Identifier: Apache-2.0 */
/* What is well written: durations, sizes, names, branches, and how long a value may be. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/buf.h"
#include "config/syntax.h"
#include "config/values.h"

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: malformed */
		const char *printed;
	} table[] = {
		{ "0s", 0, "0ms" },
		{ "1ms", 1, "1ms" },
		{ "300ms", 300, "300ms" },
		{ "999ms", 999, "999ms" },
		{ "1000ms", 1000, "1s" },
		{ "10s", 10000, "10s" },
		{ "60s", 60000, "1min" },
		{ "61s", 61000, "61s" },
		{ "5min", 300000, "5min" },
		{ "90min", 5400000, "90min" },
		{ "1h", 3600000, "1h" },
		{ "24h", 86400000, "1d" },
		{ "180d", 15552000000, "180d" },
		{ "007s", 7000, "7s" },
		{ "106751991167d", 9223372036828800000, "106751991167d" },
		{ "106751991168d", -1, NULL },
		{ "9223372036854775807ms", INT64_MAX, "9223372036854775807ms" },
		{ "9223372036854775808ms", -1, NULL },
		{ "92233720368547758070ms", -1, NULL },
		{ "", -1, NULL },
		{ "s", -1, NULL },
		{ "5", -1, NULL },
		{ "5 s", -1, NULL },
		{ " 5s", -1, NULL },
		{ "5s ", -1, NULL },
		{ "-5s", -1, NULL },
		{ "+5s", -1, NULL },
		{ "5S", -1, NULL },
		{ "5m", -1, NULL },
		{ "5sec", -1, NULL },
		{ "1.5s", -1, NULL },
		{ "0x5s", -1, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_buf struct buf out = BUF_INIT(64);
		int64_t ms = -1;

		assert_int_equal(value_duration_parse(table[i].text, &ms), table[i].ms >= 0);
		assert_true(ms == table[i].ms);
		if (ms < 0)
			continue;
		value_duration_print(&out, ms);
		assert_string_equal(buf_str(&out), table[i].printed);
	}
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		int64_t bytes;
		const char *printed;
	} table[] = {
		{ "0", 0, "0" },
		{ "1", 1, "1" },
		{ "1023", 1023, "1023" },
		{ "1024", 1024, "1K" },
		{ "10K", 10240, "10K" },
		{ "10M", 10485760, "10M" },
		{ "1025K", 1049600, "1025K" },
		{ "2G", 2147483648, "2G" },
		{ "8589934591G", 9223372035781033984, "8589934591G" },
		{ "8589934592G", -1, NULL },
		{ "", -1, NULL },
		{ "M", -1, NULL },
		{ "10m", -1, NULL },
		{ "10MB", -1, NULL },
		{ "10 M", -1, NULL },
		{ "-1", -1, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_buf struct buf out = BUF_INIT(64);
		int64_t bytes = -1;

		assert_int_equal(value_size_parse(table[i].text, &bytes), table[i].bytes >= 0);
		assert_true(bytes == table[i].bytes);
		if (bytes < 0)
			continue;
		value_size_print(&out, bytes);
		assert_string_equal(buf_str(&out), table[i].printed);
	}
}

static void test_names(void **state)
{
	static const char *const good[] = {
		"etl",
		"azAZ09",
		"A-Z_0.9",
		"_",
		"0",
		"a.b",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};
	static const char *const bad[] = {
		"",    ".",   "..",
		".a",  "-a",  "a b",
		"a/b", "a:b", "\xC3\xA9",
		"a]",  "a\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(syntax_is_name(good[i], strlen(good[i])));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(syntax_is_name(bad[i], strlen(bad[i])));
}

static void test_branches(void **state)
{
	static const char *const good[] = { "main",     "feature/x", "a-b_c.d", "x@y",
					    "\xC3\xA9", "lock",      "a.lockx", "v1.0",
					    "HEAD2",    "a/b/c",     "refsx/a", "lock/a" };
	static const char *const bad[] = { "-main",
					   "a b",
					   "a\tb",
					   "a~b",
					   "a^b",
					   "a:b",
					   "a?b",
					   "a*b",
					   "a[b",
					   "a\\b",
					   "a..b",
					   "a@{b",
					   "@",
					   "main.",
					   "/main",
					   "main/",
					   "a//b",
					   ".a",
					   "a/.b",
					   "a.lock",
					   "a.lock/b",
					   "a/b.lock",
					   "refs/heads/main",
					   "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		cleanup_free char *text = xstrdup(good[i]);
		struct err e = ERR_INIT;

		if (syntax_branch(&text, &e))
			fail_msg("%s", e.text);
		assert_string_equal(text, good[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_free char *text = xstrdup(bad[i]), *sentence = NULL;
		struct err e = ERR_INIT;

		assert_int_equal(syntax_branch(&text, &e), ERR_CONFIG);
		sentence = xasprintf("'%s' is not the name of a branch", bad[i]);
		assert_string_equal(e.text, sentence);
	}
}

static void test_lengths(void **state)
{
	cleanup_free char *text = xmalloc(202);
	struct err e = ERR_INIT;

	(void)state;
	memset(text, 'x', 201);
	text[201] = '\0';
	assert_int_equal(syntax_branch(&text, &e), ERR_CONFIG);
	assert_int_equal(syntax_user(&text, &e), ERR_CONFIG);
	text[200] = '\0';
	assert_int_equal(syntax_branch(&text, &e), 0);
	assert_int_equal(syntax_user(&text, &e), 0);
}

static void test_writable(void **state)
{
	static const char *const good[] = { "a", "a b", "a;b", "a#b", "a = b", "\xC3\xA9" };
	static const char *const bad[] = { "",     " a",   "a ",   "\ta",   "a\t",   ";a",   "#a",
					   "a ;b", "a #b", "a\nb", "a\x01", "a\x1F", "a\x7F" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(syntax_is_writable(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(syntax_is_writable(bad[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations), cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_names),     cmocka_unit_test(test_branches),
		cmocka_unit_test(test_lengths),   cmocka_unit_test(test_writable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
