/* SPDX-License-Identifier: Apache-2.0 */
/* See crowd.h. A few dozen guests at most, so everything is a loop. */

#include "daemon/control/crowd.h"

static size_t held_by(const struct crowd_guest *guests, size_t count, pid_t pid)
{
	size_t held = 0;

	for (size_t i = 0; i < count; i++)
		held += guests[i].pid == pid;
	return held;
}

static bool goes_before(const struct crowd_guest *a, const struct crowd_guest *b)
{
	return a->writing != b->writing ? !a->writing : a->since_ms < b->since_ms;
}

/* Of the processes that hold this many, the guest that goes first. */
static size_t first_to_go(const struct crowd_guest *guests, size_t count, size_t held)
{
	size_t first = count;

	for (size_t i = 0; i < count; i++)
		if (held_by(guests, count, guests[i].pid) == held &&
		    (first == count || goes_before(&guests[i], &guests[first])))
			first = i;
	return first;
}

static size_t own_first(const struct crowd_guest *guests, size_t count, pid_t pid)
{
	size_t first = count;

	for (size_t i = 0; i < count; i++)
		if (guests[i].pid == pid &&
		    (first == count || goes_before(&guests[i], &guests[first])))
			first = i;
	return first;
}

static struct crowd_verdict let_go(size_t guest)
{
	return (struct crowd_verdict){ .what = CROWD_REPLACE, .guest = guest };
}

/* Each process holds one connection: the first whose grace is over goes; if there is none, the
 * newcomer waits until there is. */
static struct crowd_verdict among_equals(const struct crowd_guest *guests, size_t count,
					 int64_t now_ms)
{
	int64_t wait = CROWD_GRACE_MS;
	size_t first = count;

	for (size_t i = 0; i < count; i++) {
		int64_t left = guests[i].since_ms + CROWD_GRACE_MS - now_ms;

		if (left > 0)
			wait = left < wait ? left : wait;
		else if (first == count || goes_before(&guests[i], &guests[first]))
			first = i;
	}
	if (first < count)
		return let_go(first);
	return (struct crowd_verdict){ .what = CROWD_WAIT, .wait_ms = wait };
}

struct crowd_verdict crowd_decide(const struct crowd_guest *guests, size_t count, pid_t newcomer,
				  int64_t now_ms)
{
	size_t most = 0;

	if (held_by(guests, count, newcomer) >= CROWD_PEER_MAX)
		return let_go(own_first(guests, count, newcomer));
	if (count < CROWD_MAX)
		return (struct crowd_verdict){ .what = CROWD_ADMIT };
	for (size_t i = 0; i < count; i++) {
		size_t held = held_by(guests, count, guests[i].pid);

		most = held > most ? held : most;
	}
	return most > 1 ? let_go(first_to_go(guests, count, most))
			: among_equals(guests, count, now_ms);
}

size_t crowd_slowest(const struct crowd_guest *guests, size_t count, size_t except)
{
	size_t slowest = count;

	for (size_t i = 0; i < count; i++)
		if (i != except && guests[i].writing &&
		    (slowest == count || guests[i].since_ms < guests[slowest].since_ms))
			slowest = i;
	return slowest;
}
