/* SPDX-License-Identifier: Apache-2.0 */
/* The revision history: what a walk tells, in which order, and which file stands for a notebook in a
 * revision. Each test builds the references that a synchroniser would leave. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git_world.h"
#include "memory/history.h"
#include "tests/source_text.h"

#define NB(text) PY text "\n"

/* The configuration owns its strings; here they are constants. */
static char *word(const char *constant)
{
	return (char *)(uintptr_t)constant;
}

static struct config_mapping mapping(const char *git_path)
{
	return (struct config_mapping){
		.name = word("etl"),
		.branch = word("main"),
		.git_path = word(git_path),
		.include = word("**"),
		.exclude = word(""),
		.max_notebook = 1024 * 1024,
	};
}

/* One commit that puts content (NULL: deletes) at path, on top of a reference; second parent
 * optional. */
static struct oid step(struct world *w, const char *ref, const char *path, const char *content,
		       const struct oid *second, const char *message, int64_t when_s)
{
	struct commit_spec spec = { .parents = second,
				    .parent_count = second ? 1 : 0,
				    .message = message,
				    .committer_name = "Ana",
				    .committer_email = "ana@acme.example",
				    .when_s = when_s };
	struct err e = ERR_INIT;

	if (second)
		world_ok(hub_commit_tree(w->hub, second, &spec.tree, &e), &e);
	return world_grow(w, ref, path, content, spec);
}

struct story {
	struct buf text;
	size_t limit; /* items after which to stop; 0: never */
	size_t count;
};

static bool note(void *payload, const struct history_item *item)
{
	static const char *const verbs[] = { "add", "update", "delete" };
	struct story *s = payload;

	buf_addf(&s->text, "%d %s %s %s%s%s (%s)\n", (int)item->when_s,
		 history_origin_name(item->origin), verbs[item->verb], item->path,
		 item->author ? " by " : "", item->author ? item->author : "", item->subject);
	return ++s->count != s->limit;
}

static void check_walk(struct world *w, const struct config_mapping *m, const char *path,
		       size_t limit, const char *expected)
{
	struct story s = { .text = BUF_INIT(100000), .limit = limit };
	struct err e = ERR_INIT;

	world_ok(history_walk(w->hub, m, path, note, &s, &e), &e);
	assert_string_equal(buf_str(&s.text), expected);
	buf_release(&s.text);
}

static char *hex_of(const struct oid *id)
{
	char *hex = xcalloc(1, 41);

	oid_hex(id, hex);
	return hex;
}

/* ---- walking ---- */

static void test_nothing(void **state)
{
	struct world *w = *state;
	struct config_mapping m = mapping("");

	check_walk(w, &m, NULL, 0, "");
	check_walk(w, &m, "etl/load", 0, "");
}

static void test_chains_by_time(void **state)
{
	struct world *w = *state;
	struct config_mapping m = mapping("");

	step(w, "refs/nbsync/seen/local", "a.ipynb", "{1}", NULL, "seen: before acting", 100);
	step(w, "refs/nbsync/agreed", "a.py", NB("1"), NULL, "agreed", 100);
	step(w, "refs/nbsync/seen/workspace", "a.py", NB("1"), NULL, "seen: before acting", 101);
	step(w, "refs/heads/main", "a.py", NB("1"), NULL, "Add a\n\nNbsync-Mapping: etl\n", 130);
	step(w, "refs/nbsync/seen/workspace", "a.py", NB("2"), NULL, "seen: before acting", 200);
	step(w, "refs/nbsync/agreed", "a.py", NB("2"), NULL, "agreed", 200);
	step(w, "refs/nbsync/seen/local", "a.ipynb", NULL, NULL, "seen: before acting", 300);
	step(w, "refs/nbsync/seen/local", "a.py", NB("2"), NULL, "seen: before acting", 300);
	check_walk(w, &m, NULL, 0,
		   "300 local add a (seen: before acting)\n"
		   "300 local delete a (seen: before acting)\n"
		   "200 agreed update a (agreed)\n"
		   "200 workspace update a (seen: before acting)\n"
		   "130 git add a by Ana <ana@acme.example> (Add a)\n"
		   "101 workspace add a (seen: before acting)\n"
		   "100 agreed add a (agreed)\n"
		   "100 local add a (seen: before acting)\n");
	check_walk(w, &m, NULL, 1, "300 local add a (seen: before acting)\n");
}

