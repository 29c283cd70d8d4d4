/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many requests at once, as one blocking call: a fixed number of places (http_place.c), each of
 * which does one after the other.
 *
 * curl_multi_poll() and not a socket callback: nothing here runs behind the caller's back.
 */

#include <curl/curl.h>
#include <stdlib.h>

#include "base/clock.h"
#include "http/http_place.h"

static bool is_cancelled(const struct http *h)
{
	return h->cancel && *h->cancel;
}

/* Gives every place something to do. False: everything has ended. */
static bool run_start(struct run *run)
{
	bool working = false;

	for (size_t i = 0; i < run->place_count; i++)
		if (place_work(run, &run->places[i]))
			working = true;
	return working;
}

/* Of the slots of all places, the i-th. */
static struct slot *run_slot(struct run *run, size_t i)
{
	return &run->places[i / 2].slots[i % 2];
}

/* The slot that runs this transfer, and its place. */
static struct slot *slot_of(struct run *run, const void *easy, struct place **place)
{
	size_t i = 0;

	while (run_slot(run, i)->transfer.easy != easy)
		i++;
	*place = &run->places[i / 2];
	return run_slot(run, i);
}

/* Ends what has ended. Returns whether anything had. */
static bool run_collect(struct run *run)
{
	bool any = false;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(run->http->multi, &left))) {
		struct place *p;
		struct slot *s;

		if (m->msg != CURLMSG_DONE)
			continue;
		s = slot_of(run, m->easy_handle, &p);
		place_collect(run, p, s, (int)m->data.result);
		any = true;
	}
	return any;
}

/* Asks early what may be. Returns whether there was anything. */
static bool run_ask_early(struct run *run)
{
	bool any = false;

	for (size_t i = 0; i < run->place_count; i++)
		if (place_ask_early(run, &run->places[i]))
			any = true;
	return any;
}

/* Lets go on what waits for memory and may have it now; the attempt that began first always may. And
 * counts those that share the line. */
static void run_resume(struct run *run)
{
	struct slot *first = NULL;

	run->http->in_flight = 0;
	for (size_t i = 0; i < 2 * run->place_count; i++) {
		struct slot *s = run_slot(run, i);

		if (s->transfer.easy && (!first || s->number < first->number))
			first = s;
		if (s->transfer.easy && !s->transfer.paused)
			run->http->in_flight++;
	}
	if (!first)
		return;
	first->transfer.first = true;
	for (size_t i = 0; i < 2 * run->place_count; i++)
		if (run_slot(run, i)->transfer.easy)
			transfer_resume(&run_slot(run, i)->transfer);
}

/* Until something happens on the network, a wait is over, or it is time for a tick. */
static void run_wait(struct run *run)
{
	int64_t now = clock_monotonic_ms(), until = now + HTTP_TICK_MS;

	for (size_t i = 0; i < run->place_count; i++) {
		const struct slot *s = place_turn(&run->places[i]);
		int64_t early = place_early_ms(&run->places[i]);

		if (s->r && !s->transfer.easy && s->wake_ms < until)
			until = s->wake_ms;
		if (early >= 0 && early < until)
			until = early;
	}
	if (until > now)
		curl_multi_poll(run->http->multi, NULL, 0, (int)(until - now), NULL);
}

static void tick(const struct http *h, int64_t *due_ms)
{
	int64_t now = clock_monotonic_ms();

	if (!h->tick || now < *due_ms)
		return;
	*due_ms = now + HTTP_TICK_MS;
	h->tick(h->tick_payload);
}

static int run_loop(struct run *run, struct err *e)
{
	struct http *h = run->http;
	int64_t tick_ms = clock_monotonic_ms() + HTTP_TICK_MS;
	int running;

	while (!is_cancelled(h)) {
		if (!run_start(run))
			return ERR_OK;
		run_resume(run);
		if (curl_multi_perform(h->multi, &running) != CURLM_OK)
			return err_set(e, ERR_BUG, "libcurl lost track of its requests");
		tick(h, &tick_ms);
		if (!run_collect(run) && !run_ask_early(run))
			run_wait(run);
	}
	return err_set(e, ERR_CANCELLED, "cancelled while talking to a server");
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
		http_forget_result(&requests[i]);
		if (requests[i].ahead)
			http_forget_result(requests[i].ahead);
	}
	code = run_loop(&run, e);
	for (size_t i = 0; i < run.place_count; i++) {
		struct http_request *r = place_turn(&run.places[i])->r;

		if (r)
			r->answer.result = err_set(&r->answer.error, code ? code : ERR_CANCELLED,
						   "cancelled before the answer was complete");
		transfer_release(&run.places[i].slots[0].transfer);
		transfer_release(&run.places[i].slots[1].transfer);
	}
	free(run.places);
	return code;
}
