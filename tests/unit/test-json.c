/* SPDX-License-Identifier: Apache-2.0 */
/* Strict parsing with places, getters, exact numbers, building and printing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "format/json.h"
#include "parsed.h"

#define MAX ((size_t)64 * 1024 * 1024)

static void test_accepted(void **state)
{
	/* What is printed compactly afterwards; NULL: the same text. */
	static const struct {
		const char *text, *printed;
	} table[] = {
		{ "{}", NULL },
		{ "[]", NULL },
		{ " [ 1 , 2 ]\r\n\t", "[1,2]" },
		{ "\"a\"", NULL },
		{ "true", NULL },
		{ "[false,null]", NULL },
		{ "{\"a\":{\"a\":1},\"A\":2,\"\":3}", NULL },
		{ "\"\\u00e9\\n\\/\\ud83d\\ude00\"", "\"\xC3\xA9\\n/\xF0\x9F\x98\x80\"" },
		{ "\"\xC3\xA9\x7F\"", "\"\xC3\xA9\\u007f\"" },
		{ "[0,-0,-1,999999999999999]", NULL },
		{ "[9007199254740993,-9223372036854775808]", NULL },
		{ "[1.0,1E5,0.1,1e400,-0.0,123456789012345678901234567890]", NULL },
		{ "[1,2.50,3,1234567890123456,5,6e1]", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_json struct json *v = parsed_json(table[i].text);
		cleanup_free char *out = json_print(v, false);

		assert_string_equal(out, table[i].printed ? table[i].printed : table[i].text);
	}
}

