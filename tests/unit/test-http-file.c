/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests whose body comes from a file, and answers that go into one.
 */

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "http/http.h"
#include "http_client.h"
#include "http_server.h"

#define MAX (8u * 1024 * 1024)

static int file_of(const char *text)
{
	FILE *f = tmpfile();
	int fd = dup(fileno(f));

	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	return fd;
}

static void expect_file(int fd, const char *text)
{
	char found[256] = "";

	assert_true(pread(fd, found, sizeof(found) - 1, 0) >= 0);
	assert_string_equal(found, text);
}

/* One GET into fd. */
static void get_into(int *fd, http_handler handler, void *payload, const struct http_hooks *hooks,
		     struct http_request *r)
{
	struct http_server *s = http_server_start(handler, payload);
	cleanup_free char *url = http_server_url(s, "/x");
	struct http *h = client();
	struct err e = ERR_INIT;

	*r = (struct http_request){
		.method = "GET", .url = url, .response_max = 64, .sink.file = fd
	};
	assert_int_equal(http_run(h, r, 1, hooks, &e), ERR_OK);
	r->url = NULL;
	http_free(h);
	http_server_stop(s);
}

static void test_parts_come_from_files(void **state)
{
	int fd = file_of("0123456789");
	const struct http_part parts[] = {
		{ .name = "path", .data = "/x", .len = 2 },
		{ .name = "content", .file_name = "content", .len = 7, .file = &fd },
	};
	struct http_server *s = http_server_start(reply_hello, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	struct http_request r = { .method = "POST",
				  .url = url,
				  .body = { .parts = parts, .part_count = ARRAY_SIZE(parts) },
				  .response_max = MAX };
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
	assert_int_equal(r.answer.result, ERR_OK);
	assert_non_null(strstr(http_server_request(s, 0)->body, "\r\n\r\n0123456\r\n--"));
	http_request_release(&r);
	http_free(h);
	http_server_stop(s);
	close(fd);
}

/* The server must not take a part that ended early for the whole. */
static void test_a_file_that_became_shorter(void **state)
{
	int fd = file_of("0123");
	const struct http_part part = { .name = "content", .len = 7, .file = &fd };
	struct http_server *s = http_server_start(reply_hello, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	struct http_request r = { .method = "POST",
				  .url = url,
				  .body = { .parts = &part, .part_count = 1 },
				  .response_max = MAX };
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
	assert_int_not_equal(r.answer.result, ERR_OK);
	http_request_release(&r);
	http_free(h);
	http_server_stop(s);
	close(fd);
}

static void test_an_answer_goes_into_a_file(void **state)
{
	int fd = file_of("what was there before");
	struct http_request r;

	(void)state;
	get_into(&fd, reply_hello, NULL, NULL, &r);
	assert_int_equal(r.answer.result, ERR_OK);
	assert_int_equal(r.answer.body.len, 0);
	expect_file(fd, "hello");
	http_request_release(&r);
	close(fd);
}

static void reply_refusal(struct http_reply *reply, const struct http_server_request *request,
			  void *payload)
{
	(void)request;
	(void)payload;
	http_reply_json(reply, 404, "{\"error_code\":\"X\"}");
}

static void test_a_refusal_is_collected(void **state)
{
	int fd = file_of("");
	struct http_request r;

	(void)state;
	get_into(&fd, reply_refusal, NULL, NULL, &r);
	assert_int_equal(r.answer.result, ERR_OK);
	assert_string_equal(buf_str(&r.answer.body), "{\"error_code\":\"X\"}");
	expect_file(fd, "");
	http_request_release(&r);
	close(fd);
}

static void reply_torn_once(struct http_reply *reply, const struct http_server_request *request,
			    void *payload)
{
	(void)payload;
	if (request->number > 0) {
		http_reply(reply, 200, NULL, "hi", 2);
		return;
	}
	http_reply_text(reply, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
	http_reply_close(reply);
}

static void test_a_second_attempt_replaces_the_first(void **state)
{
	const struct http_hooks hooks = { .retry = retry_lost };
	int fd = file_of("");
	struct http_request r;

	(void)state;
	get_into(&fd, reply_torn_once, NULL, &hooks, &r);
	assert_int_equal(r.answer.result, ERR_OK);
	assert_int_equal(r.answer.attempts, 2);
	expect_file(fd, "hi");
	http_request_release(&r);
	close(fd);
}

static void reply_long(struct http_reply *reply, const struct http_server_request *request,
		       void *payload)
{
	char text[100];

	(void)request;
	(void)payload;
	memset(text, 'x', sizeof(text));
	http_reply(reply, 200, NULL, text, sizeof(text));
}

static void test_the_limit_counts(void **state)
{
	int fd = file_of("");
	struct http_request r;

	(void)state;
	get_into(&fd, reply_long, NULL, NULL, &r);
	assert_int_equal(r.answer.result, ERR_INVALID);
	http_request_release(&r);
	close(fd);
}

static void test_a_disk_that_takes_no_more(void **state)
{
	int fd = open("/dev/full", O_RDWR | O_CLOEXEC);
	struct http_request r;

	(void)state;
	assert_true(fd >= 0);
	get_into(&fd, reply_hello, NULL, NULL, &r);
	assert_int_not_equal(r.answer.result, ERR_OK);
	http_request_release(&r);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts_come_from_files),
		cmocka_unit_test(test_a_file_that_became_shorter),
		cmocka_unit_test(test_an_answer_goes_into_a_file),
		cmocka_unit_test(test_a_refusal_is_collected),
		cmocka_unit_test(test_a_second_attempt_replaces_the_first),
		cmocka_unit_test(test_the_limit_counts),
		cmocka_unit_test(test_a_disk_that_takes_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
