/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script that changes its kind, in whole cycles: a notebook loses its header and is a module, or
 * gains one and is a notebook. What happens to which side is a table, kind_table.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "tests/cycle/kind_world.h"
#include "tests/world/expectations.h"

/* ---- what is said ---- */

/* Rows of the table that fail are all told, not only the first. */
static unsigned failures;

static void wrong(const struct kind_case *k, bool restart, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void wrong(const struct kind_case *k, bool restart, const char *fmt, ...)
{
	cleanup_free char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	print_error("%s%s: %s\n", k->name, restart ? " (anew)" : "", text);
	failures++;
}

static void expect_held(struct world *w, const struct kind_case *k, bool restart)
{
	const struct report *r = world_cycle(w, true, true);

	if (k->held && !is_held(r, k->held, k->why))
		wrong(k, restart, "'%s' is not held with '%s', of %zu that are (%s: %s)", k->held,
		      k->why, r->held.count, r->held.count ? r->held.items[0].path : "",
		      r->held.count ? r->held.items[0].sentence : "");
	if (!k->held && r->held.count)
		wrong(k, restart, "'%s' is held: %s", r->held.items[0].path,
		      r->held.items[0].sentence);
}

static void expect_workspace_type(struct world *w, const struct kind_case *k, bool restart)
{
	const char *text = k->after[SIDE_WORKSPACE];
	bool notebook = text && str_starts(text, PY);

	if ((type_of(w, "load") == STORE_NOTEBOOK) != notebook ||
	    (type_of(w, FILE_NAME) == STORE_FILE) != (text && !notebook))
		wrong(k, restart, "the workspace has another type of object");
}

static void expect_case(struct world *w, const struct kind_case *k, bool restart)
{
	cleanup_free char *lost = NULL;

	if (!world_settle(w))
		wrong(k, restart, "the world does not settle");
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		cleanup_free char *text = world_read(w, s, FILE_NAME);

		if (!str_eq(text, k->after[s]))
			wrong(k, restart, "the %s side has '%s', not '%s'", side_names[s],
			      text ? text : "(none)", k->after[s] ? k->after[s] : "(none)");
	}
	expect_workspace_type(w, k, restart);
	expect_held(w, k, restart);
	if (copies(w) != k->copies)
		wrong(k, restart, "%u copies of a clash, not %u", copies(w), k->copies);
	if ((lost = world_check(w)))
		wrong(k, restart, "%s", lost);
}

/* ---- the table ---- */

static void begin_case(struct world *w, const struct kind_case *k, bool restart)
{
	if (k->before)
		world_write(w, SIDE_LOCAL, FILE_NAME, k->before);
	if (!world_settle(w))
		wrong(k, restart, "the past does not settle");
}

static void play_case(const struct kind_case *k, bool restart)
{
	struct world *w = world_of(k->all);

	begin_case(w, k, restart);
	if (restart)
		world_close(w);
	world_note_versions(w);
	for (size_t i = 0; i < k->edit_count; i++)
		edit(w, k->edits[i].side, k->edits[i].text);
	world_note_versions(w);
	expect_case(w, k, restart);
	world_close(w);
	expect_case(w, k, restart);
	world_free(w);
}

static void test_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < kind_case_count; i++)
		for (int restart = 0; restart < 2; restart++)
			play_case(&kind_cases[i], restart);
	assert_int_equal(failures, 0);
}

/* ---- a commit that nobody meant ---- */

static void test_what_happens_to_files_by_accident_is_held(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "the file is empty" },
		{ "\n \n", "the file is empty" },
		{ "<<<<<<< HEAD\n" NB "=======\n" NB_EDIT ">>>>>>> theirs\n", "line 1" },
		{ "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n",
		  "a pointer of Git LFS" },
		{ "\xFF\xFE#", "UTF-16" },
		{ "<!DOCTYPE html>\n", "an HTML page" },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		struct world *w = world_of(i % 2);

		world_write(w, SIDE_LOCAL, FILE_NAME, NB);
		settle(w);
		world_write(w, SIDE_GIT, FILE_NAME, cases[i / 2].text);
		settle(w);
		world_close(w);
		settle(w);
		if (!is_held(&w->report, "load", cases[i / 2].why))
			fail_msg("not held: '%s'", cases[i / 2].text);
		expect(w, SIDE_LOCAL, FILE_NAME, NB);
		expect(w, SIDE_WORKSPACE, FILE_NAME, NB);
		world_write(w, SIDE_GIT, FILE_NAME, NB_EDIT);
		settle(w);
		expect_everywhere(w, FILE_NAME, NB_EDIT);
		world_free(w);
	}
}

