/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that are read and written piece by piece.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fs/fs.h"
#include "tests/unit/scratch.h"

static void test_open_identifies_what_is_read(void **state)
{
	struct err e = ERR_INIT;
	struct fs_stat st;
	char text[8] = "";
	int fd;

	(void)state;
	scratch_put("f", "text");
	assert_int_equal(fs_open(&fd, scratch_fd, "f", &st, &e), ERR_OK);
	assert_int_equal(st.size, 4);
	assert_int_equal(read(fd, text, sizeof(text)), 4);
	assert_string_equal(text, "text");
	assert_int_equal(fs_unchanged(fd, "f", &st, &e), ERR_OK);
	scratch_put("f", "edit");
	assert_int_equal(fs_unchanged(fd, "f", &st, &e), ERR_RETRY);
	assert_string_equal(e.text, "'f' changed while being read");
	close(fd);
}

static void test_open_refuses(void **state)
{
	struct err e = ERR_INIT;
	struct fs_stat st;
	int fd;

	(void)state;
	scratch_mkdir("d");
	assert_int_equal(symlinkat("/etc/passwd", scratch_fd, "link"), 0);
	assert_int_equal(fs_open(&fd, scratch_fd, "none", &st, &e), ERR_ABSENT);
	assert_int_equal(fs_open(&fd, scratch_fd, "d", &st, &e), ERR_INVALID);
	assert_int_equal(fs_open(&fd, scratch_fd, "link", &st, &e), ERR_INVALID);
	assert_int_equal(fs_open(&fd, scratch_fd, "../x", &st, &e), ERR_INVALID);
}

/* Where the file system has no leases the answer would be the content as it is now. */
static void test_a_file_that_is_being_written(void **state)
{
	struct err e = ERR_INIT;
	struct fs_stat st;
	int writer, fd = -1, r;

	(void)state;
	scratch_put("f", "half");
	writer = openat(scratch_fd, "f", O_WRONLY | O_CLOEXEC);
	r = fs_open(&fd, scratch_fd, "f", &st, &e);
	assert_true(r == ERR_RETRY || r == ERR_OK);
	if (r == ERR_RETRY)
		assert_string_equal(e.text, "'f' is being written by another program");
	else
		close(fd);
	close(writer);
	assert_int_equal(fs_open(&fd, scratch_fd, "f", &st, &e), ERR_OK);
	close(fd);
}

static int fill(void *payload, int fd, struct err *e)
{
	const char *text = payload;

	if (!text) {
		assert_int_equal(write(fd, "begun", 5), 5);
		return err_set(e, ERR_BUG, "the source is damaged");
	}
	for (; *text; text++)
		assert_int_equal(write(fd, text, 1), 1);
	return ERR_OK;
}

static void test_write_with(void **state)
{
	static char first[] = "first", second[] = "second";
	struct err e = ERR_INIT;
	struct fs_stat now, stale;

	(void)state;
	assert_int_equal(fs_write(scratch_fd, "d/f",
				  &(struct fs_content){ .fill = fill, .payload = first }, NULL,
				  &now, &e),
			 ERR_OK);
	assert_string_equal(scratch_get("d/f"), "first");
	scratch_chmod("d/f", 0750);
	assert_int_equal(fs_stat(scratch_fd, "d/f", &now, &e), ERR_OK);
	stale = now;
	assert_int_equal(fs_write(scratch_fd, "d/f",
				  &(struct fs_content){ .fill = fill, .payload = second }, &now,
				  &now, &e),
			 ERR_OK);
	assert_string_equal(scratch_get("d/f"), "second");
	assert_int_equal(now.mode, 0750);
	assert_int_equal(fs_write(scratch_fd, "d/f",
				  &(struct fs_content){ .fill = fill, .payload = first }, &stale,
				  NULL, &e),
			 ERR_CONFLICT);
	assert_int_equal(fs_write(scratch_fd, "d/f",
				  &(struct fs_content){ .fill = fill, .payload = first }, NULL,
				  NULL, &e),
			 ERR_CONFLICT);
	assert_string_equal(scratch_get("d/f"), "second");
}

static void test_a_source_that_fails_changes_nothing(void **state)
{
	struct err e = ERR_INIT;
	struct fs_stat now;

	(void)state;
	scratch_put("f", "old");
	assert_int_equal(fs_stat(scratch_fd, "f", &now, &e), ERR_OK);
	assert_int_equal(
		fs_write(scratch_fd, "f", &(struct fs_content){ .fill = fill }, &now, NULL, &e),
		ERR_BUG);
	assert_string_equal(e.text, "the source is damaged");
	assert_int_equal(
		fs_write(scratch_fd, "new", &(struct fs_content){ .fill = fill }, NULL, NULL, &e),
		ERR_BUG);
	assert_string_equal(scratch_get("f"), "old");
	assert_int_equal(scratch_count(""), 1);
}

