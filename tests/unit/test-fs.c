/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking at files below a root, ways to escape from it, and files of our own; walks are in
 * test-fs-walk.c. What concerns paths runs twice: with openat2 and with the fallback for kernels
 * without it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "fs/fs_beneath.h"
#include "fs_changes.h"
#include "path/path.h"
#include "scratch.h"

static void test_stat(void **state)
{
	struct fs_stat st, again;
	struct err e = ERR_INIT;

	(void)state;
	scratch_mkdir("d");
	scratch_put("d/f", "hello");
	assert_int_equal(symlinkat("f", scratch_fd, "d/link"), 0);
	assert_int_equal(fs_stat(scratch_fd, "d/f", &st, &e), 0);
	assert_int_equal(st.kind, FS_FILE);
	assert_int_equal(st.size, 5);
	assert_int_equal(st.mode, 0644);
	assert_int_equal(fs_stat(scratch_fd, "d/f", &again, &e), 0);
	assert_true(fs_stat_same(&st, &again));
	scratch_put("d/f", "longer");
	assert_int_equal(fs_stat(scratch_fd, "d/f", &again, &e), 0);
	assert_false(fs_stat_same(&st, &again));
	assert_int_equal(fs_stat(scratch_fd, "d", &st, &e), 0);
	assert_int_equal(st.kind, FS_DIR);
	assert_int_equal(fs_stat(scratch_fd, "", &st, &e), 0);
	assert_int_equal(st.kind, FS_DIR);
	assert_int_equal(fs_stat(scratch_fd, "d/link", &st, &e), 0);
	assert_int_equal(st.kind, FS_SYMLINK);
	assert_int_equal(fs_stat(scratch_fd, "d/none", &st, &e), ERR_ABSENT);
	assert_string_equal(e.text, "cannot examine 'd/none': No such file or directory");
	assert_int_equal(fs_stat(scratch_fd, "none/f", &st, &e), ERR_ABSENT);
	assert_int_equal(fs_stat(scratch_fd, "d/f/x", &st, &e), ERR_ABSENT);
}

static void test_stat_same_looks_at_all_but_mode(void **state)
{
	const struct fs_stat a = { .kind = FS_FILE,
				   .dev = 1,
				   .ino = 2,
				   .size = 3,
				   .mtime_ns = 4,
				   .ctime_ns = 5,
				   .mode = 0644 };
	struct fs_stat b;

	(void)state;
	b = a, b.mode = 0600;
	assert_true(fs_stat_same(&a, &b));
	b = a, b.kind = FS_DIR;
	assert_false(fs_stat_same(&a, &b));
	b = a, b.dev++;
	assert_false(fs_stat_same(&a, &b));
	b = a, b.ino++;
	assert_false(fs_stat_same(&a, &b));
	b = a, b.size++;
	assert_false(fs_stat_same(&a, &b));
	b = a, b.mtime_ns++;
	assert_false(fs_stat_same(&a, &b));
	b = a, b.ctime_ns++;
	assert_false(fs_stat_same(&a, &b));
}

static void test_read(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(3);
	struct fs_stat st, now;
	struct err e = ERR_INIT;

	(void)state;
	scratch_mkdir("d");
	scratch_put("d/f", "hello");
	buf_add_str(&out, "old");
	assert_int_equal(fs_read(scratch_fd, "d/f", 5, &out, &st, &e), 0);
	assert_string_equal(buf_str(&out), "hello");
	assert_int_equal(out.len, 5);
	assert_int_equal(fs_stat(scratch_fd, "d/f", &now, &e), 0);
	assert_true(fs_stat_same(&st, &now));
	assert_int_equal(fs_read(scratch_fd, "d/f", 4, &out, NULL, &e), ERR_INVALID);
	assert_string_equal(e.text, "cannot read 'd/f': 5 bytes are more than 4");
	scratch_put("empty", "");
	assert_int_equal(fs_read(scratch_fd, "empty", 0, &out, NULL, &e), 0);
	assert_int_equal(out.len, 0);
	assert_string_equal(buf_str(&out), "");
	assert_int_equal(fs_read(scratch_fd, "d/none", 9, &out, NULL, &e), ERR_ABSENT);
	assert_string_equal(e.text, "cannot read 'd/none': No such file or directory");
}

