/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The states of a mapping in the supervisor, and which may follow which. Pure data; the one
 * function that performs a move, asserts it and logs it is mapping_move() in mapping.c.
 */

#include <stdbool.h>

enum mapping_state {
	MAPPING_IDLE,     /* in agreement as far as we know; waits for an event or for the poll */
	MAPPING_QUEUED,   /* has a reason for a cycle; waits for a worker to be free */
	MAPPING_RUNNING,  /* a worker runs its cycle */
	MAPPING_BACKOFF,  /* the last cycle failed in a way that passes; waits, longer each time */
	MAPPING_HELD,     /* the last cycle needs a human; looked at again rarely, and on events */
	MAPPING_STOPPING, /* final: waits for its worker to end */
};
#define MAPPING_STATES (MAPPING_STOPPING + 1)

/* "idle" "queued" "running" "backoff" "held" "stopping": for logs, status and tests. */
const char *mapping_state_name(enum mapping_state state);

/* Whether a mapping in state from may move to state to. */
bool mapping_state_may(enum mapping_state from, enum mapping_state to);
