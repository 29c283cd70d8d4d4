/* SPDX-License-Identifier: Apache-2.0 */
/* When the cycle looks at which side, and at how much of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/side/trio.h"
#include "tests/world/texts.h"

static struct trio *settled(enum side_id without)
{
	struct trio *t = trio_new(without, NULL);

	trio_write_everywhere(t, "a.py", OLD);
	trio_write_everywhere(t, "b.py", OLD);
	trio_cycle(t);
	trio_forget_log(t);
	return t;
}

/* Runs a hinted cycle, and expects this of the log. */
static void expect_hinted(struct trio *t, const char *lines)
{
	trio_forget_log(t);
	trio_hinted(t, "a.py");
	expect_log(t, "look|forget", lines);
}

static const char all_hinted[] = "local look a.py\ngit look a.py\nworkspace look a.py\n";

static void test_the_order_of_the_sides(void **state)
{
	static const struct {
		enum side_id without;
		const char *lines;
	} table[] = {
		{ ALL_SIDES, "local look full\ngit look full\nworkspace look full\n" },
		{ SIDE_GIT, "local look full\nworkspace look full\n" },
		{ SIDE_WORKSPACE, "local look full\ngit look full\n" },
		/* The ignore files are those of the branch. */
		{ SIDE_LOCAL, "git look full\nworkspace look full\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct trio *t = settled(table[i].without);

		trio_cycle(t);
		expect_log(t, "look", table[i].lines);
		trio_free(t);
	}
}

static void test_the_first_cycle_is_full(void **state)
{
	struct trio *t = trio_new(ALL_SIDES, NULL);

	(void)state;
	expect_hinted(t, "local look full\ngit look full\nworkspace look full\n");
	assert_true(t->report.full);
	expect_hinted(t, all_hinted);
	assert_false(t->report.full);
	trio_free(t);
}

static void test_a_hint_is_all_that_is_looked_at(void **state)
{
	struct trio *t = settled(ALL_SIDES);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	memory_write(t->side[SIDE_LOCAL], "b.py", EDIT_1);
	trio_hinted(t, "a.py");
	expect_everywhere(t, "a.py", EDIT_1);
	expect_text(t, SIDE_GIT, "b.py", OLD);
	trio_cycle(t);
	expect_everywhere(t, "b.py", EDIT_1);
	trio_free(t);
}

static void test_who_asks_for_a_commit_or_a_fetch_has_the_branch_asked(void **state)
{
	static const struct cycle_request requests[] = {
		{ .full = true, .fetch = true },
		{ .full = true, .commit = true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(requests); i++) {
		struct trio *t = settled(ALL_SIDES);

		trio_request(t, &requests[i]);
		expect_log(t, "look",
			   "local look full, asking\ngit look full, asking\n"
			   "workspace look full, asking\n");
		expect_log(t, "publish",
			   requests[i].commit ? "git publish now\n" : "git publish\n");
		trio_free(t);
	}
}

/* ---- what is managed changes ---- */

static void test_rules_that_the_first_side_brings(void **state)
{
	struct trio *t = settled(ALL_SIDES);

	(void)state;
	memory_set_rules(t->side[SIDE_LOCAL], "other\n");
	expect_hinted(t, "local look a.py\ngit forget\nworkspace forget\ngit look full\n"
			 "workspace look full\n");
	expect_hinted(t, all_hinted);
	trio_free(t);
}

/* Who was looked at before is in the next cycle. */
static void test_rules_that_another_side_brings(void **state)
{
	struct trio *t = settled(ALL_SIDES);

	(void)state;
	memory_set_rules(t->side[SIDE_WORKSPACE], "other\n");
	expect_hinted(t, "local look a.py\ngit look a.py\nworkspace look a.py\n"
			 "git forget\nlocal forget\n");
	expect_hinted(t, "local look full\ngit look full\nworkspace look a.py\n");
	expect_hinted(t, all_hinted);
	trio_free(t);
}

/* ---- a side that fails ---- */

static void test_after_a_failure_a_side_is_looked_at_in_full(void **state)
{
	struct trio *t = settled(ALL_SIDES);

	(void)state;
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_LOOK, ERR_RETRY);
	trio_hinted(t, "a.py");
	assert_true(t->report.side[SIDE_WORKSPACE].held);
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_LOOK, ERR_OK);
	expect_hinted(t, "local look a.py\ngit look a.py\nworkspace look full\n");
	assert_false(t->report.side[SIDE_WORKSPACE].held);
	expect_hinted(t, all_hinted);
	trio_free(t);
}

