/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ignore files when something is in the way: a root that is away, a file that cannot be used, names
 * that are ignored although the notebook has others too, and hints.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/world/expectations.h"

/* ---- worlds ---- */

static int set_up_git_ipynb(void **state)
{
	*state = world_with("git_format = ipynb\n");
	return 0;
}

/* ---- a root that is away ---- */

static void test_rules_outlive_a_root_that_is_away(void **state)
{
	struct world *w = *state;
	cleanup_free char *away = xasprintf("%s.away", w->local);

	world_write(w, SIDE_LOCAL, ".gitignore", "secret*\n");
	for (int i = 0; i < 3; i++) {
		cleanup_free char *file = xasprintf("a%d.py", i);

		world_write(w, SIDE_LOCAL, file, PY "1\n");
	}
	settle(w);
	world_close(w);
	files_rename(w->local, away);
	/* Not there; then an empty mount point; each in a process that never saw the rules. */
	for (int i = 0; i < 2; i++) {
		if (i)
			files_mkdirs(w->local);
		world_write(w, SIDE_WORKSPACE, "secret.py", PY "1\n");
		world_write(w, SIDE_WORKSPACE, "a0.py", i ? PY "3\n" : PY "2\n");
		world_cycle(w, true, true);
		world_cycle(w, true, true);
		assert_true(w->report.side[SIDE_LOCAL].held);
		expect(w, SIDE_GIT, "a0.py", i ? PY "3\n" : PY "2\n");
		expect(w, SIDE_GIT, "secret.py", NULL);
		world_close(w);
	}
	assert_int_equal(rmdir(w->local), 0);
	files_rename(away, w->local);
	settle(w);
	expect_everywhere(w, "a0.py", PY "3\n");
	expect(w, SIDE_LOCAL, "secret.py", NULL);
}

/* ---- files that cannot be used ---- */

static void replace_by_link(const struct world *w, const char *name)
{
	cleanup_free char *path = local_path(w, name);

	unlink(path);
	assert_int_equal(symlink("elsewhere", path), 0);
}

