/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a workspace cannot have, and the other sides can: a file beside a notebook whose source has its
 * name, a folder and a notebook of one name, names of which it makes something else. It is left out
 * there, with a sentence, and stands everywhere else; once it is possible it comes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/world/expectations.h"
#include "tests/world/texts.h"

#define NOTEBOOK IPYNB("print(1)", "")

/* The local side and the workspace; local notebooks are .ipynb, so that a script may stand beside one. */
static struct world *world_of(const char *config)
{
	struct world_options options = { .without = { [SIDE_GIT] = true }, .config = config };
	struct world *w = world_new(&options);

	world_write(w, SIDE_LOCAL, "fine.py", PY "fine\n");
	settle(w);
	return w;
}

static struct world *world_with_files(void)
{
	return world_of("files = all\nlocal_format = ipynb\n");
}

/* The path is held for the workspace, again and again, with just this reason and sentence. */
static void expect_refused(struct world *w, const char *path, const char *reason,
			   const char *sentence)
{
	for (int i = 0; i < 2; i++) {
		const struct report_path *found = held(world_cycle(w, true, true), path);

		expect_reason(&w->report, path, reason);
		assert_string_equal(found->side, side_names[SIDE_WORKSPACE]);
		assert_string_equal(found->sentence, sentence);
		assert_int_equal(w->report.held.total, 1);
	}
}

static void expect_nothing_held(struct world *w)
{
	settle(w);
	assert_int_equal(w->report.held.total, 0);
}

/* ---- a file beside a notebook ---- */

#define BESIDE "a workspace takes no file 'a.py' beside a notebook 'a': rename one of them"

static void test_a_file_comes_beside_a_notebook(void **state)
{
	struct world *w = world_with_files();

	(void)state;
	world_write(w, SIDE_LOCAL, "a.ipynb", NOTEBOOK);
	settle(w);
	world_write(w, SIDE_LOCAL, "a.py", MODULE);
	expect_refused(w, "a.py", "collision", BESIDE);
	expect(w, SIDE_WORKSPACE, "a.py", PY "print(1)");
	world_delete(w, SIDE_LOCAL, "a.ipynb");
	expect_nothing_held(w);
	expect(w, SIDE_WORKSPACE, "a.py", MODULE);
	world_free(w);
}

static void test_a_notebook_comes_beside_a_file(void **state)
{
	struct world *w = world_with_files();

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", MODULE);
	settle(w);
	world_write(w, SIDE_LOCAL, "a.ipynb", NOTEBOOK);
	expect_refused(w, "a", "collision", BESIDE);
	expect(w, SIDE_WORKSPACE, "a.py", MODULE);
	world_delete(w, SIDE_LOCAL, "a.py");
	expect_nothing_held(w);
	expect(w, SIDE_WORKSPACE, "a.py", PY "print(1)");
	world_free(w);
}

/* Neither comes: which of them is to be renamed is for people to say. */
static void test_both_come_at_once(void **state)
{
	struct world *w = world_with_files();

	(void)state;
	world_write(w, SIDE_LOCAL, "a.ipynb", NOTEBOOK);
	world_write(w, SIDE_LOCAL, "a.py", MODULE);
	for (int i = 0; i < 2; i++) {
		world_cycle(w, true, true);
		expect_reason(&w->report, "a", "collision");
		assert_string_equal(held(&w->report, "a")->sentence, BESIDE);
		expect_reason(&w->report, "a.py", "collision");
		assert_string_equal(held(&w->report, "a.py")->sentence, BESIDE);
	}
	expect(w, SIDE_WORKSPACE, "a.py", NULL);
	world_delete(w, SIDE_LOCAL, "a.py");
	expect_nothing_held(w);
	expect(w, SIDE_WORKSPACE, "a.py", PY "print(1)");
	world_free(w);
}

/* The source of a notebook of another language has another name. */
static void test_other_languages_are_no_rivals(void **state)
{
	struct world *w = world_with_files();

	(void)state;
	world_write(w, SIDE_LOCAL, "a.ipynb", NOTEBOOK);
	world_write(w, SIDE_LOCAL, "a.sql", "select 1;\n");
	world_write(w, SIDE_LOCAL, "a.txt", "text\n");
	expect_nothing_held(w);
	expect(w, SIDE_WORKSPACE, "a.sql", "select 1;\n");
	expect(w, SIDE_WORKSPACE, "a.txt", "text\n");
	world_free(w);
}

