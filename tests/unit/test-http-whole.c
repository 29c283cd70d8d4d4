/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an answer is whole, as far as HTTP can tell; answers that are taken piece by piece and
 * begin anew; and the memory that answers share.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/http.h"
#include "http/http_budget.h"
#include "http_client.h"
#include "http_server.h"

#define MAX (4u * 1024 * 1024)

static struct http *client_of(size_t memory)
{
	const struct http_limits limits = { .memory = memory };

	return client_with(&limits, NULL);
}

/* Sends the text that payload points to the pointer of, and closes. */
static void reply_text_and_close(struct http_reply *reply, const struct http_server_request *r,
				 void *payload)
{
	(void)r;
	http_reply_text(reply, *(const char **)payload);
	http_reply_close(reply);
}

enum whole { WHOLE, BY_CLOSE, PART, BROKEN };

static const struct {
	const char *answer;
	enum whole expected;
	const char *body;
} framings[] = {
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", WHOLE, "{}" },
	{ "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", WHOLE, "{}" },
	{ "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length:2\r\n\r\n{}", WHOLE, "{}" },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", WHOLE,
	  "{}" },
	{ "HTTP/1.1 200 OK\r\ntransfer-encoding:CHUNKED\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
	  WHOLE, "{}" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", WHOLE, "{}" },
	{ "HTTP/1.1 204 No Content\r\n\r\n", WHOLE, "" },
	{ "HTTP/1.1 304 Not Modified\r\n\r\n", WHOLE, "" },
	{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", WHOLE,
	  "{}" },
	/* the end of the connection is the end of the body */
	{ "HTTP/1.1 200 OK\r\n\r\n{}", BY_CLOSE, "{}" },
	{ "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", BY_CLOSE, "" },
	{ "HTTP/1.0 200 OK\r\n\r\n{}", BY_CLOSE, "{}" },
	{ "HTTP/1.1 404 Not Found\r\n\r\n{}", BY_CLOSE, "{}" },
	{ "HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}",
	  BY_CLOSE, "{}" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n{}", BROKEN, NULL },
	/* only a part was asked of somebody */
	{ "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\n{}", PART,
	  "{}" },
	{ "HTTP/1.1 200 OK\r\ncontent-range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\n{}", PART,
	  "{}" },
	/* cut, or of a form that nobody asked for */
	{ "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", BROKEN, NULL },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n", BROKEN, NULL },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}", BROKEN, NULL },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", BROKEN,
	  NULL },
	{ "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", BROKEN,
	  NULL },
	{ "{}", BROKEN, NULL },
};

static void test_framings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(framings); i++) {
		const char *text = framings[i].answer;
		struct http_server *s = http_server_start(reply_text_and_close, &text);
		cleanup_free char *url = http_server_url(s, "/x");
		struct http *h = client();
		struct http_request r = { .method = "GET", .url = url, .response_max = MAX };
		enum whole found = WHOLE;
		struct err e = ERR_INIT;

		assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
		if (r.answer.result)
			found = BROKEN;
		else if (r.answer.part)
			found = PART;
		else if (r.answer.ended_by_close)
			found = BY_CLOSE;
		/* A length beyond all numbers is one that libcurl refuses or does not use. */
		if (found == BY_CLOSE && strstr(text, "99999999999"))
			found = BROKEN;
		if (found != framings[i].expected)
			fail_msg("%s: %d (%s)", text, (int)found, r.answer.error.text);
		if (framings[i].body)
			assert_string_equal(buf_str(&r.answer.body), framings[i].body);
		http_request_release(&r);
		http_free(h);
		http_server_stop(s);
	}
}

static void assert_not_whole(const char *answer)
{
	struct http_server *s = http_server_start(reply_text_and_close, &answer);
	cleanup_free char *url = http_server_url(s, "/x");
	struct http *h = client();
	struct http_request r = { .method = "GET", .url = url, .response_max = MAX };
	struct err e = ERR_INIT;

	assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
	assert_true(r.answer.result || r.answer.ended_by_close);
	http_request_release(&r);
	http_free(h);
	http_server_stop(s);
}

static void test_differing_lengths_are_none(void **state)
{
	(void)state;
	assert_not_whole("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 2\r\n\r\n{} ");
	/* that the last two agree says nothing */
	assert_not_whole("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 2\r\n"
			 "Content-Length: 2\r\n\r\n{} ");
}

/* --- piece by piece ------------------------------------------------------------------------- */

struct pieces {
	struct buf text;
	unsigned starts;
};

static void start_pieces(void *payload)
{
	struct pieces *p = payload;

	p->starts++;
	buf_clear(&p->text);
}

static int add_piece(void *payload, const char *data, size_t len)
{
	struct pieces *p = payload;

	return !buf_add(&p->text, data, len);
}

/* Half of it, then all of it; whatever else is asked for is refused in words. */
static void reply_half_then_all(struct http_reply *reply, const struct http_server_request *r,
				void *payload)
{
	(void)payload;
	if (!str_starts(r->target, "/list")) {
		http_reply_json(reply, 404, "{\"message\":\"no\"}");
		return;
	}
	http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
	http_reply_text(reply, r->number ? "0123456789" : "01234");
	if (!r->number)
		http_reply_close(reply);
}

