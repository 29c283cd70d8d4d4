/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of ignore files without files: the table, two files of a folder, notebooks under two names,
 * bounds, files that cannot be used, and that matching takes no more time than it should.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filter/ignore.h"
#include "ignore_cases.h"
#include "path/path.h"

static void add(struct ignore *g, const char *folder, enum ignore_kind kind, const char *text)
{
	const struct ignore_source source = { .folder = folder, .kind = kind };
	struct err e = ERR_INIT;

	if (ignore_add(g, &source, text, strlen(text), &e))
		fail_msg("%s", e.text);
}

/* The last line of a file in .nbsyncignore says the same as in .gitignore. */
static void add_split(struct ignore *g, const char *folder, const char *text)
{
	size_t len = strlen(text), first = len;
	cleanup_free char *head = NULL;

	while (first > 0 && (first == len || text[first - 1] != '\n'))
		first--;
	head = xstrndup(text, first);
	add(g, folder, IGNORE_GIT, head);
	add(g, folder, IGNORE_NBSYNC, text + first);
}

static void check_case(const struct ignore_case *c, bool split)
{
	cleanup_free char *path = xstrndup(c->path, strlen(c->path) - str_ends(c->path, "/"));
	struct ignore g = { 0 };

	if (c->root && split)
		add_split(&g, "", c->root);
	else if (c->root)
		add(&g, "", IGNORE_GIT, c->root);
	if (c->folder)
		add(&g, c->folder, IGNORE_GIT, c->nested);
	if ((ignore_path(&g, path, str_ends(c->path, "/")) == IGNORE_MATCHED) != c->ignored)
		fail_msg("'%s' by '%s' and in '%s' '%s', split %d", c->path, c->root ? c->root : "",
			 c->folder ? c->folder : "", c->nested ? c->nested : "", split);
	ignore_release(&g);
}

static void test_table(void **state)
{
	(void)state;
	assert_true(ignore_case_count >= 80);
	for (size_t i = 0; i < ignore_case_count; i++) {
		check_case(&ignore_cases[i], false);
		/* A byte order mark counts at the start of a file. */
		if (!ignore_cases[i].root || !strstr(ignore_cases[i].root, "\xef\xbb\xbf"))
			check_case(&ignore_cases[i], true);
	}
}

