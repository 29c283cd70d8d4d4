/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many HTTP requests at once, and connections that fail: order, limits, waiting, retrying, giving up.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/http.h"
#include "http/http_transfer.h"
#include "http_client.h"
#include "http_server.h"

#define MAX (64u * 1024)

/* --- connections that fail ------------------------------------------------------------------ */

static void reply_reset_mid_body(struct http_reply *reply,
				 const struct http_server_request *request, void *payload)
{
	(void)request;
	(void)payload;
	http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
	http_server_sleep_ms(50);
	http_reply_reset(reply);
}

static void reply_short_body(struct http_reply *reply, const struct http_server_request *request,
			     void *payload)
{
	(void)request;
	(void)payload;
	http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
	http_reply_close(reply);
}

static void reply_nothing(struct http_reply *reply, const struct http_server_request *request,
			  void *payload)
{
	(void)request;
	(void)payload;
	http_reply_close(reply);
}

static void reply_garbage(struct http_reply *reply, const struct http_server_request *request,
			  void *payload)
{
	(void)request;
	(void)payload;
	http_reply_text(reply, "SSH-2.0-OpenSSH_9.2\r\n");
	http_reply_close(reply);
}

static void test_lost_connections(void **state)
{
	static const struct {
		http_handler handler;
		const char *sentence;
	} cases[] = {
		{ reply_reset_mid_body, "' closed the connection before its answer was complete" },
		{ reply_short_body, "' closed the connection before its answer was complete" },
		{ reply_nothing, "' closed the connection without an answer" },
		{ reply_garbage, "no usable answer from 'http://127.0.0.1:" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_request r = { 0 };

		assert_int_equal(get_once(cases[i].handler, NULL, NULL, &r), ERR_RETRY);
		assert_non_null(strstr(r.answer.error.text, cases[i].sentence));
		assert_false(r.answer.unsent);
		http_request_release(&r);
	}
}

static void test_unreachable(void **state)
{
	struct http_server *s = http_server_start(reply_hello, NULL);
	cleanup_free char *url = http_server_url(s, "/secret?token=x");
	cleanup_free char *origin = http_origin(url);
	cleanup_free char *sentence = xasprintf("cannot reach '%s': Connection refused", origin);
	struct http_request r[] = {
		{ .method = "POST", .url = url, .response_max = MAX },
		{ .method = "GET", .url = "https://nowhere.invalid/x", .response_max = MAX },
	};
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	http_server_stop(s);
	assert_int_equal(http_run(h, r, 2, NULL, &e), ERR_OK);
	assert_int_equal(r[0].answer.result, ERR_RETRY);
	assert_true(r[0].answer.unsent);
	assert_string_equal(r[0].answer.error.text, sentence);
	assert_int_equal(r[1].answer.result, ERR_RETRY);
	assert_true(r[1].answer.unsent);
	assert_true(str_starts(r[1].answer.error.text, "cannot reach 'https://nowhere.invalid': "));
	http_request_release(&r[0]);
	http_request_release(&r[1]);
	http_free(h);
}

/* Ten bytes, each 300 ms after the last. */
static void reply_drip(struct http_reply *reply, const struct http_server_request *request,
		       void *payload)
{
	(void)request;
	(void)payload;
	http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
	for (int i = 0; i < 10 && http_reply_open(reply); i++) {
		http_server_sleep_ms(300);
		http_reply_text(reply, "x");
	}
}

static void test_stall_is_silence_not_slowness(void **state)
{
	const struct http_limits stall = { .stall_s = 1 };
	struct http_request r = { 0 };
	int64_t begin;

	(void)state;
	assert_int_equal(get_once(reply_drip, NULL, &stall, &r), ERR_OK);
	assert_string_equal(buf_str(&r.answer.body), "xxxxxxxxxx");
	begin = http_server_now_ms();
	assert_int_equal(get_once(reply_silence, NULL, &stall, &r), ERR_RETRY);
	assert_non_null(
		strstr(r.answer.error.text, "' sent no more of its answer for 1 s (1 bytes in "));
	assert_in_range(http_server_now_ms() - begin, 900, 2500);
	http_request_release(&r);
}

/* --- many at once --------------------------------------------------------------------------- */

/* Answers with the target it was asked for, the earlier requests later. */
static void reply_target(struct http_reply *reply, const struct http_server_request *request,
			 void *payload)
{
	(void)payload;
	http_server_sleep_ms(request->number < 4 ? 60 : 10);
	http_reply(reply, 200, NULL, request->target, strlen(request->target));
}

static void test_parallel_limit_and_order(void **state)
{
	enum { COUNT = 24, PARALLEL = 3 };
	struct http_server *s = http_server_start(reply_target, NULL);
	struct http *h = client_with(&(struct http_limits){ .parallel = PARALLEL }, NULL);
	struct http_request r[COUNT] = { 0 };
	char *urls[COUNT];
	struct err e = ERR_INIT;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		cleanup_free char *path = xasprintf("/%d", i);

		urls[i] = http_server_url(s, path);
		r[i] = (struct http_request){ .method = "GET",
					      .url = urls[i],
					      .response_max = MAX };
	}
	assert_int_equal(http_run(h, r, COUNT, NULL, &e), ERR_OK);
	for (int i = 0; i < COUNT; i++) {
		cleanup_free char *path = xasprintf("/%d", i);

		assert_int_equal(r[i].answer.result, ERR_OK);
		assert_string_equal(buf_str(&r[i].answer.body), path);
		http_request_release(&r[i]);
		free(urls[i]);
	}
	assert_int_equal(http_server_peak(s), PARALLEL);
	assert_int_equal(http_server_connections(s), PARALLEL);
	http_free(h);
	http_server_stop(s);
}

