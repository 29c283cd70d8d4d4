/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside of http/: one attempt of one request. Only http*.c include this.
 *
 * Easy handles live for one attempt, so that a token is on their heap no longer than needed; the
 * connections stay in the multi handle. libcurl's handle types are plain void pointers here, which
 * keeps its header out of every file but those that talk to it.
 */

#include "http/http.h"
#include "http/http_budget.h"
#include "http/http_pace.h"

struct http {
	void *multi; /* CURLM; owns the connections */
	char *user_agent;
	char *ca_file; /* NULL: the system's */
	struct http_limits limits;
	const volatile int *cancel; /* borrowed; may be NULL */
	struct http_budget memory;  /* of the answers that http_run() collects */
	unsigned in_flight;         /* transfers that use the line; set by http_run() */
	void (*tick)(void *payload);
	void *tick_payload;
	char **spare; /* owned, and each of them; wiped pages of http_authorization.c */
	size_t spare_count, spare_max;
};

/* Why we ourselves ended a transfer; TRANSFER_GO: we did not. */
enum transfer_stop {
	TRANSFER_GO,
	TRANSFER_TOO_LARGE,
	TRANSFER_HEADERS_TOO_LARGE,
	TRANSFER_COMPRESSED,
	TRANSFER_STALLED, /* no byte of use for too long */
	TRANSFER_SLOW,    /* too few of them */
	TRANSFER_ABORTED, /* by on_data */
	TRANSFER_DISK,    /* the file of the request takes no more */
};

/* Where the next byte of a multipart part comes from. */
struct transfer_part {
	const struct http_part *part;
	size_t at;
	bool once; /* what was read must not be read, and sent, again */
};

/* A zeroed one is idle. */
struct transfer {
	struct http *http;
	struct http_request *r;
	void *easy;    /* CURL; NULL unless an attempt is running */
	void *headers; /* struct curl_slist; the last one is authorization, if any */
	struct authorization *authorization; /* owned; the header line with the token; or NULL */
	void *mime;                          /* curl_mime */
	struct transfer_part *parts;         /* owned; what mime, or libcurl, reads from */
	struct http_part body;               /* borrows from r */
	enum transfer_stop stop;
	size_t header_bytes;
	size_t body_bytes;
	size_t held;      /* bytes of the shared memory that the answer takes */
	bool first;       /* none in flight began before it; set by http_run() */
	size_t paused;    /* bytes that wait for room in the shared memory; 0: none */
	bool stream;      /* HTTP/2 or later: the end of a body is told by the stream */
	bool chunked;     /* the end is told by a last chunk */
	unsigned lengths; /* 1: the end is told by the length; 2: by lengths that differ */
	char length[32];
	bool interim;     /* the headers are those of a 1xx: the answer is still to come */
	bool answering;   /* its headers are complete */
	bool connected;   /* the request is being sent */
	int64_t began_ms; /* of the monotonic clock */
	int64_t to_send;  /* bytes of the request's body, 0 while unknown … */
	int64_t sent;     /* … and those of them that have left us */
	struct http_pace pace;
	unsigned refusals; /* http_memory_refusals() before */
	char text[256];    /* libcurl's explanation */
};

/* Whether url is one we speak to: ERR_CONFIG with the reason otherwise. */
int http_check_url(const char *url, struct err *e);

/* The code and the sentence, in t->r->error, for an attempt that ended as curl_code (a CURLcode other
 * than CURLE_OK), perhaps because t->stop says that we ended it. */
int transfer_explain(struct transfer *t, int curl_code, const char *origin);

/* Whether libcurl gave an attempt up because a line of the answer's headers is longer than what it
 * takes, which is 100 KB. It has no code for that: 7.88 says "out of memory", 8.6 and later "too
 * large". A want of memory is told from it by memory_refused: our allocator, which is also
 * libcurl's, has said no. */
bool transfer_headers_are_too_large(int curl_code, bool sent, bool answering, bool memory_refused);

/* Puts the header line with the token of t->r, if it has one, behind the other headers; it must be the
 * last of them, as the list is not copied. False: the token would end the line. */
bool authorization_add(struct transfer *t);

/* Takes it out of the headers and wipes it. */
void authorization_remove(struct transfer *t);

/* The pages that the lines of a pool stand in. */
void http_pages_init(struct http *h);
void http_pages_release(struct http *h);

/* Starts one attempt of r on http's connections. On failure r->result is set and nothing runs. */
int transfer_start(struct transfer *t, struct http *http, struct http_request *r);

/* Ends the attempt whose outcome is curl_code (a CURLcode): fills the result fields of r and makes t
 * idle. */
void transfer_finish(struct transfer *t, int curl_code);

/* Goes on with a body that waited for memory, if there is room now. */
void transfer_resume(struct transfer *t);

/* Whether the whole request has been given to the kernel, of an attempt that runs. */
bool transfer_is_sent(const struct transfer *t);

/* Ends the attempt, if one runs, without touching r. */
void transfer_release(struct transfer *t);

/* libcurl's callbacks; payload is the struct transfer. */
size_t transfer_on_header(char *line, size_t size, size_t count, void *payload);
size_t transfer_on_body(char *data, size_t size, size_t count, void *payload);
int transfer_on_progress(void *payload, int64_t down_total, int64_t down, int64_t up_total,
			 int64_t up);

/* Puts status and content type into the request, before the end for on_data and at the end. */
void transfer_read_head(struct transfer *t);

/* Whether nothing but the end of the connection said where the body ends. */
bool transfer_ended_by_close(const struct transfer *t);

/* Initialises libcurl for the process, with memory that is wiped when it is freed. */
bool http_memory_init(void);

/* How often there was no memory for libcurl so far. */
unsigned http_memory_refusals(void);
