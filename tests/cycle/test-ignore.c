/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ignore files in the life of a mapping: rules come and go, nothing is ever deleted because of
 * them, and what is ignored stands still on every side until it goes on from where it was.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/world/expectations.h"

/* ---- rules come and go ---- */

static void test_a_new_rule_deletes_nothing(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "etl/a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "etl/b.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, ".gitignore", "b.py\n");
	expect_stillness(w);
	expect_everywhere(w, "etl/b.py", PY "1\n");
	assert_int_equal(w->report.side[SIDE_LOCAL].notebooks, 1);

	/* From now on each side has its own. */
	write_versions(w, "etl/b.py");
	world_write(w, SIDE_LOCAL, "etl/a.py", PY "2\n");
	settle(w);
	expect_everywhere(w, "etl/a.py", PY "2\n");
	expect(w, SIDE_LOCAL, "etl/b.py", PY "local\n");
	expect(w, SIDE_WORKSPACE, "etl/b.py", PY "workspace\n");
	expect(w, SIDE_GIT, "etl/b.py", PY "git\n");
	world_delete(w, SIDE_LOCAL, "etl/b.py");
	world_delete(w, SIDE_GIT, "etl/b.py");
	expect_stillness(w);
	expect(w, SIDE_WORKSPACE, "etl/b.py", PY "workspace\n");
}

static void test_everything_ignored_is_not_everything_lost(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "b.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "etl/c.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, ".nbsyncignore", "*\n");
	expect_stillness(w);
	assert_false(w->report.side[SIDE_LOCAL].held);
	assert_int_equal(w->report.side[SIDE_LOCAL].notebooks, 0);
	world_delete(w, SIDE_LOCAL, ".nbsyncignore");
	expect_stillness(w);
	assert_int_equal(w->report.side[SIDE_GIT].notebooks, 3);
	expect_everywhere(w, "etl/c.py", PY "1\n");
}

static void test_without_the_rule_it_goes_on_from_its_base(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "b.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, ".gitignore", "/[abc].py\n");
	expect_stillness(w);
	world_write(w, SIDE_LOCAL, "a.py", PY "2\n");
	world_write(w, SIDE_WORKSPACE, "b.py", PY "2\n");
	world_delete(w, SIDE_LOCAL, "c.py");
	expect_stillness(w);
	world_reopen(w);
	expect_stillness(w);
	world_delete(w, SIDE_LOCAL, ".gitignore");
	settle(w);
	expect_everywhere(w, "a.py", PY "2\n");
	expect_everywhere(w, "b.py", PY "2\n");
	expect_everywhere(w, "c.py", NULL);
}

/* The branch did not move while its notebooks were ignored: they must not be taken for gone when
 * they are looked at again. */
static void test_a_restart_between_rule_and_no_rule(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_GIT, "etl/a.py", PY "1\n");
	world_write(w, SIDE_GIT, "etl/b.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, "etl/.gitignore", "*.py\n");
	world_reopen(w);
	expect_stillness(w);
	world_reopen(w);
	expect_stillness(w);
	world_delete(w, SIDE_LOCAL, "etl/.gitignore");
	expect_stillness(w);
	expect_everywhere(w, "etl/a.py", PY "1\n");
	expect_everywhere(w, "etl/b.py", PY "1\n");
}

static void test_a_rule_that_comes_while_both_sides_edit(void **state)
{
	struct world *w = *state;
	const char *const base = PY "1" SEP "2\n";

	world_write(w, SIDE_LOCAL, "a.py", base);
	settle(w);
	world_write(w, SIDE_LOCAL, "a.py", PY "one" SEP "2\n");
	world_write(w, SIDE_GIT, "a.py", PY "1" SEP "two\n");
	world_write(w, SIDE_LOCAL, ".gitignore", "a\n");
	expect_stillness(w);
	expect(w, SIDE_WORKSPACE, "a.py", base);
	world_write(w, SIDE_LOCAL, ".gitignore", "# a\n");
	settle(w);
	expect_everywhere(w, "a.py", PY "one" SEP "two\n");
}

static void test_a_change_that_waits_for_a_commit_stays_out(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, "a.py", PY "2\n");
	assert_int_equal(world_cycle(w, true, false)->waiting.paths, 1);
	expect(w, SIDE_WORKSPACE, "a.py", PY "2\n");
	world_write(w, SIDE_LOCAL, ".gitignore", "a.py\n");
	assert_int_equal(world_cycle(w, true, true)->commits, 0);
	assert_int_equal(w->report.waiting.paths, 0);
	expect(w, SIDE_GIT, "a.py", PY "1\n");
	world_delete(w, SIDE_LOCAL, ".gitignore");
	settle(w);
	expect(w, SIDE_GIT, "a.py", PY "2\n");
}

