/* SPDX-License-Identifier: Apache-2.0 */
/* What the words of a command line mean: which mapping, which notebook or folder of it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ctl/cli/target.h"
#include "scratch.h"

/* Two mappings with local directories, one of them by a link, and one without. %s is the scratch
 * directory. */
static const char three[] = "[workspace dev]\nhost = https://dev.acme.example\ntoken_file = /t\n"
			    "[mapping etl]\nlocal = %s/etl\ngit = https://git.acme.example/a.git\n"
			    "[mapping ml]\nlocal = %s/link\ngit = https://git.acme.example/b.git\n"
			    "[mapping far]\nworkspace = dev:/Shared/far\n"
			    "git = https://git.acme.example/c.git\n";
static const char one[] = "[mapping etl]\nlocal = %s/etl\ngit = https://git.acme.example/a.git\n";

static struct config *parse(const char *format)
{
	cleanup_free char *text = NULL;
	cleanup_buf struct buf problems = BUF_INIT(65536);
	struct config *c;
	struct err e;

	/* The formats are the two above; one of them has one directory. */
	text = format == three ? xasprintf(three, scratch_dir, scratch_dir)
			       : xasprintf(one, scratch_dir);
	if (config_parse(&c, text, strlen(text), "test.ini", &problems, &e))
		fail_msg("%s", buf_str(&problems));
	return c;
}

static int setup(void **state)
{
	if (scratch_setup(state) || mkdirat(scratch_fd, "etl", 0755) ||
	    mkdirat(scratch_fd, "etl/sub", 0755) || mkdirat(scratch_fd, "real", 0755) ||
	    mkdirat(scratch_fd, "real/sub", 0755) || symlinkat("real", scratch_fd, "link") ||
	    symlinkat("../real", scratch_fd, "etl/way") || mkdirat(scratch_fd, "home", 0755))
		return -1;
	return 0;
}

/* A '+' at the start stands for the scratch directory. */
static char *expand(const char *word)
{
	return word && word[0] == '+' ? xasprintf("%s%s", scratch_dir, word + 1) : xstrdup(word);
}

struct row {
	const char *cwd;
	const char *words[3]; /* ended by NULL */
	const char *mapping;  /* NULL: refused … */
	const char *path;     /* … with this in the sentence */
};

static void check(const struct config *c, const struct row *row)
{
	cleanup_free char *cwd = expand(row->cwd), *first = expand(row->words[0]);
	cleanup_free char *second = expand(row->words[1]);
	char *const words[] = { first, second };
	struct target t;
	struct err e = ERR_INIT;
	int r = target_path(&t, c, words, second ? 2 : 1, cwd, &e);

	if (!row->mapping) {
		if (r != ERR_INVALID || !strstr(e.text, row->path))
			fail_msg("%s %s: %d %s", row->words[0], row->words[1], r, e.text);
		assert_null(t.path);
		return;
	}
	if (r || !str_eq(t.mapping->name, row->mapping) || !str_eq(t.path, row->path))
		fail_msg("%s, %s %s: %s '%s' %s", row->cwd, row->words[0],
			 row->words[1] ? row->words[1] : "", r ? "refused" : t.mapping->name,
			 r ? "" : t.path, e.text);
	target_release(&t);
}

