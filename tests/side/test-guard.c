/* SPDX-License-Identifier: Apache-2.0 */
/* What the guards take back of a plan, whatever the sides are: names. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/side/trio.h"
#include "tests/world/texts.h"

static struct trio *settled(const char *config)
{
	struct trio *t = trio_new(ALL_SIDES, config);

	trio_write_everywhere(t, "a.py", OLD);
	trio_cycle(t);
	trio_forget_log(t);
	return t;
}

/* ---- names alike ---- */

/* A newcomer that some systems take for what is there, as a file of the local side. */
static const struct alike_case {
	const char *there, *newcomer, *path;
	const char *sentence; /* a part of it */
} alike[] = {
	{ "load.py", "Load.py", "Load", "'Load' and 'load' differ only in case" },
	{ "caf\u00e9.py", "cafe\u0301.py", "cafe\u0301",
	  "'cafe\\xcc\\x81' and 'caf\\xc3\\xa9' differ only in case" },
	{ "CAF\u00c9.py", "cafe\u0301.py", "cafe\u0301", "and 'CAF\\xc3\\x89' differ" },
};

static void test_a_newcomer_of_a_name_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(alike); i++) {
		struct trio *t = settled(NULL);

		trio_write_everywhere(t, alike[i].there, OLD);
		trio_cycle(t);
		memory_write(t->side[SIDE_LOCAL], alike[i].newcomer, EDIT_1);
		trio_cycle(t);
		expect_held(t, alike[i].path, SIDE_LOCAL, "collision", alike[i].sentence);
		expect_agreed(t, alike[i].path, NULL);
		expect_text(t, SIDE_LOCAL, alike[i].newcomer, EDIT_1);
		expect_text(t, SIDE_GIT, alike[i].newcomer, NULL);
		expect_text(t, SIDE_WORKSPACE, alike[i].newcomer, NULL);
		/* It is released when its cause has gone. */
		memory_remove(t->side[SIDE_LOCAL], alike[i].there);
		trio_cycle(t);
		trio_cycle(t);
		expect_everywhere(t, alike[i].there, NULL);
		expect_everywhere(t, alike[i].newcomer, EDIT_1);
		expect_stillness(t);
		trio_free(t);
	}
}

static void test_of_two_newcomers_the_first_stays(void **state)
{
	struct trio *t = settled(NULL);

	(void)state;
	memory_write(t->side[SIDE_WORKSPACE], "load.py", EDIT_1);
	memory_write(t->side[SIDE_LOCAL], "Load.py", OLD);
	trio_cycle(t);
	expect_not_held(t, "Load");
	expect_everywhere(t, "Load.py", OLD);
	expect_held(t, "load", SIDE_WORKSPACE, "collision", "differ only in case");
	expect_text(t, SIDE_GIT, "load.py", NULL);
	trio_free(t);
}

static void test_an_edit_of_a_name_alike_goes_on(void **state)
{
	struct trio *t = settled(NULL);

	(void)state;
	trio_write_everywhere(t, "load.py", OLD);
	trio_cycle(t);
	memory_write(t->side[SIDE_LOCAL], "Load.py", OLD);
	memory_write(t->side[SIDE_LOCAL], "load.py", EDIT_1);
	trio_cycle(t);
	expect_text(t, SIDE_GIT, "load.py", EDIT_1);
	expect_text(t, SIDE_GIT, "Load.py", NULL);
	trio_free(t);
}

/* ---- names that a side cannot have ---- */

static void test_a_side_goes_without_a_name_that_it_refuses(void **state)
{
	struct trio *t = settled(NULL);

	(void)state;
	memory_refuse_name(t->side[SIDE_WORKSPACE], "b.py");
	memory_write(t->side[SIDE_LOCAL], "b.py", OLD);
	memory_write(t->side[SIDE_LOCAL], "c.py", OLD);
	trio_cycle(t);
	expect_held(t, "b", SIDE_WORKSPACE, "name", "cannot have the name 'b.py'");
	expect_agreed(t, "b", OLD);
	expect_text(t, SIDE_GIT, "b.py", OLD);
	expect_text(t, SIDE_WORKSPACE, "b.py", NULL);
	expect_everywhere(t, "c.py", OLD);
	trio_free(t);
}