/* What two sides hold at first may be recorded by one and the same commit. */
static void test_shared_beginning(void **state)
{
	struct world *w = *state;
	struct config_mapping m = mapping("");
	struct oid one = step(w, "refs/nbsync/seen/local", "a.py", NB("1"), NULL, "agreed", 100);
	struct err e = ERR_INIT;

	world_ok(hub_ref_set(w->hub, "refs/nbsync/seen/workspace", &one, NULL, "test", &e), &e);
	step(w, "refs/nbsync/seen/local", "a.py", NB("2"), NULL, "agreed", 200);
	check_walk(w, &m, NULL, 0,
		   "200 local update a (agreed)\n"
		   "100 workspace add a (agreed)\n"
		   "100 local add a (agreed)\n");
}

/* A commit that another revision already brought is told once, rewritten branches included. */
static void test_kept_branch(void **state)
{
	struct world *w = *state;
	struct config_mapping m = mapping("");
	struct oid one = step(w, "refs/remotes/origin/main", "a.py", NB("1"), NULL, "one", 100);
	struct oid two, other;
	struct err e = ERR_INIT;

	step(w, "refs/nbsync/seen/git", NULL, NULL, &one, "seen: the remote's branch", 101);
	two = step(w, "refs/remotes/origin/main", "a.py", NB("2"), NULL, "two", 200);
	step(w, "refs/nbsync/seen/git", NULL, NULL, &two, "seen: the remote's branch", 201);
	world_ok(hub_ref_set(w->hub, "refs/remotes/origin/main", &one, NULL, "rewritten", &e), &e);
	other = step(w, "refs/remotes/origin/main", "b.py", NB("1"), NULL, "other", 300);
	step(w, "refs/nbsync/seen/git", NULL, NULL, &other, "seen: the remote's branch", 301);
	world_ok(hub_ref_set(w->hub, "refs/heads/main", &one, NULL, "behind", &e), &e);
	check_walk(w, &m, NULL, 0,
		   "300 git add b by Ana <ana@acme.example> (other)\n"
		   "200 git update a by Ana <ana@acme.example> (two)\n"
		   "100 git add a by Ana <ana@acme.example> (one)\n");
}

/* What is on the branch and not the mapping's: other folders, scripts, names that never travel. */
static void test_shared_repository(void **state)
{
	struct world *w = *state;
	struct config_mapping m = mapping("nb/team");

	m.exclude = word("private");
	step(w, "refs/heads/main", "pipeline.json", "{}", NULL, "pipeline", 10);
	step(w, "refs/heads/main", "a.py", NB("1"), NULL, "not below", 20);
	step(w, "refs/heads/main", "nb/team/lib.py", "import os\n", NULL, "a script", 30);
	step(w, "refs/heads/main", "nb/team/.hidden.py", NB("1"), NULL, "hidden", 40);
	step(w, "refs/heads/main", "nb/team/private/a.py", NB("1"), NULL, "excluded", 50);
	step(w, "refs/heads/main", "nb/team/etl/a.py", NB("1"), NULL, "ours", 60);
	step(w, "refs/heads/main", "nb/team/lib.py", NB("import os"), NULL, "now a notebook", 70);
	step(w, "refs/heads/main", "nb/team/lib.py", "import os\n", NULL, "no longer", 80);
	check_walk(w, &m, NULL, 0,
		   "80 git delete lib by Ana <ana@acme.example> (no longer)\n"
		   "70 git add lib by Ana <ana@acme.example> (now a notebook)\n"
		   "60 git add etl/a by Ana <ana@acme.example> (ours)\n");
}

