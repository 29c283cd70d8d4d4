/* SPDX-License-Identifier: Apache-2.0 */
/* What thinking agrees to, and what it asks of each side, whatever the sides are. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/side/trio.h"
#include "tests/world/texts.h"

/* ---- one path ---- */

#define SAME         "="
#define PREFER_LOCAL "conflict = prefer-local\n"
#define FROM_GIT     "direction = git->workspace,local\n"

/* Notebook 'a' on each side after it was OLD everywhere, and what is thought of it. */
static const struct think_case {
	const char *name;
	const char *side[SIDE_COUNT]; /* git, workspace, local; SAME: unchanged; NULL: deleted */
	const char *agreed, *actions; /* as expect_agreed(), expect_actions() */
	/* A side: its version clashes with what is agreed. "deletion": an edit won over one. */
	const char *trouble;
	const char *config;
} cases[] = {
	{ "edited locally", { SAME, SAME, EDIT_1 }, EDIT_1, "ww=", NULL, NULL },
	{ "edited in the workspace", { SAME, EDIT_1, SAME }, EDIT_1, "w=w", NULL, NULL },
	{ "a commit", { EDIT_1, SAME, SAME }, EDIT_1, "=ww", NULL, NULL },
	{ "deleted", { SAME, SAME, NULL }, NULL, "dd=", NULL, NULL },
	{ "deleted on two sides", { NULL, SAME, NULL }, NULL, "=d=", NULL, NULL },
	{ "two cells", { SAME, EDIT_1, EDIT_2 }, EDIT_12, "www", NULL, NULL },
	{ "three cells", { EDIT_1, EDIT_2, EDIT_3 }, EDIT_123, "www", NULL, NULL },
	{ "the same edit", { SAME, EDIT_1, EDIT_1 }, EDIT_1, "w==", NULL, NULL },
	{ "a clash", { SAME, EDIT_1, OTHER_1 }, EDIT_1, "w=w", "local", NULL },
	{ "with a commit", { EDIT_1, OTHER_1, SAME }, EDIT_1, "=ww", "workspace", NULL },
	{ "one preferred", { SAME, EDIT_1, OTHER_1 }, OTHER_1, "ww=", "workspace", PREFER_LOCAL },
	{ "edit and deletion", { SAME, EDIT_1, NULL }, EDIT_1, "w=w", "deletion", NULL },
	{ "one only gives", { EDIT_1, SAME, SAME }, EDIT_1, "=ww", NULL, FROM_GIT },
	{ "does not count", { SAME, SAME, EDIT_1 }, OLD, "==w", NULL, FROM_GIT },
};

static void change(struct trio *t, const struct think_case *it)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!it->side[s])
			memory_remove(t->side[s], "a.py");
		else if (!str_eq(it->side[s], SAME))
			memory_write(t->side[s], "a.py", it->side[s]);
	}
}

static struct trio *settled(enum side_id without, const char *config)
{
	struct trio *t = trio_new(without, config);

	trio_write_everywhere(t, "a.py", OLD);
	trio_cycle(t);
	expect_stillness(t);
	trio_forget_log(t);
	return t;
}

static void test_one_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct trio *t = settled(ALL_SIDES, cases[i].config);
		const char *trouble = cases[i].trouble;
		const struct plan_outcome *todo;

		print_message("%s\n", cases[i].name);
		change(t, &cases[i]);
		trio_think(t);
		expect_agreed(t, "a", cases[i].agreed);
		expect_actions(t, "a", cases[i].actions);
		todo = &trio_row(t, "a")->todo;
		assert_int_equal(todo->edit_beat_delete, str_eq(trouble, "deletion"));
		assert_int_equal(todo->conflict, trouble && !todo->edit_beat_delete);
		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			assert_int_equal(todo->lost[s], str_eq(side_names[s], trouble));
		assert_int_equal(t->report.held.total, 0);
		trio_free(t);
	}
}

static void test_a_new_notebook(void **state)
{
	struct trio *t = trio_new(ALL_SIDES, NULL);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.py", OLD);
	memory_write(t->side[SIDE_LOCAL], "b.py", OLD);
	memory_write(t->side[SIDE_GIT], "b.py", OLD);
	memory_write(t->side[SIDE_LOCAL], "c.py", EDIT_1);
	memory_write(t->side[SIDE_GIT], "c.py", OTHER_1);
	trio_think(t);
	expect_agreed(t, "a", OLD);
	expect_actions(t, "a", "ww=");
	expect_agreed(t, "b", OLD);
	expect_actions(t, "b", "=w=");
	expect_agreed(t, "c", OTHER_1);
	expect_actions(t, "c", "=ww");
	assert_true(trio_row(t, "c")->todo.lost[SIDE_LOCAL]);
	trio_free(t);
}

