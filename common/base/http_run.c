/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many requests at once, as one blocking call: a fixed number of places, each of which takes the
 * next request, waits for its turn, runs an attempt, asks whether that is the answer, and moves on.
 *
 * A request that waits (rate limit, back-off) keeps its place: when a server asks to slow down, the
 * whole call slows down. A place that took a request of a lane goes on with that lane, so requests
 * of one lane never overlap.
 *
 * A request may have another one ahead of it, which is answered right before each of its attempts.
 *
 * curl_multi_poll() and not a socket callback: nothing here runs behind the caller's back.
 */

#include <curl/curl.h>
#include <stdlib.h>

#include "base/http_transfer.h"
#include "base/step.h"

/* One place among those in flight. */
struct place {
	struct http_request *r; /* NULL: free */
	size_t index;
	bool led;        /* what goes ahead of r has been answered */
	int64_t wake_ms; /* when not running: ask before() at this time */
	uint64_t number; /* of the attempt, counted over all places */
	size_t held;     /* what the answer that has just ended takes of the shared memory */
	struct transfer transfer;
};

struct run {
	struct http *http;
	struct http_request *requests;
	size_t count;
	size_t next; /* the first request that no place has taken */
	const struct http_hooks *hooks;
	struct place *places; /* owned */
	size_t place_count;
	uint64_t attempts; /* started */
};

static bool is_cancelled(const struct http *h)
{
	return h->cancel && *h->cancel;
}

/* What this place sends next, or is sending. */
static struct http_request *place_request(const struct place *p)
{
	return p->r->ahead && !p->led ? p->r->ahead : p->r;
}

static void place_begin(struct run *run, struct place *p, size_t i)
{
	p->r = &run->requests[i];
	p->index = i;
	p->led = false;
	p->wake_ms = 0;
}

/* The next request for a free place: in order, but a lane's requests only for who began it. */
static void place_take(struct run *run, struct place *p)
{
	if (run->next == run->count)
		return;
	place_begin(run, p, run->next);
	do
		run->next++;
	while (run->next < run->count && p->r->lane && run->requests[run->next].lane == p->r->lane);
}

/* The request of this place has ended: on with its lane, or free. */
static void place_advance(struct run *run, struct place *p)
{
	unsigned lane = p->r->lane;
	size_t i = p->index + 1;

	p->r = NULL;
	if (lane && i < run->count && run->requests[i].lane == lane)
		place_begin(run, p, i);
}

static void place_wait(struct place *p, int64_t wait_ms)
{
	p->wake_ms = http_now_ms() + wait_ms;
	p->led = false;
}

/* What was sent has ended: once more, or on to what it was ahead of, or to the next request. */
static void ask_again(struct run *run, struct place *p)
{
	const struct http_hooks *hooks = run->hooks;
	struct http_request *ended = place_request(p);
	int64_t wait = -1;

	if (hooks && hooks->retry)
		wait = hooks->retry(hooks->payload, ended);
	if (wait >= 0)
		buf_release(&ended->response);
	/* What the hook left stays in memory until the caller has it. */
	http_budget_give(&run->http->memory, p->held - ended->response.len);
	p->held = 0;
	if (wait >= 0)
		place_wait(p, wait);
	else if (ended == p->r)
		place_advance(run, p);
	else
		p->led = true;
}

static void place_send(struct run *run, struct place *p)
{
	step_here("send a request");
	p->number = ++run->attempts;
	if (transfer_start(&p->transfer, run->http, place_request(p)))
		ask_again(run, p);
}

/* What went ahead has been judged: nobody asks for its answer again. */
static void forget_ahead(struct run *run, struct place *p)
{
	struct http_request *ahead = p->r->ahead;

	if (!ahead || !p->led)
		return;
	http_budget_give(&run->http->memory, ahead->response.len);
	buf_release(&ahead->response);
}

/* Starts the attempt of a place if its time has come. False: its request has ended already, and the
 * place may go on with another. */
static bool place_start(struct run *run, struct place *p)
{
	const struct http_hooks *hooks = run->hooks;
	int64_t wait = 0;

	if (p->wake_ms > http_now_ms())
		return true;
	if (hooks && hooks->before)
		wait = hooks->before(hooks->payload, place_request(p));
	forget_ahead(run, p);
	if (wait < 0) {
		p->r->result = err_set(&p->r->error, ERR_CANCELLED, "not sent");
		place_advance(run, p);
		return false;
	}
	if (wait > 0)
		place_wait(p, wait);
	else
		place_send(run, p);
	return p->r != NULL;
}

