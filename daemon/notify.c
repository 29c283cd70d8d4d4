/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wire format is lines of NAME=value in one datagram. systemd 253 and later want RELOADING=1
 * with the monotonic time; older ones ignore that field.
 */

#include "daemon/notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Returns a connected descriptor, or -1. */
static int connect_to(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(name);
	int fd;

	if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof(address.sun_path))
		return -1;
	memcpy(address.sun_path, name, len);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* A name with a path ends in a NUL that counts, an abstract one ends with its last byte. */
	len += offsetof(struct sockaddr_un, sun_path) + (name[0] == '/');
	if (fd >= 0 && connect(fd, (const void *)&address, (socklen_t)len) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int64_t number(const char *text)
{
	char *end;
	long long n;

	if (!text)
		return -1;
	errno = 0;
	n = strtoll(text, &end, 10);
	return errno || end == text || *end || n < 0 ? -1 : n;
}

void notify_init(struct notify *n)
{
	const char *socket_name = getenv("NOTIFY_SOCKET");
	int64_t pid = number(getenv("WATCHDOG_PID"));
	int64_t usec = number(getenv("WATCHDOG_USEC"));

	*n = (struct notify){ .fd = socket_name ? connect_to(socket_name) : -1 };
	if (n->fd >= 0 && usec > 0 && (pid < 0 || pid == getpid()))
		n->watchdog_ms = usec < 2000 ? 2 : usec / 1000;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
}

void notify_release(struct notify *n)
{
	cleanup_fd_p(&n->fd);
	free(n->status);
	*n = (struct notify){ .fd = -1 };
}

static void send_text(const struct notify *n, const char *text)
{
	if (n->fd >= 0)
		(void)!send(n->fd, text, strlen(text), MSG_NOSIGNAL);
}

void notify_ready(struct notify *n)
{
	send_text(n, "READY=1\n");
}

void notify_reloading(struct notify *n)
{
	struct timespec t;
	char text[64];

	clock_gettime(CLOCK_MONOTONIC, &t);
	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld\n",
		 (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000);
	send_text(n, text);
}

void notify_stopping(struct notify *n)
{
	send_text(n, "STOPPING=1\n");
}

void notify_alive(struct notify *n)
{
	send_text(n, "WATCHDOG=1\n");
}

void notify_status(struct notify *n, const char *line)
{
	cleanup_free char *text = NULL;

	if (n->fd < 0 || str_eq(n->status, line))
		return;
	free(n->status);
	n->status = xstrdup(line);
	text = xasprintf("STATUS=%s\n", line);
	/* The line may quote a name that has a newline: it must not become two lines. */
	for (char *c = text; c[0] && c[1]; c++)
		if (*c == '\n')
			*c = ' ';
	send_text(n, text);
}
