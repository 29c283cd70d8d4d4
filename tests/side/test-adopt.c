/* SPDX-License-Identifier: Apache-2.0 */
/* A version that a human puts in the place of the agreed one: where it is found, what becomes of
 * it, and the answer. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/side/trio.h"
#include "tests/world/texts.h"

static struct trio *settled(const char *config)
{
	struct trio *t = trio_new(ALL_SIDES, config);

	trio_write_everywhere(t, "a.py", OLD);
	trio_write_everywhere(t, "etl/b.py", OLD);
	trio_write_everywhere(t, "etl/c.py", OLD);
	trio_cycle(t);
	trio_forget_log(t);
	return t;
}

/* A file of this name outside of all sides, owned. */
static char *new_file(const struct trio *t, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", t->dir, name);
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	return path;
}

/* ---- from a side ---- */

/* It wins without a clash, over the edits of all others. */
static void test_the_version_of_a_side(void **state)
{
	static const char *const what[] = { "git", "workspace", "local" };
	static const char *const texts[] = { EDIT_1, OTHER_1, THIRD_1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(what); i++) {
		cleanup_free char *answer = NULL;
		struct trio *t = settled(NULL);

		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			memory_write(t->side[s], "a.py", texts[s]);
		trio_adopt(t, "a.py", CYCLE_FROM_SIDE, what[i]);
		answer = xasprintf("'a.py' has the version of side %s", what[i]);
		expect_answer(t, ERR_OK, answer);
		expect_everywhere(t, "a.py", texts[i]);
		assert_int_equal(t->report.conflicts.total, 0);
		expect_stillness(t);
		trio_free(t);
	}
}

static void test_a_side_that_cannot_answer(void **state)
{
	static const struct {
		const char *path, *what;
		int code;
		const char *answer;
	} table[] = {
		{ "a", "nowhere", ERR_INVALID, "there is no side 'nowhere'" },
		{ "x", "git", ERR_ABSENT, "the git side has no notebook 'x'" },
		{ "a", "workspace", ERR_ABSENT,
		  "the workspace side is not there: the workspace side does not answer" },
		{ "a", "local", ERR_INVALID, "'a' is held on the local side: 'a.py' cannot be" },
		{ "../a", "git", ERR_INVALID, "name '..' means a directory" },
		{ "node_modules/a", "git", ERR_INVALID, "is not managed by mapping 'etl'" },
	};
	struct trio *t = settled(NULL);

	(void)state;
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_LOOK, ERR_RETRY);
	memory_hold(t->side[SIDE_LOCAL], "a.py", false);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		trio_adopt(t, table[i].path, CYCLE_FROM_SIDE, table[i].what);
		expect_answer(t, table[i].code, table[i].answer);
		/* The cycle goes on without it. */
		assert_int_equal(t->report.code, ERR_OK);
		expect_log(t, "put|delete", "");
		expect_agreed(t, "a", OLD);
	}
	trio_free(t);
}

static void test_a_side_that_the_mapping_lacks(void **state)
{
	struct trio *t = trio_new(SIDE_GIT, NULL);

	(void)state;
	trio_write_everywhere(t, "a.py", OLD);
	trio_cycle(t);
	trio_adopt(t, "a", CYCLE_FROM_SIDE, "git");
	expect_answer(t, ERR_ABSENT, "the git side is not there: the mapping has none");
	trio_free(t);
}

static void test_a_side_that_only_gives_is_not_written(void **state)
{
	struct trio *t = settled("direction = git->workspace,local\n");

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	trio_adopt(t, "a", CYCLE_FROM_SIDE, "local");
	expect_answer(t, ERR_OK, "'a' has the version of side local");
	expect_log(t, "put", "workspace put a\n");
	expect_text(t, SIDE_GIT, "a.py", OLD);
	trio_free(t);
}

