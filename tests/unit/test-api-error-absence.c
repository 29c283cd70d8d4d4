/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which answers are errors at all, and which of them is an absence: nothing but a whole 404 that says
 * so means "does not exist".
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api_answer.h"

/* What a 2xx is, by what was asked for and how its end was told. */
static void test_good_statuses(void **state)
{
	static const struct {
		long status;
		const char *body;
		enum api_answer asked;
		bool part, ended_by_close, error;
		const char *sentence;
	} table[] = {
		{ 200, "{}", API_LOOK, false, false, false, NULL },
		{ 200, "{}", API_CHANGE, false, false, false, NULL },
		{ 200, "", API_CHANGE, false, false, false, NULL },
		{ 201, "", API_CHANGE, false, false, false, NULL },
		{ 204, "", API_CHANGE, false, false, false, NULL },
		{ 202, "{}", API_CHANGE, false, false, true,
		  "workspace 'dev' was asked to delete '/a' and did not answer with 200 (202); "
		  "whether it was done will be looked at" },
		{ 201, "{}", API_LOOK, false, false, true, NULL },
		{ 204, "", API_LOOK, false, false, true, NULL },
		{ 299, "{}", API_LOOK, false, false, true, NULL },
		{ 200, "{}", API_LOOK, true, false, true, NULL },
		{ 200, "{}", API_CHANGE, true, false, true, NULL },
		{ 200, "text", API_CONTENT, true, false, true, NULL },
		{ 200, "{}", API_LOOK, false, true, true,
		  "workspace 'dev' was asked to delete '/a' and sent an answer that may have been "
		  "cut: only the end of the connection ended it (200); '/a' is held until a proper "
		  "answer comes" },
		{ 200, "text", API_CONTENT, false, true, true, NULL },
		{ 200, "{}", API_CHANGE, false, true, true, NULL },
		{ 200, "{\"message\":\"no\"}", API_LOOK, false, false, true, NULL },
		{ 200, "{\"error\":{\"code\":5}}", API_LOOK, false, false, true, NULL },
		{ 200, "{\"error_code\":5}", API_CHANGE, false, false, true, NULL },
		{ 200, "{\"message\":\"no\"}", API_CHANGE, false, false, true, NULL },
		{ 200, "{\"message\":\"\",\"error\":false,\"error_code\":0}", API_LOOK, false,
		  false, false, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct http_answer r = answer(table[i].status, JSON, table[i].body);
		struct api_error a;
		struct err e = ERR_INIT;
		bool error;

		r.part = table[i].part;
		r.ended_by_close = table[i].ended_by_close;
		error = api_error_parse(&a, &r, table[i].asked);
		if (error != table[i].error)
			fail_msg("case %zu: %ld %s", i, table[i].status, table[i].body);
		if (error && api_error_set(&a, "dev", "delete", "/a", &e) == ERR_ABSENT)
			fail_msg("case %zu is absence", i);
		if (table[i].sentence)
			assert_string_equal(e.text, table[i].sentence);
		buf_release(&r.body);
	}
}

/* A 404 that may have been cut, or is a part of one, says nothing. */
static void test_absence_is_whole(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct http_answer r = answer(404, JSON,
					      "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\"}");
		struct api_error a;
		struct err e = ERR_INIT;

		r.part = i == 1;
		r.ended_by_close = i == 2;
		assert_true(api_error_parse(&a, &r, API_LOOK));
		assert_int_equal(api_error_set(&a, "dev", "list", "/a", &e),
				 i ? ERR_RETRY : ERR_ABSENT);
		buf_release(&r.body);
	}
}

/* Every status with every shape but the one that may: never ERR_ABSENT. */
static void test_only_a_404_that_says_so_is_absence(void **state)
{
	static const char *const bodies[] = {
		"",
		"{}",
		"null",
		"[]",
		"not found",
		"<html><pre>not found</pre></html>",
		"{\"error_code\":\"ENDPOINT_NOT_FOUND\",\"message\":\"Path (/a) doesn't exist.\"}",
		"{\"error_code\":\"FEATURE_DISABLED\",\"message\":\"Path (/a) doesn't exist.\"}",
		"{\"error_code\":\"resource_does_not_exist\",\"message\":\"x\"}",
		"{\"error_code\":\"RESOURCE_DOES_NOT_EXIST \",\"message\":\"x\"}",
		"{\"error_code\":[\"RESOURCE_DOES_NOT_EXIST\"],\"message\":\"x\"}",
		"{\"Error_Code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"x\"}",
		"{\"message\":\"the host doesn't exist\"}",
		"{\"message\":\"It is said that Path (/a) doesn't exist.\"}",
		"[{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\"}]",
		"{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\"} trailing",
		"{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"error_code\":\"OTHER\"}",
		"RESOURCE_DOES_NOT_EXIST: Path (/a) doesn't exist.",
		"{\"message\":\"Path (/a) doesn't exist.\"}",
		"{\"error\":\"RESOURCE_DOES_NOT_EXIST\"}",
		"{\"details\":[{\"reason\":\"RESOURCE_DOES_NOT_EXIST\"}]}",
	};

	(void)state;
	for (long status = 100; status < 600; status++) {
		for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
			struct http_answer r = answer(status, JSON, bodies[i]);
			struct api_error a;

			if (api_error_parse(&a, &r, API_CONTENT) && a.err == ERR_ABSENT)
				fail_msg("%ld %s", status, bodies[i]);
			buf_release(&r.body);
		}
		if (status != 404) {
			struct http_answer r = answer(
				status, JSON,
				"{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":"
				"\"Path (/a) doesn't exist.\"}");
			struct api_error a;

			if (api_error_parse(&a, &r, API_CONTENT))
				assert_int_not_equal(a.err, ERR_ABSENT);
			buf_release(&r.body);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_statuses),
		cmocka_unit_test(test_absence_is_whole),
		cmocka_unit_test(test_only_a_404_that_says_so_is_absence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
