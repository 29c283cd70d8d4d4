/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A small HTTP server for unit tests that does what the test's handler says, byte for byte, right or
 * wrong. It listens on 127.0.0.1, one thread per connection, and keeps every request it got.
 *
 * The handler runs on those threads: it must not assert (cmocka jumps), only answer; the test looks
 * at the recorded requests afterwards.
 */

#include "base/util.h"

struct http_server;

/* One request as it arrived; strings are NUL-terminated, owned by the server. */
struct http_server_request {
	char *method;
	char *target;  /* path and query as sent */
	char *headers; /* all header lines, CRLF between them and at the end */
	char *body;
	size_t body_len;
	unsigned number;     /* 0-based, in order of arrival over all connections */
	unsigned connection; /* 0-based, in order of connecting */
};

/* The connection to answer on; valid during the handler only. */
struct http_reply;

typedef void (*http_handler)(struct http_reply *reply, const struct http_server_request *request,
			     void *payload);

struct http_server *http_server_start(http_handler handler, void *payload);
void http_server_stop(struct http_server *s); /* NULL is fine; joins all threads */

char *http_server_url(const struct http_server *s, const char *path); /* owned by the caller */
unsigned http_server_count(struct http_server *s);                    /* requests so far */
const struct http_server_request *http_server_request(struct http_server *s, unsigned i);
unsigned http_server_peak(struct http_server *s); /* most requests handled at one time */
unsigned http_server_connections(struct http_server *s);

/* "Name: value" anywhere among the request's headers, matched as the text stands. */
bool http_server_has_header(const struct http_server_request *r, const char *line);

/* A complete answer with Content-Length. headers: more lines, each ending in CRLF; may be NULL. */
void http_reply(struct http_reply *reply, int status, const char *headers, const void *body,
		size_t len);
void http_reply_json(struct http_reply *reply, int status, const char *json);

/* Pieces of an answer. */
void http_reply_raw(struct http_reply *reply, const void *data, size_t len);
void http_reply_text(struct http_reply *reply, const char *text);
bool http_reply_open(struct http_reply *reply);  /* false once the client is gone */
void http_reply_close(struct http_reply *reply); /* close after this answer */
void http_reply_reset(struct http_reply *reply); /* TCP reset, now */

void http_server_sleep_ms(unsigned ms);
int64_t http_server_now_ms(void); /* of a clock that only goes forward */
