/* SPDX-License-Identifier: Apache-2.0 */
/* The workspace client: settings, and the calls on single objects. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "http_client.h"
#include "workspace_script.h"

/* --- settings ------------------------------------------------------------------------------- */

static void test_settings(void **state)
{
	static const struct {
		struct workspace_settings settings;
		const char *sentence;
	} cases[] = {
		{ { .name = "dev", .token = "t" }, "workspace 'dev' has no host" },
		{ { .name = "dev", .host = "ftp://acme.example", .token = "t" },
		  "workspace 'dev': host 'ftp://acme.example' is not https://HOST" },
		{ { .name = "dev", .host = "https://acme.example" },
		  "workspace 'dev' has no token: give it a token_file" },
		{ { .name = "dev", .host = "acme.example", .token = "a b" },
		  "workspace 'dev': its token is empty or has a blank or other odd character" },
		{ { .name = "dev", .host = "acme.example", .token = "" },
		  "workspace 'dev': its token is empty or has a blank or other odd character" },
		{ { .name = "dev", .host = "acme.example", .token = "a\r\nX: y" },
		  "workspace 'dev': its token is empty or has a blank or other odd character" },
	};
	struct workspace *w;
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(workspace_new(&w, h, &cases[i].settings, &e), ERR_CONFIG);
		assert_null(w);
		assert_string_equal(e.text, cases[i].sentence);
	}
	workspace_free(NULL);
	http_free(h);
}

static void test_clear_text_is_refused(void **state)
{
	const struct workspace_settings settings = { .name = "dev",
						     .host = "http://acme.example",
						     .token = "t" };
	struct workspace *w;
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(workspace_new(&w, h, &settings, &e), ERR_OK);
	assert_int_equal(workspace_mkdirs(w, "/x", &e), ERR_CONFIG);
	assert_true(str_starts(e.text, "'http://acme.example' is not encrypted: use https://"));
	workspace_free(w);
	http_free(h);
}

