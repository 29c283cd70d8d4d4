/* SPDX-License-Identifier: Apache-2.0 */
/* How old records are, whatever the clock says, and so where chains are cut. Tables. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory/history_cut.h"

#define DAY      (24ll * 3600)
#define NOW      (10000 * DAY)
#define HISTORY  (100 * DAY)
#define OUTPUTS  (10 * DAY)

#define ROWS_MAX 9

/* Commits by their ages in days, newest first, ended by END: what the commits say, and (said) what the
 * clock said, where that is another time. */
#define END INT64_MIN
static size_t times_of(const int64_t *days, const int64_t *said, struct history_time *times)
{
	size_t n = 0;

	for (; n < ROWS_MAX && days[n] != END; n++) {
		times[n].when_s = NOW - days[n] * DAY;
		times[n].said_s = said ? NOW - said[n] * DAY : times[n].when_s;
	}
	return n;
}

static void test_root(void **state)
{
	/* Which becomes the root, of a history of 100 days. */
	static const struct {
		int64_t days[ROWS_MAX];
		size_t root;
	} table[] = {
		{ { END }, 0 },
		{ { 500, END }, 0 },
		{ { 1, 2, 3, END }, 2 },
		{ { 1, 30, 60, 90, 101, END }, 4 },
		/* two that are too old: the newer still says what stood when the rest began */
		{ { 1, 30, 60, 90, 111, 120, END }, 4 },
		{ { 1, 30, 60, 90, 111, 120, 130, END }, 4 },
		/* not before a tenth more has gathered */
		{ { 1, 30, 60, 90, 109, 120, END }, 5 },
		{ { 1, 30, 60, 90, 110, 120, END }, 5 },
		{ { 1, 30, 60, 90, 101, 112, 120, END }, 4 },
		/* a pause counts as 30 days at most */
		{ { 300, 400, 500, END }, 2 },
		{ { 0, 1000, 2000, 3000, 4000, END }, 4 },
		{ { 0, 1000, 2000, 3000, 4000, 5000, END }, 4 },
	};
	const struct history_now now = { .now_s = NOW };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct history_time times[ROWS_MAX];
		size_t n = times_of(table[i].days, NULL, times);
		size_t root = history_cut_root(times, n, &now, HISTORY);

		if (root != table[i].root)
			fail_msg("row %zu: %zu, expected %zu", i, root, table[i].root);
	}
}

#define YEARS(n) ((n)*365ll)

/* Clocks that were wrong, or are: of a history of 100 days, only what is really older is cut. */
static void test_clocks(void **state)
{
	static const struct {
		const char *what;
		int64_t now; /* days from NOW */
		int64_t days[ROWS_MAX], said[ROWS_MAX];
		size_t root;
	} table[] = {
		{ "the clock says 2040", YEARS(14), { 1, 20, 40, 60, 80, 99, END }, { 0 }, 5 },
		{ "the clock says 2000", -YEARS(26), { 1, 20, 40, 60, 80, 99, END }, { 0 }, 5 },
		{ "a record was made then, in 2040, and another after that",
		  YEARS(14) + 1,
		  { -YEARS(14) - 1, -YEARS(14), 1, 10, 20, 40, END },
		  { 0 },
		  5 },
		/* Records in 2000 have the time of the one before, and what follows its own. */
		{ "starts in 2000 at each boot",
		  0,
		  { 0, 20, 40, 40, 60, 60, END },
		  { 0, 20, YEARS(26), 40, YEARS(26), 60 },
		  5 },
		{ "starts in 2000 at each boot, for long",
		  0,
		  { 0, 28, 56, 56, 84, 84, 112, 112, 140 },
		  { 0, 28, YEARS(26), 56, YEARS(26), 84, YEARS(26), 112, 140 },
		  6 },
		/* Was in 2040 and is right again: what came since has the time of 2040, and is counted by
		 * what the clock said. The leap itself counts as 30 days. */
		{ "was in 2040",
		  0,
		  { -YEARS(14), -YEARS(14), -YEARS(14), -YEARS(14), 60, 61, 62, END },
		  { 0, 20, 40, -YEARS(14), 60, 61, 62 },
		  6 },
		{ "was in 2040, long ago",
		  0,
		  { -YEARS(14), -YEARS(14), -YEARS(14), -YEARS(14), -YEARS(14), 160, 161, 162,
		    END },
		  { 0, 29, 58, 87, -YEARS(14), 160, 161, 162 },
		  5 },
		/* Older versions wrote what the clock said. */
		{ "went back", 0, { 0, 20, YEARS(26), 40, YEARS(26), 60, END }, { 0 }, 5 },
		{ "the ends of time",
		  0,
		  { INT64_MAX / DAY / 2, -INT64_MAX / DAY / 2, 1, END },
		  { 0 },
		  2 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct history_time times[ROWS_MAX];
		const struct history_now now = { .now_s = NOW + table[i].now * DAY };
		bool said = table[i].said[1] || table[i].said[2];
		size_t n = times_of(table[i].days, said ? table[i].said : NULL, times);
		size_t root = history_cut_root(times, n, &now, HISTORY);

		if (root != table[i].root)
			fail_msg("%s: %zu, expected %zu", table[i].what, root, table[i].root);
	}
}

static void test_lean(void **state)
{
	/* Which is the last to keep its outputs, of ten days; idle: days counted since the newest. */
	static const struct {
		int64_t days[ROWS_MAX];
		int idle;
		size_t end;
	} table[] = {
		{ { END }, 0, 0 },
		{ { 500, END }, 500, 0 },
		{ { 1, 2, 3, END }, 0, 2 },
		{ { 1, 5, 9, 11, END }, 0, 3 },
		/* what stood when the time began stays, what had gone by then does not */
		{ { 1, 5, 9, 12, 13, END }, 0, 3 },
		{ { 1, 6, 7, 12, 13, 14, END }, 0, 3 },
		/* not before a tenth more has gathered */
		{ { 1, 5, 9, 10, 11, 12, END }, 0, 5 },
		{ { 1, 5, 9, 10, 11, END }, 0, 4 },
		/* nobody has edited anything since, and that was looked at each day */
		{ { 30, 40, 50, END }, 25, 0 },
		{ { 30, 40, END }, 25, 0 },
		{ { 8, 9, 10, 11, END }, 7, 3 },
		{ { 10, 11, 12, 13, END }, 9, 1 },
		{ { 70, 71, 72, 73, END }, 65, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		const struct history_now now = { NOW, (int64_t)table[i].idle * DAY };
		struct history_time times[ROWS_MAX];
		size_t n = times_of(table[i].days, NULL, times);
		size_t end = history_cut_lean(times, n, &now, OUTPUTS);

		if (end != table[i].end)
			fail_msg("row %zu: %zu, expected %zu", i, end, table[i].end);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_lean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
