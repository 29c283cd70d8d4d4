/* SPDX-License-Identifier: Apache-2.0 */
/* Varlink calls and their replies, as text: what a client sees, whatever it sends. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "daemon/control/varlink.h"

static unsigned calls;

static const char *run_add(void *payload, const struct json *parameters, struct json *out)
{
	calls++;
	assert_ptr_equal(payload, &calls);
	assert_true(json_is_object(parameters));
	if (!json_get(parameters, "a"))
		return varlink_invalid(out, "a");
	json_add_int(out, "sum", json_int(parameters, "a", 0) + json_int(parameters, "b", 0));
	return NULL;
}

static const char *run_fail(void *payload, const struct json *parameters, struct json *out)
{
	(void)payload;
	(void)parameters;
	json_add_str(out, "why", "as asked");
	return "org.example.Calc.Failed";
}

static const struct varlink_method methods[] = { { "Add", run_add }, { "Fail", run_fail } };

static const struct varlink_service service = {
	.vendor = "acme",
	.product = "calc",
	.version = "1",
	.url = "https://acme.example",
	.interface = "org.example.Calc",
	.description = "interface org.example.Calc\n",
	.methods = methods,
	.method_count = 2,
	.payload = &calls,
};

static const struct {
	const char *call;
	const char *reply;
} rows[] = {
	{ "{\"method\":\"org.example.Calc.Add\",\"parameters\":{\"a\":2,\"b\":3}}",
	  "{\"parameters\":{\"sum\":5}}" },
	{ "{\"method\":\"org.example.Calc.Add\"}",
	  "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":{\"parameter\":\"a\"}"
	  "}" },
	{ "{\"method\":\"org.example.Calc.Add\",\"parameters\":[1]}",
	  "{\"error\":\"org.varlink.service.InvalidParameter\","
	  "\"parameters\":{\"parameter\":\"parameters\"}}" },
	{ "{\"method\":\"org.example.Calc.Fail\"}",
	  "{\"error\":\"org.example.Calc.Failed\",\"parameters\":{\"why\":\"as asked\"}}" },
	{ "{\"method\":\"org.example.Calc.Add\",\"parameters\":{\"a\":1},\"more\":true}",
	  "{\"parameters\":{\"sum\":1}}" },
	{ "{\"method\":\"org.example.Calc.Add\",\"parameters\":{\"a\":1},\"oneway\":true}", "" },
	{ "{\"method\":\"org.example.Calc.Add\",\"upgrade\":true}",
	  "{\"error\":\"org.varlink.service.MethodNotImplemented\","
	  "\"parameters\":{\"method\":\"org.example.Calc.Add\"}}" },
	{ "{\"method\":\"org.example.Calc.Sub\"}",
	  "{\"error\":\"org.varlink.service.MethodNotFound\","
	  "\"parameters\":{\"method\":\"org.example.Calc.Sub\"}}" },
	{ "{\"method\":\"org.example.Calc.\"}",
	  "{\"error\":\"org.varlink.service.MethodNotFound\","
	  "\"parameters\":{\"method\":\"org.example.Calc.\"}}" },
	{ "{\"method\":\"org.example.Other.Add\"}",
	  "{\"error\":\"org.varlink.service.InterfaceNotFound\","
	  "\"parameters\":{\"interface\":\"org.example.Other\"}}" },
	{ "{\"method\":\"Add\"}", "{\"error\":\"org.varlink.service.InterfaceNotFound\","
				  "\"parameters\":{\"interface\":\"Add\"}}" },
	{ "{\"method\":\"org.varlink.service.Nothing\"}",
	  "{\"error\":\"org.varlink.service.MethodNotFound\","
	  "\"parameters\":{\"method\":\"org.varlink.service.Nothing\"}}" },
	{ "{\"method\":\"org.varlink.service.GetInfo\",\"parameters\":{}}",
	  "{\"parameters\":{\"vendor\":\"acme\",\"product\":\"calc\",\"version\":\"1\","
	  "\"url\":\"https://acme.example\","
	  "\"interfaces\":[\"org.varlink.service\",\"org.example.Calc\"]}}" },
	{ "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	  "\"parameters\":{\"interface\":\"org.example.Calc\"}}",
	  "{\"parameters\":{\"description\":\"interface org.example.Calc\\n\"}}" },
	{ "{\"method\":\"org.varlink.service.GetInterfaceDescription\"}",
	  "{\"error\":\"org.varlink.service.InvalidParameter\","
	  "\"parameters\":{\"parameter\":\"interface\"}}" },
	{ "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
	  "\"parameters\":{\"interface\":\"org.example.None\"}}",
	  "{\"error\":\"org.varlink.service.InterfaceNotFound\","
	  "\"parameters\":{\"interface\":\"org.example.None\"}}" },
};

static void test_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_buf struct buf reply = BUF_INIT(VARLINK_REPLY_MAX);
		struct err e = ERR_INIT;

		buf_add_str(&reply, "left over");
		assert_int_equal(
			varlink_answer(&service, rows[i].call, strlen(rows[i].call), &reply, &e),
			ERR_OK);
		assert_string_equal(buf_str(&reply), rows[i].reply);
	}
}

static void test_what_is_no_call_ends_the_connection(void **state)
{
	static const char *const bad[] = {
		"",
		"{",
		"[]",
		"null",
		"{}",
		"{\"method\":1}",
		"{\"method\":null}",
		"{\"method\":\"a.b\",\"method\":\"org.example.Calc.Add\"}",
		"{\"method\":\"org.example.Calc.Add\"} ,",
		"{\"method\":\"org.example.Calc.\\u0000Add\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		cleanup_buf struct buf reply = BUF_INIT(VARLINK_REPLY_MAX);
		struct err e = ERR_INIT;

		calls = 0;
		if (varlink_answer(&service, bad[i], strlen(bad[i]), &reply, &e) != ERR_INVALID)
			fail_msg("'%s' was answered", bad[i]);
		assert_int_equal(reply.len, 0);
		assert_int_equal(calls, 0);
		assert_true(e.text[0] != '\0');
	}
}

static void test_a_oneway_call_is_run(void **state)
{
	static const char call[] =
		"{\"oneway\":true,\"method\":\"org.example.Calc.Add\",\"parameters\":{\"a\":1}}";
	cleanup_buf struct buf reply = BUF_INIT(VARLINK_REPLY_MAX);

	(void)state;
	calls = 0;
	assert_int_equal(varlink_answer(&service, call, sizeof(call) - 1, &reply, NULL), ERR_OK);
	assert_int_equal(calls, 1);
	assert_int_equal(reply.len, 0);
}

static void test_a_reply_that_is_too_long(void **state)
{
	static const char call[] = "{\"method\":\"org.varlink.service.GetInfo\"}";
	cleanup_buf struct buf reply = BUF_INIT(20);
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(varlink_answer(&service, call, sizeof(call) - 1, &reply, &e), ERR_INVALID);
	assert_string_equal(e.text, "the reply is too long to be sent");
}

static void test_the_description_of_the_protocol(void **state)
{
	static const char call[] = "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
				   "\"parameters\":{\"interface\":\"org.varlink.service\"}}";
	cleanup_buf struct buf reply = BUF_INIT(VARLINK_REPLY_MAX);
	cleanup_json struct json *message = NULL;
	const char *text;

	(void)state;
	assert_int_equal(varlink_answer(&service, call, sizeof(call) - 1, &reply, NULL), ERR_OK);
	assert_int_equal(json_parse(&message, reply.data, reply.len, reply.len, NULL), ERR_OK);
	text = json_str(message, "parameters.description");
	assert_non_null(text);
	assert_non_null(strstr(text, "\ninterface org.varlink.service\n"));
	assert_non_null(strstr(text, "\nmethod GetInfo() -> ("));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
		cmocka_unit_test(test_what_is_no_call_ends_the_connection),
		cmocka_unit_test(test_a_oneway_call_is_run),
		cmocka_unit_test(test_a_reply_that_is_too_long),
		cmocka_unit_test(test_the_description_of_the_protocol),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
