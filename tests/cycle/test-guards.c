/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What waits for a human, and what must not happen while a side is held: whole cycles in which a
 * guard has to hold for longer than one cycle, or two of them at once.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "tests/world/expectations.h"
#include "tests/world/texts.h"

static void write_many(struct world *w, enum side_id side, int from, int to)
{
	for (int i = from; i < to; i++) {
		cleanup_free char *file = xasprintf("n%02d.py", i);
		cleanup_free char *text = xasprintf(PY "n = %d\n", i);

		world_write(w, side, file, text);
	}
}

static void delete_many(struct world *w, enum side_id side, int from, int to)
{
	for (int i = from; i < to; i++) {
		cleanup_free char *file = xasprintf("n%02d.py", i);

		world_delete(w, side, file);
	}
}

static struct world *world_of(const struct world_options *options, int notebooks)
{
	struct world *w = world_new(options);

	write_many(w, SIDE_LOCAL, 0, notebooks);
	assert_int_not_equal(world_settle(w), 0);
	return w;
}

/* Another, empty directory stands where the local root was. */
static void replace_root(struct world *w)
{
	cleanup_free char *away = xasprintf("%s.away", w->local);

	assert_int_equal(rename(w->local, away), 0);
	assert_int_equal(mkdir(w->local, 0755), 0);
}

/* The token that a sentence tells to confirm. Owned by the caller. */
static char *token_in(const char *sentence)
{
	const char *at = strstr(sentence, "nbsync confirm etl ");

	assert_non_null(at);
	at += strlen("nbsync confirm etl ");
	return xstrndup(at, strcspn(at, "' "));
}

/* A root that lost everything and a mass deletion elsewhere are two plans: each has its own token, and
 * who says yes to one has not said yes to the other. */
static void test_two_plans_wait_at_once(void **state)
{
	struct world *w = world_of(NULL, 40);
	cleanup_free char *root = NULL, *deletions = NULL;

	(void)state;
	replace_root(w);
	delete_many(w, SIDE_WORKSPACE, 0, 12);
	world_cycle(w, true, true);
	assert_int_equal(w->report.notes.count, 1);
	root = token_in(w->report.side[SIDE_LOCAL].sentence);
	deletions = token_in(w->report.notes.items[0]);
	assert_string_not_equal(root, deletions);
	assert_int_equal(confirm(w, deletions)->answer.code, ERR_OK);
	assert_true(w->report.side[SIDE_LOCAL].held);
	expect(w, SIDE_GIT, "n00.py", NULL);
	expect(w, SIDE_GIT, "n20.py", PY "n = 20\n");
	expect(w, SIDE_WORKSPACE, "n20.py", PY "n = 20\n");
	world_free(w);
}

/* What cannot be carried out now because the other side does not answer is still a mass deletion. */
static void deletes_many_while_held(bool reopened)
{
	static const struct world_options options = { .without = { [SIDE_GIT] = true } };
	struct world *w = world_of(&options, 20);
	cleanup_free char *token = NULL;

	if (reopened)
		world_close(w);
	delete_many(w, SIDE_LOCAL, 0, 15);
	world_fault(w, WORLD_LIST_FAILS, NULL);
	world_cycle(w, true, true);
	assert_true(w->report.side[SIDE_WORKSPACE].held);
	assert_int_equal(w->report.held.total, 15);
	world_cycle(w, true, true);
	assert_int_equal(w->report.side[SIDE_WORKSPACE].deleted, 0);
	expect(w, SIDE_WORKSPACE, "n00.py", PY "n = 0\n");
	token = xstrdup(w->report.confirm);
	assert_int_equal(confirm(w, token)->answer.code, ERR_OK);
	assert_int_equal(w->report.side[SIDE_WORKSPACE].deleted, 15);
	world_free(w);
}

static void test_a_mass_deletion_while_the_other_side_is_held(void **state)
{
	(void)state;
	deletes_many_while_held(false);
	deletes_many_while_held(true);
}

