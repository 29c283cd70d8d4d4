/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The child process that runs one mapping's cycles, seen from the supervisor: one JSON line per
 * request on its stdin, JSON lines back on its stdout, its stderr is ours.
 *
 * A worker lives until it is told to stop or fails. Whatever way it ends, also when it could not be
 * started at all, gone() is called exactly once, later, from the loop; the worker frees itself
 * right after. It is over only when both its exit and the end of its output were seen.
 */

#include <stddef.h>
#include <uv.h>

#include "format/json.h"

#define WORKER_LINE_MAX   (16 * 1024 * 1024) /* bytes of one line from a worker */
#define WORKER_CYCLES_MAX 1000               /* recycled after so many */
#define WORKER_GRACE_MS   5000               /* between each two of: stop, SIGTERM, SIGKILL */

struct worker;

/* All are called from the loop, never from within a function of this header. */
struct worker_handlers {
	void (*progress)(void *owner, const char *phase, int64_t done, int64_t total);
	/* The cycle ended; message is its result event (borrowed), text the same as it came. */
	void (*result)(void *owner, const struct json *message, const char *text, size_t len);
	/* code: what the end means for a cycle it cut short; why: what happened, a sentence's end
	 * ("was killed by signal 11"), "" when it ended as it was told to. */
	void (*gone)(void *owner, int code, const char *why);
};

struct worker_options {
	uv_loop_t *loop;           /* borrowed */
	const char *binary;        /* borrowed during worker_new() */
	const char *mapping;       /* borrowed during worker_new() */
	const char *configuration; /* its text; borrowed during worker_new() */
	int64_t deadline_ms;       /* without a line while a cycle runs */
	struct worker_handlers handlers;
	void *owner; /* borrowed until gone() returned */
};

struct worker *worker_new(const struct worker_options *options);

/* Sends a cycle request; the worker must be idle and not stopping. */
void worker_cycle(struct worker *w, const struct json *request);

/* All three end it: by request when it is idle, by SIGTERM, by SIGKILL; the softer ones turn into
 * the next harder one after WORKER_GRACE_MS. May be called in any order and repeatedly. */
void worker_stop(struct worker *w);
void worker_terminate(struct worker *w);
void worker_kill(struct worker *w);

bool worker_stopping(const struct worker *w); /* takes no further cycle */
int worker_pid(const struct worker *w);       /* 0 when it could not be started */

/* The worker's program: nbsyncd-worker beside our own executable, else in NBSYNC_LIBEXECDIR. The
 * caller frees it. */
char *worker_binary(void);