static void test_read_only_regular_files(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(100);
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct err e = ERR_INIT;
	int s;

	(void)state;
	scratch_mkdir("dir");
	assert_int_equal(mkfifoat(scratch_fd, "fifo", 0600), 0);
	assert_true(strlen(scratch_path("socket")) < sizeof(addr.sun_path));
	strcpy(addr.sun_path, scratch_path("socket"));
	s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s, (struct sockaddr *)&addr, sizeof(addr)), 0);
	close(s);
	assert_int_equal(fs_read(scratch_fd, "dir", 9, &out, NULL, &e), ERR_INVALID);
	assert_string_equal(e.text, "cannot read 'dir': it is not a regular file");
	assert_int_equal(fs_read(scratch_fd, "", 9, &out, NULL, &e), ERR_INVALID);
	assert_int_equal(fs_read(scratch_fd, "fifo", 9, &out, NULL, &e), ERR_INVALID);
	assert_string_equal(e.text, "cannot read 'fifo': it is not a regular file");
	assert_int_equal(fs_read(scratch_fd, "socket", 9, &out, NULL, &e), ERR_INVALID);
	assert_string_equal(e.text, "cannot read 'socket': it is not a regular file");
}

/* Two edits of the same size in one tick of the clock have one time stamp on older kernels. The
 * stat that fs_read() gives must never match content that it did not read. */
static void test_stat_of_read_identifies_content(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(100);
	struct fs_stat st, now;
	struct err e = ERR_INIT;
	char text[16];

	(void)state;
	for (int i = 0; i < 50; i++) {
		snprintf(text, sizeof(text), "%06d", i);
		scratch_put("f", text);
		if (fs_read(scratch_fd, "f", 9, &out, &st, &e) == ERR_RETRY)
			continue;
		assert_string_equal(buf_str(&out), text);
		scratch_put("f", "edited");
		assert_int_equal(fs_stat(scratch_fd, "f", &now, &e), 0);
		assert_false(fs_stat_same(&st, &now));
	}
}

static void test_how_long_a_stat_identifies_nothing(void **state)
{
	const int64_t ms = 1000000, s = 1000 * ms, fine = 1700000000 * s + 4 * ms,
		      coarse = 1700000000 * s;

	(void)state;
	assert_int_equal(fs_tick_rest(fine, fine), ms);
	assert_int_equal(fs_tick_rest(fine, fine - 4 * ms), 5 * ms);
	assert_int_equal(fs_tick_rest(fine, fine + ms), 0);
	assert_int_equal(fs_tick_rest(fine, fine - s), 0);
	assert_int_equal(fs_tick_rest(coarse, coarse), 2 * s);
	assert_int_equal(fs_tick_rest(coarse, coarse + s + 999 * ms), ms);
	assert_int_equal(fs_tick_rest(coarse, coarse + 2 * s), 0);
	assert_int_equal(fs_tick_rest(coarse, coarse - s), 0);
	assert_true(fs_tells_seconds(coarse));
	assert_false(fs_tells_seconds(fine));
}