/* Targets are "/<lane>/<number>": notes in the payload when two of one lane overlap. */
struct lanes {
	volatile int active[4];
	volatile int overlaps;
};

static void reply_lane(struct http_reply *reply, const struct http_server_request *request,
		       void *payload)
{
	struct lanes *l = payload;
	int lane = request->target[1] - '0';

	if (__atomic_add_fetch(&l->active[lane], 1, __ATOMIC_SEQ_CST) > 1 && lane != 0)
		__atomic_add_fetch(&l->overlaps, 1, __ATOMIC_SEQ_CST);
	http_server_sleep_ms(15);
	__atomic_sub_fetch(&l->active[lane], 1, __ATOMIC_SEQ_CST);
	http_reply(reply, 200, NULL, NULL, 0);
}

static void test_lanes_do_not_overlap(void **state)
{
	static const unsigned lanes[] = { 1, 1, 1, 1, 2, 2, 2, 0, 0, 0, 3, 3, 3 };
	enum { COUNT = ARRAY_SIZE(lanes) };
	struct lanes seen = { 0 };
	struct http_server *s = http_server_start(reply_lane, &seen);
	struct http *h = client_with(&(struct http_limits){ .parallel = 6 }, NULL);
	struct http_request r[COUNT] = { 0 };
	int last[4] = { -1, -1, -1, -1 };
	struct err e = ERR_INIT;
	char *urls[COUNT];

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		cleanup_free char *path = xasprintf("/%u/%u", lanes[i], i);

		urls[i] = http_server_url(s, path);
		r[i] = (struct http_request){
			.method = "GET", .url = urls[i], .lane = lanes[i], .response_max = MAX
		};
	}
	assert_int_equal(http_run(h, r, COUNT, NULL, &e), ERR_OK);
	assert_int_equal(http_server_count(s), COUNT);
	assert_int_equal(seen.overlaps, 0);
	assert_true(http_server_peak(s) > 2);
	for (unsigned i = 0; i < COUNT; i++) {
		int lane, number;

		assert_int_equal(
			sscanf(http_server_request(s, i)->target, "/%d/%d", &lane, &number), 2);
		if (lane)
			assert_true(number > last[lane]);
		last[lane] = number;
		http_request_release(&r[i]);
		free(urls[i]);
	}
	http_free(h);
	http_server_stop(s);
}

/* --- hooks and cancelling ------------------------------------------------------------------- */

