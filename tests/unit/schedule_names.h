/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the tables of the schedule are written with. */

#include "daemon/schedule/schedule.h"

#define POLL  10000
#define NOW   100000
#define NEVER SCHEDULE_NEVER

static inline const char *what_name(enum schedule_what what)
{
	static const char *const names[] = { "wait", "full", "hints", "all hints", "stop worker" };

	return names[what];
}
