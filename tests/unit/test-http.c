/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP request: what is sent to the byte, and what comes back from servers that misbehave.
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
#include "http_client.h"
#include "http_server.h"

#define MAX (64u * 1024)

/* --- what is sent ------------------------------------------------------------------------- */

static void test_plain_get(void **state)
{
	struct http_server *s = http_server_start(reply_hello, NULL);
	cleanup_free char *url = http_server_url(s, "/a?b=c%20d");
	const char *const headers[] = { "X-Test: yes", NULL };
	struct http_request r = { .method = "GET",
				  .url = url,
				  .headers = headers,
				  .credentials.bearer = "t0ken",
				  .response_max = MAX };
	struct http *h = client();
	const struct http_server_request *seen;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
	assert_int_equal(r.answer.result, ERR_OK);
	assert_int_equal(r.answer.status, 200);
	assert_string_equal(buf_str(&r.answer.body), "hello");
	assert_string_equal(r.answer.content_type, "text/plain");
	assert_string_equal(r.answer.location, "");
	assert_int_equal(r.answer.retry_after_s, -1);
	assert_int_equal(r.answer.attempts, 1);
	seen = http_server_request(s, 0);
	assert_string_equal(seen->method, "GET");
	assert_string_equal(seen->target, "/a?b=c%20d");
	assert_true(http_server_has_header(seen, "X-Test: yes"));
	assert_true(http_server_has_header(seen, "User-Agent: nbsyncd/0.1.0"));
	assert_true(http_server_has_header(seen, "Authorization: Bearer t0ken"));
	assert_true(http_server_has_header(seen, "Accept-Encoding: identity"));
	assert_null(strcasestr(seen->headers, "expect"));
	http_request_release(&r);
	http_free(h);
	http_server_stop(s);
}

static void test_basic_authorization(void **state)
{
	static const struct {
		const char *user, *password, *line;
	} cases[] = {
		{ "a", "b", "Authorization: Basic YTpi" },
		{ "ab", "c", "Authorization: Basic YWI6Yw==" },
		{ "abc", "d", "Authorization: Basic YWJjOmQ=" },
		{ NULL, "secret", "Authorization: Basic OnNlY3JldA==" },
		{ "\xc3\xa4", "\xff?>", "Authorization: Basic w6Q6/z8+" },
	};
	struct http_server *s = http_server_start(reply_hello, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_request r = { .method = "GET",
					  .url = url,
					  .credentials = { .user = cases[i].user,
							   .password = cases[i].password },
					  .response_max = MAX };

		assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
		assert_true(http_server_has_header(http_server_request(s, i), cases[i].line));
		http_request_release(&r);
	}
	http_free(h);
	http_server_stop(s);
}

