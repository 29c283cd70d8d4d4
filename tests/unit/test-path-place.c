/* SPDX-License-Identifier: Apache-2.0 */
/* What can be made at each place: lengths as written, Windows' and macOS' names, whole paths. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "path/path.h"

static const enum path_place places[] = { PATH_LOCAL, PATH_WORKSPACE, PATH_BRANCH, PATH_ANYWHERE };

/* A name of so many bytes: the character as often as it fits, filled with 'n', and an ending. */
static char *name_of(size_t bytes, const char *character, const char *ending)
{
	struct buf out = BUF_INIT(4096);
	size_t n = strlen(character), room = bytes - strlen(ending);

	while (out.len + n <= room)
		buf_add_str(&out, character);
	while (out.len < room)
		buf_add_char(&out, 'n');
	buf_add_str(&out, ending);
	return buf_steal(&out, NULL);
}

/* Bytes count, whatever they say; Linux has the tightest limit but for what macOS takes apart. */
static void test_lengths(void **state)
{
	static const char *const endings[] = {
		"",   ".py",    ".sql", ".scala",
		".r", ".ipynb", ".csv", ".conflict-workspace-20260131T120000Z.ipynb",
	};
	static const char *const characters[] = { "n", "\u00E6", "\u65E5", "\U0001F600" };

	(void)state;
	for (size_t bytes = 250; bytes <= 256; bytes++)
		for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
			for (size_t j = 0; j < ARRAY_SIZE(characters); j++)
				for (size_t k = 0; k < ARRAY_SIZE(places); k++) {
					cleanup_free char *name = name_of(bytes, characters[j],
									  endings[i]);
					struct err e = ERR_INIT;
					int r = path_check_at(places[k], "", name, &e);

					assert_int_equal(strlen(name), bytes);
					if (r != (bytes > 255 ? ERR_INVALID : ERR_OK))
						fail_msg("%zu %s: %s", bytes, name, e.text);
					assert_true(bytes <= 255 || err_is_name(&e));
				}
}

static void test_the_sentence_of_a_long_name(void **state)
{
	cleanup_free char *name = name_of(256, "\u65E5", ".py");
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(path_check_at(PATH_BRANCH, "", name, &e), ERR_INVALID);
	/* 26 characters of three bytes are what fits into 80. */
	assert_memory_equal(e.text, "name '\u65E5\u65E5", 12);
	assert_string_equal(e.text + 6 + 78,
			    "...' has 256 bytes, more than the 255 of a file's name");
}

static const struct {
	const char *name;
	const char *why; /* NULL: can be made */
} elsewhere[] = {
	{ "load.py", NULL },
	{ "con", "is a device on Windows" },
	{ "CON.py", "is a device on Windows" },
	{ "Prn.tar.gz", "is a device on Windows" },
	{ "aux.ipynb", "is a device on Windows" },
	{ "nul", "is a device on Windows" },
	{ "nul .py", "is a device on Windows" },
	{ "com1.sql", "is a device on Windows" },
	{ "LPT9", "is a device on Windows" },
	{ "com\u00B9.py", "is a device on Windows" },
	{ "LPT\u00B3", "is a device on Windows" },
	{ "conin$.r", "is a device on Windows" },
	{ "CONOUT$", "is a device on Windows" },
	{ "com0.py", NULL },
	{ "com10.py", NULL },
	{ "com\u2074.py", NULL },
	{ "comx.py", NULL },
	{ "com.py", NULL },
	{ "console.py", NULL },
	{ "conin.py", NULL },
	{ "auxiliary", NULL },
	{ "my con.py", NULL },
	{ "a:b", "has one of <>:\"|?*, which Windows has in no file's name" },
	{ "a<b", "has one of <>:\"|?*, which Windows has in no file's name" },
	{ "a>b", "has one of <>:\"|?*, which Windows has in no file's name" },
	{ "a\"b", "has one of <>:\"|?*, which Windows has in no file's name" },
	{ "a|b", "has one of <>:\"|?*, which Windows has in no file's name" },
	{ "a?b", "has one of <>:\"|?*, which Windows has in no file's name" },
	{ "a*b", "has one of <>:\"|?*, which Windows has in no file's name" },
	{ "a'b&c;d=e,f+g[h]{i}^j~k`l!m@n#o$p%q", NULL },
	{ "a\uFFFE", "has a character that macOS does not know (Unicode has not assigned it)" },
	{ "a\uFDD0", "has a character that macOS does not know (Unicode has not assigned it)" },
	{ "a\u0378", "has a character that macOS does not know (Unicode has not assigned it)" },
	{ "a\uE000", NULL }, /* private use is assigned to whoever wants it */
	{ "\U0001F600", NULL },
};

/* What some machines cannot have is the branch's trouble only when it is to be checked out there. */
static void test_names_of_other_systems(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(elsewhere); i++) {
		const char *name = elsewhere[i].name, *why = elsewhere[i].why;
		cleanup_free char *below = xasprintf("etl/%s/load.py", name);
		cleanup_free char *sentence = xasprintf("name '%s' %s", name, why ? why : "");
		struct err e = ERR_INIT;

		for (size_t k = 0; k < ARRAY_SIZE(places); k++) {
			bool bad = why && places[k] == PATH_ANYWHERE;

			if (path_check_at(places[k], "", name, &e) != (bad ? ERR_INVALID : 0) ||
			    path_check_at(places[k], "", below, &e) != (bad ? ERR_INVALID : 0))
				fail_msg("'%s' at %zu: %s", name, k, e.text);
			if (bad)
				assert_string_equal(e.text, sentence);
		}
	}
}

