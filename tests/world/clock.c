/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for the C library's clock, by having its names. */

#include "tests/world/clock.h"

#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define HEAD_START_MS (60 * 1000)

static int64_t ahead_ms = HEAD_START_MS;

void clock_pass(int64_t ms)
{
	ahead_ms += ms;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
	int r = (int)syscall(SYS_clock_gettime, id, ts);
	int64_t ns;

	if (r)
		return r;
	ns = ts->tv_nsec + ahead_ms % 1000 * 1000000;
	ts->tv_sec += ahead_ms / 1000 + ns / 1000000000;
	ts->tv_nsec = ns % 1000000000;
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