/* What is ignored stands on the sides, but a deletion of most of the rest is still one of most. */
static void test_deletions_are_measured_by_what_is_managed(void **state)
{
	struct world *w = *state;
	cleanup_free char *etl = local_path(w, "etl");

	for (int i = 0; i < 60; i++) {
		cleanup_free char *file = xasprintf("report%d.py", i);

		world_write(w, SIDE_LOCAL, file, PY "1\n");
	}
	for (int i = 0; i < 12; i++) {
		cleanup_free char *file = xasprintf("etl/a%d.py", i);

		world_write(w, SIDE_LOCAL, file, PY "1\n");
	}
	world_write(w, SIDE_LOCAL, "b.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, ".gitignore", "report*\n");
	expect_stillness(w);
	files_remove(etl);
	world_cycle(w, true, true);
	assert_int_equal(w->report.side[SIDE_GIT].deleted, 0);
	assert_non_null(w->report.confirm);
	expect_note(&w->report, "12 of 13 notebooks would be deleted");
}

static void test_a_rename_to_an_ignored_name(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, ".gitignore", "old_*\n");
	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "b.py", PY "1\n");
	settle(w);
	world_rename(w, SIDE_LOCAL, "a.py", "old_a.py");
	settle(w);
	expect_everywhere(w, "a.py", NULL);
	expect(w, SIDE_LOCAL, "old_a.py", PY "1\n");
	expect(w, SIDE_GIT, "old_a.py", NULL);
	world_rename(w, SIDE_LOCAL, "old_a.py", "c.py");
	settle(w);
	expect_everywhere(w, "c.py", PY "1\n");
}

/* ---- what is new ---- */

static void test_ignored_newcomers_stay_where_they_are(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, ".gitignore", "scratch/\n*.sql\n/tmp_*\n");
	world_write(w, SIDE_LOCAL, "scratch/a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "a.sql", SQL "select 1\n");
	world_write(w, SIDE_GIT, "scratch/b.py", PY "1\n");
	world_write(w, SIDE_GIT, "etl/b.sql", SQL "select 1\n");
	world_write(w, SIDE_WORKSPACE, "scratch/c.py", PY "1\n");
	world_write(w, SIDE_WORKSPACE, "c.sql", SQL "select 1\n");
	world_write(w, SIDE_WORKSPACE, "tmp_c.py", PY "1\n");
	world_write(w, SIDE_WORKSPACE, "etl/tmp_d.py", PY "1\n");
	assert_int_equal(world_cycle(w, true, true)->held.total, 0);
	settle(w);
	expect_everywhere(w, "etl/tmp_d.py", PY "1\n");
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		expect(w, s, "scratch/a.py", s == SIDE_LOCAL ? PY "1\n" : NULL);
		expect(w, s, "a.sql", s == SIDE_LOCAL ? SQL "select 1\n" : NULL);
		expect(w, s, "scratch/b.py", s == SIDE_GIT ? PY "1\n" : NULL);
		expect(w, s, "etl/b.sql", s == SIDE_GIT ? SQL "select 1\n" : NULL);
		expect(w, s, "scratch/c.py", s == SIDE_WORKSPACE ? PY "1\n" : NULL);
		expect(w, s, "c.sql", s == SIDE_WORKSPACE ? SQL "select 1\n" : NULL);
		expect(w, s, "tmp_c.py", s == SIDE_WORKSPACE ? PY "1\n" : NULL);
		assert_int_equal(w->report.side[s].notebooks, 1);
	}
	expect_stillness(w);
	world_write(w, SIDE_LOCAL, ".gitignore", "scratch/\n");
	settle(w);
	expect_everywhere(w, "c.sql", SQL "select 1\n");
	expect_everywhere(w, "a.sql", SQL "select 1\n");
	expect(w, SIDE_LOCAL, "scratch/b.py", NULL);
}

static void test_nested_rules_and_exceptions(void **state)
{
	static const struct {
		const char *file;
		bool travels;
	} rows[] = {
		{ "a.py", true },         { "b.sql", false },         { "etl/b.sql", false },
		{ "etl/keep.sql", true }, { "etl/x/keep.sql", true }, { "etl/x/draft.py", false },
		{ "out/a.py", false },    { "out/keep.sql", false },  { "#1/a.py", false },
		{ "#2/a.py", true },      { "list/a.py", false },     { "list/b.py", true },
	};
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, ".gitignore", "*.sql\nout/\n\\#1/\n");
	world_write(w, SIDE_LOCAL, "etl/.gitignore", "!keep.sql\n");
	world_write(w, SIDE_LOCAL, "etl/x/.nbsyncignore", "draft\n");
	/* Neither of these two is read: the folder is ignored, even though its name comes first. */
	world_write(w, SIDE_LOCAL, "out/.gitignore", "!*\n");
	world_write(w, SIDE_LOCAL, "#1/.gitignore", "!*\n");
	world_write(w, SIDE_LOCAL, "list/.gitignore", "*\n!*.py\n");
	world_write(w, SIDE_LOCAL, "list/.nbsyncignore", "a.py\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		world_write(w, i % 2 ? SIDE_LOCAL : SIDE_GIT, rows[i].file,
			    str_ends(rows[i].file, ".sql") ? SQL : PY);
	settle(w);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *there = world_read(w, SIDE_WORKSPACE, rows[i].file);

		if (!there == rows[i].travels)
			fail_msg("'%s'", rows[i].file);
	}
}