/* It is agreed, but one side is late. */
static void test_a_side_that_does_not_take_it(void **state)
{
	struct trio *t = settled(NULL);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	memory_fail_next(t->side[SIDE_WORKSPACE], "a", ERR_INVALID);
	trio_adopt(t, "a", CYCLE_FROM_SIDE, "local");
	expect_answer(t, ERR_RETRY,
		      "is agreed, but the workspace side could not take it yet (1 of 1); "
		      "'nbsync status etl' says why");
	expect_agreed(t, "a", EDIT_1);
	trio_cycle(t);
	expect_everywhere(t, "a.py", EDIT_1);
	trio_free(t);
}

static void test_who_asked_hears_that_the_cycle_failed(void **state)
{
	struct trio *t = settled(NULL);

	(void)state;
	t->cancel = 1;
	trio_adopt(t, "a", CYCLE_FROM_SIDE, "local");
	expect_answer(t, ERR_CANCELLED, "asked to stop");
	trio_free(t);
}

/* ---- a question that the side asks ---- */

static void test_what_a_side_asks_about_is_let_go(void **state)
{
	struct trio *t = settled(NULL);

	(void)state;
	memory_hold(t->side[SIDE_LOCAL], "a.py", true);
	trio_cycle(t);
	expect_held(t, "a", SIDE_LOCAL, "unparsable", "'a.py' cannot be read");
	trio_adopt(t, "a", CYCLE_FROM_SIDE, "local");
	expect_answer(t, ERR_OK, "'a' has the version of side local");
	expect_text(t, SIDE_GIT, "a.py", NULL);
	expect_text(t, SIDE_WORKSPACE, "a.py", NULL);
	/* It is none of ours any more, and stays where it is. */
	expect_text(t, SIDE_LOCAL, "a.py", OLD);
	expect_stillness(t);
	trio_free(t);
}

static void test_a_question_that_cannot_be_answered(void **state)
{
	struct trio *t = settled(NULL);

	(void)state;
	memory_hold(t->side[SIDE_LOCAL], "a.py", true);
	memory_fail_next(t->side[SIDE_LOCAL], "a", ERR_CONFLICT);
	trio_adopt(t, "a", CYCLE_FROM_SIDE, "local");
	expect_answer(t, ERR_CONFLICT, "'a' fails");
	expect_text(t, SIDE_GIT, "a.py", OLD);
	expect_agreed(t, "a", OLD);
	trio_free(t);
}

/* A human may delete as many as are asked about. */
static void test_deletions_that_were_answered_need_no_confirmation(void **state)
{
	struct trio *t = trio_new(ALL_SIDES, NULL);

	(void)state;
	trio_write_everywhere(t, "etl/b.py", OLD);
	trio_write_everywhere(t, "etl/c.py", OLD);
	trio_cycle(t);
	memory_hold(t->side[SIDE_LOCAL], "etl/b.py", true);
	memory_hold(t->side[SIDE_LOCAL], "etl/c.py", true);
	trio_adopt(t, "etl", CYCLE_FROM_SIDE, "local");
	expect_answer(t, ERR_OK, "has the version of side local");
	assert_null(t->report.confirm);
	expect_text(t, SIDE_GIT, "etl/b.py", NULL);
	expect_text(t, SIDE_WORKSPACE, "etl/c.py", NULL);
	trio_free(t);
}

/* ---- from a copy of a clash ---- */

static struct trio *clashed(void)
{
	struct trio *t = settled(NULL);

	memory_write(t->side[SIDE_WORKSPACE], "a.py", EDIT_1);
	memory_write(t->side[SIDE_LOCAL], "a.py", OTHER_1);
	trio_cycle(t);
	assert_int_equal(t->report.conflicts.total, 1);
	trio_forget_log(t);
	return t;
}

static void test_the_version_that_lost(void **state)
{
	struct trio *t = clashed();

	(void)state;
	trio_adopt(t, "a", CYCLE_FROM_SIDE, "local");
	expect_answer(t, ERR_OK, "'a' has the version of side local");
	expect_everywhere(t, "a.py", OTHER_1);
	expect_log(t, "uncopy", "local uncopy\n");
	assert_null(memory_copy(t->side[SIDE_LOCAL], 0));
	assert_int_equal(t->report.conflicts.total, 0);
	expect_stillness(t);
	trio_free(t);
}

