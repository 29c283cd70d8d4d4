/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * HTTP(S) requests, many at once, bounded in every direction. The only user of libcurl.
 *
 * One struct http is one connection pool, used from one thread. http_run() performs n requests
 * with at most k in flight and returns when all have ended; no callback is visible to callers
 * but the retry hook. Redirects are never followed, netrc and proxy environment never read,
 * TLS 1.2 or later with verification always on, clear-text http only for loopback hosts.
 * Sizes are counted in the write callback (libcurl's own limits miss compressed bodies).
 */

#include "base/buf.h"
#include "base/err.h"

struct http;

struct http_limits {
	unsigned connect_s; /* seconds until connected; default 15 */
	/* What counts as a byte of use, and how these three add up, is in http/http_pace.h. */
	unsigned stall_s;  /* seconds without a byte of use; default 60 */
	unsigned grace_s;  /* seconds after which the rate must be kept; default 60 */
	unsigned rate_min; /* bytes of use a second of the whole line; default 4096 */
	/* Requests in flight; default 8. What may be beside them: http_request.ahead. */
	unsigned parallel;
	size_t header_max; /* bytes of response headers; default 64 KiB */
	/* Bytes of collected answers that may be in memory at one time, in flight or not yet taken by
	 * the retry hook, which may empty answer.body once it does not ask for another attempt. What
	 * is beyond waits on the wire; only the transfer that began first goes on regardless. Default
	 * HTTP_MEMORY. */
	size_t memory;
	/* Milliseconds after which the answer to what was asked early is too old (http_request.ahead);
	 * default HTTP_AHEAD_MS. */
	unsigned ahead_ms;
};

/* ca_file may be NULL (the system's); user_agent e.g. "nbsyncd/0.1.0". Both copied. limits may be
 * NULL. cancel (may be NULL) is polled: when it becomes non-zero, everything ends ERR_CANCELLED. */
int http_new(struct http **out, const char *user_agent, const char *ca_file,
	     const struct http_limits *limits, const volatile int *cancel, struct err *e);
void http_free(struct http *h);

/* Called on the caller's thread at least every HTTP_TICK_MS while http_run() works or waits, so that
 * a long wait can still report progress. tick NULL: none. It must not call http_run(). */
#define HTTP_TICK_MS 200
void http_on_tick(struct http *h, void (*tick)(void *payload), void *payload);

/* One part of a multipart/form-data body. */
struct http_part {
	const char *name;
	const char *file_name; /* NULL: an ordinary field */
	const void *data;      /* borrowed until the request ended */
	size_t len;
	const int
		*file; /* instead of data: the descriptor whose first len bytes are sent; or NULL */
};

#define HTTP_REFUSAL_MAX (1024u * 1024)
#define HTTP_MEMORY      (32u * 1024 * 1024) /* three of the largest notebooks in source */
#define HTTP_AHEAD_MS    2000

/* Who asks; sent to the origin of the request's URL only. */
struct http_credentials {
	const char *bearer; /* token, or NULL */
	const char *user;   /* with password: HTTP Basic; NULL for none */
	const char *password;
};

/* What is sent. */
struct http_body {
	const void *data; /* NULL for none */
	size_t len;
	const char *content_type;      /* of data; NULL: application/json */
	const struct http_part *parts; /* instead of data */
	size_t part_count;
};

/* Where the body of the answer goes, if not into memory. payload is that of the request. */
struct http_sink {
	/* Streaming (git): called with each piece instead of collecting, once the status is known
	 * (answer.status); counted against response_max too. A non-zero return aborts:
	 * ERR_CANCELLED. An attempt that delivered something is never repeated, unless there is
	 * on_start. */
	int (*on_data)(void *payload, const char *data, size_t len);
	/* With on_data: an attempt begins, what an earlier one delivered is void. Only the body of a
	 * 200 is delivered then, other answers are collected, up to HTTP_REFUSAL_MAX. */
	void (*on_start)(void *payload);
	/* The body of a 2xx goes into this file instead of answer.body, from its beginning and
	 * replacing what it held; NULL: it does not. Other answers are collected, up to
	 * HTTP_REFUSAL_MAX. */
	const int *file;
};

/* What came of a request; set by http_run(). Once it is final, its body is the caller's to empty, to
 * cut or to fill. */
struct http_answer {
	int result;       /* ERR_OK when a response arrived, whatever its status */
	struct err error; /* when result is not ERR_OK */
	bool unsent;      /* result is not ERR_OK, and the server cannot have seen the request */
	bool slow;        /* result is ERR_RETRY: it went on, but too slowly or not at all */
	bool too_large;   /* result is ERR_INVALID: it has more bytes than response_max */
	long status;      /* HTTP status */
	struct buf body;  /* owned: http_request_release() */
	char content_type[128];
	bool part;             /* it has a Content-Range: a part of something */
	bool ended_by_close;   /* only the end of the connection ended it: it may have been cut */
	int64_t retry_after_s; /* of Retry-After (number or date) in seconds; -1 when absent */
	char location[2048];   /* of a 3xx, absolute, "" when absent; never followed */
	unsigned attempts;     /* started; what is above is of the last one */
};

struct http_request {
	/* set by the caller; all borrowed until http_run() returns */
	const char *method; /* "GET", "POST", ... */
	const char *url;    /* scheme https, or http with host localhost, 127.0.0.1 or [::1] */
	const char *const *headers; /* "Name: value" lines, NULL-terminated; may be NULL */
	struct http_credentials credentials;
	struct http_body body;
	struct http_sink sink;
	size_t response_max; /* bytes; a longer response fails with ERR_INVALID */
	void *payload;       /* the caller's own */
	/* Neighbours in the array with the same lane go one after the other, in order; 0: no lane. */
	unsigned lane;
	/* Sent right before each attempt of this request: a question on whose answer it depends.
	 * The hooks are asked about it as about any request; when its answer is there, before() is
	 * asked about this one, and the answer forgotten. If that means to wait, the question is
	 * asked again afterwards.
	 *
	 * Within a lane it is asked early: while the request before is on its way, once that has
	 * been sent whole, and beside it, so that each place may have one question more in flight
	 * than parallel says. It must not depend on what the request before does. If before() says
	 * no to an early question, it is asked in its turn instead. An early answer is used as soon
	 * as the request before has ended, and void if that has to be sent again, if before() means
	 * to wait, or if the question was asked longer than ahead_ms ago: then it is asked again,
	 * and in the last case no more of that lane early. So what is between the answer and this
	 * request, in the server, is one round trip and its work on the request before.
	 *
	 * Not an element of the array, and without such a request of its own. NULL: none. */
	struct http_request *ahead;

	/* set by http_run() */
	struct http_answer answer;
};

/*
 * Decides after each attempt whether to send again: returns milliseconds to wait, or -1 for "this
 * is the answer". Called on the caller's thread between transfers; answer.attempts counts from 1.
 */
typedef int64_t (*http_retry_fn)(void *payload, const struct http_request *r);

#define HTTP_SKIP (-1) /* returned by before: this request is not worth sending any more */

/*
 * Runs all requests; they end in any order, results stay in theirs. before (may be NULL) is asked
 * ahead of each attempt and returns milliseconds to wait first (rate limiting), after which it is
 * asked again, 0 for "go", or HTTP_SKIP: the request ends as ERR_CANCELLED, attempts counting what
 * was sent so far. A request that waits keeps its place among those in flight.
 * Results set by an earlier run are dropped.
 * Returns ERR_OK when every request ended (look at each result), ERR_CANCELLED when asked to stop.
 */
struct http_hooks {
	int64_t (*before)(void *payload, const struct http_request *r);
	http_retry_fn retry;
	void *payload;
};
int http_run(struct http *h, struct http_request *requests, size_t count,
	     const struct http_hooks *hooks, struct err *e);

void http_request_release(struct http_request *r);

/* Percent-encodes everything but A-Z a-z 0-9 - . _ ~ (and '/' when keep_slash). Owned result. */
char *http_escape(const char *text, bool keep_slash);

/* "https://host:port" of a URL, lower-cased, default port dropped. Owned; NULL if not http(s), or if
 * the host is not plain ASCII. */
char *http_origin(const char *url);
