/* SPDX-License-Identifier: Apache-2.0 */
/* Which file system events are worth a cycle, by name. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "daemon/watch/watch_fs.h"
#include "daemon/watch/watch_names.h"

static const struct {
	const char *name;
	enum watch_name file;
	enum watch_name directory;
} rows[] = {
	{ "load.py", WATCH_NAME_PATH, WATCH_NAME_PATH },
	{ "load.sql", WATCH_NAME_PATH, WATCH_NAME_PATH },
	{ "load.scala", WATCH_NAME_PATH, WATCH_NAME_PATH },
	{ "load.R", WATCH_NAME_PATH, WATCH_NAME_PATH },
	{ "load.ipynb", WATCH_NAME_PATH, WATCH_NAME_PATH },
	{ "etl", WATCH_NAME_FILE, WATCH_NAME_PATH },
	{ "data.csv", WATCH_NAME_FILE, WATCH_NAME_PATH },
	{ ".gitignore", WATCH_NAME_FILTER, WATCH_NAME_NOISE },
	{ ".nbsyncignore", WATCH_NAME_FILTER, WATCH_NAME_NOISE },
	{ ".git", WATCH_NAME_NOISE, WATCH_NAME_NOISE },
	{ ".ipynb_checkpoints", WATCH_NAME_NOISE, WATCH_NAME_NOISE },
	{ ".nbsyncd-x1.py", WATCH_NAME_NOISE, WATCH_NAME_NOISE },
	{ "4913", WATCH_NAME_NOISE, WATCH_NAME_PATH },
	{ ".load.py.swp", WATCH_NAME_NOISE, WATCH_NAME_NOISE },
	{ ".load.py.swx", WATCH_NAME_NOISE, WATCH_NAME_NOISE },
	{ "load.py~", WATCH_NAME_NOISE, WATCH_NAME_NOISE },
	{ ".#load.py", WATCH_NAME_NOISE, WATCH_NAME_NOISE },
	{ "#load.py#", WATCH_NAME_NOISE, WATCH_NAME_NOISE },
	{ ".~lock.load.py#", WATCH_NAME_NOISE, WATCH_NAME_NOISE },
	{ ".~load.ipynb", WATCH_NAME_NOISE, WATCH_NAME_NOISE },
	{ "#load.py", WATCH_NAME_PATH, WATCH_NAME_PATH },
	{ ".hidden.py", WATCH_NAME_PATH, WATCH_NAME_NOISE },
	{ ".github", WATCH_NAME_FILE, WATCH_NAME_NOISE },
	{ "lab.swp", WATCH_NAME_NOISE, WATCH_NAME_PATH },
	{ "node_modules", WATCH_NAME_FILE, WATCH_NAME_NOISE },
	{ "__pycache__", WATCH_NAME_FILE, WATCH_NAME_NOISE },
	{ ".venv", WATCH_NAME_FILE, WATCH_NAME_NOISE },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (watch_name_class(rows[i].name, false) != rows[i].file ||
		    watch_name_class(rows[i].name, true) != rows[i].directory)
			fail_msg("'%s' is taken for %d as a file and %d as a directory",
				 rows[i].name, (int)watch_name_class(rows[i].name, false),
				 (int)watch_name_class(rows[i].name, true));
}

static void test_moves(void **state)
{
	static const struct {
		const char *from, *to;
		bool directory, move;
	} moves[] = {
		{ "a.py", "b.py", false, true },      { "a.py", "b.PY", false, true },
		{ "a.py", "a.py~", false, false },    { "a.py", "a.py.orig", false, false },
		{ "a.csv", "b.csv", false, true },    { "a.csv", "a.csv~", false, false },
		{ "a.py.tmp", "a.py", false, false }, { "tmpx7", "a.py", false, false },
		{ "a.py", "a.ipynb", false, false },  { ".nbsyncd-1", "a.py", false, false },
		{ "etl", "elt", true, true },         { "etl", ".git", true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(moves); i++)
		if (watch_name_is_move(moves[i].from, moves[i].to, moves[i].directory) !=
		    moves[i].move)
			fail_msg("'%s' to '%s'", moves[i].from, moves[i].to);
}

static void test_file_systems_without_events(void **state)
{
	(void)state;
	assert_string_equal(watch_fs_remote_type(0x6969), "nfs");
	assert_string_equal(watch_fs_remote_type(0xFF534D42), "cifs");
	assert_string_equal(watch_fs_remote_type(0x65735546), "fuse");
	assert_null(watch_fs_remote_type(0xEF53));     /* ext4 */
	assert_null(watch_fs_remote_type(0x01021994)); /* tmpfs */
	assert_null(watch_fs_remote_type(0x794C7630)); /* overlay */
	assert_null(watch_fs_remote("/nonexistent/directory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_file_systems_without_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