/* 503 to the first *payload requests. */
static void reply_busy_first(struct http_reply *reply, const struct http_server_request *request,
			     void *payload)
{
	if (request->number < *(unsigned *)payload)
		http_reply(reply, 503, NULL, "busy", 4);
	else
		http_reply(reply, 200, NULL, "done", 4);
}

struct hook_log {
	unsigned before, retry;
	int64_t before_wait; /* returned once per attempt */
	bool waited;
	bool skip;
};

static int64_t log_before(void *payload, const struct http_request *r)
{
	struct hook_log *log = payload;

	(void)r;
	log->before++;
	if (log->skip)
		return HTTP_SKIP;
	log->waited = !log->waited;
	return log->waited ? log->before_wait : 0;
}

static int64_t log_retry(void *payload, const struct http_request *r)
{
	struct hook_log *log = payload;

	log->retry++;
	return r->answer.attempts == log->retry && r->answer.status == 503 ? 40 : -1;
}

static void test_hooks(void **state)
{
	unsigned busy = 2;
	struct http_server *s = http_server_start(reply_busy_first, &busy);
	cleanup_free char *url = http_server_url(s, "/");
	struct hook_log log = { .before_wait = 30 };
	const struct http_hooks hooks = { .before = log_before,
					  .retry = log_retry,
					  .payload = &log };
	struct http_request r = { .method = "GET", .url = url, .response_max = MAX };
	struct http *h = client();
	int64_t begin = http_server_now_ms();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(http_run(h, &r, 1, &hooks, &e), ERR_OK);
	assert_int_equal(r.answer.result, ERR_OK);
	assert_int_equal(r.answer.status, 200);
	assert_int_equal(r.answer.attempts, 3);
	assert_string_equal(buf_str(&r.answer.body), "done");
	assert_int_equal(log.retry, 3);
	assert_int_equal(log.before, 6);
	assert_in_range(http_server_now_ms() - begin, 3 * 30 + 2 * 40, 2000);
	log = (struct hook_log){ .skip = true };
	assert_int_equal(http_run(h, &r, 1, &hooks, &e), ERR_OK);
	assert_int_equal(r.answer.result, ERR_CANCELLED);
	assert_string_equal(r.answer.error.text, "not sent");
	assert_int_equal(r.answer.attempts, 0);
	assert_int_equal(http_server_count(s), 3);
	http_request_release(&r);
	http_free(h);
	http_server_stop(s);
}

struct canceller {
	volatile int flag;
	unsigned ticks;
};

static void cancel_at_second_tick(void *payload)
{
	struct canceller *c = payload;

	if (++c->ticks == 2)
		c->flag = 1;
}

static void test_cancel(void **state)
{
	struct canceller c = { 0 };
	struct http_server *s = http_server_start(reply_silence, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	struct http *h = client_with(&(struct http_limits){ .parallel = 2 }, &c.flag);
	struct http_request r[3] = { 0 };
	int64_t begin = http_server_now_ms();
	struct err e = ERR_INIT;

	(void)state;
	for (int i = 0; i < 3; i++)
		r[i] = (struct http_request){ .method = "GET", .url = url, .response_max = MAX };
	http_on_tick(h, cancel_at_second_tick, &c);
	assert_int_equal(http_run(h, r, 3, NULL, &e), ERR_CANCELLED);
	assert_string_equal(e.text, "cancelled while talking to a server");
	assert_in_range(http_server_now_ms() - begin, HTTP_TICK_MS, 1500);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(r[i].answer.result, ERR_CANCELLED);
		http_request_release(&r[i]);
	}
	assert_int_equal(http_server_count(s), 2);
	http_free(h);
	http_server_stop(s);
}

/* --- the pages of the token ----------------------------------------------------------------- */

static void reply_empty(struct http_reply *reply, const struct http_server_request *request,
			void *payload)
{
	(void)request;
	(void)payload;
	http_reply_json(reply, 200, "{}");
}

