/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing and removing files that somebody else edits at the same moment (fs_race.h). After every
 * case the content that counts is looked at, and that nothing of ours was left in the directory. What
 * a process leaves that is killed in the middle is in test-fs-sweep.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "fs_changes.h"
#include "fs_race.h"
#include "path/path.h"

static int held_fd = -1;

static void save_again(void)
{
	scratch_save("f", "NEWER");
}

static void unlink_it(void)
{
	unlinkat(scratch_fd, "f", 0);
}

static void replace_by_link(void)
{
	unlink_it();
	assert_int_equal(symlinkat("/etc/passwd", scratch_fd, "f"), 0);
}

static void replace_by_folder(void)
{
	unlink_it();
	scratch_mkdir("f");
	scratch_put("f/inside", "EDIT");
}

static void open_for_writing(void)
{
	held_fd = openat(scratch_fd, "f", O_WRONLY | O_CLOEXEC);
}

/* Whether the file system of the test knows leases at all. */
static bool has_leases(void)
{
	cleanup_fd int fd = -1;

	scratch_put("probe", "");
	fd = openat(scratch_fd, "probe", O_RDONLY | O_CLOEXEC);
	unlinkat(scratch_fd, "probe", 0);
	return fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
}

static void test_edit_slips_into_replace(void **state)
{
	static const struct {
		void (*step)(void);
		const char *content, *sentence;
	} table[] = {
		{ edit_in_place, "EDIT", "'f' was changed meanwhile" },
		{ save_beside, "EDIT", "'f' was changed meanwhile" },
		{ unlink_it, "(none)", "'f' was removed meanwhile" },
		{ replace_by_link, "(none)", "'f' was changed meanwhile" },
		{ open_for_writing, "text", "'f' was changed meanwhile" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct fs_stat old;
		struct err e = ERR_INIT;

		if (table[i].step == open_for_writing && !has_leases())
			continue;
		unlinkat(scratch_fd, "f", 0);
		scratch_put("f", "text");
		old = stat_of("f");
		arm(FS_POINT_CHECKED, table[i].step, NULL);
		assert_int_equal(put("f", "ours", &old, &e), ERR_CONFLICT);
		assert_null(step);
		assert_string_equal(e.text, table[i].sentence);
		assert_string_equal(scratch_get("f"), table[i].content);
		assert_int_equal(scratch_count(""), table[i].step == unlink_it ? 0 : 1);
	}
	close(held_fd);
	held_fd = -1;
}

static void test_folder_slips_into_replace(void **state)
{
	struct fs_stat old;
	struct err e = ERR_INIT;

	(void)state;
	scratch_put("f", "text");
	old = stat_of("f");
	arm(FS_POINT_CHECKED, replace_by_folder, NULL);
	assert_int_equal(put("f", "ours", &old, &e), ERR_CONFLICT);
	assert_string_equal(scratch_get("f/inside"), "EDIT");
	assert_int_equal(scratch_count(""), 1);
}

static void test_file_open_for_writing_is_left_alone(void **state)
{
	struct fs_stat old;
	struct err e = ERR_INIT;

	(void)state;
	if (!has_leases())
		skip();
	scratch_put("f", "text");
	old = stat_of("f");
	open_for_writing();
	assert_int_equal(put("f", "ours", &old, &e), ERR_CONFLICT);
	assert_string_equal(e.text, "'f' is being written by another program");
	assert_int_equal(fs_remove(scratch_fd, "f", &old, &e), ERR_CONFLICT);
	assert_int_equal(write(held_fd, "EDIT", 4), 4);
	close(held_fd);
	assert_string_equal(scratch_get("f"), "EDIT");
	old = stat_of("f");
	held_fd = openat(scratch_fd, "f", O_RDONLY | O_CLOEXEC); /* a reader is no obstacle */
	assert_int_equal(put("f", "ours", &old, &e), 0);
	close(held_fd);
}

/* An edit of our own new file, before we look at it again, is not taken for ours. */
static void test_edit_right_after_the_exchange(void **state)
{
	struct fs_stat old, now, st;
	struct err e = ERR_INIT;

	(void)state;
	scratch_put("f", "text");
	old = stat_of("f");
	arm(FS_POINT_EXCHANGED, save_beside, NULL);
	assert_int_equal(fs_write(scratch_fd, "f", &(struct fs_content){ .data = "ours", .len = 4 },
				  &old, &now, &e),
			 0);
	assert_string_equal(scratch_get("f"), "EDIT");
	st = stat_of("f");
	assert_false(fs_stat_same(&now, &st));
	assert_int_equal(scratch_count(""), 1);
}

static const char *rescued_name(const struct err *e)
{
	static char name[NAME_MAX + 1];
	const char *at = strstr(e->text, "is kept as '");

	assert_non_null(at);
	snprintf(name, sizeof(name), "%s", at + strlen("is kept as '"));
	name[strcspn(name, "'")] = '\0';
	return name;
}

static void test_two_edits_slip_in(void **state)
{
	struct fs_stat old;
	struct err e = ERR_INIT;

	(void)state;
	for (int removing = 0; removing <= 1; removing++) {
		scratch_save("f", "text");
		old = stat_of("f");
		arm(FS_POINT_CHECKED, edit_in_place, save_again);
		if (removing)
			assert_int_equal(fs_remove(scratch_fd, "f", &old, &e), ERR_CONFLICT);
		else
			assert_int_equal(put("f", "ours", &old, &e), ERR_CONFLICT);
		assert_non_null(
			strstr(e.text, "'f' was changed twice meanwhile; the older version"));
		assert_string_equal(scratch_get("f"), "NEWER");
		assert_string_equal(scratch_get(rescued_name(&e)), "EDIT");
		assert_int_equal(scratch_count(""), 2);
		unlinkat(scratch_fd, rescued_name(&e), 0);
	}
}

static void test_file_appears_before_creation(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	arm(FS_POINT_CHECKED, edit_in_place, NULL);
	assert_int_equal(put("f", "ours", NULL, &e), ERR_CONFLICT);
	assert_string_equal(e.text, "'f' appeared meanwhile");
	assert_string_equal(scratch_get("f"), "EDIT");
	assert_int_equal(scratch_count(""), 1);
}

static void remove_folder(void)
{
	char *const rm[] = { (char[]){ "rm" }, (char[]){ "-r" }, (char[]){ "d" }, NULL };
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (fchdir(scratch_fd) == 0)
			execvp(rm[0], rm);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_folder_disappears(void **state)
{
	struct fs_stat old;
	struct err e = ERR_INIT;

	(void)state;
	scratch_mkdir("d");
	arm(FS_POINT_CHECKED, remove_folder, NULL);
	assert_int_equal(put("d/f", "ours", NULL, &e), ERR_CONFLICT);
	assert_string_equal(e.text, "cannot write 'd/f': its folder was removed meanwhile");
	scratch_mkdir("d");
	scratch_put("d/f", "text");
	old = stat_of("d/f");
	arm(FS_POINT_CHECKED, remove_folder, NULL);
	assert_int_equal(put("d/f", "ours", &old, &e), ERR_CONFLICT);
	assert_string_equal(e.text, "'d/f' was removed meanwhile");
	scratch_mkdir("d");
	scratch_put("d/f", "text");
	old = stat_of("d/f");
	arm(FS_POINT_CHECKED, remove_folder, NULL);
	assert_int_equal(fs_remove(scratch_fd, "d/f", &old, &e), 0);
	assert_int_equal(scratch_count(""), 0);
}

static void test_edit_slips_into_remove(void **state)
{
	void (*const steps[])(void) = { edit_in_place, save_beside };
	struct fs_stat old;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		scratch_save("f", "text");
		old = stat_of("f");
		arm(FS_POINT_CHECKED, steps[i], NULL);
		assert_int_equal(fs_remove(scratch_fd, "f", &old, &e), ERR_CONFLICT);
		assert_string_equal(e.text, "'f' was changed meanwhile");
		assert_string_equal(scratch_get("f"), "EDIT");
		assert_int_equal(scratch_count(""), 1);
	}
	old = stat_of("f");
	arm(FS_POINT_CHECKED, unlink_it, NULL);
	assert_int_equal(fs_remove(scratch_fd, "f", &old, &e), 0);
	scratch_put("f", "text");
	old = stat_of("f");
	arm(FS_POINT_EXCHANGED, edit_in_place, NULL); /* a new file of that name */
	assert_int_equal(fs_remove(scratch_fd, "f", &old, &e), 0);
	assert_string_equal(scratch_get("f"), "EDIT");
	assert_int_equal(scratch_count(""), 1);
}

/* Opens f's content, wherever it is just now, as a program does that looked its name up before it was
 * moved aside; writes and closes at once, or waits until nobody has a say in it any more. */
static void write_through(void)
{
	cleanup_free char *found = xasprintf("/proc/self/fd/%d", held_fd);
	int fd = open(found, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0) {
		assert_int_equal(errno, EWOULDBLOCK);
		return;
	}
	assert_int_equal(write(fd, "EDIT", 4), 4);
	close(fd);
}

/* Whether the content of held_fd stands at f, where the program that had to wait now writes. */
static bool held_stands_at_f(void)
{
	struct stat held, now;

	return fstat(held_fd, &held) == 0 && fstatat(scratch_fd, "f", &now, 0) == 0 &&
	       held.st_ino == now.st_ino;
}

/* Between the two questions whether the old version may go: has anybody opened it, is it as it was? */
static void test_a_writer_between_the_two_questions(void **state)
{
	(void)state;
	if (!has_leases())
		skip();
	for (int removing = 0; removing <= 1; removing++) {
		struct fs_stat old;
		struct err e = ERR_INIT;

		scratch_save("f", "text");
		old = stat_of("f");
		held_fd = openat(scratch_fd, "f", O_RDONLY | O_CLOEXEC);
		arm(FS_POINT_SETTLING, write_through, NULL);
		if (removing)
			assert_int_equal(fs_remove(scratch_fd, "f", &old, &e), ERR_CONFLICT);
		else
			assert_int_equal(put("f", "ours", &old, &e), ERR_CONFLICT);
		assert_null(step);
		assert_string_equal(e.text, "'f' was changed meanwhile");
		assert_true(held_stands_at_f());
		assert_int_equal(scratch_count(""), 1);
		close(held_fd);
	}
	held_fd = -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHANGES(test_edit_slips_into_replace),
		CHANGES(test_folder_slips_into_replace),
		CHANGES(test_file_open_for_writing_is_left_alone),
		CHANGES(test_edit_right_after_the_exchange),
		CHANGES(test_two_edits_slip_in),
		CHANGES(test_file_appears_before_creation),
		NO_FLAGS(test_file_appears_before_creation),
		CHANGES(test_folder_disappears),
		CHANGES(test_edit_slips_into_remove),
		NO_FLAGS(test_edit_slips_into_remove),
		CHANGES(test_a_writer_between_the_two_questions),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
