/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cycle within one process: hinted looks, what they may and may not conclude, and what stays
 * in memory between cycles. Two sides, a local directory and a bare repository; scenarios with all
 * three sides are in tests/e2e.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fs/fs.h"
#include "git/hub.h"
#include "log/log.h"
#include "sync/cycle.h"

#define HEADER "# Databricks notebook source\n"

struct world {
	char dir[64];
	struct config *config;
	struct cycle *cycle;
	struct report report;
};

static char *in(const struct world *w, const char *name)
{
	return xasprintf("%s/%s", w->dir, name);
}

static void write_text(const struct world *w, const char *name, const char *text)
{
	cleanup_free char *path = in(w, name);
	cleanup_free char *temp = xasprintf("%s.new", path);
	FILE *f = fopen(temp, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(temp, path), 0);
}

static void make_dir(const struct world *w, const char *name)
{
	cleanup_free char *path = in(w, name);

	assert_int_equal(mkdir(path, 0755), 0);
}

static void open_cycle(struct world *w)
{
	struct cycle_options options = { .config = w->config, .mapping = "etl" };
	struct err e = ERR_INIT;

	if (cycle_open(&w->cycle, &options, &e))
		fail_msg("%s", e.text);
}

static int set_up(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));
	cleanup_buf struct buf problems = BUF_INIT(65536);
	cleanup_free char *text = NULL, *policy = NULL, *remote = NULL, *policy_text = NULL;
	struct err e = ERR_INIT;
	struct hub *hub;

	strcpy(w->dir, "/tmp/nbsync-cycle-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	make_dir(w, "local");
	remote = in(w, "remote.git");
	assert_int_equal(hub_open(&hub, remote, &e), ERR_OK);
	hub_free(hub);
	policy = in(w, "policy.ini");
	policy_text = xasprintf("[policy]\nrestrict = clone-commit-push\nallow = file://%s/\n",
				w->dir);
	assert_int_equal(fs_store(policy, policy_text, strlen(policy_text), 0600, &e), ERR_OK);
	text = xasprintf("[daemon]\nstate = %s/state\npolicy = %s\n[mapping etl]\n"
			 "local = %s/local\ngit = file://%s\nlocal_format = source\n"
			 "git_format = source\ncommit_quiet = 1h\ncommit_max_wait = 2h\n",
			 w->dir, policy, w->dir, remote);
	if (config_parse(&w->config, text, strlen(text), "test", &problems, &e))
		fail_msg("%s", buf_str(&problems));
	open_cycle(w);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	cleanup_free char *command = xasprintf("rm -rf '%s'", w->dir);

	cycle_close(w->cycle);
	config_free(w->config);
	report_release(&w->report);
	assert_int_equal(system(command), 0);
	free(w);
	return 0;
}

static const struct report *full(struct world *w, bool hurry)
{
	struct cycle_request request = { .full = true, .hurry = hurry };

	report_release(&w->report);
	cycle_run(w->cycle, &request, &w->report);
	return &w->report;
}

static const struct report *hinted(struct world *w, const char *const *hints, size_t count)
{
	struct cycle_request request = { .hints = hints, .hint_count = count, .hurry = true };

	report_release(&w->report);
	cycle_run(w->cycle, &request, &w->report);
	return &w->report;
}

static void expect_code(const struct report *r, int code)
{
	if (r->code != code)
		fail_msg("code %s: %s", err_name(r->code), r->sentence);
}