/* The copy is decided about as well, and its bytes are in the history. */
static void test_the_version_that_won(void **state)
{
	struct trio *t = clashed();

	(void)state;
	trio_adopt(t, "a", CYCLE_FROM_SIDE, "workspace");
	expect_everywhere(t, "a.py", EDIT_1);
	assert_null(memory_copy(t->side[SIDE_LOCAL], 0));
	assert_int_equal(t->report.conflicts.total, 0);
	trio_free(t);
}

static void test_the_newest_copy_of_a_side_counts(void **state)
{
	struct trio *t = clashed();

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "a.conflict-local-20990131T120000Z.py", THIRD_1);
	memory_write(t->side[SIDE_LOCAL], "a.conflict-git-20990131T130000Z.py", EDIT_3);
	trio_adopt(t, "a", CYCLE_FROM_SIDE, "local");
	expect_everywhere(t, "a.py", THIRD_1);
	assert_null(memory_copy(t->side[SIDE_LOCAL], 0));
	trio_free(t);
}

static void test_a_copy_stays_until_its_version_has_arrived(void **state)
{
	struct trio *t = clashed();

	(void)state;
	memory_fail_next(t->side[SIDE_WORKSPACE], "a", ERR_INVALID);
	trio_adopt(t, "a", CYCLE_FROM_SIDE, "local");
	expect_answer(t, ERR_RETRY, "could not take it yet");
	expect_log(t, "uncopy", "");
	assert_non_null(memory_copy(t->side[SIDE_LOCAL], 0));
	trio_free(t);
}

/* ---- from a file, or the history ---- */

static void test_a_file(void **state)
{
	struct trio *t = settled(NULL);
	cleanup_free char *good = new_file(t, "x.py", EDIT_1);
	cleanup_free char *bad = new_file(t, "x.txt", EDIT_2);
	cleanup_free char *none = xasprintf("%s/none.py", t->dir);

	(void)state;
	trio_adopt(t, "a", CYCLE_FROM_FILE, bad);
	expect_answer(t, ERR_INVALID, "x.txt' is no notebook: its name must end in");
	trio_adopt(t, "a", CYCLE_FROM_FILE, none);
	expect_answer(t, ERR_ABSENT, "none.py");
	expect_log(t, "put", "");
	trio_adopt(t, "a", CYCLE_FROM_FILE, good);
	expect_answer(t, ERR_OK, "'a' has the version of file ");
	expect_everywhere(t, "a.py", EDIT_1);
	/* One that is not there yet. */
	trio_adopt(t, "new", CYCLE_FROM_FILE, good);
	expect_everywhere(t, "new.py", EDIT_1);
	expect_stillness(t);
	trio_free(t);
}

static void test_a_file_that_is_no_notebook(void **state)
{
	struct trio *t = settled("files = all\n");
	cleanup_free char *text = new_file(t, "x.txt", "new\n");

	(void)state;
	trio_write_everywhere(t, "data.csv", "old\n");
	trio_cycle(t);
	trio_adopt(t, "data.csv", CYCLE_FROM_FILE, text);
	expect_everywhere(t, "data.csv", "new\n");
	expect_stillness(t);
	trio_free(t);
}

static void test_a_revision(void **state)
{
	struct trio *t = settled(NULL);
	char revision[41];

	(void)state;
	oid_hex(&t->cycle->context.state.agreed, revision);
	memory_write(t->side[SIDE_LOCAL], "a.py", EDIT_1);
	memory_remove(t->side[SIDE_LOCAL], "etl/b.py");
	memory_write(t->side[SIDE_LOCAL], "etl/c.py", EDIT_2);
	trio_cycle(t);
	trio_adopt(t, "a", CYCLE_FROM_REVISION, revision);
	expect_answer(t, ERR_OK, "'a' has the version of revision ");
	expect_everywhere(t, "a.py", OLD);
	/* A folder, with what nobody has now. */
	trio_adopt(t, "etl", CYCLE_FROM_REVISION, revision);
	expect_answer(t, ERR_OK, "2 notebooks below 'etl' have the version of ");
	expect_everywhere(t, "etl/b.py", OLD);
	expect_everywhere(t, "etl/c.py", OLD);
	trio_adopt(t, "a", CYCLE_FROM_REVISION, "0123456789");
	assert_int_equal(t->report.answer_code, ERR_INVALID);
	expect_stillness(t);
	trio_free(t);
}

