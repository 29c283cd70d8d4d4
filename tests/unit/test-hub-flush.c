/* SPDX-License-Identifier: Apache-2.0 */
/* How the hub writes: loose objects or a pack, what is dropped, in which steps, and being killed. Every
 * test ends with git fsck --strict over what is on disk. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NBSYNC_STEPS
#include "base/step.h"
#include "git_world.h"

static struct oid put_numbered(struct world *w, int count)
{
	struct oid tree = { { 0 } };

	for (int i = 0; i < count; i++) {
		cleanup_free char *path = xasprintf("d%d/n%d.py", i % 7, i);
		cleanup_free char *text = xasprintf("# %d\n", i);

		tree = world_put(w, &tree, path, text);
	}
	return tree;
}

static void check_numbered(struct world *w, const struct oid *tree, int count)
{
	struct tree_files files;
	struct err e = ERR_INIT;

	world_ok(hub_tree_files(w->hub, tree, "", &files, &e), &e);
	assert_int_equal(files.count, count);
	for (size_t i = 0; i < files.count; i++)
		assert_true(hub_has(w->hub, &files.items[i].id));
	tree_files_release(&files);
}

static void test_few_become_loose_many_a_pack(void **state)
{
	static const struct {
		int files;
		const char *packs;
	} table[] = { { 1, "0" }, { 5, "0" }, { 40, "1" }, { 700, "1" } };
	struct world *w = *state;
	struct err e = ERR_INIT;

	NEEDS_GIT();
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_free char *packs = NULL;
		struct oid tree;

		hub_free(w->hub);
		w->hub = NULL;
		world_run(w, "rm -rf hub.git");
		world_reopen(w);
		tree = put_numbered(w, table[i].files);
		world_ok(hub_flush(w->hub, &e), &e);
		world_ok(hub_flush(w->hub, &e), &e);
		check_numbered(w, &tree, table[i].files);
		world_reopen(w);
		check_numbered(w, &tree, table[i].files);
		packs = world_out(w, "find hub.git/objects/pack -name '*.pack' | wc -l");
		assert_string_equal(packs, table[i].packs);
		world_fsck(w, w->hub_dir);
	}
}

/* The index of a pack comes first; here the process was killed before the pack itself came. */
static void test_half_a_pack(void **state)
{
	struct world *w = *state;
	struct oid tree = put_numbered(w, 200), found;
	struct tree_files files;
	struct err e = ERR_INIT;

	NEEDS_GIT();
	world_ok(hub_flush(w->hub, &e), &e);
	world_run(w, "rm hub.git/objects/pack/*.pack && touch hub.git/shallow");
	world_reopen(w);
	assert_false(hub_has(w->hub, &tree));
	assert_int_equal(hub_tree_files(w->hub, &tree, "", &files, &e), ERR_BUG);
	/* The same work again gives a pack of the same name. */
	found = put_numbered(w, 200);
	assert_true(oid_equal(&found, &tree));
	world_ok(hub_flush(w->hub, &e), &e);
	world_reopen(w);
	check_numbered(w, &tree, 200);
	world_run(w, "rm hub.git/shallow");
}

static void test_unflushed_is_dropped(void **state)
{
	struct world *w = *state;
	struct oid id = world_blob(w, "gone");

	assert_true(hub_has(w->hub, &id));
	world_reopen(w);
	assert_false(hub_has(w->hub, &id));
}

static void test_memory_is_bounded(void **state)
{
	struct world *w = *state;
	size_t len = 1024 * 1024;
	cleanup_free char *data = xcalloc(1, len);
	struct err e = ERR_INIT;
	struct oid id;

	for (int i = 0; i < 80; i++) {
		memcpy(data, &i, sizeof(i));
		world_ok(hub_blob_put(w->hub, data, len, &id, &e), &e);
	}
	world_run(w, "find hub.git/objects -type f -size +0 | grep -q .");
}

static struct buf steps = { .max = 10000 };

/* This program is linked with the steps of base/step.h; most of its tests do not look. */
void step_here(const char *what)
{
	buf_addf(&steps, "%s;", what);
}

static void test_steps(void **state)
{
	struct world *w = *state;
	struct oid tree = world_put(w, NULL, "etl/a.py", "1");
	struct err e = ERR_INIT;

	buf_clear(&steps);
	world_ok(hub_ref_set(w->hub, "refs/nbsync/agreed", &tree, NULL, "test", &e), &e);
	assert_string_equal(buf_str(&steps), "object;object;object;ref refs/nbsync/agreed;"
					     "sync folders of references;");
	buf_clear(&steps);
	put_numbered(w, 100);
	world_ok(hub_flush(w->hub, &e), &e);
	world_ok(hub_ref_delete(w->hub, "refs/nbsync/agreed", &e), &e);
	assert_string_equal(buf_str(&steps), "pack;ref refs/nbsync/agreed;");
	buf_release(&steps);
}

/* ---- being killed ---- */

/* Builds on what refs/nbsync/agreed holds, one slice after the other, for ever. */
static void work_for_ever(struct world *w, int round)
{
	struct oid tip = { { 0 } }, tree = { { 0 } };
	struct err e = ERR_INIT;

	if (hub_ref_get(w->hub, "refs/nbsync/agreed", &tip, &e) == ERR_OK)
		hub_commit_tree(w->hub, &tip, &tree, &e);
	for (int slice = 0;; slice++) {
		int count = slice % 2 ? 3 : 90; /* loose objects and packs by turns */
		struct oid next;

		for (int i = 0; i < count; i++) {
			cleanup_free char *path = xasprintf("r%d/s%d/n%d.py", round, slice, i);

			tree = world_put(w, &tree, path, path);
		}
		next = world_commit(w, &tree, &tip, "slice\n", 1000 + slice);
		if (hub_ref_set(w->hub, "refs/nbsync/agreed", &next, &tip, "slice", &e))
			_exit(1);
		tip = next;
	}
}

static void check_agreed(struct world *w)
{
	struct tree_files files;
	struct err e = ERR_INIT;
	struct oid tip, tree;

	if (hub_ref_get(w->hub, "refs/nbsync/agreed", &tip, &e) == ERR_ABSENT)
		return;
	world_ok(hub_commit_tree(w->hub, &tip, &tree, &e), &e);
	world_ok(hub_tree_files(w->hub, &tree, "", &files, &e), &e);
	for (size_t i = 0; i < files.count; i++)
		assert_true(hub_has(w->hub, &files.items[i].id));
	tree_files_release(&files);
}

static void test_kill_at_any_time(void **state)
{
	struct world *w = *state;

	NEEDS_GIT();
	srand(20260101);
	for (int round = 0; round < 25; round++) {
		pid_t child;
		int status;

		hub_free(w->hub);
		w->hub = NULL;
		child = fork();
		assert_true(child >= 0);
		if (!child) {
			world_reopen(w);
			work_for_ever(w, round);
		}
		usleep((useconds_t)(2000 + rand() % 150000));
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		world_reopen(w);
		check_agreed(w);
		world_fsck(w, w->hub_dir);
	}
	assert_int_equal(world_try(w, "find hub.git | grep -E '\\.lock$|_git2_'"), 1 << 8);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(test_few_become_loose_many_a_pack),
		WORLD_TEST(test_half_a_pack),
		WORLD_TEST(test_unflushed_is_dropped),
		WORLD_TEST(test_memory_is_bounded),
		WORLD_TEST(test_steps),
		WORLD_TEST(test_kill_at_any_time),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