/* Gives a place that is not sending something to do. False: there is nothing left. */
static bool place_work(struct run *run, struct place *p)
{
	while (!p->transfer.easy) {
		if (!p->r)
			place_take(run, p);
		if (!p->r)
			return false;
		if (place_start(run, p))
			break;
	}
	return true;
}

/* Gives every place something to do. False: everything has ended. */
static bool run_start(struct run *run)
{
	bool busy = false;

	for (size_t i = 0; i < run->place_count; i++)
		busy |= place_work(run, &run->places[i]);
	return busy;
}

static struct place *place_of(struct run *run, const void *easy)
{
	size_t i = 0;

	while (run->places[i].transfer.easy != easy)
		i++;
	return &run->places[i];
}

/* Ends what has ended. Returns whether anything had. */
static bool run_collect(struct run *run)
{
	bool any = false;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(run->http->multi, &left))) {
		struct place *p;
		bool delivered;

		if (m->msg != CURLMSG_DONE)
			continue;
		p = place_of(run, m->easy_handle);
		delivered = place_request(p)->on_data && !place_request(p)->on_start &&
			    p->transfer.body_bytes > 0;
		p->held = p->transfer.held;
		transfer_finish(&p->transfer, (int)m->data.result);
		step_here("an answer arrived");
		any = true;
		if (delivered) /* it cannot be taken back */
			place_advance(run, p);
		else
			ask_again(run, p);
	}
	return any;
}

/* Lets go on what waits for memory and may have it now; the attempt that began first always may. And
 * counts those that share the line. */
static void run_resume(struct run *run)
{
	struct place *first = NULL;

	run->http->in_flight = 0;
	for (size_t i = 0; i < run->place_count; i++) {
		struct place *p = &run->places[i];

		if (p->transfer.easy && (!first || p->number < first->number))
			first = p;
		if (p->transfer.easy && !p->transfer.paused)
			run->http->in_flight++;
	}
	if (!first)
		return;
	first->transfer.first = true;
	for (size_t i = 0; i < run->place_count; i++)
		if (run->places[i].transfer.easy)
			transfer_resume(&run->places[i].transfer);
}

/* Until something happens on the network, a wait is over, or it is time for a tick. */
static void run_wait(struct run *run)
{
	int64_t now = http_now_ms(), until = now + HTTP_TICK_MS;

	for (size_t i = 0; i < run->place_count; i++) {
		const struct place *p = &run->places[i];

		if (p->r && !p->transfer.easy && p->wake_ms < until)
			until = p->wake_ms;
	}
	if (until > now)
		curl_multi_poll(run->http->multi, NULL, 0, (int)(until - now), NULL);
}

static void tick(const struct http *h, int64_t *due_ms)
{
	int64_t now = http_now_ms();

	if (!h->tick || now < *due_ms)
		return;
	*due_ms = now + HTTP_TICK_MS;
	h->tick(h->tick_payload);
}

static int run_loop(struct run *run, struct err *e)
{
	struct http *h = run->http;
	int64_t tick_ms = http_now_ms() + HTTP_TICK_MS;
	int running;

	while (!is_cancelled(h)) {
		if (!run_start(run))
			return ERR_OK;
		run_resume(run);
		if (curl_multi_perform(h->multi, &running) != CURLM_OK)
			return err_set(e, ERR_BUG, "libcurl lost track of its requests");
		tick(h, &tick_ms);
		if (!run_collect(run))
			run_wait(run);
	}
	return err_set(e, ERR_CANCELLED, "cancelled while talking to a server");
}

static void forget_result(struct http_request *r)
{
	buf_release(&r->response);
	r->attempts = 0;
	r->result = err_set(&r->error, ERR_CANCELLED, "cancelled before an answer came");
}

int http_run(struct http *h, struct http_request *requests, size_t count,
	     const struct http_hooks *hooks, struct err *e)
{
	struct run run = {
		.http = h,
		.requests = requests,
		.count = count,
		.hooks = hooks,
		.place_count = count < h->limits.parallel ? count : h->limits.parallel,
	};
	int code;

	h->memory = (struct http_budget){ .max = h->limits.memory };
	run.places = xcalloc(run.place_count, sizeof(*run.places));
	for (size_t i = 0; i < count; i++) {
		forget_result(&requests[i]);
		if (requests[i].ahead)
			forget_result(requests[i].ahead);
	}
	code = run_loop(&run, e);
	for (size_t i = 0; i < run.place_count; i++) {
		struct place *p = &run.places[i];

		if (p->r)
			p->r->result = err_set(&p->r->error, code ? code : ERR_CANCELLED,
					       "cancelled before the answer was complete");
		transfer_release(&p->transfer);
	}
	free(run.places);
	return code;
}
