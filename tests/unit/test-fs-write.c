/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing, replacing and removing files: content, attributes, expectations, failures. After every
 * case nothing of ours may be left in the directory. What happens when somebody edits at the same
 * moment is in test-fs-race.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "fs_changes.h"

static mode_t mode_of(const char *rel)
{
	return stat_of(rel).mode;
}

static void test_write_new(void **state)
{
	struct fs_stat now, st;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(fs_write(scratch_fd, "a/b/c.py",
				  &(struct fs_content){ .data = "text", .len = 4 }, NULL, &now, &e),
			 0);
	assert_string_equal(scratch_get("a/b/c.py"), "text");
	st = stat_of("a/b/c.py");
	assert_true(fs_stat_same(&now, &st));
	assert_int_equal(st.mode, 0644);
	assert_int_equal(mode_of("a/b"), 0755);
	assert_int_equal(scratch_count("a/b"), 1);
	assert_int_equal(put("a/b/empty", "", NULL, &e), 0);
	assert_string_equal(scratch_get("a/b/empty"), "");
	umask(077);
	assert_int_equal(put("private/f", "x", NULL, &e), 0);
	umask(02);
	assert_int_equal(put("shared/f", "x", NULL, &e), 0);
	umask(022);
	assert_int_equal(mode_of("private/f"), 0600);
	assert_int_equal(mode_of("private"), 0700);
	assert_int_equal(mode_of("shared/f"), 0664);
	assert_int_equal(mode_of("shared"), 0775);
	assert_int_equal(put("top", "x", NULL, &e), 0);
	assert_string_equal(scratch_get("top"), "x");
}

static void test_replace(void **state)
{
	struct fs_stat now, st, old;
	struct err e = ERR_INIT;

	(void)state;
	scratch_mkdir("d");
	scratch_put("d/f", "old content");
	old = stat_of("d/f");
	assert_int_equal(fs_write(scratch_fd, "d/f",
				  &(struct fs_content){ .data = "new", .len = 3 }, &old, &now, &e),
			 0);
	assert_string_equal(scratch_get("d/f"), "new");
	st = stat_of("d/f");
	assert_true(fs_stat_same(&now, &st));
	assert_int_equal(scratch_count("d"), 1);
	assert_int_equal(fs_write(scratch_fd, "d/f",
				  &(struct fs_content){ .data = "newer", .len = 5 }, &now, &now,
				  &e),
			 0);
	assert_string_equal(scratch_get("d/f"), "newer");
}

static void test_replace_keeps_mode_and_owner(void **state)
{
	static const struct {
		mode_t before, after;
	} table[] = {
		{ 0600, 0600 }, { 0664, 0664 },  { 0755, 0755 },
		{ 0400, 0400 }, { 04755, 0755 }, { 02664, 0664 },
	};
	struct err e = ERR_INIT;
	struct stat raw;

	(void)state;
	scratch_put("f", "x");
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct fs_stat old;

		scratch_chmod("f", table[i].before);
		old = stat_of("f");
		assert_int_equal(put("f", "y", &old, &e), 0);
		assert_int_equal(mode_of("f"), table[i].after);
	}
	if (geteuid() == 0) {
		struct fs_stat old;

		assert_int_equal(fchownat(scratch_fd, "f", 65534, 65533, 0), 0);
		old = stat_of("f");
		assert_int_equal(put("f", "z", &old, &e), 0);
		assert_int_equal(fstatat(scratch_fd, "f", &raw, 0), 0);
		assert_int_equal(raw.st_uid, 65534);
		assert_int_equal(raw.st_gid, 65533);
	}
}

/* In a child: somebody who may replace root's file, but not give his own to root's group. */
static int replace_as_nobody(void)
{
	struct fs_stat old;
	struct err e = ERR_INIT;

	if (setegid(65534) || seteuid(65534))
		return 2;
	old = stat_of("f");
	return put("f", "y", &old, &e) ? 3 : 0;
}