static void test_the_second_file_of_a_folder_has_the_last_word(void **state)
{
	static const struct {
		const char *git, *nbsync, *deep_git, *path;
		bool ignored;
	} rows[] = {
		{ "*.py\n", "!a.py\n", NULL, "a.py", false },
		{ "!a.py\n", "*.py\n", NULL, "a.py", true },
		{ "a.py\n", "b.py\n", NULL, "a.py", true },
		{ "", "etl/a.py\n", "!a.py\n", "etl/a.py", false },
		{ "", "!etl/a.py\n", "a.py\n", "etl/a.py", true },
		{ "", "etl/\n", "!a.py\n", "etl/a.py", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ignore g = { 0 };

		add(&g, "", IGNORE_NBSYNC, rows[i].nbsync);
		add(&g, "", IGNORE_GIT, rows[i].git);
		if (rows[i].deep_git)
			add(&g, "etl", IGNORE_GIT, rows[i].deep_git);
		if ((ignore_path(&g, rows[i].path, false) == IGNORE_MATCHED) != rows[i].ignored)
			fail_msg("row %zu", i);
		ignore_release(&g);
	}
}

static void test_a_notebook_has_a_name_with_and_one_without_extension(void **state)
{
	static const struct {
		const char *rules, *file;
		bool ignored;
	} rows[] = {
		{ "load\n", "etl/load.py", true },
		{ "load.py\n", "etl/load.py", true },
		{ "load.ipynb\n", "etl/load.py", false },
		{ "/etl/load\n", "etl/load.py", true },
		{ "tmp_?\n", "tmp_1.py", true },
		{ "load/\n", "etl/load.py", false },
		{ "etl/\n", "etl/load.py", true },
		{ "etl\n", "etl/load.py", true },
		{ "etl.py\n", "etl/load.py", false },
		{ "*\n!*.py\n", "load.py", false },
		{ "*\n!*.py\n", "load.ipynb", true },
		{ "*\n!load\n", "load.ipynb", false },
		{ "*.py\n!load\n", "load.py", false },
		{ "!load.py\nload\n", "load.py", true },
		{ "v1\n", "v1.2.py", false },
		{ "v1.2\n", "v1.2.py", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t stem = strlen(rows[i].file) - strlen(path_ext(rows[i].file));
		struct ignore g = { 0 };

		add(&g, "", IGNORE_GIT, rows[i].rules);
		if ((ignore_notebook(&g, rows[i].file, stem) == IGNORE_MATCHED) != rows[i].ignored)
			fail_msg("'%s' by '%s'", rows[i].file, rows[i].rules);
		ignore_release(&g);
	}
}

static void test_names_of_the_files(void **state)
{
	enum ignore_kind kind;

	(void)state;
	assert_true(ignore_is_name(".gitignore", &kind));
	assert_int_equal(kind, IGNORE_GIT);
	assert_true(ignore_is_name("a/b/.nbsyncignore", &kind));
	assert_int_equal(kind, IGNORE_NBSYNC);
	assert_false(ignore_is_name("a/gitignore", NULL));
	assert_false(ignore_is_name(".gitignore/a", NULL));
	assert_false(ignore_is_name("", NULL));
}

/* ---- bounds ---- */

static void expect_refused(struct ignore *g, const char *folder, const char *text, size_t len,
			   const char *sentence)
{
	const struct ignore_source source = { .folder = folder, .kind = IGNORE_GIT };
	struct err e = ERR_INIT;
	size_t files = g->files, patterns = g->patterns;

	assert_int_equal(ignore_add(g, &source, text, len, &e), ERR_INVALID);
	assert_string_equal(e.text, sentence);
	assert_int_equal(g->files, files);
	assert_int_equal(g->patterns, patterns);
	assert_null(ignore_find(g, folder, IGNORE_GIT));
}

static void add_repeated(struct buf *out, const char *text, size_t times)
{
	buf_clear(out);
	while (times--)
		buf_add_str(out, text);
}

static void test_large_files_are_refused(void **state)
{
	cleanup_buf struct buf text = BUF_INIT(1 << 20);
	struct ignore g = { 0 };

	(void)state;
	add_repeated(&text, "# a\n", IGNORE_FILE_MAX / 4);
	add(&g, "fits", IGNORE_GIT, buf_str(&text));
	buf_add_char(&text, '\n');
	expect_refused(&g, "", buf_str(&text), text.len, "it has more than 262144 bytes");
	add_repeated(&text, "a", GLOB_LEN_MAX);
	add(&g, "line", IGNORE_GIT, buf_str(&text));
	buf_add_str(&text, "a\nb\n");
	expect_refused(&g, "", buf_str(&text), text.len, "line 1 is longer than 8000 bytes");
	text.data[0] = '#';
	add(&g, "comment", IGNORE_GIT, buf_str(&text));
	assert_int_equal(ignore_path(&g, "comment/b", false), IGNORE_MATCHED);
	ignore_release(&g);
}

static void test_many_patterns_and_files_are_refused(void **state)
{
	cleanup_buf struct buf text = BUF_INIT(1 << 20);
	struct ignore g = { 0 };
	char folder[32];

	(void)state;
	add_repeated(&text, "a\n", IGNORE_PATTERNS_MAX - 1);
	add(&g, "", IGNORE_GIT, buf_str(&text));
	expect_refused(&g, "x", "b\nc\n", 4, "the ignore files have more than 10000 patterns");
	add(&g, "x", IGNORE_GIT, "b\n# c\n\n");
	for (size_t i = 2; i < IGNORE_FILES_MAX; i++) {
		snprintf(folder, sizeof(folder), "d%zu", i);
		add(&g, folder, IGNORE_NBSYNC, "");
	}
	expect_refused(&g, "y", "", 0, "there are more than 1000 ignore files");
	assert_int_equal(ignore_path(&g, "x/b", false), IGNORE_MATCHED);
	ignore_release(&g);
}

static void test_a_line_ends_at_a_nul(void **state)
{
	const struct ignore_source source = { .folder = "", .kind = IGNORE_GIT };
	struct ignore g = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(ignore_add(&g, &source, "a\0b\nc\0\n\0d\n", 10, &e), 0);
	assert_int_equal(g.patterns, 2);
	assert_int_equal(ignore_path(&g, "a", false), IGNORE_MATCHED);
	assert_int_equal(ignore_path(&g, "c", false), IGNORE_MATCHED);
	assert_int_equal(ignore_path(&g, "d", false), IGNORE_NOT);
	ignore_release(&g);
}

/* Would take longer than the universe with plain backtracking; here it is done at once, or the test
 * is stopped by its time limit. */
static void test_stars_do_not_explode(void **state)
{
	cleanup_buf struct buf rules = BUF_INIT(1 << 20), path = BUF_INIT(1 << 20);
	struct ignore g = { 0 };

	(void)state;
	for (int i = 0; i < 60; i++)
		buf_add_str(&rules, "*a");
	buf_add_str(&rules, "b\n/");
	for (int i = 0; i < 60; i++)
		buf_add_str(&rules, "**/a*a/");
	buf_add_str(&rules, "b\n");
	for (int i = 0; i < 60; i++)
		buf_add_str(&path, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/");
	buf_add_str(&path,
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	add(&g, "", IGNORE_GIT, buf_str(&rules));
	assert_int_equal(ignore_path(&g, buf_str(&path), false), IGNORE_NOT);
	buf_add_str(&path, "b");
	assert_int_equal(ignore_path(&g, buf_str(&path), false), IGNORE_MATCHED);
	ignore_release(&g);
}

/* ---- states ---- */

static void test_a_file_that_cannot_be_used(void **state)
{
	const struct ignore_source known = { "known", IGNORE_GIT, { { 7 } } };
	const struct ignore_source new = { "new", IGNORE_GIT, { { 7 } } };
	struct ignore before = { 0 }, after = { 0 };
	const struct ignore_file *f;
	size_t len;

	(void)state;
	add(&before, "known", IGNORE_GIT, "a.py\n");
	ignore_add_problem(&after, &before, &known, "it cannot be read");
	ignore_add_problem(&after, &before, &new, "it cannot be read");
	add(&after, "", IGNORE_GIT, "b.py\n");
	assert_int_equal(after.files, 3);
	assert_int_equal(after.patterns, 2);
	/* What it said before still holds. */
	assert_int_equal(ignore_path(&after, "known/a.py", false), IGNORE_MATCHED);
	assert_int_equal(ignore_path(&after, "known/c.py", false), IGNORE_NOT);
	/* It never said anything: who knows? But what others say is known. */
	assert_int_equal(ignore_path(&after, "new/a.py", false), IGNORE_UNKNOWN);
	assert_int_equal(ignore_path(&after, "new/x/a.py", false), IGNORE_UNKNOWN);
	assert_int_equal(ignore_path(&after, "new/b.py", false), IGNORE_MATCHED);
	assert_int_equal(ignore_path(&after, "newer/a.py", false), IGNORE_NOT);
	f = ignore_find(&after, "new", IGNORE_GIT);
	assert_non_null(f);
	assert_string_equal(f->problem, "it cannot be read");
	assert_memory_equal(&f->stamp, &new.stamp, sizeof(new.stamp));
	assert_null(ignore_text(f, &len));
	f = ignore_find(&after, "known", IGNORE_GIT);
	assert_memory_equal(ignore_text(f, &len), "a.py\n", 5);
	assert_int_equal(len, 5);
	ignore_release(&before);
	assert_int_equal(ignore_path(&after, "known/a.py", false), IGNORE_MATCHED);
	ignore_release(&after);
}

static void test_states_share_files(void **state)
{
	struct ignore a = { 0 }, b = { 0 };

	(void)state;
	add(&a, "", IGNORE_GIT, "r\n");
	add(&a, "etl", IGNORE_GIT, "e\n");
	add(&a, "etl", IGNORE_NBSYNC, "n\n");
	add(&a, "etl/x", IGNORE_GIT, "x\n");
	add(&a, "etlx", IGNORE_GIT, "y\n");
	ignore_share_below(&b, &a, "etl");
	assert_int_equal(b.files, 3);
	assert_null(ignore_find(&b, "", IGNORE_GIT));
	assert_null(ignore_find(&b, "etlx", IGNORE_GIT));
	assert_false(ignore_same(&a, &b));
	ignore_share(&b, &a, "", IGNORE_GIT);
	ignore_share(&b, &a, "", IGNORE_NBSYNC); /* there is none */
	add(&b, "etlx", IGNORE_GIT, "y\n");
	assert_true(ignore_same(&a, &b));
	ignore_release(&a);
	assert_int_equal(ignore_path(&b, "etl/x/x", false), IGNORE_MATCHED);
	ignore_release(&b);
}

static void test_states_that_differ(void **state)
{
	const struct ignore_source source = { .folder = "", .kind = IGNORE_GIT };
	struct ignore a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };

	(void)state;
	add(&a, "", IGNORE_GIT, "a\n");
	add(&b, "", IGNORE_NBSYNC, "a\n");
	add(&c, "", IGNORE_GIT, "b\n");
	ignore_add_problem(&d, &a, &source, "why");
	assert_false(ignore_same(&a, &b));
	assert_false(ignore_same(&a, &c));
	assert_true(ignore_same(&a, &d)); /* the same rules */
	ignore_release(&a);
	ignore_add_problem(&a, &b, &source, "why");
	assert_false(ignore_same(&a, &d)); /* unknown */
	add(&a, "", IGNORE_NBSYNC, "a\n");
	assert_false(ignore_same(&a, &b)); /* unknown, and not there */
	ignore_release(&a);
	ignore_release(&b);
	ignore_release(&c);
	ignore_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_the_second_file_of_a_folder_has_the_last_word),
		cmocka_unit_test(test_a_notebook_has_a_name_with_and_one_without_extension),
		cmocka_unit_test(test_names_of_the_files),
		cmocka_unit_test(test_large_files_are_refused),
		cmocka_unit_test(test_many_patterns_and_files_are_refused),
		cmocka_unit_test(test_a_line_ends_at_a_nul),
		cmocka_unit_test(test_stars_do_not_explode),
		cmocka_unit_test(test_a_file_that_cannot_be_used),
		cmocka_unit_test(test_states_share_files),
		cmocka_unit_test(test_states_that_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