/* Where it cannot have the new name, the old one would only go. */
static void test_a_rename_to_a_name_that_a_side_refuses(void **state)
{
	struct trio *t = settled(NULL);

	(void)state;
	memory_refuse_name(t->side[SIDE_WORKSPACE], "b.py");
	memory_rename(t->side[SIDE_LOCAL], "a.py", "b.py");
	trio_cycle(t);
	expect_held(t, "b", SIDE_WORKSPACE, "name", "cannot have the name 'b.py'");
	expect_log(t, "put|delete", "");
	expect_agreed(t, "a", OLD);
	expect_agreed(t, "b", NULL);
	memory_rename(t->side[SIDE_LOCAL], "b.py", "c.py");
	trio_cycle(t);
	expect_everywhere(t, "a.py", NULL);
	expect_everywhere(t, "c.py", OLD);
	expect_stillness(t);
	trio_free(t);
}

static void test_a_side_takes_back_what_it_cannot_take(void **state)
{
	struct trio *t = settled(NULL);

	(void)state;
	memory_refuse_row(t->side[SIDE_WORKSPACE], "a");
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	trio_cycle(t);
	expect_log(t, "check", "git check a\nworkspace check a\nlocal check a\n");
	expect_held(t, "a", SIDE_WORKSPACE, "refused", "not here");
	expect_text(t, SIDE_WORKSPACE, "a.py", OLD);
	expect_text(t, SIDE_GIT, "a.py", EDIT_1);
	trio_free(t);
}

/* ---- two of one name ---- */

static void test_a_notebook_and_a_file_that_would_have_one_name(void **state)
{
	struct trio *t = settled("files = all\n");

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "b.py", MODULE);
	memory_write(t->side[SIDE_WORKSPACE], "b.ipynb", IPYNB("first = 1", ""));
	trio_cycle(t);
	expect_held(t, "b", SIDE_WORKSPACE, "collision", "the notebook 'b' and the file 'b.py'");
	expect_held(t, "b.py", SIDE_LOCAL, "collision", "the notebook 'b' and the file 'b.py'");
	expect_log(t, "put|delete", "");
	memory_remove(t->side[SIDE_WORKSPACE], "b.ipynb");
	trio_cycle(t);
	expect_everywhere(t, "b.py", MODULE);
	expect_stillness(t);
	trio_free(t);
}

/* The one that stands already goes on: only the newcomer waits. */
static void test_a_notebook_beside_the_file_that_was_there(void **state)
{
	struct trio *t = settled("files = all\n");

	(void)state;
	trio_write_everywhere(t, "b.py", MODULE);
	trio_cycle(t);
	trio_forget_log(t);
	memory_write(t->side[SIDE_WORKSPACE], "b.ipynb", IPYNB("first = 1", ""));
	trio_cycle(t);
	expect_held(t, "b", SIDE_WORKSPACE, "collision", "the notebook 'b' and the file 'b.py'");
	expect_not_held(t, "b.py");
	expect_log(t, "put|delete", "");
	expect_everywhere(t, "b.py", MODULE);
	trio_free(t);
}

/* ---- many changes ---- */

static void edit_many(struct trio *t, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *file = xasprintf("n%03zu.py", i);

		memory_write(t->side[SIDE_LOCAL], file, PY "other\n");
	}
}

static void test_many_changes_are_remarked_and_carried_out(void **state)
{
	static const struct {
		size_t count, edited;
		bool remarked;
	} table[] = { { 21, 11, true }, { 22, 11, false }, { 10, 10, false } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct trio *t = trio_new(ALL_SIDES, NULL);

		trio_write_many(t, table[i].count);
		trio_cycle(t);
		edit_many(t, table[i].edited);
		trio_cycle(t);
		if (table[i].remarked)
			expect_note(t, "11 of 21 notebooks changed at once on the local side");
		else
			assert_int_equal(t->report.notes.count, 0);
		expect_everywhere(t, "n000.py", PY "other\n");
		trio_free(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_newcomer_of_a_name_alike),
		cmocka_unit_test(test_of_two_newcomers_the_first_stays),
		cmocka_unit_test(test_an_edit_of_a_name_alike_goes_on),
		cmocka_unit_test(test_a_side_goes_without_a_name_that_it_refuses),
		cmocka_unit_test(test_a_rename_to_a_name_that_a_side_refuses),
		cmocka_unit_test(test_a_side_takes_back_what_it_cannot_take),
		cmocka_unit_test(test_a_notebook_and_a_file_that_would_have_one_name),
		cmocka_unit_test(test_a_notebook_beside_the_file_that_was_there),
		cmocka_unit_test(test_many_changes_are_remarked_and_carried_out),
	};

	return cmocka_run_group_tests(tests, trio_begin, trio_end);
}
