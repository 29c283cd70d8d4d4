/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Git side in whole cycles: when our commits are pushed, that files of others stay what they
 * are, and what a tree cannot hold.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/world/expectations.h"

#define SCRIPT "import os\n"

/* Nobody can push while a lock stands there. */
static char *lock_branch(struct world *w)
{
	char *lock = xasprintf("%s/refs/heads/main.lock", w->remote);
	FILE *f = fopen(lock, "we");

	assert_non_null(f);
	fclose(f);
	return lock;
}

static void cycles(struct world *w, int count)
{
	while (count--)
		world_cycle(w, true, false);
	assert_int_equal(w->report.code, ERR_OK);
	assert_false(w->report.side[SIDE_GIT].held);
}

/* ---- pushing ---- */

static void test_a_commit_by_hand_is_pushed_when_that_works_again(void **state)
{
	struct world *w = world_with("commit = manual\n");
	cleanup_free char *lock = NULL;

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "1\n");
	cycles(w, 1);
	commit(w, "first");
	world_write(w, SIDE_LOCAL, "a.py", PY "2\n");
	world_delete(w, SIDE_LOCAL, "c.py");
	cycles(w, 1);
	lock = lock_branch(w);
	commit(w, "second");
	assert_true(w->report.side[SIDE_GIT].held);
	/* What was committed goes as it is agreed when it goes; the rest waits for a commit. */
	world_write(w, SIDE_LOCAL, "a.py", PY "3\n");
	world_write(w, SIDE_LOCAL, "b.py", PY "3\n");
	world_cycle(w, true, false);
	assert_int_equal(unlink(lock), 0);
	cycles(w, 2);
	expect(w, SIDE_GIT, "a.py", PY "3\n");
	expect(w, SIDE_GIT, "b.py", NULL);
	expect(w, SIDE_GIT, "c.py", NULL);
	assert_int_equal(w->report.waiting.paths, 1);
	commit(w, "third");
	cycles(w, 1);
	expect(w, SIDE_GIT, "a.py", PY "3\n");
	expect(w, SIDE_GIT, "b.py", PY "3\n");
	assert_int_equal(w->report.waiting.paths, 0);
	world_free(w);
}

/* Killed right after the push, what it brought is no news of others. */
static void test_a_late_push_moves_the_bases(void **state)
{
	struct world *w = world_with("commit = manual\n");
	cleanup_free char *lock = NULL;

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	cycles(w, 1);
	lock = lock_branch(w);
	commit(w, "first");
	world_write(w, SIDE_LOCAL, "a.py", PY "2\n");
	world_cycle(w, true, false);
	assert_int_equal(unlink(lock), 0);
	cycles(w, 1);
	assert_int_equal(w->report.pushes, 1);
	world_close(w);
	cycles(w, 1);
	assert_int_equal(w->report.conflicts.count, 0);
	expect(w, SIDE_LOCAL, "a.py", PY "2\n");
	expect(w, SIDE_GIT, "a.py", PY "2\n");
	world_free(w);
}

/* Somebody took a commit back, perhaps for what it told, while one of ours stood upon it. */
static void test_what_was_taken_back_is_not_pushed_again(void **state)
{
	struct world *w = world_with(NULL);
	cleanup_free char *lock = NULL, *undo = NULL, *search = NULL;

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_settle(w);
	world_write(w, SIDE_LOCAL, "a.py", PY "a password\n");
	world_settle(w);
	lock = lock_branch(w);
	world_write(w, SIDE_LOCAL, "b.py", PY "b\n");
	world_cycle(w, true, true);
	assert_true(w->report.side[SIDE_GIT].held);
	assert_int_equal(unlink(lock), 0);
	undo = xasprintf("git -C '%s' update-ref refs/heads/main main~1", w->remote);
	assert_int_equal(system(undo), 0);
	world_settle(w);
	expect(w, SIDE_LOCAL, "a.py", PY "1\n");
	expect(w, SIDE_GIT, "a.py", PY "1\n");
	expect(w, SIDE_GIT, "b.py", PY "b\n");
	search = xasprintf("git -C '%s' log -p main | grep -q password", w->remote);
	assert_int_not_equal(system(search), 0);
	world_free(w);
}

/* ---- another repository ---- */

static void run_git(struct world *w, const char *arguments)
{
	cleanup_free char *command = xasprintf("cd '%s' && git %s", w->remote, arguments);

	assert_int_equal(system(command), 0);
}

static struct world *five_notebooks(void)
{
	struct world *w = world_with(NULL);

	for (int i = 0; i < 5; i++) {
		cleanup_free char *file = xasprintf("n%d.py", i);
		cleanup_free char *text = xasprintf(PY "%d\n", i);

		world_write(w, SIDE_LOCAL, file, text);
	}
	assert_int_not_equal(world_settle(w), 0);
	return w;
}