static void test_a_hint_is_looked_at_and_nothing_else(void **state)
{
	struct world *w = *state;
	const char *hints[] = { "a.py" };
	const struct report *r;

	write_text(w, "local/a.py", HEADER "1\n");
	write_text(w, "local/b.py", HEADER "1\n");
	r = full(w, true);
	expect_code(r, ERR_OK);
	assert_true(r->full);
	assert_int_equal(r->side[SIDE_GIT].written, 2);
	assert_int_equal(r->commits, 1);

	write_text(w, "local/a.py", HEADER "2\n");
	write_text(w, "local/b.py", HEADER "2\n");
	r = hinted(w, hints, 1);
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
	const char *gone[] = { "a.py" }, *folder[] = { "etl" }, *moved[] = { "etl", "new" };
	cleanup_free char *a = in(w, "local/a.py"), *etl = in(w, "local/etl"),
			  *new = in(w, "local/new");

	make_dir(w, "local/etl");
	write_text(w, "local/a.py", HEADER "1\n");
	write_text(w, "local/etl/x.py", HEADER "x\n");
	write_text(w, "local/stays.py", HEADER "s\n");
	full(w, true);
	assert_int_equal(unlink(a), 0);
	assert_int_equal(hinted(w, gone, 1)->side[SIDE_GIT].deleted, 1);
	write_text(w, "local/etl/y.py", HEADER "y\n");
	assert_int_equal(hinted(w, folder, 1)->side[SIDE_GIT].written, 1);
	assert_int_equal(rename(etl, new), 0);
	hinted(w, moved, 2);
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

	write_text(w, "local/a.py", HEADER "1\n");
	full(w, true);
	r = hinted(w, odd, ARRAY_SIZE(odd));
	expect_code(r, ERR_OK);
	assert_int_equal(r->side[SIDE_GIT].written + r->side[SIDE_GIT].deleted, 0);
	assert_int_equal(r->side[SIDE_LOCAL].notebooks, 1);
}

static void test_a_vanished_root_is_not_many_deletions(void **state)
{
	struct world *w = *state;
	const char *hints[] = { "a.py", "b.py" };
	cleanup_free char *local = in(w, "local"), *away = in(w, "away");
	const struct report *r;

	write_text(w, "local/a.py", HEADER "1\n");
	write_text(w, "local/b.py", HEADER "1\n");
	full(w, true);
	assert_int_equal(rename(local, away), 0);
	r = hinted(w, hints, 2);
	assert_true(r->side[SIDE_LOCAL].held);
	assert_int_equal(r->side[SIDE_GIT].deleted, 0);
	assert_int_equal(rename(away, local), 0);
	r = hinted(w, hints, 2);
	assert_false(r->side[SIDE_LOCAL].held);
	assert_int_equal(r->side[SIDE_GIT].deleted, 0);
}

static void test_commits_wait_for_quiet(void **state)
{
	struct world *w = *state;
	struct cycle_request now = { .full = true, .commit = true, .summary = "Totals by month" };
	const struct report *r;

	write_text(w, "local/a.py", HEADER "1\n");
	r = full(w, false);
	assert_int_equal(r->commits, 0);
	assert_int_equal(r->waiting_paths, 1);
	assert_true(r->next_ms > 0 && r->next_ms <= 3600 * 1000);
	report_release(&w->report);
	cycle_run(w->cycle, &now, &w->report);
	assert_int_equal(w->report.commits, 1);
	assert_int_equal(w->report.pushes, 1);
}

static void test_a_change_that_is_taken_back_needs_no_commit(void **state)
{
	struct world *w = *state;

	write_text(w, "local/a.py", HEADER "1\n");
	full(w, true);
	write_text(w, "local/a.py", HEADER "2\n");
	assert_int_equal(full(w, false)->waiting_paths, 1);
	write_text(w, "local/a.py", HEADER "1\n");
	assert_int_equal(full(w, false)->waiting_paths, 0);
	assert_int_equal(full(w, true)->commits, 0);
}

static void test_a_restart_remembers(void **state)
{
	struct world *w = *state;
	const struct report *r;

	write_text(w, "local/a.py", HEADER "1\n");
	full(w, true);
	cycle_close(w->cycle);
	open_cycle(w);
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
	volatile int cancel = 0;
	struct cycle_options options = { .config = w->config, .mapping = "etl", .cancel = &cancel };
	struct err e = ERR_INIT;

	cycle_close(w->cycle);
	assert_int_equal(cycle_open(&w->cycle, &options, &e), ERR_OK);
	write_text(w, "local/a.py", HEADER "1\n");
	cancel = 1;
	expect_code(full(w, true), ERR_CANCELLED);
	cancel = 0;
	assert_int_equal(full(w, true)->side[SIDE_GIT].written, 1);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
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
	struct err e = ERR_INIT;
	int failed;

	log_init(LOG_LEVEL_ERROR, NULL);
	if (git_start(&e))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	git_stop();
	return failed;
}
