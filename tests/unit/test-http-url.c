/* SPDX-License-Identifier: Apache-2.0 */
/* URLs: which are contacted at all, what their origin is, and how text is put into them. */

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

static void test_refused_urls(void **state)
{
	static const struct {
		const char *url, *sentence;
	} cases[] = {
		{ "http://acme.example/", "'http://acme.example' is not encrypted: use https://" },
		{ "http://127.0.0.1.acme.example/", "' is not encrypted" },
		{ "http://localhost.acme.example/", "' is not encrypted" },
		{ "http://10.0.0.1:80/", "'http://10.0.0.1' is not encrypted" },
		{ "http://user:hunter2@127.0.0.1/", "the URL of 'http://127.0.0.1' must not name" },
		{ "https://hunter2@acme.example/",
		  "the URL of 'https://acme.example' must not name" },
		{ "http://127.0.0.1@acme.example/", "must not name a user or password" },
		{ "ftp://127.0.0.1/", "a URL is not one of https://" },
		{ "file:///etc/passwd", "a URL is not one of https://" },
		{ "gopher://127.0.0.1/", "a URL is not one of https://" },
		{ "https://a%DE.example/", "a URL is not one of https://" },
		{ "https://%38/", "a URL is not one of https://" },
		{ "https://ana:x%40y@%61cme.example/", "a URL is not one of https://" },
		{ "hunter2", "a URL cannot be parsed" },
		{ "/api/2.0", "a URL cannot be parsed" },
		{ "https://", "a URL cannot be parsed" },
		{ "https://acme.example/a\r\nX: y", "a URL cannot be parsed" },
		{ "https://acme.example:99999/", "a URL cannot be parsed" },
	};
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_request r = { .method = "GET",
					  .url = cases[i].url,
					  .response_max = MAX };

		assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
		assert_int_equal(r.answer.result, ERR_CONFIG);
		if (!strstr(r.answer.error.text, cases[i].sentence))
			fail_msg("%s: %s", cases[i].url, r.answer.error.text);
		assert_null(strstr(r.answer.error.text, "hunter2"));
		assert_true(r.answer.unsent);
		http_request_release(&r);
	}
	http_free(h);
}

static void test_loopback_names(void **state)
{
	struct http_server *s = http_server_start(reply_hello, NULL);
	cleanup_free char *url = http_server_url(s, "/");
	cleanup_free char *by_name = xasprintf("HTTP://LocalHost%s", strrchr(url, ':'));
	struct http_request r = { .method = "GET", .url = by_name, .response_max = MAX };
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(http_run(h, &r, 1, NULL, &e), ERR_OK);
	assert_string_equal(r.answer.error.text, "");
	assert_int_equal(r.answer.result, ERR_OK);
	http_request_release(&r);
	http_free(h);
	http_server_stop(s);
}

static void test_origin(void **state)
{
	static const struct {
		const char *url, *origin;
	} cases[] = {
		{ "https://Acme.Example/a/b?c#d", "https://acme.example" },
		{ "https://acme.example:443", "https://acme.example" },
		{ "HTTPS://acme.example:8443/", "https://acme.example:8443" },
		{ "http://127.0.0.1:80/", "http://127.0.0.1" },
		{ "http://[::1]:8080/x", "http://[::1]:8080" },
		{ "https://user:password@acme.example/", "https://acme.example" },
		{ "ftp://acme.example/", NULL },
		{ "acme.example", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *origin = http_origin(cases[i].url);

		if (!str_eq(origin, cases[i].origin))
			fail_msg("%s: %s", cases[i].url, origin ? origin : "NULL");
	}
}

static void test_escape(void **state)
{
	static const struct {
		const char *text;
		bool keep_slash;
		const char *escaped;
	} cases[] = {
		{ "/Users/ana@acme.example/a b+c#d?e%f&g=h", false,
		  "%2FUsers%2Fana%40acme.example%2Fa%20b%2Bc%23d%3Fe%25f%26g%3Dh" },
		{ "/a/b c", true, "/a/b%20c" },
		{ "-._~azAZ09", false, "-._~azAZ09" },
		{ "\xc3\xa4\n\x7f", false, "%C3%A4%0A%7F" },
		{ "", false, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *escaped = http_escape(cases[i].text, cases[i].keep_slash);

		assert_string_equal(escaped, cases[i].escaped);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_urls),
		cmocka_unit_test(test_loopback_names),
		cmocka_unit_test(test_origin),
		cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
