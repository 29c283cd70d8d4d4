/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking below a root: what is visited and in which order, what is left alone, what may not be read.
 * Some of it runs twice: with openat2 and with the fallback for kernels without it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/wait.h>

#include "fs_changes.h"
#include "path/path.h"

/* One line for each visit: kind, path, and the code of a problem. */
static bool note(void *payload, const char *rel, const struct fs_stat *st,
		 const struct err *problem)
{
	struct buf *out = payload;

	buf_addf(out, "%c %s", "fdlo"[st->kind], rel);
	if (problem->code)
		buf_addf(out, " %s", err_name(problem->code));
	buf_add_char(out, '\n');
	return !str_ends(rel, "skip");
}

static void test_walk(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(4096);
	struct err e = ERR_INIT;

	(void)state;
	scratch_mkdir("b");
	scratch_mkdir("b/c");
	scratch_put("b/c/z", "");
	scratch_put("b/.hidden", "");
	scratch_put("b.py", "");
	scratch_put("B", "");
	scratch_put("!first", "");
	scratch_put("b/#1.py", "");
	scratch_put("\xC3\xA4", "");
	scratch_mkdir("skip");
	scratch_put("skip/inside", "");
	scratch_mkdir("empty");
	assert_int_equal(symlinkat("b", scratch_fd, "link"), 0);
	assert_int_equal(mkfifoat(scratch_fd, "fifo", 0600), 0);
	scratch_put(PATH_TEMP_PREFIX "0123456789abcdef.tmp", "");
	assert_int_equal(fs_walk(scratch_fd, "", note, &out, &e), 0);
	assert_string_equal(buf_str(&out), "f !first\nf B\nd b\nf b/.hidden\nf b/#1.py\nd b/c\n"
					   "f b/c/z\nf b.py\n"
					   "d empty\no fifo\nl link\nd skip\nf \xC3\xA4\n");
	buf_clear(&out);
	assert_int_equal(fs_walk(scratch_fd, "b", note, &out, &e), 0);
	assert_string_equal(buf_str(&out), "f b/.hidden\nf b/#1.py\nd b/c\nf b/c/z\n");
	buf_clear(&out);
	assert_int_equal(fs_walk(scratch_fd, "empty", note, &out, &e), 0);
	assert_int_equal(fs_walk(scratch_fd, "none", note, &out, &e), ERR_ABSENT);
	assert_string_equal(e.text, "cannot read folder 'none': No such file or directory");
	assert_int_equal(fs_walk(scratch_fd, "b.py", note, &out, &e), ERR_ABSENT);
	assert_int_equal(fs_walk(scratch_fd, "link", note, &out, &e), ERR_INVALID);
	assert_string_equal(buf_str(&out), "");
}

static void test_walk_leaves_repositories_alone(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(4096);
	struct err e = ERR_INIT;

	(void)state;
	scratch_mkdir(".git");
	scratch_put(".git/config", "");
	scratch_put("a.py", "");
	scratch_mkdir("sub");
	scratch_put("sub/.git", "gitdir: elsewhere"); /* a worktree or submodule */
	scratch_mkdir("sub/deep");
	scratch_put("sub/deep/x.py", "");
	assert_int_equal(fs_walk(scratch_fd, "", note, &out, &e), 0);
	assert_string_equal(buf_str(&out), "d .git\nf a.py\nd sub invalid\n");
	buf_clear(&out);
	assert_int_equal(fs_walk(scratch_fd, "sub", note, &out, &e), ERR_INVALID);
	assert_string_equal(e.text,
			    "folder 'sub' holds a Git repository of its own and is left alone");
	assert_int_equal(fs_walk(scratch_fd, "sub/deep", note, &out, &e), ERR_INVALID);
	assert_string_equal(
		e.text, "folder 'sub/deep' is part of another Git repository and is left alone");
	assert_string_equal(buf_str(&out), "");
	assert_true(fs_in_nested_repo(scratch_fd, "sub/deep/x.py"));
	assert_true(fs_in_nested_repo(scratch_fd, "sub/new"));
	assert_false(fs_in_nested_repo(scratch_fd, "sub"));
	assert_false(fs_in_nested_repo(scratch_fd, "a.py"));
	assert_false(fs_in_nested_repo(scratch_fd, "none/x"));
}

