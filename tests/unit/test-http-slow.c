/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Servers that send or take next to nothing, and never stop: each ends within the limits, which are a
 * second here, with a sentence that says what it was. Slow ones that work go on. Header lines without
 * end are told as what they are.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "http/http.h"
#include "http/http_transfer.h"
#include "http_client.h"
#include "http_server.h"
#include "raw_server.h"

#define MAX  (64u * 1024)
#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

/* What a server does on a connection: begin, then piece again and again until the client is gone or
 * enough were sent. */
struct dribble {
	const char *what;
	const char *begin;
	const char *piece;
	unsigned every_ms;
	unsigned count; /* 0: no end */
	const char *end;
	const char *scheme; /* NULL: http */
	const char *sentence;
};

#define STALLED "' sent no more of its answer for 1 s ("
#define NO_HEAD "' sent no complete headers of an answer within 1 s: check the network"

static const struct dribble dribbles[] = {
	{ "body bytes", HEAD "Content-Length: 9000\r\n\r\n", "x", 50,
	  .sentence = "' sends its answer too slowly, " },
	{ "chunks of a byte", HEAD "Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n", 50,
	  .sentence = "' sends its answer too slowly, " },
	{ "a byte after a while", HEAD "Content-Length: 9000\r\n\r\n", "x", 900,
	  .sentence = "' sends its answer too slowly, " },
	{ "a chunk extension", HEAD "Transfer-Encoding: chunked\r\n\r\n1;", "x", 20,
	  .sentence = STALLED "0 bytes in " },
	{ "digits of a chunk's size", HEAD "Transfer-Encoding: chunked\r\n\r\n", "0", 100,
	  .sentence = STALLED },
	{ "trailers", HEAD "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n", "A: b\r\n", 20,
	  .sentence = STALLED "1 bytes in " },
	{ "header lines", HEAD, "A: b\r\n", 20, .sentence = NO_HEAD },
	{ "bytes of a header line", HEAD "A: ", "x", 20, .sentence = NO_HEAD },
	{ "bytes of a status line", "HTTP/1.1 200 ", "x", 20, .sentence = NO_HEAD },
	{ "100 Continue", "", "HTTP/1.1 100 Continue\r\n\r\n", 20, .sentence = NO_HEAD },
	{ "103 Early Hints", "", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", 20,
	  .sentence = NO_HEAD },
	{ "a TLS handshake", "\x16\x03\x03\x3f", "x", 20, .scheme = "https",
	  .sentence = "': no connection within 1 s" },
	/* slow, and it works */
	{ "a pause", HEAD "Content-Length: 3\r\n\r\n", "x", 300, 3, .sentence = NULL },
	{ "100 Continue twice", "", "HTTP/1.1 100 Continue\r\n\r\n", 20, 2,
	  .end = HEAD "Content-Length: 3\r\n\r\nxxx" },
	{ "an extension", HEAD "Transfer-Encoding: chunked\r\n\r\n3;", "a", 5, 9,
	  .end = "\r\nxxx\r\n0\r\n\r\n" },
};

static void dribble(int fd, void *payload)
{
	const struct dribble *d = payload;

	if ((!d->scheme && !raw_read_head(fd)) || !raw_send(fd, d->begin, strlen(d->begin)))
		return;
	for (unsigned i = 0; (!d->count || i < d->count) && raw_is_open(fd); i++) {
		if (!raw_send(fd, d->piece, strlen(d->piece)))
			return;
		http_server_sleep_ms(d->every_ms);
	}
	if (d->end && raw_send(fd, d->end, strlen(d->end)))
		raw_read(fd, 1);
}

/* Runs r against a server; r->error and the answer stay. */
static void run(struct http_request *r, const struct http_limits *limits, raw_handler handler,
		void *payload, const char *scheme, int receive_buffer)
{
	struct raw_server *s = raw_server_start(handler, payload, receive_buffer);
	cleanup_free char *url = raw_server_url(s, scheme ? scheme : "http", "/");
	struct http *h = client_with(limits, NULL);
	struct err e = ERR_INIT;

	r->url = url;
	r->response_max = MAX;
	assert_int_equal(http_run(h, r, 1, NULL, &e), ERR_OK);
	r->url = NULL;
	http_free(h);
	raw_server_stop(s);
}

static void test_dribbles(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dribbles); i++) {
		struct dribble d = dribbles[i];
		struct http_request r = { .method = "GET" };
		/* What is told of a limit by its name is not to reach the others first. */
		struct http_limits l = { .connect_s = d.scheme ? 1 : 0 };

		if (d.sentence && strstr(d.sentence, "slowly"))
			l.grace_s = 1;
		else if (d.sentence)
			l.stall_s = 1;
		run(&r, &l, dribble, &d, d.scheme, 0);
		if (!d.sentence &&
		    (r.answer.result || !str_eq(buf_str(&r.answer.body), "xxx") || r.answer.slow))
			fail_msg("%s: %d: %s", d.what, r.answer.result, r.answer.error.text);
		if (d.sentence &&
		    (r.answer.result != ERR_RETRY || !strstr(r.answer.error.text, d.sentence)))
			fail_msg("%s: %d: %s", d.what, r.answer.result, r.answer.error.text);
		if (d.sentence && r.answer.slow == !!d.scheme)
			fail_msg("%s: slow is %d", d.what, r.answer.slow);
		http_request_release(&r);
	}
}

/* --- what is sent --------------------------------------------------------------------------- */

