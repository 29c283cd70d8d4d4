/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commits are drafts until the remote has them: what it gets in the end, when they had to wait. Each
 * story ends with a linear history.
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

#include "tests/world/clock.h"
#include "tests/world/expectations.h"

/* What a command of git says in a repository, without the last newline. Owned. */
static char *git_says(const char *repository, const char *arguments)
{
	cleanup_free char *command = xasprintf("git -C '%s' %s", repository, arguments);
	cleanup_buf struct buf out = BUF_UNBOUNDED;
	FILE *pipe = popen(command, "re");
	char line[512];

	assert_non_null(pipe);
	while (fgets(line, sizeof(line), pipe))
		buf_add_str(&out, line);
	assert_int_equal(pclose(pipe), 0);
	while (out.len && out.data[out.len - 1] == '\n')
		buf_trim(&out, out.len - 1);
	return xstrdup(buf_str(&out));
}

static void expect_git(struct world *w, const char *arguments, const char *expected)
{
	cleanup_free char *said = git_says(w->remote, arguments);

	if (!str_eq(said, expected))
		fail_msg("git %s: '%s', expected '%s'", arguments, said, expected);
}

static void expect_history(struct world *w, const char *subjects)
{
	expect_git(w, "log --reverse --format=%s main | tr '\\n' '|'", subjects);
	expect_git(w, "rev-list --merges main", "");
	expect_sound(w);
}

/* The remote is away; or there again. */
static void move_away(struct world *w, bool away)
{
	cleanup_free char *aside = xasprintf("%s.away", w->remote);

	if (away)
		files_rename(w->remote, aside);
	else
		files_rename(aside, w->remote);
}

/* Nobody can push while a lock stands there; what is pushed is uploaded all the same. */
static void lock(struct world *w, bool locked)
{
	cleanup_free char *file = xasprintf("%s/refs/heads/main.lock", w->remote);

	if (locked)
		files_write(file, "", 0);
	else
		files_remove(file);
}

static struct world *two_notebooks(const char *config)
{
	struct world *w = world_with(config);

	world_write(w, SIDE_LOCAL, "a.py", PY "a\n");
	world_write(w, SIDE_LOCAL, "b.py", PY "b\n");
	settle(w);
	return w;
}

/* ---- what goes into which commit ---- */

static void say(struct world *w, const char *summary)
{
	commit(w, summary);
	clock_pass(61000); /* at most six pushes a minute */
}

static void test_summaries_stay_in_order(void **state)
{
	struct world *w = two_notebooks("commit = manual\n");

	(void)state;
	commit(w, "begin");
	lock(w, true);
	world_write(w, SIDE_LOCAL, "a.py", PY "a 2\n");
	say(w, "one");
	world_write(w, SIDE_LOCAL, "c.py", PY "c\n");
	world_write(w, SIDE_LOCAL, "d.py", PY "d\n");
	say(w, "two");
	world_write(w, SIDE_LOCAL, "d.py", PY "d 2\n");
	say(w, "three");
	world_write(w, SIDE_LOCAL, "e.py", PY "e\n");
	world_cycle(w, true, false);
	assert_true(w->report.side[SIDE_GIT].held);
	assert_int_equal(w->report.waiting.paths, 4);
	lock(w, false);
	world_cycle(w, true, false);
	world_cycle(w, true, false);
	assert_int_equal(w->report.waiting.paths, 1);
	expect(w, SIDE_GIT, "e.py", NULL);
	expect_history(w, "begin|one|two|three|");
	expect_git(w, "show main~2:a.py | tail -1", "a 2");
	expect_git(w, "log --format= --name-only main~3.. | tr '\\n' ' '", "d.py c.py a.py ");
	world_free(w);
}

static void test_summaries_of_different_paths(void **state)
{
	struct world *w = two_notebooks("commit = manual\n");

	(void)state;
	commit(w, "begin");
	lock(w, true);
	world_write(w, SIDE_LOCAL, "a.py", PY "a 2\n");
	say(w, "one");
	lock(w, false);
	world_write(w, SIDE_LOCAL, "c.py", PY "c\n");
	world_cycle(w, true, false);
	world_cycle(w, true, false);
	expect_history(w, "begin|one|");
	say(w, "two");
	expect_history(w, "begin|one|two|");
	world_free(w);
}

