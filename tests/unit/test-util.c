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
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strlist.h"
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

/* What a child that wants more than it may have says and ends with. */
static int without_memory(char said[static 128], int exit_status)
{
	int status, ends[2];
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], STDERR_FILENO);
		signal(SIGABRT, SIG_DFL);
		memory_exit_status(exit_status);
#ifdef __SANITIZE_ADDRESS__
		memory_exhausted(1u << 30); /* its allocator needs an endless address space */
#else
		{
			const struct rlimit limit = { 256u << 20, 256u << 20 };

			setrlimit(RLIMIT_AS, &limit);
			free(xmalloc(1u << 30));
		}
#endif
		_exit(0);
	}
	close(ends[1]);
	n = read(ends[0], said, 127);
	assert_true(n >= 0);
	said[n] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void test_without_memory(void **state)
{
	char said[128];
	int status;

	(void)state;
	status = without_memory(said, 71);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 71);
	assert_string_equal(said, "out of memory: cannot get 1073741824 bytes\n");
	status = without_memory(said, 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
	assert_string_equal(said, "out of memory: cannot get 1073741824 bytes\n");
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

static int compare_numbers(const void *key, const void *item)
{
	return *(const int *)key - *(const int *)item;
}

/* Every number between, on and beyond the elements, in arrays of every length. */
static void test_array_find(void **state)
{
	static const int items[] = { 2, 4, 6, 8, 10 };

	(void)state;
	for (size_t count = 0; count <= ARRAY_SIZE(items); count++)
		for (int key = 1; key <= 11; key++) {
			size_t place = (size_t)(key - 1) / 2;
			bool found;
			size_t at = array_find(&key, count ? items : NULL, count, sizeof(*items),
					       compare_numbers, &found);

			assert_int_equal(at, place < count ? place : count);
			assert_int_equal(found, key % 2 == 0 && place < count);
		}
}

static void test_strlist(void **state)
{
	struct strlist list = { 0 };
	const char *kept[20];

	(void)state;
	for (int i = 0; i < 20; i++) {
		char *made = xasprintf("%d", i);

		kept[i] = strlist_keep(&list, made);
		assert_ptr_equal(kept[i], made);
	}
	assert_string_equal(kept[0], "0"); /* it stays where it was while the list grows */
	assert_int_equal(list.count, 20);
	strlist_release(&list);
	assert_int_equal(list.count, 0);
	strlist_release(&list);
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
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_array_grow),
		cmocka_unit_test(test_array_find),
		cmocka_unit_test(test_strlist),
		cmocka_unit_test(test_steal),
		cmocka_unit_test(test_cleanup_fd),
		cmocka_unit_test(test_predicates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
