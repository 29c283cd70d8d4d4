/* SPDX-License-Identifier: Apache-2.0 */
/* Trees in the hub: tables of changes and what they leave, what must stay untouched,
 * and what a hostile or damaged repository may not do. git fsck --strict judges each hub. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git_world.h"

static const struct oid zero;

/* The reverse. Owned. */
static char *list_of(struct world *w, const struct oid *tree, const char *folder)
{
	struct buf out = BUF_INIT(64 * 1024);
	struct tree_files files;
	struct err e = ERR_INIT;

	world_ok(hub_tree_files(w->hub, tree, folder, &files, &e), &e);
	for (size_t i = 0; i < files.count; i++) {
		cleanup_buf struct buf content = BUF_INIT(1000);

		world_ok(hub_blob_get(w->hub, &files.items[i].id, &content, &e), &e);
		buf_addf(&out, "%s%s=%s", i ? " " : "", files.items[i].path, buf_str(&content));
	}
	tree_files_release(&files);
	return buf_steal(&out, NULL);
}

/* Applies "a=1 -b/c": put a, remove b/c. */
static int apply(struct world *w, const struct oid *base, const char *changes, struct oid *out,
		 struct err *e)
{
	cleanup_free char *text = xstrdup(changes);
	struct tree_change list[16] = { 0 };
	char *rest = text, *word;
	size_t count = 0;

	while ((word = strsep(&rest, " "))) {
		char *equals = strchr(word, '=');

		if (equals) {
			*equals = '\0';
			list[count].id = world_blob(w, equals + 1);
		}
		if (word[0])
			list[count++].path = equals ? word : word + 1;
	}
	return hub_tree_update(w->hub, base, list, count, out, e);
}

