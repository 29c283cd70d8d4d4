/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include <time.h>

/* Seconds that this process has computed, so that other work on the machine does not count. */
static inline double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
