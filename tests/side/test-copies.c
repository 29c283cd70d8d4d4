/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of clashes: kept before a path is written over, once; where that cannot be, the path is
 * left alone. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/side/trio.h"
#include "tests/world/texts.h"

/* 'a' and 'b' as agreed; then 'a' was edited in the workspace and locally, in the same cell. */
static struct trio *clashing(enum side_id without, const char *config)
{
	struct trio *t = trio_new(without, config);
	enum side_id other = without == SIDE_LOCAL ? SIDE_GIT : SIDE_LOCAL;

	trio_write_everywhere(t, "a.py", OLD);
	trio_write_everywhere(t, "b.py", OLD);
	trio_cycle(t);
	trio_forget_log(t);
	memory_write(t->side[SIDE_WORKSPACE], "a.py", EDIT_1);
	memory_write(t->side[other], "a.py", OTHER_1);
	return t;
}

/* The copy is of that side's version, and has this text. */
static void expect_copy(const struct trio *t, enum side_id at, size_t index, enum side_id of,
			const char *text)
{
	const char *file = memory_copy(t->side[at], index);
	cleanup_free char *begin = xasprintf("a.conflict-%s-", side_names[of]);

	if (!file || !str_starts(file, begin) || !str_ends(file, "Z.py"))
		fail_msg("the copy is '%s'", file ? file : "(none)");
	expect_text(t, at, file, text);
}

static void test_the_loser_is_kept_before_its_path_is_written(void **state)
{
	struct trio *t = clashing(ALL_SIDES, NULL);

	(void)state;
	trio_cycle(t);
	expect_log(t, "copy|put", "local copy a\nlocal put a\ngit put a\n");
	expect_everywhere(t, "a.py", EDIT_1);
	expect_copy(t, SIDE_LOCAL, 0, SIDE_LOCAL, OTHER_1);
	assert_null(memory_copy(t->side[SIDE_LOCAL], 1));
	assert_int_equal(t->report.conflicts.total, 1);
	assert_string_equal(t->report.conflicts.items[0].path, "a");
	assert_string_equal(t->report.conflicts.items[0].sentence,
			    "an edit on the local side clashed with it");
	/* It is told about as long as it stands, and travels nowhere. */
	expect_stillness(t);
	assert_int_equal(t->report.conflicts.total, 1);
	assert_null(memory_copy(t->side[SIDE_WORKSPACE], 0));
	memory_remove(t->side[SIDE_LOCAL], memory_copy(t->side[SIDE_LOCAL], 0));
	expect_stillness(t);
	assert_int_equal(t->report.conflicts.total, 0);
	trio_free(t);
}

static void test_without_a_local_side_it_stands_in_the_workspace(void **state)
{
	struct trio *t = clashing(SIDE_LOCAL, NULL);

	(void)state;
	trio_cycle(t);
	expect_everywhere(t, "a.py", OTHER_1);
	expect_copy(t, SIDE_WORKSPACE, 0, SIDE_WORKSPACE, EDIT_1);
	assert_null(memory_copy(t->side[SIDE_GIT], 0));
	trio_free(t);
}

static void test_where_one_side_is_preferred_none_is_kept(void **state)
{
	struct trio *t = clashing(ALL_SIDES, "conflict = prefer-local\n");

	(void)state;
	trio_cycle(t);
	expect_everywhere(t, "a.py", OTHER_1);
	expect_log(t, "copy", "");
	assert_int_equal(t->report.conflicts.total, 0);
	expect_stillness(t);
	trio_free(t);
}

/* The versions stand where they should on both sides that act; only Git would be written. */
static void expect_left_alone(const struct trio *t, const char *sentence)
{
	expect_held(t, "a", SIDE_LOCAL, "refused", sentence);
	expect_text(t, SIDE_GIT, "a.py", OLD);
	expect_text(t, SIDE_WORKSPACE, "a.py", EDIT_1);
	expect_text(t, SIDE_LOCAL, "a.py", OTHER_1);
	expect_text(t, SIDE_GIT, "b.py", EDIT_2);
}

static void test_what_cannot_be_kept_is_not_written_over(void **state)
{
	struct trio *t = clashing(ALL_SIDES, NULL);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "b.py", EDIT_2);
	memory_fail(t->side[SIDE_LOCAL], MEMORY_COPY, ERR_RETRY);
	trio_cycle(t);
	expect_left_alone(t, "the local side does not answer");
	/* It loses again, and is kept then. */
	memory_fail(t->side[SIDE_LOCAL], MEMORY_COPY, ERR_OK);
	trio_cycle(t);
	expect_everywhere(t, "a.py", EDIT_1);
	expect_copy(t, SIDE_LOCAL, 0, SIDE_LOCAL, OTHER_1);
	expect_stillness(t);
	trio_free(t);
}

