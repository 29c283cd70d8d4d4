/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Has something done for a mapping: by the running daemon, or with --once in this process. The
 * answers look the same, whoever gives them: the members of the worker's result (see
 * docs/architecture/daemon.md), of a cycle of its own or as Status shows them.
 *
 * All functions print what goes wrong and return the exit code for it; EXIT_DONE otherwise.
 */

#include "ctl/cli/cli.h"
#include "format/json.h"
#include "sync/cycle.h"

struct ask {
	const struct cli *cli;       /* borrowed */
	const struct config *config; /* borrowed; may be NULL when the daemon is asked */
	char *socket;                /* owned; NULL with --once */
	int64_t started_ms;          /* of the daemon: tells whether it is still the same */
	bool here;                   /* foreground_start() was called */
};

/* config must not be NULL with --once. Without a daemon: EXIT_NO_DAEMON. */
int ask_open(struct ask *a, const struct cli *cli, const struct config *config);
void ask_close(struct ask *a);

/* What is known about a mapping now; with --once, after a cycle. The caller frees *out. */
int ask_state(struct json **out, struct ask *a, const char *mapping);

/* Whether such a state tells all there is: not when the last cycle failed or none has ended yet. The
 * sentence names the mapping. */
int ask_complete(const struct json *state, const char *mapping, struct err *e);

/* Does what request asks for beside looking, and waits for the end unless the user does not. *end
 * (the caller frees it) is NULL when it was not waited for, or on an error. */
int ask_run(struct json **end, struct ask *a, const char *mapping,
	    const struct cycle_request *request);

/* The same for one request: ask_open(), ask_run(), ask_close(). */
int ask_once(struct json **end, const struct cli *cli, const struct config *config,
	     const char *mapping, const struct cycle_request *request);

/* ask_run() for the daemon only, in two steps. mapping "": all, for a request that only looks.
 * *cycles (the caller frees it) has the number of the cycle to wait for by mapping. */
int ask_start(struct json **cycles, struct ask *a, const char *mapping,
	      const struct cycle_request *request);
int ask_wait(struct json **end, struct ask *a, const char *mapping, int64_t cycle);

/* Prints the answer to a confirmation or a version that was asked for; its exit code. */
int ask_answer(const struct json *end);
