/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One mapping as the supervisor runs it: its state, its schedule, its watch, its hints and its
 * worker. Callbacks only note what happened and mark the mapping dirty; once per turn of the loop
 * the supervisor calls mapping_update(), the only place that decides what to do next.
 */

#include <uv.h>

#include "config/config.h"
#include "daemon/schedule/mapping_states.h"
#include "daemon/schedule/orders.h"
#include "daemon/schedule/pending.h"
#include "daemon/schedule/schedule.h"
#include "daemon/totals.h"
#include "daemon/watch/watch.h"
#include "daemon/worker.h"

/* What a mapping needs from the supervisor; outlives every mapping. */
struct mapping_host {
	uv_loop_t *loop;
	const char *worker_binary;
	int64_t worker_idle_ms; /* these two change with a reload */
	int64_t worker_deadline_ms;
};

/* What the last cycles had to say; for status only. */
struct mapping_report {
	char *result;          /* owned; the last result event as it came, NULL before the first */
	char *sentence;        /* owned; why it is held or backs off, NULL when all is well */
	int code;              /* err code of the last cycle */
	int64_t cycles;        /* that ended, well or not */
	int64_t crashes;       /* of them by the end of the worker */
	int64_t failures;      /* in a row */
	int64_t last_cycle_ms; /* end of the last cycle, Unix time in ms; 0: none yet */
	int64_t last_success_ms;
	char phase[32]; /* of the running cycle, "" before its first progress line */
	int64_t done;
	int64_t total;
	struct totals totals; /* since the supervisor started or the mapping was reconfigured */
	struct ends ends;     /* of the cycles that somebody asked for */
};

struct mapping {
	const struct mapping_host *host; /* borrowed */
	char *name;                      /* owned */
	char *configuration;             /* owned; what its worker is configured with */
	bool has_side[SIDE_COUNT];

	enum mapping_state state; /* changed by mapping_move() only */
	struct schedule schedule;
	struct pending pending;
	struct watch *watch;   /* owned; NULL without a local side */
	struct worker *worker; /* owned until its gone(); NULL when none lives */
	uv_timer_t *timer;     /* owned until its close callback; wakes for the schedule */
	bool dirty;            /* something happened since the last mapping_update() */
	uint64_t queued;       /* its place in the queue while MAPPING_QUEUED */

	struct json *hints;         /* owned; array of paths of the queued cycle; NULL: full */
	struct orders orders;       /* for the next cycles, one each */
	bool asked;                 /* somebody wants to know how the next cycle ends */
	struct order running_order; /* of the running cycle; zeroed: none */
	bool running_asked;
	bool running_full;
	int64_t idle_since;    /* uv_now() when its worker last ended a cycle */
	int64_t worker_cycles; /* of the worker that lives */

	struct mapping_report report;
};

/* The configuration that this mapping's worker gets: the daemon's section, its own and its
 * workspace's. Two mappings with the same text behave the same. The caller frees it. */
char *mapping_configuration(const struct config *c, const struct config_mapping *m);

/* Starts watching and owes a full cycle. configuration is taken over. */
struct mapping *mapping_new(const struct mapping_host *host, const struct config_mapping *m,
			    char *configuration);

/* Decides what comes next and does it, short of starting a cycle, which the supervisor's queue
 * does by mapping_start() as soon as a worker may run. */
void mapping_update(struct mapping *m);

/* Starts the queued cycle; only in MAPPING_QUEUED, with no worker that is ending. */
void mapping_start(struct mapping *m);

/* Each asks for a cycle as soon as possible and returns the number that report.cycles reaches when
 * a cycle that began after the call has ended. */
int64_t mapping_ask(struct mapping *m, bool full); /* see schedule_ask() */
/* A full one that does an order, which is taken over. -1 when too many wait already. */
int64_t mapping_order(struct mapping *m, struct order o);

/* Moves to MAPPING_STOPPING: no event or timer has any effect any more, the worker gets SIGTERM,
 * or, when hard, SIGKILL. Orders are dropped; why is what their answers say. May be repeated. */
void mapping_stop(struct mapping *m, bool hard, const char *why);

/* Goes on counting cycles where old, which stopped, ended, and takes over what it has to tell about
 * them, so that whoever waits for one of old's cycles gets an answer. For a new mapping. */
void mapping_succeed(struct mapping *m, struct mapping *old);

/* Whether the mapping stopped and its worker is gone: then mapping_free() may be called. */
bool mapping_stopped(const struct mapping *m);
void mapping_free(struct mapping *m);

/* When it would run next by itself, in ms from now; -1 when that depends on other things. */
int64_t mapping_next_ms(const struct mapping *m);
