/* SPDX-License-Identifier: Apache-2.0 */
/* How the cycle has the sides act: in which order, in slices, and what becomes of what fails. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/side/trio.h"
#include "tests/world/texts.h"

static struct trio *settled(size_t count)
{
	struct trio *t = trio_new(ALL_SIDES, NULL);

	trio_write_many(t, count);
	trio_cycle(t);
	trio_forget_log(t);
	return t;
}

/* ---- order ---- */

static void test_local_first_and_git_last(void **state)
{
	struct trio *t = settled(2);

	(void)state;
	memory_write(t->side[SIDE_GIT], "n000.py", EDIT_1);
	memory_write(t->side[SIDE_LOCAL], "n001.py", EDIT_1);
	trio_cycle(t);
	expect_log(t, "apply|put|delete|publish",
		   "local apply 2\nlocal put n000\nworkspace apply 2\nworkspace put n000\n"
		   "workspace put n001\ngit publish\ngit put n001\n");
	expect_everywhere(t, "n000.py", EDIT_1);
	expect_everywhere(t, "n001.py", EDIT_1);
	expect_durable(t);
	trio_free(t);
}

/* A folder where a notebook stood, and the other way round: what is in the way goes first. All
 * other deletions come after the writes. */
static void test_what_is_in_the_way_goes_first(void **state)
{
	struct trio *t = settled(2);

	(void)state;
	trio_write_everywhere(t, "b.py", PY "b\n");
	trio_write_everywhere(t, "d/x.py", PY "x\n");
	trio_cycle(t);
	trio_forget_log(t);
	memory_remove(t->side[SIDE_GIT], "n000.py");
	memory_remove(t->side[SIDE_GIT], "b.py");
	memory_write(t->side[SIDE_GIT], "b/c.py", PY "c\n");
	memory_remove(t->side[SIDE_GIT], "d/x.py");
	memory_write(t->side[SIDE_GIT], "d.py", PY "d\n");
	memory_write(t->side[SIDE_GIT], "z.py", PY "z\n");
	trio_cycle(t);
	expect_log(t, "apply|put|delete",
		   "local apply 2\nlocal delete d/x\nlocal delete b\n"
		   "workspace apply 2\nworkspace delete d/x\nworkspace delete b\n"
		   "local apply 3\nlocal put b/c\nlocal put d\nlocal put z\n"
		   "workspace apply 3\nworkspace put b/c\nworkspace put d\nworkspace put z\n"
		   "local apply 1\nlocal delete n000\n"
		   "workspace apply 1\nworkspace delete n000\n");
	expect_stillness(t);
	trio_free(t);
}

/* A script that changes its kind has one name: the old makes way, whatever the paths say. */
static void test_the_other_kind_makes_way(void **state)
{
	struct trio *t = trio_new(ALL_SIDES, "files = all\n");

	(void)state;
	trio_write_everywhere(t, "a.py", OLD);
	trio_write_everywhere(t, "b.py", MODULE);
	trio_write_everywhere(t, "c.py", OLD);
	trio_cycle(t);
	trio_forget_log(t);
	memory_write(t->side[SIDE_GIT], "a.py", "def other():\n    return 2\n");
	memory_write(t->side[SIDE_GIT], "b.py", PY "b\n");
	trio_cycle(t);
	expect_log(t, "put|delete",
		   "local delete b.py\nlocal delete a\nworkspace delete b.py\nworkspace delete a\n"
		   "local put a.py\nlocal put b\nworkspace put a.py\nworkspace put b\n");
	expect_stillness(t);
	trio_free(t);
}

/* ---- slices ---- */

static void write_many_in_git(struct trio *t, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *file = xasprintf("n%03zu.py", i);

		memory_write(t->side[SIDE_GIT], file, PY "n\n");
	}
}

static void test_slices(void **state)
{
	struct trio *t = trio_new(ALL_SIDES, NULL);

	(void)state;
	write_many_in_git(t, 300);
	trio_cycle(t);
	expect_log(t, "apply",
		   "local apply 256\nworkspace apply 256\nlocal apply 44\nworkspace apply 44\n");
	assert_string_equal(buf_str(&t->progress), "256/300 300/300 ");
	assert_int_equal(t->report.side[SIDE_LOCAL].written, 300);
	trio_free(t);
}

static void remember_saved(void *payload, struct side *s, const char *path)
{
	(void)path;
	*(bool *)payload |= s->context->state.agreed_edits.count > 0;
}