static void test_walk_depth_is_bounded(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(1 << 20), path = BUF_INIT(4096);
	struct err e = ERR_INIT;

	(void)state;
	for (int i = 0; i <= PATH_DEPTH_MAX; i++) {
		buf_addf(&path, "%sd", i ? "/" : "");
		scratch_mkdir(buf_str(&path));
	}
	buf_add_str(&path, "/lost");
	scratch_put(buf_str(&path), "");
	assert_int_equal(fs_walk(scratch_fd, "", note, &out, &e), 0);
	assert_non_null(strstr(buf_str(&out), "/d invalid\n"));
	assert_null(strstr(buf_str(&out), "lost"));
}

/* In a child, since it gives up its rights. Exit 0: as wanted. */
static int walk_as_nobody(void)
{
	struct buf out = BUF_INIT(4096), content = BUF_INIT(100);
	struct err e = ERR_INIT;

	if (geteuid() == 0 && (setegid(65534) || seteuid(65534)))
		return 2;
	if (fs_walk(scratch_fd, "", note, &out, &e))
		return 3;
	if (!str_eq(buf_str(&out), "d closed config\nd noexec\no noexec/f config\nd open\n"
				   "f open/secret\nf z\n"))
		return 4;
	if (fs_read(scratch_fd, "open/secret", 99, &content, NULL, &e) != ERR_CONFIG ||
	    !str_eq(e.text, "cannot read 'open/secret': Permission denied"))
		return 5;
	if (fs_walk(scratch_fd, "closed", note, &out, &e) != ERR_CONFIG)
		return 6;
	if (fs_write(scratch_fd, "open/new", &(struct fs_content){ .data = "x", .len = 1 }, NULL,
		     NULL, &e) != ERR_CONFIG)
		return 7;
	return 0;
}

static void test_unreadable(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	scratch_mkdir("closed");
	scratch_put("closed/f", "");
	scratch_mkdir("noexec");
	scratch_put("noexec/f", "");
	scratch_mkdir("open");
	scratch_put("open/secret", "");
	scratch_put("z", "");
	scratch_chmod("open/secret", 0);
	scratch_chmod("open", 0555);
	scratch_chmod("closed", 0);
	scratch_chmod("noexec", 0444);
	assert_int_equal(fchmod(scratch_fd, 0755), 0);
	pid = fork();
	if (pid == 0)
		_exit(walk_as_nobody());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	scratch_chmod("closed", 0755);
	scratch_chmod("noexec", 0755);
	scratch_chmod("open", 0755);
	assert_int_equal(WEXITSTATUS(status), 0);
}

static bool count_entry(void *payload, const char *rel, const struct fs_stat *st,
			const struct err *problem)
{
	(void)rel;
	*(size_t *)payload += st->kind == FS_FILE && problem->code == 0;
	return true;
}

static void test_walk_many(void **state)
{
	struct err e = ERR_INIT;
	size_t files = 0;
	char rel[64];

	(void)state;
	for (int d = 0; d < 40; d++) {
		snprintf(rel, sizeof(rel), "folder%d", d);
		scratch_mkdir(rel);
		for (int f = 0; f < 50; f++) {
			snprintf(rel, sizeof(rel), "folder%d/notebook number %d.py", d, f);
			scratch_put(rel, "");
		}
	}
	assert_int_equal(fs_walk(scratch_fd, "", count_entry, &files, &e), 0);
	assert_int_equal(files, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHANGES(test_walk),
		OLD_KERNEL(test_walk),
		CHANGES(test_walk_leaves_repositories_alone),
		CHANGES(test_walk_depth_is_bounded),
		CHANGES(test_unreadable),
		CHANGES(test_walk_many),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