static void test_foreign_group_is_not_widened(void **state)
{
	struct stat st;
	int status;
	pid_t pid;

	(void)state;
	if (geteuid() != 0)
		skip();
	scratch_put("f", "x");
	scratch_chmod("f", 0664);
	assert_int_equal(fchmod(scratch_fd, 0777), 0);
	pid = fork();
	if (pid == 0)
		_exit(replace_as_nobody());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_string_equal(scratch_get("f"), "y");
	assert_int_equal(fstatat(scratch_fd, "f", &st, 0), 0);
	assert_int_equal(st.st_gid, 65534);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void test_replace_keeps_access_control_list(void **state)
{
	/* user::rw- user:1234:r-- group::r-- mask::r-- other::--- */
	static const unsigned char acl[] = {
		2, 0,    0,    0,    1,    0,    6,  0, 0xFF, 0xFF, 0xFF, 0xFF, 2,    0,    4,
		0, 0xD2, 4,    0,    0,    4,    0,  4, 0,    0xFF, 0xFF, 0xFF, 0xFF, 16,   0,
		4, 0,    0xFF, 0xFF, 0xFF, 0xFF, 32, 0, 0,    0,    0xFF, 0xFF, 0xFF, 0xFF,
	};
	unsigned char got[sizeof(acl) + 1];
	struct fs_stat old;
	struct err e = ERR_INIT;

	(void)state;
	scratch_put("f", "x");
	if (setxattr(scratch_path("f"), "system.posix_acl_access", acl, sizeof(acl), 0))
		skip();
	old = stat_of("f");
	assert_int_equal(put("f", "y", &old, &e), 0);
	assert_int_equal(getxattr(scratch_path("f"), "system.posix_acl_access", got, sizeof(got)),
			 sizeof(acl));
	assert_memory_equal(got, acl, sizeof(acl));
}

static void test_stale_expectation(void **state)
{
	struct fs_stat old;
	struct err e = ERR_INIT;

	(void)state;
	scratch_put("f", "first");
	assert_int_equal(put("f", "ours", NULL, &e), ERR_CONFLICT);
	assert_string_equal(e.text, "'f' appeared meanwhile");
	old = stat_of("f");
	scratch_put("f", "edit");
	assert_int_equal(put("f", "ours", &old, &e), ERR_CONFLICT);
	assert_string_equal(e.text, "'f' was changed meanwhile");
	assert_int_equal(fs_remove(scratch_fd, "f", &old, &e), ERR_CONFLICT);
	assert_string_equal(e.text, "'f' was changed meanwhile");
	assert_string_equal(scratch_get("f"), "edit");
	unlinkat(scratch_fd, "f", 0);
	assert_int_equal(put("f", "ours", &old, &e), ERR_CONFLICT);
	assert_string_equal(e.text, "'f' was removed meanwhile");
	scratch_mkdir("f");
	assert_int_equal(put("f", "ours", &old, &e), ERR_CONFLICT);
	assert_int_equal(put("f", "ours", NULL, &e), ERR_CONFLICT);
	old = stat_of("f");
	assert_int_equal(put("f", "ours", &old, &e), ERR_CONFLICT);
	assert_int_equal(symlinkat("f", scratch_fd, "link"), 0);
	assert_int_equal(put("link", "ours", NULL, &e), ERR_CONFLICT);
	assert_int_equal(scratch_count(""), 2);
}

static void test_file_in_place_of_a_folder(void **state)
{
	const struct fs_stat old = { .kind = FS_FILE };
	struct err e = ERR_INIT;

	(void)state;
	scratch_put("f", "x");
	assert_int_equal(put("f/below", "ours", NULL, &e), ERR_INVALID);
	assert_string_equal(e.text,
			    "cannot write 'f/below': a file stands where its folder should be");
	assert_int_equal(put("f/a/b", "ours", NULL, &e), ERR_INVALID);
	assert_int_equal(fs_remove(scratch_fd, "f/below", &old, &e), 0); /* it is gone */
	assert_int_equal(fs_remove(scratch_fd, "f/a/b", &old, &e), 0);
	assert_string_equal(scratch_get("f"), "x");
}

static void test_remove(void **state)
{
	struct fs_stat old;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(put("a/b/c/f", "x", NULL, &e), 0);
	assert_int_equal(put("a/other", "x", NULL, &e), 0);
	old = stat_of("a/b/c/f");
	assert_int_equal(fs_remove(scratch_fd, "a/b/c/f", &old, &e), 0);
	assert_false(scratch_exists("a/b"));
	assert_string_equal(scratch_get("a/other"), "x");
	assert_int_equal(fs_remove(scratch_fd, "a/b/c/f", &old, &e), 0); /* gone already */
	old = stat_of("a/other");
	assert_int_equal(fs_remove(scratch_fd, "a/other", &old, &e), 0);
	assert_int_equal(scratch_count(""), 0);
	assert_int_equal(fs_remove(scratch_fd, "a/other", &old, &e), 0);
	scratch_mkdir("a"); /* as a kill between removing "a/b" and "a" leaves it */
	assert_int_equal(fs_remove(scratch_fd, "a/b/f", NULL, &e), 0);
	assert_int_equal(scratch_count(""), 0);
}

static void test_remove_empty_parents(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(put("a/f", "x", NULL, &e), 0);
	scratch_mkdir("a/b");
	scratch_mkdir("a/b/c");
	fs_remove_empty_parents(scratch_fd, "a/b/c/gone");
	assert_false(scratch_exists("a/b"));
	assert_string_equal(scratch_get("a/f"), "x"); /* what is not empty stays */
	fs_remove_empty_parents(scratch_fd, "a/f");
	assert_string_equal(scratch_get("a/f"), "x");
	scratch_mkdir("d");
	fs_remove_empty_parents(scratch_fd, "d/e/gone"); /* a folder that is gone already */
	assert_false(scratch_exists("d"));
}

/* In a child with a limit on file sizes: a write that fails leaves what stood there. */
static int write_beyond_limit(void)
{
	struct fs_stat old;
	struct err e = ERR_INIT;
	static char big[8192];

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 4096, 4096 }) ||
	    fs_stat(scratch_fd, "f", &old, &e))
		return 2;
	if (fs_write(scratch_fd, "f", &(struct fs_content){ .data = big, .len = sizeof(big) }, &old,
		     NULL, &e) != ERR_RETRY)
		return 3;
	if (!str_eq(e.text, "cannot write 'f': File too large"))
		return 4;
	return fs_write(scratch_fd, "new", &(struct fs_content){ .data = big, .len = sizeof(big) },
			NULL, NULL, &e) == ERR_RETRY
		       ? 0
		       : 5;
}