#define SENT (16u * 1024 * 1024)

struct taker {
	size_t piece;
	unsigned every_ms;
};

/* Takes a request by pieces, and answers when it has it. */
static void take_slowly(int fd, void *payload)
{
	static const char done[] = HEAD "Content-Length: 3\r\n\r\nxxx";
	const struct taker *t = payload;

	if (!raw_read_head(fd))
		return;
	for (size_t got = 0; got < SENT; got += t->piece) {
		if (!raw_is_open(fd) || !raw_read(fd, t->piece))
			return;
		http_server_sleep_ms(t->every_ms);
	}
	if (raw_send(fd, done, strlen(done)))
		raw_read(fd, 1);
}

static void send_to(struct taker t, const struct http_limits *limits, struct http_request *r)
{
	cleanup_free char *body = xcalloc(1, SENT);

	*r = (struct http_request){ .method = "POST", .body = { .data = body, .len = SENT } };
	run(r, limits, take_slowly, &t, NULL, 4096);
	r->body.data = NULL;
}

static void test_a_request_is_taken_slowly(void **state)
{
	const struct http_limits stall = { .stall_s = 1, .grace_s = 30 };
	const struct http_limits rate = { .stall_s = 30, .grace_s = 1, .rate_min = 4u << 20 };
	struct http_request r;
	const char *at;

	(void)state;
	send_to((struct taker){ 1, 200 }, &stall, &r);
	assert_int_equal(r.answer.result, ERR_RETRY);
	at = strstr(r.answer.error.text, "' took no more of a request for 1 s (");
	if (!at)
		fail_msg("%s", r.answer.error.text);
	/* What the kernel has in hand is not taken: it would be megabytes. */
	assert_in_range(strtol(strchr(at, '(') + 1, NULL, 10), 1, 512 * 1024);
	assert_false(r.answer.unsent);
	assert_true(r.answer.slow);
	http_request_release(&r);
	send_to((struct taker){ 16384, 50 }, &rate, &r);
	assert_int_equal(r.answer.result, ERR_RETRY);
	if (!strstr(r.answer.error.text, "' takes a request too slowly, "))
		fail_msg("%s", r.answer.error.text);
	http_request_release(&r);
	send_to((struct taker){ 65536, 5 }, NULL, &r);
	if (r.answer.result)
		fail_msg("%s", r.answer.error.text);
	assert_string_equal(buf_str(&r.answer.body), "xxx");
	http_request_release(&r);
}

/* --- headers that are too large ------------------------------------------------------------- */

struct header {
	const char *before; /* the line's value is behind it */
	size_t len;         /* of the value, in bytes */
};

static void send_header(int fd, void *payload)
{
	const struct header *h = payload;
	cleanup_free char *value = xmalloc(h->len);

	memset(value, 'a', h->len);
	if (raw_read_head(fd) && raw_send(fd, h->before, strlen(h->before)) &&
	    raw_send(fd, value, h->len) && raw_send(fd, "\r\n\r\n{}", 6))
		raw_read(fd, 1);
}

static void test_large_headers(void **state)
{
	static const struct header headers[] = {
		{ HEAD "Content-Length: 2\r\nX: ", 65536 },
		{ HEAD "Content-Length: 2\r\nX: ", 102400 },
		{ HEAD "Content-Length: 2\r\nX: ", 1u << 20 },
		{ HEAD "Content-Length: 2\r\nX: ", 2u << 20 },
		{ "HTTP/1.1 302 Found\r\nContent-Length: 2\r\nLocation: https://acme.example/",
		  2u << 20 },
		{ "HTTP/1.1 302 Found\r\nContent-Length: 2\r\nLocation: https://acme.example/",
		  99000 },
		{ "HTTP/1.1 200 ", 1u << 20 },
		{ "HTTP/1.1 100 ", 1u << 20 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++) {
		struct header header = headers[i];
		struct http_request r = { .method = "GET" };

		run(&r, NULL, send_header, &header, NULL, 0);
		if (r.answer.result != ERR_INVALID ||
		    !str_starts(r.answer.error.text, "the headers of 'http://127.") ||
		    !strstr(r.answer.error.text, "' are larger than 65536 bytes"))
			fail_msg("%zu: %d: %s", i, r.answer.result, r.answer.error.text);
		http_request_release(&r);
	}
}

/* libcurl has one code for both, or two. */
enum { OUT_OF_MEMORY = 27, RECV_ERROR = 56, TOO_LARGE = 100 };

static void test_no_memory_is_something_else(void **state)
{
	static const struct {
		int code;
		bool sent, answering, refused, too_large;
	} table[] = {
		{ OUT_OF_MEMORY, true, false, false, true },
		{ TOO_LARGE, true, false, false, true },
		{ OUT_OF_MEMORY, true, false, true, false },
		{ TOO_LARGE, true, false, true, false },
		{ OUT_OF_MEMORY, false, false, false, false }, /* in the TLS handshake */
		{ OUT_OF_MEMORY, true, true, false, false },
		{ RECV_ERROR, true, false, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		assert_int_equal(transfer_headers_are_too_large(table[i].code, table[i].sent,
								table[i].answering,
								table[i].refused),
				 table[i].too_large);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dribbles),
		cmocka_unit_test(test_a_request_is_taken_slowly),
		cmocka_unit_test(test_large_headers),
		cmocka_unit_test(test_no_memory_is_something_else),
	};

	return cmocka_run_group_tests_name("slow", tests, NULL, NULL);
}
