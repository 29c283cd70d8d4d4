/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A directory of its own for each test, made and removed by scratch_setup() and scratch_teardown(),
 * and plain functions to put files there and look at them without the code under test. Include
 * cmocka.h before this.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/temp_dir.h"

static char *scratch_dir; /* owned */
static int scratch_fd = -1;

static inline int scratch_setup(void **state)
{
	(void)state;
	scratch_dir = temp_dir_new();
	if (!scratch_dir)
		return -1;
	scratch_fd = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return scratch_fd < 0 ? -1 : 0;
}

/* The same, and it becomes the working directory. */
static inline int scratch_enter(void **state)
{
	return scratch_setup(state) || fchdir(scratch_fd) ? -1 : 0;
}

static inline int scratch_teardown(void **state)
{
	int r = temp_dir_remove(scratch_dir);

	(void)state;
	close(scratch_fd);
	free(scratch_dir);
	return r;
}

/* Writes a file of the working directory, or of an absolute path, with this mode whatever the umask
 * is. */
static inline void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
}

/* The absolute path of rel; static, overwritten by the next call. */
static inline const char *scratch_path(const char *rel)
{
	static char path[2 * PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", scratch_dir, rel);
	return path;
}

static inline void scratch_mkdir(const char *rel)
{
	assert_int_equal(mkdirat(scratch_fd, rel, 0755), 0);
}

static inline void scratch_chmod(const char *rel, mode_t mode)
{
	assert_int_equal(fchmodat(scratch_fd, rel, mode, 0), 0);
}

/* Writes in place, as an editor without manners does. */
static inline void scratch_put(const char *rel, const char *text)
{
	int fd = openat(scratch_fd, rel, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* Writes beside and renames into place, as an editor with manners does. */
static inline void scratch_save(const char *rel, const char *text)
{
	scratch_put("editor.swp", text);
	assert_int_equal(renameat(scratch_fd, "editor.swp", scratch_fd, rel), 0);
}

/* The content, at most 255 bytes; "(none)" when there is no such file. Static. */
static inline const char *scratch_get(const char *rel)
{
	static char text[256];
	int fd = openat(scratch_fd, rel, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return "(none)";
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static inline bool scratch_exists(const char *rel)
{
	return faccessat(scratch_fd, rel, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* How many entries a directory has. */
static inline size_t scratch_count(const char *rel)
{
	DIR *dir = opendir(scratch_path(rel));
	size_t n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

/* A test with such a directory. */
#define ON_DISK(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