static void test_only_a_path(void **state)
{
	static const struct {
		const char *path;
		const char *expected;
	} table[] = {
		{ "etl/load", "5 local update etl/load (s)\n1 local add etl/load (s)\n" },
		{ "etl/load.py", "5 local update etl/load (s)\n1 local add etl/load (s)\n" },
		{ "etl/load.ipynb", "5 local update etl/load (s)\n1 local add etl/load (s)\n" },
		{ "etl/load/", "5 local update etl/load (s)\n1 local add etl/load (s)\n" },
		{ "etl", "5 local update etl/load (s)\n3 local add etl/load2 (s)\n"
			 "2 local add etl/deep/x (s)\n1 local add etl/load (s)\n" },
		{ "etl/", "5 local update etl/load (s)\n3 local add etl/load2 (s)\n"
			  "2 local add etl/deep/x (s)\n1 local add etl/load (s)\n" },
		{ "etl/deep", "2 local add etl/deep/x (s)\n" },
		{ "et", "" },
		{ "etl/deep/x/y", "" },
		{ "top", "4 local add top (s)\n" },
	};
	struct world *w = *state;
	struct config_mapping m = mapping("");

	step(w, "refs/nbsync/seen/local", "etl/load.py", NB("1"), NULL, "s", 1);
	step(w, "refs/nbsync/seen/local", "etl/deep/x.py", NB("1"), NULL, "s", 2);
	step(w, "refs/nbsync/seen/local", "etl/load2.py", NB("1"), NULL, "s", 3);
	step(w, "refs/nbsync/seen/local", "top.py", NB("1"), NULL, "s", 4);
	step(w, "refs/nbsync/seen/local", "etl/load.py", NB("2"), NULL, "s", 5);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		check_walk(w, &m, table[i].path, 0, table[i].expected);
}

/* Another format is another file, but the same notebook; what stands between two names in the order
 * of a tree does not hide that. */
static void test_format_change(void **state)
{
	struct world *w = *state;
	struct config_mapping m = mapping("");
	struct oid tree = world_put(w, NULL, "a.ipynb", "{}"), tip;
	struct err e = ERR_INIT;

	tree = world_put(w, &tree, "a.ns/x.py", NB("1"));
	tip = world_commit(w, &tree, NULL, "s", 1);
	tree = world_put(w, &tree, "a.ipynb", NULL);
	tree = world_put(w, &tree, "a.py", NB("1"));
	tree = world_put(w, &tree, "a.ns/x.py", NB("2"));
	tip = world_commit(w, &tree, &tip, "s", 2);
	world_ok(hub_ref_set(w->hub, "refs/nbsync/seen/local", &tip, NULL, "test", &e), &e);
	check_walk(w, &m, NULL, 0,
		   "2 local update a (s)\n2 local update a.ns/x (s)\n"
		   "1 local add a (s)\n1 local add a.ns/x (s)\n");
}

static void test_merges(void **state)
{
	struct world *w = *state;
	struct config_mapping m = mapping("");
	struct oid base = step(w, "refs/heads/main", "a.py", NB("1"), NULL, "base", 10), tree, two;
	struct oid parents[2];
	struct commit_spec spec = { .parents = parents,
				    .parent_count = 2,
				    .message = "merge",
				    .committer_name = "Ana",
				    .committer_email = "ana@acme.example",
				    .when_s = 40 };
	struct err e = ERR_INIT;

	world_ok(hub_commit_tree(w->hub, &base, &tree, &e), &e);
	tree = world_put(w, &tree, "b.py", NB("1"));
	two = world_commit(w, &tree, &base, "side", 20);
	parents[0] = step(w, "refs/heads/main", "c.py", NB("1"), NULL, "main", 30);
	parents[1] = two;
	world_ok(hub_commit_tree(w->hub, &parents[0], &tree, &e), &e);
	spec.tree = world_put(w, &tree, "b.py", NB("1"));
	world_ok(hub_commit(w->hub, &spec, &two, &e), &e);
	world_ok(hub_ref_set(w->hub, "refs/heads/main", &two, NULL, "test", &e), &e);
	check_walk(w, &m, NULL, 0,
		   "40 git add b by Ana <ana@acme.example> (merge)\n"
		   "30 git add c by Ana <ana@acme.example> (main)\n"
		   "20 git add b by nbsync <nbsync@acme.example> (side)\n"
		   "10 git add a by Ana <ana@acme.example> (base)\n");
}