static void test_after_a_failure_in_acting_too(void **state)
{
	struct trio *t = settled(ALL_SIDES);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_ACT, ERR_RETRY);
	trio_cycle(t);
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_ACT, ERR_OK);
	expect_hinted(t, "local look a.py\ngit look a.py\nworkspace look full\n");
	expect_everywhere(t, "a.py", EDIT_1);
	trio_free(t);
}

/* What was known of it stays, and nothing is taken for deleted. */
static void test_what_is_known_of_a_side_that_fails_stays(void **state)
{
	struct trio *t = settled(ALL_SIDES);

	(void)state;
	memory_remove(t->side[SIDE_WORKSPACE], "a.py");
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_LOOK, ERR_CONFIG);
	trio_cycle(t);
	assert_string_equal(t->report.side[SIDE_WORKSPACE].sentence,
			    "the workspace side does not answer");
	assert_int_equal(t->report.side[SIDE_WORKSPACE].notebooks, 2);
	expect_agreed(t, "a", OLD);
	expect_text(t, SIDE_LOCAL, "a.py", OLD);
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_LOOK, ERR_OK);
	trio_cycle(t);
	expect_everywhere(t, "a.py", NULL);
	trio_free(t);
}

/* In each cycle, as long as it is held, wherever that cycle looks. */
static void test_what_is_held_is_told_each_time(void **state)
{
	struct trio *t = settled(ALL_SIDES);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "new.py", OLD);
	memory_hold(t->side[SIDE_LOCAL], "new.py", false);
	trio_cycle(t);
	expect_held(t, "new", SIDE_LOCAL, "unparsable", "'new.py' cannot be read");
	trio_cycle(t);
	expect_held(t, "new", SIDE_LOCAL, "unparsable", "'new.py' cannot be read");
	trio_hinted(t, "a.py");
	expect_held(t, "new", SIDE_LOCAL, "unparsable", "'new.py' cannot be read");
	memory_write(t->side[SIDE_LOCAL], "new.py", OLD);
	trio_cycle(t);
	expect_everywhere(t, "new.py", OLD);
	expect_stillness(t);
	trio_free(t);
}

static void test_asked_to_stop_while_looking(void **state)
{
	struct trio *t = trio_new(ALL_SIDES, NULL);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.py", OLD);
	t->cancel = 1;
	trio_cycle(t);
	assert_int_equal(t->report.code, ERR_CANCELLED);
	expect_log(t, "agreed|put", "");
	t->cancel = 0;
	/* The first look is still to come. */
	expect_hinted(t, "local look full\ngit look full\nworkspace look full\n");
	expect_everywhere(t, "a.py", OLD);
	trio_free(t);
}

/* ---- recorded first ---- */

static void expect_recorded(void *payload, struct side *s, const char *path)
{
	const struct row *row = table_find(&s->context->table, path);
	const struct state *st = &s->context->state;

	(void)payload;
	for (enum side_id of = SIDE_WORKSPACE; of <= SIDE_LOCAL; of++)
		if (!row->side[of].recorded || st->seen_edits[of].count)
			fail_msg("what was seen on the %s side is not recorded", side_names[of]);
}

static void test_what_was_seen_is_recorded_before_anybody_acts(void **state)
{
	struct trio *t = settled(ALL_SIDES);

	(void)state;
	memory_write(t->side[SIDE_WORKSPACE], "a.py", EDIT_1);
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_2);
	memory_on_act(t->side[SIDE_LOCAL], expect_recorded, NULL);
	trio_cycle(t);
	expect_everywhere(t, "a.py", EDIT_12);
	trio_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_order_of_the_sides),
		cmocka_unit_test(test_the_first_cycle_is_full),
		cmocka_unit_test(test_a_hint_is_all_that_is_looked_at),
		cmocka_unit_test(test_who_asks_for_a_commit_or_a_fetch_has_the_branch_asked),
		cmocka_unit_test(test_rules_that_the_first_side_brings),
		cmocka_unit_test(test_rules_that_another_side_brings),
		cmocka_unit_test(test_after_a_failure_a_side_is_looked_at_in_full),
		cmocka_unit_test(test_after_a_failure_in_acting_too),
		cmocka_unit_test(test_what_is_known_of_a_side_that_fails_stays),
		cmocka_unit_test(test_what_is_held_is_told_each_time),
		cmocka_unit_test(test_asked_to_stop_while_looking),
		cmocka_unit_test(test_what_was_seen_is_recorded_before_anybody_acts),
	};

	return cmocka_run_group_tests(tests, trio_begin, trio_end);
}
