/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A local side without room: the path is held with a sentence that says so, nothing is left behind,
 * the other sides go on, and so does the path when there is room again. A hub without room: nothing
 * is touched.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "git/hub/hub.h"
#include "tests/fault/shim.h"
#include "tests/world/expectations.h"
#include "tests/world/texts.h"

static const struct shim_fault full = { "no space", SHIM_CREATE | SHIM_WRITE | SHIM_MKDIR, ENOSPC,
					true };
static const struct shim_fault full_late = { "no space", SHIM_SYNC, ENOSPC, true };
static const struct shim_fault full_quota = { "quota", SHIM_WRITE, EDQUOT, true };
static const struct shim_fault read_only = { "read only", SHIM_CREATE | SHIM_WRITE | SHIM_RENAME,
					     EROFS, true };

/* For LeakSanitizer: libgit2 1.5 forgets memory where its calls fail. */
const char *__lsan_default_suppressions(void);
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void)
{
	return "leak:libgit2";
}

static void expect_nothing_left_behind(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	assert_non_null(d);
	while ((entry = readdir(d)))
		assert_false(str_starts(entry->d_name, ".nbsyncd-"));
	closedir(d);
}

static struct world *agreed_world(void)
{
	struct world *w = world_new(NULL);

	world_write(w, SIDE_LOCAL, "a.py", OLD);
	assert_int_not_equal(world_settle(w), 0);
	shim_watch(w->local, NULL);
	return w;
}

static void play(const struct shim_fault *fault, const char *file, const char *text,
		 const char *old, const char *reason, const char *word)
{
	struct world *w = agreed_world();
	cleanup_free char *stem = xstrndup(file, strlen(file) - strlen(".py"));

	world_write(w, SIDE_GIT, file, text);
	shim_arm(fault, 1);
	world_cycle(w, true, true);
	assert_int_equal(w->report.code, ERR_OK);
	assert_non_null(held(&w->report, stem));
	assert_string_equal(held(&w->report, stem)->reason, reason);
	assert_string_equal(held(&w->report, stem)->side, "local");
	assert_non_null(strstr(held(&w->report, stem)->sentence, word));
	assert_non_null(strstr(held(&w->report, stem)->sentence, file));
	expect(w, SIDE_LOCAL, file, old);
	expect(w, SIDE_WORKSPACE, file, text);
	expect_nothing_left_behind(w->local);
	shim_disarm();
	assert_int_not_equal(world_settle(w), 0);
	assert_int_equal(w->report.held.total, 0);
	expect(w, SIDE_LOCAL, file, text);
	shim_watch(NULL, NULL);
	world_free(w);
}

static void test_edit(void **state)
{
	(void)state;
	play(&full, "a.py", EDIT_1, OLD, "space", "No space left");
	play(&full_late, "a.py", EDIT_1, OLD, "space", "No space left");
	play(&full_quota, "a.py", EDIT_1, OLD, "space", "quota");
}

static void test_new_file(void **state)
{
	(void)state;
	play(&full, "b.py", OLD, NULL, "space", "No space left");
	play(&full, "etl/deep/b.py", OLD, NULL, "space", "No space left");
	play(&full_late, "b.py", OLD, NULL, "space", "No space left");
}

static void test_read_only_is_no_want_of_space(void **state)
{
	(void)state;
	play(&read_only, "a.py", EDIT_1, OLD, "refused", "Read-only");
}

/* The copy of the other version has no room: then nothing is overwritten. */
static void test_conflict_copy(void **state)
{
	struct world *w = agreed_world();

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", EDIT_1);
	world_write(w, SIDE_GIT, "a.py", OTHER_1);
	shim_arm(&full, 1);
	world_cycle(w, true, true);
	assert_non_null(held(&w->report, "a"));
	assert_string_equal(held(&w->report, "a")->reason, "space");
	expect(w, SIDE_LOCAL, "a.py", EDIT_1);
	expect_nothing_left_behind(w->local);
	shim_disarm();
	assert_int_not_equal(world_settle(w), 0);
	expect(w, SIDE_LOCAL, "a.py", OTHER_1);
	assert_int_equal(w->report.conflicts.total, 1);
	shim_watch(NULL, NULL);
	world_free(w);
}

/* Whether the hub says that the local side was seen to hold this content. */
static bool was_seen(struct world *w, const char *file, const char *text)
{
	cleanup_free char *memory = world_memory(w), *line = NULL;
	struct oid id;
	char hex[41];

	hub_hash(text, strlen(text), &id);
	oid_hex(&id, hex);
	line = xasprintf("seen/local %s\n    %s\n", file, hex);
	return strstr(memory, line) != NULL;
}

/* What could not be recorded is not taken for recorded by the next process. */
static void test_hub(void **state)
{
	struct world *w = agreed_world();
	cleanup_free char *references = xasprintf("%s/refs", w->hub);

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", EDIT_1);
	shim_watch(references, NULL); /* its objects are there */
	shim_arm(&full, 1);
	world_cycle(w, true, true);
	world_close(w);
	shim_disarm();
	assert_int_equal(w->report.code, ERR_RETRY);
	assert_non_null(strstr(w->report.sentence, "No space left"));
	assert_false(was_seen(w, "a.py", EDIT_1));
	assert_int_not_equal(world_settle(w), 0);
	assert_true(was_seen(w, "a.py", EDIT_1));
	expect(w, SIDE_GIT, "a.py", EDIT_1);
	shim_watch(NULL, NULL);
	world_free(w);
}

/* One of the hub's objects cannot be opened, whichever: two edits that can be merged are. */
static void test_merge(void **state)
{
	static const struct shim_fault descriptors = { "descriptors", SHIM_OPEN, EMFILE, false };
	bool failed = true;

	(void)state;
	for (unsigned n = 1; failed; n++) {
		struct world *w = agreed_world();
		cleanup_free char *objects = xasprintf("%s/objects", w->hub);
		cleanup_free char *merged = NULL;

		world_write(w, SIDE_LOCAL, "a.py", EDIT_1);
		world_write(w, SIDE_WORKSPACE, "a.py", EDIT_2);
		shim_watch(objects, NULL);
		shim_arm(&descriptors, n);
		world_cycle(w, true, true);
		failed = shim_failed() != NULL;
		shim_disarm();
		assert_int_not_equal(world_settle(w), 0);
		assert_int_equal(w->report.conflicts.total, 0);
		merged = world_read(w, SIDE_LOCAL, "a.py");
		assert_non_null(strstr(merged, "first = 10"));
		assert_non_null(strstr(merged, "second = 20"));
		shim_watch(NULL, NULL);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edit),
		cmocka_unit_test(test_new_file),
		cmocka_unit_test(test_read_only_is_no_want_of_space),
		cmocka_unit_test(test_conflict_copy),
		cmocka_unit_test(test_hub),
		cmocka_unit_test(test_merge),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
