/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One place: takes the next request, waits for its turn, runs an attempt, asks whether that is the
 * answer, and moves on.
 *
 * A request that waits (rate limit, back-off) keeps its place: when a server asks to slow down, the
 * whole call slows down. A place that took a request of a lane goes on with that lane, so requests
 * of one lane never overlap.
 *
 * A request may have another one ahead of it, which is answered right before each of its attempts.
 * Of the next request in the lane it is asked while the one before is on its way, as soon as that
 * has left us: then its answer waits for no more than the server's work on that one. Whatever
 * delays the turn of the next request makes such an answer void, and it is asked again, in its
 * turn.
 */

#include "http/http_place.h"

#include "base/clock.h"
#include "base/step.h"

struct slot *place_turn(struct place *p)
{
	return &p->slots[p->turn];
}

struct slot *place_next(struct place *p)
{
	return &p->slots[!p->turn];
}

void http_forget_result(struct http_request *r)
{
	buf_release(&r->answer.body);
	r->answer.attempts = 0;
	r->answer.result = err_set(&r->answer.error, ERR_CANCELLED,
				   "cancelled before an answer came");
}

/* What this slot sends next, or is sending. */
static struct http_request *slot_request(const struct slot *s)
{
	return s->r->ahead && !s->led ? s->r->ahead : s->r;
}

/* Whether request i is of the lane of the one before. */
static bool is_neighbour(const struct run *run, size_t i)
{
	return i < run->count && run->requests[i].lane &&
	       run->requests[i].lane == run->requests[i - 1].lane;
}

static void place_begin(struct run *run, struct place *p, size_t i)
{
	bool goes_ahead = is_neighbour(run, i + 1) && run->requests[i + 1].ahead;

	p->index = i;
	p->ask_ms = 0;
	place_turn(p)->r = &run->requests[i];
	*place_next(p) = (struct slot){ .r = goes_ahead ? &run->requests[i + 1] : NULL };
}

/* The next request for a free place: in order, but a lane's requests only for who began it. */
static void place_take(struct run *run, struct place *p)
{
	if (run->next == run->count)
		return;
	p->patient = false;
	place_begin(run, p, run->next);
	do
		run->next++;
	while (is_neighbour(run, run->next));
}

/* The request whose turn it was has ended: on with its lane, or free. */
static void place_advance(struct run *run, struct place *p)
{
	*place_turn(p) = (struct slot){ 0 };
	if (place_next(p)->r)
		p->turn = !p->turn;
	if (is_neighbour(run, p->index + 1))
		place_begin(run, p, p->index + 1);
}

static void slot_wait(struct slot *s, int64_t wait_ms)
{
	s->wake_ms = clock_monotonic_ms() + wait_ms;
	s->led = false;
	s->early = false;
}

/* What went ahead has been judged: nobody asks for its answer again. */
static void forget_ahead(struct run *run, struct slot *s)
{
	struct http_request *ahead = s->r->ahead;

	if (!ahead || !s->led)
		return;
	http_budget_give(&run->http->memory, ahead->answer.body.len);
	buf_release(&ahead->answer.body);
}

/* What was asked early, answered or not, does not count. */
static void void_early(struct run *run, struct slot *s)
{
	if (!s->early)
		return;
	forget_ahead(run, s);
	http_budget_give(&run->http->memory, s->transfer.held);
	transfer_release(&s->transfer);
	http_forget_result(s->r->ahead);
	s->led = false;
	s->early = false;
}

/* What was sent has ended: once more, or on to what it was ahead of, or to the next request. held
 * is what its answer takes of the shared memory. */
static void ask_again(struct run *run, struct place *p, struct slot *s, size_t held)
{
	const struct http_hooks *hooks = run->hooks;
	struct http_request *ended = slot_request(s);
	int64_t wait = -1;

	if (hooks && hooks->retry)
		wait = hooks->retry(hooks->payload, ended);
	if (wait >= 0)
		buf_release(&ended->answer.body);
	/* What the hook left stays in memory until the caller has it. */
	http_budget_give(&run->http->memory, held - ended->answer.body.len);
	if (wait >= 0) {
		if (ended == s->r)
			void_early(run, place_next(p));
		slot_wait(s, wait);
	} else if (ended == s->r) {
		place_advance(run, p);
	} else {
		s->led = true;
	}
}

static void slot_send(struct run *run, struct place *p, struct slot *s)
{
	step_here("send a request");
	s->number = ++run->attempts;
	if (transfer_start(&s->transfer, run->http, slot_request(s)))
		ask_again(run, p, s, 0);
}

/* Starts the attempt of a place if its time has come. False: its request has ended already, and the
 * place may go on with another. */
static bool place_start(struct run *run, struct place *p)
{
	const struct http_hooks *hooks = run->hooks;
	struct slot *s = place_turn(p);
	int64_t now = clock_monotonic_ms(), wait = 0;

	if (s->wake_ms > now)
		return true;
	if (s->early && now - s->asked_ms > run->http->limits.ahead_ms) {
		p->patient = true; /* the next one would be too old as well */
		void_early(run, s);
	}
	if (hooks && hooks->before)
		wait = hooks->before(hooks->payload, slot_request(s));
	forget_ahead(run, s);
	if (wait < 0) {
		s->r->answer.result = err_set(&s->r->answer.error, ERR_CANCELLED, "not sent");
		place_advance(run, p);
		return false;
	}
	if (wait > 0)
		slot_wait(s, wait);
	else
		slot_send(run, p, s);
	return place_turn(p)->r != NULL;
}

bool place_work(struct run *run, struct place *p)
{
	while (!place_turn(p)->transfer.easy) {
		if (!place_turn(p)->r)
			place_take(run, p);
		if (!place_turn(p)->r)
			return false;
		if (place_start(run, p))
			break;
	}
	return true;
}

void place_collect(struct run *run, struct place *p, struct slot *s, int curl_code)
{
	const struct http_request *r = slot_request(s);
	bool delivered = r->sink.on_data && !r->sink.on_start && s->transfer.body_bytes > 0;

	size_t held = s->transfer.held;

	transfer_finish(&s->transfer, curl_code);
	step_here("an answer arrived");
	if (delivered) /* it cannot be taken back */
		place_advance(run, p);
	else
		ask_again(run, p, s, held);
}

/* Whether the request whose turn it is, and not what went ahead of it, has left us whole. */
static bool is_sent(const struct slot *s)
{
	return s->transfer.easy && slot_request(s) == s->r && transfer_is_sent(&s->transfer);
}

int64_t place_early_ms(struct place *p)
{
	const struct slot *next = place_next(p);
	bool is_asked = next->led || next->transfer.easy;

	if (p->patient || !next->r || is_asked || !is_sent(place_turn(p)))
		return -1;
	return next->wake_ms > p->ask_ms ? next->wake_ms : p->ask_ms;
}

bool place_ask_early(struct run *run, struct place *p)
{
	const struct http_hooks *hooks = run->hooks;
	struct slot *s = place_next(p);
	int64_t now = clock_monotonic_ms(), due = place_early_ms(p), wait = 0;

	if (due < 0 || due > now)
		return false;
	if (hooks && hooks->before)
		wait = hooks->before(hooks->payload, s->r->ahead);
	if (wait) {
		/* It is asked again in its turn, which need not be that late. */
		p->patient = wait < 0;
		p->ask_ms = now + wait;
		return false;
	}
	s->early = true;
	s->asked_ms = now;
	slot_send(run, p, s);
	return true;
}
