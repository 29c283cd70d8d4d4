/* SPDX-License-Identifier: Apache-2.0 */
/* A cycle's result as text, its exit code, and the commands that are suggested. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/text/result_text.h"
#include "parsed.h"

#define SIDES                                                    \
	"\"sides\":{\"git\":{\"state\":\"ok\",\"notebooks\":3}," \
	"\"local\":{\"state\":\"held\",\"sentence\":\"not\\nmounted\"}}"

static const struct {
	const char *result;
	int exit_code;
	const char *text;
} pictures[] = {
	{ "{\"code\":\"ok\",\"sentence\":\"\"}", EXIT_DONE, "etl: done\n" },
	{ "{\"code\":\"retry\",\"sentence\":\"503\"}", EXIT_RETRY, "etl: 503\n" },
	{ "{\"code\":\"denied\"}", EXIT_DENIED, "etl: failed\n" },
	{ "{}", EXIT_FAILED, "etl: failed\n" },
	{ "{\"code\":\"ok\",\"sentence\":\"\"," SIDES ",\"counts\":{\"written\":{\"git\":2},"
	  "\"deleted\":{\"git\":1}}}",
	  EXIT_ATTENTION,
	  "etl: done\n"
	  "  git       3 notebooks, 2 written, 1 deleted\n"
	  "  local     held: not\\nmounted\n" },
	{ "{\"code\":\"ok\",\"held\":[{\"path\":\"x\",\"side\":\"local\",\"sentence\":\"torn\"}],"
	  "\"held_total\":1,\"waiting\":{\"paths\":1,\"sentence\":\"1 waits\"},"
	  "\"notes\":[\"no policy file\"]}",
	  EXIT_ATTENTION,
	  "etl: done\n"
	  "  held: x (local): torn\n"
	  "  waiting: 1 waits\n"
	  "  note: no policy file\n" },
	{ "{\"code\":\"ok\"," SIDES ",\"conflicts\":[{\"path\":\"x\",\"sentence\":\"clashed\","
	  "\"file\":\"x.conflict-workspace-20260131T120000Z.py\"}],\"confirm\":\"3f2a91c0\"}",
	  EXIT_ATTENTION,
	  "etl: done\n"
	  "  git       3 notebooks, 0 written, 0 deleted\n"
	  "  local     held: not\\nmounted\n"
	  "  conflict: x: clashed; the other version is "
	  "'x.conflict-workspace-20260131T120000Z.py'\n"
	  "    nbsync resolve etl x --local (what is there now) or --workspace (the other "
	  "version)\n"
	  "  to confirm: nbsync confirm etl 3f2a91c0\n" },
};

static void test_pictures(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pictures); i++) {
		cleanup_json struct json *result = parsed_json(pictures[i].result);
		cleanup_buf struct buf out = BUF_INIT(65536);

		result_text("etl", result, &out);
		assert_string_equal(buf_str(&out), pictures[i].text);
		assert_int_equal(result_exit(result), pictures[i].exit_code);
	}
}

/* What is printed can be copied into a shell. */
static void test_commands(void **state)
{
	static const struct {
		const char *mapping;
		const char *path;
		const char *file;
		const char *sides;
		const char *command;
	} rows[] = {
		{ "etl", "a/b", "a/b.conflict-git-20260131T120000Z.py", "{\"git\":{},\"local\":{}}",
		  "nbsync resolve etl a/b --local (what is there now) or --git (the other "
		  "version)" },
		{ "etl", "a", "a.conflict-local-20260131T120000Z",
		  "{\"workspace\":{},\"local\":{}}",
		  "nbsync resolve etl a --workspace (what is there now) or --local (the other "
		  "version)" },
		{ "etl", "a", "kept.py", "{\"git\":{}}",
		  "nbsync resolve etl a --git (what is there now) or --file FILE (the other "
		  "version)" },
		{ "etl", "a", "kept.py", "{}",
		  "nbsync resolve etl a --file FILE (the other version)" },
		{ "my etl", "it's $HOME", "x.conflict-git-20260131T120000Z.py", "{\"local\":{}}",
		  "nbsync resolve 'my etl' 'it'\\''s $HOME' --local (what is there now) or --git "
		  "(the other version)" },
		{ "etl", "-rf", "x.conflict-git-20260131T120000Z.py", "{\"local\":{}}",
		  "nbsync resolve --local -- etl -rf" },
		{ "etl", "a\\u001b[2J", "x.py", "{\"git\":{}}",
		  "nbsync resolve etl 'a\\x1b[2J' --git (what is there now) or --file FILE (the "
		  "other version)" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *text = xasprintf(
			"{\"sides\":%s,\"conflicts\":[{\"path\":\"%s\",\"file\":\"%s\"}]}",
			rows[i].sides, rows[i].path, rows[i].file);
		cleanup_json struct json *result = parsed_json(text);
		cleanup_buf struct buf out = BUF_INIT(65536);

		hint_resolve(&out, rows[i].mapping, result, json_get(result, "conflicts[0]"));
		assert_string_equal(buf_str(&out), rows[i].command);
	}
}

static void test_confirm(void **state)
{
	static const struct {
		const char *result;
		const char *command; /* "": none */
	} rows[] = {
		{ "{\"confirm\":\"3f2a91c0\"}", "nbsync confirm etl 3f2a91c0" },
		{ "{\"confirm\":\"$(x)\"}", "nbsync confirm etl '$(x)'" },
		{ "{\"confirm\":\"\"}", "" },
		{ "{\"confirm\":7}", "" },
		{ "{}", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json struct json *result = parsed_json(rows[i].result);
		cleanup_buf struct buf out = BUF_INIT(65536);

		assert_int_equal(hint_confirm(&out, "etl", result), *rows[i].command != '\0');
		assert_string_equal(buf_str(&out), rows[i].command);
	}
}

/* Wrong types everywhere. */
static void test_odd_results(void **state)
{
	static const char *const odd[] = {
		"[]",
		"7",
		"{\"code\":[],\"sentence\":{},\"sides\":[],\"held\":{\"a\":1},\"conflicts\":7,"
		"\"notes\":\"x\",\"waiting\":3,\"counts\":[],\"confirm\":{}}",
		"{\"sides\":{\"git\":7,\"local\":{\"state\":[]}},\"held\":[1,{\"path\":[]}],"
		"\"conflicts\":[2,{\"file\":{}}],\"notes\":[{},null]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
		cleanup_json struct json *result = parsed_json(odd[i]);
		cleanup_buf struct buf out = BUF_INIT(65536);

		result_text("etl", result, &out);
		assert_int_equal(result_exit(result), EXIT_FAILED);
		assert_true(str_starts(buf_str(&out), "etl: failed\n"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_confirm),
		cmocka_unit_test(test_odd_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
