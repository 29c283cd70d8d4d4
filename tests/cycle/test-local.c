/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the local side shows when folders and files are not what they were: links, folders that can be
 * listed but not entered, two files of one notebook, names that a file system refuses. Nothing is taken
 * for deleted that may be there.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "fs/fs_beneath.h"
#include "tests/world/expectations.h"

/* ---- links ---- */

static void swap_for_link(struct world *w, const char *folder)
{
	cleanup_free char *path = local_path(w, folder);
	cleanup_free char *aside = xasprintf("%s/elsewhere", w->dir);

	files_rename(path, aside);
	assert_int_equal(symlink(aside, path), 0);
}

static void swap_back(struct world *w, const char *folder)
{
	cleanup_free char *path = local_path(w, folder);
	cleanup_free char *aside = xasprintf("%s/elsewhere", w->dir);

	assert_int_equal(unlink(path), 0);
	files_rename(aside, path);
}

static void check_link(struct world *w, bool hint)
{
	world_write(w, SIDE_LOCAL, "etl/a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "etl/sub/b.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "etl/.gitignore", "secret*\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "1\n");
	settle(w);
	swap_for_link(w, "etl");
	world_write(w, SIDE_LOCAL, ".gitignore", "other*\n");
	world_write(w, SIDE_WORKSPACE, "etl/secret.py", PY "1\n");
	if (hint)
		hinted(w, "etl");
	settle(w);
	expect(w, SIDE_WORKSPACE, "etl/a.py", PY "1\n");
	expect(w, SIDE_GIT, "etl/sub/b.py", PY "1\n");
	expect(w, SIDE_GIT, "etl/secret.py", NULL);
	expect_reason(&w->report, "etl/a", "kind");
	world_write(w, SIDE_GIT, "etl/a.py", PY "2\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "2\n");
	settle(w);
	expect(w, SIDE_WORKSPACE, "etl/a.py", PY "2\n");
	expect_everywhere(w, "c.py", PY "2\n");
	swap_back(w, "etl");
	settle(w);
	expect_everywhere(w, "etl/a.py", PY "2\n");
	assert_int_equal(w->report.held.count, 0);
}

static void test_a_folder_replaced_by_a_link(void **state)
{
	check_link(*state, false);
}

static void test_a_folder_replaced_by_a_link_hinted(void **state)
{
	check_link(*state, true);
}

/* ---- folders that can be listed but not entered ---- */

static void obey_modes(bool obey)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];
	const uint32_t bits = 1u << CAP_DAC_OVERRIDE | 1u << CAP_DAC_READ_SEARCH;

	assert_int_equal(syscall(SYS_capget, &header, data), 0);
	data[0].effective = obey ? data[0].effective & ~bits
				 : data[0].effective | (data[0].permitted & bits);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

static void test_a_folder_that_can_be_listed_but_not_entered(void **state)
{
	struct world *w = *state;
	cleanup_free char *etl = local_path(w, "etl");

	world_write(w, SIDE_LOCAL, "etl/a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "etl/sub/b.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "etl/sub/.gitignore", "secret*\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_WORKSPACE, "etl/sub/secret.py", PY "1\n");
	assert_int_equal(chmod(etl, 0644), 0);
	obey_modes(true);
	world_cycle(w, true, true);
	world_cycle(w, true, true);
	obey_modes(false);
	expect(w, SIDE_WORKSPACE, "etl/sub/b.py", PY "1\n");
	expect(w, SIDE_GIT, "etl/sub/b.py", PY "1\n");
	expect(w, SIDE_GIT, "etl/sub/secret.py", NULL);
	expect_reason(&w->report, "etl/a", "unreadable");
	expect_reason(&w->report, "etl/sub/b", "unreadable");
	assert_int_equal(chmod(etl, 0755), 0);
	settle(w);
	assert_int_equal(w->report.held.count, 0);
	expect_everywhere(w, "etl/sub/b.py", PY "1\n");
}

/* ---- two files of one notebook ---- */

#define AS_IPYNB                                                                                 \
	"{\"cells\":[{\"cell_type\":\"code\",\"source\":[\"1\"],\"metadata\":{},\"outputs\":[]," \
	"\"execution_count\":null}],\"metadata\":{\"language_info\":{\"name\":\"python\"}},"     \
	"\"nbformat\":4,\"nbformat_minor\":4}"

static void test_the_first_of_two_files_goes(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, "a.ipynb", AS_IPYNB);
	hinted(w, "a.ipynb");
	expect_reason(&w->report, "a", "collision");
	world_delete(w, SIDE_LOCAL, "a.py");
	hinted(w, "a.py");
	assert_int_equal(w->report.side[SIDE_WORKSPACE].deleted, 0);
	expect(w, SIDE_WORKSPACE, "a.py", PY "1\n");
	assert_int_equal(w->report.held.count, 0);
	settle(w);
	expect(w, SIDE_LOCAL, "a.ipynb", AS_IPYNB);
	expect(w, SIDE_GIT, "a.py", PY "1\n");
}

/* ---- a folder in the way of a file ---- */

static int set_up_files(void **state)
{
	*state = world_with("files = all\n");
	return 0;
}

static void test_a_folder_stands_where_a_file_is_to_be_written(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "c.py", PY "1\n");
	settle(w);
	world_mkdir(w, SIDE_LOCAL, "data.csv");
	world_write(w, SIDE_WORKSPACE, "data.csv", "1,2\n");
	settle(w);
	expect_reason(&w->report, "data.csv", "refused");
	expect(w, SIDE_GIT, "data.csv", "1,2\n");
	assert_true(w->report.next_ms < 0 || w->report.next_ms > 1000);
}

