/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the workspace says is not what is so: answers that contradict one another, changes that it says
 * are done and are not, and somebody else's view of it. Nothing of this is evidence that people deleted
 * or edited something; and when the workspace is itself again, all sides agree in what people wanted.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "side/root.h"
#include "tests/world/expectations.h"
#include "tests/world/texts.h"

static const char *const files[] = { "a.py",     "b.py",     "c.py",     "etl/x.py",
				     "etl/y.py", "etl/z.py", "other.py", "rest.py" };

static struct world *world_of_some(void)
{
	struct world *w = world_new(NULL);

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		world_write(w, SIDE_LOCAL, files[i], OLD);
	assert_int_not_equal(world_settle(w), 0);
	world_note_versions(w);
	return w;
}

/* What stands on the sides that lie nowhere. */
static void expect_all_but_in_workspace(struct world *w)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cleanup_free char *local = world_read(w, SIDE_LOCAL, files[i]);
		cleanup_free char *git = world_read(w, SIDE_GIT, files[i]);

		if (!local || !git)
			fail_msg("'%s' was deleted", files[i]);
	}
}

/* Cycles with the fault, in one process or with a restart and a lost cache in between. */
static void run(struct world *w, bool reopen)
{
	for (int i = 0; i < 3; i++) {
		if (reopen)
			world_close(w);
		world_cycle(w, true, true);
	}
	expect_all_but_in_workspace(w);
}

static void end(struct world *w)
{
	world_mend(w);
	settle(w);
	world_free(w);
}

static bool said(const struct world *w, const char *words)
{
	const struct report *r = &w->report;

	for (size_t i = 0; i < r->held.count; i++)
		if (strstr(r->held.items[i].sentence, words))
			return true;
	return r->side[SIDE_WORKSPACE].sentence && strstr(r->side[SIDE_WORKSPACE].sentence, words);
}

/* ---- contradictions ---- */

static void test_shown_but_not_there_when_read(void **state)
{
	(void)state;
	for (int reopen = 0; reopen < 2; reopen++) {
		struct world *w = world_of_some();

		world_write(w, SIDE_WORKSPACE, "etl/x.py", EDIT_1);
		world_fault(w, WORLD_EXPORT_ABSENT, "etl/x");
		run(w, reopen);
		assert_true(said(w, "does not exist when it is read"));
		world_mend(w);
		assert_int_not_equal(world_settle(w), 0);
		expect_everywhere(w, "etl/x.py", EDIT_1);
		end(w);
	}
}

static void test_folder_of_unknown_kind(void **state)
{
	(void)state;
	for (int reopen = 0; reopen < 2; reopen++) {
		struct world *w = world_of_some();

		world_fault(w, WORLD_KIND_UNKNOWN, "etl");
		run(w, reopen);
		assert_true(said(w, "something else than a folder"));
		end(w);
	}
}

/* Somebody removes the folder that is to make room, and gives its name to a notebook. */
static void take_name(struct world *w, const char *phase)
{
	if (!str_eq(phase, "think"))
		return;
	w->on_phase = NULL;
	world_delete(w, SIDE_WORKSPACE, "d");
	world_write(w, SIDE_WORKSPACE, "d.py", EDIT_2);
	world_note_versions(w);
}

static void test_notebook_where_a_folder_was(void **state)
{
	struct world *w = world_of_some();

	(void)state;
	world_write(w, SIDE_LOCAL, "d/x.py", OLD);
	assert_int_not_equal(world_settle(w), 0);
	world_delete(w, SIDE_LOCAL, "d");
	world_write(w, SIDE_LOCAL, "d.py", EDIT_1);
	world_note_versions(w);
	w->on_phase = take_name;
	world_cycle(w, true, true);
	assert_null(w->on_phase);
	end(w);
}

/* ---- said to be done ---- */

static void test_deletion_that_is_not_done(void **state)
{
	(void)state;
	for (int reopen = 0; reopen < 2; reopen++) {
		struct world *w = world_of_some();

		world_fault(w, WORLD_DELETE_UNDONE, "a");
		world_delete(w, SIDE_LOCAL, "a.py");
		for (int i = 0; i < 3; i++) {
			if (reopen)
				world_close(w);
			world_cycle(w, true, true);
			assert_true(said(w, "is still there"));
		}
		expect(w, SIDE_LOCAL, "a.py", NULL);
		world_mend(w);
		assert_int_not_equal(world_settle(w), 0);
		expect_everywhere(w, "a.py", NULL);
		end(w);
	}
}

/* Somebody makes it anew as soon as it is gone: that is neither the one that was deleted, nor to be
 * deleted. */
static void make_anew(void *payload, const char *verb, const char *path)
{
	struct world *w = payload;

	if (!str_eq(verb, "stat") || !str_ends(path, "/a") || w->payload)
		return;
	w->payload = w;
	world_write(w, SIDE_WORKSPACE, "a.py", EDIT_1);
	world_note_versions(w);
}

static void test_made_anew_after_its_deletion(void **state)
{
	struct world *w = world_of_some();

	(void)state;
	world_delete(w, SIDE_LOCAL, "a.py");
	world_on_request(make_anew, w);
	world_cycle(w, true, true);
	world_on_request(NULL, NULL);
	assert_ptr_equal(w->payload, w);
	assert_false(said(w, "is still there"));
	assert_int_not_equal(world_settle(w), 0);
	expect_everywhere(w, "a.py", EDIT_1);
	end(w);
}

/* An import is answered and not carried out, and cannot be read back: what stands there, or nothing, is
 * then nobody's edit. */