static void test_while_its_place_is_held_no_copy_can_be_kept(void **state)
{
	struct trio *t = clashing(ALL_SIDES, NULL);

	(void)state;
	memory_write(t->side[SIDE_GIT], "a.py", THIRD_1);
	memory_fail(t->side[SIDE_LOCAL], MEMORY_LOOK, ERR_RETRY);
	trio_cycle(t);
	expect_held(t, "a", SIDE_LOCAL, "refused",
		    "cannot be kept beside it while the local side is held");
	expect_text(t, SIDE_WORKSPACE, "a.py", EDIT_1);
	expect_log(t, "put|copy", "");
	memory_fail(t->side[SIDE_LOCAL], MEMORY_LOOK, ERR_OK);
	trio_cycle(t);
	expect_everywhere(t, "a.py", THIRD_1);
	expect_copy(t, SIDE_LOCAL, 0, SIDE_LOCAL, OTHER_1);
	expect_copy(t, SIDE_LOCAL, 1, SIDE_WORKSPACE, EDIT_1);
	expect_stillness(t);
	trio_free(t);
}

/* From a cycle that was cut short between the copy and the path. */
static void test_what_is_kept_already_is_kept_once(void **state)
{
	static const char *const file = "a.conflict-local-20260131T120000Z.py";
	struct trio *t = clashing(ALL_SIDES, NULL);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], file, OTHER_1);
	trio_cycle(t);
	expect_log(t, "copy", "");
	expect_everywhere(t, "a.py", EDIT_1);
	assert_string_equal(memory_copy(t->side[SIDE_LOCAL], 0), file);
	assert_null(memory_copy(t->side[SIDE_LOCAL], 1));
	trio_free(t);
}

/* … and so has the same version of another notebook. */
static void test_another_version_has_another_copy(void **state)
{
	static const char *const file = "a.conflict-local-20260131T120000Z.py";
	static const char *const others = "b.conflict-local-20260131T120000Z.py";
	struct trio *t = clashing(ALL_SIDES, NULL);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], file, THIRD_1);
	memory_write(t->side[SIDE_LOCAL], others, OTHER_1);
	trio_cycle(t);
	expect_log(t, "copy", "local copy a\n");
	expect_text(t, SIDE_LOCAL, file, THIRD_1);
	expect_copy(t, SIDE_LOCAL, 1, SIDE_LOCAL, OTHER_1);
	assert_string_equal(memory_copy(t->side[SIDE_LOCAL], 2), others);
	trio_free(t);
}

/* Whoever removed the copy has seen it, although the path could not be written yet. */
static void test_a_version_loses_once(void **state)
{
	struct trio *t = clashing(ALL_SIDES, NULL);

	(void)state;
	memory_fail_next(t->side[SIDE_LOCAL], "a", ERR_INVALID);
	trio_cycle(t);
	expect_text(t, SIDE_LOCAL, "a.py", OTHER_1);
	memory_remove(t->side[SIDE_LOCAL], memory_copy(t->side[SIDE_LOCAL], 0));
	trio_cycle(t);
	expect_everywhere(t, "a.py", EDIT_1);
	expect_log(t, "copy", "local copy a\n");
	assert_null(memory_copy(t->side[SIDE_LOCAL], 0));
	trio_free(t);
}

static void test_a_clash_with_nothing_to_write_has_a_copy(void **state)
{
	struct trio *t = clashing(ALL_SIDES, NULL);

	(void)state;
	memory_refuse_row(t->side[SIDE_LOCAL], "a");
	trio_cycle(t);
	expect_log(t, "copy|put", "local copy a\ngit put a\n");
	expect_text(t, SIDE_LOCAL, "a.py", OTHER_1);
	expect_copy(t, SIDE_LOCAL, 0, SIDE_LOCAL, OTHER_1);
	trio_free(t);
}

/* Names tell seconds: two clashes may come within one. */
static void test_a_name_that_is_taken(void **state)
{
	struct trio *t = clashing(ALL_SIDES, NULL);

	(void)state;
	trio_cycle(t);
	memory_write(t->side[SIDE_WORKSPACE], "a.py", OLD);
	memory_write(t->side[SIDE_LOCAL], "a.py", THIRD_1);
	trio_cycle(t);
	expect_everywhere(t, "a.py", OLD);
	expect_copy(t, SIDE_LOCAL, 0, SIDE_LOCAL, OTHER_1);
	expect_copy(t, SIDE_LOCAL, 1, SIDE_LOCAL, THIRD_1);
	assert_null(memory_copy(t->side[SIDE_LOCAL], 2));
	trio_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_loser_is_kept_before_its_path_is_written),
		cmocka_unit_test(test_without_a_local_side_it_stands_in_the_workspace),
		cmocka_unit_test(test_where_one_side_is_preferred_none_is_kept),
		cmocka_unit_test(test_what_cannot_be_kept_is_not_written_over),
		cmocka_unit_test(test_while_its_place_is_held_no_copy_can_be_kept),
		cmocka_unit_test(test_what_is_kept_already_is_kept_once),
		cmocka_unit_test(test_another_version_has_another_copy),
		cmocka_unit_test(test_a_version_loses_once),
		cmocka_unit_test(test_a_clash_with_nothing_to_write_has_a_copy),
		cmocka_unit_test(test_a_name_that_is_taken),
	};

	return cmocka_run_group_tests(tests, trio_begin, trio_end);
}
