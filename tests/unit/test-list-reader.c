/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a listing from its stream: what is a listing, what is a gap, what is none; and the same for
 * pieces of every size.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workspace/list/reader.h"

#define N(path) "{\"path\":\"" path "\",\"object_type\":\"NOTEBOOK\"}"
#define NONE(x)                                                            \
	"- workspace 'dev' was asked to list '/a' and sent no listing: " x \
	"; '/a' is held until a proper answer comes"
#define GAP(x)                                                       \
	"~ workspace 'dev' was asked to list '/a' and its answer " x \
	": what it leaves out there is not taken for deleted"
#define HOLD(p, x)                                \
	"?" p " workspace 'dev' lists '" p "' " x \
	": it is held until the workspace says what it is\n"

static void describe(struct buf *out, const struct entries *s)
{
	for (size_t i = 0; i < s->l.count; i++)
		buf_addf(out, "%s %d %s %lld %lld\n", s->l.items[i].path, (int)s->l.items[i].type,
			 s->l.items[i].id, (long long)s->l.items[i].modified_ms,
			 (long long)s->l.items[i].size);
	for (size_t i = 0; i < s->l.held_count; i++)
		buf_addf(out, "?%s %s\n", s->l.held[i].path, s->l.held[i].why);
	if (s->gap.code)
		buf_addf(out, "~ %s", s->gap.text);
}

/* The listing of /a that text is, in pieces of this many bytes, in words. */
static void read_text(struct buf *out, const char *text, size_t len, size_t piece)
{
	struct entries_room room = ENTRIES_ROOM_INIT;
	struct entries entries;
	struct list_reader r;
	struct err e = ERR_INIT;

	entries_init(&entries, "dev", "/a", &room);
	list_reader_init(&r, &entries);
	list_reader_add(&r, "{\"objects\":[" N("/a/old"), strlen("{\"objects\":[" N("/a/old")));
	list_reader_restart(&r);
	for (size_t i = 0; i < len; i += piece) {
		cleanup_free char *copy = xmemdup(text + i, len - i < piece ? len - i : piece);

		if (!list_reader_add(&r, copy, len - i < piece ? len - i : piece))
			break;
	}
	if (list_reader_end(&r, &e))
		buf_addf(out, "- %s", e.text);
	else
		describe(out, &entries);
	assert_int_equal(room.objects, WORKSPACE_OBJECTS_MAX - entries.l.count);
	list_reader_release(&r);
	entries_release(&entries);
}

