/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which branch the Git side is: one that the remote has not, one that is made on request, and another
 * one in the configuration.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/cycle/branch_world.h"

/* ---- a branch that is not there ---- */

static void test_no_branch_beside_others(void **state)
{
	struct world *w = world_with(NULL);

	(void)state;
	world_write(w, SIDE_GIT, "a.py", PY "1\n");
	run_git(w, "update-ref refs/heads/master main");
	run_git(w, "update-ref -d refs/heads/main");
	run_git(w, "symbolic-ref HEAD refs/heads/master");
	world_write(w, SIDE_LOCAL, "b.py", PY "1\n");
	for (int i = 0; i < 3; i++) {
		world_cycle(w, true, true);
		assert_true(git_held(w, "there is no branch 'main' at"));
		assert_true(git_held(w, "'branch = master'"));
		assert_int_equal(w->report.commits, 0);
	}
	expect(w, SIDE_WORKSPACE, "b.py", PY "1\n");
	assert_false(git_says(w, w->remote, "rev-parse --verify -q refs/heads/main"));
	/* What the sentence offers. */
	create(w, "");
	assert_int_equal(w->report.answer.code, ERR_OK);
	assert_non_null(strstr(w->report.answer.sentence, "branch 'main' of"));
	assert_non_null(strstr(w->report.answer.sentence, "begins where 'master' stands"));
	assert_int_not_equal(world_settle(w), 0);
	expect_everywhere(w, "a.py", PY "1\n");
	expect_everywhere(w, "b.py", PY "1\n");
	assert_true(git_says(w, w->remote, "merge-base --is-ancestor master main"));
	assert_int_equal(create(w, "")->answer.code, ERR_CONFLICT);
	world_free(w);
}

static void test_an_empty_remote_is_filled(void **state)
{
	struct world *w = world_with(NULL);

	(void)state;
	assert_int_equal(create(w, "")->answer.code, ERR_ABSENT);
	assert_non_null(strstr(w->report.answer.sentence, "has no branch to begin at"));
	assert_false(w->report.side[SIDE_GIT].held);
	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	assert_int_not_equal(world_settle(w), 0);
	expect_everywhere(w, "a.py", PY "1\n");
	world_free(w);
}

/* Somebody fills the remote with another branch between our look and our push. */
static void fill_remote(struct world *w, const char *phase)
{
	if (!str_eq(phase, "push"))
		return;
	w->on_phase = NULL;
	run_git(w,
		"update-ref refs/heads/other $(git -c user.name=Ana -c user.email=ana@acme.example "
		"commit-tree -m other $(git mktree </dev/null))");
}

static void test_no_orphan_when_others_were_faster(void **state)
{
	struct world *w = world_with(NULL);

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_cycle(w, true, false);
	w->on_phase = fill_remote;
	for (int i = 0; i < 3; i++)
		world_cycle(w, true, true);
	assert_true(git_held(w, "there is no branch 'main' at"));
	assert_false(git_says(w, w->remote, "rev-parse --verify -q refs/heads/main"));
	world_free(w);
}

static void test_creating_from_a_branch_by_name(void **state)
{
	struct world *w = three_notebooks();

	(void)state;
	make_dev(w);
	set_branch(w, "new");
	assert_int_equal(create(w, "dve")->answer.code, ERR_ABSENT);
	assert_non_null(strstr(w->report.answer.sentence, "there is no branch 'dve' at"));
	assert_non_null(strstr(w->report.answer.sentence, "did you mean 'dev'?"));
	assert_true(git_held(w, "there is no branch 'new' at"));
	assert_int_equal(create(w, "a..b")->answer.code, ERR_CONFIG);
	assert_int_equal(create(w, "dev")->answer.code, ERR_OK);
	assert_true(git_says(w, w->remote, "diff --quiet dev new"));
	/* It is another branch than before, with other notebooks: that is asked as well. */
	assert_true(git_held(w, "the configuration names branch 'new'"));
	confirm_what_waits(w);
	assert_int_not_equal(world_settle(w), 0);
	expect(w, SIDE_LOCAL, "a.py", PY "dev\n");
	expect(w, SIDE_WORKSPACE, "a.py", PY "dev\n");
	world_free(w);
}

