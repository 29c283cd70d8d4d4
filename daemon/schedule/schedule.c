/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schedule of one mapping, as arithmetic. Invariants: a cycle that failed is followed by a full
 * one, because what it was hinted at is no longer known; hints never run during a backoff (what
 * failed for one path now fails for the next); the poll is never starved by hints, and never falls
 * into the middle of a save unless the saving lasts longer than SCHEDULE_SETTLE_MAX.
 */

#include "daemon/schedule/schedule.h"

#include "base/err.h"

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* SCHEDULE_NEVER stays what it is. */
static int64_t later(int64_t moment, int64_t ms)
{
	return moment > SCHEDULE_NEVER - ms ? SCHEDULE_NEVER : moment + ms;
}

void schedule_init(struct schedule *s, int64_t poll_ms)
{
	*s = (struct schedule){
		.poll_ms = poll_ms,
		.full_at = SCHEDULE_NEVER,
		.next_at = SCHEDULE_NEVER,
		.retry_at = SCHEDULE_NEVER,
		.full = true,
	};
}

void schedule_ask(struct schedule *s, bool full)
{
	s->asked = true;
	if (full)
		s->full = true;
}

void schedule_started(struct schedule *s, int64_t now)
{
	s->started_at = now;
	s->asked = false;
	s->full = false;
	s->next_at = SCHEDULE_NEVER;
	s->retry_at = SCHEDULE_NEVER;
}

static enum mapping_state ended_well(struct schedule *s, int64_t next_ms, bool full, int64_t now)
{
	if (next_ms >= 0)
		s->next_at = later(now, max64(next_ms, SCHEDULE_NEXT_MIN));
	/* Hints may run while the mapping is held. If that went well, so may everything else. */
	if (s->failing && !full)
		s->full = true;
	s->failing = false;
	s->backoff_ms = 0;
	return MAPPING_IDLE;
}

static enum mapping_state held(struct schedule *s, int64_t now)
{
	s->failing = true;
	s->backoff_ms = 0;
	s->retry_at = later(now, max64(s->poll_ms * SCHEDULE_HELD_POLLS, SCHEDULE_HELD_MIN));
	return MAPPING_HELD;
}

static enum mapping_state backoff(struct schedule *s, int64_t next_ms, int64_t now)
{
	int64_t wait;

	s->failing = true;
	s->full = true;
	s->backoff_ms = s->backoff_ms ? min64(s->backoff_ms * 2, SCHEDULE_BACKOFF_MAX)
				      : SCHEDULE_BACKOFF_MIN;
	wait = s->backoff_ms;
	if (next_ms >= 0)
		wait = min64(wait, max64(next_ms, SCHEDULE_BACKOFF_MIN));
	s->retry_at = later(now, wait);
	return MAPPING_BACKOFF;
}

enum mapping_state schedule_ended(struct schedule *s, int code, int64_t next_ms, bool full,
				  int64_t now)
{
	if (full)
		s->full_at = later(now, s->poll_ms);
	switch (code) {
	case ERR_OK:
		return ended_well(s, next_ms, full, now);
	case ERR_CONFIG:
	case ERR_DENIED:
		return held(s, now);
	case ERR_RETRY:
		return backoff(s, next_ms, now);
	default:
		return backoff(s, -1, now);
	}
}

static struct schedule_decision do_now(enum schedule_what what)
{
	return (struct schedule_decision){ .what = what, .wake_at = SCHEDULE_NEVER };
}

static struct schedule_decision wait_until(int64_t moment, const struct schedule_situation *at)
{
	if (at->linger_at <= at->now)
		return do_now(SCHEDULE_STOP_WORKER);
	return (struct schedule_decision){ .what = SCHEDULE_WAIT,
					   .wake_at = min64(moment, at->linger_at) };
}

static struct schedule_decision decide_idle(const struct schedule *s,
					    const struct schedule_situation *at)
{
	bool hints_due = at->hints_at <= at->now;
	int64_t poll_at = s->full_at;

	/* Somebody is in the middle of writing: what the poll would read now is half of it. */
	if (at->hints_at != SCHEDULE_NEVER && !hints_due)
		poll_at = max64(poll_at, min64(at->hints_at, later(poll_at, SCHEDULE_SETTLE_MAX)));
	if (s->full || poll_at <= at->now || s->next_at <= at->now)
		return do_now(SCHEDULE_FULL);
	if (hints_due)
		return do_now(at->hints_full ? SCHEDULE_FULL : SCHEDULE_HINTS);
	return wait_until(min64(min64(poll_at, s->next_at), at->hints_at), at);
}

static struct schedule_decision decide_held(const struct schedule *s,
					    const struct schedule_situation *at)
{
	int64_t hints_at = max64(at->hints_at, later(s->started_at, SCHEDULE_HELD_HINTS));

	if (s->retry_at <= at->now)
		return do_now(SCHEDULE_FULL);
	if (at->hints_at == SCHEDULE_NEVER)
		return wait_until(s->retry_at, at);
	if (hints_at <= at->now)
		return do_now(at->hints_full ? SCHEDULE_FULL : SCHEDULE_HINTS);
	return wait_until(min64(s->retry_at, hints_at), at);
}

static struct schedule_decision decide_asked(const struct schedule *s,
					     const struct schedule_situation *at)
{
	if (s->full || s->failing || at->hints_full || at->hints_at == SCHEDULE_NEVER)
		return do_now(SCHEDULE_FULL);
	return do_now(SCHEDULE_ALL_HINTS);
}

struct schedule_decision schedule_decide(const struct schedule *s,
					 const struct schedule_situation *at)
{
	switch (at->state) {
	case MAPPING_IDLE:
		return s->asked ? decide_asked(s, at) : decide_idle(s, at);
	case MAPPING_HELD:
		return s->asked ? decide_asked(s, at) : decide_held(s, at);
	case MAPPING_BACKOFF:
		if (s->asked || s->retry_at <= at->now)
			return do_now(SCHEDULE_FULL);
		return wait_until(s->retry_at, at);
	case MAPPING_QUEUED:
	case MAPPING_RUNNING:
	case MAPPING_STOPPING:
		break;
	}
	return do_now(SCHEDULE_WAIT);
}
