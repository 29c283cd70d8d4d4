/* SPDX-License-Identifier: Apache-2.0 */
/* The words for the sides: each is read as what it names, and nothing else is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "config/side.h"

static void test_words(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		int side; /* SIDE_COUNT: none */
	} table[] = {
		{ "git", 3, SIDE_GIT },     { "workspace", 9, SIDE_WORKSPACE },
		{ "local", 5, SIDE_LOCAL }, { "local-20260101", 5, SIDE_LOCAL },
		{ "git", 2, SIDE_COUNT },   { "git ", 4, SIDE_COUNT },
		{ "Git", 3, SIDE_COUNT },   { "", 0, SIDE_COUNT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		enum side_id side = SIDE_COUNT;

		assert_int_equal(side_parse(&side, table[i].text, table[i].len),
				 table[i].side != SIDE_COUNT);
		assert_int_equal(side, table[i].side);
	}
}

static void test_names(void **state)
{
	(void)state;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		enum side_id side = SIDE_COUNT;

		assert_true(side_parse(&side, side_names[s], strlen(side_names[s])));
		assert_int_equal(side, s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
