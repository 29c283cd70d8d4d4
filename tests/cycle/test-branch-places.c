/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another place in the configuration than a branch of the same repository, branches of which nothing
 * counts, and what older versions left.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/cycle/branch_world.h"

/* ---- another folder, another repository ---- */

/* Nothing stands there: nobody has deleted anything. */
static void test_an_empty_folder_is_filled(void **state)
{
	struct world *w = three_notebooks();

	(void)state;
	set_key(w, (char *)&mapping(w)->git_path, "moved");
	world_cycle(w, true, true);
	assert_true(git_held(w, ", folder 'moved' now, and until now it was branch 'main' of"));
	assert_true(git_held(w, ": it has no notebook and gets all 3 as they are agreed; put the "
				"old one back"));
	confirm_what_waits(w);
	assert_int_not_equal(world_settle(w), 0);
	expect(w, SIDE_LOCAL, "a.py", PY "1\n");
	expect(w, SIDE_GIT, "moved/a.py", PY "1\n");
	expect(w, SIDE_GIT, "a.py", PY "1\n");
	world_free(w);
}

static void test_an_empty_repository_is_filled(void **state)
{
	struct world *w = three_notebooks();
	cleanup_free char *url = xasprintf("file://%s/other.git", w->dir);
	cleanup_free char *other = xasprintf("%s/other.git", w->dir);
	cleanup_free char *make = xasprintf("git init -q --bare -b main '%s'", other);

	(void)state;
	assert_int_equal(system(make), 0);
	set_key(w, (char *)&mapping(w)->git, url);
	world_cycle(w, true, true);
	assert_true(git_held(w, "/other.git' now, and until now it was branch 'main' of"));
	assert_true(git_held(w, "it has no notebook and gets all 3"));
	assert_false(git_says(w, other, "rev-parse --verify -q main"));
	confirm_what_waits(w);
	assert_int_not_equal(world_settle(w), 0);
	assert_true(git_says(w, other, "show main:a.py"));
	/* Not with the history of the old one. */
	assert_true(git_says(w, other, "rev-parse --verify -q main"));
	assert_false(git_says(w, other, "rev-parse --verify -q main~1"));
	expect(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_free(w);
}

/* Where nothing of the branch counts, nothing comes from another one either. */
static void test_a_branch_that_only_receives(void **state)
{
	struct world *w = world_with("direction = local->git,workspace\n");

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "b.py", PY "1\n");
	assert_int_not_equal(world_settle(w), 0);
	make_dev(w);
	set_branch(w, "dev");
	world_cycle(w, true, true);
	assert_true(git_held(w, ": it gets all 2 as they are agreed; put the old one back"));
	confirm_what_waits(w);
	assert_int_not_equal(world_settle(w), 0);
	expect(w, SIDE_LOCAL, "a.py", PY "1\n");
	assert_true(git_says(w, w->remote, "show dev:a.py | grep -q 1"));
	assert_true(git_says(w, w->remote, "show dev:b.py | grep -q 1"));
	assert_true(git_says(w, w->remote, "show dev:d.py | grep -q dev"));
	world_free(w);
}

/* A sentence has room for its end, whatever the notebooks are called. */
static void test_long_names(void **state)
{
	struct world *w = world_with(NULL);
	char folder[201];

	(void)state;
	memset(folder, 'n', 200);
	folder[200] = '\0';
	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "b.py", PY "1\n");
	for (int i = 0; i < 3; i++) {
		cleanup_free char *file = xasprintf("%s/%d.py", folder, i);

		world_write(w, SIDE_LOCAL, file, PY "1\n");
	}
	assert_int_not_equal(world_settle(w), 0);
	run_git(w, "update-ref refs/heads/keep main");
	world_delete(w, SIDE_GIT, folder);
	run_git(w, "update-ref refs/heads/dev main");
	run_git(w, "update-ref refs/heads/main keep");
	set_branch(w, "dev");
	world_cycle(w, true, true);
	assert_true(git_held(w, "3 notebooks are deleted everywhere (…); put"));
	assert_true(git_held(w, w->report.confirm));
	world_free(w);
}

/* ---- there and back ---- */

/* main has a newer a, and its history says that the workspace held that before; what the workspace holds
 * now came from dev, and nobody went back to it. */
static struct world *back_to_main(void)
{
	struct world *w = three_notebooks();

	run_git(w, "update-ref refs/heads/dev main");
	world_write(w, SIDE_LOCAL, "a.py", PY "2\n");
	assert_int_not_equal(world_settle(w), 0);
	assert_true(git_says(w, w->remote, "log -1 main | grep -q Nbsync-Object-Id"));
	set_branch(w, "dev");
	world_cycle(w, true, true);
	confirm_what_waits(w);
	assert_int_not_equal(world_settle(w), 0);
	expect(w, SIDE_WORKSPACE, "a.py", PY "1\n");
	set_branch(w, "main");
	world_cycle(w, true, true);
	assert_true(git_held(w, ": 1 notebook changes ('a'); put"));
	return w;
}

static void test_there_and_back(void **state)
{
	struct world *w = back_to_main();

	(void)state;
	confirm_what_waits(w);
	assert_int_not_equal(world_settle(w), 0);
	expect_everywhere(w, "a.py", PY "2\n");
	assert_true(git_says(w, w->remote, "show dev:a.py | grep -q 1"));
	expect_nothing_lost(w);
	world_free(w);
}

/* The same when the workspace answers later, and the machine was restarted in between. */
static void test_there_and_back_without_the_workspace(void **state)
{
	struct world *w = back_to_main();

	(void)state;
	world_fault(w, WORLD_FOLDER_UNREADABLE, "");
	confirm_what_waits(w);
	assert_true(w->report.side[SIDE_WORKSPACE].held);
	world_close(w);
	world_mend(w);
	assert_int_not_equal(world_settle(w), 0);
	expect_everywhere(w, "a.py", PY "2\n");
	expect_nothing_lost(w);
	world_free(w);
}

/* ---- what older versions left ---- */

/* A base that does not say where it belongs is taken for that of the branch in the configuration. */
static void test_an_unknown_place_is_the_configured_one(void **state)
{
	struct world *w = three_notebooks();
	cleanup_free char *forget = NULL;

	(void)state;
	world_close(w);
	forget = xasprintf("cd '%s' && git update-ref refs/nbsync/base/git $(git ls-tree "
			   "refs/nbsync/base/git | grep -v '\\.place' | git mktree)",
			   w->hub);
	assert_int_equal(system(forget), 0);
	assert_false(git_says(w, w->hub, "cat-file -e refs/nbsync/base/git:.place"));
	assert_true(world_report_idle(world_cycle(w, true, true)));
	assert_false(w->report.side[SIDE_GIT].held);
	assert_true(git_says(w, w->hub, "cat-file -e refs/nbsync/base/git:.place"));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_folder_is_filled),
		cmocka_unit_test(test_an_empty_repository_is_filled),
		cmocka_unit_test(test_a_branch_that_only_receives),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_there_and_back_without_the_workspace),
		cmocka_unit_test(test_an_unknown_place_is_the_configured_one),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