static const struct {
	const char *text, *sentence;
} refused[] = {
	{ "", "line 1, column 1: the text ends too early" },
	{ "  ", "line 1, column 3: the text ends too early" },
	{ "{", "line 1, column 2: the text ends too early" },
	{ "[1,", "line 1, column 4: the text ends too early" },
	{ "\"abc", "line 1, column 5: the text ends too early" },
	{ "\"abc\\", "line 1, column 6: the text ends too early" },
	{ "1 2", "line 1, column 3: more text behind the value" },
	{ "{}x", "line 1, column 3: more text behind the value" },
	{ "[1 2]", "line 1, column 4: expected ',' or ']'" },
	{ "[1}", "line 1, column 3: expected ',' or ']'" },
	{ "{\"a\":1 \"b\":2}", "line 1, column 8: expected ',' or '}'" },
	{ "{\"a\" 1}", "line 1, column 6: expected ':'" },
	{ "{a:1}", "line 1, column 2: expected a key in double quotes" },
	{ "{\"a\":1,}", "line 1, column 8: expected a key in double quotes" },
	{ "[1,]", "line 1, column 4: expected a value" },
	{ "{\n \"a\": tru\n}", "line 2, column 7: expected a value" },
	{ "NaN", "line 1, column 1: expected a value" },
	{ "\xEF\xBB\xBF{}", "line 1, column 1: expected a value" },
	{ "[01]", "line 1, column 2: a number with a leading zero" },
	{ "[-]", "line 1, column 3: expected a digit" },
	{ "[+1]", "line 1, column 2: expected a value" },
	{ "[1.]", "line 1, column 4: expected a digit behind the point" },
	{ "[.5]", "line 1, column 2: expected a value" },
	{ "[1e]", "line 1, column 4: expected a digit in the exponent" },
	{ "[1e+]", "line 1, column 5: expected a digit in the exponent" },
	{ "1234567890123456789012345678901234567890123456789012345678901",
	  "line 1, column 1: a number that is too long" },
	{ "\"\xC3\xA9\xC3\xA9\n\"", "line 1, column 4: a control character in a string" },
	{ "\"\xFF\"", "line 1, column 2: invalid UTF-8" },
	{ "\"\xED\xA0\x80\"", "line 1, column 2: invalid UTF-8" },
	{ "\"\xC3\"", "line 1, column 2: invalid UTF-8" },
	{ "\"a\\u0000\"", "line 1, column 3: an escaped NUL character" },
	{ "{\"a\\u0000\":1}", "line 1, column 4: an escaped NUL character" },
	{ "\"\\x41\"", "line 1, column 2: an unknown escape" },
	{ "\"\\u12g4\"", "line 1, column 2: \\u needs four hexadecimal digits" },
	{ "\"\\u12", "line 1, column 2: \\u needs four hexadecimal digits" },
	{ "\"\\ud83d\"", "line 1, column 2: half of a surrogate pair" },
	{ "\"\\ud83d\\u0041\"", "line 1, column 2: half of a surrogate pair" },
	{ "\"\\ude00\"", "line 1, column 2: half of a surrogate pair" },
	{ "{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xC3\xA9\":1,"
	  "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\xC3\xA9\":2}",
	  "line 1, column 67: duplicate key '"
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'" },
	{ "{\"a\":1,\"a\":2}", "line 1, column 8: duplicate key 'a'" },
	{ "{\"x\":{\"b\":1},\n \"a\":1,\n \"\\u0061\":2}", "line 3, column 2: duplicate key 'a'" },
	{ "[{\"k\":1},{\"a\":{\"p\":1,\n\"q\":2,\"p\":3}}]",
	  "line 2, column 7: duplicate key 'p'" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct err e = ERR_INIT;
		struct json *v = NULL;

		assert_int_equal(json_parse(&v, refused[i].text, strlen(refused[i].text), MAX, &e),
				 ERR_INVALID);
		assert_string_equal(e.text, refused[i].sentence);
		assert_null(v);
	}
}

/* The text is not followed by a NUL, and one inside is not the end. */
static void test_length_counts(void **state)
{
	struct err e = ERR_INIT;
	struct json *v = NULL;
	char *text = xmemdup("[12]", 4);
	static const char nul[] = { '1', '\0', '2' };

	(void)state;
	assert_int_equal(json_parse(&v, text, 4, MAX, &e), 0);
	assert_int_equal(json_int(v, "[0]", -1), 12);
	json_free(v);
	for (size_t n = 0; n < 4; n++) {
		char *part = xmemdup(text, n);

		assert_int_equal(json_parse(&v, part, n, MAX, &e), ERR_INVALID);
		free(part);
	}
	free(text);
	assert_int_equal(json_parse(&v, nul, 3, MAX, &e), ERR_INVALID);
	assert_string_equal(e.text, "line 1, column 2: more text behind the value");
	assert_int_equal(json_parse(&v, "[1234]", 6, 5, &e), ERR_INVALID);
	assert_string_equal(e.text, "JSON text of 6 bytes is longer than the limit of 5");
}

static void test_depth(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 3];
	struct err e = ERR_INIT;
	struct json *v = NULL;
	const int max = JSON_DEPTH_MAX;

	(void)state;
	memset(text, '[', (size_t)max);
	memset(text + max, ']', (size_t)max);
	assert_int_equal(json_parse(&v, text, (size_t)max * 2, MAX, &e), 0);
	json_free(v);
	memset(text, '[', (size_t)max + 1);
	memset(text + max + 1, ']', (size_t)max + 1);
	assert_int_equal(json_parse(&v, text, (size_t)max * 2 + 2, MAX, &e), ERR_INVALID);
	assert_string_equal(e.text, "line 1, column 129: nested too deep");
}

