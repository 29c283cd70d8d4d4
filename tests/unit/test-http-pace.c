/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How slow an exchange may be: lines and servers as rows of a table, played on a clock of numbers.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "http/http_pace.h"

#define KB 1024u
#define MB (1024u * 1024)

static const struct http_limits limits = { .stall_s = 60, .grace_s = 60, .rate_min = 4 * KB };

#define DAY_MS (24 * 3600 * 1000LL)
#define NEVER  DAY_MS

/* A body: its bytes, so many at a time, this often. */
struct body {
	uint64_t bytes, piece;
	int64_t every_ms;
};

struct script {
	const char *what;
	struct body request; /* of no bytes: a GET */
	struct body answer;
	uint64_t taken_first, burst; /* bytes of either that come at once, before the others */
	int64_t thinks_ms;           /* from the end of the request to that of the headers */
	int64_t gap_at_ms, gap_ms;   /* the line is dead from here, for so long */
	unsigned in_flight;          /* 0: nothing else */
	enum http_verdict verdict;
	int64_t from_s, to_s; /* it ends between these */
};

static const struct script scripts[] = {
	/* lines that are slow and work */
	{ "a small answer", .answer = { 300, 300, 100 }, .to_s = 1 },
	{ "10 MB at 10 KB/s", .answer = { 10 * MB, 1000, 100 }, .from_s = 1040, .to_s = 1060 },
	{ "64 MB at 10 KB/s", .answer = { 64 * MB, 1000, 100 }, .from_s = 6700, .to_s = 6720 },
	{ "10 MB up at 10 KB/s", .request = { 10 * MB, 1000, 100 }, .answer = { 9, 9, 1 },
	  .from_s = 1040, .to_s = 1060 },
	{ "eight share 8 KB/s", .answer = { MB, 100, 100 }, .in_flight = 8, .from_s = 1040,
	  .to_s = 1060 },
	{ "eight share 8 KB/s up", .request = { MB, 100, 100 }, .answer = { 9, 9, 1 },
	  .in_flight = 8, .from_s = 1040, .to_s = 1060 },
	{ "dead for 59 s", .answer = { MB, 2000, 100 }, .gap_at_ms = 5000, .gap_ms = 59000,
	  .from_s = 110, .to_s = 115 },
	{ "it thinks for 55 s", .request = { 100, 100, 1 }, .thinks_ms = 55000,
	  .answer = { MB, KB, 100 }, .from_s = 155, .to_s = 165 },
	{ "slowly up, then it thinks", .request = { 200 * KB, 400, 100 }, .thinks_ms = 50000,
	  .answer = { 9, 9, 1 }, .from_s = 100, .to_s = 106 },
	{ "little, within the grace", .answer = { 50, 1, 1000 }, .from_s = 49, .to_s = 52 },
	/* no byte of use */
	{ "nothing after the request", .request = { 100, 100, 1 }, .thinks_ms = NEVER,
	  .verdict = HTTP_STALLED, .from_s = 59, .to_s = 61 },
	{ "nothing to say to a GET", .thinks_ms = NEVER, .verdict = HTTP_STALLED, .from_s = 59,
	  .to_s = 61 },
	{ "silent in the answer", .answer = { MB, KB, 100 }, .gap_at_ms = 5000, .gap_ms = NEVER,
	  .verdict = HTTP_STALLED, .from_s = 64, .to_s = 66 },
	{ "silent in the request", .request = { MB, KB, 100 }, .gap_at_ms = 5000, .gap_ms = NEVER,
	  .verdict = HTTP_STALLED, .from_s = 64, .to_s = 66 },
	{ "no body behind the headers", .answer = { MB, 0, 100 }, .verdict = HTTP_STALLED,
	  .from_s = 59, .to_s = 61 },
	{ "the same beside seven others", .answer = { MB, 0, 100 }, .in_flight = 8,
	  .verdict = HTTP_STALLED, .from_s = 59, .to_s = 61 },
	/* a byte now and then */
	{ "a byte a second", .answer = { MB, 1, 1000 }, .verdict = HTTP_TOO_SLOW, .from_s = 60,
	  .to_s = 62 },
	{ "a byte a second beside seven", .answer = { MB, 1, 1000 }, .in_flight = 8,
	  .verdict = HTTP_TOO_SLOW, .from_s = 60, .to_s = 62 },
	{ "a byte a second up", .request = { MB, 1, 1000 }, .verdict = HTTP_TOO_SLOW, .from_s = 60,
	  .to_s = 62 },
	{ "a byte in 59 s", .answer = { MB, 1, 59000 }, .verdict = HTTP_TOO_SLOW, .from_s = 117,
	  .to_s = 120 },
	{ "3 KB/s", .answer = { 10 * MB, 3 * KB, 1000 }, .verdict = HTTP_TOO_SLOW, .from_s = 238,
	  .to_s = 244 },
	{ "much at once, then a byte a second", .answer = { 64 * MB, 1, 1000 }, .burst = 60 * MB,
	  .verdict = HTTP_TOO_SLOW, .from_s = 60, .to_s = 122 },
	{ "much at once, then a byte in 59 s", .answer = { 64 * MB, 1, 59000 }, .burst = 60 * MB,
	  .verdict = HTTP_TOO_SLOW, .from_s = 60, .to_s = 180 },
	{ "much taken at once, then little", .request = { 64 * MB, 1, 1000 },
	  .taken_first = 60 * MB, .verdict = HTTP_TOO_SLOW, .from_s = 60, .to_s = 122 },
};