static void test_a_new_branch_with_the_same_content(void **state)
{
	struct world *w = three_notebooks();

	(void)state;
	set_branch(w, "new");
	world_cycle(w, true, true);
	assert_true(git_held(w, "there is no branch 'new' at"));
	assert_int_equal(create(w, "")->answer.code, ERR_OK);
	assert_false(w->report.side[SIDE_GIT].held);
	assert_null(w->report.confirm);
	world_write(w, SIDE_LOCAL, "a.py", PY "2\n");
	assert_int_not_equal(world_settle(w), 0);
	assert_true(git_says(w, w->remote, "show new:a.py | grep -q 2"));
	expect(w, SIDE_GIT, "a.py", PY "1\n"); /* main */
	world_free(w);
}

/* ---- another branch ---- */

static void test_another_branch_is_shown_first(void **state)
{
	struct world *w = three_notebooks();

	(void)state;
	make_dev(w);
	set_branch(w, "dev");
	for (int i = 0; i < 3; i++) {
		world_cycle(w, true, true);
		assert_true(git_held(w, "the configuration names branch 'dev' of"));
		assert_true(git_held(w, "until now it was branch 'main' of"));
		assert_true(git_held(w, ": 1 notebook changes ('a'), 1 is new ('d'), 1 is deleted "
					"everywhere ('b'); put the old one back"));
		if (i == 1)
			world_close(w);
	}
	expect(w, SIDE_LOCAL, "a.py", PY "1\n");
	/* Edits go on meanwhile between the others. */
	world_write(w, SIDE_LOCAL, "c.py", PY "edited\n");
	world_cycle(w, true, true);
	expect(w, SIDE_WORKSPACE, "c.py", PY "edited\n");
	world_cycle(w, true, true);
	assert_true(git_held(w, "; 1 that were edited here and not pushed go along; put"));
	confirm_what_waits(w);
	assert_int_not_equal(world_settle(w), 0);
	expect(w, SIDE_LOCAL, "a.py", PY "dev\n");
	expect(w, SIDE_WORKSPACE, "a.py", PY "dev\n");
	expect(w, SIDE_LOCAL, "b.py", NULL);
	expect(w, SIDE_WORKSPACE, "d.py", PY "dev\n");
	/* The edit went along, and main is what it was. */
	assert_true(git_says(w, w->remote, "show dev:c.py | grep -q edited"));
	expect(w, SIDE_GIT, "c.py", PY "1\n");
	world_close(w);
	assert_true(world_report_idle(world_cycle(w, true, true)));
	world_free(w);
}

static void test_the_old_branch_put_back(void **state)
{
	struct world *w = three_notebooks();

	(void)state;
	make_dev(w);
	set_branch(w, "dev");
	world_cycle(w, true, true);
	assert_true(git_held(w, "the configuration names branch 'dev'"));
	set_branch(w, "main");
	world_cycle(w, true, true);
	assert_false(w->report.side[SIDE_GIT].held);
	assert_null(w->report.confirm);
	assert_int_not_equal(world_settle(w), 0);
	expect_everywhere(w, "a.py", PY "1\n");
	expect_everywhere(w, "b.py", PY "1\n");
	expect_everywhere(w, "d.py", NULL);
	world_free(w);
}

/* An edit here, and another one of the same notebook on the new branch. */
static void test_an_unpushed_edit_clashes_visibly(void **state)
{
	struct world *w = three_notebooks();

	(void)state;
	make_dev(w);
	world_write(w, SIDE_LOCAL, "a.py", PY "mine\n");
	world_write(w, SIDE_LOCAL, "b.py", PY "mine\n");
	world_cycle(w, true, false);
	expect(w, SIDE_GIT, "a.py", PY "1\n");
	world_note_versions(w);
	set_branch(w, "dev");
	world_cycle(w, true, true);
	confirm_what_waits(w);
	assert_int_not_equal(w->report.conflicts.count, 0);
	assert_int_not_equal(world_settle(w), 0);
	expect(w, SIDE_LOCAL, "a.py", PY "mine\n");
	/* The edit beats the deletion. */
	expect(w, SIDE_LOCAL, "b.py", PY "mine\n");
	assert_true(git_says(w, w->remote, "show dev:b.py | grep -q mine"));
	expect(w, SIDE_GIT, "b.py", PY "1\n");
	expect_nothing_lost(w);
	world_free(w);
}

