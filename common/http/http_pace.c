/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Adding up time and comparing it with bytes. The rate is looked at only when bytes have come: between
 * two of them the time without any is what counts, or a server that thinks before it answers would
 * lose what it took quickly before.
 *
 * Not done here: the time until connected, which has a limit of its own, and what the limits are.
 */

#include "http/http_pace.h"

/* A request may still be on its way when its answer begins. */
static void begin_answer(struct http_pace *p, uint64_t taken)
{
	*p = (struct http_pace){ .seen_ms = p->seen_ms, .answering = true, .before = taken };
}

static void spend(struct http_pace *p, int64_t ms, int64_t grace_ms, unsigned in_flight)
{
	int64_t late = p->lasted_ms + ms - grace_ms;

	p->lasted_ms += ms;
	p->still_ms += ms;
	if (late > ms)
		late = ms;
	if (late > 0)
		p->share_us += late * 1000 / (in_flight ? in_flight : 1);
}

static bool keeps_up(struct http_pace *p, const struct http_limits *limits)
{
	int64_t worth_us = (int64_t)(p->useful * 1000 / limits->rate_min) * 1000;
	int64_t ahead_us = (int64_t)limits->grace_s * 1000 * 1000;

	/* What came fast at first may make up for grace_s of nothing, not for more. */
	if (p->share_us < worth_us - ahead_us)
		p->share_us = worth_us - ahead_us;
	return p->share_us <= worth_us;
}

enum http_verdict http_pace_look(struct http_pace *p, const struct http_limits *limits,
				 const struct http_look *look)
{
	int64_t ms = look->now_ms - p->seen_ms;
	uint64_t useful;

	p->seen_ms = look->now_ms;
	if (look->answering && !p->answering)
		begin_answer(p, look->taken);
	useful = look->taken + look->received - p->before;
	if (look->paused)
		return HTTP_GO_ON;
	spend(p, ms < HTTP_LOOK_MAX_MS ? ms : HTTP_LOOK_MAX_MS, (int64_t)limits->grace_s * 1000,
	      look->in_flight);
	/* Fewer than before: libcurl sends again what a connection that was dead already took. */
	if (useful <= p->useful)
		return p->still_ms >= (int64_t)limits->stall_s * 1000 ? HTTP_STALLED : HTTP_GO_ON;
	p->useful = useful;
	p->still_ms = 0;
	return keeps_up(p, limits) ? HTTP_GO_ON : HTTP_TOO_SLOW;
}
