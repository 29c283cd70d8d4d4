/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands beside a file while it is replaced or removed: how it is called, what becomes of it when
 * the process is killed at one of the named points, and what is swept away afterwards.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/wait.h>

#include "fs_race.h"
#include "path/path.h"

static void test_rescued_names(void **state)
{
	static const struct {
		const char *target, *start, *end;
	} table[] = {
		{ "load.py", "load.rescued-", ".py" },
		{ "noext", "noext.rescued-", "" },
		{ ".hidden", ".hidden.rescued-", "" },
		{ "a.with a very long extension", "a.with a very long extension.rescued-", "" },
	};
	const struct stat st = { .st_ino = 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char name[NAME_MAX + 1];
		struct fs_aside a;

		fs_aside_init(&a, scratch_fd, table[i].target, &st, NULL);
		scratch_put(a.name, "edit");
		scratch_put(table[i].target, "other");
		assert_int_equal(fs_aside_settle(&a, name), FS_ASIDE_RESCUED);
		assert_true(str_starts(name, table[i].start));
		assert_true(str_ends(name, table[i].end));
		assert_int_equal(strlen(name), strlen(table[i].start) + 8 + strlen(table[i].end));
		assert_string_equal(scratch_get(name), "edit");
	}
}

static void test_aside_names(void **state)
{
	const struct stat old = { .st_ino = 1 }, ours = { .st_ino = 2 };
	struct fs_aside a, b;
	char target[NAME_MAX + 1];

	/* What sscanf() would take for such numbers, too. */
	static const char *const others[] = {
		"0x23456789abcdef-fedcba9876543210-01234567-a",
		"0123456789abcdef-+edcba9876543210-01234567-a",
		"-123456789abcdef-fedcba9876543210-01234567-a",
		"0123456789abcdef-fedcba9876543210-01234567-",
		"0123456789ABCDEF-fedcba9876543210-01234567-a",
		"               f-fedcba9876543210-01234567-a",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		snprintf(target, sizeof(target), "%s%s", PATH_TEMP_PREFIX, others[i]);
		assert_false(fs_aside_parse(&b, 3, target));
	}
	for (size_t n = 1; n <= NAME_MAX; n++) {
		memset(target, 'n', n);
		target[n] = '\0';
		if (n > 2)
			memcpy(target + n - 2, "\xC3\xA9", 2); /* never cut in two */
		fs_aside_init(&a, 3, target, &old, n % 2 ? &ours : NULL);
		assert_true(strlen(a.name) <= NAME_MAX);
		assert_true(fs_aside_parse(&b, 3, a.name));
		assert_int_equal(b.expected, a.expected);
		assert_int_equal(b.ours, a.ours);
		assert_int_equal(a.ours != 0, n % 2);
		assert_memory_equal(b.target, target, strlen(b.target));
		assert_true(n > 203 || str_eq(b.target, target));
		assert_false(fs_temp_is_name(a.name));
	}
	assert_false(fs_aside_parse(&b, 3, PATH_TEMP_PREFIX "0123456789abcdef.tmp"));
	assert_false(fs_aside_parse(&b, 3, PATH_TEMP_PREFIX));
	assert_false(fs_aside_parse(&b, 3, "other"));
}

/* Does one change in a child that is killed at a point, after an edit at another (or not). */
static enum fs_point kill_at;

static void kill_hook(enum fs_point point, const char *name)
{
	hook(point, name);
	if (point == kill_at)
		_exit(9);
}

static void test_sweep_after_a_kill(void **state)
{
	static const struct {
		bool removes;
		void (*edit)(void); /* before the rename */
		enum fs_point at;
		const char *content;
	} table[] = {
		{ false, NULL, FS_POINT_CHECKED, "text" },
		{ false, NULL, FS_POINT_EXCHANGED, "ours" },
		{ false, edit_in_place, FS_POINT_EXCHANGED, "EDIT" },
		{ false, save_beside, FS_POINT_EXCHANGED, "EDIT" },
		{ false, save_beside, FS_POINT_RETURN, "EDIT" },
		{ true, NULL, FS_POINT_CHECKED, "text" },
		{ true, NULL, FS_POINT_EXCHANGED, "(none)" },
		{ true, edit_in_place, FS_POINT_EXCHANGED, "EDIT" },
		{ true, save_beside, FS_POINT_RETURN, "EDIT" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct fs_stat old;
		struct err e = ERR_INIT;
		int status;
		pid_t pid;

		scratch_save("f", "text");
		old = stat_of("f");
		arm(FS_POINT_CHECKED, table[i].edit, NULL);
		fs_switches.hook = kill_hook;
		kill_at = table[i].at;
		pid = fork();
		if (pid == 0) {
			if (table[i].removes)
				fs_remove(scratch_fd, "f", &old, &e);
			else
				put("f", "ours", &old, &e);
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(WEXITSTATUS(status), 9);
		fs_switches.hook = NULL;
		fs_sweep_temps(scratch_fd);
		assert_string_equal(scratch_get("f"), table[i].content);
		assert_int_equal(scratch_count(""), !str_eq(table[i].content, "(none)"));
		fs_sweep_temps(scratch_fd);
		assert_string_equal(scratch_get("f"), table[i].content);
	}
}

static void test_sweep_removes_only_what_is_ours(void **state)
{
	static const char *const kept[] = {
		PATH_TEMP_PREFIX "notes",
		PATH_TEMP_PREFIX "0123456789abcde.tmp",
		PATH_TEMP_PREFIX "0123456789abcdef0.tmp",
		PATH_TEMP_PREFIX "0123456789ABCDEF.tmp",
		PATH_TEMP_PREFIX "0123456789abcdef.tmp.py",
		"0123456789abcdef.tmp",
		"f.py",
	};

	(void)state;
	scratch_mkdir("a");
	scratch_mkdir("a/b");
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		scratch_put(kept[i], "kept");
	scratch_mkdir(PATH_TEMP_PREFIX "aaaaaaaaaaaaaaaa.tmp");
	scratch_put(PATH_TEMP_PREFIX "0123456789abcdef.tmp", "half");
	scratch_put("a/b/" PATH_TEMP_PREFIX "fedcba9876543210.tmp", "half");
	fs_sweep_temps(scratch_fd);
	assert_int_equal(scratch_count(""), ARRAY_SIZE(kept) + 2);
	assert_int_equal(scratch_count("a/b"), 0);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		assert_string_equal(scratch_get(kept[i]), "kept");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHANGES(test_rescued_names),
		CHANGES(test_aside_names),
		CHANGES(test_sweep_after_a_kill),
		CHANGES(test_sweep_removes_only_what_is_ours),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