/* ---- finding ---- */

struct expectation {
	const char *path;
	int code;
	const char *file; /* or the sentence */
	const char *text;
};

static void check_find(struct world *w, const struct config_mapping *m, const struct oid *revision,
		       const struct expectation *x)
{
	cleanup_free char *hex = hex_of(revision), *file = NULL;
	cleanup_buf struct buf data = BUF_INIT(1000);
	struct err e = ERR_INIT;
	struct oid blob;
	int r;

	for (int round = 0; round < 2; round++, hex[12] = '\0') {
		free(file);
		buf_clear(&data);
		r = history_find(w->hub, m, hex, x->path, &blob, &file, NULL, &e);
		if (r != x->code)
			fail_msg("'%s': %s: %s", x->path, err_name(r), e.text);
		if (r) {
			assert_null(file);
			if (!strstr(e.text, x->file))
				fail_msg("'%s': %s", x->path, e.text);
			continue;
		}
		assert_string_equal(file, x->file);
		world_ok(hub_blob_get(w->hub, &blob, &data, &e), &e);
		assert_string_equal(buf_str(&data), x->text);
	}
}

static void test_find_on_a_side(void **state)
{
	static const struct expectation first[] = {
		{ "etl/a", ERR_OK, "etl/a.ipynb", "{1}" },
		{ "etl/a.py", ERR_OK, "etl/a.ipynb", "{1}" },
		{ "etl/a.ipynb", ERR_OK, "etl/a.ipynb", "{1}" },
		{ "etl/b", ERR_ABSENT, "has no notebook 'etl/b'", NULL },
		{ "etl", ERR_ABSENT, "has no notebook 'etl'", NULL },
		{ "a", ERR_ABSENT, "has no notebook 'a'", NULL },
		{ "", ERR_INVALID, "path is needed", NULL },
	};
	static const struct expectation second = { "etl/a", ERR_OK, "etl/a.ipynb", "{2}" };
	static const struct expectation third = { "etl/a", ERR_ABSENT, "has no notebook", NULL };
	struct world *w = *state;
	struct config_mapping m = mapping("etl");
	struct oid one, two, gone, later;

	one = step(w, "refs/nbsync/seen/local", "etl/a.ipynb", "{1}", NULL, "s", 1);
	two = step(w, "refs/nbsync/seen/local", "etl/a.ipynb", "{2}", NULL, "s", 2);
	gone = step(w, "refs/nbsync/seen/local", "etl/a.ipynb", NULL, NULL, "s", 3);
	later = step(w, "refs/nbsync/seen/local", "b.py", NB("1"), NULL, "s", 4);
	for (size_t i = 0; i < ARRAY_SIZE(first); i++)
		check_find(w, &m, &one, &first[i]);
	check_find(w, &m, &two, &second);
	check_find(w, &m, &gone, &second); /* what it deleted */
	check_find(w, &m, &later, &third);
}

