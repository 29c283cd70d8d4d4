/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation that aborts, the string predicates, and the cleanup attributes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/util.h"

static void test_copies(void **state)
{
	char *s;

	(void)state;
	assert_null(xstrdup(NULL));
	s = xstrdup("abc");
	assert_string_equal(s, "abc");
	free(s);
	s = xstrndup("abcdef", 3);
	assert_string_equal(s, "abc");
	free(s);
	s = xstrndup("ab", 30);
	assert_string_equal(s, "ab");
	free(s);
	s = xmemdup("a\0b", 3);
	assert_memory_equal(s, "a\0b", 3);
	free(s);
	s = xasprintf("%s-%03d", "x", 7);
	assert_string_equal(s, "x-007");
	free(s);
}

static void test_zero_sizes_give_memory(void **state)
{
	void *p;

	(void)state;
	p = xmalloc(0);
	assert_non_null(p);
	free(p);
	p = xcalloc(0, 8);
	assert_non_null(p);
	p = xreallocarray(p, 0, 8);
	assert_non_null(p);
	free(p);
	p = xmemdup(NULL, 0);
	assert_non_null(p);
	free(p);
}

static void test_overflow_aborts(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (pid == 0) {
		close(STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		xreallocarray(NULL, SIZE_MAX / 2, 3);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

static void test_array_grow(void **state)
{
	size_t cap = 0, count = 0, grown = 0, old = 0;
	int *items = NULL;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		items = array_grow(items, count, &cap, sizeof(*items));
		items[count++] = i;
		grown += cap != old;
		old = cap;
	}
	for (int i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
	assert_true(grown < 12);
	free(items);
}

static void test_steal(void **state)
{
	char *s = xstrdup("mine"), *kept;
	int fd = 7;

	(void)state;
	kept = steal(&s);
	assert_null(s);
	assert_string_equal(kept, "mine");
	free(kept);
	assert_int_equal(steal_fd(&fd), 7);
	assert_int_equal(fd, -1);
}

static int open_in_scope(bool keep)
{
	cleanup_fd int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return keep ? steal_fd(&fd) : fd;
}

static void test_cleanup_fd(void **state)
{
	int fd = open_in_scope(false);

	(void)state;
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(errno, EBADF);
	fd = open_in_scope(true);
	assert_int_not_equal(fcntl(fd, F_GETFD), -1);
	close(fd);
}

static void test_predicates(void **state)
{
	(void)state;
	assert_true(str_eq("a", "a"));
	assert_false(str_eq("a", "A"));
	assert_false(str_eq("a", NULL));
	assert_false(str_eq(NULL, ""));
	assert_true(str_eq(NULL, NULL));
	assert_true(str_starts("abc", "ab"));
	assert_true(str_starts("abc", ""));
	assert_false(str_starts("a", "ab"));
	assert_true(str_ends("abc", "bc"));
	assert_true(str_ends("abc", ""));
	assert_false(str_ends("c", "bc"));
	assert_false(str_ends("abd", "bc"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_zero_sizes_give_memory),
		cmocka_unit_test(test_overflow_aborts),
		cmocka_unit_test(test_array_grow),
		cmocka_unit_test(test_steal),
		cmocka_unit_test(test_cleanup_fd),
		cmocka_unit_test(test_predicates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
