/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What belongs to a mapping, what a conflict copy is called, and what a commit says.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sync/filter.h"
#include "sync/glob.h"
#include "sync/message.h"
#include "sync/names.h"

static void test_ignored(void **state)
{
	static const char *const ignored[] = {
		".git",
		".git/config",
		"a/.ipynb_checkpoints/x-checkpoint.ipynb",
		"etl/.hidden.py",
		"node_modules/x.py",
		"a/__pycache__/x.py",
		"a/load.py~",
		"a/#load.py#",
		"a/.#load.py",
		"a/load.conflict-local-20260131T120000Z.py",
		"a/load.conflict-workspace-20260131T120000Z",
		".nbsyncd-123.tmp",
	};
	static const char *const ours[] = {
		"a.py",
		"a/b c/New Notebook 2026-05-04 13:54:24",
		"a/load.conflict-local.py",
		"a/load.conflict-desk-20260131T120000Z.py",
		"conflict-local-20260131T120000Z",
		"a/x#y",
		"nodes_modules/x",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ignored); i++)
		if (!names_ignored(ignored[i]))
			fail_msg("'%s' should be ignored", ignored[i]);
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++)
		if (names_ignored(ours[i]))
			fail_msg("'%s' should not be ignored", ours[i]);
}

static void test_conflict_names(void **state)
{
	cleanup_free char *name = NULL, *original = NULL;
	enum side_id side;
	char stamp[17];

	(void)state;
	names_stamp(stamp, 1769860800);
	assert_string_equal(stamp, "20260131T120000Z");
	name = names_conflict("etl/load.v2", SIDE_WORKSPACE, stamp);
	assert_string_equal(name, "etl/load.v2.conflict-workspace-20260131T120000Z");
	assert_true(names_is_conflict(name, &original, &side));
	assert_string_equal(original, "etl/load.v2");
	assert_int_equal(side, SIDE_WORKSPACE);
	assert_false(names_is_conflict("etl/.conflict-git-20260131T120000Z", NULL, NULL));
	assert_false(names_is_conflict("a.conflict-git-20260131T1200Z", NULL, NULL));
}

static void test_globs(void **state)
{
	static const struct {
		const char *patterns, *path;
		bool matches;
	} rows[] = {
		{ "**", "a", true },
		{ "**", "a/b/c", true },
		{ "*", "a/b/c", true }, /* the folder a matches, and all below with it */
		{ "", "a", false },
		{ NULL, "a", false },
		{ "load", "etl/load", true },
		{ "load", "etl/reload", false },
		{ "lo*", "etl/load/x", true },
		{ "/load", "etl/load", false },
		{ "/load", "load", true },
		{ "etl/load", "etl/load", true },
		{ "etl/load", "x/etl/load", false },
		{ "etl/*", "etl/load", true },
		{ "etl/*", "etl/a/b", true },
		{ "etl/*/b", "etl/a/b", true },
		{ "etl/*/b", "etl/a/c/b", false },
		{ "etl/**/b", "etl/b", true },
		{ "etl/**/b", "etl/a/c/b", true },
		{ "**/b", "b", true },
		{ "**/b", "a/c/b", true },
		{ "scratch/", "scratch", false },
		{ "scratch/", "scratch/a", true },
		{ "scratch/", "x/scratch/a", true },
		{ "a?c", "abc", true },
		{ "a?c", "a/c", false },
		{ "[ab]x", "ax", true },
		{ "[!ab]x", "ax", false },
		{ "[!ab]x", "cx", true },
		{ "[a-c]1", "b1", true },
		{ "[]x]1", "]1", true },
		{ "[ab", "[ab", true },
		{ "\\*", "*", true },
		{ "\\*", "a", false },
		{ "tmp_*, scratch/", "scratch/a", true },
		{ "tmp_* ,scratch/", "etl/tmp_1", true },
		{ " , ", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (glob_list_matches(rows[i].patterns, rows[i].path) != rows[i].matches)
			fail_msg("'%s' on '%s'", rows[i].patterns ? rows[i].patterns : "(null)",
				 rows[i].path);
}

static void test_filter(void **state)
{
	char include[] = "etl/**, ml", exclude[] = "etl/scratch/";
	struct config_mapping m = { .include = include, .exclude = exclude };

	(void)state;
	assert_true(filter_manages(&m, "etl/load"));
	assert_true(filter_manages(&m, "x/ml"));
	assert_false(filter_manages(&m, "other"));
	assert_false(filter_manages(&m, "etl/scratch/a"));
	assert_false(filter_manages(&m, "etl/.x/a"));
}

static void expect_message(const char *summary, const struct message_change *changes, size_t count,
			   const char *expected)
{
	cleanup_buf struct buf out = BUF_INIT(65536);

	message_write(&out, "etl", summary, changes, count);
	assert_string_equal(buf_str(&out), expected);
}

static void test_messages(void **state)
{
	const struct message_change one[] = { { MESSAGE_UPDATE, "etl/load_orders", SIDE_WORKSPACE,
						"795822750063438" } };
	const struct message_change three[] = {
		{ MESSAGE_UPDATE, "etl/a/x", SIDE_LOCAL, "1" },
		{ MESSAGE_ADD, "etl/a/y", SIDE_WORKSPACE, "" },
		{ MESSAGE_DELETE, "etl/b", -1, NULL },
	};
	const struct message_change roots[] = { { MESSAGE_ADD, "ab", SIDE_LOCAL, NULL },
						{ MESSAGE_ADD, "abc", SIDE_LOCAL, NULL } };

	(void)state;
	expect_message(NULL, one, 1,
		       "Update etl/load_orders\n"
		       "\nNbsync-Mapping: etl\nNbsync-Side: workspace\n"
		       "Nbsync-Object-Id: 795822750063438\n");
	expect_message(NULL, three, 3,
		       "Update 3 notebooks in etl\n"
		       "\nUpdate etl/a/x\nAdd etl/a/y\nDelete etl/b\n"
		       "\nNbsync-Mapping: etl\nNbsync-Side: workspace\nNbsync-Side: local\n");
	expect_message(NULL, roots, 2,
		       "Add 2 notebooks\n\nAdd ab\nAdd abc\n"
		       "\nNbsync-Mapping: etl\nNbsync-Side: local\n");
	expect_message("Fix the totals\nThey were off by one.", roots, 1,
		       "Fix the totals\n\nThey were off by one.\n\nAdd ab\n"
		       "\nNbsync-Mapping: etl\nNbsync-Side: local\n");
}

static void test_long_subject(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(65536);
	char path[200];
	struct message_change change = { MESSAGE_UPDATE, path, SIDE_LOCAL, NULL };

	(void)state;
	/* Two bytes a character, so that the cut must find a boundary. */
	for (size_t i = 0; i + 1 < sizeof(path); i += 2)
		memcpy(path + i, "\xc3\xa9", 2);
	path[198] = '\0';
	message_write(&out, "etl", NULL, &change, 1);
	assert_true(strcspn(buf_str(&out), "\n") <= 72);
	assert_non_null(strstr(buf_str(&out), "\xa9...\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ignored),  cmocka_unit_test(test_conflict_names),
		cmocka_unit_test(test_globs),    cmocka_unit_test(test_filter),
		cmocka_unit_test(test_messages), cmocka_unit_test(test_long_subject),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