static void test_getters(void **state)
{
	cleanup_json struct json *v = parsed_json(
		"{\"objects\":[{\"path\":\"/a\",\"id\":7},{\"path\":\"/b\",\"deep\":[[1,2],[3]]}],"
		"\"yes\":true,\"no\":false,\"nothing\":null,\"Token\":\"T\",\"n\":1.5,\"big\":"
		"1e3}");
	const char *s = "unset";
	struct err e = ERR_INIT;

	(void)state;
	assert_string_equal(json_str(v, "objects[1].path"), "/b");
	assert_int_equal(json_int(v, "objects[0].id", -1), 7);
	assert_int_equal(json_int(v, "objects[1].deep[1][0]", -1), 3);
	assert_null(json_get(v, "objects[2]"));
	assert_null(json_get(v, "objects.path"));
	assert_null(json_get(v, "yes[0]"));
	assert_null(json_get(v, "objects[1].path.x"));
	assert_null(json_get(NULL, "x"));
	assert_ptr_equal(json_get(v, ""), v);
	assert_null(json_str(v, "token"));
	assert_string_equal(json_str(v, "Token"), "T");
	assert_null(json_str(v, "yes"));
	assert_null(json_str(v, "nothing"));
	assert_true(json_bool(v, "yes", false));
	assert_false(json_bool(v, "no", true));
	assert_true(json_bool(v, "nothing", true));
	assert_true(json_bool(v, "n", true));
	assert_int_equal(json_int(v, "n", -5), -5);
	assert_int_equal(json_int(v, "big", -5), 1000);
	assert_int_equal(json_int(v, "Token", -5), -5);
	assert_int_equal(json_need_str(v, "Token", &s, &e), 0);
	assert_string_equal(s, "T");
	assert_int_equal(json_need_str(v, "content", &s, &e), ERR_INVALID);
	assert_string_equal(e.text, "reply has no text 'content'");
	assert_int_equal(json_need_str(v, "yes", &s, &e), ERR_INVALID);
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t value;
		const char *id;
	} table[] = {
		{ "0", 0, "0" },
		{ "-17", -17, "-17" },
		{ "9007199254740992", 9007199254740992, "9007199254740992" },
		{ "9007199254740993", 9007199254740993, "9007199254740993" },
		{ "9223372036854775807", INT64_MAX, "9223372036854775807" },
		{ "-9223372036854775808", INT64_MIN, "-9223372036854775808" },
		{ "9223372036854775808", -5, "9223372036854775808" },
		{ "12345678901234567890123", -5, "12345678901234567890123" },
		{ "123456789012345678901234", -5, NULL },
		{ "1e400", -5, NULL },
		{ "-1e18", -1000000000000000000, NULL },
		{ "1.5", -5, NULL },
		{ "2.0", 2, NULL },
		{ "\"123456789012345678\"", -5, "123456789012345678" },
		{ "\"-5\"", -5, "-5" },
		{ "\"12a\"", -5, NULL },
		{ "\"-\"", -5, NULL },
		{ "\"\"", -5, NULL },
		{ "true", -5, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_free char *text = xasprintf("{\"v\":%s}", table[i].text);
		cleanup_json struct json *v = parsed_json(text);
		char id[24] = "";

		assert_int_equal(json_int(v, "v", -5), table[i].value);
		assert_int_equal(json_id(v, "v", id), table[i].id != NULL);
		if (table[i].id)
			assert_string_equal(id, table[i].id);
	}
}

static void test_children(void **state)
{
	cleanup_json struct json *v = parsed_json("{\"a\":1,\"b\":[\"x\",\"y\"],\"c\":{}}");
	const struct json *b = json_get(v, "b");
	const struct json *c;
	char keys[8] = "";

	(void)state;
	assert_int_equal(json_count(v), 3);
	assert_int_equal(json_count(b), 2);
	assert_int_equal(json_count(json_get(v, "a")), 0);
	assert_int_equal(json_count(NULL), 0);
	for (c = json_first(v); c; c = json_next(c))
		strcat(keys, json_key(c));
	assert_string_equal(keys, "abc");
	assert_null(json_key(json_first(b)));
	assert_string_equal(json_text(json_next(json_first(b))), "y");
	assert_null(json_text(b));
	assert_null(json_first(json_get(v, "c")));
	assert_null(json_first(NULL));
	assert_true(json_is_object(v) && json_is_array(b) && json_is_str(json_first(b)));
	assert_false(json_is_object(b) || json_is_array(v) || json_is_str(v));
	assert_false(json_is_object(NULL) || json_is_array(NULL) || json_is_str(NULL));
}

static struct json *built(void)
{
	struct json *v = json_object();
	struct json *list, *inner;

	json_add_str(v, "text", "q\"\\\n\x01/\xC3\xA9");
	json_add_str(v, "broken",
		     "a\xFF"
		     "b\xC3");
	json_add_str(v, "k\xFF", NULL);
	json_add_int(v, "small", -3);
	json_add_int(v, "edge", 999999999999999);
	json_add_int(v, "large", 9007199254740993);
	json_add_int(v, "least", INT64_MIN);
	json_add_bool(v, "yes", true);
	list = json_add_array(v, "list");
	json_add_int(list, NULL, 1);
	inner = json_add_object(list, NULL);
	json_add_str(inner, "s", "{[,:]}");
	json_add_array(list, NULL);
	json_add_object(v, "empty");
	return v;
}