static void test_canonical_path(void **state)
{
	static const struct {
		const char *path, *canonical;
	} cases[] = {
		{ "/Users/a", "/Users/a" },
		{ "/Workspace/Users/a", "/Users/a" },
		{ "//Workspace//Users///a//", "/Users/a" },
		{ "//Users/a/", "/Users/a" },
		{ "/Workspace", "/" },
		{ "/Workspace/", "/" },
		{ "/", "/" },
		{ "", "/" },
		{ "Users/a", "/Users/a" },
		{ "/Workspaces/a", "/Workspaces/a" },
		{ "/workspace/a", "/workspace/a" },
		{ "/Workspace/Workspace/a", "/Workspace/a" },
		{ "/Users/Workspace/a", "/Users/Workspace/a" },
		{ "/a b/c:d/\xc3\xa4", "/a b/c:d/\xc3\xa4" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *canonical = workspace_path_canonical(cases[i].path);

		assert_string_equal(canonical, cases[i].canonical);
	}
}

/* --- get-status ----------------------------------------------------------------------------- */

static const struct script_step stat_steps[] = {
	{ .method = "GET",
	  .target = "/workspace/get-status?path=%2FUsers%2Fana%40acme.example%2Fa%20b%2Bc&"
		    "return_export_info=true",
	  .body = "{\"created_at\":1671030805916,\"language\":\"SQL\",\"modified_at\":"
		  "1671032235392,"
		  "\"object_id\":9007199254740993,\"object_type\":\"NOTEBOOK\","
		  "\"path\":\"/Workspace/Users/ana@acme.example/a "
		  "b+c\",\"repos_export_format\":\"JUPYTER\","
		  "\"resource_id\":\"795822750063438\"}" },
	{ .target = "/workspace/get-status?path=%2Ffile",
	  .body = "{\"object_type\":\"FILE\",\"path\":\"/"
		  "file\",\"size\":7,\"resource_id\":\"42\"}" },
	{ .target = "/workspace/get-status?path=%2Fnew",
	  .body = "{\"object_type\":\"HOLOGRAM\",\"path\":\"/new\",\"language\":\"KLINGON\"}" },
	{ .target = "/workspace/get-status?path=%2Fgone", .status = 404, .body = MISSING("/x") },
	{ .target = "/workspace/get-status?path=%2Fendpoint",
	  .status = 404,
	  .body = "{\"error_code\":\"ENDPOINT_NOT_FOUND\"}" },
	{ .target = "/workspace/get-status?path=%2Fbroken", .body = "{\"path\":" },
	{ .target = "/workspace/get-status?path=%2Farray", .body = "[]" },
	{ .target = "/workspace/get-status?path=%2Funtyped", .body = "{\"path\":\"/untyped\"}" },
	{ .target = "/workspace/get-status?path=%2Frepo",
	  .body = "{\"object_type\":\"REPO\",\"path\":\"/repo\",\"object_id\":1}" },
};

static void test_stat(void **state)
{
	static const char *const paths[] = { "/Users/ana@acme.example/a b+c",
					     "/file",
					     "/new",
					     "/gone",
					     "/Workspace/endpoint",
					     "/broken",
					     "/array",
					     "/untyped",
					     "/repo" };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, stat_steps);
	assert_int_equal(workspace_stat(f.workspace, paths, ARRAY_SIZE(paths), &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_OK);
	assert_string_equal(r[0].object.path, "/Users/ana@acme.example/a b+c");
	assert_int_equal(r[0].object.type, WORKSPACE_NOTEBOOK);
	assert_true(r[0].object.has_language);
	assert_int_equal(r[0].object.language, NOTEBOOK_SQL);
	assert_string_equal(r[0].object.id, "9007199254740993");
	assert_int_equal(r[0].object.modified_ms, 1671032235392);
	assert_int_equal(r[0].object.size, -1);
	assert_int_equal(r[0].object.format, WORKSPACE_FORMAT_JUPYTER);
	assert_int_equal(r[1].object.type, WORKSPACE_FILE);
	assert_false(r[1].object.has_language);
	assert_string_equal(r[1].object.id, "42");
	assert_int_equal(r[1].object.modified_ms, 0);
	assert_int_equal(r[1].object.size, 7);
	assert_int_equal(r[1].object.format, WORKSPACE_FORMAT_UNKNOWN);
	assert_int_equal(r[2].object.type, WORKSPACE_OTHER);
	assert_false(r[2].object.has_language);
	assert_string_equal(r[2].object.id, "");
	assert_int_equal(r[3].code, ERR_ABSENT);
	assert_string_equal(r[3].error.text,
			    "'/gone' does not exist in workspace 'dev': Path (/x) doesn't exist. "
			    "(404 RESOURCE_DOES_NOT_EXIST)");
	assert_int_equal(r[4].code, ERR_CONFIG);
	assert_int_equal(r[5].code, ERR_RETRY);
	assert_true(str_starts(r[5].error.text, "workspace 'dev' sent an unreadable answer: "));
	assert_int_equal(r[6].code, ERR_RETRY);
	assert_string_equal(r[6].error.text,
			    "workspace 'dev' sent an unreadable answer: no JSON object");
	assert_int_equal(r[7].code, ERR_RETRY);
	assert_true(str_starts(r[7].error.text, "workspace 'dev' sent an unusable answer: "));
	assert_int_equal(r[8].object.type, WORKSPACE_REPO);
	assert_true(http_server_has_header(script_request(&f, "GET", 0),
					   "Authorization: Bearer token-one"));
	assert_int_equal(workspace_changes_sent(f.workspace), 0);
	workspace_results_free(r, ARRAY_SIZE(paths));
	script_stop(&f);
}

static void test_nothing_to_do(void **state)
{
	static const struct script_step steps[] = { { .target = "/", .status = 500 } };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_stat(f.workspace, NULL, 0, &r, &e), ERR_OK);
	workspace_results_free(r, 0);
	assert_int_equal(workspace_export(f.workspace, NULL, 0, &r, &e), ERR_OK);
	workspace_results_free(r, 0);
	assert_int_equal(workspace_import(f.workspace, NULL, 0, &r, &e), ERR_OK);
	workspace_results_free(r, 0);
	assert_int_equal(http_server_count(f.server), 0);
	script_stop(&f);
}

/* --- delete, mkdirs, whoami ----------------------------------------------------------------- */

