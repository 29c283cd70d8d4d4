/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cycle within one process: hinted looks, what they may and may not conclude, and what stays
 * in memory between cycles. Two sides, a local directory and a bare repository; scenarios with all
 * three sides are in the other programs here and in tests/e2e.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fs/fs.h"
#include "log/log.h"
#include "sync/cycle.h"
#include "tests/world/expectations.h"

static int set_up_opened(void **state)
{
	struct world_options options = { .without[SIDE_WORKSPACE] = true };

	*state = world_new(&options);
	world_reopen(*state);
	return 0;
}

static void write_local(struct world *w, const char *file, const char *text)
{
	world_write(w, SIDE_LOCAL, file, text);
}

static const struct report *full(struct world *w, bool hurry)
{
	return world_cycle(w, true, hurry);
}

static void expect_code(const struct report *r, int code)
{
	if (r->code != code)
		fail_msg("code %s: %s", err_name(r->code), r->sentence);
}

static void test_a_hint_is_looked_at_and_nothing_else(void **state)
{
	struct world *w = *state;
	const struct report *r;

	write_local(w, "a.py", PY "1\n");
	write_local(w, "b.py", PY "1\n");
	r = full(w, true);
	expect_code(r, ERR_OK);
	assert_true(r->full);
	assert_int_equal(r->side[SIDE_GIT].written, 2);
	assert_int_equal(r->commits, 1);

	write_local(w, "a.py", PY "2\n");
	write_local(w, "b.py", PY "2\n");
	r = hinted(w, "a.py");
	assert_false(r->full);
	assert_int_equal(r->side[SIDE_GIT].written, 1);
	r = full(w, true);
	assert_int_equal(r->side[SIDE_GIT].written, 1);
	r = full(w, true);
	assert_int_equal(r->side[SIDE_GIT].written, 0);
	assert_int_equal(r->commits, 0);
}

static void test_hints_of_deletions_and_folders(void **state)
{
	struct world *w = *state;
	const char *moved[] = { "etl", "new" };

	write_local(w, "a.py", PY "1\n");
	write_local(w, "etl/x.py", PY "x\n");
	write_local(w, "stays.py", PY "s\n");
	full(w, true);
	world_delete(w, SIDE_LOCAL, "a.py");
	assert_int_equal(hinted(w, "a.py")->side[SIDE_GIT].deleted, 1);
	write_local(w, "etl/y.py", PY "y\n");
	assert_int_equal(hinted(w, "etl")->side[SIDE_GIT].written, 1);
	world_rename(w, SIDE_LOCAL, "etl", "new");
	hinted_at(w, moved, 2);
	assert_int_equal(w->report.side[SIDE_GIT].written, 2);
	assert_int_equal(w->report.side[SIDE_GIT].deleted, 2);
}

static void test_hints_are_no_evidence(void **state)
{
	struct world *w = *state;
	const char *odd[] = {
		"a.py", "../outside.py", "/etc/passwd", "", "nothing/here.py", ".git"
	};
	const struct report *r;

	write_local(w, "a.py", PY "1\n");
	full(w, true);
	r = hinted_at(w, odd, ARRAY_SIZE(odd));
	expect_code(r, ERR_OK);
	assert_int_equal(r->side[SIDE_GIT].written + r->side[SIDE_GIT].deleted, 0);
	assert_int_equal(r->side[SIDE_LOCAL].notebooks, 1);
}

static void test_a_vanished_root_is_not_many_deletions(void **state)
{
	struct world *w = *state;
	const char *hints[] = { "a.py", "b.py" };
	cleanup_free char *away = xasprintf("%s/away", w->dir);
	const struct report *r;

	write_local(w, "a.py", PY "1\n");
	write_local(w, "b.py", PY "1\n");
	full(w, true);
	files_rename(w->local, away);
	r = hinted_at(w, hints, 2);
	assert_true(r->side[SIDE_LOCAL].held);
	assert_int_equal(r->side[SIDE_GIT].deleted, 0);
	files_rename(away, w->local);
	r = hinted_at(w, hints, 2);
	assert_false(r->side[SIDE_LOCAL].held);
	assert_int_equal(r->side[SIDE_GIT].deleted, 0);
}

static void test_commits_wait_for_quiet(void **state)
{
	struct world *w = *state;
	struct cycle_request now = { .full = true, .commit = true, .summary = "Totals by month" };
	const struct report *r;

	write_local(w, "a.py", PY "1\n");
	r = full(w, false);
	assert_int_equal(r->commits, 0);
	assert_int_equal(r->waiting.paths, 1);
	assert_true(r->next_ms > 0 && r->next_ms <= 3600 * 1000);
	world_request(w, &now);
	assert_int_equal(w->report.commits, 1);
	assert_int_equal(w->report.pushes, 1);
}

static void test_a_change_that_is_taken_back_needs_no_commit(void **state)
{
	struct world *w = *state;

	write_local(w, "a.py", PY "1\n");
	full(w, true);
	write_local(w, "a.py", PY "2\n");
	assert_int_equal(full(w, false)->waiting.paths, 1);
	write_local(w, "a.py", PY "1\n");
	assert_int_equal(full(w, false)->waiting.paths, 0);
	assert_int_equal(full(w, true)->commits, 0);
}

static void test_a_restart_remembers(void **state)
{
	struct world *w = *state;
	const struct report *r;

	write_local(w, "a.py", PY "1\n");
	full(w, true);
	world_reopen(w);
	r = full(w, true);
	expect_code(r, ERR_OK);
	assert_int_equal(r->side[SIDE_GIT].written, 0);
	assert_int_equal(r->side[SIDE_GIT].notebooks, 1);
	assert_int_equal(r->commits, 0);
}

static void test_the_lock_excludes(void **state)
{
	struct world *w = *state;
	struct cycle_options options = { .config = w->config, .mapping = "etl" };
	struct cycle *second = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(cycle_open(&second, &options, &e), ERR_RETRY);
	assert_null(second);
	options.mapping = "nobody";
	assert_int_equal(cycle_open(&second, &options, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "there is no mapping 'nobody'"));
}

static void test_cancelling_ends_a_cycle(void **state)
{
	struct world *w = *state;

	write_local(w, "a.py", PY "1\n");
	w->cancel = 1;
	expect_code(full(w, true), ERR_CANCELLED);
	w->cancel = 0;
	assert_int_equal(full(w, true)->side[SIDE_GIT].written, 1);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up_opened, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_a_hint_is_looked_at_and_nothing_else),
		CASE(test_hints_of_deletions_and_folders),
		CASE(test_hints_are_no_evidence),
		CASE(test_a_vanished_root_is_not_many_deletions),
		CASE(test_commits_wait_for_quiet),
		CASE(test_a_change_that_is_taken_back_needs_no_commit),
		CASE(test_a_restart_remembers),
		CASE(test_the_lock_excludes),
		CASE(test_cancelling_ends_a_cycle),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