/* ---- what cannot be seen or written ---- */

static void test_a_side_that_is_held_says_and_gets_nothing(void **state)
{
	struct trio *t = settled(ALL_SIDES, NULL);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	memory_remove(t->side[SIDE_WORKSPACE], "a.py");
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_LOOK, ERR_RETRY);
	trio_think(t);
	expect_agreed(t, "a", EDIT_1);
	expect_actions(t, "a", "w-=");
	/* When it is back, it is heard: an edit beats its deletion. */
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_LOOK, ERR_OK);
	trio_think(t);
	expect_agreed(t, "a", EDIT_1);
	expect_actions(t, "a", "ww=");
	trio_free(t);
}

static void test_a_held_path_says_and_gets_nothing(void **state)
{
	struct trio *t = settled(ALL_SIDES, NULL);

	(void)state;
	trio_write_everywhere(t, "b.py", OLD);
	trio_cycle(t);
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	memory_write(t->side[SIDE_LOCAL], "b.py", EDIT_1);
	memory_write(t->side[SIDE_WORKSPACE], "a.py", EDIT_2);
	memory_hold(t->side[SIDE_WORKSPACE], "a.py", false);
	trio_think(t);
	expect_agreed(t, "a", EDIT_1);
	expect_actions(t, "a", "w-=");
	expect_actions(t, "b", "ww=");
	trio_free(t);
}

static void test_what_stands_in_the_way_is_not_written_over(void **state)
{
	struct trio *t = settled(ALL_SIDES, NULL);

	(void)state;
	memory_obstruct(t->side[SIDE_WORKSPACE], "b");
	memory_write(t->side[SIDE_LOCAL], "b.py", OLD);
	trio_think(t);
	expect_agreed(t, "b", OLD);
	expect_actions(t, "b", "wx=");
	trio_free(t);
}

static void test_a_side_that_the_mapping_lacks(void **state)
{
	struct trio *t = settled(SIDE_GIT, NULL);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	trio_think(t);
	expect_actions(t, "a", "-w=");
	trio_free(t);
}

/* ---- agreed ---- */

static void test_sides_hear_that_the_agreed_state_moved(void **state)
{
	struct trio *t = settled(ALL_SIDES, NULL);

	(void)state;
	trio_write_everywhere(t, "b.py", OLD);
	trio_cycle(t);
	trio_forget_log(t);
	trio_think(t);
	expect_log(t, "agreed", "");
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	trio_think(t);
	expect_log(t, "agreed", "git agreed\nworkspace agreed\nlocal agreed\n");
	trio_forget_log(t);
	trio_think(t);
	expect_log(t, "agreed", "");
	trio_free(t);
}

static void expect_base(const struct trio *t, enum side_id side, const struct version *v)
{
	if (!version_same(&trio_row(t, "a")->base[side], v))
		fail_msg("the base of the %s side", side_names[side]);
}

/* Who holds what is agreed, or was merged into it, has that as its base; who is to be written, what
 * it had. */
static void test_bases_move_with_what_is_agreed(void **state)
{
	struct trio *t = settled(ALL_SIDES, NULL);
	struct version old = trio_row(t, "a")->agreed;

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	trio_think(t);
	expect_base(t, SIDE_LOCAL, &trio_row(t, "a")->agreed);
	expect_base(t, SIDE_WORKSPACE, &old);
	expect_base(t, SIDE_GIT, &old);
	memory_write(t->side[SIDE_WORKSPACE], "a.py", EDIT_2);
	trio_think(t);
	expect_agreed(t, "a", EDIT_12);
	expect_base(t, SIDE_WORKSPACE, &trio_row(t, "a")->side[SIDE_WORKSPACE].version);
	trio_free(t);
}

