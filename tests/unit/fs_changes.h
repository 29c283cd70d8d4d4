/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tests of base/fs.h share. Include cmocka.h before this. */

#include "fs/fs_beneath.h"
#include "scratch.h"

/* As a caller gets it, by reading the file: that stat tells two edits in one tick of the clock
 * apart. */
static inline struct fs_stat stat_of(const char *rel)
{
	cleanup_buf struct buf content = BUF_INIT(0);
	struct err e = ERR_INIT;
	struct fs_stat st;

	assert_int_equal(fs_stat(scratch_fd, rel, &st, &e), 0);
	if (st.kind == FS_FILE)
		assert_int_equal(fs_read(scratch_fd, rel, 1024, &content, &st, &e), 0);
	return st;
}

static inline int put(const char *rel, const char *text, const struct fs_stat *expect,
		      struct err *e)
{
	return fs_write(scratch_fd, rel, &(struct fs_content){ .data = text, .len = strlen(text) },
			expect, NULL, e);
}

static inline int changes_teardown(void **state)
{
	fs_switches = (struct fs_switches){ 0 };
	return scratch_teardown(state);
}

static inline int setup_no_rename_flags(void **state)
{
	fs_switches.no_rename_flags = true;
	return scratch_setup(state);
}

static inline int setup_old_kernel(void **state)
{
	fs_switches = (struct fs_switches){ .no_openat2 = true };
	return scratch_setup(state);
}

/* A test that may set fs_switches; one of a file system that has no flags of rename; and one of a
 * kernel without openat2. */
#define CHANGES(f)    cmocka_unit_test_setup_teardown(f, scratch_setup, changes_teardown)
#define NO_FLAGS(f)   cmocka_unit_test_setup_teardown(f, setup_no_rename_flags, changes_teardown)
#define OLD_KERNEL(f) cmocka_unit_test_setup_teardown(f, setup_old_kernel, changes_teardown)
