/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue of error answers: what each shape means and what is said about it. Which of them is
 * an absence is in test-api-error-absence.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "api_answer.h"

#define HTML    "text/html; charset=utf-8"
#define SUCCESS 1 /* not an error at all */

/* Sentences are for exporting '/a/b' from workspace 'dev'. */
static const struct {
	long status;
	const char *type, *body;
	int err;
	const char *sentence;
} cases[] = {
	/* missing objects */
	{ 404, JSON,
	  "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"Path (/a/b) doesn't exist.\"}",
	  ERR_ABSENT,
	  "'/a/b' does not exist in workspace 'dev': Path (/a/b) doesn't exist. "
	  "(404 RESOURCE_DOES_NOT_EXIST)" },
	{ 404, JSON, "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\"}", ERR_ABSENT,
	  "'/a/b' does not exist in workspace 'dev' (404 RESOURCE_DOES_NOT_EXIST)" },
	{ 404, "Application/JSON;charset=utf-8", "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\"}",
	  ERR_ABSENT, NULL },
	/* the right words in another form: whoever says that, it is not this API */
	{ 404, JSON, "{\"message\":\"Path (/a/b) doesn't exist.\"}", ERR_RETRY,
	  "workspace 'dev' was asked to export '/a/b' and says that it is missing, but not as the "
	  "API says it: Path (/a/b) doesn't exist. (404); '/a/b' is held until a proper answer "
	  "comes" },
	{ 404, JSON, "{\"error_code\":404,\"message\":\"Path (/a/b) doesn't exist.\"}", ERR_RETRY,
	  NULL },
	{ 404, JSON, "{\"error_code\":\"\",\"message\":\"The parent folder (/a) does not exist.\"}",
	  ERR_RETRY, NULL },
	{ 404, JSON, "{\"message\":\"RESOURCE_DOES_NOT_EXIST: Path (/a/b) doesn't exist.\"}",
	  ERR_RETRY, NULL },
	{ 404, "text/plain", "RESOURCE_DOES_NOT_EXIST: Path (/a/b) doesn't exist.", ERR_RETRY,
	  "workspace 'dev' was asked to export '/a/b' and says that it is missing, but not as the "
	  "API says it: Path (/a/b) doesn't exist. (404 RESOURCE_DOES_NOT_EXIST); '/a/b' is held "
	  "until a proper answer comes" },
	{ 404, "text/plain", "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\"}", ERR_RETRY, NULL },
	{ 404, "", "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\"}", ERR_RETRY, NULL },
	{ 404, "application/jsonp", "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\"}", ERR_RETRY,
	  NULL },
	{ 404, HTML, "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\"}", ERR_RETRY, NULL },
	{ 404, HTML, "<pre>RESOURCE_DOES_NOT_EXIST: Path (/a/b) doesn't exist.</pre>", ERR_RETRY,
	  NULL },
	/* other 404s */
	{ 404, JSON,
	  "{\"error_code\":\"ENDPOINT_NOT_FOUND\",\"message\":\"No API found for 'GET /x'\"}",
	  ERR_CONFIG,
	  "workspace 'dev' does not know this function: No API found for 'GET /x' "
	  "(404 ENDPOINT_NOT_FOUND); check its host" },
	{ 404, JSON, "{\"error_code\":\"FEATURE_DISABLED\",\"message\":\"Files are disabled\"}",
	  ERR_CONFIG,
	  "workspace 'dev' has this function switched off: Files are disabled (404 "
	  "FEATURE_DISABLED); "
	  "ask its administrator" },
	{ 404, JSON,
	  "{\"error_code\":\"ENDPOINT_NOT_FOUND\",\"message\":\"Path (/a/b) doesn't exist.\"}",
	  ERR_CONFIG, NULL },
	{ 404, JSON, "{\"error_code\":\"NOT_FOUND\",\"message\":\"nothing here\"}", ERR_RETRY,
	  NULL },
	{ 404, JSON, "{\"error_code\":\"NOT_FOUND\",\"message\":\"Path (/a/b) doesn't exist.\"}",
	  ERR_RETRY, NULL },
	{ 404, JSON, "{\"message\":\"Workspace 17 doesn't exist\"}", ERR_RETRY, NULL },
	{ 404, JSON, "{}", ERR_RETRY,
	  "workspace 'dev' does not say what is missing (404); check its host" },
	{ 404, JSON, "", ERR_RETRY, NULL },
	{ 404, "", "404 page not found", ERR_RETRY,
	  "workspace 'dev' does not say what is missing: 404 page not found (404); check its "
	  "host" },
	{ 404, JSON, "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",", ERR_RETRY, NULL },
	{ 404, HTML, "<html><title>404</title></html>", ERR_RETRY,
	  "workspace 'dev' is no Databricks API at this address (404); check its host" },
	{ 410, JSON, "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"gone\"}", ERR_RETRY,
	  NULL },
	{ 400, JSON, "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"no such run\"}",
	  ERR_RETRY, NULL },
	/* something is there already */
	{ 400, JSON,
	  "{\"error_code\":\"RESOURCE_ALREADY_EXISTS\",\"message\":\"/a/b already exists. Please "
	  "pass "
	  "overwrite=true to overwrite it.\"}",
	  ERR_CONFLICT,
	  "'/a/b' already exists in workspace 'dev': /a/b already exists. Please pass "
	  "overwrite=true to "
	  "overwrite it. (400 RESOURCE_ALREADY_EXISTS)" },
	{ 409, JSON,
	  "{\"error_code\":\"ALREADY_EXISTS\",\"message\":\"Node with name b already exists.\"}",
	  ERR_CONFLICT, NULL },
	{ 409, JSON, "{\"message\":\"Node with name b already exists.\"}", ERR_CONFLICT, NULL },
	{ 409, "", "", ERR_CONFLICT, "'/a/b' already exists in workspace 'dev' (409)" },
	{ 400, JSON, "{\"error_code\":\"\",\"message\":\"Path (/a/b) already exists.\"}",
	  ERR_CONFLICT, NULL },
	{ 400, JSON,
	  "{\"error_code\":\"\",\"message\":\"RESOURCE_ALREADY_EXISTS: /a/b already exists. "
	  "Really.\"}",
	  ERR_CONFLICT,
	  "'/a/b' already exists in workspace 'dev': /a/b already exists. Really. "
	  "(400 RESOURCE_ALREADY_EXISTS)" },
	{ 400, JSON,
	  "{\"error_code\":\"RESOURCE_ALREADY_EXISTS\",\"message\":\"Node named 'b' already "
	  "exists\"}",
	  ERR_CONFLICT, NULL },
	{ 409, JSON, "{\"error_code\":\"ABORTED\",\"message\":\"concurrent\"}", ERR_CONFLICT,
	  "workspace 'dev' refuses to export '/a/b': concurrent (409 ABORTED)" },
	/* of another type */
	{ 400, JSON,
	  "{\"error_code\":\"INVALID_PARAMETER_VALUE\",\"message\":\"Cannot overwrite the asset at "
	  "/a/b due "
	  "to type mismatch (asked: FILE, actual: NOTEBOOK)\",\"details\":[{\"@type\":\"x\"},"
	  "{\"reason\":\"WORKSPACE_OBJECT_TYPE_MISMATCH\"}]}",
	  ERR_CONFLICT,
	  "'/a/b' is of another type in workspace 'dev': Cannot overwrite the asset at /a/b due to "
	  "type "
	  "mismatch (asked: FILE, actual: NOTEBOOK) (400 INVALID_PARAMETER_VALUE)" },
	{ 400, JSON,
	  "{\"error_code\":\"INVALID_PARAMETER_VALUE\",\"message\":\"Requested node type [FILE] is "
	  "different "
	  "from the existing node type [NOTEBOOK]\"}",
	  ERR_CONFLICT, NULL },
	{ 400, JSON,
	  "{\"error_code\":\"INVALID_PARAMETER_VALUE\",\"message\":\"no\",\"details\":[{\"reason\":"
	  "\"WORKSPACE_OBJECT_TYPE_MISMATCH\"}]}",
	  ERR_CONFLICT, NULL },
	{ 400, JSON,
	  "{\"error_code\":\"DIRECTORY_NOT_EMPTY\",\"message\":\"Folder (/a/b) is not empty\"}",
	  ERR_CONFLICT,
	  "workspace 'dev' refuses to export '/a/b': Folder (/a/b) is not empty (400 "
	  "DIRECTORY_NOT_EMPTY)" },
	/* too large */
	{ 400, JSON,
	  "{\"error_code\":\"MAX_NOTEBOOK_SIZE_EXCEEDED\",\"message\":\"Notebook size exceeded "
	  "limit: 11 > "
	  "10485760\"}",
	  ERR_INVALID,
	  "'/a/b' is too large for workspace 'dev' to export: Notebook size exceeded limit: 11 > "
	  "10485760 "
	  "(400 MAX_NOTEBOOK_SIZE_EXCEEDED)" },
	{ 400, JSON,
	  "{\"error_code\":\"BAD_REQUEST\",\"message\":\"File size imported is (459418279 bytes), "
	  "exceeded max "
	  "size (10485760 bytes)\"}",
	  ERR_INVALID, NULL },
	{ 400, JSON,
	  "{\"error_code\":\"\",\"message\":\"\",\"details\":[{\"reason\":\"MAX_READ_SIZE_"
	  "EXCEEDED\"}]}",
	  ERR_INVALID,
	  "'/a/b' is too large for workspace 'dev' to export (400 MAX_READ_SIZE_EXCEEDED)" },
	{ 413, HTML, "<html>413</html>", ERR_INVALID, NULL },
	{ 200, JSON, "{\"error_code\":\"MAX_NOTEBOOK_SIZE_EXCEEDED\",\"message\":\"too big\"}",
	  ERR_INVALID,
	  "'/a/b' is too large for workspace 'dev' to export: too big (200 "
	  "MAX_NOTEBOOK_SIZE_EXCEEDED)" },
	{ 200, JSON,
	  "{\"error_code\":\"BAD_REQUEST\",\"message\":\"too big\","
	  "\"details\":[{},{\"reason\":\"MAX_READ_SIZE_EXCEEDED\"}]}",
	  ERR_INVALID, NULL },
	{ 200, JSON,
	  "{\"message\":\"too big\",\"details\":[{\"reason\":\"MAX_READ_SIZE_EXCEEDED\"}]}",
	  ERR_INVALID,
	  "'/a/b' is too large for workspace 'dev' to export: too big (200 "
	  "MAX_READ_SIZE_EXCEEDED)" },
	{ 200, JSON, "{\"details\":[{\"reason\":\"MAX_READ_SIZE_EXCEEDED\"}],\"nbformat\":4}",
	  SUCCESS, NULL },
	{ 200, JSON, "{\"details\":[{\"reason\":\"_SIZE_EXCEEDED\"}]}", SUCCESS, NULL },
	/* out of time */
	{ 504, JSON, "{\"error_code\":\"DEADLINE_EXCEEDED\",\"message\":\"deadline exceeded\"}",
	  ERR_RETRY,
	  "workspace 'dev' did not export '/a/b' in time: deadline exceeded (504 "
	  "DEADLINE_EXCEEDED)" },
	{ 504, HTML, "<html>gateway</html>", ERR_RETRY,
	  "workspace 'dev' did not export '/a/b' in time (504)" },
	{ 408, "", "", ERR_RETRY, "workspace 'dev' did not export '/a/b' in time (408)" },
	{ 400, JSON, "{\"message\":\"Timed out after 60 seconds\"}", ERR_RETRY,
	  "workspace 'dev' did not export '/a/b' in time: Timed out after 60 seconds (400)" },
	{ 500, JSON, "{\"error_code\":\"DEADLINE_EXCEEDED\"}", ERR_RETRY, NULL },
	/* invalid */
	{ 400, JSON, "{\"error_code\":\"INVALID_PARAMETER_VALUE\",\"message\":\"no notebook\"}",
	  ERR_INVALID,
	  "workspace 'dev' refuses to export '/a/b': no notebook (400 INVALID_PARAMETER_VALUE)" },
	{ 400, JSON, "{\"error\":\"The zip archive contains no items.\"}", ERR_INVALID,
	  "workspace 'dev' refuses to export '/a/b': The zip archive contains no items. (400)" },
	{ 400, JSON, "{\"detail\":\"scim says no\",\"status\":\"400\"}", ERR_INVALID, NULL },
	{ 400, HTML, "<html><body><PRE>MALFORMED: no\nreally</pre></body></html>", ERR_INVALID,
	  "workspace 'dev' refuses to export '/a/b': no\\nreally (400 MALFORMED)" },
	{ 400, HTML, "<html>bad request</html>", ERR_INVALID,
	  "workspace 'dev' is no Databricks API at this address (400); check its host" },
	/* rights */
	{ 403, JSON, "{\"error_code\":\"PERMISSION_DENIED\",\"message\":\"ana has no rights\"}",
	  ERR_CONFIG,
	  "no permission to export '/a/b' in workspace 'dev': ana has no rights (403 "
	  "PERMISSION_DENIED)" },
	{ 403, JSON,
	  "{\"error_code\":\"PERMISSION_DENIED\",\"message\":\"token does not have required "
	  "scopes: x\"}",
	  ERR_CONFIG,
	  "workspace 'dev' accepts the token, but not for this: token does not have required "
	  "scopes: x "
	  "(403 PERMISSION_DENIED); the token needs the scope of the workspace API" },
	/* no room, which is no missing permission */
	{ 403, JSON, "{\"error_code\":\"MAX_CHILD_NODE_SIZE_EXCEEDED\",\"message\":\"full\"}",
	  ERR_INVALID,
	  "the folder '/a' of workspace 'dev' is full: full (403 MAX_CHILD_NODE_SIZE_EXCEEDED); "
	  "move notebooks out of it, or delete some" },
	{ 403, JSON,
	  "{\"error_code\":\"PERMISSION_DENIED\",\"message\":\"too many scopes\","
	  "\"details\":[{\"reason\":\"MAX_CHILD_NODE_SIZE_EXCEEDED\"}]}",
	  ERR_INVALID,
	  "the folder '/a' of workspace 'dev' is full: too many scopes (403 PERMISSION_DENIED); "
	  "move notebooks out of it, or delete some" },
	{ 403, JSON, "{\"details\":[{\"reason\":\"MAX_CHILD_NODE_SIZE_EXCEEDED\"}]}", ERR_INVALID,
	  "the folder '/a' of workspace 'dev' is full (403 MAX_CHILD_NODE_SIZE_EXCEEDED); move "
	  "notebooks out of it, or delete some" },
	{ 400, JSON, "{\"error_code\":\"MAX_CHILD_NODE_SIZE_EXCEEDED\"}", ERR_INVALID, NULL },
	{ 403, HTML, "<html>blocked</html>", ERR_CONFIG,
	  "no permission to export '/a/b' in workspace 'dev' (403)" },
	{ 403, "", "", ERR_CONFIG, "no permission to export '/a/b' in workspace 'dev' (403)" },
	{ 400, JSON, "{\"error_code\":\"DIRECTORY_PROTECTED\",\"message\":\"no\"}", ERR_CONFIG,
	  NULL },
	/* busy or broken */
	{ 429, "", "", ERR_RETRY, "workspace 'dev' asks to slow down (429)" },
	{ 429, JSON, "{\"error_code\":\"REQUEST_LIMIT_EXCEEDED\",\"message\":\"slow\"}", ERR_RETRY,
	  "workspace 'dev' asks to slow down: slow (429 REQUEST_LIMIT_EXCEEDED)" },
	{ 429, JSON, "{\"error_code\":\"RESOURCE_EXHAUSTED\"}", ERR_RETRY, NULL },
	{ 503, HTML, "<html>down</html>", ERR_RETRY,
	  "workspace 'dev' has a problem of its own (503)" },
	{ 503, JSON,
	  "{\"error_code\":\"TEMPORARILY_UNAVAILABLE\",\"message\":\"No webapps are available to "
	  "handle your "
	  "request. Please try again later.\"}",
	  ERR_RETRY,
	  "workspace 'dev' has a problem of its own: No webapps are available to handle your "
	  "request. "
	  "Please try again later. (503 TEMPORARILY_UNAVAILABLE)" },
	{ 500, JSON, "{\"error_code\":\"INTERNAL_ERROR\",\"message\":\"\"}", ERR_RETRY,
	  "workspace 'dev' has a problem of its own (500 INTERNAL_ERROR)" },
	{ 500, "", "", ERR_RETRY, NULL },
	{ 502, "", "", ERR_RETRY, NULL },
	{ 504, JSON, "{\"error_code\":\"DEADLINE_EXCEEDED\"}", ERR_RETRY, NULL },
	{ 501, JSON, "{\"error_code\":\"NOT_IMPLEMENTED\"}", ERR_CONFIG, NULL },
	{ 499, JSON, "{\"error_code\":\"CANCELLED\"}", ERR_RETRY, NULL },
	{ 405, "", "", ERR_CONFIG, NULL },
	{ 418, JSON, "{\"error_code\":\"SOMETHING_NEW\",\"message\":\"x\"}", ERR_RETRY, NULL },
	{ 200, JSON, "{\"error_code\":\"SOMETHING_NEW\",\"message\":\"x\"}", ERR_RETRY, NULL },
	{ 200, JSON, "{\"error_code\":500}", ERR_RETRY, NULL },
	{ 200, JSON, "\n {\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"x\"}", ERR_RETRY,
	  NULL },
	{ 202, JSON, "{}", ERR_RETRY,
	  "workspace 'dev' was asked to export '/a/b' and did not answer with 200 (202); '/a/b' is "
	  "held until a proper answer comes" },
	{ 203, "text/plain", "# Databricks notebook source\n", ERR_RETRY, NULL },
	{ 204, "", "", ERR_RETRY, NULL },
	{ 206, "text/plain", "# Databricks notebook source\n", ERR_RETRY,
	  "workspace 'dev' was asked to export '/a/b' and sent only a part of the answer (206); "
	  "'/a/b' is held until a proper answer comes" },
	/* not errors */
	{ 200, JSON, "{}", SUCCESS, NULL },
	{ 200, JSON, "", SUCCESS, NULL },
	{ 200, JSON, "{\"error_code\":\"\"}", SUCCESS, NULL },
	{ 200, JSON, "{\"error_code\":null,\"path\":\"/a\"}", SUCCESS, NULL },
	{ 200, JSON, "{\"message\":\"a file of JSON\"}", SUCCESS, NULL },
	{ 200, JSON, "{\"path\":\"/a/\\\"error_code\\\"\"}", SUCCESS, NULL },
	{ 200, JSON, "{\"error_code\":\"X_Y\",\"nbformat\":4,\"cells\":[]}", SUCCESS, NULL },
	{ 200, "text/plain", "# Databricks notebook source\n\"error_code\"", SUCCESS, NULL },
	/* a login page where an answer should be */
	{ 200, HTML, " \n<!DOCTYPE html><html>log in</html>", ERR_RETRY,
	  "workspace 'dev' is no Databricks API at this address (200); check its host" },
};

static void test_catalogue(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct http_answer r = answer(cases[i].status, cases[i].type, cases[i].body);
		struct api_error a;
		struct err e = ERR_INIT;
		int err = SUCCESS;

		if (api_error_parse(&a, &r, API_CONTENT)) {
			err = api_error_set(&a, "dev", "export", "/a/b", &e);
			assert_int_equal(err, e.code);
		}
		if (err != cases[i].err)
			fail_msg("%ld %s: %d, not %d", cases[i].status, cases[i].body, err,
				 cases[i].err);
		if (cases[i].sentence && !str_eq(e.text, cases[i].sentence))
			fail_msg("%ld %s: %s", cases[i].status, cases[i].body, e.text);
		buf_release(&r.body);
	}
}