/* Somebody says yes to another root that lacks one notebook, and meanwhile it lacks nineteen. */
static void test_another_root_is_confirmed_with_what_it_lacks(void **state)
{
	static const struct world_options options = { .without = { [SIDE_GIT] = true } };
	struct world *w = world_of(&options, 20);
	cleanup_free char *first = NULL, *second = NULL;

	(void)state;
	replace_root(w);
	write_many(w, SIDE_LOCAL, 1, 20);
	world_cycle(w, true, true);
	first = token_in(w->report.side[SIDE_LOCAL].sentence);
	delete_many(w, SIDE_LOCAL, 2, 20);
	assert_int_equal(confirm(w, first)->answer.code, ERR_CONFLICT);
	assert_int_equal(w->report.side[SIDE_WORKSPACE].deleted, 0);
	second = token_in(w->report.side[SIDE_LOCAL].sentence);
	assert_string_not_equal(first, second);
	assert_int_equal(confirm(w, second)->answer.code, ERR_OK);
	assert_int_equal(w->report.side[SIDE_WORKSPACE].deleted, 19);
	world_free(w);
}

/* A notebook arrives where a script, or a folder, has its name: that is said, once, and not tried
 * again at once for ever. */
static void stands_in_the_way(const char *in_the_way)
{
	struct world *w = world_of(NULL, 1);

	if (in_the_way)
		world_write(w, SIDE_LOCAL, "a.py", in_the_way);
	else
		world_mkdir(w, SIDE_LOCAL, "a.py");
	assert_int_not_equal(world_settle(w), 0);
	world_write(w, SIDE_GIT, "a.py", OLD);
	for (int i = 0; i < 2; i++) {
		world_cycle(w, true, true);
		assert_int_equal(w->report.held.total, 1);
		assert_string_equal(w->report.held.items[0].reason, "refused");
		assert_false(cycle_unsettled(w->cycle));
	}
	expect(w, SIDE_WORKSPACE, "a.py", OLD);
	if (in_the_way)
		expect(w, SIDE_LOCAL, "a.py", in_the_way);
	world_delete(w, SIDE_LOCAL, "a.py");
	assert_int_not_equal(world_settle(w), 0);
	assert_int_equal(w->report.held.total, 0);
	expect(w, SIDE_LOCAL, "a.py", OLD);
	world_free(w);
}

static void test_something_stands_in_the_way_of_a_notebook(void **state)
{
	(void)state;
	stands_in_the_way("print(1)\n");
	stands_in_the_way(NULL);
}

/* Two others clash while the local root is not the one it was: the copy is for people who look into
 * the real one, so it waits, and so do the versions. */
static void test_no_copy_of_a_clash_in_a_root_that_is_held(void **state)
{
	struct world *w = world_of(NULL, 2);
	cleanup_free char *away = xasprintf("%s.away", w->local);

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", OLD);
	assert_int_not_equal(world_settle(w), 0);
	replace_root(w);
	world_write(w, SIDE_WORKSPACE, "a.py", EDIT_1);
	world_write(w, SIDE_GIT, "a.py", OTHER_1);
	world_cycle(w, true, true);
	assert_true(w->report.side[SIDE_LOCAL].held);
	expect(w, SIDE_WORKSPACE, "a.py", EDIT_1);
	/* Fails when something was put there. */
	assert_int_equal(rmdir(w->local), 0);
	assert_int_equal(rename(away, w->local), 0);
	assert_int_not_equal(world_settle(w), 0);
	assert_int_equal(w->report.conflicts.total, 1);
	expect(w, SIDE_WORKSPACE, "a.py", OTHER_1);
	world_free(w);
}

/* A file that does not travel takes a notebook's name in the workspace: the notebook stays where
 * else it is, until the workspace has nothing of that name. */