/* Below git_path in the repository's commits, and never beside it. */
static void test_find_on_the_branch(void **state)
{
	static const struct expectation table[] = {
		{ "a", ERR_OK, "a.py", NB("team") },
		{ "a.ipynb", ERR_OK, "a.py", NB("team") },
		{ "nb/a", ERR_ABSENT, "has no notebook", NULL },
		{ "root", ERR_ABSENT, "has no notebook", NULL },
		{ "script", ERR_ABSENT, "has no notebook", NULL },
		{ "both", ERR_INVALID, "name one of them", NULL },
		{ "both.py", ERR_OK, "both.py", NB("both") },
		{ "both.ipynb", ERR_OK, "both.ipynb", "{}" },
		{ "loud", ERR_OK, "loud.PY", NB("loud") },
		{ "one", ERR_OK, "one.ipynb", "{one}" },
	};
	struct world *w = *state;
	struct config_mapping m = mapping("nb");
	struct oid tip, keeper;

	step(w, "refs/heads/main", "root.py", NB("root"), NULL, "m", 1);
	step(w, "refs/heads/main", "a.py", NB("beside"), NULL, "m", 2);
	step(w, "refs/heads/main", "nb/script.py", "import os\n", NULL, "m", 3);
	step(w, "refs/heads/main", "nb/both.py", NB("both"), NULL, "m", 4);
	step(w, "refs/heads/main", "nb/both.ipynb", "{}", NULL, "m", 5);
	step(w, "refs/heads/main", "nb/loud.PY", NB("loud"), NULL, "m", 6);
	step(w, "refs/heads/main", "nb/one.ipynb", "{one}", NULL, "m", 7);
	step(w, "refs/heads/main", "nb/one.py", "import one\n", NULL, "m", 8);
	tip = step(w, "refs/heads/main", "nb/a.py", NB("team"), NULL, "m", 9);
	keeper = step(w, "refs/nbsync/seen/git", NULL, NULL, &tip, "seen: the remote's branch", 10);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		check_find(w, &m, &tip, &table[i]);
		check_find(w, &m, &keeper, &table[i]);
	}
}

/* ---- what is no notebook ---- */

static void check_file(struct world *w, const struct config_mapping *m, const struct oid *revision,
		       const char *path, const char *text)
{
	cleanup_free char *hex = hex_of(revision);
	cleanup_buf struct buf data = BUF_INIT(1000);
	struct err e = ERR_INIT;
	struct oid blob;
	int r = history_find_file(w->hub, m, hex, path, &blob, &e);

	if (!text) {
		assert_int_equal(r, ERR_ABSENT);
		assert_non_null(strstr(e.text, "has no file"));
		return;
	}
	world_ok(r, &e);
	world_ok(hub_blob_get(w->hub, &blob, &data, &e), &e);
	assert_string_equal(buf_str(&data), text);
}

static void note_path(void *payload, const char *path)
{
	buf_addf(payload, "%s ", path);
}

static void check_list(struct world *w, const struct config_mapping *m, const struct oid *revision,
		       const char *folder, const char *expected)
{
	cleanup_free char *hex = hex_of(revision);
	cleanup_buf struct buf paths = BUF_INIT(1000);
	struct err e = ERR_INIT;

	world_ok(history_list(w->hub, m, hex, folder, note_path, &paths, &e), &e);
	assert_string_equal(buf_str(&paths), expected);
}

