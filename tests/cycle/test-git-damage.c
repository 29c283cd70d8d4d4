/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An object of the branch is missing or damaged, in the repository or in the hub: what cannot be read
 * whole says nothing about what is in it. Nothing is deleted elsewhere, the other sides go on, and all
 * goes on when the object is back. There are few enough notebooks for no guard to step in.
 */

#include "sync/cycle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "tests/world/expectations.h"

enum damage { LOST, EMPTY, CUT, GARBAGE, DAMAGES };

/* One object of a repository, taken from it. */
struct injury {
	char *file;  /* owned: where it belongs */
	char *aside; /* owned: where it is meanwhile */
};

static void shell(const char *command)
{
	if (system(command) != 0)
		fail_msg("this failed: %s", command);
}

/* All objects loose: as a pack they could only be lost together. */
static void unpack(const char *repo)
{
	cleanup_free char *command = xasprintf(
		"cd '%s' && mkdir unpacked && find objects/pack -type f -exec mv {} unpacked ';' "
		"&& "
		"for p in unpacked/*.pack; do test ! -e \"$p\" || git unpack-objects -q <\"$p\"; "
		"done && rm -rf unpacked",
		repo);

	shell(command);
}

static char *object_file(const char *repo, const char *name)
{
	cleanup_free char *command = xasprintf("git -C '%s' rev-parse '%s'", repo, name);
	FILE *pipe = popen(command, "re");
	char hex[41] = "";

	if (!pipe || !fgets(hex, sizeof(hex), pipe) || pclose(pipe) != 0)
		fail_msg("there is no '%s'", name);
	return xasprintf("%s/objects/%.2s/%s", repo, hex, hex + 2);
}

static void write_instead(const struct injury *in, enum damage damage)
{
	cleanup_buf struct buf whole = BUF_INIT(1 << 20);

	if (damage == LOST)
		return;
	assert_true(files_read(in->aside, &whole));
	if (damage == GARBAGE)
		memset(whole.data, 'x', whole.len);
	files_write(in->file, whole.data,
		    damage == EMPTY ? 0 : whole.len / (damage == CUT ? 2 : 1));
}

static void injure(struct injury *in, struct world *w, const char *repo, const char *name,
		   enum damage damage)
{
	unpack(repo);
	in->file = object_file(repo, name);
	in->aside = xasprintf("%s/aside", w->dir);
	files_rename(in->file, in->aside);
	write_instead(in, damage);
}

static void heal(struct injury *in)
{
	files_rename(in->aside, in->file);
	free(in->file);
	free(in->aside);
}

static void forget_caches(struct world *w)
{
	cleanup_free char *command = xasprintf("rm -f '%s'/*.cache", w->state);

	shell(command);
}

/* The folder's tree is no tree of the hub's own: it has a file in it that no mapping manages. */
static struct world *begin(void)
{
	struct world *w = world_new(NULL);

	world_write(w, SIDE_GIT, "etl/README.md", "Theirs.\n");
	world_write(w, SIDE_GIT, "etl/a.py", PY "a\n");
	world_write(w, SIDE_GIT, "etl/b.py", PY "b\n");
	world_write(w, SIDE_GIT, "etl/sub/c.py", PY "c\n");
	world_write(w, SIDE_GIT, "etl/sub/README.md", "Theirs.\n");
	world_write(w, SIDE_LOCAL, "d.py", PY "d\n");
	settle(w);
	return w;
}

/* What is between the other sides goes its way; the branch's notebooks stay. */
static void expect_held(struct world *w, const char *text)
{
	for (int i = 0; i < 3; i++) {
		cleanup_free char *edit = xasprintf(PY "%s %d\n", text, i);

		world_write(w, SIDE_LOCAL, "d.py", edit);
		world_cycle(w, true, true);
		assert_int_equal(w->report.code, ERR_OK);
		assert_true(w->report.side[SIDE_GIT].held);
		assert_true(strlen(w->report.side[SIDE_GIT].sentence) > 20);
		for (enum side_id s = SIDE_GIT + 1; s < SIDE_COUNT; s++) {
			expect(w, s, "d.py", edit);
			expect(w, s, "etl/a.py", PY "a\n");
			expect(w, s, "etl/b.py", PY "b\n");
			expect(w, s, "etl/sub/c.py", PY "c\n");
		}
	}
}

static void expect_well(struct world *w)
{
	settle(w);
	assert_int_equal(w->report.held.count, 0);
	assert_int_equal(w->report.conflicts.total, 0);
	assert_false(w->report.side[SIDE_GIT].held);
	expect_everywhere(w, "etl/sub/c.py", PY "c\n");
}

static const char *const trees[] = { "main:etl", "main:etl/sub", "main^{tree}", "main" };

static void test_a_tree_of_the_repository(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(trees) * DAMAGES; i++) {
		struct world *w = begin();
		struct injury in;

		world_write(w, SIDE_GIT, "etl/sub/new.py", PY "new\n");
		world_write(w, SIDE_GIT, "etl/b.py", PY "b\n\n");
		injure(&in, w, w->remote, trees[i / DAMAGES], i % DAMAGES);
		world_close(w);
		expect_held(w, "meanwhile");
		heal(&in);
		expect_well(w);
		expect_everywhere(w, "etl/sub/new.py", PY "new\n");
		world_free(w);
	}
}

static void test_a_tree_of_the_hub(void **state)
{
	(void)state;
	for (size_t i = 0; i < (ARRAY_SIZE(trees) - 1) * DAMAGES; i++) {
		struct world *w = begin();
		cleanup_free char *name = xasprintf("refs/remotes/origin/%s", trees[i / DAMAGES]);
		struct injury in;

		world_close(w);
		injure(&in, w, w->hub, name, i % DAMAGES);
		expect_held(w, "meanwhile");
		heal(&in);
		expect_well(w);
		world_free(w);
	}
}

/* A notebook that cannot be read holds itself alone. */
static void test_a_notebook_of_the_hub(void **state)
{
	(void)state;
	for (enum damage damage = LOST; damage < DAMAGES; damage++) {
		struct world *w = begin();
		struct injury in;

		world_write(w, SIDE_GIT, "etl/a.py", PY "a\n\n");
		world_cycle(w, true, true);
		world_close(w);
		forget_caches(w);
		injure(&in, w, w->hub, "refs/remotes/origin/main:etl/a.py", damage);
		for (int i = 0; i < 3; i++) {
			cleanup_free char *edit = xasprintf(PY "meanwhile %d\n", i);

			world_write(w, SIDE_GIT, "d.py", edit);
			world_cycle(w, true, true);
			assert_int_equal(w->report.code, ERR_OK);
			assert_false(w->report.side[SIDE_GIT].held);
			assert_int_equal(w->report.held.count, 1);
			assert_string_equal(w->report.held.items[0].path, "etl/a");
			assert_string_equal(w->report.held.items[0].reason, "unreadable");
			expect(w, SIDE_WORKSPACE, "etl/a.py", PY "a\n");
			expect(w, SIDE_LOCAL, "etl/a.py", PY "a\n");
			expect(w, SIDE_WORKSPACE, "d.py", edit);
		}
		heal(&in);
		expect_well(w);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_tree_of_the_repository),
		cmocka_unit_test(test_a_tree_of_the_hub),
		cmocka_unit_test(test_a_notebook_of_the_hub),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