/* What it was until now is not gone, whatever a process knows of before. */
static void test_half_a_notebook_does_not_delete_the_module(void **state)
{
	static const enum side_id sides[] = { SIDE_GIT, SIDE_LOCAL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		struct world *w = world_of(true);
		cleanup_free char *cache = NULL;

		world_write(w, SIDE_LOCAL, FILE_NAME, MOD);
		settle(w);
		world_close(w);
		cache = xasprintf("%s/look.cache", w->state);
		files_remove(cache);
		world_write(w, sides[i], FILE_NAME,
			    NB "<<<<<<< mine\n1\n=======\n2\n>>>>>>> theirs\n");
		settle(w);
		expect(w, SIDE_WORKSPACE, FILE_NAME, MOD);
		expect(w, i ? SIDE_GIT : SIDE_LOCAL, FILE_NAME, MOD);
		assert_true(w->report.held.count > 0);
		world_write(w, sides[i], FILE_NAME, NB);
		settle(w);
		expect_everywhere(w, FILE_NAME, NB);
		world_free(w);
	}
}

/* ---- a history in which the header comes and goes ---- */

static const char *const history[] = { MOD, NB, MOD_TOO, NB_EDIT, MOD, NB };

static void test_a_header_comes_and_goes(void **state)
{
	(void)state;
	for (int way = 0; way < 8; way++) {
		bool all = way & 1, anew = way & 2, at_once = way & 4;
		struct world *w = world_of(all);

		world_write(w, SIDE_LOCAL, FILE_NAME, NB);
		settle(w);
		for (size_t i = 0; i < ARRAY_SIZE(history); i++) {
			bool module = history[i][0] != NB[0];

			world_write(w, SIDE_GIT, FILE_NAME, history[i]);
			if (at_once && i + 1 < ARRAY_SIZE(history))
				continue;
			world_note_versions(w);
			if (anew)
				world_close(w);
			settle(w);
			expect(w, SIDE_GIT, FILE_NAME, history[i]);
			expect(w, SIDE_LOCAL, FILE_NAME, all || !module ? history[i] : NULL);
			expect(w, SIDE_WORKSPACE, FILE_NAME, all || !module ? history[i] : NULL);
			assert_int_equal(w->report.held.count, 0);
		}
		expect_stillness(w);
		assert_int_equal(copies(w), 0);
		world_free(w);
	}
}

/* ---- many at once ---- */

#define MANY 12

static char *many(int i)
{
	return xasprintf("n%02d.py", i);
}

static void write_many(struct world *w, enum side_id side, const char *text)
{
	for (int i = 0; i < MANY; i++) {
		cleanup_free char *file = many(i);

		world_write(w, side, file, text);
	}
}

static void expect_many(struct world *w, enum side_id side, const char *text)
{
	for (int i = 0; i < MANY; i++) {
		cleanup_free char *file = many(i);

		expect(w, side, file, text);
	}
}

/* A workspace would lose as many notebooks, and their permissions: the two halves of each change wait
 * together. */
static void test_many_changes_at_once_wait(void **state)
{
	(void)state;
	for (int all = 0; all < 2; all++)
		for (int back = 0; back <= all; back++) {
			const char *old = back ? MOD : NB, *new = back ? NB : MOD;
			struct world *w = world_of(all);

			write_many(w, SIDE_LOCAL, old);
			settle(w);
			write_many(w, SIDE_GIT, new);
			settle(w);
			expect_note(&w->report, "12 of 14 notebooks would be deleted on the "
						"workspace side");
			expect_many(w, SIDE_WORKSPACE, old);
			expect_many(w, SIDE_LOCAL, old);
			assert_int_equal(w->report.held.count, MANY);
			assert_non_null(w->report.confirm);
			assert_int_equal(confirm(w, w->report.confirm)->answer.code, ERR_OK);
			settle(w);
			expect_many(w, SIDE_GIT, new);
			expect_many(w, SIDE_WORKSPACE, all ? new : NULL);
			expect_many(w, SIDE_LOCAL, all ? new : NULL);
			assert_int_equal(w->report.held.count, 0);
			world_free(w);
		}
}

/* Without a workspace nothing is deleted anywhere: files change. */
static void test_many_changes_without_a_workspace_are_told(void **state)
{
	struct world_options options = { .config = "files = all\n",
					 .without[SIDE_WORKSPACE] = true };
	struct world *w = world_new(&options);

	(void)state;
	write_many(w, SIDE_LOCAL, NB);
	settle(w);
	write_many(w, SIDE_GIT, MOD);
	world_cycle(w, true, true);
	expect_note(&w->report, "12 of 12 notebooks changed at once on the git side");
	settle(w);
	expect_many(w, SIDE_LOCAL, MOD);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_table),
		cmocka_unit_test(test_what_happens_to_files_by_accident_is_held),
		cmocka_unit_test(test_half_a_notebook_does_not_delete_the_module),
		cmocka_unit_test(test_a_header_comes_and_goes),
		cmocka_unit_test(test_many_changes_at_once_wait),
		cmocka_unit_test(test_many_changes_without_a_workspace_are_told),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