/* A notebook is none of a file's kind, whatever its name. */
static void test_notebooks_are_no_rivals(void **state)
{
	struct world *w = world_with_files();

	(void)state;
	world_write(w, SIDE_LOCAL, "a.ipynb", NOTEBOOK);
	world_write(w, SIDE_LOCAL, "a.py.ipynb", NOTEBOOK);
	expect_nothing_held(w);
	expect(w, SIDE_WORKSPACE, "a.py", PY "print(1)");
	expect(w, SIDE_WORKSPACE, "a.py.py", PY "print(1)");
	world_free(w);
}

/* What goes in the same cycle is not in the way. */
static void test_one_takes_the_place_of_the_other(void **state)
{
	struct world *w = world_with_files();

	(void)state;
	world_write(w, SIDE_LOCAL, "a.ipynb", NOTEBOOK);
	settle(w);
	world_delete(w, SIDE_LOCAL, "a.ipynb");
	world_write(w, SIDE_LOCAL, "a.py", MODULE);
	world_cycle(w, true, true);
	assert_int_equal(w->report.held.total, 0);
	expect(w, SIDE_WORKSPACE, "a.py", MODULE);
	world_delete(w, SIDE_LOCAL, "a.py");
	world_write(w, SIDE_LOCAL, "a.ipynb", NOTEBOOK);
	world_cycle(w, true, true);
	assert_int_equal(w->report.held.total, 0);
	expect(w, SIDE_WORKSPACE, "a.py", PY "print(1)");
	world_free(w);
}

/* What stands already is not moved by what cannot come: its edits go on. */
static void test_who_is_there_goes_on(void **state)
{
	struct world *w = world_with_files();

	(void)state;
	world_write(w, SIDE_LOCAL, "a.ipynb", NOTEBOOK);
	settle(w);
	world_write(w, SIDE_LOCAL, "a.py", MODULE);
	world_write(w, SIDE_LOCAL, "a.ipynb", IPYNB("print(2)", ""));
	expect_refused(w, "a.py", "collision", BESIDE);
	expect(w, SIDE_WORKSPACE, "a.py", PY "print(2)");
	world_free(w);
}

/* ---- names ---- */

static void test_names_of_other_things(void **state)
{
	struct world *w = world_with_files();

	(void)state;
	world_write(w, SIDE_LOCAL, "sales.lvdash.json", "{}\n");
	world_write(w, SIDE_LOCAL, "lvdash.json", "{}\n");
	expect_refused(w, "sales.lvdash.json", "name",
		       "a workspace would make something else than a file of 'sales.lvdash.json' "
		       "('*.lvdash.json'): rename or exclude it");
	expect(w, SIDE_WORKSPACE, "sales.lvdash.json", NULL);
	expect(w, SIDE_WORKSPACE, "lvdash.json", "{}\n");
	world_free(w);
}

/* It is no question of what a workspace has as a file already. */
static void test_such_a_file_stands_there(void **state)
{
	struct world *w = world_with_files();

	(void)state;
	world_write(w, SIDE_WORKSPACE, "sales.lvdash.json", "{}\n");
	expect_nothing_held(w);
	expect(w, SIDE_LOCAL, "sales.lvdash.json", "{}\n");
	world_free(w);
}

/* ---- folders ---- */

#define NO_FOLDER                                                                                \
	"'etl' is no folder in the workspace, which cannot have two things of one name: rename " \
	"one of them"
#define NO_NOTEBOOK                                                                              \
	"something else than this notebook stands at 'etl' in the workspace, which cannot have " \
	"both: rename one of them"

static void test_a_notebook_where_a_folder_is_needed(void **state)
{
	struct world *w = world_of(NULL);

	(void)state;
	world_write(w, SIDE_LOCAL, "etl.py", PY "etl\n");
	settle(w);
	world_write(w, SIDE_LOCAL, "etl/deep/x.py", PY "x\n");
	expect_refused(w, "etl/deep/x", "collision", NO_FOLDER);
	expect(w, SIDE_WORKSPACE, "etl.py", PY "etl\n");
	world_delete(w, SIDE_LOCAL, "etl.py");
	expect_nothing_held(w);
	expect(w, SIDE_WORKSPACE, "etl/deep/x.py", PY "x\n");
	world_free(w);
}

/* Both are new: the one that stands higher goes. */
static void test_a_notebook_and_its_folder_at_once(void **state)
{
	struct world *w = world_of(NULL);

	(void)state;
	world_write(w, SIDE_LOCAL, "etl.py", PY "etl\n");
	world_write(w, SIDE_LOCAL, "etl/x.py", PY "x\n");
	expect_refused(w, "etl/x", "collision", NO_FOLDER);
	expect(w, SIDE_WORKSPACE, "etl.py", PY "etl\n");
	world_free(w);
}

