/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests in, replies out. libmicrohttpd runs in this thread on its own epoll descriptor, which
 * the loop polls together with the signal descriptor and the waiting list; so the store needs no
 * locks, and nothing ever blocks on a client.
 *
 * The life of a request: access() is called once with the headers, then with each piece of the
 * body, then once more at its end; there the request is admitted and, unless a fault delays it,
 * answered. A delayed one is suspended; when it is due libmicrohttpd calls access() again.
 */

#include "tests/emulator/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "tests/emulator/dispatch.h"
#include "tests/emulator/emulator.h"
#include "tests/emulator/request.h"
#include "tests/emulator/waiting.h"

#define CONNECTIONS_MAX   20000
#define CONNECTION_MEMORY (64u * 1024) /* headers and the read buffer of one connection */
#define FORM_BUFFER       (64u * 1024)
#define BLOCK             (32u * 1024)

struct server {
	struct emulator *emulator;
	struct MHD_Daemon *daemon;
	struct waiting waiting;
	uint16_t port;
	int epoll_fd;
};

/* What libmicrohttpd keeps for a connection between the calls. */
struct exchange {
	struct server *server;
	struct request *request;
	struct MHD_PostProcessor *form;
	bool admitted;
};

/* ---- arguments ---- */

static const char *lookup(const struct request *r, enum MHD_ValueKind kind, const char *name)
{
	const char *value = NULL;
	size_t len = 0;

	if (MHD_lookup_connection_value_n(r->connection, kind, name, strlen(name), &value, &len) !=
		    MHD_YES ||
	    !value || strlen(value) != len)
		return NULL;
	return value;
}

const char *request_query(const struct request *r, const char *name)
{
	return lookup(r, MHD_GET_ARGUMENT_KIND, name);
}

const char *request_header(const struct request *r, const char *name)
{
	return lookup(r, MHD_HEADER_KIND, name);
}

/* ---- the body ---- */

static struct buf *field_of(struct request *r, const char *name)
{
	struct request_field *field;

	for (size_t i = 0; i < r->field_count; i++)
		if (str_eq(r->fields[i].name, name))
			return &r->fields[i].data;
	if (r->field_count == REQUEST_FIELDS_MAX || strlen(name) >= sizeof(field->name))
		return NULL;
	field = &r->fields[r->field_count++];
	strcpy(field->name, name);
	field->data = BUF_INIT(REQUEST_BODY_MAX);
	return &field->data;
}

static enum MHD_Result on_field(void *cls, enum MHD_ValueKind kind, const char *key,
				const char *filename, const char *content_type,
				const char *transfer_encoding, const char *data, uint64_t off,
				size_t size)
{
	struct request *r = cls;
	struct buf *field = key ? field_of(r, key) : NULL;

	(void)kind;
	(void)filename;
	(void)content_type;
	(void)transfer_encoding;
	(void)off;
	if (field && !buf_add(field, data, size))
		r->too_large = true;
	return MHD_YES;
}

static void take_body(struct exchange *x, const char *data, size_t len)
{
	struct request *r = x->request;

	r->received += len;
	if (r->too_large)
		return;
	if (x->form)
		MHD_post_process(x->form, data, len);
	else if (!buf_add(&r->body, data, len))
		r->too_large = true;
}

static void end_form(struct exchange *x)
{
	if (x->form)
		MHD_destroy_post_processor(x->form);
	x->form = NULL;
}

/* ---- the reply ---- */

static void suspend(struct exchange *x, struct MHD_Connection *connection, int64_t until_ns)
{
	waiting_add(&x->server->waiting, connection, until_ns);
	MHD_suspend_connection(connection);
}