static void test_origins(void **state)
{
	struct trio *t = settled(ALL_SIDES, NULL);

	(void)state;
	memory_write(t->side[SIDE_WORKSPACE], "a.py", EDIT_1);
	trio_think(t);
	assert_int_equal(trio_row(t, "a")->origins, 1u << SIDE_WORKSPACE);
	trio_cycle(t);
	memory_write(t->side[SIDE_WORKSPACE], "a.py", EDIT_12);
	memory_write(t->side[SIDE_LOCAL], "a.py", CELLS("first = 10", "second = 2", "third = 30"));
	trio_think(t);
	assert_int_equal(trio_row(t, "a")->origins, 1u << SIDE_WORKSPACE | 1u << SIDE_LOCAL);
	trio_cycle(t);
	memory_remove(t->side[SIDE_LOCAL], "a.py");
	trio_think(t);
	assert_int_equal(trio_row(t, "a")->origins, 1u << SIDE_LOCAL);
	trio_free(t);
}

/* ---- what is not managed any more ---- */

/* It is frozen: no edit counts, nothing is written or deleted, and it comes back as it was. */
static void test_what_is_ignored_is_frozen(void **state)
{
	struct trio *t = settled(ALL_SIDES, NULL);

	(void)state;
	memory_set_rules(t->side[SIDE_LOCAL], "a\n");
	trio_cycle(t);
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	memory_remove(t->side[SIDE_WORKSPACE], "a.py");
	trio_cycle(t);
	expect_log(t, "put|delete|agreed", "");
	expect_agreed(t, "a", OLD);
	expect_actions(t, "a", "---");
	memory_write(t->side[SIDE_WORKSPACE], "a.py", EDIT_2);
	memory_set_rules(t->side[SIDE_LOCAL], "");
	trio_cycle(t);
	expect_everywhere(t, "a.py", EDIT_12);
	expect_stillness(t);
	trio_free(t);
}

/* ---- other kinds ---- */

static void test_a_notebook_and_a_file_of_one_path(void **state)
{
	struct trio *t = settled(ALL_SIDES, "files = all\n");

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	memory_remove(t->side[SIDE_WORKSPACE], "a.py");
	memory_write(t->side[SIDE_WORKSPACE], "a", "no notebook\n");
	trio_think(t);
	expect_held(t, "a", SIDE_WORKSPACE, "collision", "on one side and another file on the");
	expect_agreed(t, "a", EDIT_1);
	expect_actions(t, "a", "w-=");
	trio_free(t);
}

/* A script that loses its header where a file is none by accident: one row goes, another comes. */
static void test_a_script_changes_its_kind(void **state)
{
	struct trio *t = settled(ALL_SIDES, "files = all\n");

	(void)state;
	memory_write(t->side[SIDE_WORKSPACE], "a.py", MODULE);
	trio_think(t);
	expect_agreed(t, "a", NULL);
	expect_actions(t, "a", "d=d");
	expect_agreed(t, "a.py", MODULE);
	expect_actions(t, "a.py", "w=w");
	trio_cycle(t);
	expect_everywhere(t, "a.py", MODULE);
	expect_stillness(t);
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	trio_think(t);
	expect_agreed(t, "a.py", NULL);
	expect_agreed(t, "a", EDIT_1);
	trio_cycle(t);
	expect_everywhere(t, "a.py", EDIT_1);
	expect_stillness(t);
	trio_free(t);
}

/* Without files = all, what is no notebook is nobody's. */
static void test_a_notebook_is_no_notebook_any_more(void **state)
{
	struct trio *t = settled(ALL_SIDES, NULL);

	(void)state;
	memory_write(t->side[SIDE_GIT], "a.py", MODULE);
	trio_think(t);
	expect_agreed(t, "a", NULL);
	expect_actions(t, "a", "=dd");
	assert_null(table_find(&t->cycle->context.table, "a.py"));
	trio_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_path),
		cmocka_unit_test(test_a_new_notebook),
		cmocka_unit_test(test_a_side_that_is_held_says_and_gets_nothing),
		cmocka_unit_test(test_a_held_path_says_and_gets_nothing),
		cmocka_unit_test(test_what_stands_in_the_way_is_not_written_over),
		cmocka_unit_test(test_a_side_that_the_mapping_lacks),
		cmocka_unit_test(test_sides_hear_that_the_agreed_state_moved),
		cmocka_unit_test(test_bases_move_with_what_is_agreed),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_what_is_ignored_is_frozen),
		cmocka_unit_test(test_a_notebook_and_a_file_of_one_path),
		cmocka_unit_test(test_a_script_changes_its_kind),
		cmocka_unit_test(test_a_notebook_is_no_notebook_any_more),
	};

	return cmocka_run_group_tests(tests, trio_begin, trio_end);
}
