/* SPDX-License-Identifier: Apache-2.0 */
/* The status as text: whole pictures, and replies that no honest daemon would send. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/text/status_text.h"
#include "parsed.h"

#define NOW 1767225600000 /* 2026-01-01T00:00:00Z */

static const struct {
	const char *reply;
	int exit_code;
	const char *text;
} pictures[] = {
	{ "{\"daemon\":{},\"mappings\":[]}", EXIT_DONE,
	  "no mapping is configured; 'nbsync add' writes one\n" },
	{ "{\"mappings\":[{\"name\":\"etl\",\"state\":\"idle\",\"last_success_ms\":1767225597000,"
	  "\"next_ms\":7400,\"sides\":{\"git\":{\"state\":\"ok\",\"notebooks\":183},"
	  "\"local\":{\"state\":\"ok\",\"notebooks\":-1}}},"
	  "{\"name\":\"berichte-für-ana\",\"state\":\"backoff\",\"sentence\":\"503\","
	  "\"last_success_ms\":1767100000000,\"next_ms\":-1,"
	  "\"sides\":{\"workspace\":{\"state\":\"unknown\"}}}]}",
	  EXIT_DONE,
	  "MAPPING           STATE    GIT  WORKSPACE  LOCAL  SYNCED   NEXT\n"
	  "etl               idle     183  -          ok     3 s ago  in 7 s\n"
	  "berichte-für-ana  backoff  -    unknown    -      1 d ago  -\n"
	  "berichte-für-ana: backoff: 503\n" },
	{ "{\"mappings\":[{\"name\":\"a\",\"state\":\"running\",\"next_ms\":-1,"
	  "\"progress\":{\"phase\":\"act\",\"done\":5,\"total\":10}}]}",
	  EXIT_DONE,
	  "MAPPING  STATE    GIT  WORKSPACE  LOCAL  SYNCED  NEXT\n"
	  "a        running  -    -          -      never   -\n"
	  "a: act: [##########..........] 5 of 10\n" },
	{ "{\"mappings\":[{\"name\":\"a\",\"state\":\"running\",\"next_ms\":-1,"
	  "\"progress\":{\"phase\":\"push\",\"done\":0,\"total\":0}}]}",
	  EXIT_DONE,
	  "MAPPING  STATE    GIT  WORKSPACE  LOCAL  SYNCED  NEXT\n"
	  "a        running  -    -          -      never   -\n"
	  "a: push: …\n" },
	{ "{\"daemon\":{\"reload_error\":\"nbsyncd.ini:3: unknown key 'pol'\","
	  "\"policy\":\"no policy file\"},\"mappings\":[{\"name\":\"a\",\"state\":\"held\","
	  "\"next_ms\":3700000,\"sentence\":\"no\\nnbsyncd: policy: all is allowed\","
	  "\"notes\":[\"no policy file\",\"other\"]}]}",
	  EXIT_ATTENTION,
	  "MAPPING  STATE  GIT  WORKSPACE  LOCAL  SYNCED  NEXT\n"
	  "a        held   -    -          -      never   in 1 h\n"
	  "a: held: no\\nnbsyncd: policy: all is allowed\n"
	  "a: note: other\n"
	  "nbsyncd: the old configuration stays in force: nbsyncd.ini:3: unknown key 'pol'\n"
	  "nbsyncd: policy: no policy file\n" },
	{ "{\"mappings\":[{\"name\":\"a\",\"state\":\"idle\",\"next_ms\":-1,"
	  "\"sides\":{\"git\":{\"state\":\"ok\",\"notebooks\":2},"
	  "\"local\":{\"state\":\"ok\",\"notebooks\":2}},\"confirm\":\"3f2a91c0\","
	  "\"conflicts\":[{\"path\":\"x\",\"sentence\":\"clashed\","
	  "\"file\":\"x.conflict-local-20260131T120000Z.py\"}],\"conflicts_total\":1,"
	  "\"notes\":[\"15 of 20 notebooks would be deleted\"]}]}",
	  EXIT_ATTENTION,
	  "MAPPING  STATE  GIT  WORKSPACE  LOCAL  SYNCED  NEXT\n"
	  "a        idle   2    -          2      never   -\n"
	  "a: conflict in 'x': clashed; the other version is "
	  "'x.conflict-local-20260131T120000Z.py'\n"
	  "a: to resolve it: nbsync resolve a x --git (what is there now) or --local (the other "
	  "version)\n"
	  "a: note: 15 of 20 notebooks would be deleted\n"
	  "a: to confirm it: nbsync confirm a 3f2a91c0\n" },
};

