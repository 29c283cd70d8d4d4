/* SPDX-License-Identifier: Apache-2.0 */
/* The hub as a directory and as a store: opening, refusing, blobs, references. Every test ends with git
 * fsck --strict over what is on disk. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "git_world.h"

static bool exists(const struct world *w, const char *name)
{
	cleanup_free char *path = xasprintf("%s/%s", w->dir, name);
	struct stat st;

	return lstat(path, &st) == 0;
}

/* ---- ids ---- */

static void test_oid_text(void **state)
{
	static const char *const wrong[] = { "", "01", "0123456789012345678901234567890123456789a",
					     "x123456789012345678901234567890123456789" };
	static const char hex[] = "0123456789abcdef0123456789abcdef01234567";
	struct oid id, zero = { { 0 } };
	char text[41];

	(void)state;
	assert_true(oid_parse(&id, hex));
	oid_hex(&id, text);
	assert_string_equal(text, hex);
	assert_false(oid_is_zero(&id));
	assert_true(oid_is_zero(&zero));
	assert_false(oid_equal(&id, &zero));
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_false(oid_parse(&id, wrong[i]));
}

/* ---- opening ---- */

static void test_new_hub(void **state)
{
	struct world *w = *state;
	struct stat st;

	NEEDS_GIT();
	assert_int_equal(stat(w->hub_dir, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	world_run(w, "test $(git -C hub.git rev-parse --is-bare-repository) = true");
	world_run(w, "test $(git -C hub.git config core.logAllRefUpdates) = false");
	assert_false(exists(w, "hub.git.new"));
}

static void test_reopen_keeps_everything(void **state)
{
	struct world *w = *state;
	struct oid tree = world_put(w, NULL, "a.py", "1\n"), found;
	struct err e = ERR_INIT;

	world_ok(hub_ref_set(w->hub, "refs/nbsync/base/git", &tree, NULL, "test", &e), &e);
	world_reopen(w);
	world_ok(hub_ref_get(w->hub, "refs/nbsync/base/git", &found, &e), &e);
	assert_true(oid_equal(&found, &tree));
	world_ok(hub_tree_find(w->hub, &tree, "a.py", &found, NULL, &e), &e);
}

static void test_unfinished_creation(void **state)
{
	struct world *w = *state;

	hub_free(w->hub);
	w->hub = NULL;
	/* A killed creation, twice; then only the empty place is there. */
	world_run(w, "mv hub.git hub.git.new && rm hub.git.new/HEAD");
	world_reopen(w);
	assert_false(exists(w, "hub.git.new"));
	hub_free(w->hub);
	w->hub = NULL;
	world_run(w, "rm -rf hub.git && mkdir hub.git && mkdir -p hub.git.new/refs/heads && "
		     "ln -s / hub.git.new/link");
	world_reopen(w);
	assert_false(exists(w, "hub.git.new"));
	assert_true(exists(w, "hub.git/HEAD"));
}

static void test_impossible_places(void **state)
{
	struct hub *hub;
	struct err e = ERR_INIT;

	(void)state;
	/* Not "absent": that would be a word about somebody's notebook. */
	assert_int_equal(hub_open(&hub, "/nonexistent/etl/hub.git", &e), ERR_CONFIG);
	assert_string_equal(e.text, "cannot create the hub '/nonexistent/etl/hub.git': "
				    "No such file or directory");
	assert_int_equal(hub_open(&hub, "hub.git", &e), ERR_BUG);
	assert_null(hub);
	hub_free(NULL);
}

static void test_sweeping(void **state)
{
	static const char *const left[] = {
		"hub.git/HEAD.lock",
		"hub.git/config.lock",
		"hub.git/packed-refs.lock",
		"hub.git/refs/heads/main.lock",
		"hub.git/refs/nbsync/seen/local.lock",
		"hub.git/objects/tmp_object_git2_0123456789abcdef",
		"hub.git/objects/pack/pack_git2_0123456789abcdef",
		"hub.git/objects/pack/pack_git2_0123456789abidx.lock",
	};
	struct world *w = *state;
	struct oid tree = world_put(w, NULL, "a", "1");
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		world_run(w, "mkdir -p $(dirname %s) && touch %s", left[i], left[i]);
	world_run(w, "mkdir -p elsewhere && touch elsewhere/x.lock && "
		     "ln -s ../../../elsewhere hub.git/refs/heads/link");
	assert_int_equal(hub_ref_set(w->hub, "refs/heads/main", &tree, NULL, "test", &e),
			 ERR_RETRY);
	world_reopen(w);
	for (size_t i = 0; i < ARRAY_SIZE(left); i++)
		assert_false(exists(w, left[i]));
	assert_true(exists(w, "elsewhere/x.lock"));
	world_run(w, "rm hub.git/refs/heads/link");
	tree = world_put(w, NULL, "a", "1");
	world_ok(hub_ref_set(w->hub, "refs/nbsync/seen/local", &tree, NULL, "test", &e), &e);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *spoil;
		int code;
		const char *sentence;
	} table[] = {
		{ "rm hub.git/HEAD", ERR_BUG, "no file HEAD" },
		{ "rm hub.git/config", ERR_BUG, "no file config" },
		{ "rm -r hub.git/refs", ERR_BUG, "no folder refs" },
		{ "rm -r hub.git/objects/pack", ERR_BUG, "no folder objects/pack" },
		{ "mv hub.git/objects o && ln -s ../o hub.git/objects", ERR_BUG,
		  "no folder objects" },
		{ "echo /tmp > hub.git/objects/info/alternates", ERR_BUG, "it borrows objects" },
		{ "echo .. > hub.git/commondir", ERR_BUG, "a part of another repository" },
		{ "echo /x > hub.git/gitdir", ERR_BUG, "a part of another repository" },
		{ "mkdir hub.git/.git", ERR_BUG, "it has a working tree" },
		{ "echo x > hub.git/shallow", ERR_BUG, "its history is cut" },
		{ "git -C hub.git config core.worktree /tmp", ERR_BUG, "its config has" },
		{ "git -C hub.git config extensions.partialClone x", ERR_BUG, "its config has" },
		{ "git -C hub.git config include.path /x", ERR_BUG, "its config has" },
		{ "git -C hub.git config includeIf.gitdir:/.path /x", ERR_BUG, "its config has" },
		{ "git -C hub.git config core.bare false", ERR_BUG, "not bare" },
		{ "git -C hub.git config core.repositoryformatversion 1", ERR_BUG, "newer" },
		{ "echo '[core' > hub.git/config", ERR_BUG, "cannot be read" },
		{ "mv hub.git real && ln -s real hub.git", ERR_BUG, "a symbolic link" },
		{ "rm -r hub.git && echo x > hub.git", ERR_BUG, "not a folder" },
		{ "rm -r hub.git && mkdir hub.git && echo x > hub.git/notes", ERR_BUG,
		  "no file HEAD" },
		{ "chmod 0770 hub.git", ERR_CONFIG, "can be written by others" },
	};
	struct world *w = *state;
	struct hub *hub;

	NEEDS_GIT();
	hub_free(w->hub);
	w->hub = NULL;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct err e = ERR_INIT;

		world_run(w, "rm -rf hub.git real o && git init -q --bare -b main hub.git && "
			     "chmod 0700 hub.git");
		world_run(w, "%s", table[i].spoil);
		if (hub_open(&hub, w->hub_dir, &e) != table[i].code ||
		    !strstr(e.text, table[i].sentence) || hub)
			fail_msg("'%s': %s: %s", table[i].spoil, err_name(e.code), e.text);
		assert_non_null(strstr(e.text, w->hub_dir));
	}
	world_run(w, "rm -rf hub.git real o");
	world_reopen(w);
}