/* A script may be a notebook today and a file tomorrow, under one name. */
static void test_files(void **state)
{
	struct world *w = *state;
	struct config_mapping m = mapping("nb");
	struct oid one, two, three, gone, branch;

	m.files = CONFIG_FILES_ALL;
	one = step(w, "refs/nbsync/seen/local", ".files/etl/util.py", "import os\n", NULL, "s", 1);
	two = step(w, "refs/nbsync/seen/local", "etl/load.py", NB("1"), NULL, "s", 2);
	step(w, "refs/nbsync/seen/local", ".files/etl/util.py", NULL, NULL, "s", 3);
	three = step(w, "refs/nbsync/seen/local", "etl/util.py", NB("2"), NULL, "s", 4);
	gone = step(w, "refs/nbsync/seen/local", "etl/util.py", NULL, NULL, "s", 5);
	branch = step(w, "refs/heads/main", "nb/etl/util.py", "import re\n", NULL, "m", 6);
	branch = step(w, "refs/heads/main", "nb/data.csv", "1,2\n", NULL, "m", 7);
	branch = step(w, "refs/heads/main", "beside.csv", "1,2\n", NULL, "m", 8);
	check_walk(w, &m, NULL, 0,
		   "7 git add data.csv by Ana <ana@acme.example> (m)\n"
		   "6 git add etl/util.py by Ana <ana@acme.example> (m)\n"
		   "5 local delete etl/util (s)\n"
		   "4 local add etl/util (s)\n"
		   "3 local delete etl/util.py (s)\n"
		   "2 local add etl/load (s)\n"
		   "1 local add etl/util.py (s)\n");
	check_walk(w, &m, "etl/load", 0, "2 local add etl/load (s)\n");
	check_walk(w, &m, "data.csv", 0, "7 git add data.csv by Ana <ana@acme.example> (m)\n");
	check_file(w, &m, &one, "etl/util.py", "import os\n");
	check_file(w, &m, &one, "etl/util", NULL);
	check_file(w, &m, &two, "etl/util.py", "import os\n");
	check_file(w, &m, &two, "etl/load.py", NULL);
	check_file(w, &m, &three, "etl/util.py", NULL);
	check_file(w, &m, &branch, "etl/util.py", "import re\n");
	check_file(w, &m, &branch, "data.csv", "1,2\n");
	check_file(w, &m, &branch, "beside.csv", NULL);
	check_find(w, &m, &three, &(struct expectation){ "etl/util", 0, "etl/util.py", NB("2") });
	check_find(w, &m, &gone, &(struct expectation){ "etl/util", 0, "etl/util.py", NB("2") });
	check_find(w, &m, &one,
		   &(struct expectation){ "etl/util", ERR_ABSENT, "has no notebook", NULL });
	check_list(w, &m, &two, "etl", "etl/util.py etl/load ");
	check_list(w, &m, &branch, "etl", "etl/util.py ");
	/* Nobody wants them: then they are not there. */
	m.files = CONFIG_FILES_NONE;
	check_walk(w, &m, NULL, 0,
		   "5 local delete etl/util (s)\n"
		   "4 local add etl/util (s)\n"
		   "2 local add etl/load (s)\n");
	check_list(w, &m, &two, "etl", "etl/load ");
	check_list(w, &m, &branch, "etl", "");
}

static void test_revisions(void **state)
{
	static const char *const wrong[] = { "",
					     "abc",
					     "123456",
					     "main",
					     "refs/heads/main",
					     "../../x",
					     "0123456789012345678901234567890123456789a" };
	struct world *w = *state;
	struct config_mapping m = mapping("");
	struct oid tip = step(w, "refs/nbsync/agreed", "a.py", NB("1"), NULL, "m", 1), tree, blob;
	cleanup_free char *hex = hex_of(&tip), *tree_hex = NULL;
	struct err e = ERR_INIT;
	char *file;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(history_find(w->hub, &m, wrong[i], "a", &blob, &file, NULL, &e),
				 ERR_INVALID);
		assert_non_null(strstr(e.text, "hexadecimal digits"));
	}
	assert_int_equal(history_find(w->hub, &m, "0123456", "a", &blob, &file, NULL, &e),
			 ERR_INVALID);
	assert_string_equal(e.text, "there is no revision '0123456' in this mapping's history");
	world_ok(hub_commit_tree(w->hub, &tip, &tree, &e), &e);
	tree_hex = hex_of(&tree);
	assert_int_equal(history_find(w->hub, &m, tree_hex, "a", &blob, &file, NULL, &e),
			 ERR_INVALID);
	for (char *p = hex; *p; p++)
		*p = (char)(*p >= 'a' ? *p - 'a' + 'A' : *p);
	hex[7] = '\0';
	world_ok(history_find(w->hub, &m, hex, "a", &blob, &file, NULL, &e), &e);
	free(file);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(test_nothing),
		WORLD_TEST(test_chains_by_time),
		WORLD_TEST(test_shared_beginning),
		WORLD_TEST(test_kept_branch),
		WORLD_TEST(test_shared_repository),
		WORLD_TEST(test_only_a_path),
		WORLD_TEST(test_format_change),
		WORLD_TEST(test_merges),
		WORLD_TEST(test_find_on_a_side),
		WORLD_TEST(test_find_on_the_branch),
		WORLD_TEST(test_files),
		WORLD_TEST(test_revisions),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
