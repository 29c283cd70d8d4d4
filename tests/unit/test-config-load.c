/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration's files: drop-ins and their order, files that cannot be trusted, links. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/config.h"
#include "parsed.h"
#include "scratch.h"

#define GIT "git = https://github.com/acme/r\n"

/* Not in TMPDIR: another user has to get there. */
static char dir[] = "/tmp/nbsync-config-XXXXXX";
static const char *const names[] = {
	"x.d/10-a.ini",    "x.d/9-b.ini",   "x.d/B.ini",     "x.d/a.ini",
	"x.d/.hidden.ini", "x.d/note.txt",  "x.d/x.ini.bak", "x.ini",
	"plain",           "plain.d/a.ini", "link"
};

static int make_dir(void **state)
{
	(void)state;
	setenv("STATE_DIRECTORY", "/state", 1);
	setenv("RUNTIME_DIRECTORY", "/run", 1);
	return mkdtemp(dir) ? chdir(dir) : -1;
}

static int clean_dir(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlink(names[i]);
	rmdir("x.d");
	rmdir("plain.d");
	rmdir("real");
	return 0;
}

static int remove_dir(void **state)
{
	clean_dir(state);
	return rmdir(dir);
}

static struct config *load(const char *file)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;

	if (config_load(&c, file, NULL, &e))
		fail_msg("%s", e.text);
	return c;
}

static void expect_problems(const char *file, const char *expected)
{
	cleanup_buf struct buf problems = BUF_INIT(65536);
	struct config *c = (void *)&problems; /* must be set in any case */
	struct err e = ERR_INIT;

	assert_int_equal(config_load(&c, file, &problems, &e), ERR_CONFIG);
	assert_null(c);
	assert_string_equal(buf_str(&problems), expected);
	assert_int_equal(strncmp(e.text, expected, strlen(e.text)), 0);
	assert_int_equal(expected[strlen(e.text)], '\n');
}

static void test_one_file(void **state)
{
	struct config *c;

	(void)state;
	write_file("x.ini", "[mapping a]\nlocal = /srv/a\n" GIT, 0644);
	c = load("x.ini");
	assert_string_equal(c->file, "x.ini");
	assert_int_equal(c->mapping_count, 1);
	config_free(c);
}

static void test_drop_ins_in_byte_order(void **state)
{
	struct config *c;

	(void)state;
	write_file("x.ini",
		   "[daemon]\nworkers = 1\nlog_level = debug\nworker_idle = 1s\n"
		   "[mapping main]\nlocal = /srv/main\n" GIT,
		   0644);
	assert_int_equal(mkdir("x.d", 0755), 0);
	write_file("x.d/a.ini", "[mapping a]\nlocal = /srv/a\n" GIT "[daemon]\nworkers = 5\n",
		   0644);
	write_file("x.d/B.ini", "[daemon]\nworkers = 4\nworker_idle = 2s\n", 0644);
	write_file("x.d/9-b.ini", "[daemon]\nworkers = 3\n[mapping b]\nlocal = /srv/b\n" GIT, 0644);
	write_file("x.d/10-a.ini", "[daemon]\nworkers = 2\n[mapping c]\nlocal = /srv/c\n" GIT,
		   0644);
	write_file("x.d/.hidden.ini", "nonsense", 0644);
	write_file("x.d/note.txt", "nonsense", 0644);
	write_file("x.d/x.ini.bak", "nonsense", 0644);
	c = load("x.ini");
	assert_int_equal(c->daemon.workers, 5);
	assert_int_equal(c->daemon.worker_idle_ms, 2000);
	assert_string_equal(c->daemon.log_level, "debug");
	assert_int_equal(c->mapping_count, 4);
	assert_string_equal(c->mappings[0].name, "main");
	assert_string_equal(c->mappings[1].name, "c");
	assert_string_equal(c->mappings[2].name, "b");
	assert_string_equal(c->mappings[3].name, "a");
	config_free(c);
}

static void test_name_without_suffix(void **state)
{
	struct config *c;

	(void)state;
	write_file("plain", "", 0644);
	assert_int_equal(mkdir("plain.d", 0755), 0);
	write_file("plain.d/a.ini", "[daemon]\nworkers = 7\n", 0644);
	c = load("plain");
	assert_int_equal(c->daemon.workers, 7);
	config_free(c);
}

static void test_problems_of_all_files(void **state)
{
	(void)state;
	write_file("x.ini", "[mapping a]\nlocal = /srv/a\n" GIT "foo = 1\n", 0644);
	assert_int_equal(mkdir("x.d", 0755), 0);
	write_file("x.d/10-a.ini", "[mapping a]\nlocal = /srv/b\n", 0644);
	write_file("x.d/9-b.ini", "[daemon]\nworkers = 0\n", 0644);
	assert_int_equal(chmod("x.d/9-b.ini", 0666), 0);
	write_file("x.d/a.ini", "[mapping b]\nlocal = /srv/a/b\n" GIT, 0644);
	expect_problems("x.ini",
			"x.ini:4: unknown key 'foo' in [mapping a]\n"
			"x.d/10-a.ini:1: mapping 'a' is defined here and at 'x.ini:1'\n"
			"'x.d/9-b.ini' can be written by others; chmod go-w 'x.d/9-b.ini'\n"
			"x.d/a.ini:2: local '/srv/a/b' overlaps '/srv/a' of mapping 'a'\n");
}

