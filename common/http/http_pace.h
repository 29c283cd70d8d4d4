/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether an exchange goes on or is too slow: a pure decision on a clock that is passed in.
 *
 * Only bytes of use count: of the request's body until the answer's headers are complete, of the
 * answer's body from then on (and what is still taken of the request). Header lines, interim answers
 * (1xx), chunk frames and trailers are none: a server could send them for ever. Each of the two phases
 * has to keep two rules:
 *
 *   it is never without a byte of use for stall_s;
 *   after grace_s, its bytes of use are at least rate_min for each second of its share of the line,
 *   which is all of the line for one transfer and a quarter of it for four in flight; being ahead of
 *   that counts for no more than grace_s of being behind later.
 *
 * So a phase of n bytes ends within grace_s + n / rate_min + stall_s when it has the line to itself,
 * which is the cap of what a server can hold: n is at most what the request sends or accepts. A line
 * that is slow but works, and one that stops for less than stall_s, never break a rule.
 */

#include "http/http.h"

/* What is known of a transfer at one moment. */
struct http_look {
	int64_t now_ms;     /* of a monotonic clock */
	uint64_t taken;     /* bytes of the request's body that were sent, so far */
	uint64_t received;  /* bytes of the answer's body so far */
	bool answering;     /* the answer's headers are complete */
	bool paused;        /* we ourselves keep it waiting */
	unsigned in_flight; /* transfers on the line, this one among them; 0 counts as 1 */
};

/* The memory of these looks, of one transfer. A zeroed one with seen_ms set to now is new. */
struct http_pace {
	int64_t seen_ms;   /* the last look */
	bool answering;    /* the phase */
	uint64_t before;   /* bytes that were taken before it */
	uint64_t useful;   /* bytes of use in this phase … */
	int64_t lasted_ms; /* … in this time, without pauses … */
	int64_t still_ms;  /* … the end of which brought none */
	int64_t share_us; /* what of the time after the grace was this transfer's share of the line */
};

enum http_verdict {
	HTTP_GO_ON,
	HTTP_STALLED,  /* no byte of use for stall_s */
	HTTP_TOO_SLOW, /* bytes, but fewer than rate_min */
};

/* A look costs at most this time, however long ago the last one was: while this process was stopped
 * or busy, nobody was there to take what came. */
#define HTTP_LOOK_MAX_MS 15000

/* Takes a look into account. Of the limits, stall_s, grace_s and rate_min are used. */
enum http_verdict http_pace_look(struct http_pace *p, const struct http_limits *limits,
				 const struct http_look *look);