/* A new repository has taken the place of the old one, with one of its notebooks. */
static void replace_repository(struct world *w)
{
	run_git(w, "update-ref refs/heads/main $(printf '100644 blob %s\\tn0.py\\n' "
		   "$(git rev-parse main:n0.py) | git mktree | "
		   "xargs -I{} git -c user.name=Ana -c user.email=ana@acme.example commit-tree -m "
		   "new {})");
}

static void test_another_repository_waits_for_a_human(void **state)
{
	struct world *w = five_notebooks();

	(void)state;
	replace_repository(w);
	for (int i = 0; i < 3; i++) {
		world_cycle(w, true, true);
		assert_true(w->report.side[SIDE_GIT].held);
		assert_non_null(w->report.confirm);
	}
	expect(w, SIDE_LOCAL, "n1.py", PY "1\n");
	expect(w, SIDE_WORKSPACE, "n1.py", PY "1\n");
	assert_int_equal(confirm(w, w->report.confirm)->answer.code, ERR_OK);
	assert_int_not_equal(world_settle(w), 0);
	expect(w, SIDE_LOCAL, "n0.py", PY "0\n");
	expect(w, SIDE_LOCAL, "n1.py", NULL);
	expect(w, SIDE_WORKSPACE, "n1.py", NULL);
	world_free(w);
}

/* Nobody is asked when the branch was written anew and holds the same, or goes on from before. */
static void test_the_same_content_is_the_same_branch(void **state)
{
	struct world *w = five_notebooks();

	(void)state;
	run_git(w, "update-ref refs/heads/main $(git -c user.name=Ana -c "
		   "user.email=ana@acme.example commit-tree -m squashed 'main^{tree}')");
	world_cycle(w, true, true);
	assert_false(w->report.side[SIDE_GIT].held);
	world_write(w, SIDE_LOCAL, "n1.py", PY "new\n");
	assert_int_not_equal(world_settle(w), 0);
	expect(w, SIDE_GIT, "n1.py", PY "new\n");
	run_git(w, "update-ref refs/heads/main main~1");
	world_cycle(w, true, true);
	assert_false(w->report.side[SIDE_GIT].held);
	world_free(w);
}

/* ---- files of others ---- */

static void test_a_script_on_the_branch_gives_way_to_no_notebook(void **state)
{
	struct world *w = world_with(NULL);

	(void)state;
	world_write(w, SIDE_GIT, "lib.py", SCRIPT);
	world_cycle(w, true, true);
	world_write(w, SIDE_WORKSPACE, "lib.py", PY "2\n");
	world_write(w, SIDE_LOCAL, "other.py", PY "2\n");
	for (int i = 0; i < 3; i++)
		world_cycle(w, true, true);
	assert_int_equal(w->report.code, ERR_OK);
	expect(w, SIDE_GIT, "lib.py", SCRIPT);
	expect(w, SIDE_GIT, "other.py", PY "2\n");
	assert_int_equal(w->report.held.count, 1);
	assert_string_equal(w->report.held.items[0].sentence,
			    "the branch has a file 'lib.py' that is not managed by this mapping: "
			    "rename one of them");
	world_delete(w, SIDE_GIT, "lib.py");
	world_settle(w);
	expect(w, SIDE_GIT, "lib.py", PY "2\n");
	world_free(w);
}

/* A directory is no different, and to say so once is enough. */
static void test_a_local_script_gives_way_to_no_notebook(void **state)
{
	struct world *w = world_with(NULL);

	(void)state;
	world_write(w, SIDE_LOCAL, "lib.py", SCRIPT);
	world_cycle(w, true, true);
	world_write(w, SIDE_WORKSPACE, "lib.py", PY "2\n");
	for (int i = 0; i < 2; i++)
		world_cycle(w, true, true);
	assert_int_equal(w->report.code, ERR_OK);
	assert_false(cycle_unsettled(w->cycle));
	expect(w, SIDE_LOCAL, "lib.py", SCRIPT);
	assert_int_equal(w->report.held.count, 1);
	assert_int_equal(w->report.next_ms, -1);
	world_delete(w, SIDE_LOCAL, "lib.py");
	world_settle(w);
	expect(w, SIDE_LOCAL, "lib.py", PY "2\n");
	world_free(w);
}