static void test_flags(void **state)
{
	static const struct {
		long status;
		const char *body;
		bool exists, missing_parent, transient, bad_token;
	} flags[] = {
		{ 401, "", false, false, false, true },
		{ 401, "{\"error_code\":\"UNAUTHENTICATED\"}", false, false, false, true },
		{ 403, "{\"error_code\":\"403\",\"message\":\"Invalid access token.\"}", false,
		  false, false, true },
		{ 403, "{\"error_code\":\"PERMISSION_DENIED\",\"message\":\"no\"}", false, false,
		  false, false },
		{ 404,
		  "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"The parent folder "
		  "(/x) "
		  "does not exist.\"}",
		  false, true, false, false },
		{ 409, "{\"error_code\":\"ABORTED\"}", false, false, false, false },
		{ 409, "{}", true, false, false, false },
		{ 400, "{\"message\":\"/x already exists.\"}", true, false, false, false },
		{ 500, "{\"message\":\"RPC token bucket limit has been exceeded\"}", false, false,
		  true, false },
		{ 400, "{\"message\":\"Timed out after 5 s\"}", false, false, true, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		struct http_answer r = answer(flags[i].status, JSON, flags[i].body);
		struct api_error a;

		assert_true(api_error_parse(&a, &r, API_CONTENT));
		if (a.exists != flags[i].exists || a.missing_parent != flags[i].missing_parent ||
		    a.transient != flags[i].transient || a.bad_token != flags[i].bad_token)
			fail_msg("%ld %s", flags[i].status, flags[i].body);
		buf_release(&r.body);
	}
}

static void test_redirects(void **state)
{
	struct http_answer r = answer(302, HTML, "<html>moved</html>");
	struct api_error a;
	struct err e = ERR_INIT;

	(void)state;
	snprintf(r.location, sizeof(r.location), "https://login.acme.example/?next=\x1b[2J");
	assert_true(api_error_parse(&a, &r, API_CONTENT));
	assert_int_equal(api_error_set(&a, "dev", "list", "/", &e), ERR_CONFIG);
	assert_string_equal(e.text,
			    "workspace 'dev' is no Databricks API at this address: it redirects "
			    "to 'https://login.acme.example/?next=\\x1b[2J' (302); check its host");
	buf_release(&r.body);
}

/* Remote text is one line of bounded length, whatever was sent. */
static void test_quotes_are_tame(void **state)
{
	static const char forged[] =
		"{\"message\":\"a\\n<6>nbsyncd: policy disabled\\u202e\\u007f\"}";
	cleanup_free char *path = xmalloc(5001);
	struct http_answer r = answer(400, JSON, forged);
	struct api_error a;
	struct err e = ERR_INIT;

	(void)state;
	assert_true(api_error_parse(&a, &r, API_CONTENT));
	assert_string_equal(a.message, "a\\n<6>nbsyncd: policy disabled\\u202e\\x7f");
	memset(path, 'p', 5000);
	path[5000] = '\0';
	buf_clear(&r.body);
	buf_addf(&r.body, "{\"message\":\"%s\"}", path);
	assert_true(api_error_parse(&a, &r, API_CONTENT));
	assert_int_equal(strlen(a.message), API_QUOTE_MAX - 1);
	assert_int_equal(api_error_set(&a, "dev", "export", path, &e), ERR_INVALID);
	assert_true(strlen(e.text) < 2 * API_QUOTE_MAX + 100);
	buf_release(&r.body);
}

static void test_no_object(void **state)
{
	struct http_answer r = answer(403, JSON, "{\"error_code\":\"PERMISSION_DENIED\"}");
	struct api_error a;
	struct err e = ERR_INIT;

	(void)state;
	assert_true(api_error_parse(&a, &r, API_CONTENT));
	assert_int_equal(api_error_set(&a, "dev", "say who we are", NULL, &e), ERR_CONFIG);
	assert_string_equal(e.text,
			    "workspace 'dev' refuses to say who we are (403 PERMISSION_DENIED)");
	buf_release(&r.body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_catalogue), cmocka_unit_test(test_flags),
		cmocka_unit_test(test_redirects), cmocka_unit_test(test_quotes_are_tame),
		cmocka_unit_test(test_no_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
