/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * When to send, and when to send again: pure functions of numbers, no clock, no I/O.
 *
 * Databricks publishes 30 imports and 60 exports a second for a whole workspace and nothing for the
 * other calls; its own tools retry 429, 503 and lost connections for five minutes, and so do we.
 */

#include "base/util.h"

#define RATE_WINDOW_MS  1000
#define RATE_IMPORTS    28 /* a second; the published limit less what others may send */
#define RATE_EXPORTS    55
#define RATE_WINDOW_MAX 64

/*
 * At most limit requests in any RATE_WINDOW_MS. (A bucket that starts full admits nearly twice its
 * rate in the first second.) Holds the times of the last requests, so it can be copied and shared.
 */
struct rate_window {
	unsigned limit; /* at most RATE_WINDOW_MAX; 0: none */
	unsigned next;  /* index of the oldest time */
	int64_t sent_ms[RATE_WINDOW_MAX];
};

/* limit 0 or above RATE_WINDOW_MAX: no limit. */
void rate_window_init(struct rate_window *w, unsigned limit);

/* Milliseconds until a request may be sent; 0 means now, and counts it as sent. */
int64_t rate_window_take(struct rate_window *w, int64_t now_ms);

#define RETRY_BUDGET_MS      (5 * 60 * 1000) /* from the first attempt to the last one's start */
#define RETRY_LOST_BUDGET_MS (20 * 1000)     /* the same when the connection fails */
#define RETRY_LOST_ATTEMPTS  4
#define RETRY_BASE_MS        500         /* bound of the first wait; doubles with each */
#define RETRY_CAP_MS         (30 * 1000) /* bound of every wait the server did not name */
#define RETRY_AFTER_MAX_S    3600        /* a longer Retry-After counts as this */

/* How an attempt ended. */
struct retry_input {
	bool answered;  /* with a status; false: the connection failed, or time ran out */
	bool hopeless;  /* no answer, but not for a passing reason (certificate, size, cancelled) */
	bool unsent;    /* no answer, and the server cannot have seen the request */
	long status;    /* of the answer */
	bool transient; /* the answer's text says that trying again will help */
	bool idempotent;       /* sending twice does no harm */
	int64_t retry_after_s; /* -1: the answer does not say */
	unsigned attempts;     /* made so far, at least 1 */
	int64_t elapsed_ms;    /* since the first attempt started */
	uint32_t random;       /* any number */
};

/* Milliseconds to wait before the next attempt, or -1: this outcome is final. */
int64_t retry_wait_ms(const struct retry_input *in);

/* How long a Retry-After of this many seconds keeps us from sending anything: milliseconds, at most
 * RETRY_AFTER_MAX_S; 0 when the answer did not say. */
int64_t retry_quiet_ms(int64_t retry_after_s);