/* ---- a folder ---- */

static void test_a_folder_is_adopted_whole_or_not_at_all(void **state)
{
	struct trio *t = settled(NULL);

	(void)state;
	memory_write(t->side[SIDE_LOCAL], "etl/b.py", EDIT_1);
	memory_write(t->side[SIDE_WORKSPACE], "etl/b.py", OTHER_1);
	memory_write(t->side[SIDE_LOCAL], "etl/c.py", EDIT_2);
	memory_hold(t->side[SIDE_LOCAL], "etl/c.py", false);
	trio_adopt(t, "etl", CYCLE_FROM_SIDE, "local");
	expect_answer(t, ERR_INVALID, "'etl/c' is held on the local side");
	/* As if nobody had asked: the two edits clash. */
	expect_everywhere(t, "etl/b.py", OTHER_1);
	assert_int_equal(t->report.conflicts.total, 1);
	memory_write(t->side[SIDE_LOCAL], "etl/c.py", EDIT_2);
	trio_adopt(t, "etl", CYCLE_FROM_SIDE, "local");
	expect_answer(t, ERR_OK, "2 notebooks below 'etl' have the version of local");
	expect_everywhere(t, "etl/b.py", EDIT_1);
	expect_everywhere(t, "etl/c.py", EDIT_2);
	expect_everywhere(t, "a.py", OLD);
	expect_stillness(t);
	trio_free(t);
}

/* What the side does not have stays as it is. */
static void test_a_folder_of_which_a_side_lacks_something(void **state)
{
	struct trio *t = settled(NULL);

	(void)state;
	memory_write(t->side[SIDE_GIT], "etl/b.py", EDIT_1);
	memory_write(t->side[SIDE_LOCAL], "etl/new.py", OLD);
	trio_adopt(t, "etl", CYCLE_FROM_SIDE, "git");
	expect_answer(t, ERR_OK, "2 notebooks below 'etl' have the version of git");
	expect_everywhere(t, "etl/b.py", EDIT_1);
	expect_everywhere(t, "etl/new.py", OLD);
	trio_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_version_of_a_side),
		cmocka_unit_test(test_a_side_that_cannot_answer),
		cmocka_unit_test(test_a_side_that_the_mapping_lacks),
		cmocka_unit_test(test_a_side_that_only_gives_is_not_written),
		cmocka_unit_test(test_a_side_that_does_not_take_it),
		cmocka_unit_test(test_who_asked_hears_that_the_cycle_failed),
		cmocka_unit_test(test_what_a_side_asks_about_is_let_go),
		cmocka_unit_test(test_a_question_that_cannot_be_answered),
		cmocka_unit_test(test_deletions_that_were_answered_need_no_confirmation),
		cmocka_unit_test(test_the_version_that_lost),
		cmocka_unit_test(test_the_version_that_won),
		cmocka_unit_test(test_the_newest_copy_of_a_side_counts),
		cmocka_unit_test(test_a_copy_stays_until_its_version_has_arrived),
		cmocka_unit_test(test_a_file),
		cmocka_unit_test(test_a_file_that_is_no_notebook),
		cmocka_unit_test(test_a_revision),
		cmocka_unit_test(test_a_folder_is_adopted_whole_or_not_at_all),
		cmocka_unit_test(test_a_folder_of_which_a_side_lacks_something),
	};

	return cmocka_run_group_tests(tests, trio_begin, trio_end);
}
