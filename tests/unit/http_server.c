/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On raw_server.c, enough HTTP/1.1 to read requests with a Content-Length, on kept connections, and no
 * opinion about the answers.
 */

#include "http_server.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "base/buf.h"
#include "raw_server.h"

#define REQUEST_MAX (64u * 1024 * 1024)
#define REPLY_MAX   (128u * 1024 * 1024)

struct http_server {
	struct raw_server *raw; /* owned */
	http_handler handler;
	void *payload;
	pthread_mutex_t mutex; /* of everything below */
	unsigned connections;
	struct http_server_request **requests; /* owned */
	size_t request_count, request_cap;
	unsigned active, peak;
};

/* A connection. */
struct http_reply {
	struct http_server *server;
	int fd;
	unsigned number;
	bool last; /* close after this answer */
	bool gone;
};

void http_server_sleep_ms(unsigned ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	nanosleep(&ts, NULL);
}

void http_reply_raw(struct http_reply *reply, const void *data, size_t len)
{
	if (!reply->gone && !raw_send(reply->fd, data, len))
		reply->gone = true;
}

void http_reply_text(struct http_reply *reply, const char *text)
{
	http_reply_raw(reply, text, strlen(text));
}

void http_reply(struct http_reply *reply, int status, const char *headers, const void *body,
		size_t len)
{
	cleanup_buf struct buf all = BUF_INIT(REPLY_MAX);

	buf_addf(&all, "HTTP/1.1 %d Test\r\n%sContent-Length: %zu\r\n\r\n", status,
		 headers ? headers : "", len);
	buf_add(&all, body, len);
	http_reply_raw(reply, all.data, all.len);
}

void http_reply_json(struct http_reply *reply, int status, const char *json)
{
	http_reply(reply, status, "Content-Type: application/json\r\n", json, strlen(json));
}

bool http_reply_open(struct http_reply *reply)
{
	if (!reply->gone && !raw_is_open(reply->fd))
		reply->gone = true;
	return !reply->gone;
}

void http_reply_close(struct http_reply *reply)
{
	reply->last = true;
}

void http_reply_reset(struct http_reply *reply)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(reply->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	reply->last = true;
	reply->gone = true;
}

bool http_server_has_header(const struct http_server_request *r, const char *line)
{
	cleanup_free char *wanted = xasprintf("\r\n%s\r\n", line);
	cleanup_free char *all = xasprintf("\r\n%s", r->headers);

	return strstr(all, wanted) != NULL;
}

/* Reads until the blank line; what came behind it stays at the end of in. Returns the length of the
 * head, 0 at the end of the connection. */
static size_t read_head(int fd, struct buf *in)
{
	char chunk[16384];

	for (;;) {
		const char *end = in->len ? memmem(in->data, in->len, "\r\n\r\n", 4) : NULL;
		ssize_t n;

		if (end)
			return (size_t)(end - in->data) + 4;
		n = recv(fd, chunk, sizeof(chunk), 0);
		if (n <= 0 || !buf_add(in, chunk, (size_t)n))
			return 0;
	}
}

static size_t content_length(const char *head)
{
	const char *at = strcasestr(head, "\r\nContent-Length:");

	return at ? strtoul(at + strlen("\r\nContent-Length:"), NULL, 10) : 0;
}

static struct http_server_request *parse_head(const char *head, size_t len)
{
	struct http_server_request *r = xcalloc(1, sizeof(*r));
	const char *space = strchr(head, ' ');
	const char *line = strstr(head, "\r\n");
	const char *end = space ? strchr(space + 1, ' ') : NULL;

	if (space && end && end < line) {
		r->method = xstrndup(head, (size_t)(space - head));
		r->target = xstrndup(space + 1, (size_t)(end - space - 1));
	}
	r->headers = xstrndup(line + 2, len - (size_t)(line + 2 - head) - 2);
	return r;
}

/* Takes one request off the connection; NULL when there is none any more. */
static struct http_server_request *read_request(int fd, struct buf *in)
{
	size_t head = read_head(fd, in), length;
	struct http_server_request *r;
	char chunk[16384];
	size_t rest;

	if (!head)
		return NULL;
	length = content_length(in->data);
	while (in->len < head + length) {
		ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

		if (n <= 0 || !buf_add(in, chunk, (size_t)n))
			return NULL;
	}
	r = parse_head(in->data, head);
	r->body = xmalloc(length + 1);
	memcpy(r->body, in->data + head, length);
	r->body[length] = '\0';
	r->body_len = length;
	rest = in->len - head - length;
	memmove(in->data, in->data + head + length, rest);
	in->len = rest;
	return r;
}

static void serve(struct http_reply *c, struct http_server_request *r)
{
	struct http_server *s = c->server;

	pthread_mutex_lock(&s->mutex);
	s->requests = array_grow(s->requests, s->request_count, &s->request_cap,
				 sizeof(struct http_server_request *));
	r->number = (unsigned)s->request_count;
	r->connection = c->number;
	s->requests[s->request_count++] = r;
	s->active++;
	if (s->active > s->peak)
		s->peak = s->active;
	pthread_mutex_unlock(&s->mutex);

	s->handler(c, r, s->payload);

	pthread_mutex_lock(&s->mutex);
	s->active--;
	pthread_mutex_unlock(&s->mutex);
}

static void serve_connection(int fd, void *payload)
{
	struct http_server *s = payload;
	struct http_reply c = { .server = s, .fd = fd };
	cleanup_buf struct buf in = BUF_INIT(REQUEST_MAX);
	struct http_server_request *r;

	pthread_mutex_lock(&s->mutex);
	c.number = s->connections++;
	pthread_mutex_unlock(&s->mutex);
	while (!c.last && !c.gone && (r = read_request(fd, &in)))
		serve(&c, r);
}

struct http_server *http_server_start(http_handler handler, void *payload)
{
	struct http_server *s = xcalloc(1, sizeof(*s));

	s->handler = handler;
	s->payload = payload;
	pthread_mutex_init(&s->mutex, NULL);
	s->raw = raw_server_start(serve_connection, s, 0);
	return s;
}

void http_server_stop(struct http_server *s)
{
	if (!s)
		return;
	raw_server_stop(s->raw);
	for (size_t i = 0; i < s->request_count; i++) {
		free(s->requests[i]->method);
		free(s->requests[i]->target);
		free(s->requests[i]->headers);
		free(s->requests[i]->body);
		free(s->requests[i]);
	}
	free(s->requests);
	pthread_mutex_destroy(&s->mutex);
	free(s);
}

char *http_server_url(const struct http_server *s, const char *path)
{
	return raw_server_url(s->raw, "http", path);
}

static unsigned locked(struct http_server *s, const unsigned *value)
{
	unsigned v;

	pthread_mutex_lock(&s->mutex);
	v = *value;
	pthread_mutex_unlock(&s->mutex);
	return v;
}

unsigned http_server_count(struct http_server *s)
{
	unsigned n;

	pthread_mutex_lock(&s->mutex);
	n = (unsigned)s->request_count;
	pthread_mutex_unlock(&s->mutex);
	return n;
}

unsigned http_server_connections(struct http_server *s)
{
	return locked(s, &s->connections);
}

unsigned http_server_peak(struct http_server *s)
{
	return locked(s, &s->peak);
}

const struct http_server_request *http_server_request(struct http_server *s, unsigned i)
{
	const struct http_server_request *r;

	pthread_mutex_lock(&s->mutex);
	r = i < s->request_count ? s->requests[i] : NULL;
	pthread_mutex_unlock(&s->mutex);
	return r;
}

int64_t http_server_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}