/* What is about to be written must be agreed durably before it is; what was is, after a slice. */
static void test_what_is_agreed_is_saved_before_and_after(void **state)
{
	struct trio *t = settled(1);
	bool unsaved = false;

	(void)state;
	memory_on_act(t->side[SIDE_WORKSPACE], remember_saved, &unsaved);
	memory_write(t->side[SIDE_LOCAL], "n000.py", EDIT_1);
	trio_cycle(t);
	assert_false(unsaved);
	expect_durable(t);
	trio_free(t);
}

/* ---- a path that fails ---- */

static void test_a_path_that_fails_is_held_and_tried_again(void **state)
{
	struct trio *t = settled(3);

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		cleanup_free char *file = xasprintf("n%03zu.py", i);

		memory_write(t->side[SIDE_LOCAL], file, EDIT_1);
	}
	memory_fail_next(t->side[SIDE_WORKSPACE], "n001", ERR_INVALID);
	memory_fail_next(t->side[SIDE_GIT], "n002", ERR_INVALID);
	trio_cycle(t);
	assert_int_equal(t->report.code, ERR_OK);
	expect_held(t, "n001", SIDE_WORKSPACE, "refused", "'n001' fails");
	expect_held(t, "n002", SIDE_GIT, "refused", "'n002' fails");
	expect_text(t, SIDE_WORKSPACE, "n001.py", PY "n = 1\n");
	expect_text(t, SIDE_WORKSPACE, "n002.py", EDIT_1);
	expect_text(t, SIDE_GIT, "n001.py", EDIT_1);
	trio_forget_log(t);
	trio_cycle(t);
	expect_log(t, "put", "workspace put n001\ngit put n002\n");
	assert_int_equal(t->report.held.total, 0);
	expect_stillness(t);
	trio_free(t);
}

static void edit_again(void *payload, struct side *s, const char *path)
{
	struct trio *t = payload;

	(void)path;
	memory_write(s, "n000.py", EDIT_2);
	memory_on_act(t->side[SIDE_WORKSPACE], NULL, NULL);
}

/* Somebody was faster: nothing is written over, the next cycle looks again, and nobody is told. */
static void test_an_edit_in_the_last_moment(void **state)
{
	struct trio *t = trio_new(ALL_SIDES, NULL);

	(void)state;
	trio_write_everywhere(t, "n000.py", OLD);
	trio_cycle(t);
	memory_write(t->side[SIDE_LOCAL], "n000.py", EDIT_1);
	memory_on_act(t->side[SIDE_WORKSPACE], edit_again, t);
	trio_cycle(t);
	expect_text(t, SIDE_WORKSPACE, "n000.py", EDIT_2);
	assert_true(cycle_unsettled(t->cycle));
	assert_true(t->report.next_ms >= 0);
	expect_not_held(t, "n000");
	trio_cycle(t);
	expect_everywhere(t, "n000.py", EDIT_12);
	assert_false(cycle_unsettled(t->cycle));
	expect_stillness(t);
	trio_free(t);
}

static void test_who_is_always_faster_is_told_about_and_waited_for(void **state)
{
	static const int64_t waits[] = { 500, 1000, 2000, 4000 };
	struct trio *t = settled(1);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "n000.py", EDIT_1);
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		memory_fail_next(t->side[SIDE_WORKSPACE], "n000", ERR_CONFLICT);
		trio_cycle(t);
		assert_int_equal(t->report.held.total, i == 3);
		assert_int_equal(t->report.next_ms, waits[i]);
	}
	trio_cycle(t);
	expect_everywhere(t, "n000.py", EDIT_1);
	assert_int_equal(t->report.next_ms, -1);
	trio_free(t);
}

/* ---- a side that fails ---- */

static void test_a_side_that_fails_while_it_acts(void **state)
{
	struct trio *t = trio_new(ALL_SIDES, NULL);

	(void)state;
	write_many_in_git(t, 300);
	memory_fail(t->side[SIDE_LOCAL], MEMORY_ACT, ERR_RETRY);
	trio_cycle(t);
	assert_int_equal(t->report.code, ERR_OK);
	/* It is left alone from then on, and the other goes on. */
	expect_log(t, "apply", "local apply 256\nworkspace apply 256\nworkspace apply 44\n");
	expect_log(t, "publish", "git publish\n");
	assert_true(t->report.side[SIDE_LOCAL].held);
	assert_string_equal(t->report.side[SIDE_LOCAL].sentence, "the local side does not answer");
	assert_false(t->report.side[SIDE_WORKSPACE].held);
	expect_text(t, SIDE_WORKSPACE, "n299.py", PY "n\n");
	expect_text(t, SIDE_LOCAL, "n000.py", NULL);
	memory_fail(t->side[SIDE_LOCAL], MEMORY_ACT, ERR_OK);
	trio_cycle(t);
	assert_false(t->report.side[SIDE_LOCAL].held);
	assert_int_equal(t->report.side[SIDE_LOCAL].written, 300);
	expect_stillness(t);
	trio_free(t);
}

