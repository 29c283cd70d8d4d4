/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Legal moves are data: each state with its name and the set of states that may follow it. A cycle
 * is entered only through QUEUED, so that the bound on children holds whatever the reason was, and
 * nothing leaves STOPPING: a mapping whose configuration changed is replaced by a new one.
 */

#include "daemon/schedule/mapping_states.h"

#define TO(state) (1u << MAPPING_##state)

static const struct {
	const char *name;
	unsigned next;
} states[MAPPING_STATES] = {
	[MAPPING_IDLE] = { "idle", TO(QUEUED) | TO(STOPPING) },
	[MAPPING_QUEUED] = { "queued", TO(RUNNING) | TO(STOPPING) },
	[MAPPING_RUNNING] = { "running", TO(IDLE) | TO(BACKOFF) | TO(HELD) | TO(STOPPING) },
	[MAPPING_BACKOFF] = { "backoff", TO(QUEUED) | TO(STOPPING) },
	[MAPPING_HELD] = { "held", TO(QUEUED) | TO(STOPPING) },
	[MAPPING_STOPPING] = { "stopping", 0 },
};

const char *mapping_state_name(enum mapping_state state)
{
	return states[state].name;
}

bool mapping_state_may(enum mapping_state from, enum mapping_state to)
{
	return states[from].next & (1u << to);
}
