/* SPDX-License-Identifier: Apache-2.0 */
/* When a call does not simply work: refused tokens, busy servers, lost connections, rate limits. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "workspace_script.h"

/* --- the token ------------------------------------------------------------------------------ */

static const struct script_step token_steps[] = {
	{ .target = "/workspace/get-status",
	  .has = "Authorization: Bearer token-two",
	  .body = "{\"path\":\"/a\",\"object_type\":\"FILE\"}" },
	{ .target = "/workspace/get-status",
	  .status = 401,
	  .headers = "Content-Type: text/html\r\n",
	  .body = "<html>log in</html>",
	  .delay_ms = 20 },
};

static void test_refused_token_is_read_again(void **state)
{
	static const char *const paths[] = { "/a", "/a", "/a", "/a" };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, token_steps);
	script_set_token(&f, "token-two");
	assert_int_equal(workspace_stat(f.workspace, paths, 4, &r, &e), ERR_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(r[i].code, ERR_OK);
	workspace_results_free(r, 4);
	assert_true(http_server_count(f.server) <= 8);
	assert_int_equal(workspace_stat(f.workspace, paths, 1, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_OK);
	workspace_results_free(r, 1);
	assert_true(http_server_count(f.server) <= 9); /* the new one is kept */
	script_stop(&f);
}

static void test_refused_token_stops_everything(void **state)
{
	const char *paths[100];
	cleanup_free char *sentence = NULL;
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		paths[i] = "/a";
	START(f, token_steps);
	sentence = xasprintf("workspace 'dev' refused the token (401): put a new token into '%s'",
			     f.token_file);
	assert_int_equal(workspace_stat(f.workspace, paths, 100, &r, &e), ERR_CONFIG);
	assert_null(r);
	assert_string_equal(e.text, sentence);
	assert_in_range(http_server_count(f.server), 1, 8); /* those in flight, once each */
	remove(f.token_file);
	assert_int_equal(workspace_stat(f.workspace, paths, 1, &r, &e), ERR_CONFIG);
	assert_true(str_starts(e.text, "workspace 'dev' refused the token; "));
	assert_non_null(strstr(e.text, f.token_file));
	script_set_token(&f, "token-two"); /* a human did what the sentence says */
	assert_int_equal(workspace_stat(f.workspace, paths, 1, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_OK);
	workspace_results_free(r, 1);
	script_stop(&f);
}

static void test_refused_token_of_a_profile(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/",
		  .status = 403,
		  .body = "{\"error_code\":\"403\",\"message\":\"Invalid access token.\"}" },
	};
	struct workspace_settings settings = { .name = "prod", .token = "dapi-hunter2" };
	struct script_fixture f;
	struct workspace *w;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	settings.host = f.origin;
	assert_int_equal(workspace_new(&w, f.http, &settings, &e), ERR_OK);
	assert_int_equal(workspace_mkdirs(w, "/a", &e), ERR_CONFIG);
	assert_string_equal(e.text,
			    "workspace 'prod' refused the token (403): put a new token into "
			    "its profile");
	assert_int_equal(script_count(&f, "POST"), 1);
	workspace_free(w);
	script_stop(&f);
}

/* A server that repeats the token in its error gets it masked. */
static void test_token_is_never_quoted(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/",
		  .status = 400,
		  .body = "{\"error_code\":\"BAD_REQUEST\",\"message\":\"cannot use token-one "
			  "here\"}" },
	};
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_mkdirs(f.workspace, "/a", &e), ERR_INVALID);
	assert_string_equal(e.text,
			    "workspace 'dev' refuses to create folder '/a': cannot use *** here "
			    "(400 BAD_REQUEST)");
	script_stop(&f);
}

/* --- trying again --------------------------------------------------------------------------- */

