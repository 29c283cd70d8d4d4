/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for the C library's clock, by having its names. */

#include "tests/world/clock.h"

#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HEAD_START_MS (60 * 1000)

static int64_t ahead_ms = HEAD_START_MS, set_ms;

void clock_pass(int64_t ms)
{
	ahead_ms += ms;
}

void clock_set(int64_t ms)
{
	set_ms += ms;
}

static bool is_on_the_wall(clockid_t id)
{
	return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int r = (int)syscall(SYS_clock_gettime, id, ts);
	int64_t ms;

	if (r)
		return r;
	ms = ts->tv_sec * 1000 + ts->tv_nsec / 1000000 + ahead_ms +
	     (is_on_the_wall(id) ? set_ms : 0);
	ts->tv_sec = ms / 1000;
	ts->tv_nsec = ms % 1000 * 1000000 + ts->tv_nsec % 1000000;
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (out)
		*out = now.tv_sec;
	return now.tv_sec;
}