static uint64_t so_far(const struct body *b, uint64_t at_once, int64_t ms)
{
	uint64_t n = b->every_ms ? at_once + (uint64_t)(ms / b->every_ms) * b->piece : b->bytes;

	return n < b->bytes ? n : b->bytes;
}

struct play {
	int64_t active_ms;   /* the time that the line worked */
	int64_t taken_at_ms; /* of it, when the request was whole; -1: not yet */
	int64_t head_at_ms;  /* of it, when the headers were; -1: not yet */
};

static void show(struct http_look *look, const struct script *s, struct play *p, int64_t now)
{
	bool dead = now >= s->gap_at_ms && now < s->gap_at_ms + s->gap_ms;

	if (!dead)
		p->active_ms += 50;
	look->now_ms = now;
	look->in_flight = s->in_flight;
	look->taken = so_far(&s->request, s->taken_first, p->active_ms);
	if (p->taken_at_ms < 0 && look->taken == s->request.bytes)
		p->taken_at_ms = p->active_ms;
	if (p->head_at_ms < 0 && p->taken_at_ms >= 0 &&
	    p->active_ms - p->taken_at_ms >= s->thinks_ms)
		p->head_at_ms = p->active_ms;
	look->answering = p->head_at_ms >= 0;
	if (look->answering)
		look->received = so_far(&s->answer, s->burst, p->active_ms - p->head_at_ms);
}

/* Plays a script to its end; *ended_s: after how many seconds. */
static enum http_verdict play(const struct script *s, int64_t *ended_s)
{
	struct play p = { .taken_at_ms = -1, .head_at_ms = -1 };
	struct http_pace pace = { .seen_ms = 1000 };
	enum http_verdict v = HTTP_GO_ON;
	struct http_look look = { 0 };
	int64_t now = 0;

	while (now < DAY_MS && !v && !(look.answering && look.received == s->answer.bytes)) {
		now += 50;
		show(&look, s, &p, now);
		look.now_ms += 1000;
		v = http_pace_look(&pace, &limits, &look);
	}
	*ended_s = now / 1000;
	return v;
}

static void test_scripts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		const struct script *s = &scripts[i];
		int64_t ended_s;
		enum http_verdict v = play(s, &ended_s);

		if (v != s->verdict || ended_s < s->from_s || ended_s > s->to_s)
			fail_msg("%s: verdict %d after %lld s", s->what, v, (long long)ended_s);
	}
}

/* Every look costs time, but not the time in which nobody looked. */
static void test_a_stopped_process(void **state)
{
	struct http_pace pace = { .seen_ms = 0 };
	struct http_look look = { .now_ms = 3600 * 1000, .answering = true };

	(void)state;
	assert_int_equal(http_pace_look(&pace, &limits, &look), HTTP_GO_ON);
	look.now_ms += 3600 * 1000;
	look.received = 1;
	assert_int_equal(http_pace_look(&pace, &limits, &look), HTTP_GO_ON);
	assert_int_equal(pace.lasted_ms, 2 * HTTP_LOOK_MAX_MS);
}

/* We ourselves keep it waiting: for as long as we like. */
static void test_a_pause(void **state)
{
	struct http_pace pace = { .seen_ms = 0 };
	struct http_look look = { .answering = true, .received = 10, .paused = true };

	(void)state;
	for (; look.now_ms < DAY_MS; look.now_ms += 500)
		assert_int_equal(http_pace_look(&pace, &limits, &look), HTTP_GO_ON);
	look.paused = false;
	for (int64_t end = look.now_ms + 59000; look.now_ms < end; look.now_ms += 500)
		assert_int_equal(http_pace_look(&pace, &limits, &look), HTTP_GO_ON);
}

/* An answer that begins while the request is still being sent does not make it useless. */
static void test_an_early_answer(void **state)
{
	struct http_pace pace = { .seen_ms = 0 };
	struct http_look look = { .answering = true };

	(void)state;
	for (; look.now_ms < 300 * 1000; look.now_ms += 500, look.taken += 5 * KB)
		assert_int_equal(http_pace_look(&pace, &limits, &look), HTTP_GO_ON);
	for (int i = 0; i < 119; i++, look.now_ms += 500)
		assert_int_equal(http_pace_look(&pace, &limits, &look), HTTP_GO_ON);
	look.now_ms += 500;
	assert_int_equal(http_pace_look(&pace, &limits, &look), HTTP_STALLED);
}

/* No mixture of pieces and gaps holds a transfer for longer than the header says. */
static void test_the_cap(void **state)
{
	const int64_t cap_ms = 60000 + MB * 1000LL / limits.rate_min + 60000;
	uint32_t random = 1;

	(void)state;
	for (int run = 0; run < 200; run++) {
		struct http_pace pace = { .seen_ms = 0 };
		struct http_look look = { .answering = run % 2 };
		uint64_t *bytes = run % 2 ? &look.received : &look.taken;

		while (*bytes < MB && !http_pace_look(&pace, &limits, &look)) {
			random = random * 1664525u + 1013904223u;
			look.now_ms += random >> 16 & 0x3ff;
			if (random >> 28 > (uint32_t)run % 16)
				*bytes += random & 0xfff;
		}
		assert_in_range(look.now_ms, 1, cap_ms + HTTP_LOOK_MAX_MS + 24);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scripts), cmocka_unit_test(test_a_stopped_process),
		cmocka_unit_test(test_a_pause), cmocka_unit_test(test_an_early_answer),
		cmocka_unit_test(test_the_cap),
	};

	return cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
