/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The other side of http_server.h: a client for one test, requests that must at least run, and
 * answers that many tests have a server give. Include cmocka.h before this.
 */

#include "http/http.h"
#include "http_server.h"

static inline struct http *client_with(const struct http_limits *limits, const volatile int *cancel)
{
	struct err e = ERR_INIT;
	struct http *h;

	assert_int_equal(http_new(&h, "nbsyncd/0.1.0", NULL, limits, cancel, &e), ERR_OK);
	return h;
}

/* With the limits of a worker. */
static inline struct http *client(void)
{
	return client_with(NULL, NULL);
}

/* One GET of "/x" at a server with this handler; the result. r says what else is to be so (response_max
 * 0: 64 KiB); the caller releases it. */
static inline int get_once(http_handler handler, void *payload, const struct http_limits *limits,
			   struct http_request *r)
{
	struct http_server *s = http_server_start(handler, payload);
	cleanup_free char *url = http_server_url(s, "/x");
	struct http *h = client_with(limits, NULL);
	struct err e = ERR_INIT;

	r->method = "GET";
	r->url = url;
	if (!r->response_max)
		r->response_max = 64 * 1024;
	assert_int_equal(http_run(h, r, 1, NULL, &e), ERR_OK);
	r->url = NULL;
	http_free(h);
	http_server_stop(s);
	return r->answer.result;
}

/* A hook: three attempts at what was lost on the way, at once. */
static inline int64_t retry_lost(void *payload, const struct http_request *r)
{
	(void)payload;
	return r->answer.result == ERR_RETRY && r->answer.attempts < 3 ? 0 : -1;
}

/* ---- handlers ---- */

static inline void reply_hello(struct http_reply *reply, const struct http_server_request *request,
			       void *payload)
{
	(void)request;
	(void)payload;
	http_reply(reply, 200, "Content-Type: text/plain\r\n", "hello", 5);
}

/* Does not say how long it is, and never ends: what a decompressed bomb would look like. */
static inline void reply_endless(struct http_reply *reply,
				 const struct http_server_request *request, void *payload)
{
	static char chunk[16 * 1024];

	(void)request;
	(void)payload;
	http_reply_text(reply, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
	while (http_reply_open(reply)) {
		http_reply_text(reply, "4000\r\n");
		http_reply_raw(reply, chunk, sizeof(chunk));
		http_reply_text(reply, "\r\n");
	}
}

/* Begins an answer of ten bytes and never goes on. */
static inline void reply_silence(struct http_reply *reply,
				 const struct http_server_request *request, void *payload)
{
	(void)request;
	(void)payload;
	http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx");
	while (http_reply_open(reply))
		http_server_sleep_ms(20);
}
