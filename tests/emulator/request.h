/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One request and its reply, free of HTTP library types: server.c fills the upper half, a handler
 * reads it and fills the lower half.
 */

#include "base/buf.h"
#include "base/err.h"
#include "format/json.h"
#include "tests/emulator/route.h"
#include "tests/emulator/wspath.h"

#define REQUEST_BODY_MAX   (520u * 1024 * 1024) /* 500 MB of file plus the form around it */
#define REQUEST_FIELDS_MAX 16
#define REPLY_MAX          (1024u * 1024 * 1024)

/* One part of a multipart form. */
struct request_field {
	char name[32];
	struct buf data;
};

/* How a reply goes wrong on its way; see faults.h. */
enum reply_cut {
	REPLY_WHOLE,
	REPLY_NONE,  /* the connection is closed instead */
	REPLY_RESET, /* the connection is reset behind cut_after bytes of the body */
};

struct fault_action;
struct emulator;

struct request {
	/* set by server.c */
	struct emulator *emulator; /* borrowed */
	void *connection;          /* server.c's own */
	const char *method;        /* borrowed from the connection */
	char *url;                 /* owned; decoded, without the query */
	const struct route *route; /* NULL: nothing is served there */
	const char *rest;          /* behind a ROUTE_REST route's path; borrowed from url */
	int64_t arrived_ns;        /* monotonic clock, when the headers were in */
	struct buf body;           /* of anything but a form */
	struct request_field fields[REQUEST_FIELDS_MAX];
	size_t field_count;
	bool is_form;
	uint64_t received; /* bytes of the body, as they came */
	bool too_large;    /* the body passed REQUEST_BODY_MAX and was dropped */

	/* set by request_prepare() */
	struct json *json;     /* owned; the body as JSON, NULL when it is none */
	struct wspath path;    /* the argument "path"; path.path is NULL when unusable */
	struct err path_error; /* why */

	/* set by dispatch.c from the fault rules */
	struct fault_action *fault; /* owned reference, or NULL */
	int64_t delay_ms;           /* still to wait before the request is carried out */
	bool partial;               /* a recursive deletion must stop half way */

	/* the reply, set by the handler */
	unsigned status;          /* 0 until replied */
	const char *content_type; /* static; NULL: application/json */
	struct buf reply;
	bool gzipped;
	int64_t retry_after_s; /* header Retry-After; -1: none */
	bool stop_after;       /* the emulator ends when this reply is out */
	enum reply_cut cut;
	size_t cut_after;    /* bytes of the body before REPLY_RESET */
	size_t drip_bytes;   /* 0, or the body goes out in pieces of this size */
	int64_t drip_ms;     /* ... this far apart */
	int64_t drip_due_ns; /* when the next piece may go; server.c's */
};

struct request *request_new(struct emulator *emulator);
void request_free(struct request *r);

/* When the body is complete: parses JSON and the path argument. */
void request_prepare(struct request *r);

/* Arguments. Borrowed; NULL when missing. request_arg() looks in query, form and JSON. */
const char *request_query(const struct request *r, const char *name);  /* in server.c */
const char *request_header(const struct request *r, const char *name); /* in server.c */
const struct buf *request_field(const struct request *r, const char *name);
const char *request_arg(const struct request *r, const char *name);
bool request_flag(const struct request *r, const char *name); /* true, "true": default false */

/* Whether there is a usable path argument; if not, it has replied 400. */
bool request_has_path(struct request *r);

/* The same for handlers of JSON bodies. */
bool request_has_json(struct request *r);

/* {"error_code":code,"message":...}; without error_code when code is NULL. Drops what was in the
 * reply before. */
void reply_error(struct request *r, unsigned status, const char *code, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* Turns an error of the store or a conversion into 400, 404 or 500. */
void reply_err(struct request *r, const struct err *e);

/* Replies 200; what is in r->reply is the body, "{}" when nothing is. */
void reply_ok(struct request *r);