/* The ways out of a root, and links inside it. "outside" is a sibling of the root "in". */
static void test_no_escape(void **state)
{
	static const char *const paths[] = {
		"../outside/secret",
		"a/../../outside/secret",
		"a/../f",
		"/etc/passwd",
		"a//f",
		"./f",
		"link/secret",
		"alink/f",
		"flink",
		"abs/secret",
		"a/up/f",
		".",
		"a/",
		"dangling",
	};
	struct fs_stat st, ok = { 0 };
	cleanup_buf struct buf out = BUF_INIT(100);
	cleanup_fd int root = -1;
	struct err e = ERR_INIT;

	(void)state;
	scratch_mkdir("outside");
	scratch_put("outside/secret", "secret");
	scratch_mkdir("in");
	scratch_mkdir("in/a");
	scratch_put("in/f", "fine");
	scratch_put("in/a/f", "fine");
	assert_int_equal(symlinkat("../outside", scratch_fd, "in/link"), 0);
	assert_int_equal(symlinkat("a", scratch_fd, "in/alink"), 0);
	assert_int_equal(symlinkat("f", scratch_fd, "in/flink"), 0);
	assert_int_equal(symlinkat("..", scratch_fd, "in/a/up"), 0);
	assert_int_equal(symlinkat("none", scratch_fd, "in/dangling"), 0);
	assert_int_equal(symlinkat(scratch_path("outside"), scratch_fd, "in/abs"), 0);
	root = openat(scratch_fd, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fs_stat(root, "f", &ok, &e), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (fs_read(root, paths[i], 99, &out, NULL, &e) != ERR_INVALID)
			fail_msg("read of '%s' gave %d", paths[i], e.code);
		if (!strstr(e.text, "a symbolic link is in the way") &&
		    !strstr(e.text, "the path does not stay below its root"))
			fail_msg("'%s': %s", paths[i], e.text);
		if (strchr(paths[i], '/') && fs_stat(root, paths[i], &st, &e) != ERR_INVALID)
			fail_msg("stat of '%s' gave %d", paths[i], e.code);
		assert_int_not_equal(fs_write(root, paths[i],
					      &(struct fs_content){ .data = "x", .len = 1 }, NULL,
					      NULL, &e),
				     0);
		assert_int_not_equal(fs_write(root, paths[i],
					      &(struct fs_content){ .data = "x", .len = 1 }, &ok,
					      NULL, &e),
				     0);
		assert_int_not_equal(fs_remove(root, paths[i], &ok, &e), 0);
	}
	assert_string_equal(scratch_get("outside/secret"), "secret");
	assert_string_equal(scratch_get("in/f"), "fine");
	assert_string_equal(scratch_get("in/a/f"), "fine");
	assert_int_equal(fs_walk(root, "link", NULL, NULL, &e), ERR_INVALID);
	assert_int_equal(fs_walk(root, "..", NULL, NULL, &e), ERR_INVALID);
}

static void test_root_open(void **state)
{
	struct err e = ERR_INIT;
	int fd = -1;

	(void)state;
	scratch_put("f", "");
	assert_int_equal(fs_root_open(&fd, scratch_dir, &e), 0);
	close(fd);
	assert_int_equal(fs_root_open(&fd, scratch_path("none"), &e), ERR_ABSENT);
	assert_non_null(strstr(e.text, "cannot open folder '"));
	assert_int_equal(fs_root_open(&fd, scratch_path("f"), &e), ERR_ABSENT);
}