static void test_delete_and_mkdirs(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/delete",
		  .has = "\"/gone\"",
		  .status = 404,
		  .body = MISSING("/x") },
		{ .target = "/workspace/delete",
		  .has = "\"/full\"",
		  .status = 400,
		  .body = "{\"error_code\":\"DIRECTORY_NOT_EMPTY\",\"message\":\"Folder (/full) is "
			  "not "
			  "empty\"}" },
		{ .target = "/workspace/delete", .has = "\"/odd\"", .status = 404, .body = "" },
		{ .method = "POST", .target = "/workspace/delete" },
		{ .target = "/workspace/mkdirs",
		  .has = "\"/file\"",
		  .status = 400,
		  .body = "{\"error_code\":\"RESOURCE_ALREADY_EXISTS\",\"message\":\"no\"}" },
		{ .method = "POST", .target = "/workspace/mkdirs" },
	};
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_delete(f.workspace, "/Workspace/a \"b", NULL, &e), ERR_OK);
	assert_string_equal(script_request(&f, "POST /workspace/delete", 0)->body,
			    "{\"path\":\"/a \\\"b\",\"recursive\":false}");
	assert_int_equal(workspace_delete(f.workspace, "/gone", NULL, &e), ERR_OK);
	assert_int_equal(e.code, ERR_OK);
	assert_string_equal(e.text, "");
	assert_int_equal(workspace_delete(f.workspace, "/full", NULL, &e), ERR_CONFLICT);
	assert_string_equal(e.text,
			    "workspace 'dev' refuses to delete '/full': Folder (/full) is not "
			    "empty (400 DIRECTORY_NOT_EMPTY)");
	assert_int_equal(workspace_delete(f.workspace, "/odd", NULL, &e), ERR_RETRY);
	assert_int_equal(workspace_changes_sent(f.workspace), 4);
	assert_int_equal(workspace_delete(f.workspace, "/Workspace//", NULL, &e), ERR_BUG);
	assert_int_equal(workspace_delete(f.workspace, "/a\xff", NULL, &e), ERR_INVALID);
	assert_string_equal(e.text, "cannot delete '/a\\xff': the path is not valid UTF-8");
	assert_int_equal(workspace_changes_sent(f.workspace), 4);
	assert_int_equal(workspace_mkdirs(f.workspace, "/a/b/", &e), ERR_OK);
	assert_string_equal(script_request(&f, "POST /workspace/mkdirs", 0)->body,
			    "{\"path\":\"/a/b\"}");
	assert_int_equal(workspace_mkdirs(f.workspace, "/file", &e), ERR_CONFLICT);
	assert_int_equal(workspace_changes_sent(f.workspace), 6);
	script_stop(&f);
}

static void test_whoami(void **state)
{
	static const struct script_step steps[] = {
		{ .method = "GET",
		  .target = "/preview/scim/v2/Me",
		  .times = 1,
		  .body = "{\"id\":\"7\",\"userName\":\"ana@acme.example\"}" },
		{ .target = "/preview/scim/v2/Me", .times = 1 },
		{ .target = "/preview/scim/v2/Me",
		  .status = 403,
		  .body = "{\"detail\":\"no\",\"status\":\"403\"}" },
	};
	struct script_fixture f;
	struct err e = ERR_INIT;
	char *user;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_whoami(f.workspace, &user, &e), ERR_OK);
	assert_string_equal(user, "ana@acme.example");
	free(user);
	assert_int_equal(workspace_whoami(f.workspace, &user, &e), ERR_RETRY);
	assert_null(user);
	assert_int_equal(workspace_whoami(f.workspace, &user, &e), ERR_CONFIG);
	assert_string_equal(e.text, "workspace 'dev' refuses to say who we are: no (403)");
	script_stop(&f);
}

/* --- what a workspace says, in sentences ---------------------------------------------------- */

/* Where a workspace's own words can stand, with words that would forge a line, colour a terminal, turn
 * the direction of writing, or end a quotation too late. */
#define EVIL_JSON "e\\nerror: x\\r\\u001b[31m\\u009b1m\\u202e\\u2066\\u007f"
#define EVIL_RAW  "e\x1b[31m\xe2\x80\xae"

static int ask_whoami(struct script_fixture *f, char **said, struct err *e)
{
	return workspace_whoami(f->workspace, said, e);
}

static int ask_stat(struct script_fixture *f, char **said, struct err *e)
{
	static const char *const path[] = { "/a" };
	struct workspace_result *results;
	int code = workspace_stat(f->workspace, path, 1, &results, e);

	(void)said;
	if (code)
		return code;
	code = results[0].code;
	*e = results[0].error;
	workspace_results_free(results, 1);
	return code;
}

static void ignore_problem(void *payload, const char *path, const struct err *why)
{
	(void)payload;
	(void)path;
	(void)why;
}

static int ask_list(struct script_fixture *f, char **said, struct err *e)
{
	struct workspace_listing l = { 0 };
	int code = workspace_list(f->workspace, "/a", &l, ignore_problem, NULL, e);

	if (!code && l.held_count)
		*said = xstrdup(l.held[0].why);
	workspace_listing_release(&l);
	return code;
}