/* ---- blobs ---- */

static void test_blobs(void **state)
{
	static const char *const contents[] = { "", "x", "# Databricks notebook source\n", "\n\n" };
	struct world *w = *state;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < 2 * ARRAY_SIZE(contents); i++) {
		const char *text = contents[i % ARRAY_SIZE(contents)];
		cleanup_buf struct buf out = BUF_INIT(100);
		struct oid id = world_blob(w, text), hash;

		hub_hash(text, strlen(text), &hash);
		assert_true(oid_equal(&id, &hash));
		assert_true(hub_has(w->hub, &id));
		world_ok(hub_blob_get(w->hub, &id, &out, &e), &e);
		assert_string_equal(buf_str(&out), text);
		/* The second round finds them on disk. */
		world_ok(hub_flush(w->hub, &e), &e);
	}
}

static void test_hash_is_gits(void **state)
{
	struct world *w = *state;
	cleanup_free char *expected = NULL;
	struct oid id;
	char hex[41];

	NEEDS_GIT();
	expected = world_out(w, "printf 'caf\\303\\251\\n' | git hash-object --stdin");
	hub_hash("caf\xc3\xa9\n", 6, &id);
	oid_hex(&id, hex);
	assert_string_equal(hex, expected);
}

static void test_blob_errors(void **state)
{
	struct world *w = *state;
	struct oid blob = world_blob(w, "twelve bytes"), tree = world_put(w, NULL, "a", "1"), none;
	cleanup_buf struct buf small = BUF_INIT(11), out = BUF_INIT(100);
	struct err e = ERR_INIT;

	assert_int_equal(hub_blob_get(w->hub, &blob, &small, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "larger than 11 bytes"));
	assert_int_equal(hub_blob_get(w->hub, &tree, &out, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "not a file's content"));
	hub_hash("never written", 13, &none);
	assert_false(hub_has(w->hub, &none));
	/* What somebody refers to and is not there is damage, not absence. */
	assert_int_equal(hub_blob_get(w->hub, &none, &out, &e), ERR_BUG);
	assert_non_null(strstr(e.text, "cannot read object"));
}

