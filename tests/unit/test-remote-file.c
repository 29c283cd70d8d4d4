/* SPDX-License-Identifier: Apache-2.0 */
/* Fetch and push over file:///: what is particular to it. git fsck --strict judges hub and remote at
 * the end of each test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git_fixture.h"

static void test_file_errors(void **state)
{
	FIXTURE(f);
	struct oid mine = hub_next(f, &no_oid, "a.py");
	cleanup_free char *odd = NULL;
	struct err e = ERR_INIT;

	f->remote.url = "file:///nonexistent/x.git";
	assert_int_equal(fetch_try(f, &e), ERR_CONFIG);
	assert_string_equal(e.text, "there is no Git repository at 'file:///nonexistent/x.git'");
	f->remote.url = "ssh://git@acme.example/x";
	assert_int_equal(fetch_try(f, &e), ERR_CONFIG);
	assert_int_equal(push_try(f, &mine, &e), ERR_CONFIG);
	assert_string_equal(e.text, "'ssh://git@acme.example/x' is neither an https:// nor a "
				    "file:/// URL");
	fixture_use(f, NULL);
	f->remote.branch = "a..b";
	assert_int_equal(fetch_try(f, &e), ERR_CONFIG);
	assert_string_equal(e.text, "'a..b' is not a valid name for a branch");
	f->remote.branch = "main";
	world_run(f->w, "git -C origin.git config core.bare false");
	assert_int_equal(push_try(f, &mine, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "has a working tree, which a push would not update"));
	world_run(f->w, "git -C origin.git config core.bare true");
	world_run(f->w, "mv origin.git 'or igin%%.git'");
	odd = xasprintf("file://%s/or%%20igin%%25.git", f->w->dir);
	f->remote.url = odd;
	world_ok(push_try(f, &mine, &e), &e);
	world_run(f->w, "mv 'or igin%%.git' origin.git");
}

static void push_first(void *payload, const char *what)
{
	struct git_remote_fixture *f = payload;

	(void)what;
	if (f->progress++ == 0)
		origin_commit(f, "main", "faster.py", "1");
}

/* Somebody pushes between our look and our move. */
static void test_file_push_race(void **state)
{
	FIXTURE(f);
	struct oid base = origin_commit(f, "main", "a.py", "1"), mine, theirs, tip;
	struct err e = ERR_INIT;

	fetch_ok(f);
	mine = hub_next(f, &base, "mine.py");
	f->progress = 0;
	f->remote.progress = push_first;
	assert_int_equal(push_try(f, &mine, &e), ERR_CONFLICT);
	assert_non_null(strstr(e.text, "has just moved: fetch again"));
	theirs = origin_tip(f, "main");
	assert_false(oid_equal(&theirs, &mine));
	tip = fetch_ok(f);
	expect_oid(&tip, &theirs);
}

static void leave_lock(struct git_remote_fixture *f, const struct oid *id)
{
	char hex[41];

	oid_hex(id, hex);
	world_run(f->w, "echo %s > origin.git/refs/heads/main.lock", hex);
}

/* A push that was killed must not stop the branch for ever; nobody else's lock is touched. */
static void test_file_locks(void **state)
{
	struct oid theirs, mine, next;
	struct err e = ERR_INIT;
	FIXTURE(f);

	theirs = origin_commit(f, "main", "theirs.py", "1");
	fetch_ok(f);
	mine = hub_next(f, &theirs, "a.py");
	next = hub_next(f, &mine, "b.py");
	leave_lock(f, &theirs);
	assert_int_equal(push_try(f, &mine, &e), ERR_RETRY);
	assert_non_null(strstr(e.text, "is locked by another program: if none is running, remove"));
	world_run(f->w, "echo > origin.git/refs/heads/main.lock");
	assert_int_equal(push_try(f, &mine, &e), ERR_RETRY);
	world_run(f->w, "test -e origin.git/refs/heads/main.lock");
	leave_lock(f, &mine);
	world_ok(push_try(f, &mine, &e), &e);
	leave_lock(f, &mine); /* which the branch has by now */
	assert_int_equal(push_try(f, &next, &e), ERR_RETRY);
	leave_lock(f, &next);
	next = hub_next(f, &next, "c.py");
	world_ok(push_try(f, &next, &e), &e);
	expect_tracking(f, &next);
	world_run(f->w, "test ! -e origin.git/refs/heads/main.lock");
}

static void test_file_branch_in_a_folder(void **state)
{
	struct err e = ERR_INIT;
	struct oid mine;
	FIXTURE(f);

	f->remote.branch = "team/ana";
	mine = hub_next(f, &no_oid, "a.py");
	world_ok(push_try(f, &mine, &e), &e);
	mine = origin_tip(f, "team/ana");
	world_run(f->w, "git -C origin.git pack-refs --all --prune");
	mine = hub_next(f, &mine, "b.py");
	world_ok(push_try(f, &mine, &e), &e);
	mine = hub_next(f, &no_oid, "c.py");
	f->remote.branch = "team"; /* a folder stands there */
	assert_int_equal(push_try(f, &mine, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "cannot have branch 'team' beside 'team/ana'"));
	world_run(f->w, "git -C origin.git pack-refs --all --prune");
	assert_int_equal(push_try(f, &mine, &e), ERR_CONFIG);
	f->remote.branch = "team/ana/two";
	assert_int_equal(push_try(f, &mine, &e), ERR_CONFIG);
	world_run(f->w, "git -C origin.git symbolic-ref refs/heads/alias refs/heads/team/ana");
	f->remote.branch = "alias";
	mine = hub_next(f, &mine, "d.py");
	assert_int_not_equal(push_try(f, &mine, &e), ERR_OK);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_file_errors),
		FIXTURE_TEST(test_file_push_race),
		FIXTURE_TEST(test_file_locks),
		FIXTURE_TEST(test_file_branch_in_a_folder),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
