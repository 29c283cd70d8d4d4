/* SPDX-License-Identifier: Apache-2.0 */
/* Where a version may come from: the words, and the form of what goes with each. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "sync/source.h"

static void test_words(void **state)
{
	enum cycle_source s;

	(void)state;
	for (int i = 0; i < CYCLE_SOURCES; i++) {
		assert_true(cycle_source_parse(cycle_source_names[i], &s));
		assert_int_equal(s, i);
	}
	assert_false(cycle_source_parse("Side", &s));
	assert_false(cycle_source_parse("", &s));
	assert_false(cycle_source_parse(NULL, &s));
}

static void test_forms(void **state)
{
	static const struct {
		enum cycle_source from;
		const char *what;
		const char *sentence; /* NULL: accepted */
	} rows[] = {
		{ CYCLE_FROM_SIDE, "git", NULL },
		{ CYCLE_FROM_SIDE, "workspace", NULL },
		{ CYCLE_FROM_SIDE, "local", NULL },
		{ CYCLE_FROM_SIDE, "hub", "'hub' is no side: say git, workspace or local" },
		{ CYCLE_FROM_SIDE, "", "'' is no side" },
		{ CYCLE_FROM_REVISION, "3f2a91c", NULL },
		{ CYCLE_FROM_REVISION, "3F2A91C04d", NULL },
		{ CYCLE_FROM_REVISION, "0123456789abcdef0123456789abcdef01234567", NULL },
		{ CYCLE_FROM_REVISION, "3f2a91", "'3f2a91' is no revision: give 7 to 40" },
		{ CYCLE_FROM_REVISION, "0123456789abcdef0123456789abcdef012345678",
		  "is no revision" },
		{ CYCLE_FROM_REVISION, "main", "is no revision" },
		{ CYCLE_FROM_REVISION, "3f2a91c~1", "is no revision" },
		{ CYCLE_FROM_REVISION, "", "is no revision" },
		{ CYCLE_FROM_FILE, "/home/ana/x.py", NULL },
		{ CYCLE_FROM_FILE, "x.py", "'x.py' is no absolute path" },
		{ CYCLE_FROM_FILE, "", "'' is no absolute path" },
	};
	char longest[5000];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct err e = ERR_INIT;
		int r = cycle_source_check(rows[i].from, rows[i].what, &e);

		if (r != (rows[i].sentence ? ERR_INVALID : ERR_OK) ||
		    (r && !strstr(e.text, rows[i].sentence)))
			fail_msg("%s: %d %s", rows[i].what, r, e.text);
	}
	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(cycle_source_check(CYCLE_FROM_FILE, longest, NULL), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
