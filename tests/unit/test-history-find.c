/* SPDX-License-Identifier: Apache-2.0 */
/* The revision history: which file stands for a notebook in a revision, and for what is none. Each test
 * builds the references that a synchroniser would leave. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_steps.h"

struct expectation {
	const char *path;
	int code;
	const char *file; /* or the sentence */
	const char *text;
};

static void check_find(struct world *w, const struct config_mapping *m, const struct oid *revision,
		       const struct expectation *x)
{
	struct history_found found = { .file = NULL };
	cleanup_free char *hex = hex_of(revision);
	cleanup_buf struct buf data = BUF_INIT(1000);
	struct err e = ERR_INIT;
	int r;

	for (int round = 0; round < 2; round++, hex[12] = '\0') {
		buf_clear(&data);
		r = history_find(&(struct history_revision){ w->hub, m, hex }, x->path, &found, &e);
		if (r != x->code)
			fail_msg("'%s': %s: %s", x->path, err_name(r), e.text);
		if (r) {
			assert_null(found.file);
			if (!strstr(e.text, x->file))
				fail_msg("'%s': %s", x->path, e.text);
			continue;
		}
		assert_string_equal(found.file, x->file);
		world_ok(hub_blob_get(w->hub, &found.blob, &data, &e), &e);
		assert_string_equal(buf_str(&data), x->text);
		free(found.file);
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
	struct config_mapping m = MAPPING("etl");
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
	struct config_mapping m = MAPPING("nb");
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
	int r = history_find_file(&(struct history_revision){ w->hub, m, hex }, path, &blob, &e);

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

	world_ok(history_list(&(struct history_revision){ w->hub, m, hex }, folder, note_path,
			      &paths, &e),
		 &e);
	assert_string_equal(buf_str(&paths), expected);
}

/* A script may be a notebook today and a file tomorrow, under one name. */
static void test_files(void **state)
{
	struct world *w = *state;
	struct config_mapping m = MAPPING("nb");
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
	struct config_mapping m = MAPPING("");
	struct oid tip = step(w, "refs/nbsync/agreed", "a.py", NB("1"), NULL, "m", 1), tree;
	cleanup_free char *hex = hex_of(&tip), *tree_hex = NULL;
	struct history_found found;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(history_find(&(struct history_revision){ w->hub, &m, wrong[i] },
					      "a", &found, &e),
				 ERR_INVALID);
		assert_non_null(strstr(e.text, "hexadecimal digits"));
	}
	assert_int_equal(
		history_find(&(struct history_revision){ w->hub, &m, "0123456" }, "a", &found, &e),
		ERR_INVALID);
	assert_string_equal(e.text, "there is no revision '0123456' in this mapping's history");
	world_ok(hub_commit_tree(w->hub, &tip, &tree, &e), &e);
	tree_hex = hex_of(&tree);
	assert_int_equal(
		history_find(&(struct history_revision){ w->hub, &m, tree_hex }, "a", &found, &e),
		ERR_INVALID);
	for (char *p = hex; *p; p++)
		*p = (char)(*p >= 'a' ? *p - 'a' + 'A' : *p);
	hex[7] = '\0';
	world_ok(history_find(&(struct history_revision){ w->hub, &m, hex }, "a", &found, &e), &e);
	free(found.file);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(test_find_on_a_side),
		WORLD_TEST(test_find_on_the_branch),
		WORLD_TEST(test_files),
		WORLD_TEST(test_revisions),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
