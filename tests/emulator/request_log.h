/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The last 100,000 API requests, in memory: tests assert what was sent, benchmarks measure when.
 * Sequence numbers start at 1 and never repeat in one run.
 */

#include "base/buf.h"

#define REQUEST_LOG_SIZE 100000

struct request;

struct request_log_entry {
	uint64_t seq;
	int64_t arrived_ns;   /* monotonic clock, headers complete */
	int64_t replied_ns;   /* reply handed to the HTTP library */
	const char *method;   /* static */
	const char *endpoint; /* static: the route's name, "" when nothing is served there */
	const char *fault;    /* static: the action that struck, "" for none */
	char *path;           /* owned; as asked for, without alias; "" when there was none */
	uint64_t received;    /* bytes of the request's body ... */
	uint64_t sent;        /* ... and of the reply's, as they go over the line */
	unsigned status;      /* 0: the connection was closed without a reply */
	bool changes;         /* the endpoint may change the workspace */
};

struct request_log {
	struct request_log_entry *ring; /* owned; allocated with the first entry */
	uint64_t next;                  /* sequence number of the next entry, minus 1 */
};

void request_log_release(struct request_log *log);

/* Notes a request that has its reply. */
void request_log_add(struct request_log *log, const struct request *r, int64_t now_ns);

/* Appends {"next":N,"requests":[...]} with the entries whose number is above since. */
void request_log_print(const struct request_log *log, uint64_t since, struct buf *out);
