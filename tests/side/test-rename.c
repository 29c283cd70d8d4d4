/* SPDX-License-Identifier: Apache-2.0 */
/* Renames: which are followed, with what, and how they are carried out. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/side/trio.h"
#include "tests/world/texts.h"

static struct trio *settled(void)
{
	struct trio *t = trio_new(ALL_SIDES, NULL);

	trio_write_everywhere(t, "a.py", OLD);
	trio_cycle(t);
	trio_forget_log(t);
	return t;
}

/* ---- thinking ---- */

/* 'a' becomes 'b' on one side; what the workspace or another side did to 'a' meanwhile. */
static const struct rename_case {
	const char *name;
	enum side_id side;
	const char *renamed_text; /* as it stands under the new name; NULL: unchanged */
	enum side_id other;       /* SIDE_COUNT: nobody did anything */
	const char *text;
	bool followed;
	const char *agreed, *old, *new; /* of 'b'; what is to be done for 'a' and 'b' */
} cases[] = {
	{ "alone", SIDE_LOCAL, NULL, SIDE_COUNT, NULL, true, OLD, "dd=", "ww=" },
	{ "in a commit", SIDE_GIT, NULL, SIDE_COUNT, NULL, true, OLD, "=dd", "=ww" },
	{ "edited elsewhere", SIDE_LOCAL, NULL, SIDE_WORKSPACE, EDIT_1, true, EDIT_1,
	  "dd=", "www" },
	/* Who keeps an object's id may change it at once. */
	{ "edited as well", SIDE_WORKSPACE, EDIT_1, SIDE_COUNT, NULL, true, EDIT_1, "d=d", "w=w" },
	{ "edited as well, without ids", SIDE_LOCAL, EDIT_1, SIDE_COUNT, NULL, true, EDIT_1,
	  "dd=", "ww=" },
	{ "edits of both join", SIDE_WORKSPACE, EDIT_1, SIDE_GIT, EDIT_2, true, EDIT_12, "d=d",
	  "www" },
	/* What clashes is not followed: the old path comes back with the edit. */
	{ "edits of both clash", SIDE_WORKSPACE, EDIT_1, SIDE_GIT, OTHER_1, false, EDIT_1, "=ww",
	  "w=w" },
	{ "deleted elsewhere", SIDE_LOCAL, NULL, SIDE_WORKSPACE, NULL, true, OLD, "d==", "ww=" },
};

static void test_thinking(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct rename_case *it = &cases[i];
		struct trio *t = settled();
		const struct row *from, *to;

		print_message("%s\n", it->name);
		memory_rename(t->side[it->side], "a.py", "b.py");
		if (it->renamed_text)
			memory_write(t->side[it->side], "b.py", it->renamed_text);
		if (it->other != SIDE_COUNT && it->text)
			memory_write(t->side[it->other], "a.py", it->text);
		else if (it->other != SIDE_COUNT)
			memory_remove(t->side[it->other], "a.py");
		trio_think(t);
		from = trio_row(t, "a");
		to = trio_row(t, "b");
		assert_ptr_equal(from->rename.to, it->followed ? to : NULL);
		assert_ptr_equal(to->rename.from, it->followed ? from : NULL);
		expect_agreed(t, "b", it->agreed);
		expect_actions(t, "a", it->old);
		expect_actions(t, "b", it->new);
		trio_free(t);
	}
}

static void test_two_names_at_once(void **state)
{
	struct trio *t = settled();

	(void)state;
	memory_rename(t->side[SIDE_WORKSPACE], "a.py", "b.py");
	memory_rename(t->side[SIDE_LOCAL], "a.py", "c.py");
	trio_cycle(t);
	expect_note(t, "'a' was renamed to 'b' and to 'c' on different sides: both stay");
	trio_cycle(t);
	expect_everywhere(t, "a.py", NULL);
	expect_everywhere(t, "b.py", OLD);
	expect_everywhere(t, "c.py", OLD);
	expect_stillness(t);
	trio_free(t);
}

/* ---- acting ---- */

static void test_the_new_name_stands_before_the_old_one_goes(void **state)
{
	struct trio *t = settled();

	(void)state;
	memory_rename(t->side[SIDE_LOCAL], "a.py", "b.py");
	trio_cycle(t);
	expect_log(t, "put|delete",
		   "workspace put b\nworkspace delete a\ngit delete a\ngit put b\n");
	expect_everywhere(t, "a.py", NULL);
	expect_everywhere(t, "b.py", OLD);
	expect_stillness(t);
	trio_free(t);
}

static void test_the_old_name_stays_where_the_new_one_does_not_stand(void **state)
{
	struct trio *t = settled();

	(void)state;
	memory_rename(t->side[SIDE_LOCAL], "a.py", "b.py");
	memory_fail_next(t->side[SIDE_WORKSPACE], "b", ERR_RETRY);
	trio_cycle(t);
	expect_held(t, "b", SIDE_WORKSPACE, "refused", "'b' fails");
	expect_text(t, SIDE_WORKSPACE, "a.py", OLD);
	expect_text(t, SIDE_WORKSPACE, "b.py", NULL);
	expect_text(t, SIDE_GIT, "b.py", OLD);
	assert_true(cycle_unsettled(t->cycle));
	trio_cycle(t);
	expect_everywhere(t, "a.py", NULL);
	expect_everywhere(t, "b.py", OLD);
	expect_stillness(t);
	trio_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_thinking),
		cmocka_unit_test(test_two_names_at_once),
		cmocka_unit_test(test_the_new_name_stands_before_the_old_one_goes),
		cmocka_unit_test(test_the_old_name_stays_where_the_new_one_does_not_stand),
	};

	return cmocka_run_group_tests(tests, trio_begin, trio_end);
}