/* One that cannot be read is not agreed, and stands there all the same. */
static void test_an_unread_notebook_where_a_folder_is_needed(void **state)
{
	struct world *w = world_of(NULL);

	(void)state;
	world_write(w, SIDE_WORKSPACE, "etl.py", PY "etl\n");
	world_fault(w, WORLD_EXPORT_FAILS, "etl");
	world_write(w, SIDE_LOCAL, "etl/x.py", PY "x\n");
	world_cycle(w, true, true);
	expect_reason(&w->report, "etl", "unreadable");
	expect_reason(&w->report, "etl/x", "collision");
	assert_string_equal(held(&w->report, "etl/x")->sentence, NO_FOLDER);
	world_free(w);
}

/* What is not ours is in the way, too. */
static void test_a_file_where_a_folder_is_needed(void **state)
{
	struct world *w = world_of(NULL);

	(void)state;
	world_write(w, SIDE_WORKSPACE, "etl", "a file without an extension\n");
	world_write(w, SIDE_LOCAL, "etl/x.py", PY "x\n");
	expect_refused(w, "etl/x", "collision", NO_FOLDER);
	world_free(w);
}

static void test_a_folder_stands_where_a_notebook_comes(void **state)
{
	struct world *w = world_of(NULL);

	(void)state;
	world_write(w, SIDE_LOCAL, "etl/x.py", PY "x\n");
	settle(w);
	world_write(w, SIDE_LOCAL, "etl.py", PY "etl\n");
	expect_refused(w, "etl", "collision", NO_NOTEBOOK);
	expect(w, SIDE_WORKSPACE, "etl/x.py", PY "x\n");
	world_free(w);
}

static void test_a_file_stands_where_a_notebook_comes(void **state)
{
	struct world *w = world_of(NULL);

	(void)state;
	world_write(w, SIDE_WORKSPACE, "etl", "a file without an extension\n");
	world_write(w, SIDE_LOCAL, "etl.py", PY "etl\n");
	expect_refused(w, "etl", "collision", NO_NOTEBOOK);
	world_free(w);
}

/* When all that was in the folder goes with the same plan, the notebook takes its place. */
static void test_an_emptied_folder_makes_room(void **state)
{
	struct world *w = world_of(NULL);

	(void)state;
	world_write(w, SIDE_LOCAL, "etl/x.py", PY "x\n");
	settle(w);
	world_delete(w, SIDE_LOCAL, "etl");
	world_write(w, SIDE_LOCAL, "etl.py", PY "etl\n");
	world_cycle(w, true, true);
	expect(w, SIDE_WORKSPACE, "etl.py", PY "etl\n");
	expect_nothing_held(w);
	world_free(w);
}

/* Something in it stays: one of ours, a file that is nobody's, a folder. */
static void test_a_folder_that_is_not_emptied_stays(void **state)
{
	static const char *const left[] = { "etl/y.py", "etl/note.txt", "etl/deep" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(left); i++) {
		struct world *w = world_of(NULL);

		world_write(w, SIDE_LOCAL, "etl/x.py", PY "x\n");
		settle(w);
		if (i == 0)
			world_write(w, SIDE_LOCAL, left[i], PY "y\n");
		else if (i == 1)
			world_write(w, SIDE_WORKSPACE, left[i], "note\n");
		else
			world_mkdir(w, SIDE_WORKSPACE, left[i]);
		settle(w);
		world_delete(w, SIDE_LOCAL, "etl/x.py");
		world_write(w, SIDE_LOCAL, "etl.py", PY "etl\n");
		expect_refused(w, "etl", "collision", NO_NOTEBOOK);
		expect(w, SIDE_WORKSPACE, "etl/x.py", NULL);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_file_comes_beside_a_notebook),
		cmocka_unit_test(test_a_notebook_comes_beside_a_file),
		cmocka_unit_test(test_both_come_at_once),
		cmocka_unit_test(test_other_languages_are_no_rivals),
		cmocka_unit_test(test_notebooks_are_no_rivals),
		cmocka_unit_test(test_one_takes_the_place_of_the_other),
		cmocka_unit_test(test_who_is_there_goes_on),
		cmocka_unit_test(test_names_of_other_things),
		cmocka_unit_test(test_such_a_file_stands_there),
		cmocka_unit_test(test_a_notebook_where_a_folder_is_needed),
		cmocka_unit_test(test_a_notebook_and_its_folder_at_once),
		cmocka_unit_test(test_an_unread_notebook_where_a_folder_is_needed),
		cmocka_unit_test(test_a_file_where_a_folder_is_needed),
		cmocka_unit_test(test_a_folder_stands_where_a_notebook_comes),
		cmocka_unit_test(test_a_file_stands_where_a_notebook_comes),
		cmocka_unit_test(test_an_emptied_folder_makes_room),
		cmocka_unit_test(test_a_folder_that_is_not_emptied_stays),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