static const struct {
	const char *text, *expected;
} cases[] = {
	/* listings */
	{ "{}", "" },
	{ " {\n} \r\n", "" },
	{ "{\"objects\":[]}", "" },
	{ "{ \"objects\" : [ ] , \"request_id\" : \"7\" }", "" },
	{ "{\"obj\\u0065cts\":[" N("/a/x") "]}", "/a/x 0  0 -1\n" },
	{ "{\"request_id\":{\"a\":[1,\"]}\"]},\"objects\":[" N("/a/x") "," N("/a/y") "]}",
	  "/a/x 0  0 -1\n/a/y 0  0 -1\n" },
	{ "{\"objects\":[ "
	  "{\"object_type\":\"FILE\",\"path\":\"/Workspace/a/]}\\\\\\\",{[\",\"size\":12,"
	  "\"object_id\":9007199254740993,\"modified_at\":1671032235392,\"x\":{\"y\":[{}]}} ]}",
	  "/a/]}\\\",{[ 2 9007199254740993 1671032235392 12\n" },
	{ "{\"objects\":[" N("/a/\\ud83d\\ude00\\u00e4") "]}",
	  "/a/\xf0\x9f\x98\x80\xc3\xa4 0  0 -1\n" },
	/* that there is no more, in many words */
	{ "{\"objects\":[],\"next_page_token\":\"\"}", "" },
	{ "{\"objects\":[],\"next_page_token\":null,\"has_more\":false,\"page\":0}", "" },
	/* that there is more */
	{ "{\"objects\":[" N("/a/x") "],\"next_page_token\":\"abc\"}",
	  "/a/x 0  0 -1\n" GAP("says by 'next_page_token' that it is not all") },
	{ "{\"has_more\":true,\"objects\":[]}", GAP("says by 'has_more' that it is not all") },
	{ "{\"objects\":[],\"nextPageToken\":\"x\"}",
	  GAP("says by 'nextPageToken' that it is not all") },
	{ "{\"objects\":[],\"continuation\":{\"a\":1}}",
	  GAP("says by 'continuation' that it is not all") },
	{ "{\"objects\":[],\"cursor\":17}", GAP("says by 'cursor' that it is not all") },
	{ "{\"objects\":[],\"Truncated\":true}", GAP("says by 'Truncated' that it is not all") },
	{ "{\"objects\":[],\"@odata.nextLink\":\"https://acme.example/\"}",
	  GAP("says by '@odata.nextLink' that it is not all") },
	/* entries that are none */
	{ "{\"objects\":[" N(
		  "/a/x") ",{\"path\":\"/a/y\",\"path\":\"/a/z\",\"object_type\":\"FILE\"}]}",
	  "/a/x 0  0 -1\n" GAP(
		  "has an entry that cannot be read, '{\"path\":\"/a/y\",\"path\":\"/a/z\","
		  "\"object_type\":\"FILE\"}'") },
	{ "{\"objects\":[{\"path\":\"/a/\xff\",\"object_type\":\"FILE\"}," N("/a/x") "]}",
	  "/a/x 0  0 -1\n" GAP("has an entry that cannot be read, '{\"path\":\"/a/\\xff\","
			       "\"object_type\":\"FILE\"}'") },
	{ "{\"objects\":[{\"path\":\"/a/\x01\",\"object_type\":\"FILE\"}," N("/a/x") "]}",
	  "/a/x 0  0 -1\n" GAP("has an entry that cannot be read, '{\"path\":\"/a/\\x01\","
			       "\"object_type\":\"FILE\"}'") },
	{ "{\"objects\":[{\"path\":\"/a/\\u0000\",\"object_type\":\"FILE\"}]}",
	  GAP("has an entry that cannot be read, "
	      "'{\"path\":\"/a/\\u0000\",\"object_type\":\"FILE\"}'") },
	{ "{\"objects\":[" N("/a/x") ",]}",
	  "/a/x 0  0 -1\n" GAP("has an entry that cannot be read, ''") },
	{ "{\"objects\":[[}," N("/a/x") "]}",
	  "/a/x 0  0 -1\n" GAP("has an entry that cannot be read, '[}'") },
	{ "{\"objects\":[null,1," N("/a/x") "]}",
	  "/a/x 0  0 -1\n" GAP("has an entry that cannot be read, 'null'") },
	{ "{\"objects\":[{\"path\":\"/a/x\"}]}", HOLD("/a/x", "without a type") },
	{ "{\"objects\":[{\"path\":\"/a/x\",\"error_code\":\"INTERNAL_ERROR\"}]}",
	  HOLD("/a/x", "with an error in it (INTERNAL_ERROR)") },
	{ "{\"objects\":[" N("/b/x") "]}", GAP("names '/b/x', which is not in it") },
	/* no listings */
	{ "", NONE("it is empty") },
	{ " \n", NONE("it is empty") },
	{ "{", NONE("it ends too early") },
	{ "{\"objects\":[" N("/a/x"), NONE("it ends too early") },
	{ "{\"objects\":[" N("/a/x") "]", NONE("it ends too early") },
	{ "{\"objects\":[{\"path\":\"/a", NONE("it ends too early") },
	{ "{\"objects\":[]} x", NONE("there is more text behind it") },
	{ "{}{}", NONE("there is more text behind it") },
	{ "[]", NONE("'[' stands where '{' should be") },
	{ "null", NONE("'n' stands where '{' should be") },
	{ "\xef\xbb\xbf{}", NONE("'\\xef' stands where '{' should be") },
	{ "{,}", NONE("',' stands where the name of a member should be") },
	{ "{\"objects\":[],}", NONE("'}' stands where the name of a member should be") },
	{ "{\"objects\" []}", NONE("'[' stands where ':' should be") },
	{ "{\"objects\":[]]", NONE("']' stands where ',' or '}' should be") },
	{ "{\"objects\":[" N("/a/x") N("/a/y") "]}",
	  NONE("'{' stands where ',' or ']' should be") },
	{ "{\"objects\":null}", NONE("its objects are no list") },
	{ "{\"objects\":{\"a\":1}}", NONE("its objects are no list") },
	{ "{\"objects\":\"\"}", NONE("its objects are no list") },
	{ "{\"objects\":[],\"objects\":[]}", NONE("it has one member twice") },
	{ "{\"a\":1,\"objects\":[],\"\\u0061\":1}", NONE("it has one member twice") },
	{ "{\"a\":1}", NONE("there is no list of objects in it") },
	{ "{\"Objects\":[]}", NONE("there is no list of objects in it") },
	{ "{\"objects\":[],\"a\":tru}", NONE("the value of a member cannot be read") },
	{ "{\"objects\":[],\"a\":}", NONE("the value of a member cannot be read") },
	{ "{\"objects\":[],\"\xff\":1}", NONE("a name of a member cannot be read") },
	{ "{\"objects\":[],\"error_code\":\"INTERNAL_ERROR\"}",
	  NONE("it is an error, error_code \"INTERNAL_ERROR\"") },
	{ "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"no\"}",
	  NONE("it is an error, error_code \"RESOURCE_DOES_NOT_EXIST\"") },
	{ "{\"message\":\"try\\nlater\"}", NONE("it is an error, message \"try\\nlater\"") },
	{ "{\"objects\":[],\"error\":{\"code\":5}}", NONE("it is an error, error {\"code\":5}") },
	{ "{\"path\":\"/a\",\"object_type\":\"DIRECTORY\"}",
	  NONE("there is no list of objects in it") },
	{ " <html>log in</html>", "- workspace 'dev' is no Databricks API at this address: it sent "
				  "a page; check its host" },
	/* the folder is none */
	{ "{\"objects\":[" N("/a") "]}", "- '/a' is not a folder of workspace 'dev'" },
};