static void test_a_side_that_fails_while_it_publishes(void **state)
{
	struct trio *t = settled(2);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "n000.py", EDIT_1);
	memory_fail(t->side[SIDE_GIT], MEMORY_ACT, ERR_RETRY);
	trio_cycle(t);
	assert_true(t->report.side[SIDE_GIT].held);
	expect_text(t, SIDE_WORKSPACE, "n000.py", EDIT_1);
	expect_durable(t);
	memory_fail(t->side[SIDE_GIT], MEMORY_ACT, ERR_OK);
	trio_cycle(t);
	assert_false(t->report.side[SIDE_GIT].held);
	expect_everywhere(t, "n000.py", EDIT_1);
	expect_stillness(t);
	trio_free(t);
}

static void test_a_side_that_cannot_be_seen_does_not_act(void **state)
{
	struct trio *t = settled(2);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "n000.py", EDIT_1);
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_LOOK, ERR_RETRY);
	memory_fail(t->side[SIDE_GIT], MEMORY_LOOK, ERR_RETRY);
	trio_cycle(t);
	/* Who publishes is asked what waits, and says so. */
	expect_log(t, "apply|publish", "git publish\n");
	trio_free(t);
}

/* ---- asked to stop ---- */

static void stop(void *payload, struct side *s, const char *path)
{
	(void)s;
	if (str_eq(path, "n100"))
		((struct trio *)payload)->cancel = 1;
}

static void stop_in_the_middle(bool reopen)
{
	struct trio *t = trio_new(ALL_SIDES, NULL);

	write_many_in_git(t, 300);
	memory_on_act(t->side[SIDE_LOCAL], stop, t);
	trio_cycle(t);
	assert_int_equal(t->report.code, ERR_CANCELLED);
	assert_int_equal(t->report.held.total, 0);
	expect_log(t, "apply|publish", "local apply 256\nworkspace apply 256\n");
	assert_int_equal(t->report.side[SIDE_LOCAL].written, 101);
	assert_int_equal(t->report.side[SIDE_WORKSPACE].written, 0);
	/* What was done is known, and the rest is done by the next. */
	expect_durable(t);
	t->cancel = 0;
	if (reopen)
		trio_reopen(t);
	trio_cycle(t);
	assert_int_equal(t->report.code, ERR_OK);
	assert_int_equal(t->report.side[SIDE_LOCAL].written, 199);
	assert_int_equal(t->report.side[SIDE_WORKSPACE].written, 300);
	assert_int_equal(t->report.side[SIDE_GIT].written, 0);
	expect_stillness(t);
	trio_free(t);
}

static void test_asked_to_stop_in_the_middle(void **state)
{
	(void)state;
	stop_in_the_middle(false);
	stop_in_the_middle(true);
}

/* A side that says itself that it was asked to stop has nothing wrong. */
static void test_a_side_that_was_asked_to_stop(void **state)
{
	struct trio *t = settled(2);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "n000.py", EDIT_1);
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_ACT, ERR_CANCELLED);
	trio_cycle(t);
	assert_int_equal(t->report.code, ERR_CANCELLED);
	assert_string_equal(t->report.sentence, "asked to stop");
	trio_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local_first_and_git_last),
		cmocka_unit_test(test_what_is_in_the_way_goes_first),
		cmocka_unit_test(test_the_other_kind_makes_way),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_what_is_agreed_is_saved_before_and_after),
		cmocka_unit_test(test_a_path_that_fails_is_held_and_tried_again),
		cmocka_unit_test(test_an_edit_in_the_last_moment),
		cmocka_unit_test(test_who_is_always_faster_is_told_about_and_waited_for),
		cmocka_unit_test(test_a_side_that_fails_while_it_acts),
		cmocka_unit_test(test_a_side_that_fails_while_it_publishes),
		cmocka_unit_test(test_a_side_that_cannot_be_seen_does_not_act),
		cmocka_unit_test(test_asked_to_stop_in_the_middle),
		cmocka_unit_test(test_a_side_that_was_asked_to_stop),
	};

	return cmocka_run_group_tests(tests, trio_begin, trio_end);
}