static void test_files_that_cannot_be_read(void **state)
{
	(void)state;
	expect_problems("x.ini", "'x.ini' does not exist\n");
	write_file("x.ini", "", 0644);
	assert_int_equal(chmod("x.ini", 0620), 0);
	expect_problems("x.ini", "'x.ini' can be written by others; chmod go-w 'x.ini'\n");
	assert_int_equal(chmod("x.ini", 0600), 0);
	write_file("x.d", "", 0644);
	expect_problems("x.ini", "cannot list 'x.d': Not a directory\n");
	unlink("x.d");
}

/* Two names of one directory are one directory, also for the part that does not exist yet. */
static void test_overlap_through_a_link(void **state)
{
	cleanup_free char *text = xasprintf("[mapping a]\nlocal = %s/real\n" GIT
					    "[mapping b]\nlocal = %s/link/below\n" GIT,
					    dir, dir);
	cleanup_free char *expected = xasprintf(
		"x.ini:5: local '%s/link/below' overlaps '%s/real' of mapping 'a'\n", dir, dir);

	(void)state;
	assert_int_equal(mkdir("real", 0755), 0);
	assert_int_equal(symlink("real", "link"), 0);
	write_file("x.ini", text, 0644);
	expect_problems("x.ini", expected);
}

/* ---- which file ---- */

/* In a process of another user when we are root, who has no file of his own. */
static void as_user(void (*check)(void))
{
	int status = -1;
	pid_t child;

	if (geteuid() != 0) {
		check();
		return;
	}
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (setgid(4711) || setuid(4711))
			_exit(2);
		check();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void check_user_file(void)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;

	if (config_load(&c, NULL, NULL, &e) || !str_ends(c->file, "/.config/nbsyncd/nbsyncd.ini") ||
	    c->daemon.workers != 5)
		abort();
	config_free(c);
}

/* A file of his own that cannot be looked at is not passed over in favour of the system's. */
static void check_user_file_out_of_reach(void)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;

	if (config_load(&c, NULL, NULL, &e) != ERR_CONFIG || !strstr(e.text, "cannot open"))
		abort();
}

static void test_user_file(void **state)
{
	(void)state;
	setenv("HOME", dir, 1);
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(mkdir(".config", 0755) | mkdir(".config/nbsyncd", 0755), 0);
	write_file(".config/nbsyncd/nbsyncd.ini", "[daemon]\nworkers = 5\n", 0644);
	as_user(check_user_file);
	assert_int_equal(chmod(".config", 0), 0);
	as_user(check_user_file_out_of_reach);
	assert_int_equal(chmod(".config", 0700), 0);
	unlink(".config/nbsyncd/nbsyncd.ini");
	assert_int_equal(rmdir(".config/nbsyncd") | rmdir(".config"), 0);
}

static void test_no_file_at_all(void **state)
{
	(void)state;
	if (access("/etc/nbsyncd/nbsyncd.ini", F_OK) == 0)
		skip();
	setenv("HOME", dir, 1);
	expect_problems(NULL, "there is no configuration: write '/etc/nbsyncd/nbsyncd.ini' or "
			      "'~/.config/nbsyncd/nbsyncd.ini', see nbsyncd.ini(5)\n");
}

/* The file that packages install: no line of it may be wrong, nor the example in its comments. */
static char *read_sample(bool uncomment)
{
	const char *source = getenv("NBSYNC_SOURCE");
	cleanup_free char *file = xasprintf("%s/config/nbsyncd.ini", source ? source : "");
	struct buf text = BUF_INIT(65536);
	FILE *f = fopen(file, "r");
	char line[1000];

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		bool example = str_starts(line, "# ") && (strstr(line, " = ") || line[2] == '[');

		buf_add_str(&text, uncomment && example ? line + 2 : line);
	}
	fclose(f);
	return buf_steal(&text, NULL);
}

static void test_sample(void **state)
{
	cleanup_free char *as_is = read_sample(false), *example = read_sample(true);
	struct config *c;

	(void)state;
	setenv("HOME", "/home/ana", 1);
	c = parsed_config(as_is, "nbsyncd.ini");
	assert_int_equal(c->mapping_count, 0);
	config_free(c);
	c = parsed_config(example, "nbsyncd.ini");
	assert_int_equal(c->mapping_count, 1);
	assert_int_equal(c->workspace_count, 1);
	assert_string_equal(c->mappings[0].workspace_path, "/Users/ana@acme.example/etl");
	config_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_one_file, clean_dir),
		cmocka_unit_test_teardown(test_drop_ins_in_byte_order, clean_dir),
		cmocka_unit_test_teardown(test_name_without_suffix, clean_dir),
		cmocka_unit_test_teardown(test_problems_of_all_files, clean_dir),
		cmocka_unit_test_teardown(test_files_that_cannot_be_read, clean_dir),
		cmocka_unit_test_teardown(test_overlap_through_a_link, clean_dir),
		cmocka_unit_test(test_user_file),
		cmocka_unit_test(test_no_file_at_all),
		cmocka_unit_test(test_sample),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