/* What was committed by hand and changed since goes as it is now; what is only automatic is last. */
static void test_the_automatic_rest_is_last(void **state)
{
	struct world *w = two_notebooks(NULL);

	(void)state;
	lock(w, true);
	world_write(w, SIDE_LOCAL, "a.py", PY "a 2\n");
	say(w, "by hand");
	world_write(w, SIDE_LOCAL, "a.py", PY "a 3\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "c\n");
	world_cycle(w, true, true);
	world_close(w);
	lock(w, false);
	settle(w);
	expect_history(w, "Add 2 notebooks|by hand|Add c|");
	expect_git(w, "show main~1:a.py | tail -1", "a 3");
	expect_git(w, "for-each-ref --count=1 --format='%(refname)' refs/nbsync", "");
	world_free(w);
}

static void test_a_change_that_vanished_is_no_commit(void **state)
{
	struct world *w = two_notebooks(NULL);
	cleanup_free char *refs = NULL;

	(void)state;
	move_away(w, true);
	world_write(w, SIDE_LOCAL, "a.py", PY "a password\n");
	commit(w, "with a password");
	assert_true(w->report.side[SIDE_GIT].held);
	move_away(w, false);
	lock(w, true);
	say(w, "with a password");
	lock(w, false);
	world_write(w, SIDE_LOCAL, "a.py", PY "a\n");
	settle(w);
	expect_history(w, "Add 2 notebooks|");
	refs = git_says(w->hub, "for-each-ref --format='%(refname)' refs/nbsync/summaries");
	assert_string_equal(refs, "");
	world_write(w, SIDE_LOCAL, "a.py", PY "another\n");
	settle(w);
	expect_history(w, "Add 2 notebooks|Update a|");
	world_free(w);
}

/* Nothing of a version that was agreed while the remote was away is ever sent. */
static void test_a_removed_secret_never_leaves(void **state)
{
	struct world *w = two_notebooks(NULL);
	cleanup_free char *search = NULL;

	(void)state;
	move_away(w, true);
	world_write(w, SIDE_LOCAL, "a.py", PY "AKIA0000EXAMPLE\n");
	world_cycle(w, true, true);
	expect(w, SIDE_WORKSPACE, "a.py", PY "AKIA0000EXAMPLE\n");
	world_write(w, SIDE_LOCAL, "a.py", PY "read()\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "c\n");
	world_cycle(w, true, true);
	move_away(w, false);
	settle(w);
	expect_everywhere(w, "a.py", PY "read()\n");
	search = git_says(w->remote, "cat-file --batch --batch-all-objects | grep -ac AKIA; true");
	assert_string_equal(search, "0");
	expect_history(w, "Add 2 notebooks|Update 2 notebooks|");
	world_free(w);
}

/* ---- others push, too ---- */

static void test_a_branch_that_moved_makes_no_merge(void **state)
{
	struct world *w = two_notebooks(NULL);

	(void)state;
	for (int i = 0; i < 3; i++) {
		cleanup_free char *mine = xasprintf("mine%d.py", i);
		cleanup_free char *theirs = xasprintf("theirs%d.py", i);

		lock(w, true);
		world_write(w, SIDE_LOCAL, mine, PY "mine\n");
		say(w, mine);
		lock(w, false);
		world_write(w, SIDE_GIT, theirs, PY "theirs\n");
		clock_pass(61000);
	}
	settle(w);
	for (int i = 0; i < 3; i++) {
		cleanup_free char *mine = xasprintf("mine%d.py", i);
		cleanup_free char *theirs = xasprintf("theirs%d.py", i);

		expect_everywhere(w, mine, PY "mine\n");
		expect_everywhere(w, theirs, PY "theirs\n");
	}
	expect_git(w, "rev-list --merges main", "");
	expect_sound(w);
	world_free(w);
}

/* A push that was uploaded, and whose answer never came, is made again as it is agreed now; then the
 * old one turns out to have arrived. */
static void test_an_older_draft_arrived_after_all(void **state)
{
	struct world *w = two_notebooks(NULL);
	cleanup_free char *sent = NULL, *update = NULL;

	(void)state;
	lock(w, true);
	world_write(w, SIDE_LOCAL, "a.py", PY "a 2\n");
	say(w, "sent");
	sent = git_says(w->hub, "rev-parse refs/heads/main");
	world_write(w, SIDE_LOCAL, "a.py", PY "a 3\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "c\n");
	world_cycle(w, true, true);
	world_close(w);
	lock(w, false);
	update = xasprintf("update-ref refs/heads/main %s", sent);
	free(git_says(w->remote, update));
	settle(w);
	assert_int_equal(w->report.conflicts.total, 0);
	expect_everywhere(w, "a.py", PY "a 3\n");
	expect_everywhere(w, "c.py", PY "c\n");
	expect_history(w, "Add 2 notebooks|sent|Update 2 notebooks|");
	world_free(w);
}

/* ---- rest ---- */

/* Whoever cannot push does not make the same commits again and again. */
static void test_waiting_makes_no_objects(void **state)
{
	struct world *w = two_notebooks(NULL);
	cleanup_free char *before = NULL, *after = NULL;

	(void)state;
	lock(w, true);
	world_write(w, SIDE_LOCAL, "a.py", PY "a 2\n");
	say(w, "one");
	world_write(w, SIDE_LOCAL, "c.py", PY "c\n");
	world_cycle(w, true, true);
	before = git_says(w->hub, "rev-parse refs/heads/main");
	for (int i = 0; i < 3; i++) {
		clock_pass(61000);
		world_cycle(w, true, true);
		assert_int_equal(w->report.commits, 0);
		assert_int_equal(w->report.waiting.paths, 2);
		assert_string_equal(w->report.waiting.sentence, "2 changes are not pushed yet");
	}
	after = git_says(w->hub, "rev-parse refs/heads/main");
	assert_string_equal(before, after);
	lock(w, false);
	settle(w);
	expect_history(w, "Add 2 notebooks|one|Add c|");
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_summaries_stay_in_order),
		cmocka_unit_test(test_summaries_of_different_paths),
		cmocka_unit_test(test_the_automatic_rest_is_last),
		cmocka_unit_test(test_a_change_that_vanished_is_no_commit),
		cmocka_unit_test(test_a_removed_secret_never_leaves),
		cmocka_unit_test(test_a_branch_that_moved_makes_no_merge),
		cmocka_unit_test(test_an_older_draft_arrived_after_all),
		cmocka_unit_test(test_waiting_makes_no_objects),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
