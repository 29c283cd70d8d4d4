/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify's wire format, against a socket that plays the service manager. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "daemon/notify.h"

struct manager {
	int fd;
	char name[64]; /* as NOTIFY_SOCKET spells it */
};

static void listen_at(struct manager *m, const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t n = strlen(name);
	size_t len = offsetof(struct sockaddr_un, sun_path) + n + (name[0] == '/');

	assert_true(n < sizeof(m->name) && n < sizeof(a.sun_path));
	memcpy(m->name, name, n + 1);
	memcpy(a.sun_path, name, n + 1);
	if (name[0] == '@')
		a.sun_path[0] = '\0';
	else
		unlink(name);
	m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(m->fd, (const void *)&a, (socklen_t)len), 0);
}

static int setup(void **state)
{
	static struct manager m;
	char name[64];

	snprintf(name, sizeof(name), "/tmp/nbsync-notify-%d", (int)getpid());
	listen_at(&m, name);
	setenv("NOTIFY_SOCKET", m.name, 1);
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	struct manager *m = *state;

	close(m->fd);
	if (m->name[0] == '/')
		unlink(m->name);
	return 0;
}

/* The next datagram; "" when there is none. */
static const char *heard(const struct manager *m)
{
	static char text[4096];
	ssize_t n = recv(m->fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void test_messages(void **state)
{
	const struct manager *m = *state;
	struct notify n;

	notify_init(&n);
	notify_ready(&n);
	assert_string_equal(heard(m), "READY=1\n");
	notify_alive(&n);
	assert_string_equal(heard(m), "WATCHDOG=1\n");
	notify_stopping(&n);
	assert_string_equal(heard(m), "STOPPING=1\n");
	notify_release(&n);
}

static void test_reloading_tells_the_monotonic_time(void **state)
{
	struct timespec t;
	long long usec = 0, now;
	struct notify n;

	notify_init(&n);
	notify_reloading(&n);
	clock_gettime(CLOCK_MONOTONIC, &t);
	now = t.tv_sec * 1000000LL + t.tv_nsec / 1000;
	assert_int_equal(sscanf(heard(*state), "RELOADING=1\nMONOTONIC_USEC=%lld\n", &usec), 1);
	assert_in_range(usec, now - 1000000, now);
	notify_release(&n);
}

static void test_status_only_when_it_changes_and_on_one_line(void **state)
{
	const struct manager *m = *state;
	struct notify n;

	notify_init(&n);
	notify_status(&n, "2 mappings");
	assert_string_equal(heard(m), "STATUS=2 mappings\n");
	notify_status(&n, "2 mappings");
	assert_string_equal(heard(m), "");
	notify_status(&n, "held: 'a\nREADY=0'");
	assert_string_equal(heard(m), "STATUS=held: 'a READY=0'\n");
	notify_release(&n);
}

static void test_abstract_socket(void **state)
{
	struct manager m;
	struct notify n;
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@nbsync-notify-%d", (int)getpid());
	listen_at(&m, name);
	setenv("NOTIFY_SOCKET", name, 1);
	notify_init(&n);
	notify_ready(&n);
	assert_string_equal(heard(&m), "READY=1\n");
	notify_release(&n);
	close(m.fd);
}

static void test_environment_is_removed(void **state)
{
	struct notify n;

	(void)state;
	setenv("WATCHDOG_USEC", "20000000", 1);
	setenv("WATCHDOG_PID", "1", 1);
	notify_init(&n);
	assert_null(getenv("NOTIFY_SOCKET"));
	assert_null(getenv("WATCHDOG_USEC"));
	assert_null(getenv("WATCHDOG_PID"));
	notify_release(&n);
}

static void test_watchdog(void **state)
{
	static const struct {
		const char *usec, *pid;
		int64_t ms;
	} rows[] = {
		{ NULL, NULL, 0 },
		{ "20000000", NULL, 20000 },
		{ "20000000", "self", 20000 },
		{ "20000000", "1", 0 },
		{ "0", NULL, 0 },
		{ "junk", NULL, 0 },
		{ "-5", NULL, 0 },
		{ "30000000x", NULL, 0 },
		{ "500", NULL, 2 },
		{ "99999999999999999999", NULL, 0 },
	};
	const struct manager *m = *state;
	char self[32];

	snprintf(self, sizeof(self), "%d", (int)getpid());
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct notify n;

		setenv("NOTIFY_SOCKET", m->name, 1);
		if (rows[i].usec)
			setenv("WATCHDOG_USEC", rows[i].usec, 1);
		if (rows[i].pid)
			setenv("WATCHDOG_PID", str_eq(rows[i].pid, "self") ? self : rows[i].pid, 1);
		notify_init(&n);
		assert_int_equal(n.watchdog_ms, rows[i].ms);
		notify_release(&n);
	}
}

static void test_without_a_manager_nothing_happens(void **state)
{
	static const char *const names[] = {
		"", "@", "/", "relative", "/nonexistent/socket", "vsock:2:1"
	};
	static char longest[200];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[0] = '/';
	for (size_t i = 0; i <= ARRAY_SIZE(names) + 1; i++) {
		struct notify n;

		unsetenv("NOTIFY_SOCKET");
		setenv("WATCHDOG_USEC", "1000000", 1);
		if (i < ARRAY_SIZE(names))
			setenv("NOTIFY_SOCKET", names[i], 1);
		else if (i == ARRAY_SIZE(names))
			setenv("NOTIFY_SOCKET", longest, 1);
		notify_init(&n);
		assert_int_equal(n.fd, -1);
		assert_int_equal(n.watchdog_ms, 0);
		notify_ready(&n);
		notify_status(&n, "x");
		notify_release(&n);
		notify_release(&n);
	}
}

/* The manager went away, or does not read: sending must neither fail nor block nor raise SIGPIPE. */
static void test_a_manager_that_is_gone(void **state)
{
	struct manager *m = *state;
	struct notify n;

	notify_init(&n);
	for (int i = 0; i < 10000; i++)
		notify_alive(&n);
	close(m->fd);
	unlink(m->name);
	errno = 0;
	notify_ready(&n);
	notify_release(&n);
	m->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(m->fd >= 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(messages),
		TEST(reloading_tells_the_monotonic_time),
		TEST(status_only_when_it_changes_and_on_one_line),
		TEST(abstract_socket),
		TEST(environment_is_removed),
		TEST(watchdog),
		TEST(without_a_manager_nothing_happens),
		TEST(a_manager_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