static void test_with_several_mappings(void **state)
{
	static const struct row rows[] = {
		/* a mapping and a name, wherever the user stands */
		{ "+/home", { "etl", "load" }, "etl", "load" },
		{ "+/etl/sub", { "etl", "load" }, "etl", "load" },
		{ "+/etl/sub", { "etl", "sub/load.py" }, "etl", "sub/load.py" },
		{ "+/etl/sub", { "far", "a/b/" }, "far", "a/b" },
		{ "+/home", { "etl", "a//b/./c" }, "etl", "a/b/c" },
		{ "+/home", { "etl", "a/../b" }, "etl", "b" },
		{ "+/home", { "etl", "." }, "etl", "" },
		{ NULL, { "etl", "load" }, "etl", "load" },
		/* … that says it is from here */
		{ "+/etl/sub", { "etl", "./load.py" }, "etl", "sub/load.py" },
		{ "+/etl/sub", { "etl", "../load.py" }, "etl", "load.py" },
		{ "+/etl/sub", { "etl", ".." }, "etl", "" },
		{ "+/real/sub", { "etl", "./load.py" }, "etl", "load.py" },
		/* absolute */
		{ "+/home", { "etl", "+/etl/a.py" }, "etl", "a.py" },
		{ "+/home", { "+/etl/sub/a.py" }, "etl", "sub/a.py" },
		{ "+/home", { "+/etl" }, "etl", "" },
		{ "+/home", { "+/etl/no/such/folder/x" }, "etl", "no/such/folder/x" },
		{ "+/home", { "+/link/sub/a.py" }, "ml", "sub/a.py" },
		{ "+/home", { "+/real/sub/a.py" }, "ml", "sub/a.py" },
		{ "+/home", { "+/link" }, "ml", "" },
		{ "+/home", { "+/etl/way/a.py" }, "ml", "a.py" },
		{ "+/home", { "+/etl/way" }, "etl", "way" },
		/* from where the user stands */
		{ "+/etl", { "load.py" }, "etl", "load.py" },
		{ "+/etl/sub", { "load.py" }, "etl", "sub/load.py" },
		{ "+/etl/sub", { "../load" }, "etl", "load" },
		{ "+/etl/sub", { "." }, "etl", "sub" },
		{ "+/real/sub", { "load" }, "ml", "sub/load" },
		{ "+/etl/sub", { "../../real/x" }, "ml", "x" },
		/* a copy stands for its notebook */
		{ "+/etl", { "a.conflict-git-20260131T120000Z.py" }, "etl", "a" },
		{ "+/etl", { "etl", "b/a.conflict-local-20260131T120000Z" }, "etl", "b/a" },
		{ "+/etl", { "etl", "a.conflict-git-2026.py" }, "etl", "a.conflict-git-2026.py" },
		/* refused */
		{ "+/home", { "load" }, NULL, "say which mapping: 'etl', 'ml', 'far'" },
		{ NULL, { "load" }, NULL, "say which mapping" },
		{ "+/home", { "etc", "load" }, NULL, "there is no mapping 'etc' in 'test.ini'" },
		{ "+/home", { "etl", "../load" }, NULL, "'../load' leads out of mapping 'etl'" },
		{ "+/etl", { "../load" }, NULL, "'../load' is in no mapping's local directory" },
		{ "+/home", { "+/home/x" }, NULL, "is in no mapping's local directory" },
		{ "+/home", { "/" }, NULL, "is in no mapping's local directory" },
		{ "+/home", { "ml", "+/etl/x" }, NULL, "the local directory of mapping 'ml'" },
		{ "+/home", { "far", "+/etl/x" }, NULL, "mapping 'far' has no local directory" },
		{ "+/home", { "etl", "" }, NULL, "the path is empty" },
		{ "+/home", { "etl", "a/.git/b" }, NULL, "name '.git'" },
		{ "+/home", { "etl", "a\nb" }, NULL, "contains a control character" },
	};
	struct config *c = parse(three);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(c, &rows[i]);
	config_free(c);
}

static void test_with_one_mapping(void **state)
{
	static const struct row rows[] = {
		{ "+/home", { "load" }, "etl", "load" },
		{ "+/etl/sub", { "load" }, "etl", "sub/load" },
		{ NULL, { "./load" }, "etl", "load" },
		{ "+/home", { "etl" }, "etl", "etl" },
		{ "+/home", { "." }, "etl", "" },
	};
	struct config *c = parse(one);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check(c, &rows[i]);
	config_free(c);
}

static void test_mappings(void **state)
{
	struct config *several = parse(three), *single = parse(one), *none;
	const struct config_mapping *m;
	struct err e;

	(void)state;
	assert_int_equal(target_mapping(&m, single, NULL, &e), ERR_OK);
	assert_string_equal(m->name, "etl");
	assert_int_equal(target_mapping(&m, several, "far", &e), ERR_OK);
	assert_string_equal(m->name, "far");
	assert_int_equal(target_mapping(&m, several, NULL, &e), ERR_INVALID);
	assert_string_equal(e.text, "say which mapping: 'etl', 'ml', 'far'");
	assert_int_equal(target_mapping(&m, single, "ml", &e), ERR_INVALID);
	assert_string_equal(e.text, "there is no mapping 'ml' in 'test.ini', only 'etl'");
	assert_int_equal(config_parse(&none, "", 0, "test.ini", NULL, &e), ERR_OK);
	assert_int_equal(target_mapping(&m, none, NULL, &e), ERR_INVALID);
	assert_string_equal(e.text, "there is no mapping in 'test.ini'");
	config_free(none);
	config_free(several);
	config_free(single);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_with_several_mappings, setup,
						scratch_teardown),
		cmocka_unit_test_setup_teardown(test_with_one_mapping, setup, scratch_teardown),
		cmocka_unit_test_setup_teardown(test_mappings, setup, scratch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