static void test_updates(void **state)
{
	static const struct {
		const char *base, *changes, *after;
	} table[] = {
		{ "", "", "" },
		{ "", "a=1", "a=1" },
		{ "", "b/c/d=1 a=2 b/x=3", "a=2 b/c/d=1 b/x=3" },
		{ "a=1", "a=2", "a=2" },
		{ "a=1", "a=1", "a=1" },
		{ "a=1 b=2", "-a", "b=2" },
		{ "a=1", "-a", "" },
		/* Empty folders disappear, at any depth. */
		{ "x/y/z=1 a=2", "-x/y/z", "a=2" },
		{ "x/y/z=1 x/q=2", "-x/y/z", "x/q=2" },
		/* A missing path is fine. */
		{ "a=1", "-b", "a=1" },
		{ "a=1", "-b/c/d", "a=1" },
		{ "a=1", "-a/b", "a=1" },
		{ "a/b=1", "-a", "a/b=1" },
		{ "", "-a -b/c", "" },
		/* Byte order of whole paths differs from that of names. */
		{ "a/b=1 a-b=2 a.b=3 a0=4", "a/c=5 a-c=6 a.c=7",
		  "a-b=2 a-c=6 a.b=3 a.c=7 a/b=1 a/c=5 a0=4" },
		{ "a=1 a-b=2", "-a a/x=3 a-c=4", "a-b=2 a-c=4 a/x=3" },
		/* A file gives its name to a folder, and the other way round. */
		{ "a=1", "-a a/b=2", "a/b=2" },
		{ "a/b=1", "-a/b a=2", "a=2" },
		{ "a/b=1 a/c/d=1", "-a/b -a/c/d a=2", "a=2" },
		/* Siblings stay. */
		{ "x/a=1 x/b=2 y/a=3 z=4", "x/a=5 y/b=6", "x/a=5 x/b=2 y/a=3 y/b=6 z=4" },
		{ "caf\xc3\xa9/n=1", "caf\xc3\xa9/m=2", "caf\xc3\xa9/m=2 caf\xc3\xa9/n=1" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct oid base = world_tree(w, table[i].base), out;
		cleanup_free char *after = NULL;
		struct err e = ERR_INIT;

		if (apply(w, &base, table[i].changes, &out, &e))
			fail_msg("row %zu: %s", i, e.text);
		after = list_of(w, &out, "");
		assert_string_equal(after, table[i].after);
	}
}

static void test_refused_updates(void **state)
{
	static const struct {
		const char *base, *changes;
		int code;
		const char *sentence;
	} table[] = {
		{ "a/b=1", "a=2", ERR_INVALID, "'a' is a folder, so no file can have its name" },
		{ "a/b=1 a/c=1", "-a/b a=2", ERR_INVALID, "'a' is a folder" },
		{ "a=1", "a/b=2", ERR_INVALID, "'a' is a file, so nothing can be below it" },
		{ "x/a=1", "x/a/b/c=2", ERR_INVALID, "'x/a' is a file" },
		{ "", "a=1 a=2", ERR_BUG, "'a' is changed twice at once" },
		{ "", ".git/config=1", ERR_INVALID, "cannot put '.git/config'" },
		{ "", "x/.GIT=1", ERR_INVALID, "cannot put 'x/.GIT'" },
		{ "", "../a=1", ERR_INVALID, "cannot put '../a'" },
		{ "", "a//b=1", ERR_INVALID, "cannot put 'a//b'" },
		{ "", "/a=1", ERR_INVALID, "cannot put '/a'" },
		{ "", "a/=1", ERR_INVALID, "cannot put 'a/'" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct oid base = world_tree(w, table[i].base), out;
		struct err e = ERR_INIT;
		int r = apply(w, &base, table[i].changes, &out, &e);

		if (r != table[i].code || e.code != r || !strstr(e.text, table[i].sentence))
			fail_msg("row %zu: %s: %s", i, err_name(r), e.text);
	}
}

static void test_update_wants_its_objects(void **state)
{
	struct world *w = *state;
	struct tree_change change = { .path = "a" };
	struct err e = ERR_INIT;
	struct oid out;

	hub_hash("never written", 13, &change.id);
	assert_int_equal(hub_tree_update(w->hub, &zero, &change, 1, &out, &e), ERR_INVALID);
	change.id = world_blob(w, "1");
	/* A base that is not there is damage. */
	hub_hash("never written", 13, &out);
	assert_int_equal(hub_tree_update(w->hub, &out, &change, 1, &out, &e), ERR_BUG);
}

static uint32_t mode_of(struct world *w, const struct oid *tree, const char *path)
{
	struct err e = ERR_INIT;
	struct oid id;
	uint32_t mode;

	world_ok(hub_tree_find(w->hub, tree, path, &id, &mode, &e), &e);
	return mode;
}

static void test_modes(void **state)
{
	struct world *w = *state;
	struct oid tree = world_tree(w, "plain=1 tool=1");
	struct tree_change change = { .path = "tool", .id = world_blob(w, "1"), .mode = 0100755 };
	struct err e = ERR_INIT;

	world_ok(hub_tree_update(w->hub, &tree, &change, 1, &tree, &e), &e);
	assert_int_equal(mode_of(w, &tree, "tool"), 0100755);
	assert_int_equal(mode_of(w, &tree, "plain"), 0100644);
	tree = world_put(w, &tree, "tool", "2");
	assert_int_equal(mode_of(w, &tree, "tool"), 0100755);
	change.mode = 0100644;
	world_ok(hub_tree_update(w->hub, &tree, &change, 1, &tree, &e), &e);
	assert_int_equal(mode_of(w, &tree, "tool"), 0100644);
	change.mode = 0120000;
	world_ok(hub_tree_update(w->hub, &tree, &change, 1, &tree, &e), &e);
	assert_int_equal(mode_of(w, &tree, "tool"), 0120000);
	/* New content makes a file of a link. */
	tree = world_put(w, &tree, "tool", "3");
	assert_int_equal(mode_of(w, &tree, "tool"), 0100644);
	change.mode = 0100600;
	assert_int_equal(hub_tree_update(w->hub, &tree, &change, 1, &tree, &e), ERR_INVALID);
}

/* The tree that git made of its own accord, by way of git mktree's input. */
static struct oid git_tree(struct world *w, const char *input)
{
	cleanup_free char *hex = world_out(w, "printf '%s' | git -C hub.git mktree --missing",
					   input);
	struct oid id;

	assert_true(oid_parse(&id, hex));
	return id;
}

static void test_other_peoples_entries_stay(void **state)
{
	static const char input[] =
		"100644 blob e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\\tpipeline.json\\n"
		"100755 blob e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\\tbuild.sh\\n"
		"120000 blob e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\\tlink\\n"
		"160000 commit 1234567890123456789012345678901234567890\\tlib\\n"
		"100644 blob e69de29bb2d1d6434b8b29ae775ad8c2e48c5391\\tcon:aux \\n";
	struct world *w = *state;
	cleanup_free char *before = NULL, *after = NULL;
	struct err e = ERR_INIT;
	struct oid tree;
	char hex[41];

	NEEDS_GIT();
	world_blob(w, "");
	world_ok(hub_flush(w->hub, &e), &e);
	tree = git_tree(w, input);
	oid_hex(&tree, hex);
	before = world_out(w, "git -C hub.git ls-tree -r %s", hex);
	tree = world_put(w, &tree, "notebooks/etl/a.py", "");
	world_ok(hub_flush(w->hub, &e), &e);
	oid_hex(&tree, hex);
	after = world_out(w, "git -C hub.git ls-tree -r %s | grep -v notebooks/etl/a.py", hex);
	assert_string_equal(before, after);
	assert_int_equal(mode_of(w, &tree, "lib"), 0160000);
	assert_int_equal(mode_of(w, &tree, "link"), 0120000);
}

/* ---- reading ---- */

static void test_listing(void **state)
{
	static const struct {
		const char *folder, *files;
	} table[] = {
		{ "", "a=1 x-y=5 x.y=6 x/a=2 x/y/b=3 x/y/c=4" },
		{ "x", "a=2 y/b=3 y/c=4" },
		{ "x/y", "b=3 c=4" },
		{ "x/y/", "b=3 c=4" },
		{ "nothing", "" },
		{ "x/nothing/at/all", "" },
		{ "a", "" },
		{ "a/b", "" },
	};
	struct world *w = *state;
	struct oid tree = world_tree(w, "a=1 x/a=2 x/y/b=3 x/y/c=4 x-y=5 x.y=6");

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_free char *files = list_of(w, &tree, table[i].folder);
		cleanup_free char *none = list_of(w, &zero, table[i].folder);

		assert_string_equal(files, table[i].files);
		assert_string_equal(none, "");
	}
}

static void test_find(void **state)
{
	static const struct {
		const char *path;
		int code;
	} table[] = {
		{ "a", ERR_OK },       { "x/y/b", ERR_OK },     { "x", ERR_ABSENT },
		{ "x/y", ERR_ABSENT }, { "x/y/c", ERR_ABSENT }, { "x/z/b", ERR_ABSENT },
		{ "", ERR_ABSENT },    { "a/b", ERR_ABSENT },   { "a/", ERR_ABSENT },
	};
	struct world *w = *state;
	struct oid tree = world_tree(w, "a=1 x/y/b=2"), id;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_free char *sentence = xasprintf("there is no file '%s'", table[i].path);
		struct err e = ERR_INIT;

		assert_int_equal(hub_tree_find(w->hub, &tree, table[i].path, &id, NULL, &e),
				 table[i].code);
		if (table[i].code)
			assert_string_equal(e.text, sentence);
	}
	assert_int_equal(hub_tree_find(w->hub, &zero, "a", &id, NULL, NULL), ERR_ABSENT);
}