static void test_passing_troubles_pass(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/mkdirs", .times = 1, .status = 429, .body = "" },
		{ .target = "/workspace/mkdirs",
		  .times = 1,
		  .status = 503,
		  .headers = "Content-Type: text/html\r\n",
		  .body = "<html>busy</html>" },
		{ .target = "/workspace/mkdirs",
		  .times = 1,
		  .status = 400,
		  .body = "{\"message\":\"RPC token bucket limit has been exceeded\"}" },
		{ .target = "/workspace/mkdirs" },
		{ .target = "/workspace/export", .times = 1, .how = SCRIPT_RESET },
		{ .target = "/workspace/export", .times = 1, .how = SCRIPT_CLOSE },
		{ .target = "/workspace/export", .body = "x" },
	};
	const struct workspace_wanted wanted = { "/a", WORKSPACE_AS_SOURCE };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_mkdirs(f.workspace, "/a", &e), ERR_OK);
	assert_int_equal(script_count(&f, "POST /workspace/mkdirs"), 4);
	assert_int_equal(workspace_changes_sent(f.workspace), 4);
	assert_int_equal(workspace_export(f.workspace, &wanted, 1, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_OK);
	assert_int_equal(script_count(&f, "GET /workspace/export"), 3);
	workspace_results_free(r, 1);
	script_stop(&f);
}

static void test_retry_after_is_honoured(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/get-status",
		  .times = 1,
		  .status = 429,
		  .headers = "Retry-After: 1\r\n" },
		{ .target = "/workspace/get-status",
		  .body = "{\"path\":\"/a\",\"object_type\":\"FILE\"}" },
	};
	static const char *const paths[] = { "/a", "/a", "/a", "/a", "/a", "/a",
					     "/a", "/a", "/a", "/a", "/a", "/a" };
	struct workspace_result *r;
	struct script_fixture f;
	int64_t begin = http_server_now_ms();
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_stat(f.workspace, paths, ARRAY_SIZE(paths), &r, &e), ERR_OK);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_int_equal(r[i].code, ERR_OK);
	assert_in_range(http_server_now_ms() - begin, 1000, 4000);
	workspace_results_free(r, ARRAY_SIZE(paths));
	script_stop(&f);
}

static void test_long_retry_after_ends_the_call(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/get-status",
		  .status = 429,
		  .headers = "Retry-After: 3000\r\n",
		  .body = "{\"error_code\":\"REQUEST_LIMIT_EXCEEDED\",\"message\":\"slow\"}" },
		{ .target = "/" },
	};
	const char *path = "/a";
	struct workspace_result *r;
	struct script_fixture f;
	int64_t begin = http_server_now_ms();
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_stat(f.workspace, &path, 1, &r, &e), ERR_RETRY);
	assert_string_equal(e.text,
			    "workspace 'dev' asks to slow down: slow (429 REQUEST_LIMIT_EXCEEDED)");
	/* and it keeps quiet for that long, whatever is asked for */
	assert_int_equal(workspace_mkdirs(f.workspace, "/a", &e), ERR_RETRY);
	assert_true(str_eq(e.text, "workspace 'dev' asks for 3000 s without requests") ||
		    str_eq(e.text, "workspace 'dev' asks for 2999 s without requests"));
	assert_int_equal(http_server_count(f.server), 1);
	assert_in_range(http_server_now_ms() - begin, 0, 1000);
	script_stop(&f);
}

static void test_unreachable_host(void **state)
{
	static const struct script_step steps[] = { { .target = "/" } };
	cleanup_free char *sentence = NULL;
	const char *paths[1000];
	struct workspace_result *r;
	struct script_fixture f;
	int64_t begin;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		paths[i] = "/a";
	START(f, steps);
	sentence = xasprintf("cannot reach '%s': Connection refused", f.origin);
	http_server_stop(f.server);
	begin = http_server_now_ms();
	assert_int_equal(workspace_stat(f.workspace, paths, 1000, &r, &e), ERR_RETRY);
	assert_null(r);
	assert_string_equal(e.text, sentence);
	assert_in_range(http_server_now_ms() - begin, 0, 8000);
	f.server = NULL;
	script_stop(&f);
}

