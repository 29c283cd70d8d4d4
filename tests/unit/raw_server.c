/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocking sockets and threads, without any idea of a protocol.
 */

#include "raw_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64

struct connection {
	struct raw_server *server;
	pthread_t thread;
	int fd;
};

struct raw_server {
	int fd;
	unsigned short port;
	raw_handler handler;
	void *payload;
	pthread_t thread;
	pthread_mutex_t mutex; /* of what follows */
	bool stopping;
	struct connection **connections; /* owned */
	size_t count, cap;
};

bool raw_send(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		ssize_t n = send(fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool raw_read(int fd, size_t len)
{
	char piece[4096];

	while (len) {
		ssize_t n = recv(fd, piece, len < sizeof(piece) ? len : sizeof(piece), 0);

		if (n <= 0)
			return false;
		len -= (size_t)n;
	}
	return true;
}

bool raw_read_head(int fd)
{
	char last[4] = { 0 };

	while (memcmp(last, "\r\n\r\n", 4) != 0) {
		memmove(last, last + 1, 3);
		if (recv(fd, &last[3], 1, 0) != 1)
			return false;
	}
	return true;
}

bool raw_is_open(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLRDHUP };

	return poll(&p, 1, 0) == 0;
}

static void *connection_main(void *payload)
{
	struct connection *c = payload;

	c->server->handler(c->fd, c->server->payload);
	pthread_mutex_lock(&c->server->mutex);
	close(c->fd);
	c->fd = -1;
	pthread_mutex_unlock(&c->server->mutex);
	return NULL;
}

static void *server_main(void *payload)
{
	struct raw_server *s = payload;
	int fd, one = 1;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		struct connection *c = xcalloc(1, sizeof(*c));

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		pthread_mutex_lock(&s->mutex);
		*c = (struct connection){ .server = s, .fd = fd };
		s->connections = array_grow(s->connections, s->count, &s->cap,
					    sizeof(struct connection *));
		s->connections[s->count++] = c;
		if (s->stopping)
			shutdown(fd, SHUT_RDWR);
		if (pthread_create(&c->thread, NULL, connection_main, c) != 0)
			abort();
		pthread_mutex_unlock(&s->mutex);
	}
	return NULL;
}

struct raw_server *raw_server_start(raw_handler handler, void *payload, int receive_buffer)
{
	struct raw_server *s = xcalloc(1, sizeof(*s));
	struct sockaddr_in addr = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(addr);

	s->handler = handler;
	s->payload = payload;
	pthread_mutex_init(&s->mutex, NULL);
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (receive_buffer &&
	    setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer)) != 0)
		abort();
	if (s->fd < 0 || bind(s->fd, (struct sockaddr *)&addr, len) != 0 ||
	    listen(s->fd, BACKLOG) != 0 || getsockname(s->fd, (struct sockaddr *)&addr, &len) != 0)
		abort();
	s->port = ntohs(addr.sin_port);
	if (pthread_create(&s->thread, NULL, server_main, s) != 0)
		abort();
	return s;
}

void raw_server_stop(struct raw_server *s)
{
	pthread_mutex_lock(&s->mutex);
	s->stopping = true;
	for (size_t i = 0; i < s->count; i++)
		if (s->connections[i]->fd >= 0)
			shutdown(s->connections[i]->fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->mutex);
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	for (size_t i = 0; i < s->count; i++) {
		pthread_join(s->connections[i]->thread, NULL);
		free(s->connections[i]);
	}
	free(s->connections);
	close(s->fd);
	pthread_mutex_destroy(&s->mutex);
	free(s);
}

char *raw_server_url(const struct raw_server *s, const char *scheme, const char *path)
{
	return xasprintf("%s://127.0.0.1:%d%s", scheme, s->port, path);
}
