/* SPDX-License-Identifier: Apache-2.0 */
/* Which names travel, what a path may be, and the cutting and joining of paths. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "path/path.h"

static void test_good_names(void **state)
{
	static const char *const names[] = {
		"load_orders.py",
		"a",
		"Übersicht 2024.ipynb",
		"日本語.sql",
		"with space inside",
		".hidden",
		"..double",
		"git",
		".gitx",
		".git-notes",
		"git~",
		"git~x",
		"git~1x",
		".nbsync",
		"name:with:colon",
		"emoji \xF0\x9F\x98\x80",
		"quote\"'",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct err e = ERR_INIT;

		if (path_check_name(names[i], strlen(names[i]), &e))
			fail_msg("%s: %s", names[i], e.text);
	}
}

static void test_bad_names(void **state)
{
	static const struct {
		const char *name, *sentence;
	} table[] = {
		{ "", "name is empty" },
		{ ".", "name '.' means a directory, not an entry" },
		{ "..", "name '..' means a directory, not an entry" },
		{ "a/b", "name 'a/b' contains a slash or a backslash" },
		{ "a\\b", "name 'a\\b' contains a slash or a backslash" },
		{ "a\nb", "name 'a\\nb' contains a control character" },
		{ "a\x7F", "name 'a\\x7f' contains a control character" },
		{ "a\xC2\x9B", "name 'a\\x9b' contains a control character" },
		{ "a\xE2\x80\xA8", "name 'a\\u2028' contains a control character" },
		{ "a\xE2\x80\xAE"
		  "b",
		  "name 'a\\u202eb' contains an invisible character" },
		{ "a\xE2\x81\xA6", "name 'a\\u2066' contains an invisible character" },
		{ ".g\xE2\x80\x8Cit", "name '.g\xE2\x80\x8Cit' contains an invisible character" },
		{ "\xEF\xBB\xBFx", "name '\xEF\xBB\xBFx' contains an invisible character" },
		{ "a\xFF", "name 'a\\xff' is not valid UTF-8" },
		{ "a\xC0\xAF", "name 'a\\xc0\\xaf' is not valid UTF-8" },
		{ "a\xED\xA0\x80", "name 'a\\xed\\xa0\\x80' is not valid UTF-8" },
		{ "a ", "name 'a ' ends in a space or a dot" },
		{ "a.", "name 'a.' ends in a space or a dot" },
		{ ".nbsyncd-x", "name '.nbsyncd-x' is reserved for temporary files" },
		{ ".NBSYNCD-x", "name '.NBSYNCD-x' is reserved for temporary files" },
		{ ".git", "name '.git' is reserved by Git" },
		{ ".GiT", "name '.GiT' is reserved by Git" },
		{ ".gitmodules", "name '.gitmodules' is reserved by Git" },
		{ ".GITATTRIBUTES", "name '.GITATTRIBUTES' is reserved by Git" },
		{ ".gitconfig", "name '.gitconfig' is reserved by Git" },
		{ ".gitignore", "name '.gitignore' is reserved by Git" },
		{ "git~1", "name 'git~1' is reserved by Git" },
		{ "GIT~27", "name 'GIT~27' is reserved by Git" },
		{ ".git::$INDEX_ALLOCATION", "name '.git::$INDEX_ALLOCATION' is reserved by Git" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct err e = ERR_INIT;

		assert_int_equal(path_check_name(table[i].name, strlen(table[i].name), &e),
				 ERR_INVALID);
		assert_string_equal(e.text, table[i].sentence);
	}
}

static void test_name_length_and_nul(void **state)
{
	struct err e = ERR_INIT;
	char name[PATH_NAME_MAX + 1];

	(void)state;
	memset(name, 'n', sizeof(name));
	assert_int_equal(path_check_name(name, PATH_NAME_MAX, &e), 0);
	assert_int_equal(path_check_name(name, PATH_NAME_MAX + 1, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "has 256 bytes, more than the 255 of a file's name"));
	assert_int_equal(path_check_name("a\0b", 3, &e), ERR_INVALID);
	assert_string_equal(e.text, "name 'a\\x00b' contains a control character");
}

static void test_paths(void **state)
{
	static const struct {
		const char *path;
		int code;
	} table[] = {
		{ "a", 0 },
		{ "a/b c/d.py", 0 },
		{ "", ERR_INVALID },
		{ "/a", ERR_INVALID },
		{ "a/", ERR_INVALID },
		{ "a//b", ERR_INVALID },
		{ "a/../b", ERR_INVALID },
		{ "./a", ERR_INVALID },
		{ "a/.git/config", ERR_INVALID },
		{ "a /b", ERR_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct err e = ERR_INIT;

		if (path_check(table[i].path, &e) != table[i].code)
			fail_msg("'%s': %s", table[i].path, e.text);
	}
}

static void test_path_limits(void **state)
{
	cleanup_buf struct buf path = BUF_INIT(2 * PATH_LEN_MAX);
	struct err e = ERR_INIT;

	(void)state;
	buf_add_str(&path, "d");
	for (int i = 1; i < PATH_DEPTH_MAX; i++)
		buf_add_str(&path, "/d");
	assert_int_equal(path_check(buf_str(&path), &e), 0);
	buf_add_str(&path, "/d");
	assert_int_equal(path_check(buf_str(&path), &e), ERR_INVALID);
	assert_string_equal(e.text, "path is deeper than 64 folders");

	buf_clear(&path);
	for (int i = 0; i < 20; i++)
		buf_addf(&path, "%s%0199d", i ? "/" : "", i);
	buf_add_char(&path, 'x'); /* 20 * 199 + 19 + 1 */
	assert_int_equal(path.len, 4000);
	assert_int_equal(path_check(buf_str(&path), &e), 0);
	buf_add_char(&path, 'x');
	assert_int_equal(path_check(buf_str(&path), &e), ERR_INVALID);
	assert_string_equal(e.text, "path of 4001 bytes is longer than 4000");
}

