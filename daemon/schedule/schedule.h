/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * When a mapping gets its next cycle, and of which kind. Pure: moments are milliseconds on a
 * monotonic clock that the caller passes in, nothing here reads a clock or sets a timer.
 *
 * Reasons for a cycle, by urgency: somebody asked; a full look is owed (start, failed cycle); the
 * poll is due; the worker asked to be called; paths were hinted.
 */

#include <stdbool.h>
#include <stdint.h>

#include "daemon/schedule/mapping_states.h"

#define SCHEDULE_NEVER INT64_MAX

/* Milliseconds. */
#define SCHEDULE_BACKOFF_MIN 1000   /* after the first failure; doubles with each further one … */
#define SCHEDULE_BACKOFF_MAX 300000 /* … up to this */
#define SCHEDULE_HELD_POLLS  6      /* a held mapping is looked at every so many polls … */
#define SCHEDULE_HELD_MIN    60000  /* … but not more often than this */
#define SCHEDULE_HELD_HINTS  5000   /* and for hints not sooner than this after its last start */
#define SCHEDULE_NEXT_MIN    10     /* a worker that asks for "at once" cannot make us spin */
#define SCHEDULE_SETTLE_MAX  10000  /* how long a due poll waits for files that are being written */

struct schedule {
	int64_t poll_ms; /* set by the caller; 1 or more */

	/* private */
	int64_t full_at;    /* the poll's next full look */
	int64_t next_at;    /* what the worker asked for by next_ms */
	int64_t retry_at;   /* the end of a backoff or of a hold */
	int64_t started_at; /* the last cycle */
	int64_t backoff_ms; /* the last wait; 0 after a success */
	bool failing;       /* the last cycle did not end well */
	bool asked;         /* somebody asked for a cycle, whatever the state */
	bool full;          /* the next cycle must look at everything */
};

/* Owes a full look at once. */
void schedule_init(struct schedule *s, int64_t poll_ms);

/* A cycle as soon as possible, from any state: of everything, or (full false) of what is hinted so
 * far, settled or not, and of everything when nothing is. */
void schedule_ask(struct schedule *s, bool full);

/* A cycle started. What was asked for or owed until now is done by it. */
void schedule_started(struct schedule *s, int64_t now);

/*
 * The cycle ended with err code; the worker asks to be called after next_ms (-1: does not); full:
 * it looked at everything. Returns the state that follows: MAPPING_IDLE, MAPPING_HELD for codes
 * that need a human (ERR_CONFIG, ERR_DENIED), MAPPING_BACKOFF for all others, a crash (ERR_BUG)
 * included.
 */
enum mapping_state schedule_ended(struct schedule *s, int code, int64_t next_ms, bool full,
				  int64_t now);

/* What the decision depends on beside the schedule itself. */
struct schedule_situation {
	enum mapping_state state;
	int64_t now;
	int64_t hints_at;  /* when the first hinted path is due; SCHEDULE_NEVER: none is hinted */
	bool hints_full;   /* the hints amount to "look at everything" */
	int64_t linger_at; /* when the idle worker is to be stopped; SCHEDULE_NEVER: there is none */
};

enum schedule_what {
	SCHEDULE_WAIT,        /* until wake_at, or until something happens */
	SCHEDULE_FULL,        /* queue a full cycle */
	SCHEDULE_HINTS,       /* queue a cycle of the hinted paths that are due */
	SCHEDULE_ALL_HINTS,   /* the same of all that are hinted, due or not */
	SCHEDULE_STOP_WORKER, /* the idle worker lingered long enough; decide again afterwards */
};

struct schedule_decision {
	enum schedule_what what;
	int64_t wake_at; /* of SCHEDULE_WAIT; SCHEDULE_NEVER: no timer is needed */
};

struct schedule_decision schedule_decide(const struct schedule *s,
					 const struct schedule_situation *at);