static void test_row_123_another_object_is_no_deletion(void **state)
{
	struct world *w = world_of(NULL, 2);

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", OLD);
	assert_int_not_equal(world_settle(w), 0);
	world_delete(w, SIDE_WORKSPACE, "a");
	world_write(w, SIDE_WORKSPACE, "a", "1,2\n");
	for (int i = 0; i < 2; i++) {
		world_cycle(w, true, true);
		assert_int_equal(w->report.held.total, 1);
		assert_string_equal(w->report.held.items[0].reason, "kind");
		expect(w, SIDE_LOCAL, "a.py", OLD);
		expect(w, SIDE_GIT, "a.py", OLD);
		world_reopen(w);
	}
	world_delete(w, SIDE_WORKSPACE, "a");
	world_write(w, SIDE_WORKSPACE, "a.py", EDIT_1);
	assert_int_not_equal(world_settle(w), 0);
	assert_int_equal(w->report.held.total, 0);
	expect(w, SIDE_LOCAL, "a.py", EDIT_1);
	world_free(w);
}

/* A side that only receives cannot delete anything elsewhere, and no sentence threatens with it. */
static void test_an_empty_root_that_only_receives(void **state)
{
	static const struct world_options options = { .without = { [SIDE_LOCAL] = true },
						      .config = "direction = git->workspace\n" };
	struct world *w = world_new(&options);
	cleanup_free char *token = NULL;

	(void)state;
	write_many(w, SIDE_GIT, 0, 3);
	assert_int_not_equal(world_settle(w), 0);
	delete_many(w, SIDE_WORKSPACE, 0, 3);
	world_cycle(w, true, true);
	assert_null(strstr(w->report.side[SIDE_WORKSPACE].sentence, "delete"));
	token = token_in(w->report.side[SIDE_WORKSPACE].sentence);
	assert_int_equal(confirm(w, token)->answer.code, ERR_OK);
	expect(w, SIDE_WORKSPACE, "n00.py", PY "n = 0\n");
	expect(w, SIDE_GIT, "n00.py", PY "n = 0\n");
	world_free(w);
}

static const struct report *look_at_deleted(struct world *w, int from, int to)
{
	const char *hints[40];
	char names[40][8];
	struct cycle_request request = { .hints = hints, .hurry = true };

	delete_many(w, SIDE_LOCAL, from, to);
	for (int i = from; i < to; i++) {
		snprintf(names[i], sizeof(names[i]), "n%02d.py", i);
		hints[request.hint_count++] = names[i];
	}
	return world_request(w, &request);
}

/* A folder that is being removed while somebody looks comes in portions, none of which is many; and
 * what waits does not cease to wait because time passes. */
static void test_a_mass_deletion_in_portions(void **state)
{
	struct world *w = world_of(NULL, 40);
	cleanup_free char *token = NULL;

	(void)state;
	assert_int_equal(look_at_deleted(w, 0, 9)->held.total, 0);
	assert_int_equal(look_at_deleted(w, 9, 18)->held.total, 9);
	for (int i = 0; i < 12; i++)
		assert_int_equal(world_cycle(w, true, true)->held.total, 9);
	expect(w, SIDE_WORKSPACE, "n08.py", NULL);
	expect(w, SIDE_WORKSPACE, "n09.py", PY "n = 9\n");
	token = token_in(w->report.notes.items[0]);
	assert_int_equal(confirm(w, token)->answer.code, ERR_OK);
	expect(w, SIDE_WORKSPACE, "n09.py", NULL);
	/* What was confirmed counts no more; nor what was long ago. */
	assert_int_equal(look_at_deleted(w, 18, 22)->held.total, 0);
	for (int i = 0; i < 6; i++)
		world_cycle(w, true, true);
	assert_int_equal(look_at_deleted(w, 22, 30)->held.total, 0);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_plans_wait_at_once),
		cmocka_unit_test(test_a_mass_deletion_while_the_other_side_is_held),
		cmocka_unit_test(test_another_root_is_confirmed_with_what_it_lacks),
		cmocka_unit_test(test_something_stands_in_the_way_of_a_notebook),
		cmocka_unit_test(test_no_copy_of_a_clash_in_a_root_that_is_held),
		cmocka_unit_test(test_row_123_another_object_is_no_deletion),
		cmocka_unit_test(test_an_empty_root_that_only_receives),
		cmocka_unit_test(test_a_mass_deletion_in_portions),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