/* What was answered before the end stays answered. */
static void test_partial_success(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/get-status?path=%2Fa",
		  .body = "{\"path\":\"/a\",\"object_type\":\"FILE\"}" },
		{ .target = "/workspace/get-status?path=%2Fb",
		  .status = 429,
		  .headers = "Retry-After: 3000\r\n",
		  .delay_ms = 50 },
	};
	static const char *const paths[] = { "/a", "/b", "/a" };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_stat(f.workspace, paths, 3, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_OK);
	assert_int_equal(r[1].code, ERR_RETRY);
	assert_string_equal(r[1].error.text, "workspace 'dev' asks to slow down (429)");
	assert_int_equal(r[2].code, ERR_OK);
	workspace_results_free(r, 3);
	script_stop(&f);
}

static void test_cancel(void **state)
{
	static const struct script_step steps[] = { { .target = "/", .delay_ms = 300 } };
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	f.cancel = 1;
	assert_int_equal(workspace_mkdirs(f.workspace, "/a", &e), ERR_CANCELLED);
	assert_int_equal(http_server_count(f.server), 0);
	script_stop(&f);
}

/* --- rate limits ---------------------------------------------------------------------------- */

static void test_exports_are_limited(void **state)
{
	static const struct script_step steps[] = { { .target = "/workspace/export",
						      .body = "x" } };
	struct workspace_wanted wanted[70];
	struct workspace_result *r;
	struct script_fixture f;
	int64_t begin = http_server_now_ms();
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		wanted[i] = (struct workspace_wanted){ "/a", WORKSPACE_AS_SOURCE };
	START(f, steps);
	assert_int_equal(workspace_export(f.workspace, wanted, ARRAY_SIZE(wanted), &r, &e), ERR_OK);
	assert_in_range(http_server_now_ms() - begin, 1000, 3000);
	workspace_results_free(r, ARRAY_SIZE(wanted));
	script_stop(&f);
}

static void test_limits_can_be_lifted(void **state)
{
	static const struct script_step steps[] = { { .target = "/workspace/mkdirs" } };
	struct workspace_settings settings = { .name = "dev", .token = "t", .imports_per_s = 1000 };
	struct script_fixture f;
	struct workspace *w;
	int64_t begin;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	settings.host = f.origin;
	assert_int_equal(workspace_new(&w, f.http, &settings, &e), ERR_OK);
	begin = http_server_now_ms();
	for (int i = 0; i < 100; i++)
		assert_int_equal(workspace_mkdirs(w, "/a", &e), ERR_OK);
	assert_in_range(http_server_now_ms() - begin, 0, 1500);
	workspace_free(w);
	script_stop(&f);
}

int main(void)
{
	const struct CMUnitTest token[] = {
		cmocka_unit_test(test_refused_token_is_read_again),
		cmocka_unit_test(test_refused_token_stops_everything),
		cmocka_unit_test(test_refused_token_of_a_profile),
		cmocka_unit_test(test_token_is_never_quoted),
	};
	const struct CMUnitTest again[] = {
		cmocka_unit_test(test_passing_troubles_pass),
		cmocka_unit_test(test_retry_after_is_honoured),
		cmocka_unit_test(test_long_retry_after_ends_the_call),
		cmocka_unit_test(test_unreachable_host),
		cmocka_unit_test(test_partial_success),
		cmocka_unit_test(test_cancel),
		cmocka_unit_test(test_exports_are_limited),
		cmocka_unit_test(test_limits_can_be_lifted),
	};
	int failed = 0;

	failed += cmocka_run_group_tests_name("token", token, NULL, NULL);
	failed += cmocka_run_group_tests_name("again", again, NULL, NULL);
	return failed != 0;
}