/* A subtree that cannot be read must never look like one that is not there. */
static void test_damage_is_not_absence(void **state)
{
	struct world *w = *state;
	struct oid tree, sub, id;
	struct tree_files files;
	struct err e = ERR_INIT;
	char hex[41];

	sub = world_tree(w, "y/b=2");
	tree = world_tree(w, "a=1 x/y/b=2");
	world_ok(hub_flush(w->hub, &e), &e);
	oid_hex(&sub, hex);
	world_run(w, "mv hub.git/objects/%.2s/%s saved", hex, hex + 2);
	world_reopen(w);
	assert_int_equal(hub_tree_find(w->hub, &tree, "x/y/b", &id, NULL, &e), ERR_BUG);
	assert_int_equal(hub_tree_files(w->hub, &tree, "x", &files, &e), ERR_BUG);
	assert_int_equal(hub_tree_files(w->hub, &tree, "", &files, &e), ERR_BUG);
	assert_null(files.items);
	world_run(w, "mv saved hub.git/objects/%.2s/%s", hex, hex + 2);
}

/* Twelve trees that each hold the one before ten times are a million million. */
static struct oid multiply(struct world *w, struct oid tree)
{
	for (int level = 0; level < 12; level++) {
		cleanup_buf struct buf input = BUF_INIT(4096);
		char hex[41];

		oid_hex(&tree, hex);
		for (int i = 0; i < 10; i++)
			buf_addf(&input, "040000 tree %s\\td%d\\n", hex, i);
		tree = git_tree(w, buf_str(&input));
	}
	return tree;
}