static void test_an_ignore_file_that_breaks_keeps_its_rules(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "etl/.gitignore", "b.py\n");
	world_write(w, SIDE_LOCAL, "etl/a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "etl/b.py", PY "1\n");
	settle(w);
	replace_by_link(w, "etl/.gitignore");
	world_write(w, SIDE_LOCAL, "etl/c.py", PY "1\n");
	world_reopen(w);
	settle(w);
	expect_note(&w->report, "'etl/.gitignore'");
	expect_note(&w->report, "what it said before still holds");
	expect(w, SIDE_GIT, "etl/b.py", NULL);
	expect_everywhere(w, "etl/c.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "etl/.gitignore", "");
	settle(w);
	assert_int_equal(w->report.notes.count, 0);
	expect_everywhere(w, "etl/b.py", PY "1\n");
}

static void test_an_ignore_file_that_was_never_readable(void **state)
{
	struct world *w = *state;
	cleanup_buf struct buf large = BUF_INIT(1 << 20);

	world_write(w, SIDE_LOCAL, "etl/a.py", PY "1\n");
	settle(w);
	while (large.len <= 256 * 1024)
		buf_add_str(&large, "# nothing\n");
	world_write(w, SIDE_LOCAL, "etl/.gitignore", buf_str(&large));
	world_write(w, SIDE_LOCAL, "etl/new.py", PY "1\n");
	world_write(w, SIDE_WORKSPACE, "etl/newer.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "etl/a.py", PY "2\n");
	world_write(w, SIDE_LOCAL, "other/new.py", PY "1\n");
	settle(w);
	expect_note(&w->report, "cannot read 'etl/.gitignore'");
	expect_note(&w->report, "new notebooks below 'etl' are left alone until it can be used");
	expect_everywhere(w, "etl/a.py", PY "2\n"); /* what is agreed goes on */
	expect_everywhere(w, "other/new.py", PY "1\n");
	expect(w, SIDE_GIT, "etl/new.py", NULL);
	expect(w, SIDE_LOCAL, "etl/newer.py", NULL);
	/* When the file is gone, so is the doubt; also about what stood on the branch all the
	 * time. */
	world_write(w, SIDE_GIT, "etl/newest.py", PY "1\n");
	settle(w);
	expect(w, SIDE_LOCAL, "etl/newest.py", NULL);
	world_write(w, SIDE_LOCAL, "etl/.nbsyncignore", "newer\n");
	settle(w);
	world_delete(w, SIDE_LOCAL, "etl/.gitignore");
	settle(w);
	expect_everywhere(w, "etl/new.py", PY "1\n");
	expect_everywhere(w, "etl/newest.py", PY "1\n");
	expect(w, SIDE_LOCAL, "etl/newer.py", NULL);
}

/* A clone inside the mapping: its notebooks are left alone, and so are its rules. */
static void test_a_folder_that_cannot_be_looked_into_keeps_its_rules(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "etl/.gitignore", "b.py\n");
	world_write(w, SIDE_LOCAL, "etl/a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, "etl/.git/HEAD", "ref: refs/heads/main\n");
	world_write(w, SIDE_WORKSPACE, "etl/b.py", PY "1\n");
	settle(w);
	assert_false(w->report.side[SIDE_LOCAL].held);
	world_write(w, SIDE_LOCAL, ".gitignore", "x\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "2\n");
	settle(w);
	assert_false(w->report.side[SIDE_LOCAL].held);
	expect_everywhere(w, "c.py", PY "2\n");
	expect(w, SIDE_GIT, "etl/b.py", NULL);
}

/* The same with the branch, whose files are read in any order. */
static void test_ignore_files_of_a_branch_that_cannot_be_used(void **state)
{
	struct world *w = *state;
	cleanup_buf struct buf large = BUF_INIT(1 << 20);

	while (large.len <= 256 * 1024)
		buf_add_str(&large, "# nothing\n");
	world_write(w, SIDE_GIT, ".gitignore", "!scratch/\n\\!scratch/\n");
	world_write(w, SIDE_GIT, "!scratch/.gitignore", buf_str(&large));
	world_write(w, SIDE_GIT, "etl/a.py", PY "1\n");
	settle(w);
	assert_int_equal(w->report.notes.count, 0);
	world_write(w, SIDE_GIT, "etl/.gitignore", buf_str(&large));
	world_write(w, SIDE_GIT, "etl/b.py", PY "1\n");
	world_write(w, SIDE_GIT, "etl/a.py", PY "2\n");
	settle(w);
	expect_note(&w->report, "cannot read 'etl/.gitignore'");
	expect_everywhere(w, "etl/a.py", PY "2\n");
	expect(w, SIDE_WORKSPACE, "etl/b.py", NULL);
	world_delete(w, SIDE_GIT, "etl/.gitignore");
	settle(w);
	assert_int_equal(w->report.notes.count, 0);
	expect_everywhere(w, "etl/b.py", PY "1\n");
}

/* ---- names ---- */

static const char ipynb[] =
	"{\n \"cells\": [{\"cell_type\": \"code\", \"execution_count\": null, "
	"\"metadata\": {}, \"outputs\": [], \"source\": [\"1\"]}],\n \"metadata\": "
	"{\"language_info\": {\"name\": \"python\"}},\n \"nbformat\": 4, "
	"\"nbformat_minor\": 5\n}\n";

/* The name it has is ignored, the one it would get is not: still it is not deleted, not even when
 * that file is, and when nobody remembers its name but the hub. */
static void test_a_notebook_that_is_ignored_by_the_name_it_has(void **state)
{
	struct world *w = *state;
	cleanup_free char *cache = xasprintf("%s/look.cache", w->state), *git = NULL;

	world_write(w, SIDE_LOCAL, "a.ipynb", ipynb);
	settle(w);
	git = world_read(w, SIDE_GIT, "a.py");
	assert_non_null(git);
	world_write(w, SIDE_LOCAL, ".gitignore", "*.ipynb\n");
	expect_stillness(w);
	world_delete(w, SIDE_LOCAL, "a.ipynb");
	assert_true(world_report_idle(hinted(w, "a.ipynb")));
	expect_stillness(w);
	world_reopen(w);
	expect_stillness(w);
	world_close(w);
	files_remove(cache);
	expect_stillness(w);
	expect(w, SIDE_GIT, "a.py", git);
	expect(w, SIDE_LOCAL, "a.py", NULL);
	world_delete(w, SIDE_LOCAL, ".gitignore");
	settle(w);
	expect_everywhere(w, "a.py", NULL);
}

/* An .ipynb on the branch does not tell by its name what a source file of it would be called. */
static void test_the_language_of_an_ipynb_is_not_forgotten(void **state)
{
	struct world *w = *state;
	cleanup_free char *cache = xasprintf("%s/look.cache", w->state);

	world_write(w, SIDE_LOCAL, "q.sql", SQL "select 1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, ".gitignore", "*.sql\n");
	expect_stillness(w);
	world_close(w);
	files_remove(cache);
	expect_stillness(w);
	world_delete(w, SIDE_LOCAL, "q.sql");
	world_delete(w, SIDE_WORKSPACE, "q.sql");
	world_close(w);
	files_remove(cache);
	expect_stillness(w);
	cleanup_free char *there = world_read(w, SIDE_GIT, "q.ipynb");
	assert_non_null(there);
}

static void test_another_language_has_another_name(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, ".gitignore", "*.sql\n");
	settle(w);
	world_write(w, SIDE_WORKSPACE, "a.sql", SQL "select 1\n");
	settle(w);
	expect(w, SIDE_LOCAL, "a.sql", NULL);
	expect(w, SIDE_GIT, "a.sql", NULL);
	expect(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_delete(w, SIDE_LOCAL, ".gitignore");
	settle(w);
	expect_everywhere(w, "a.sql", SQL "select 1\n");
}

/* The same of a name on the branch. */
static void test_a_name_on_the_branch(void **state)
{
	struct world *w = *state;
	cleanup_free char *local = NULL;

	world_write(w, SIDE_GIT, "a.ipynb", ipynb);
	settle(w);
	local = world_read(w, SIDE_LOCAL, "a.py");
	assert_non_null(local);
	world_write(w, SIDE_LOCAL, ".gitignore", "*.ipynb\n");
	expect_stillness(w);
	world_write(w, SIDE_GIT, "b.py", PY "1\n"); /* so that the branch is read again */
	settle(w);
	expect(w, SIDE_LOCAL, "a.py", local);
	world_delete(w, SIDE_LOCAL, ".gitignore");
	expect_stillness(w);
}

/* What is ignored by the name it has on the branch may be as broken as it likes here. */
static void test_what_is_ignored_is_not_reported(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "a.ipynb", ipynb);
	settle(w);
	world_write(w, SIDE_LOCAL, "a.ipynb", "{}");
	assert_int_equal(world_cycle(w, true, true)->held.total, 1);
	world_write(w, SIDE_LOCAL, ".gitignore", "*.py\n");
	assert_int_equal(world_cycle(w, true, true)->held.total, 0);
	assert_int_equal(w->report.side[SIDE_LOCAL].notebooks, 0);
	world_delete(w, SIDE_LOCAL, ".gitignore");
	assert_int_equal(world_cycle(w, true, true)->held.total, 1);
}

static void test_a_rule_ends_a_collision(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, "a.ipynb", "{}");
	world_cycle(w, true, true);
	assert_int_equal(w->report.held.total, 1);
	world_write(w, SIDE_LOCAL, "a.py", PY "2\n");
	world_write(w, SIDE_LOCAL, ".gitignore", "*.ipynb\n");
	settle(w);
	assert_int_equal(w->report.held.total, 0);
	expect_everywhere(w, "a.py", PY "2\n");
	expect(w, SIDE_LOCAL, "a.ipynb", "{}");
	/* Now the one that was the notebook is ignored. */
	world_delete(w, SIDE_LOCAL, ".gitignore");
	world_write(w, SIDE_LOCAL, "c.ipynb", ipynb);
	settle(w);
	world_write(w, SIDE_LOCAL, "c.py", PY "2\n");
	world_cycle(w, true, true);
	assert_int_equal(w->report.held.total, 2);
	world_write(w, SIDE_LOCAL, ".gitignore", "*.ipynb\n");
	settle(w);
	assert_int_equal(w->report.held.total, 0);
	expect(w, SIDE_LOCAL, "c.py", PY "2\n");
	expect(w, SIDE_GIT, "c.py", PY "2\n");
	expect(w, SIDE_WORKSPACE, "c.py", PY "2");
	/* Rules as notebook tools write them: the pair goes together. */
	world_delete(w, SIDE_LOCAL, "a.py");
	world_delete(w, SIDE_LOCAL, "a.ipynb");
	settle(w);
	expect_everywhere(w, "a.py", NULL);
}

/* ---- hints ---- */

static void test_hints_about_rules(void **state)
{
	struct world *w = *state;
	cleanup_free char *outside = xasprintf("%s/outside", w->dir);
	cleanup_free char *inside = local_path(w, "moved");

	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "b.py", PY "1\n");
	settle(w);
	/* The file itself; also the other sides are looked at by it. */
	world_write(w, SIDE_LOCAL, ".gitignore", "b.py\n");
	world_write(w, SIDE_GIT, "a.py", PY "2\n");
	hinted(w, ".gitignore");
	expect_everywhere(w, "a.py", PY "2\n");
	world_write(w, SIDE_LOCAL, "b.py", PY "2\n");
	hinted(w, "b.py");
	expect(w, SIDE_WORKSPACE, "b.py", PY "1\n");
	/* A folder that arrives with rules of its own, and goes again. */
	world_write(w, SIDE_LOCAL, "moved/.gitignore", "c.py\n");
	world_write(w, SIDE_LOCAL, "moved/c.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "moved/d.py", PY "1\n");
	hinted(w, "moved");
	expect(w, SIDE_WORKSPACE, "moved/c.py", NULL);
	expect(w, SIDE_WORKSPACE, "moved/d.py", PY "1\n");
	world_write(w, SIDE_WORKSPACE, "moved/c.py", PY "other\n");
	files_rename(inside, outside);
	hinted(w, "moved");
	expect(w, SIDE_LOCAL, "moved/c.py", PY "other\n"); /* nobody ignores it any more */
	expect_everywhere(w, "moved/d.py", NULL);
	/* An ignored path is no news. */
	world_write(w, SIDE_LOCAL, ".gitignore", "b.py\nquiet/\n");
	hinted(w, ".gitignore");
	world_write(w, SIDE_LOCAL, "quiet/x.py", PY "1\n");
	assert_true(world_report_idle(hinted(w, "quiet")));
	assert_true(world_report_idle(hinted(w, "quiet/x.py")));
	world_delete(w, SIDE_LOCAL, "b.py");
	assert_true(world_report_idle(hinted(w, "b.py")));
	expect(w, SIDE_WORKSPACE, "b.py", PY "1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_WORLD(test_rules_outlive_a_root_that_is_away),
		IN_A_WORLD(test_an_ignore_file_that_breaks_keeps_its_rules),
		IN_A_WORLD(test_an_ignore_file_that_was_never_readable),
		IN_A_WORLD(test_a_folder_that_cannot_be_looked_into_keeps_its_rules),
		cmocka_unit_test_setup_teardown(test_ignore_files_of_a_branch_that_cannot_be_used,
						set_up_without_local, tear_down),
		IN_A_WORLD(test_a_notebook_that_is_ignored_by_the_name_it_has),
		IN_A_WORLD(test_a_name_on_the_branch),
		IN_A_WORLD(test_what_is_ignored_is_not_reported),
		cmocka_unit_test_setup_teardown(test_the_language_of_an_ipynb_is_not_forgotten,
						set_up_git_ipynb, tear_down),
		IN_A_WORLD(test_another_language_has_another_name),
		IN_A_WORLD(test_a_rule_ends_a_collision),
		IN_A_WORLD(test_hints_about_rules),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