static void test_join_and_split(void **state)
{
	static const struct {
		const char *path, *dir, *base, *ext;
	} table[] = {
		{ "a/b/c.py", "a/b", "c.py", ".py" },
		{ "c.tar.gz", "", "c.tar.gz", ".gz" },
		{ "a.d/noext", "a.d", "noext", "" },
		{ "a/.hidden", "a", ".hidden", "" },
		{ "x.", "", "x.", "." },
		{ "", "", "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_free char *dir = path_dir(table[i].path);
		cleanup_free char *joined = path_join(dir, path_base(table[i].path));

		assert_string_equal(dir, table[i].dir);
		assert_string_equal(path_base(table[i].path), table[i].base);
		assert_string_equal(path_ext(table[i].path), table[i].ext);
		assert_string_equal(joined, table[i].path);
	}
}

static void test_is_below(void **state)
{
	(void)state;
	assert_true(path_is_below("a/b", "a"));
	assert_true(path_is_below("a", ""));
	assert_false(path_is_below("", ""));
	assert_false(path_is_below("a", "a"));
	assert_false(path_is_below("ab", "a"));
	assert_false(path_is_below("a/", "a"));
	assert_false(path_is_below("a", "a/b"));
}

static void test_fold(void **state)
{
	static const struct {
		const char *path, *folded;
	} table[] = {
		{ "ETL/Load.PY", "etl/load.py" },
		{ "ÄÖÜ×ß", "äöü×ss" },
		{ "ẞ", "ss" },
		{ "e\xCC\x81t\xC3\xA9", "\xC3\xA9t\xC3\xA9" }, /* NFD, NFC */
		{ "ŁÓDŹ ŒŽ", "łódź œž" },
		{ "Ÿ", "ÿ" },
		{ "ΣΑΣ", "σασ" },
		{ "σας", "σασ" },
		{ "Έ", "έ" },
		{ "ПРИВЕТ Ё", "привет ё" },
		{ "İı", "i̇ı" },
		{ "日本[]@`{", "日本[]@`{" },
		{ "A\xFF"
		  "B",
		  "a\xFF"
		  "b" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_free char *folded = path_fold(table[i].path);

		assert_string_equal(folded, table[i].folded);
	}
}

static void test_expand(void **state)
{
	static const struct {
		const char *path, *expanded;
	} table[] = {
		{ "~/x", "/home/ana/x" },
		{ "~", "/home/ana" },
		{ "~bob/x", "~bob/x" },
		{ "/a/~/b", "/a/~/b" },
		{ "${CREDENTIALS_DIRECTORY}/token", "/run/credentials/nbsyncd/token" },
		{ "/x/${CREDENTIALS_DIRECTORY}", "/x/${CREDENTIALS_DIRECTORY}" },
		{ "${HOME}/x", "${HOME}/x" },
	};
	struct err e = ERR_INIT;
	char *out = NULL;

	(void)state;
	setenv("HOME", "/home/ana", 1);
	setenv("CREDENTIALS_DIRECTORY", "/run/credentials/nbsyncd", 1);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		assert_int_equal(path_expand(&out, table[i].path, &e), 0);
		assert_string_equal(out, table[i].expanded);
		free(out);
	}
	unsetenv("HOME");
	setenv("CREDENTIALS_DIRECTORY", "", 1);
	assert_int_equal(path_expand(&out, "~/x", &e), ERR_CONFIG);
	assert_string_equal(e.text, "cannot expand '~/x': HOME is not set");
	assert_int_equal(path_expand(&out, "${CREDENTIALS_DIRECTORY}/t", &e), ERR_CONFIG);
	assert_string_equal(e.text, "cannot expand '${CREDENTIALS_DIRECTORY}/t': "
				    "CREDENTIALS_DIRECTORY is not set");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_names),
		cmocka_unit_test(test_bad_names),
		cmocka_unit_test(test_name_length_and_nul),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_path_limits),
		cmocka_unit_test(test_join_and_split),
		cmocka_unit_test(test_is_below),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_expand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