static void test_mkdirs(void **state)
{
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(fs_mkdirs(scratch_path("a/b/c"), 0700, &e), 0);
	assert_int_equal(fstatat(scratch_fd, "a/b", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_int_equal(fs_mkdirs(scratch_path("a/b/c/"), 0755, &e), 0);
	assert_int_equal(fstatat(scratch_fd, "a/b/c", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	scratch_put("file", "");
	assert_int_equal(fs_mkdirs(scratch_path("file/x"), 0700, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "/file': a file has this name"));
}

static void test_lock(void **state)
{
	struct err e = ERR_INIT;
	char sentence[64];
	int fd = -1, second = -1, status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) { /* a holder that dies leaves no lock */
		_exit(fs_lock(&fd, scratch_dir, &e) ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(fs_lock(&fd, scratch_dir, &e), 0);
	assert_int_equal(fs_lock(&second, scratch_dir, &e), ERR_RETRY);
	snprintf(sentence, sizeof(sentence), "lock' is locked by process %d", (int)getpid());
	assert_non_null(strstr(e.text, sentence));
	assert_int_equal(second, -1);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(fs_lock(&second, scratch_dir, &e), ERR_RETRY);
	assert_non_null(strstr(e.text, "is locked by another process"));
	close(fd);
	assert_int_equal(fs_lock(&second, scratch_dir, &e), 0);
	close(second);
	assert_int_equal(fs_lock(&second, scratch_path("none"), &e), ERR_ABSENT);
}

static void test_load_and_store(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(10);
	cleanup_free char *path = xstrdup(scratch_path("own.cache"));
	struct err e = ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(fs_load(path, 10, &out, &e), ERR_ABSENT);
	assert_int_equal(fs_store(path, "one", 3, 0640, &e), 0);
	assert_int_equal(fs_load(path, 10, &out, &e), 0);
	assert_string_equal(buf_str(&out), "one");
	assert_int_equal(fs_store(path, "second", 6, 0600, &e), 0);
	assert_string_equal(scratch_get("own.cache"), "second");
	assert_int_equal(fstatat(scratch_fd, "own.cache", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(fs_load(path, 5, &out, &e), ERR_INVALID);
	assert_int_equal(symlinkat("own.cache", scratch_fd, "link"), 0);
	assert_int_equal(fs_load(scratch_path("link"), 10, &out, &e), 0);
	assert_int_equal(fs_store(scratch_path("none/x"), "x", 1, 0600, &e), ERR_ABSENT);
	assert_int_equal(fs_store_one(scratch_path("none/x"), "x", 1, 0600, &e), ERR_ABSENT);
	assert_int_equal(fs_store_one(path, "third", 5, 0600, &e), 0);
	assert_string_equal(scratch_get("own.cache"), "third");
	assert_int_equal(fs_sync_folder(scratch_path(""), &e), 0);
	assert_int_equal(fs_sync_folder(scratch_path("none"), &e), ERR_ABSENT);
	scratch_mkdir("dir");
	assert_int_not_equal(fs_store(scratch_path("dir"), "x", 1, 0600, &e), 0);
	assert_int_equal(scratch_count("dir"), 0);
	unlinkat(scratch_fd, "link", 0);
	unlinkat(scratch_fd, "own.cache", 0);
	assert_int_equal(unlinkat(scratch_fd, "dir", AT_REMOVEDIR), 0);
	assert_int_equal(rmdir(scratch_dir), 0); /* nothing was left behind */
	assert_int_equal(mkdir(scratch_dir, 0700), 0);
}

static void test_free_space(void **state)
{
	struct err e = ERR_INIT;
	uint64_t bytes = 0;
	unsigned percent = 999;

	(void)state;
	assert_int_equal(fs_free_space(scratch_dir, &bytes, &percent, &e), 0);
	assert_true(bytes > 0);
	assert_true(percent <= 100);
	assert_int_equal(fs_free_space(scratch_path("none"), &bytes, &percent, &e), ERR_ABSENT);
	assert_int_equal(fs_free_space("/proc", &bytes, &percent, &e), 0);
	assert_int_equal(percent, 100);
}

static void check_real(const char *rel, const char *expected)
{
	cleanup_free char *path = xstrdup(scratch_path(rel));
	cleanup_free char *real = fs_real(path), *root = realpath(scratch_dir, NULL);
	cleanup_free char *wanted = xasprintf("%s%s", root, expected);

	assert_string_equal(real, wanted);
}

/* What exists is resolved, what does not stays as it is written. */
static void test_real(void **state)
{
	cleanup_free char *root = fs_real("/"), *outside = fs_real("/no-such-folder/x");
	cleanup_free char *through = NULL;

	(void)state;
	assert_int_equal(mkdirat(scratch_fd, "a", 0755), 0);
	assert_int_equal(symlinkat("a", scratch_fd, "link"), 0);
	assert_int_equal(symlinkat("/", scratch_fd, "root"), 0);
	check_real("a", "/a");
	check_real("link", "/a");
	check_real("link/b/c", "/a/b/c");
	check_real("gone/b", "/gone/b");
	assert_string_equal(root, "/");
	assert_string_equal(outside, "/no-such-folder/x");
	through = fs_real(scratch_path("root/no-such-folder"));
	assert_string_equal(through, "/no-such-folder");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHANGES(test_stat),
		OLD_KERNEL(test_stat),
		cmocka_unit_test(test_stat_same_looks_at_all_but_mode),
		cmocka_unit_test(test_how_long_a_stat_identifies_nothing),
		CHANGES(test_read),
		OLD_KERNEL(test_read),
		CHANGES(test_read_only_regular_files),
		OLD_KERNEL(test_read_only_regular_files),
		CHANGES(test_stat_of_read_identifies_content),
		CHANGES(test_no_escape),
		OLD_KERNEL(test_no_escape),
		CHANGES(test_root_open),
		CHANGES(test_mkdirs),
		CHANGES(test_lock),
		CHANGES(test_load_and_store),
		CHANGES(test_free_space),
		CHANGES(test_real),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