/* The wiped pages that a pool has after 40 requests with this secret, two at a time. */
static size_t pages_after(const char *bearer, const char *user, const char *password)
{
	enum { COUNT = 40 };
	struct http_server *s = http_server_start(reply_empty, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	struct http *h = client_with(&(struct http_limits){ .parallel = 2 }, NULL);
	struct http_request r[COUNT] = { 0 };
	struct err e = ERR_INIT;
	size_t pages;

	for (int i = 0; i < COUNT; i++)
		r[i] = (struct http_request){ .method = "GET",
					      .url = url,
					      .credentials = { bearer, user, password },
					      .response_max = MAX };
	assert_int_equal(http_run(h, r, COUNT, NULL, &e), ERR_OK);
	for (int i = 0; i < COUNT; i++) {
		assert_int_equal(r[i].answer.result, ERR_OK);
		http_request_release(&r[i]);
	}
	pages = h->spare_count;
	for (size_t i = 0; i < pages; i++)
		for (size_t at = 0; at < 4096; at++)
			assert_int_equal(h->spare[i][at], 0);
	http_free(h);
	http_server_stop(s);
	return pages;
}

static void test_pages_of_a_token_are_used_again(void **state)
{
	char longer[6000];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(pages_after(NULL, NULL, NULL), 0);
	assert_int_equal(pages_after("dapi-one", NULL, NULL), 2);
	assert_int_equal(pages_after(NULL, "ana", "secret"), 3);
	assert_int_equal(pages_after(longer, NULL, NULL), 0);
	longer[4000] = '\0'; /* the line fits as it is, and not in base64 */
	assert_int_equal(pages_after(longer, NULL, NULL), 2);
	assert_int_equal(pages_after(NULL, "ana", longer), 1);
}

/* --- streaming ------------------------------------------------------------------------------ */

struct stream {
	struct http_request *r;
	size_t got;
	long status_seen;
	size_t stop_after;
};

static int count_data(void *payload, const char *data, size_t len)
{
	struct stream *st = payload;

	(void)data;
	st->got += len;
	st->status_seen = st->r->answer.status;
	return st->stop_after && st->got >= st->stop_after;
}

static int64_t always_retry(void *payload, const struct http_request *r)
{
	(void)payload;
	return r->answer.attempts < 3 ? 0 : -1;
}

static void test_streaming(void **state)
{
	const struct http_hooks hooks = { .retry = always_retry };
	struct http_server *s = http_server_start(reply_endless, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	struct http *h = client();
	struct stream st = { .stop_after = 100000 };
	struct http_request r = { .method = "GET",
				  .url = url,
				  .sink.on_data = count_data,
				  .payload = &st,
				  .response_max = 10u * 1024 * 1024 };
	struct err e = ERR_INIT;

	(void)state;
	st.r = &r;
	assert_int_equal(http_run(h, &r, 1, &hooks, &e), ERR_OK);
	assert_int_equal(r.answer.result, ERR_CANCELLED);
	assert_int_equal(st.status_seen, 200);
	assert_true(st.got >= 100000);
	assert_int_equal(r.answer.body.len, 0);
	assert_int_equal(r.answer.attempts, 1); /* what was delivered is not delivered twice */
	st.stop_after = 0;
	st.got = 0;
	r.response_max = MAX;
	assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
	assert_int_equal(r.answer.result, ERR_INVALID);
	assert_true(st.got <= MAX);
	http_request_release(&r);
	http_free(h);
	http_server_stop(s);
}

int main(void)
{
	const struct CMUnitTest failures[] = {
		cmocka_unit_test(test_lost_connections),
		cmocka_unit_test(test_unreachable),
		cmocka_unit_test(test_stall_is_silence_not_slowness),
	};
	const struct CMUnitTest many[] = {
		cmocka_unit_test(test_parallel_limit_and_order),
		cmocka_unit_test(test_lanes_do_not_overlap),
		cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_pages_of_a_token_are_used_again),
		cmocka_unit_test(test_streaming),
	};
	int failed = 0;

	failed += cmocka_run_group_tests_name("failures", failures, NULL, NULL);
	failed += cmocka_run_group_tests_name("many", many, NULL, NULL);
	return failed != 0;
}