/* ---- a script beside a notebook ---- */

static void check_script(struct world *w, bool hint)
{
	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, "a.sql", "select 1\n");
	if (hint)
		hinted(w, "a.sql");
	world_write(w, SIDE_LOCAL, "a.py", PY "2\n");
	settle(w);
	assert_int_equal(w->report.held.count, 0);
	expect_everywhere(w, "a.py", PY "2\n");
	world_delete(w, SIDE_LOCAL, "a.py");
	settle(w);
	assert_int_equal(w->report.held.count, 0);
	expect_everywhere(w, "a.py", NULL);
	expect(w, SIDE_LOCAL, "a.sql", "select 1\n");
}

static void test_a_script_beside_a_notebook(void **state)
{
	check_script(*state, false);
}

static void test_a_script_beside_a_notebook_hinted(void **state)
{
	check_script(*state, true);
}

static void test_a_script_that_becomes_a_notebook_collides(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, "a.sql", "");
	settle(w);
	world_write(w, SIDE_LOCAL, "a.sql", SQL "select 1\n");
	settle(w);
	expect_reason(&w->report, "a", "collision");
	world_delete(w, SIDE_LOCAL, "a.sql");
	settle(w);
	assert_int_equal(w->report.held.count, 0);
	expect_everywhere(w, "a.py", PY "1\n");
}

static void test_a_script_that_could_not_be_read(void **state)
{
	struct world *w = *state;
	cleanup_free char *path = local_path(w, "b.py");

	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	settle(w);
	world_write(w, SIDE_LOCAL, "b.py", "print()\n");
	assert_int_equal(chmod(path, 0), 0);
	obey_modes(true);
	world_cycle(w, true, true);
	obey_modes(false);
	expect_reason(&w->report, "b", "unreadable");
	assert_int_equal(chmod(path, 0644), 0);
	hinted(w, "b.py");
	world_cycle(w, false, true);
	assert_int_equal(w->report.held.count, 0);
	settle(w);
	expect(w, SIDE_GIT, "b.py", NULL);
}

/* ---- a file that stays open ---- */

static void write_some(int fd, const char *text)
{
	struct timespec times[2];

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	/* By the test's clock, which runs ahead; the next cycle begins 11 s later. */
	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec += 11;
	times[1] = times[0];
	assert_int_equal(futimens(fd, times), 0);
}

static void test_a_file_that_stays_open_for_writing(void **state)
{
	struct world *w = *state;
	cleanup_free char *path = local_path(w, "a.py");
	int64_t last = 0;
	int fd;

	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "c.py", PY "1\n");
	settle(w);
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	world_write(w, SIDE_GIT, "a.py", PY "2\n");
	for (int i = 0; i < 8; i++) {
		assert_int_equal(world_cycle(w, true, true)->code, 0);
		assert_true(w->report.next_ms >= last);
		last = w->report.next_ms;
	}
	assert_true(last >= 10000);
	expect_reason(&w->report, "a", "refused");
	expect(w, SIDE_LOCAL, "a.py", PY "1\n");
	close(fd);
	settle(w);
	assert_int_equal(w->report.held.count, 0);
	expect_everywhere(w, "a.py", PY "2\n");
}