/* ---- references ---- */

static void test_ref_compare_and_swap(void **state)
{
	struct world *w = *state;
	struct oid a = world_put(w, NULL, "f", "a"), b = world_put(w, NULL, "f", "b");
	struct oid zero = { { 0 } };
	const struct {
		const struct oid *to, *expected;
		int code;
		const struct oid *after; /* NULL: no such reference */
	} table[] = {
		{ &a, &b, ERR_CONFLICT, NULL },  { &a, &zero, ERR_OK, &a },
		{ &b, &zero, ERR_CONFLICT, &a }, { &b, &b, ERR_CONFLICT, &a },
		{ &b, &a, ERR_OK, &b },          { &b, &b, ERR_OK, &b },
		{ &a, NULL, ERR_OK, &a },        { &a, NULL, ERR_OK, &a },
	};
	struct err e = ERR_INIT;
	struct oid now;

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		int r = hub_ref_set(w->hub, "refs/nbsync/base/git", table[i].to, table[i].expected,
				    "test", &e);

		if (r != table[i].code)
			fail_msg("row %zu: %s: %s", i, err_name(r), e.text);
		if (r)
			assert_string_equal(e.text,
					    "reference 'refs/nbsync/base/git' has moved meanwhile");
		r = hub_ref_get(w->hub, "refs/nbsync/base/git", &now, &e);
		assert_int_equal(r, table[i].after ? ERR_OK : ERR_ABSENT);
		if (!r)
			assert_true(oid_equal(&now, table[i].after));
	}
	world_ok(hub_ref_delete(w->hub, "refs/nbsync/base/git", &e), &e);
	world_ok(hub_ref_delete(w->hub, "refs/nbsync/base/git", &e), &e);
	assert_int_equal(hub_ref_get(w->hub, "refs/nbsync/base/git", &now, &e), ERR_ABSENT);
	assert_string_equal(e.text, "there is no reference 'refs/nbsync/base/git'");
}

static void test_ref_errors(void **state)
{
	struct world *w = *state;
	struct oid tree = world_put(w, NULL, "f", "a"), none, out;
	struct err e = ERR_INIT;

	hub_hash("never written", 13, &none);
	assert_int_equal(hub_ref_set(w->hub, "refs/nbsync/x", &none, NULL, "test", &e), ERR_BUG);
	assert_int_equal(hub_ref_set(w->hub, "refs/a b", &tree, NULL, "test", &e), ERR_INVALID);
	world_run(w, "mkdir -p hub.git/refs/nbsync && touch hub.git/refs/nbsync/torn");
	assert_int_equal(hub_ref_get(w->hub, "refs/nbsync/torn", &out, &e), ERR_BUG);
	assert_non_null(strstr(e.text, "refs/nbsync/torn"));
	world_run(w, "rm hub.git/refs/nbsync/torn");
}

static void test_packed_refs_and_no_reflog(void **state)
{
	struct world *w = *state;
	struct oid tree = world_put(w, NULL, "f", "a"), next = world_put(w, NULL, "f", "b"), now;
	struct err e = ERR_INIT;

	NEEDS_GIT();
	world_ok(hub_ref_set(w->hub, "refs/nbsync/base/git", &tree, NULL, "test", &e), &e);
	world_run(w, "git -C hub.git pack-refs --all");
	world_ok(hub_ref_get(w->hub, "refs/nbsync/base/git", &now, &e), &e);
	assert_true(oid_equal(&now, &tree));
	world_ok(hub_ref_set(w->hub, "refs/nbsync/base/git", &next, &tree, "test", &e), &e);
	world_ok(hub_ref_delete(w->hub, "refs/nbsync/base/git", &e), &e);
	assert_int_equal(hub_ref_get(w->hub, "refs/nbsync/base/git", &now, &e), ERR_ABSENT);
	assert_false(exists(w, "hub.git/logs"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oid_text),
		WORLD_TEST(test_new_hub),
		WORLD_TEST(test_reopen_keeps_everything),
		WORLD_TEST(test_unfinished_creation),
		cmocka_unit_test(test_impossible_places),
		WORLD_TEST(test_sweeping),
		WORLD_TEST(test_refusals),
		WORLD_TEST(test_blobs),
		WORLD_TEST(test_hash_is_gits),
		WORLD_TEST(test_blob_errors),
		WORLD_TEST(test_ref_compare_and_swap),
		WORLD_TEST(test_ref_errors),
		WORLD_TEST(test_packed_refs_and_no_reflog),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