/* HFS+ takes names apart before it counts: this letter becomes three. */
static void test_units_of_macos(void **state)
{
	cleanup_free char *fits = name_of(85 * 2, "\u0390", ""),
			  *greek = name_of(255, "\u0390", "");
	cleanup_free char *hangul = name_of(255, "\uAC01", "");
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(path_units(fits, strlen(fits)), 255);
	assert_int_equal(path_units("\U0001F600", 4), 2);
	assert_int_equal(path_units("n\xFF", 2), 2);
	assert_int_equal(path_check_at(PATH_ANYWHERE, "", fits, &e), 0);
	assert_int_equal(path_check_at(PATH_BRANCH, "", greek, &e), 0);
	assert_int_equal(path_check_at(PATH_ANYWHERE, "", greek, &e), ERR_INVALID);
	assert_true(str_ends(e.text, "...' has more than the 255 UTF-16 units of a name on macOS"));
	assert_int_equal(path_units(hangul, strlen(hangul)), 255);
	assert_int_equal(path_check_at(PATH_ANYWHERE, "", hangul, &e), 0);
}

/* Ways that Git knows of saying .git, .gitmodules and their like. */
static void test_what_git_takes_for_its_own(void **state)
{
	static const char *const names[] = {
		".git .:x",       ".git...::$INDEX_ALLOCATION",
		".gitmodules :x", "git~1 . :x",
		"gitmod~1",       "GITMOD~4",
		"gi7eba~1",       "GI7EB~12",
		"gi7e~123",       "gitatt~2",
		"gi7d29~9",       "gitign~3",
		"gi250a~1",       "gitmod~1. :x",
	};
	static const char *const others[] = { "gitmod~5",  "gitmod~0",   "gitmod~1x", "gitmod~12",
					      "gi7eba~0",  "gi7eba~x",   "gitmods~1", "gitmod1",
					      "gi7ebaa~1", "gitmod~1.py" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct err e = ERR_INIT;

		assert_int_equal(path_check(names[i], &e), ERR_INVALID);
		assert_true(str_ends(e.text, "is reserved by Git"));
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (path_check(others[i], NULL))
			fail_msg("%s", others[i]);
}

static char *folders(size_t bytes)
{
	struct buf out = BUF_INIT(8192);

	for (size_t i = 0; out.len < bytes; i++)
		buf_add_char(&out, i % 100 == 99 ? '/' : 'd');
	if (out.data[bytes - 1] == '/')
		out.data[bytes - 1] = 'd';
	return buf_steal(&out, NULL);
}

static void test_whole_paths(void **state)
{
	cleanup_free char *below = folders(1000), *fits = folders(2999), *long_one = folders(3000);
	cleanup_free char *object = folders(3084), *long_object = folders(3085);
	cleanup_free char *root = xasprintf("/%s", below);
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(path_check_at(PATH_BRANCH, below, fits, &e), 0);
	assert_int_equal(path_check_at(PATH_BRANCH, below, long_one, &e), ERR_INVALID);
	assert_string_equal(e.text, "path of 4001 bytes is longer than 4000");
	assert_true(err_is_name(&e));
	/* "/Workspace", the folder of the mapping, a slash: 10 + 1001 + 1 + 3083. */
	assert_int_equal(path_check_at(PATH_WORKSPACE, root, long_object, &e), ERR_INVALID);
	assert_string_equal(e.text, "path of 4097 bytes is longer than 4095");
	assert_int_equal(path_check_at(PATH_WORKSPACE, root, object, &e), ERR_INVALID);
	object[3083] = '\0';
	assert_int_equal(path_check_at(PATH_WORKSPACE, root, object, &e), 0);
	assert_int_equal(path_check_at(PATH_WORKSPACE, "/", "load", &e), 0);
	assert_int_equal(path_check_at(PATH_LOCAL, "", "a//b", &e), ERR_INVALID);
}

static void test_windows_path(void **state)
{
	cleanup_free char *fits = folders(240), *long_one = folders(241);
	cleanup_free char *emoji = name_of(240, "\U0001F600", "");

	(void)state;
	assert_false(path_is_long_on_windows("", fits));
	assert_true(path_is_long_on_windows("", long_one));
	assert_true(path_is_long_on_windows("x", fits));
	assert_false(path_is_long_on_windows("", emoji)); /* 120 units */
}

static void test_cut(void **state)
{
	(void)state;
	assert_int_equal(path_cut("abc", 3), 3);
	assert_int_equal(path_cut("abc", 2), 2);
	assert_int_equal(path_cut("a\u65E5", 3), 1);
	assert_int_equal(path_cut("a\u65E5", 4), 4);
	assert_int_equal(path_cut("\u65E5", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_the_sentence_of_a_long_name),
		cmocka_unit_test(test_names_of_other_systems),
		cmocka_unit_test(test_units_of_macos),
		cmocka_unit_test(test_what_git_takes_for_its_own),
		cmocka_unit_test(test_whole_paths),
		cmocka_unit_test(test_windows_path),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