static void test_half_of_a_source_notebook(void **state)
{
	struct world *w = *state;
	cleanup_free char *path = local_path(w, "a.py");
	int fd, turns = 0;

	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	settle(w);
	fd = open(path, O_WRONLY | O_TRUNC);
	write_some(fd, PY "ha");
	world_cycle(w, true, true);
	expect(w, SIDE_WORKSPACE, "a.py", PY "1\n");
	expect_reason(&w->report, "a", "unreadable");
	assert_true(cycle_unsettled(w->cycle));
	write_some(fd, "lf\n");
	close(fd);
	settle(w);
	expect_everywhere(w, "a.py", PY "half\n");
	/* Somebody who never stops is not waited for. */
	fd = open(path, O_WRONLY | O_APPEND);
	do {
		write_some(fd, "more\n");
		world_cycle(w, true, true);
	} while (held(&w->report, "a") && ++turns < 20);
	close(fd);
	assert_in_range(turns, 1, 10);
	settle(w);
	assert_int_equal(w->report.held.count, 0);
}

/* ---- a file system with names of its own ---- */

/* As many letters and ".py". Owned by the caller. */
static char *named(char letter, size_t count)
{
	char *file = xasprintf("%*s.py", (int)count, "");

	memset(file, letter, count);
	return file;
}

/* eCryptfs takes 143 bytes; other file systems refuse a name with other words. Each path is held by
 * itself, and what fits is written, replaced and kept apart as anywhere. */
static void test_a_file_system_that_refuses_names(void **state)
{
	static const int errors[] = { ENAMETOOLONG, EINVAL, EILSEQ };
	struct world *w = *state;
	cleanup_free char *longer = named('n', 150), *fits = named('f', 140);
	cleanup_free char *stem = xstrndup(longer, 150);

	world_write(w, SIDE_WORKSPACE, longer, PY "1\n");
	world_write(w, SIDE_WORKSPACE, fits, PY "0\n");
	fs_switches.name_max = 143;
	for (size_t i = 0; i < ARRAY_SIZE(errors); i++) {
		cleanup_free char *text = xasprintf(PY "%zu\n", i + 1);

		fs_switches.name_errno = errors[i];
		world_write(w, SIDE_WORKSPACE, fits, text);
		settle(w);
		expect_everywhere(w, fits, text);
		expect_reason(&w->report, stem, "name");
		assert_int_equal(w->report.held.count, 1);
		assert_non_null(strstr(w->report.held.items[0].sentence, strerror(errors[i])));
		expect(w, SIDE_GIT, longer, PY "1\n");
		expect(w, SIDE_LOCAL, longer, NULL);
	}
	fs_switches.name_max = 0;
	settle(w);
	expect_everywhere(w, longer, PY "1\n");
	assert_int_equal(w->report.held.count, 0);
}

static void test_a_conflict_copy_fits_the_file_system(void **state)
{
	struct world *w = *state;
	cleanup_free char *file = named('n', 120), *stem = xstrndup(file, 120);

	world_write(w, SIDE_WORKSPACE, file, PY "1\n");
	fs_switches.name_max = 143;
	settle(w);
	world_write(w, SIDE_WORKSPACE, file, PY "2\n");
	world_write(w, SIDE_LOCAL, file, PY "3\n");
	settle(w);
	fs_switches.name_max = 0;
	assert_int_equal(w->report.held.count, 0);
	assert_int_equal(w->report.conflicts.count, 1);
	assert_string_equal(w->report.conflicts.items[0].path, stem);
	assert_int_equal(strlen(w->report.conflicts.items[0].reason), 143);
	expect(w, SIDE_LOCAL, w->report.conflicts.items[0].reason, PY "3\n");
	expect_everywhere(w, file, PY "2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_folder_replaced_by_a_link, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_folder_replaced_by_a_link_hinted, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_folder_that_can_be_listed_but_not_entered,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_first_of_two_files_goes, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_folder_stands_where_a_file_is_to_be_written,
						set_up_files, tear_down),
		cmocka_unit_test_setup_teardown(test_a_script_beside_a_notebook, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_script_beside_a_notebook_hinted, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_script_that_becomes_a_notebook_collides,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_file_that_stays_open_for_writing, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_half_of_a_source_notebook, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_script_that_could_not_be_read, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_file_system_that_refuses_names, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_conflict_copy_fits_the_file_system, set_up,
						tear_down),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