static void test_documents(void **state)
{
	static const size_t pieces[] = { SIZE_MAX, 1, 2, 3, 5, 16 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t k = 0; k < ARRAY_SIZE(pieces); k++) {
			cleanup_buf struct buf out = BUF_INIT(65536);
			size_t len = strlen(cases[i].text);

			read_text(&out, cases[i].text, len, pieces[k] < len ? pieces[k] : len + 1);
			if (!str_eq(buf_str(&out), cases[i].expected))
				fail_msg("%s in pieces of %zu:\n%s\nand not\n%s", cases[i].text,
					 pieces[k], buf_str(&out), cases[i].expected);
		}
	}
}

/* Every beginning of a listing is none, but for {} of nothing. */
static void test_no_beginning_is_a_listing(void **state)
{
	static const char text[] = "{\"objects\":[" N("/a/x") "," N("/a/y") "],\"b\":[{}]}";

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		cleanup_buf struct buf out = BUF_INIT(65536);

		read_text(&out, text, len, 7);
		if (!str_starts(buf_str(&out), "- workspace 'dev' was asked to list '/a' and sent"))
			fail_msg("%.*s: %s", (int)len, text, buf_str(&out));
	}
}

static void test_long_values(void **state)
{
	cleanup_buf struct buf text = BUF_INIT(1u << 20), out = BUF_INIT(65536);

	(void)state;
	buf_add_str(&text, "{\"note\":\"");
	for (unsigned i = 0; i < 2 * LIST_ENTRY_MAX; i++)
		buf_add_char(&text, 'x');
	buf_add_str(&text, "\",\"objects\":[{\"path\":\"/a/");
	for (unsigned i = 0; i < LIST_ENTRY_MAX; i++)
		buf_add_char(&text, '{');
	buf_add_str(&text, "\",\"object_type\":\"FILE\"}," N("/a/x") "]}");
	read_text(&out, buf_str(&text), text.len, 1000);
	assert_true(str_starts(buf_str(&out),
			       "/a/x 0  0 -1\n~ workspace 'dev' was asked to list "
			       "'/a' and its answer has an entry that cannot be read"));
	buf_clear(&text);
	buf_clear(&out);
	buf_add_str(&text, "{\"objects\":[]");
	for (unsigned i = 0; i <= LIST_MEMBERS_MAX; i++)
		buf_addf(&text, ",\"m%u\":0", i);
	buf_add_str(&text, "}");
	read_text(&out, buf_str(&text), text.len, 1000);
	assert_string_equal(buf_str(&out), NONE("it has too many members"));
}