static void put_names_back(void)
{
	fs_switches.name_max = 0;
	fs_switches.name_errno = 0;
}

/* eCryptfs takes 143 bytes; others refuse characters. Either is trouble of that path alone. */
static void test_a_file_system_that_refuses_a_name(void **state)
{
	static const int errors[] = { ENAMETOOLONG, EINVAL, EILSEQ };
	char name[NAME_MAX + 1];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[144] = '\0';
	fs_switches.name_max = 143;
	assert_int_equal(fs_name_max(scratch_fd), 143);
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		cleanup_free char *sentence = xasprintf(
			"cannot write '%s': the file system here takes no such name (%s): give it "
			"another one",
			name, strerror(errors[i]));
		struct err e = ERR_INIT;

		fs_switches.name_errno = errors[i];
		assert_int_equal(put(name, "x", NULL, &e), ERR_INVALID);
		assert_string_equal(e.text, sentence);
		assert_true(err_is_name(&e));
		assert_int_equal(scratch_count(""), 0);
	}
	put_names_back();
	assert_int_equal(fs_name_max(scratch_fd), NAME_MAX);
}

/* A name that fits leaves little room for ours: it is written, replaced and removed as any other. */
static void test_a_name_as_long_as_the_file_system_takes(void **state)
{
	char name[144];

	(void)state;
	memset(name, 'n', sizeof(name));
	name[143] = '\0';
	fs_switches.name_max = 143;
	for (size_t n = 143; n > 0; n -= n > 10 ? 10 : 1) {
		struct fs_stat st;
		struct err e = ERR_INIT;

		name[n] = '\0';
		assert_int_equal(put(name, "one", NULL, &e), 0);
		st = stat_of(name);
		assert_int_equal(put(name, "two", &st, &e), 0);
		assert_string_equal(scratch_get(name), "two");
		st = stat_of(name);
		assert_int_equal(fs_remove(scratch_fd, name, &st, &e), 0);
		assert_int_equal(scratch_count(""), 0);
	}
	put_names_back();
}

static void test_name_too_long_for_linux(void **state)
{
	char name[NAME_MAX + 5];
	struct err e = ERR_INIT;

	(void)state;
	memset(name, 'n', sizeof(name));
	name[NAME_MAX + 1] = '\0';
	assert_int_equal(put(name, "x", NULL, &e), ERR_INVALID);
	assert_true(err_is_name(&e));
	memcpy(name + NAME_MAX + 1, "/x", 3);
	assert_int_equal(put(name, "x", NULL, &e), ERR_INVALID);
	assert_true(err_is_name(&e));
	assert_int_equal(scratch_count(""), 0);
}

static void test_failed_write_changes_nothing(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	scratch_put("f", "text");
	pid = fork();
	if (pid == 0)
		_exit(write_beyond_limit());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_string_equal(scratch_get("f"), "text");
	assert_int_equal(scratch_count(""), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHANGES(test_write_new),
		OLD_KERNEL(test_write_new),
		NO_FLAGS(test_write_new),
		CHANGES(test_replace),
		OLD_KERNEL(test_replace),
		NO_FLAGS(test_replace),
		CHANGES(test_replace_keeps_mode_and_owner),
		CHANGES(test_foreign_group_is_not_widened),
		CHANGES(test_replace_keeps_access_control_list),
		CHANGES(test_stale_expectation),
		NO_FLAGS(test_stale_expectation),
		CHANGES(test_file_in_place_of_a_folder),
		OLD_KERNEL(test_file_in_place_of_a_folder),
		CHANGES(test_remove),
		CHANGES(test_remove_empty_parents),
		OLD_KERNEL(test_remove),
		OLD_KERNEL(test_remove_empty_parents),
		NO_FLAGS(test_remove),
		CHANGES(test_failed_write_changes_nothing),
		CHANGES(test_a_file_system_that_refuses_a_name),
		CHANGES(test_a_name_as_long_as_the_file_system_takes),
		NO_FLAGS(test_a_name_as_long_as_the_file_system_takes),
		CHANGES(test_name_too_long_for_linux),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