/* A branch without a commit has no tree, and nothing is no first commit. */
static void test_nothing_to_commit_is_no_commit_on_an_empty_branch(void **state)
{
	struct world *w = world_with("git_format = keep\nlocal_format = keep\ncommit = manual\n");
	struct config_mapping *m = &w->config->mappings[0];

	(void)state;
	world_write(
		w, SIDE_LOCAL, "x.ipynb",
		"{\"cells\":[{\"cell_type\":\"code\",\"execution_count\":null,\"metadata\":{},"
		"\"outputs\":[],\"source\":[\"# COMMAND ----------\\n\",\"x\"]}],\"metadata\":"
		"{\"language_info\":{\"name\":\"python\"}},\"nbformat\":4,\"nbformat_minor\":5}");
	cycles(w, 1);
	world_close(w);
	m->git_format = CONFIG_FORMAT_SOURCE;
	m->commit = CONFIG_COMMIT_AUTO;
	world_cycle(w, true, true);
	assert_int_equal(w->report.code, ERR_OK);
	assert_int_equal(w->report.commits, 0);
	world_free(w);
}

/* ---- the hub's disk ---- */

/* A reference that could not be moved is moved by the next cycle, even when that has no news. */
static void test_a_base_that_could_not_be_saved_is_saved_later(void **state)
{
	struct world *w = world_with(NULL);
	cleanup_free char *lock = NULL, *late = NULL, *now = NULL;

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_settle(w);
	lock = xasprintf("%s/refs/nbsync/base/local.lock", w->hub);
	world_write(w, SIDE_LOCAL, "a.py", PY "2\n");
	fclose(fopen(lock, "we"));
	world_cycle(w, true, true);
	assert_int_equal(w->report.code, ERR_RETRY);
	assert_int_equal(unlink(lock), 0);
	world_settle(w);
	late = world_memory(w);
	world_write(w, SIDE_LOCAL, "b.py", PY "1\n");
	world_settle(w);
	world_delete(w, SIDE_LOCAL, "b.py");
	world_settle(w);
	now = world_memory(w);
	assert_string_equal(late, now);
	world_free(w);
}

/* ---- a file and a folder of one name ---- */

/* Each side can have what it has, but no tree can have both: the others go on. */
static void test_a_folder_called_as_a_notebook_stops_only_itself(void **state)
{
	struct world *w = world_with(NULL);

	(void)state;
	world_write(w, SIDE_WORKSPACE, "a.py", PY "1\n");
	world_write(w, SIDE_WORKSPACE, "a.py/b.py", PY "2\n");
	world_write(w, SIDE_LOCAL, "z.py", PY "3\n");
	world_note_versions(w);
	for (int i = 0; i < 3; i++)
		world_cycle(w, true, true);
	assert_int_equal(w->report.code, ERR_OK);
	assert_false(w->report.side[SIDE_GIT].held);
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		expect(w, s, s == SIDE_WORKSPACE ? "a" : "a.py", PY "1\n");
		expect(w, s, "z.py", PY "3\n");
	}
	assert_string_equal(w->report.held.items[0].path, "a.py/b");
	assert_null(world_check(w));
	world_close(w);
	world_cycle(w, true, true);
	assert_int_equal(w->report.code, ERR_OK);
	/* Whoever renames one of them gets both everywhere. */
	world_rename(w, SIDE_WORKSPACE, "a.py/b.py", "c.py");
	world_settle(w);
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		expect(w, s, "c.py", PY "2\n");
	assert_int_equal(w->report.held.count, 0);
	world_free(w);
}

static void test_a_folder_in_the_place_of_a_file_stops_only_itself(void **state)
{
	struct world *w = world_with("files = all\n");

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_write(w, SIDE_GIT, "x", "1\n");
	world_write(w, SIDE_LOCAL, "x/b.csv", "2\n");
	world_settle(w);
	world_delete(w, SIDE_LOCAL, "a.py");
	world_write(w, SIDE_LOCAL, "a.py/b.py", PY "2\n");
	world_write(w, SIDE_LOCAL, "z.py", PY "3\n");
	world_note_versions(w);
	for (int i = 0; i < 3; i++)
		world_cycle(w, true, true);
	assert_int_equal(w->report.code, ERR_OK);
	assert_false(w->report.side[SIDE_GIT].held);
	expect(w, SIDE_GIT, "x", "1\n");
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		expect(w, s, "z.py", PY "3\n");
	assert_null(world_check(w));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_commit_by_hand_is_pushed_when_that_works_again),
		cmocka_unit_test(test_a_late_push_moves_the_bases),
		cmocka_unit_test(test_what_was_taken_back_is_not_pushed_again),
		cmocka_unit_test(test_another_repository_waits_for_a_human),
		cmocka_unit_test(test_the_same_content_is_the_same_branch),
		cmocka_unit_test(test_a_script_on_the_branch_gives_way_to_no_notebook),
		cmocka_unit_test(test_a_local_script_gives_way_to_no_notebook),
		cmocka_unit_test(test_nothing_to_commit_is_no_commit_on_an_empty_branch),
		cmocka_unit_test(test_a_base_that_could_not_be_saved_is_saved_later),
		cmocka_unit_test(test_a_folder_called_as_a_notebook_stops_only_itself),
		cmocka_unit_test(test_a_folder_in_the_place_of_a_file_stops_only_itself),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