/* The folders of one listing share its room, and a new attempt gives back what the last one took. */
static void test_room(void **state)
{
	struct entries_room room = { .objects = 3, .text = 100, .held = 1 };
	struct entries one, two;
	struct list_reader a, b;
	static const char both[] = "{\"objects\":[" N("/a/x") "," N("/a/y") "]}";
	static const char held[] = "{\"objects\":[{\"path\":\"/a/p\"},{\"path\":\"/a/q\"}]}";
	struct err e = ERR_INIT;

	(void)state;
	entries_init(&one, "dev", "/a", &room);
	entries_init(&two, "dev", "/a", &room);
	list_reader_init(&a, &one);
	list_reader_init(&b, &two);
	assert_true(list_reader_add(&a, both, sizeof(both) - 1));
	assert_false(list_reader_add(&b, both, sizeof(both) - 1));
	assert_true(two.overfull);
	assert_int_equal(room.objects, 0);
	list_reader_restart(&a);
	assert_int_equal(room.objects, 2);
	list_reader_restart(&b);
	assert_int_equal(room.objects, 3);
	assert_int_equal(room.text, 100);
	assert_true(list_reader_add(&b, both, sizeof(both) - 1));
	assert_int_equal(list_reader_end(&b, &e), ERR_OK);
	assert_true(list_reader_add(&a, held, sizeof(held) - 1));
	assert_int_equal(list_reader_end(&a, &e), ERR_OK);
	assert_int_equal(one.l.held_count, 1);
	assert_string_equal(one.gap.text,
			    "workspace 'dev' was asked to list '/a' and its answer has too many "
			    "entries that cannot be used, '/a/q' among them: what it leaves out "
			    "there is not taken for deleted");
	list_reader_release(&a);
	list_reader_release(&b);
	entries_release(&one);
	entries_release(&two);
}

/* Entries that are no objects are counted, too: an answer of nothing but these ends early. */
static void test_nothing_but_rubbish(void **state)
{
	struct entries_room room = ENTRIES_ROOM_INIT;
	struct entries entries;
	struct list_reader reader;
	size_t n = 0;

	(void)state;
	entries_init(&entries, "dev", "/a", &room);
	list_reader_init(&reader, &entries);
	assert_true(list_reader_add(&reader, "{\"objects\":[", 12));
	while (list_reader_add(&reader, "[],", 3))
		n++;
	assert_int_equal(n, WORKSPACE_OBJECTS_MAX);
	assert_true(entries.overfull);
	assert_int_equal(entries.l.count, 0);
	list_reader_release(&reader);
	entries_release(&entries);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_no_beginning_is_a_listing),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_nothing_but_rubbish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