static void import_undone(const char *file, const char *stem, bool new, bool reopen)
{
	struct world *w = world_of_some();

	world_fault(w, WORLD_IMPORT_UNDONE, file);
	world_fault(w, WORLD_EXPORT_FAILS, stem);
	if (new)
		world_fault(w, WORLD_STAT_ODD, stem);
	world_write(w, SIDE_LOCAL, file, EDIT_1);
	world_note_versions(w);
	world_cycle(w, true, true);
	world_mend(w);
	world_fault(w, WORLD_IMPORT_REFUSED, file);
	if (reopen)
		world_close(w);
	world_cycle(w, true, true);
	expect_all_but_in_workspace(w);
	expect(w, SIDE_LOCAL, file, EDIT_1);
	world_mend(w);
	assert_int_not_equal(world_settle(w), 0);
	expect_everywhere(w, file, EDIT_1);
	end(w);
}

static void test_import_that_is_not_done(void **state)
{
	(void)state;
	for (int reopen = 0; reopen < 2; reopen++) {
		import_undone("a.py", "a", false, reopen);
		import_undone("fresh.py", "fresh", true, reopen);
	}
}

/* ---- as whom, and of which folder ---- */

static void test_compare(void **state)
{
	static const struct {
		const char *known, *now;
		enum root_match match;
	} rows[] = {
		{ "", "", ROOT_SAME },
		{ "", "folder 1 of h", ROOT_MORE_KNOWN },
		{ "", "folder 1 of h, as ana", ROOT_MORE_KNOWN },
		{ "folder 1 of h", "", ROOT_LESS_KNOWN },
		{ "folder 1 of h", "folder 1 of h", ROOT_SAME },
		{ "folder 1 of h", "folder 1 of h, as ana", ROOT_MORE_KNOWN },
		{ "folder 1 of h", "folder 12 of h", ROOT_OTHER },
		{ "folder 1 of h, as ana", "", ROOT_LESS_KNOWN },
		{ "folder 1 of h, as ana", "folder 1 of h", ROOT_LESS_KNOWN },
		{ "folder 1 of h, as ana", "folder 1 of h, as ana", ROOT_SAME },
		{ "folder 1 of h, as ana", "folder 1 of h, as eve", ROOT_OTHER },
		{ "folder 1 of h, as ana", "folder 1 of h, as an", ROOT_OTHER },
		{ "folder 1 of h, as ana", "folder 2 of h, as ana", ROOT_OTHER },
		{ "folder 1 of h, as ana", "folder 2 of h", ROOT_OTHER },
		{ "folder 1 of h, as ana", "folder 1 of h2, as ana", ROOT_OTHER },
		{ "folder 1 of h, as somebody", "folder 1 of h, as ana", ROOT_MORE_KNOWN },
		{ "folder 1 of h, as somebody", "folder 1 of h", ROOT_SAME },
		{ "device 5 inode 7", "device 5 inode 7", ROOT_SAME },
		{ "device 5 inode 7", "device 5 inode 8", ROOT_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (root_compare(rows[i].known, rows[i].now) != rows[i].match)
			fail_msg("'%s' and '%s'", rows[i].known, rows[i].now);
}

/* Who may not see all of it, be it said or not, is no evidence; in the process that has asked
 * before, and in a new one. */
static void test_other_eyes(void **state)
{
	static const struct {
		enum world_fault fault;
		const char *path, *words;
	} rows[] = {
		{ WORLD_USER_OTHER, NULL, "is not the one it was" },
		{ WORLD_USER_UNTOLD, NULL, "does not tell which one it is, or for whom" },
		{ WORLD_STAT_ODD, "", "does not tell which one it is, or for whom" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		for (int reopen = 0; reopen < 2; reopen++) {
			struct world *w = world_of_some();

			world_fault(w, rows[i].fault, rows[i].path);
			world_fault(w, WORLD_HIDDEN, "etl");
			run(w, reopen);
			if (!said(w, rows[i].words))
				fail_msg("%s: %s", rows[i].words,
					 w->report.side[SIDE_WORKSPACE].sentence);
			end(w);
		}
}

/* As long as nothing is missing, a workspace that does not say who asks holds nobody up. */
static void test_untold_and_nothing_missing(void **state)
{
	struct world *w = world_of_some();

	(void)state;
	world_close(w);
	world_fault(w, WORLD_USER_UNTOLD, NULL);
	world_write(w, SIDE_WORKSPACE, "a.py", EDIT_1);
	assert_int_not_equal(world_settle(w), 0);
	expect_everywhere(w, "a.py", EDIT_1);
	end(w);
}

/* The folder goes and is made anew, with some of what was in it still to come. */
static void test_folder_made_anew(void **state)
{
	struct world *w = world_of_some();

	(void)state;
	world_delete(w, SIDE_WORKSPACE, "");
	world_cycle(w, true, true);
	assert_true(said(w, "is gone although it held"));
	for (size_t i = 0; i + 3 < ARRAY_SIZE(files); i++)
		world_write(w, SIDE_WORKSPACE, files[i], OLD);
	run(w, false);
	assert_true(said(w, "is not the one it was"));
	for (size_t i = ARRAY_SIZE(files) - 3; i < ARRAY_SIZE(files); i++)
		world_write(w, SIDE_WORKSPACE, files[i], OLD);
	assert_int_not_equal(world_settle(w), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		expect_everywhere(w, files[i], OLD);
	end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shown_but_not_there_when_read),
		cmocka_unit_test(test_folder_of_unknown_kind),
		cmocka_unit_test(test_notebook_where_a_folder_was),
		cmocka_unit_test(test_deletion_that_is_not_done),
		cmocka_unit_test(test_made_anew_after_its_deletion),
		cmocka_unit_test(test_import_that_is_not_done),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_other_eyes),
		cmocka_unit_test(test_untold_and_nothing_missing),
		cmocka_unit_test(test_folder_made_anew),
	};
	int r;

	world_begin();
	r = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return r;
}