static void test_an_answer_begins_anew(void **state)
{
	const struct http_hooks hooks = { .retry = retry_lost };
	struct http_server *s = http_server_start(reply_half_then_all, NULL);
	cleanup_free char *url = http_server_url(s, "/list"), *other = http_server_url(s, "/x");
	struct pieces p = { .text = BUF_INIT(64) };
	struct http_request r = { .method = "GET",
				  .url = url,
				  .response_max = MAX,
				  .payload = &p,
				  .sink = { .on_start = start_pieces, .on_data = add_piece } };
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(http_run(h, &r, 1, &hooks, &e), ERR_OK);
	assert_int_equal(r.answer.result, ERR_OK);
	assert_int_equal(p.starts, 2);
	assert_string_equal(buf_str(&p.text), "0123456789");
	assert_int_equal(r.answer.body.len, 0);
	/* a refusal is no piece of the answer */
	r.url = other;
	assert_int_equal(http_run(h, &r, 1, &hooks, &e), ERR_OK);
	assert_int_equal(r.answer.status, 404);
	assert_string_equal(buf_str(&p.text), "");
	assert_string_equal(buf_str(&r.answer.body), "{\"message\":\"no\"}");
	http_request_release(&r);
	buf_release(&p.text);
	http_free(h);
	http_server_stop(s);
}

/* --- shared memory -------------------------------------------------------------------------- */

static void test_budget(void **state)
{
	static const struct {
		size_t max, used, more;
		bool first, admitted;
	} cases[] = {
		{ 100, 0, 100, false, true },
		{ 100, 0, 101, false, false },
		{ 100, 99, 1, false, true },
		{ 100, 100, 1, false, false },
		{ 100, 150, 1, false, false },
		{ 100, 150, 1, true, true },
		{ 100, 0, 101, true, true },
		{ 0, SIZE_MAX - 1, 1, false, true },
		{ SIZE_MAX, SIZE_MAX - 1, 2, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct http_budget b = { .max = cases[i].max, .used = cases[i].used };

		if (http_budget_admits(&b, cases[i].more, cases[i].first) != cases[i].admitted)
			fail_msg("case %zu", i);
	}
}

#define ANSWER (1024u * 1024)

/* A megabyte, of which the first request's comes last. */
static void reply_megabyte(struct http_reply *reply, const struct http_server_request *r,
			   void *payload)
{
	cleanup_free char *body = xmalloc(ANSWER);

	(void)payload;
	memset(body, 'a' + (int)(r->number % 26), ANSWER);
	http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n");
	http_reply_raw(reply, body, ANSWER / 2);
	if (!r->number)
		http_server_sleep_ms(300);
	http_reply_raw(reply, body + ANSWER / 2, ANSWER / 2);
}

struct heap {
	struct http_request *requests;
	size_t count, peak;
	bool take; /* what has ended is taken at once */
};

static void measure(void *payload)
{
	struct heap *heap = payload;
	size_t sum = 0;

	for (size_t i = 0; i < heap->count; i++)
		sum += heap->requests[i].answer.body.len;
	heap->peak = sum > heap->peak ? sum : heap->peak;
}

static int64_t take_ended(void *payload, const struct http_request *r)
{
	struct heap *heap = payload;

	measure(heap);
	if (heap->take)
		buf_release(&heap->requests[r - heap->requests].answer.body);
	return -1;
}

/* Eight at once, 40 in all, and room for two: none fails, whoever takes them and whoever does not. */
static void check_shared_memory(bool take, size_t bound)
{
	enum { COUNT = 40 };
	struct http_server *s = http_server_start(reply_megabyte, NULL);
	cleanup_free char *url = http_server_url(s, "/x");
	struct http_request *requests = xcalloc(COUNT, sizeof(*requests));
	struct heap heap = { .requests = requests, .count = COUNT, .take = take };
	const struct http_hooks hooks = { .retry = take_ended, .payload = &heap };
	struct http *h = client_of((size_t)2 * ANSWER);
	struct err e = ERR_INIT;

	for (size_t i = 0; i < COUNT; i++)
		requests[i] =
			(struct http_request){ .method = "GET", .url = url, .response_max = MAX };
	http_on_tick(h, measure, &heap);
	assert_int_equal(http_run(h, requests, COUNT, &hooks, &e), ERR_OK);
	for (size_t i = 0; i < COUNT; i++) {
		if (requests[i].answer.result)
			fail_msg("%zu: %s", i, requests[i].answer.error.text);
		assert_int_equal(requests[i].answer.body.len, take ? 0 : ANSWER);
		http_request_release(&requests[i]);
	}
	if (heap.peak > bound)
		fail_msg("%zu bytes were held at once", heap.peak);
	assert_true(http_server_peak(s) > 1);
	free(requests);
	http_free(h);
	http_server_stop(s);
}

static void test_shared_memory(void **state)
{
	(void)state;
	check_shared_memory(true, (size_t)3 * ANSWER);
	check_shared_memory(false, (size_t)40 * ANSWER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framings),
		cmocka_unit_test(test_differing_lengths_are_none),
		cmocka_unit_test(test_an_answer_begins_anew),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_shared_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