static void test_build_and_print(void **state)
{
	cleanup_json struct json *v = built();
	cleanup_free char *compact = json_print(v, false);
	cleanup_free char *pretty = json_print(v, true);
	cleanup_json struct json *again = parsed_json(pretty);
	cleanup_free char *round = json_print(again, false);

	(void)state;
	assert_string_equal(compact,
			    "{\"text\":\"q\\\"\\\\\\n\\u0001/\xC3\xA9\","
			    "\"broken\":\"a\xEF\xBF\xBD"
			    "b\xEF\xBF\xBD\",\"k\xEF\xBF\xBD\":null,"
			    "\"small\":-3,\"edge\":999999999999999,\"large\":9007199254740993,"
			    "\"least\":-9223372036854775808,\"yes\":true,"
			    "\"list\":[1,{\"s\":\"{[,:]}\"},[]],\"empty\":{}}");
	assert_string_equal(round, compact);
	assert_non_null(strstr(pretty, "{\n  \"text\": \"q\\\"\\\\"));
	assert_non_null(strstr(pretty, "  \"list\": [\n    1,\n    {\n      \"s\": \"{[,:]}\"\n"
				       "    },\n    []\n  ],\n  \"empty\": {}\n}"));
}

/* A name from elsewhere reaches a terminal as JSON, too. */
static void test_print_escapes(void **state)
{
	static const char text[] = "a\x7F"
				   "b\xC2\x9B"
				   "c\xC2\xA0\xE2\x80\xAE\xE2\x80\xA8\xD8\x9C\xE2\x82\xAC\n";
	cleanup_json struct json *v = json_object(), *again = NULL;
	cleanup_free char *out = NULL;
	struct err e = ERR_INIT;

	(void)state;
	json_add_str(v, text, text);
	out = json_print(v, false);
	assert_string_equal(out,
			    "{\"a\\u007fb\\u009bc\xC2\xA0\\u202e\\u2028\\u061c\xE2\x82\xAC\\n\":"
			    "\"a\\u007fb\\u009bc\xC2\xA0\\u202e\\u2028\\u061c\xE2\x82\xAC\\n\"}");
	assert_int_equal(json_parse(&again, out, strlen(out), SIZE_MAX, &e), ERR_OK);
	assert_string_equal(json_text(json_first(again)), text);
	assert_string_equal(json_key(json_first(again)), text);
}

static void test_copy(void **state)
{
	cleanup_json struct json *v = parsed_json("{\"a\":[1.50,{\"id\":9007199254740993}]}");
	cleanup_json struct json *out = json_array();
	cleanup_free char *text = NULL;

	(void)state;
	json_add_copy(out, NULL, json_get(v, "a"));
	json_add_copy(out, NULL, NULL);
	text = json_print(out, false);
	assert_string_equal(text, "[[1.50,{\"id\":9007199254740993}],null]");
	json_free(NULL);
}

static double seconds_to_parse(const struct buf *text)
{
	struct err e = ERR_INIT;
	struct json *v = NULL;
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	assert_int_equal(json_parse(&v, text->data, text->len, MAX, &e), 0);
	clock_gettime(CLOCK_MONOTONIC, &b);
	json_free(v);
	return (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
}

/* A listing of 10 MB, and one object with as many keys: quadratic work would take hours. */
static void test_large_texts(void **state)
{
	cleanup_buf struct buf listing = BUF_INIT(MAX), keys = BUF_INIT(MAX);

	(void)state;
	buf_add_str(&listing, "{\"objects\":[");
	for (int i = 0; listing.len < (size_t)10 * 1024 * 1024; i++)
		buf_addf(&listing,
			 "%s{\"path\":\"/Users/ana@acme.example/etl/load_%d\",\"object_type\":"
			 "\"NOTEBOOK\",\"object_id\":90071992547409%d,\"size\":1.5}",
			 i ? "," : "", i, i);
	buf_add_str(&listing, "]}");
	assert_true(seconds_to_parse(&listing) < 30);
	buf_add_char(&keys, '{');
	for (int i = 0; i < 300000; i++)
		buf_addf(&keys, "%s\"key number %d\":%d", i ? "," : "", i, i);
	buf_add_char(&keys, '}');
	assert_true(seconds_to_parse(&keys) < 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),      cmocka_unit_test(test_refused),
		cmocka_unit_test(test_length_counts), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_getters),       cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_children),      cmocka_unit_test(test_build_and_print),
		cmocka_unit_test(test_print_escapes), cmocka_unit_test(test_copy),
		cmocka_unit_test(test_large_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