static void test_bodies(void **state)
{
	static const char data[] = "a\0b";
	struct http_server *s = http_server_start(reply_hello, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	struct http_request r[] = {
		{ .method = "POST",
		  .url = url,
		  .body = { .data = data, .len = 3 },
		  .response_max = MAX },
		{ .method = "POST", .url = url, .response_max = MAX },
		{ .method = "PATCH",
		  .url = url,
		  .response_max = MAX,
		  .body = { .data = "{}",
			    .len = 2,
			    .content_type = "application/x-git-upload-pack-request" } },
	};
	struct http *h = client_with(&(struct http_limits){ .parallel = 1 }, NULL);
	const struct http_server_request *seen;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(http_run(h, r, ARRAY_SIZE(r), NULL, &e), ERR_OK);
	seen = http_server_request(s, 0);
	assert_string_equal(seen->method, "POST");
	assert_int_equal(seen->body_len, 3);
	assert_memory_equal(seen->body, data, 3);
	assert_true(http_server_has_header(seen, "Content-Type: application/json"));
	seen = http_server_request(s, 1);
	assert_string_equal(seen->method, "POST");
	assert_true(http_server_has_header(seen, "Content-Length: 0"));
	seen = http_server_request(s, 2);
	assert_string_equal(seen->method, "PATCH");
	assert_string_equal(seen->body, "{}");
	assert_true(http_server_has_header(seen,
					   "Content-Type: application/x-git-upload-pack-request"));
	for (size_t i = 0; i < ARRAY_SIZE(r); i++)
		http_request_release(&r[i]);
	http_free(h);
	http_server_stop(s);
}

static void test_multipart_is_exact(void **state)
{
	static const char content[] = "# Databricks notebook source\r\n\0print(1)";
	const struct http_part parts[] = {
		{ .name = "path", .data = "/Users/ana@acme.example/a b.py", .len = 30 },
		{ .name = "content",
		  .file_name = "content",
		  .data = content,
		  .len = sizeof(content) - 1 },
		{ .name = "empty", .data = NULL, .len = 0 },
	};
	struct http_server *s = http_server_start(reply_hello, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	struct http_request r = { .method = "POST",
				  .url = url,
				  .body = { .parts = parts, .part_count = ARRAY_SIZE(parts) },
				  .response_max = MAX };
	cleanup_buf struct buf expected = BUF_INIT(4096);
	struct http *h = client();
	const struct http_server_request *seen;
	char boundary[128] = "";
	const char *at;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
	assert_int_equal(r.answer.result, ERR_OK);
	seen = http_server_request(s, 0);
	at = strstr(seen->headers, "Content-Type: multipart/form-data; boundary=");
	assert_non_null(at);
	assert_int_equal(sscanf(strchr(at, '=') + 1, "%127[^\r]", boundary), 1);
	buf_addf(
		&expected,
		"--%s\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n"
		"/Users/ana@acme.example/a b.py\r\n"
		"--%s\r\nContent-Disposition: form-data; name=\"content\"; filename=\"content\"\r\n"
		"Content-Type: application/octet-stream\r\n\r\n",
		boundary, boundary);
	buf_add(&expected, content, sizeof(content) - 1);
	buf_addf(&expected,
		 "\r\n--%s\r\nContent-Disposition: form-data; name=\"empty\"\r\n\r\n\r\n--%s--\r\n",
		 boundary, boundary);
	assert_int_equal(seen->body_len, expected.len);
	assert_memory_equal(seen->body, expected.data, expected.len);
	http_request_release(&r);
	http_free(h);
	http_server_stop(s);
}

/* libcurl would first ask for permission to send a large body, and wait for it. */
static void test_large_bodies_go_at_once(void **state)
{
	const size_t len = 3u * 1024 * 1024;
	cleanup_free char *data = xcalloc(1, len);
	const struct http_part part = { .name = "content", .data = data, .len = len };
	struct http_server *s = http_server_start(reply_hello, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	struct http_request r[] = {
		{ .method = "POST",
		  .url = url,
		  .body = { .data = data, .len = len },
		  .response_max = MAX },
		{ .method = "POST",
		  .url = url,
		  .body = { .parts = &part, .part_count = 1 },
		  .response_max = MAX },
	};
	struct http *h = client_with(&(struct http_limits){ .parallel = 1 }, NULL);
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(http_run(h, r, 2, NULL, &e), ERR_OK);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(r[i].answer.result, ERR_OK);
		assert_null(strcasestr(http_server_request(s, i)->headers, "expect"));
		assert_true(http_server_request(s, i)->body_len >= len);
		http_request_release(&r[i]);
	}
	http_free(h);
	http_server_stop(s);
}

static void test_header_injection_is_not_sent(void **state)
{
	struct http_server *s = http_server_start(reply_hello, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	struct http_request r = { .method = "GET",
				  .url = url,
				  .credentials.bearer = "a\r\nX-Evil: 1",
				  .response_max = MAX };
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
	assert_int_equal(r.answer.result, ERR_BUG);
	assert_string_equal(r.answer.error.text, "cannot build a request from these parts");
	assert_int_equal(http_server_count(s), 0);
	http_request_release(&r);
	http_free(h);
	http_server_stop(s);
}

static void test_connections_are_kept(void **state)
{
	struct http_server *s = http_server_start(reply_hello, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct http_request r = { .method = "POST", .url = url, .response_max = MAX };

		assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
		assert_int_equal(r.answer.result, ERR_OK);
		http_request_release(&r);
	}
	assert_int_equal(http_server_count(s), 5);
	assert_int_equal(http_server_connections(s), 1);
	http_free(h);
	http_server_stop(s);
}

/* Closes every connection behind its first answer, without having said so. */
static void reply_and_vanish(struct http_reply *reply, const struct http_server_request *request,
			     void *payload)
{
	reply_hello(reply, request, payload);
	http_reply_close(reply);
}

static void test_dead_kept_connection_is_replaced(void **state)
{
	const struct http_part part = { .name = "a", .data = "bcd", .len = 3 };
	struct http_server *s = http_server_start(reply_and_vanish, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct http_request r = { .method = "POST",
					  .url = url,
					  .body = { .parts = &part, .part_count = 1 },
					  .response_max = MAX };

		assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
		assert_int_equal(r.answer.result, ERR_OK);
		assert_non_null(strstr(http_server_request(s, i)->body, "\r\n\r\nbcd\r\n"));
		http_request_release(&r);
	}
	assert_int_equal(http_server_connections(s), 3);
	http_free(h);
	http_server_stop(s);
}

/* --- what comes back ---------------------------------------------------------------------- */

/* Says how much is coming. */
static void reply_long(struct http_reply *reply, const struct http_server_request *request,
		       void *payload)
{
	static char body[MAX + 1];

	(void)request;
	memset(body, 'x', sizeof(body));
	http_reply(reply, 200, NULL, body, *(size_t *)payload);
}

static void reply_gzip(struct http_reply *reply, const struct http_server_request *request,
		       void *payload)
{
	(void)request;
	(void)payload;
	http_reply(reply, 200, "content-encoding:  gzip \r\n", "\x1f\x8b\x08\x00", 4);
}

static void reply_endless_headers(struct http_reply *reply,
				  const struct http_server_request *request, void *payload)
{
	(void)request;
	(void)payload;
	http_reply_text(reply, "HTTP/1.1 200 OK\r\n");
	while (http_reply_open(reply))
		http_reply_text(reply, "X-Filler: 0123456789012345678901234567890123456789\r\n");
}

static void test_sizes_are_capped(void **state)
{
	struct http_request r = { 0 };
	size_t len = MAX;

	(void)state;
	assert_int_equal(get_once(reply_long, &len, NULL, &r), ERR_OK);
	assert_int_equal(r.answer.body.len, MAX);
	len++;
	assert_int_equal(get_once(reply_long, &len, NULL, &r), ERR_INVALID);
	assert_non_null(strstr(r.answer.error.text, "the answer of 'http://127.0.0.1:"));
	assert_non_null(strstr(r.answer.error.text, "' is larger than 65536 bytes"));
	assert_false(r.answer.unsent);
	assert_int_equal(get_once(reply_endless, NULL, NULL, &r), ERR_INVALID);
	assert_non_null(strstr(r.answer.error.text, "' is larger than 65536 bytes"));
	assert_true(r.answer.body.len <= MAX);
	assert_int_equal(get_once(reply_gzip, NULL, NULL, &r), ERR_INVALID);
	assert_non_null(strstr(r.answer.error.text, "' is compressed, which was not asked for"));
	assert_int_equal(get_once(reply_endless_headers, NULL,
				  &(struct http_limits){ .header_max = 4096 }, &r),
			 ERR_INVALID);
	assert_non_null(strstr(r.answer.error.text, "the headers of 'http://127.0.0.1:"));
	assert_non_null(strstr(r.answer.error.text, "' are larger than 4096 bytes"));
	http_request_release(&r);
}

static void reply_redirect(struct http_reply *reply, const struct http_server_request *request,
			   void *payload)
{
	(void)request;
	(void)payload;
	http_reply(reply, 302, "Location: /elsewhere\r\n", NULL, 0);
}

static void test_redirect_is_not_followed(void **state)
{
	struct http_server *s = http_server_start(reply_redirect, NULL);
	cleanup_free char *url = http_server_url(s, "/x");
	cleanup_free char *target = http_server_url(s, "/elsewhere");
	struct http_request r = {
		.method = "GET", .url = url, .credentials.bearer = "t", .response_max = MAX
	};
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
	assert_int_equal(r.answer.result, ERR_OK);
	assert_int_equal(r.answer.status, 302);
	assert_string_equal(r.answer.location, target);
	assert_int_equal(http_server_count(s), 1);
	http_request_release(&r);
	http_free(h);
	http_server_stop(s);
}

static void reply_headers(struct http_reply *reply, const struct http_server_request *request,
			  void *payload)
{
	(void)request;
	http_reply(reply, 429, *(const char **)payload, NULL, 0);
}

static void test_retry_after(void **state)
{
	static const struct {
		const char *headers;
		int64_t expected;
	} cases[] = {
		{ "", -1 },
		{ "Retry-After: 7\r\n", 7 },
		{ "retry-after:0\r\n", 0 },
		{ "Retry-After:\t120 \r\n", 120 },
		{ "Retry-After: 99999999999999999999\r\n", 999999999 },
		{ "Retry-After: -5\r\n", -1 },
		{ "Retry-After: 5 minutes\r\n", -1 },
		{ "Retry-After: soon\r\n", -1 },
		{ "Retry-After:\r\n", -1 },
		{ "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n", 0 },
		{ "X-Retry-After: 7\r\n", -1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *headers = cases[i].headers;
		struct http_request r = { 0 };

		assert_int_equal(get_once(reply_headers, &headers, NULL, &r), ERR_OK);
		assert_int_equal(r.answer.status, 429);
		assert_int_equal(r.answer.retry_after_s, cases[i].expected);
		http_request_release(&r);
	}
}

static void reply_interim(struct http_reply *reply, const struct http_server_request *request,
			  void *payload)
{
	http_reply_text(reply, "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\n");
	reply_hello(reply, request, payload);
}

static void test_interim_answer_is_not_the_answer(void **state)
{
	struct http_request r = { 0 };

	(void)state;
	assert_int_equal(get_once(reply_interim, NULL, NULL, &r), ERR_OK);
	assert_int_equal(r.answer.status, 200);
	assert_int_equal(r.answer.retry_after_s, -1);
	assert_string_equal(buf_str(&r.answer.body), "hello");
	http_request_release(&r);
}

int main(void)
{
	const struct CMUnitTest sent[] = {
		cmocka_unit_test(test_plain_get),
		cmocka_unit_test(test_basic_authorization),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_multipart_is_exact),
		cmocka_unit_test(test_large_bodies_go_at_once),
		cmocka_unit_test(test_header_injection_is_not_sent),
		cmocka_unit_test(test_connections_are_kept),
		cmocka_unit_test(test_dead_kept_connection_is_replaced),
	};
	const struct CMUnitTest received[] = {
		cmocka_unit_test(test_sizes_are_capped),
		cmocka_unit_test(test_redirect_is_not_followed),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_interim_answer_is_not_the_answer),
	};
	int failed = 0;

	failed += cmocka_run_group_tests_name("sent", sent, NULL, NULL);
	failed += cmocka_run_group_tests_name("received", received, NULL, NULL);
	return failed != 0;
}