static void test_scratch_files_have_no_name(void **state)
{
	struct err e = ERR_INIT;
	char text[4] = "";
	int fd;

	(void)state;
	assert_int_equal(fs_scratch(&fd, scratch_dir, &e), ERR_OK);
	assert_int_equal(pwrite(fd, "abc", 3, 0), 3);
	assert_int_equal(pread(fd, text, 3, 0), 3);
	assert_string_equal(text, "abc");
	assert_int_equal(scratch_count(""), 0);
	close(fd);
	assert_int_equal(fs_scratch(&fd, "/nowhere", &e), ERR_ABSENT);
}

/* ---- lines ---- */

static int fill_lines(void *payload, int fd, struct err *e)
{
	char line[64];

	for (size_t i = 0; i < *(size_t *)payload; i++) {
		int len = snprintf(line, sizeof(line), "line %zu of a file of many\n", i);

		if (fs_add(fd, line, (size_t)len))
			return err_set(e, ERR_RETRY, "stopped");
	}
	return ERR_OK;
}

struct counted {
	size_t lines, stop_at, wrong;
};

static bool count_line(void *payload, char *line)
{
	struct counted *counted = payload;
	char expected[64];

	snprintf(expected, sizeof(expected), "line %zu of a file of many", counted->lines++);
	counted->wrong += strcmp(line, expected) != 0;
	return counted->lines != counted->stop_at;
}

/* More than fits into memory at once. */
static void test_lines_there_and_back(void **state)
{
	cleanup_free char *path = xasprintf("%s/lines", scratch_dir);
	struct counted all = { 0 }, some = { .stop_at = 7 };
	struct err e = ERR_INIT;
	size_t count = 20000;

	(void)state;
	assert_int_equal(fs_store_with(path, fill_lines, &count, 0600, &e), ERR_OK);
	assert_int_equal(fs_load_lines(path, count_line, &all, &e), ERR_OK);
	assert_int_equal(all.lines, count);
	assert_int_equal(all.wrong, 0);
	assert_int_equal(fs_load_lines(path, count_line, &some, &e), ERR_OK);
	assert_int_equal(some.lines, 7);
	assert_int_equal(fs_load_lines("/nowhere/x", count_line, &some, &e), ERR_ABSENT);
}

static int fill_half(void *payload, int fd, struct err *e)
{
	(void)payload;
	assert_int_equal(fs_add(fd, "half", 4), 0);
	return err_set(e, ERR_RETRY, "stopped");
}

static void test_a_file_that_was_not_filled_replaces_nothing(void **state)
{
	cleanup_free char *path = xasprintf("%s/f", scratch_dir);
	struct err e = ERR_INIT;

	(void)state;
	scratch_put("f", "whole");
	assert_int_equal(fs_store_with(path, fill_half, NULL, 0600, &e), ERR_RETRY);
	assert_string_equal(e.text, "stopped");
	assert_string_equal(scratch_get("f"), "whole");
	assert_int_equal(scratch_count(""), 1);
}

static bool any_line(void *payload, char *line)
{
	(void)payload;
	(void)line;
	return true;
}

static void test_what_is_no_text(void **state)
{
	static const struct {
		size_t a;
		const char *end;
		int code;
	} cases[] = {
		{ 0, "", ERR_OK },
		{ 0, "\n", ERR_OK },
		{ 10, "\n", ERR_OK },
		{ 10, "", ERR_INVALID },
		{ FS_LINE_MAX - 1, "\n", ERR_OK },
		{ FS_LINE_MAX, "\n", ERR_INVALID },
		{ FS_LINE_MAX * 3, "\n", ERR_INVALID },
	};
	cleanup_free char *path = xasprintf("%s/f", scratch_dir);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *text = xcalloc(cases[i].a + 2, 1);
		struct err e = ERR_INIT;

		memset(text, 'a', cases[i].a);
		strcpy(text + cases[i].a, cases[i].end);
		scratch_put("f", text);
		assert_int_equal(fs_load_lines(path, any_line, NULL, &e), cases[i].code);
	}
	assert_int_equal(fs_store(path, "a\0b\n", 4, 0600, NULL), ERR_OK);
	assert_int_equal(fs_load_lines(path, any_line, NULL, NULL), ERR_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(test_open_identifies_what_is_read),
		ON_DISK(test_open_refuses),
		ON_DISK(test_a_file_that_is_being_written),
		ON_DISK(test_write_with),
		ON_DISK(test_a_source_that_fails_changes_nothing),
		ON_DISK(test_scratch_files_have_no_name),
		ON_DISK(test_lines_there_and_back),
		ON_DISK(test_a_file_that_was_not_filled_replaces_nothing),
		ON_DISK(test_what_is_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