/* Makes close() send RST instead of FIN. */
static void arm_reset(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct linger now = { .l_onoff = 1 };

	setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* Hands out the body of a reply that drips or is cut off. */
static ssize_t read_reply(void *cls, uint64_t pos, char *out, size_t max)
{
	struct exchange *x = cls;
	struct request *r = x->request;
	size_t end = r->cut == REPLY_RESET && r->cut_after < r->reply.len ? r->cut_after
									  : r->reply.len;
	size_t n = end - (size_t)pos;

	if (n == 0 && r->cut == REPLY_RESET) {
		arm_reset(r->connection);
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	if (n > max)
		n = max;
	if (r->drip_bytes) {
		int64_t now = monotonic_ns();

		if (now < r->drip_due_ns) {
			suspend(x, r->connection, r->drip_due_ns);
			return 0;
		}
		r->drip_due_ns = now + r->drip_ms * 1000000;
		if (n > r->drip_bytes)
			n = r->drip_bytes;
	}
	memcpy(out, r->reply.data + pos, n);
	return (ssize_t)n;
}

static struct MHD_Response *make_response(struct exchange *x)
{
	struct request *r = x->request;
	size_t len = r->reply.len;

	if (len > 0 && (r->drip_bytes || r->cut == REPLY_RESET))
		return MHD_create_response_from_callback(len, BLOCK, read_reply, x, NULL);
	return MHD_create_response_from_buffer(len, buf_steal(&r->reply, NULL),
					       MHD_RESPMEM_MUST_FREE);
}

static void add_headers(struct MHD_Response *response, const struct request *r)
{
	char seconds[24], moment[24];

	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				r->content_type ? r->content_type : "application/json");
	if (r->gzipped)
		MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	if (r->retry_after_s >= 0) {
		snprintf(seconds, sizeof(seconds), "%lld", (long long)r->retry_after_s);
		MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
	}
	/* The log has the moments of all others. */
	if (r->route && r->route->flags & ROUTE_CONTROL) {
		snprintf(moment, sizeof(moment), "%lld", (long long)monotonic_ns());
		MHD_add_response_header(response, "Handled-Ns", moment);
	}
}

static enum MHD_Result answer(struct exchange *x)
{
	struct request *r = x->request;
	struct MHD_Response *response;
	enum MHD_Result queued;

	dispatch_run(r);
	if (r->cut == REPLY_NONE)
		return MHD_NO;
	response = make_response(x);
	add_headers(response, r);
	queued = MHD_queue_response(r->connection, r->status, response);
	MHD_destroy_response(response);
	return queued;
}

/* ---- libmicrohttpd's callbacks ---- */

static struct exchange *begin(struct server *s, struct MHD_Connection *connection, const char *url,
			      const char *method)
{
	struct exchange *x = xcalloc(1, sizeof(*x));
	struct request *r = request_new(s->emulator);
	const char *type;

	x->server = s;
	x->request = r;
	r->connection = connection;
	r->arrived_ns = monotonic_ns();
	r->method = method;
	r->url = xstrdup(url);
	r->route = route_find(method, r->url, &r->rest);
	type = request_header(r, MHD_HTTP_HEADER_CONTENT_TYPE);
	/* JSON is told by its content: people send it with curl's default, a url-encoded form. */
	if (type && strncasecmp(type, "multipart/form-data", strlen("multipart/form-data")) == 0)
		x->form = MHD_create_post_processor(connection, FORM_BUFFER, on_field, r);
	r->is_form = x->form != NULL;
	return x;
}

static enum MHD_Result access_request(void *cls, struct MHD_Connection *connection, const char *url,
				      const char *method, const char *version, const char *data,
				      size_t *len, void **state)
{
	struct exchange *x = *state;

	(void)version;
	if (!x) {
		*state = begin(cls, connection, url, method);
		return MHD_YES;
	}
	if (*len > 0) {
		take_body(x, data, *len);
		*len = 0;
		return MHD_YES;
	}
	if (!x->admitted) {
		x->admitted = true;
		end_form(x);
		dispatch_admit(x->request);
		if (x->request->delay_ms > 0) {
			suspend(x, connection,
				monotonic_ns() + x->request->delay_ms * INT64_C(1000000));
			return MHD_YES;
		}
	}
	return answer(x);
}

static void completed(void *cls, struct MHD_Connection *connection, void **state,
		      enum MHD_RequestTerminationCode why)
{
	struct server *s = cls;
	struct exchange *x = *state;

	(void)connection;
	(void)why;
	*state = NULL;
	if (!x)
		return;
	if (x->request->stop_after)
		s->emulator->stop = true;
	end_form(x);
	request_free(x->request);
	free(x);
}

/* ---- start, loop, stop ---- */

static int start_daemon(struct server *s, uint16_t port)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons(port),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	s->daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, port, NULL, NULL, access_request, s,
		MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_NOTIFY_COMPLETED,
		completed, s, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_END);
	return s->daemon ? 0 : -1;
}

int server_start(struct server **out, struct emulator *em, uint16_t port, struct err *e)
{
	struct server *s = xcalloc(1, sizeof(*s));

	s->emulator = em;
	if (start_daemon(s, port) < 0) {
		int errnum = errno;

		free(s);
		return err_errno(e, errnum, "cannot listen on 127.0.0.1 port %u", port);
	}
	s->port = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	s->epoll_fd = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	*out = s;
	return ERR_OK;
}

uint16_t server_port(const struct server *s)
{
	return s->port;
}

static int patience_ms(struct server *s)
{
	int waiting = waiting_ms(&s->waiting, monotonic_ns());
	MHD_UNSIGNED_LONG_LONG library;

	if (MHD_get_timeout(s->daemon, &library) != MHD_YES)
		return waiting;
	if (waiting >= 0 && (MHD_UNSIGNED_LONG_LONG)waiting < library)
		return waiting;
	return library > 60000 ? 60000 : (int)library;
}

static void resume_due(struct server *s, int64_t now_ns)
{
	struct MHD_Connection *connection;

	while ((connection = waiting_take(&s->waiting, now_ns)))
		MHD_resume_connection(connection);
}

int server_run(struct server *s, int signal_fd, struct err *e)
{
	struct pollfd fds[] = { { .fd = s->epoll_fd, .events = POLLIN },
				{ .fd = signal_fd, .events = POLLIN } };

	while (!s->emulator->stop) {
		if (poll(fds, ARRAY_SIZE(fds), patience_ms(s)) < 0 && errno != EINTR)
			return err_errno(e, errno, "cannot wait for requests");
		if (fds[1].revents)
			return ERR_OK;
		resume_due(s, monotonic_ns());
		if (MHD_run(s->daemon) != MHD_YES)
			return err_set(e, ERR_BUG, "the HTTP library has stopped");
	}
	return ERR_OK;
}

void server_stop(struct server *s)
{
	if (!s)
		return;
	resume_due(s, INT64_MAX); /* a suspended connection cannot be closed */
	MHD_stop_daemon(s->daemon);
	waiting_release(&s->waiting);
	free(s);
}