static bool enter_all(void *payload, const char *folder)
{
	size_t *entered = payload;

	(void)folder;
	++*entered;
	return true;
}

static bool any_file(void *payload, const struct tree_difference *d)
{
	(void)payload;
	(void)d;
	return true;
}

static void test_hostile_trees(void **state)
{
	struct world *w = *state;
	struct oid tree = world_tree(w, "m=1 n=1");
	size_t entered = 0;
	struct tree_diff diff = { .enter = enter_all, .file = any_file, .payload = &entered };
	struct tree_files files;
	struct err e = ERR_INIT;

	NEEDS_GIT();
	world_ok(hub_flush(w->hub, &e), &e);
	tree = multiply(w, tree);
	assert_int_equal(hub_tree_files(w->hub, &tree, "", &files, &e), ERR_INVALID);
	assert_string_equal(e.text, "the repository has more than 1000000 files");
	assert_null(files.items);
	/* Folders alone are as many. */
	tree = multiply(w, git_tree(w, ""));
	assert_int_equal(hub_tree_files(w->hub, &tree, "", &files, &e), ERR_INVALID);
	assert_string_equal(e.text, "the repository has more than 1000000 folders");
	assert_null(files.items);
	assert_int_equal(hub_tree_diff(w->hub, &zero, &tree, "", &diff, &e), ERR_INVALID);
	assert_string_equal(e.text, "a revision changes more than 1000000 files");
	assert_in_range(entered, 1, 1000001);
}

static void test_depth(void **state)
{
	struct world *w = *state;
	cleanup_buf struct buf path = BUF_INIT(2000);
	struct tree_change change = { .id = world_blob(w, "1") };
	struct tree_files files;
	struct err e = ERR_INIT;
	struct oid tree;

	for (int i = 0; i < 256; i++)
		buf_add_str(&path, "d/");
	buf_add_str(&path, "n");
	change.path = buf_str(&path);
	world_ok(hub_tree_update(w->hub, &zero, &change, 1, &tree, &e), &e);
	world_ok(hub_tree_files(w->hub, &tree, "", &files, &e), &e);
	assert_string_equal(files.items[0].path, change.path);
	tree_files_release(&files);
	buf_clear(&path);
	for (int i = 0; i < 257; i++)
		buf_add_str(&path, "d/");
	buf_add_str(&path, "n");
	change.path = buf_str(&path);
	assert_int_equal(hub_tree_update(w->hub, &zero, &change, 1, &tree, &e), ERR_INVALID);
	assert_string_equal(e.text, "more than 256 folders in each other");
}

static void test_a_file_twice(void **state)
{
	struct world *w = *state;
	cleanup_buf struct buf entry = BUF_INIT(200);
	cleanup_free char *hex = NULL;
	struct tree_files files;
	struct err e = ERR_INIT;
	struct oid tree, blob;

	NEEDS_GIT();
	blob = world_blob(w, "");
	world_ok(hub_flush(w->hub, &e), &e);
	buf_add_str(&entry, "100644 a\\000");
	for (size_t i = 0; i < OID_SIZE; i++)
		buf_addf(&entry, "\\%03o", blob.id[i]);
	hex = world_out(w,
			"printf '%s%s' | git -C hub.git hash-object -t tree -w --stdin --literally",
			buf_str(&entry), buf_str(&entry));
	assert_true(oid_parse(&tree, hex));
	assert_int_equal(hub_tree_files(w->hub, &tree, "", &files, &e), ERR_INVALID);
	assert_string_equal(e.text, "the repository has a file twice: 'a'");
	world_run(w, "rm -f hub.git/objects/%.2s/%s", hex, hex + 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(test_updates),
		WORLD_TEST(test_refused_updates),
		WORLD_TEST(test_update_wants_its_objects),
		WORLD_TEST(test_modes),
		WORLD_TEST(test_other_peoples_entries_stay),
		WORLD_TEST(test_listing),
		WORLD_TEST(test_find),
		WORLD_TEST(test_damage_is_not_absence),
		WORLD_TEST(test_hostile_trees),
		WORLD_TEST(test_depth),
		WORLD_TEST(test_a_file_twice),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
