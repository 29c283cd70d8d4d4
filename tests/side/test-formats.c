/* SPDX-License-Identifier: Apache-2.0 */
/* Sides of different formats: what one cannot say it is not given, and nobody has removed. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tests/side/trio.h"
#include "tests/world/texts.h"

#define TAGGED(source, tag)                                                                \
	"{\"cells\": [{\"cell_type\": \"code\", \"execution_count\": null, \"metadata\": " \
	"{\"tags\": [\"" tag "\"]}, \"outputs\": [], \"source\": [\"" source "\"]}], "     \
	"\"metadata\": {\"language_info\": {\"name\": \"python\"}}, \"nbformat\": 4, "     \
	"\"nbformat_minor\": 4}\n"

static struct trio *tagged(void)
{
	struct trio *t = trio_new(ALL_SIDES, "local_format = ipynb\ngit_format = source\n"
					     "workspace_format = source\n");

	memory_write(t->side[SIDE_LOCAL], "a.ipynb", TAGGED("first = 1", "t1"));
	trio_cycle(t);
	expect_text(t, SIDE_GIT, "a.py", PY "first = 1\n");
	expect_text(t, SIDE_WORKSPACE, "a.py", PY "first = 1\n");
	expect_stillness(t);
	trio_forget_log(t);
	return t;
}

/* It is agreed, and there is nothing to write. */
static void test_what_a_side_cannot_say_is_not_written_there(void **state)
{
	struct trio *t = tagged();
	struct version old = trio_row(t, "a")->agreed;

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.ipynb", TAGGED("first = 1", "t2"));
	trio_think(t);
	expect_actions(t, "a", "===");
	assert_false(version_same(&trio_row(t, "a")->agreed, &old));
	expect_stillness(t);
	trio_free(t);
}

static void test_what_a_side_cannot_say_stays_with_its_edits(void **state)
{
	struct trio *t = tagged();
	const char *local;

	(void)state;
	memory_write(t->side[SIDE_GIT], "a.py", PY "first = 10\n");
	trio_cycle(t);
	expect_log(t, "put", "local put a\nworkspace put a\n");
	local = memory_read(t->side[SIDE_LOCAL], "a.ipynb");
	assert_non_null(strstr(local, "first = 10"));
	assert_non_null(strstr(local, "t1"));
	expect_stillness(t);
	trio_free(t);
}

static void test_what_a_side_cannot_say_goes_along_with_a_rename(void **state)
{
	struct trio *t = tagged();
	const char *local;

	(void)state;
	memory_rename(t->side[SIDE_GIT], "a.py", "b.py");
	trio_cycle(t);
	expect_text(t, SIDE_LOCAL, "a.ipynb", NULL);
	local = memory_read(t->side[SIDE_LOCAL], "b.ipynb");
	assert_non_null(local);
	assert_non_null(strstr(local, "t1"));
	expect_stillness(t);
	trio_free(t);
}

/* Outputs do not travel; but the side that had them gets its own bytes back. */
static void test_a_revision_is_given_back_with_its_outputs(void **state)
{
	struct trio *t = trio_new(ALL_SIDES, "local_format = ipynb\ngit_format = source\n");
	char revision[41];

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.ipynb", IPYNB("first = 1", OUTPUT));
	trio_cycle(t);
	oid_hex(&t->cycle->context.state.seen[SIDE_LOCAL], revision);
	memory_write(t->side[SIDE_LOCAL], "a.ipynb", IPYNB("first = 1", ""));
	trio_cycle(t);
	trio_forget_log(t);
	trio_adopt(t, "a", CYCLE_FROM_REVISION, revision);
	expect_answer(t, ERR_OK, "'a' has the version of revision ");
	expect_log(t, "put|delete", "local put a\n");
	expect_text(t, SIDE_LOCAL, "a.ipynb", IPYNB("first = 1", OUTPUT));
	expect_text(t, SIDE_GIT, "a.py", PY "first = 1\n");
	expect_stillness(t);
	trio_free(t);
}

/* It has two rows: the notebook that it is goes. */
static void test_a_script_becomes_the_file_that_it_was(void **state)
{
	struct trio *t = trio_new(ALL_SIDES, "files = all\n");
	char revision[41];

	(void)state;
	trio_write_everywhere(t, "a.py", MODULE);
	trio_write_everywhere(t, "b.py", PY "b\n");
	trio_cycle(t);
	oid_hex(&t->cycle->context.state.agreed, revision);
	memory_write(t->side[SIDE_LOCAL], "a.py", OLD);
	trio_cycle(t);
	expect_everywhere(t, "a.py", OLD);
	trio_adopt(t, "a.py", CYCLE_FROM_REVISION, revision);
	expect_answer(t, ERR_OK, "'a.py' has the version of revision ");
	expect_everywhere(t, "a.py", MODULE);
	expect_agreed(t, "a.py", MODULE);
	expect_stillness(t);
	assert_null(table_find(&t->cycle->context.table, "a"));
	trio_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_a_side_cannot_say_is_not_written_there),
		cmocka_unit_test(test_what_a_side_cannot_say_stays_with_its_edits),
		cmocka_unit_test(test_what_a_side_cannot_say_goes_along_with_a_rename),
		cmocka_unit_test(test_a_revision_is_given_back_with_its_outputs),
		cmocka_unit_test(test_a_script_becomes_the_file_that_it_was),
	};

	return cmocka_run_group_tests(tests, trio_begin, trio_end);
}