static void test_pictures(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pictures); i++) {
		cleanup_json struct json *reply = parsed_json(pictures[i].reply);
		cleanup_buf struct buf out = BUF_INIT(65536);

		status_text(reply, NOW, &out);
		assert_string_equal(buf_str(&out), pictures[i].text);
		assert_int_equal(status_exit(reply), pictures[i].exit_code);
	}
}

static void test_what_needs_attention(void **state)
{
	static const struct {
		const char *mapping;
		int code;
	} rows[] = {
		{ "{}", EXIT_DONE },
		{ "{\"state\":\"backoff\",\"sentence\":\"503\"}", EXIT_DONE },
		{ "{\"state\":\"idle\",\"held\":[],\"held_total\":0,\"conflicts\":[]}", EXIT_DONE },
		{ "{\"state\":\"held\"}", EXIT_ATTENTION },
		{ "{\"held_total\":1}", EXIT_ATTENTION },
		{ "{\"held\":[{}]}", EXIT_ATTENTION },
		{ "{\"conflicts\":[{}]}", EXIT_ATTENTION },
		{ "{\"confirm\":\"3f2a91c0\"}", EXIT_ATTENTION },
		{ "{\"sides\":{\"workspace\":{\"state\":\"held\"}}}", EXIT_ATTENTION },
		{ "{\"sides\":{\"workspace\":{\"state\":\"ok\"}}}", EXIT_DONE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *text = xasprintf("{\"mappings\":[{},%s]}", rows[i].mapping);
		cleanup_json struct json *reply = parsed_json(text);

		if (status_exit(reply) != rows[i].code)
			fail_msg("%s: %d", rows[i].mapping, status_exit(reply));
	}
}

/* Only the first of a long list, and how many more there are. */
static void test_long_lists_are_cut(void **state)
{
	cleanup_json struct json *reply = json_object();
	struct json *m = json_add_object(json_add_array(reply, "mappings"), NULL);
	struct json *held = json_add_array(m, "held");
	cleanup_buf struct buf out = BUF_INIT(65536);
	size_t lines = 0;

	(void)state;
	json_add_str(m, "name", "a");
	json_add_int(m, "held_total", 4711);
	for (int i = 0; i < 200; i++)
		json_add_str(json_add_object(held, NULL), "reason", "unreadable");
	status_text(reply, NOW, &out);
	for (const char *c = buf_str(&out); *c; c++)
		lines += *c == '\n';
	assert_int_equal(lines, 2 + 20 + 1);
	assert_non_null(strstr(buf_str(&out), "\na: held '?' (?): unreadable\n"));
	assert_non_null(strstr(buf_str(&out), "\na: held: 4691 more, see --json\n"));
}

/* Wrong types everywhere, numbers beyond sense, cells longer than a screen. */
static void test_odd_replies(void **state)
{
	static const char *const odd[] = {
		"{}",
		"[]",
		"{\"mappings\":7}",
		"{\"mappings\":{\"a\":1}}",
		"{\"mappings\":[1,null,\"x\",[]]}",
		"{\"daemon\":[],\"mappings\":[{\"name\":1,\"state\":[],\"sides\":3,\"held\":\"x\","
		"\"conflicts\":{\"a\":1},\"notes\":{\"a\":2},\"waiting\":[],\"progress\":4,"
		"\"next_ms\":\"x\",\"last_success_ms\":{}}]}",
		"{\"mappings\":[{\"name\":\"a\",\"next_ms\":9223372036854775807,"
		"\"last_success_ms\":9223372036854775807,\"progress\":{\"phase\":\"p\","
		"\"done\":9223372036854775807,\"total\":9223372036854775807},"
		"\"held_total\":-9223372036854775808}]}",
		"{\"mappings\":[{\"name\":\"a\",\"progress\":{\"phase\":\"p\",\"done\":-3,"
		"\"total\":2}}]}",
		"{\"mappings\":[{\"name\":\"a\",\"sides\":{\"git\":{\"state\":[]},\"local\":null},"
		"\"held\":[1,[],{\"path\":{}}],\"conflicts\":[2,{}]}]}",
	};
	char longest[1000];

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; i <= ARRAY_SIZE(odd); i++) {
		cleanup_free char *text = i < ARRAY_SIZE(odd)
						  ? xstrdup(odd[i])
						  : xasprintf("{\"mappings\":[{\"name\":\"%s\"}]}",
							      longest);
		cleanup_json struct json *reply = parsed_json(text);
		cleanup_buf struct buf out = BUF_INIT(65536);

		status_text(reply, NOW, &out);
		status_exit(reply);
		assert_true(out.len > 0 && !out.full);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_what_needs_attention),
		cmocka_unit_test(test_long_lists_are_cut),
		cmocka_unit_test(test_odd_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