/* A commit that was not pushed stays reachable, is carried over, and is not pushed to the old branch when
 * somebody goes back to it. */
static void test_unpushed_commits_stay(void **state)
{
	struct world *w = three_notebooks();
	cleanup_free char *lock = xasprintf("%s/refs/heads/main.lock", w->remote);
	cleanup_free char *make = xasprintf(": >'%s'", lock), *take = xasprintf("rm '%s'", lock);

	(void)state;
	make_dev(w);
	assert_int_equal(system(make), 0);
	world_write(w, SIDE_LOCAL, "c.py", PY "unpushed\n");
	world_cycle(w, true, true);
	assert_int_equal(w->report.commits, 1);
	assert_int_equal(system(take), 0);
	set_branch(w, "dev");
	world_cycle(w, true, true);
	confirm_what_waits(w);
	assert_int_not_equal(world_settle(w), 0);
	assert_true(git_says(w, w->remote, "show dev:c.py | grep -q unpushed"));
	expect(w, SIDE_GIT, "c.py", PY "1\n");
	assert_true(git_says(w, w->hub, "show main:c.py | grep -q unpushed"));
	set_branch(w, "main");
	world_cycle(w, true, true);
	confirm_what_waits(w);
	assert_int_not_equal(world_settle(w), 0);
	expect_everywhere(w, "c.py", PY "1\n");
	expect_everywhere(w, "a.py", PY "1\n");
	assert_false(git_says(w, w->remote, "log -p main | grep -q unpushed"));
	assert_true(git_says(w, w->hub, "log -p --glob=refs/nbsync/left | grep -q unpushed"));
	expect_nothing_lost(w);
	world_free(w);
}

/* More than ten deletions are asked once, not twice. */
static void test_many_deletions_are_asked_once(void **state)
{
	struct world *w = world_with(NULL);

	(void)state;
	for (int i = 0; i < 20; i++) {
		cleanup_free char *file = xasprintf("n%02d.py", i);

		world_write(w, SIDE_LOCAL, file, PY "1\n");
	}
	assert_int_not_equal(world_settle(w), 0);
	run_git(w, "update-ref refs/heads/keep main");
	for (int i = 0; i < 15; i++) {
		cleanup_free char *file = xasprintf("n%02d.py", i);

		world_delete(w, SIDE_GIT, file);
	}
	run_git(w, "update-ref refs/heads/dev main");
	run_git(w, "update-ref refs/heads/main keep");
	set_branch(w, "dev");
	world_cycle(w, true, true);
	assert_true(git_held(w, "15 notebooks are deleted everywhere ('n00', 'n01', 'n02', …)"));
	confirm_what_waits(w);
	assert_null(w->report.confirm);
	assert_int_not_equal(world_settle(w), 0);
	expect(w, SIDE_LOCAL, "n00.py", NULL);
	expect(w, SIDE_WORKSPACE, "n14.py", NULL);
	expect(w, SIDE_LOCAL, "n15.py", PY "1\n");
	world_free(w);
}

/* The plan is that of a commit: one that came later was not seen. */
static void test_a_branch_that_moved_is_asked_again(void **state)
{
	struct world *w = three_notebooks();
	cleanup_free char *token = NULL;

	(void)state;
	make_dev(w);
	set_branch(w, "dev");
	world_cycle(w, true, true);
	token = xstrdup(w->report.confirm);
	run_git(w, "update-ref refs/heads/dev dev~1");
	assert_int_equal(confirm(w, token)->answer.code, ERR_CONFLICT);
	assert_true(w->report.side[SIDE_GIT].held);
	expect(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_branch_beside_others),
		cmocka_unit_test(test_an_empty_remote_is_filled),
		cmocka_unit_test(test_no_orphan_when_others_were_faster),
		cmocka_unit_test(test_creating_from_a_branch_by_name),
		cmocka_unit_test(test_a_new_branch_with_the_same_content),
		cmocka_unit_test(test_another_branch_is_shown_first),
		cmocka_unit_test(test_the_old_branch_put_back),
		cmocka_unit_test(test_an_unpushed_edit_clashes_visibly),
		cmocka_unit_test(test_unpushed_commits_stay),
		cmocka_unit_test(test_many_deletions_are_asked_once),
		cmocka_unit_test(test_a_branch_that_moved_is_asked_again),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
