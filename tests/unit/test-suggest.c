/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean": near words are found, far ones are not forced upon anybody. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/suggest.h"

static void test_words(void **state)
{
	static const char *const words[] = { "status", "sync",     "check", "convert",
					     "policy", "git_user", "poll" };
	static const struct {
		const char *word, *expected;
	} table[] = {
		{ "status", "status" }, { "statsu", "status" }, /* neighbours exchanged: one step */
		{ "tsatsu", "status" }, { "sttaus", "status" },
		{ "stat", "status" },   { "sta", NULL },
		{ "stauts", "status" }, { "statusxy", "status" },
		{ "statusxyz", NULL },  { "xstatus", "status" },
		{ "xxxtus", NULL },     { "snyc", "sync" },
		{ "sinc", "sync" },     { "chek", "check" },
		{ "polcy", "policy" },  { "pol", "poll" },
		{ "poli", "poll" }, /* one step beats two */
		{ "polic", "policy" },  { "gituser", "git_user" },
		{ "", NULL },           { "x", NULL },
		{ "restore", NULL },    { "Sync", "sync" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const char *found = suggest(table[i].word, words, ARRAY_SIZE(words));

		if (!str_eq(found, table[i].expected))
			fail_msg("'%s' gave '%s'", table[i].word, found ? found : "(none)");
	}
}

/* Replacing all of a short word is no likeness. */
static void test_short_candidates(void **state)
{
	static const char *const words[] = { "a", "go" };

	(void)state;
	assert_null(suggest("b", words, 2));
	assert_null(suggest("xy", words, 2));
	assert_null(suggest("", words, 2));
	assert_string_equal(suggest("gx", words, 2), "go");
	assert_null(suggest("gx", words, 0));
}

static void test_first_of_equals(void **state)
{
	static const char *const words[] = { "abcd", "abce" };

	(void)state;
	assert_ptr_equal(suggest("abcx", words, 2), words[0]);
}

static void test_long_words(void **state)
{
	char word[SUGGEST_WORD_MAX + 2] = "", near[SUGGEST_WORD_MAX + 2] = "";
	const char *const words[] = { near };

	(void)state;
	memset(word, 'x', SUGGEST_WORD_MAX);
	memset(near, 'x', SUGGEST_WORD_MAX);
	near[0] = 'y';
	assert_ptr_equal(suggest(word, words, 1), near);
	word[SUGGEST_WORD_MAX] = 'x';
	assert_null(suggest(word, words, 1));
	word[SUGGEST_WORD_MAX] = '\0';
	near[SUGGEST_WORD_MAX] = 'x';
	assert_null(suggest(word, words, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_short_candidates),
		cmocka_unit_test(test_first_of_equals),
		cmocka_unit_test(test_long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