/* The rules of a mapping are those of its own side, not of a branch that somebody else writes
 * to. */
static void test_with_a_local_side_the_branch_has_no_say(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_GIT, ".gitignore", "*.py\n");
	world_write(w, SIDE_GIT, "a.py", PY "1\n");
	settle(w);
	expect_everywhere(w, "a.py", PY "1\n");
	expect(w, SIDE_LOCAL, ".gitignore", NULL);
}

/* ---- without a local side ---- */

static void test_without_a_local_side_the_branch_rules(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_GIT, ".gitignore", "scratch/\n");
	world_write(w, SIDE_GIT, "etl/.nbsyncignore", "/b\n");
	world_write(w, SIDE_GIT, "scratch/.gitignore", "!*\n");
	world_write(w, SIDE_GIT, "scratch/a.py", PY "1\n");
	world_write(w, SIDE_GIT, "etl/a.py", PY "1\n");
	world_write(w, SIDE_WORKSPACE, "scratch/c.py", PY "1\n");
	world_write(w, SIDE_WORKSPACE, "etl/b.py", PY "1\n");
	settle(w);
	expect_everywhere(w, "etl/a.py", PY "1\n");
	expect(w, SIDE_WORKSPACE, "scratch/a.py", NULL);
	expect(w, SIDE_GIT, "scratch/c.py", NULL);
	expect(w, SIDE_GIT, "etl/b.py", NULL);

	/* A commit takes one rule back and makes another, and both notebooks were edited. */
	world_write(w, SIDE_WORKSPACE, "etl/a.py", PY "2\n");
	world_write(w, SIDE_WORKSPACE, "etl/b.py", PY "2\n");
	world_write(w, SIDE_GIT, "etl/.nbsyncignore", "/a\n");
	settle(w);
	expect(w, SIDE_GIT, "etl/a.py", PY "1\n");
	expect(w, SIDE_WORKSPACE, "etl/a.py", PY "2\n");
	expect_everywhere(w, "etl/b.py", PY "2\n");
	world_reopen(w);
	expect_stillness(w);
	world_delete(w, SIDE_GIT, "etl/.nbsyncignore");
	settle(w);
	expect_everywhere(w, "etl/a.py", PY "2\n");
}

/* The rules of the last time hold while the branch cannot be asked. */
static void test_rules_are_remembered_while_the_branch_is_away(void **state)
{
	struct world *w = *state;
	cleanup_free char *away = xasprintf("%s.away", w->remote);

	world_write(w, SIDE_GIT, ".gitignore", "b.py\n");
	world_write(w, SIDE_GIT, "a.py", PY "1\n");
	settle(w);
	world_close(w);
	files_rename(w->remote, away);
	world_write(w, SIDE_WORKSPACE, "a.py", PY "2\n");
	world_write(w, SIDE_WORKSPACE, "b.py", PY "2\n");
	world_cycle(w, true, true);
	assert_true(w->report.side[SIDE_GIT].held);
	assert_int_equal(w->report.side[SIDE_WORKSPACE].notebooks, 1);
	files_rename(away, w->remote);
	settle(w);
	expect_everywhere(w, "a.py", PY "2\n");
	expect(w, SIDE_GIT, "b.py", NULL);
}

int main(void)
{
#define WITHOUT_LOCAL(f) cmocka_unit_test_setup_teardown(f, set_up_without_local, tear_down)
	const struct CMUnitTest tests[] = {
		IN_A_WORLD(test_a_new_rule_deletes_nothing),
		IN_A_WORLD(test_everything_ignored_is_not_everything_lost),
		IN_A_WORLD(test_without_the_rule_it_goes_on_from_its_base),
		IN_A_WORLD(test_a_restart_between_rule_and_no_rule),
		IN_A_WORLD(test_a_rule_that_comes_while_both_sides_edit),
		IN_A_WORLD(test_a_change_that_waits_for_a_commit_stays_out),
		IN_A_WORLD(test_deletions_are_measured_by_what_is_managed),
		IN_A_WORLD(test_a_rename_to_an_ignored_name),
		IN_A_WORLD(test_ignored_newcomers_stay_where_they_are),
		IN_A_WORLD(test_nested_rules_and_exceptions),
		IN_A_WORLD(test_with_a_local_side_the_branch_has_no_say),
		WITHOUT_LOCAL(test_without_a_local_side_the_branch_rules),
		WITHOUT_LOCAL(test_rules_are_remembered_while_the_branch_is_away),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
