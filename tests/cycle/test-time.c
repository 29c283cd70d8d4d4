/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Row 78 of the scenario table: somebody sets the clock on the wall, back or forth. What waits for a
 * time still waits as long as it should, nothing is decided by who was later, and no version goes.
 * Rows about the times of files and of the workspace are in tests/e2e.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "tests/world/clock.h"
#include "tests/world/expectations.h"
#include "tests/world/texts.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define YEAR_MS (365 * 24 * HOUR_MS)
/* Each cycle begins 11 s after the one before; commit_quiet is 30 s. */
#define CYCLES_UNTIL_COMMIT 5

static const int64_t steps[] = { -HOUR_MS, HOUR_MS, -YEAR_MS, YEAR_MS, -40 * YEAR_MS };

static struct world *agreed_world(void)
{
	static const struct world_options options = {
		.config = "commit_quiet = 30s\ncommit_max_wait = 300s\n",
	};
	struct world *w = world_new(&options);

	world_write(w, SIDE_LOCAL, "a.py", OLD);
	assert_int_not_equal(world_settle(w), 0);
	return w;
}

/* A commit comes after the quiet time, neither at once nor after the hour or year. */
static void commits_in_time(struct world *w, const char *text)
{
	unsigned cycles = 1;

	world_write(w, SIDE_LOCAL, "a.py", text);
	world_note_versions(w);
	assert_int_equal(world_cycle(w, true, false)->commits, 0);
	while (world_cycle(w, true, false)->commits == 0)
		assert_true(cycles++ < CYCLES_UNTIL_COMMIT);
	expect(w, SIDE_GIT, "a.py", text);
}

static void test_row_078_commits_wait_as_long_as_before(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct world *w = agreed_world();

		clock_set(steps[i]);
		commits_in_time(w, EDIT_1);
		clock_set(-steps[i]);
		commits_in_time(w, EDIT_2);
		expect_nothing_lost(w);
		world_free(w);
	}
}

/* The clock is set while a change waits, and perhaps the process ends: then it is at most early. */
static void test_row_078_what_waits_when_the_clock_is_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(steps); i++) {
		struct world *w = agreed_world();
		unsigned cycles = 1;

		world_write(w, SIDE_LOCAL, "a.py", EDIT_1);
		assert_int_equal(world_cycle(w, true, false)->commits, 0);
		clock_set(steps[i / 2]);
		if (i % 2)
			world_reopen(w);
		while (world_cycle(w, true, false)->commits == 0)
			assert_true(cycles++ < CYCLES_UNTIL_COMMIT);
		expect(w, SIDE_GIT, "a.py", EDIT_1);
		clock_set(-steps[i / 2]);
		world_free(w);
	}
}

/* One cell on two sides, again and again, each time a year earlier: the same side stays, and every
 * other version has a copy of its own, although copies are named by the time. */
static void test_row_078_clashes_are_not_decided_by_a_clock(void **state)
{
	struct world *w = agreed_world();

	(void)state;
	for (int turn = 0; turn < 3; turn++) {
		cleanup_free char *mine = xasprintf(CELLS("first = 1%d", "second = 2", "third = 3"),
						    turn);
		cleanup_free char *theirs = xasprintf(
			CELLS("first = 2%d", "second = 2", "third = 3"), turn);

		world_write(w, SIDE_LOCAL, "a.py", mine);
		world_note_versions(w);
		clock_set(-YEAR_MS);
		world_write(w, SIDE_GIT, "a.py", theirs);
		world_note_versions(w);
		assert_int_not_equal(world_settle(w), 0);
		assert_int_equal(w->report.conflicts.total, turn + 1);
		expect(w, SIDE_LOCAL, "a.py", theirs);
		clock_set(YEAR_MS - 11 * 1000 * (int64_t)turn);
	}
	expect_nothing_lost(w);
	world_free(w);
}

/* A year that never was does not make old what is new: the history is there when it is over. */
static void test_row_078_a_clock_that_was_wrong_for_a_while(void **state)
{
	struct world *w = agreed_world();

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", EDIT_1);
	world_note_versions(w);
	assert_int_not_equal(world_settle(w), 0);
	clock_set(-YEAR_MS);
	world_write(w, SIDE_WORKSPACE, "a.py", EDIT_2);
	world_note_versions(w);
	assert_int_not_equal(world_settle(w), 0);
	clock_set(YEAR_MS);
	world_write(w, SIDE_GIT, "a.py", OLD);
	assert_int_not_equal(world_settle(w), 0);
	expect(w, SIDE_LOCAL, "a.py", OLD);
	expect_nothing_lost(w);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row_078_commits_wait_as_long_as_before),
		cmocka_unit_test(test_row_078_what_waits_when_the_clock_is_set),
		cmocka_unit_test(test_row_078_clashes_are_not_decided_by_a_clock),
		cmocka_unit_test(test_row_078_a_clock_that_was_wrong_for_a_while),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