static const struct {
	const char *what;
	int (*ask)(struct script_fixture *f, char **said, struct err *e);
	struct script_step step;
	const char *shows;
} words[] = {
	{ "the user's name",
	  ask_whoami,
	  { .body = "{\"userName\":\"" EVIL_JSON "\"}" },
	  "e\\nerror: x\\r\\x1b[31m\\x9b1m\\u202e\\u2066\\x7f" },
	{ "a long name",
	  ask_whoami,
	  { .body = "{\"userName\":"
		    "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "a"
		    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		    "a"
		    "aaaaa" EVIL_JSON "\"}" },
	  "aaaa" },
	{ "a message",
	  ask_stat,
	  { .status = 400, .body = "{\"error_code\":\"X\",\"message\":\"" EVIL_JSON "\"}" },
	  "e\\nerror: x\\r\\x1b[31m" },
	{ "a code",
	  ask_stat,
	  { .status = 400, .body = "{\"error_code\":\"" EVIL_JSON "\",\"message\":\"m\"}" },
	  "(400)" },
	{ "text that is no JSON",
	  ask_stat,
	  { .status = 400, .body = "a" EVIL_RAW },
	  "ae\\x1b[31m\\u202e" },
	{ "another object's path",
	  ask_stat,
	  { .body = "{\"path\":\"/" EVIL_JSON "\",\"object_type\":\"NOTEBOOK\"}" },
	  "/e\\nerror: x\\r\\x1b[31m" },
	{ "where it redirects to",
	  ask_stat,
	  { .status = 302, .headers = "Location: https://acme.example/" EVIL_RAW "\r\n" },
	  "redirects to 'https://acme.example/" },
	{ "an entry's path",
	  ask_list,
	  { .body = "{\"objects\":[{\"path\":\"/a/" EVIL_JSON "\"}]}" },
	  "e\\nerror: x\\r\\x1b[31m" },
	{ "an entry's error",
	  ask_list,
	  { .body = "{\"objects\":[{\"path\":\"/a/b\",\"error\":\"" EVIL_JSON "\"}]}" },
	  "(e\\nerror: x\\r\\x1b[31m" },
};

static void test_words_of_the_workspace_are_cleaned(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		struct script_step step = words[i].step;
		cleanup_free char *said = NULL;
		struct script_fixture f;
		struct err e = ERR_INIT;
		const char *text;
		uint32_t cp;

		step.target = "/";
		script_start(&f, &step, 1);
		words[i].ask(&f, &said, &e);
		script_stop(&f);
		text = said ? said : e.text;
		if (!strstr(text, words[i].shows))
			fail_msg("%s: %s", words[i].what, text);
		for (const char *p = text; *p; p += utf8_decode(p, strlen(p), &cp)) {
			assert_true(utf8_decode(p, strlen(p), &cp) > 0);
			if (utf8_is_control(cp) || utf8_is_bidi(cp))
				fail_msg("%s: U+%04X in a sentence", words[i].what, cp);
		}
	}
}

static void test_slow_answers_say_what_was_asked(void **state)
{
	const struct http_limits limits = { .stall_s = 1 };
	struct http_server *s = http_server_start(reply_silence, NULL);
	cleanup_free char *host = http_server_url(s, "");
	const struct workspace_settings settings = { .name = "dev", .host = host, .token = "t" };
	cleanup_free char *object = xasprintf("cannot create folder '/x': '%s' sent no more of its "
					      "answer for 1 s (1 bytes in ",
					      host);
	cleanup_free char *who = xasprintf("cannot say who we are: '%s' sent no more", host);
	struct workspace *w;
	struct http *h = client_with(&limits, NULL);
	struct err e = ERR_INIT;
	char *user;

	(void)state;
	assert_int_equal(workspace_new(&w, h, &settings, &e), ERR_OK);
	assert_int_equal(workspace_mkdirs(w, "/x", &e), ERR_RETRY);
	if (!str_starts(e.text, object))
		fail_msg("%s", e.text);
	assert_int_equal(workspace_whoami(w, &user, &e), ERR_RETRY);
	if (!str_starts(e.text, who))
		fail_msg("%s", e.text);
	workspace_free(w);
	http_free(h);
	http_server_stop(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_clear_text_is_refused),
		cmocka_unit_test(test_canonical_path),
		cmocka_unit_test(test_stat),
		cmocka_unit_test(test_nothing_to_do),
		cmocka_unit_test(test_delete_and_mkdirs),
		cmocka_unit_test(test_whoami),
		cmocka_unit_test(test_words_of_the_workspace_are_cleaned),
		cmocka_unit_test(test_slow_answers_say_what_was_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
