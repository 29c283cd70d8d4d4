/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recursive listing. Half of the cases are about what must not be taken for an empty folder.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "http_client.h"
#include "workspace_script.h"

#define OBJECT(type, path) "{\"object_type\":\"" type "\",\"path\":\"" path "\"}"
#define LIST(objects)      "{\"objects\":[" objects "]}"

/* Paths, each with "/" behind folders, joined by blanks; what is held as "?path", its sentences among
 * the problems, which are "!code path: sentence". */
static void note_problem(void *payload, const char *path, const struct err *why)
{
	buf_addf(payload, "!%s %s: %s\n", err_name(why->code), path, why->text);
}

static int list_to_text(struct script_fixture *f, const char *dir, struct buf *out,
			struct buf *problems, struct err *e)
{
	struct workspace_listing l;
	int code = workspace_list(f->workspace, dir, &l, problems ? note_problem : NULL, problems,
				  e);

	if (code) {
		assert_null(l.items);
		assert_int_equal(l.count, 0);
	}
	for (size_t i = 0; i < l.count; i++) {
		bool folder = l.items[i].type == WORKSPACE_DIRECTORY ||
			      l.items[i].type == WORKSPACE_REPO;

		buf_addf(out, "%s%s ", l.items[i].path, folder ? "/" : "");
		assert_true(!i || strcmp(l.items[i - 1].path, l.items[i].path) < 0);
	}
	for (size_t i = 0; i < l.held_count; i++) {
		buf_addf(out, "?%s ", l.held[i].path);
		if (problems)
			buf_addf(problems, "?%s\n", l.held[i].why);
	}
	workspace_listing_release(&l);
	return code;
}

/* Lists dir against a script and compares. expected NULL: must fail with code and sentence. */
static void check(const struct script_step *steps, size_t count, const char *dir,
		  const char *expected, const char *expected_problems)
{
	cleanup_buf struct buf out = BUF_INIT(1u << 20), problems = BUF_INIT(1u << 20);
	struct script_fixture f;
	struct err e = ERR_INIT;

	script_start(&f, steps, count);
	if (list_to_text(&f, dir, &out, &problems, &e))
		fail_msg("%s", e.text);
	assert_string_equal(buf_str(&out), expected);
	assert_string_equal(buf_str(&problems), expected_problems);
	script_stop(&f);
}

static void check_fails(const struct script_step *steps, size_t count, const char *dir, int code,
			const char *sentence)
{
	cleanup_buf struct buf out = BUF_INIT(1u << 20), problems = BUF_INIT(1u << 20);
	struct script_fixture f;
	struct err e = ERR_INIT;

	script_start(&f, steps, count);
	assert_int_equal(list_to_text(&f, dir, &out, &problems, &e), code);
	assert_string_equal(e.text, sentence);
	assert_string_equal(buf_str(&problems), "");
	script_stop(&f);
}

#define CHECK(steps, dir, expected, problems) \
	check(steps, ARRAY_SIZE(steps), dir, expected, problems)
#define CHECK_FAILS(steps, dir, code, sentence) \
	check_fails(steps, ARRAY_SIZE(steps), dir, code, sentence)

/* --- what is there -------------------------------------------------------------------------- */

static void test_tree(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/list?path=%2FUsers%2Fana%2Fsub%20dir%2Fdeep",
		  .body = LIST(OBJECT("NOTEBOOK", "/Users/ana/sub dir/deep/n")) },
		{ .target = "/workspace/list?path=%2FUsers%2Fana%2Fsub%20dir",
		  .body = LIST(OBJECT("DIRECTORY", "/Users/ana/sub dir/deep")) },
		{ .target = "/workspace/list?path=%2FUsers%2Fana%2Frepo",
		  .body = LIST(OBJECT("FILE", "/Users/ana/repo/f.py")) },
		{ .target = "/workspace/list?path=%2FUsers%2Fana%2Fempty" },
		{ .target = "/workspace/list?path=%2FUsers%2Fana",
		  .body = LIST(OBJECT("NOTEBOOK", "/Users/ana/z") "," OBJECT(
			  "REPO",
			  "/Users/ana/"
			  "repo") "," OBJECT("DIRECTORY",
					     "/Workspace/Users/ana/sub dir") "," OBJECT("DIRECTORY",
											"//Users/"
											"ana/"
											"empty/") "," OBJECT("DASHBOARD",
													     "/Users/ana/d.lvdash.json")) },
	};

	(void)state;
	CHECK(steps, "/Workspace/Users//ana/",
	      "/Users/ana/d.lvdash.json /Users/ana/empty/ /Users/ana/repo/ /Users/ana/repo/f.py "
	      "/Users/ana/sub dir/ /Users/ana/sub dir/deep/ /Users/ana/sub dir/deep/n "
	      "/Users/ana/z ",
	      "");
}

/* Formats are asked for; a list that tells none, or one that nobody knows, is as good. */
static void test_formats(void **state)
{
#define FORMAT(name, format)                                      \
	"{\"object_type\":\"NOTEBOOK\",\"path\":\"/a/" name "\"," \
	"\"repos_export_format\":" format "}"
	static const struct script_step steps[] = {
		{ .target = "/workspace/list?path=%2Fa&return_export_info=true",
		  .body = LIST(FORMAT("1", "\"JUPYTER\"") "," FORMAT("2", "\"SOURCE\"") "," FORMAT(
			  "3", "\"DBC\"") "," FORMAT("4", "null") "," OBJECT("NOTEBOOK", "/a/5")) },
	};
	static const enum workspace_format expected[] = {
		WORKSPACE_FORMAT_JUPYTER, WORKSPACE_FORMAT_SOURCE,  WORKSPACE_FORMAT_UNKNOWN,
		WORKSPACE_FORMAT_UNKNOWN, WORKSPACE_FORMAT_UNKNOWN,
	};
	struct workspace_listing l;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	script_start(&f, steps, ARRAY_SIZE(steps));
	assert_int_equal(workspace_list(f.workspace, "/a", &l, NULL, NULL, &e), ERR_OK);
	assert_int_equal(l.count, ARRAY_SIZE(expected));
	for (size_t i = 0; i < l.count; i++)
		assert_int_equal(l.items[i].format, expected[i]);
	workspace_listing_release(&l);
	script_stop(&f);
}

static void test_root_and_empty(void **state)
{
	static const struct script_step root[] = {
		{ .target = "/workspace/list?path=%2FUsers", .body = "{\"objects\":[]}" },
		{ .target = "/workspace/list?path=%2F",
		  .body = LIST(OBJECT("DIRECTORY", "/Users")) },
	};
	static const struct script_step empty[] = { { .target = "/workspace/list?path=%2Fa" } };

	(void)state;
	CHECK(root, "/", "/Users/ ", "");
	CHECK(empty, "/a", "", "");
}

static void test_folders_are_listed_once_and_side_by_side(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/list?path=%2Fa%2F", .delay_ms = 40 },
		{ .target = "/workspace/list?path=%2Fa",
		  .body = LIST(
			  OBJECT("DIRECTORY", "/a/1") "," OBJECT("DIRECTORY", "/a/2") "," OBJECT(
				  "DIRECTORY",
				  "/a/2") "," OBJECT("DIRECTORY",
						     "/a/3") "," OBJECT("NOTEBOOK",
									"/a/n") "," OBJECT("FILE",
											   "/a/"
											   "n")) },
	};
	cleanup_buf struct buf out = BUF_INIT(4096), problems = BUF_INIT(4096);
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	script_start(&f, steps, ARRAY_SIZE(steps));
	assert_int_equal(list_to_text(&f, "/a", &out, &problems, &e), ERR_OK);
	assert_string_equal(buf_str(&out), "/a/1/ /a/2/ /a/3/ ?/a/n ");
	assert_string_equal(buf_str(&problems),
			    "?workspace 'dev' lists '/a/n' twice, as different things: it is held "
			    "until one of them is renamed or deleted\n");
	assert_int_equal(http_server_count(f.server), 4);
	assert_int_equal(http_server_peak(f.server), 3);
	assert_int_equal(workspace_changes_sent(f.workspace), 0);
	script_stop(&f);
}

/* --- what is not there ---------------------------------------------------------------------- */

static void test_root_fails(void **state)
{
	static const struct script_step missing[] = {
		{ .target = "/workspace/list", .status = 404, .body = MISSING("/x") },
	};
	static const struct script_step endpoint[] = {
		{ .target = "/workspace/list",
		  .status = 404,
		  .body = "{\"error_code\":\"ENDPOINT_NOT_FOUND\"}" },
	};
	static const struct script_step notebook[] = {
		{ .target = "/workspace/list", .body = LIST(OBJECT("NOTEBOOK", "/a")) },
	};
	static const struct script_step broken[] = { { .target = "/workspace/list", .body = "{" } };
	static const struct script_step wrong[] = {
		{ .target = "/workspace/list", .body = "{\"objects\":{\"a\":1}}" },
	};

	(void)state;
	CHECK_FAILS(missing, "/a", ERR_ABSENT,
		    "'/a' does not exist in workspace 'dev': Path (/x) doesn't exist. "
		    "(404 RESOURCE_DOES_NOT_EXIST)");
	CHECK_FAILS(
		endpoint, "/a", ERR_CONFIG,
		"workspace 'dev' does not know this function (404 ENDPOINT_NOT_FOUND); check its "
		"host");
	CHECK_FAILS(notebook, "/a", ERR_CONFIG, "'/a' is not a folder of workspace 'dev'");
	CHECK_FAILS(wrong, "/a", ERR_RETRY,
		    "workspace 'dev' was asked to list '/a' and sent no listing: its objects are "
		    "no list; '/a' is held until a proper answer comes");
	CHECK_FAILS(
		broken, "/a", ERR_RETRY,
		"workspace 'dev' was asked to list '/a' and sent no listing: it ends too early; "
		"'/a' is held until a proper answer comes");
}

#define LEFT_OUT ": what it leaves out there is not taken for deleted\n"
#define ODD      "!retry /a: workspace 'dev' was asked to list '/a' and its answer "

/* An entry of another folder says nothing but that the answer is odd; the rest of it stands. */
static void test_foreign_names(void **state)
{
	static const char *const foreign[] = {
		"/etc/passwd", "/a/../b", "/a/..", "/a/.", "/ab", "/a/b/c", "/A/b", "/",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		cleanup_free char *body = xasprintf(
			LIST(OBJECT("NOTEBOOK", "/a/good") "," OBJECT("NOTEBOOK", "%s")),
			foreign[i]);
		cleanup_free char *sentence = xasprintf(
			ODD "names '%s', which is not in it" LEFT_OUT, foreign[i]);
		const struct script_step steps[] = { { .target = "/workspace/list",
						       .body = body } };

		CHECK(steps, "/a", "/a/good ", sentence);
	}
}

/* One entry that cannot be used holds its path; one that has none keeps the folder from being whole. */
static const struct {
	const char *entry, *expected, *problem;
} broken_entries[] = {
	{ "{\"path\":\"/a/x\"}", "/a/good ?/a/x ",
	  "?workspace 'dev' lists '/a/x' without a type: it is held until the workspace "
	  "says "
	  "what it is\n" },
	{ "{\"path\":\"/a/x\",\"object_type\":7}", "/a/good ?/a/x ", NULL },
	{ "{\"path\":\"/a/x\",\"object_type\":\"\"}", "/a/good ?/a/x ", NULL },
	{ "{\"path\":\"/a/\\u001b[2Jx\"}", "/a/good ?/a/\x1b[2Jx ",
	  "?workspace 'dev' lists '/a/\\x1b[2Jx' without a type: it is held until the "
	  "workspace says what it is\n" },
	{ "{\"path\":\"/a/"
	  "x\",\"object_type\":\"NOTEBOOK\",\"error_code\":\"INTERNAL_ERROR\","
	  "\"message\":\"no\\nluck\"}",
	  "/a/good ?/a/x ",
	  "?workspace 'dev' lists '/a/x' with an error in it (INTERNAL_ERROR): it is held "
	  "until the workspace says what it is\n" },
	{ "{\"path\":\"/a/x\",\"object_type\":\"NOTEBOOK\",\"message\":\"no\\nluck\"}",
	  "/a/good ?/a/x ",
	  "?workspace 'dev' lists '/a/x' with an error in it (no\\nluck): it is held "
	  "until the workspace says what it is\n" },
	{ "{\"path\":\"/a/x\",\"object_type\":\"NOTEBOOK\",\"error\":null}", "/a/good /a/x ", "" },
	{ "{\"path\":\"/a/x\",\"object_type\":\"HOLOGRAM\"}", "/a/good /a/x ", "" },
	{ OBJECT("NOTEBOOK", "/a/x") ",{\"path\":\"/a/x\"}", "/a/good ?/a/x ", NULL },
	{ "{\"path\":\"/a/x\"},{\"path\":\"/a/x\"}", "/a/good ?/a/x ", NULL },
	{ OBJECT("NOTEBOOK", "/a/x") "," OBJECT("NOTEBOOK", "/a/x"), "/a/good /a/x ", "" },
	{ OBJECT("NOTEBOOK", "/a/good") "," OBJECT("FILE", "/a/good"), "?/a/good ",
	  "?workspace 'dev' lists '/a/good' twice, as different things: it is held until "
	  "one of them is renamed or deleted\n" },
	{ "{\"object_type\":\"NOTEBOOK\"}", "/a/good ",
	  ODD "has an entry without a path, '{\"object_type\":\"NOTEBOOK\"}'" LEFT_OUT },
	{ "{\"path\":\"x\",\"object_type\":\"FILE\"}", "/a/good ", NULL },
	{ "{\"path\":[\"/a/x\"],\"object_type\":\"FILE\"}", "/a/good ", NULL },
	{ "null", "/a/good ", ODD "has an entry that cannot be read, 'null'" LEFT_OUT },
	{ "[]", "/a/good ", NULL },
	{ "{}", "/a/good ", ODD "has an entry without a path, '{}'" LEFT_OUT },
	{ "7", "/a/good ", NULL },
	{ OBJECT("DIRECTORY", "/a"), "/a/good ",
	  ODD "names the folder itself among its entries" LEFT_OUT },
};

static void test_broken_entries(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(broken_entries); i++) {
		cleanup_free char *body = xasprintf(LIST(OBJECT("NOTEBOOK", "/a/good") ",%s"),
						    broken_entries[i].entry);
		const struct script_step steps[] = { { .target = "/workspace/list",
						       .body = body } };
		cleanup_buf struct buf out = BUF_INIT(4096), problems = BUF_INIT(4096);
		struct script_fixture f;
		struct err e = ERR_INIT;

		script_start(&f, steps, 1);
		if (list_to_text(&f, "/a", &out, &problems, &e) ||
		    !str_eq(buf_str(&out), broken_entries[i].expected) ||
		    (broken_entries[i].problem &&
		     !str_eq(buf_str(&problems), broken_entries[i].problem)) ||
		    (!broken_entries[i].problem && !problems.len))
			fail_msg("%s: %s, %s%s", broken_entries[i].entry, buf_str(&out),
				 buf_str(&problems), e.text);
		script_stop(&f);
	}
}

static void test_folder_that_vanished(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/list?path=%2Fa%2Fgone",
		  .status = 404,
		  .body = MISSING("/x") },
		{ .target = "/workspace/list?path=%2Fa%2Fb%2Fgone",
		  .status = 404,
		  .body = MISSING("/x") },
		{ .target = "/workspace/list?path=%2Fa%2Fb",
		  .times = 1,
		  .body = LIST(OBJECT("DIRECTORY", "/a/b/gone")) },
		{ .target = "/workspace/list?path=%2Fa%2Fb", .status = 404, .body = MISSING("/x") },
		{ .target = "/workspace/list?path=%2Fa",
		  .times = 1,
		  .body = LIST(OBJECT("DIRECTORY", "/a/gone") "," OBJECT(
			  "DIRECTORY", "/a/b") "," OBJECT("FILE", "/a/f")) },
		{ .target = "/workspace/list?path=%2Fa",
		  .body = LIST(OBJECT("DIRECTORY", "/a/b") "," OBJECT("FILE", "/a/f")) },
	};

	(void)state;
	CHECK(steps, "/a", "/a/b/ /a/b/gone/ /a/f ",
	      "!retry /a/b/gone: folder '/a' of workspace 'dev' changed while it was listed\n");
}

/* The API says "not found" of what we may not read; its parent still names it. */
static void test_folder_that_may_not_be_read(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/list?path=%2Fa%2Fs", .status = 404, .body = MISSING("/x") },
		{ .target = "/workspace/list?path=%2Fa",
		  .body = LIST(OBJECT("DIRECTORY", "/a/s1") "," OBJECT(
			  "DIRECTORY", "/a/s2") "," OBJECT("FILE", "/a/f")) },
	};
	cleanup_buf struct buf out = BUF_INIT(4096);
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	CHECK(steps, "/a", "/a/f /a/s1/ /a/s2/ ",
	      "!config /a/s1: workspace 'dev' shows folder '/a/s1' but not what is in it: no "
	      "permission "
	      "to read it\n"
	      "!config /a/s2: workspace 'dev' shows folder '/a/s2' but not what is in it: no "
	      "permission "
	      "to read it\n");
	/* nobody to tell: no listing */
	script_start(&f, steps, ARRAY_SIZE(steps));
	assert_int_equal(list_to_text(&f, "/a", &out, NULL, &e), ERR_CONFIG);
	assert_int_equal(script_count(&f, "GET /workspace/list?path=%2Fa"), 4);
	script_stop(&f);
}

static void test_folders_that_fail(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/list?path=%2Fa%2F1",
		  .status = 403,
		  .body = "{\"error_code\":\"PERMISSION_DENIED\",\"message\":\"no\"}" },
		{ .target = "/workspace/list?path=%2Fa%2F2", .status = 500, .body = "" },
		{ .target = "/workspace/list?path=%2Fa%2F3",
		  .status = 404,
		  .body = "{\"error_code\":\"FEATURE_DISABLED\"}" },
		{ .target = "/workspace/list?path=%2Fa%2F4",
		  .body = LIST(OBJECT("NOTEBOOK", "/a/4/n") ","
							    "{\"path\":\"/a/4/m\"}") },
		{ .target = "/workspace/list?path=%2Fa%2F5",
		  .body = LIST(OBJECT("NOTEBOOK", "/a/5")) },
		{ .target = "/workspace/list?path=%2Fa",
		  .body = LIST(
			  OBJECT("DIRECTORY", "/a/1") "," OBJECT("DIRECTORY", "/a/2") "," OBJECT(
				  "DIRECTORY",
				  "/a/3") "," OBJECT("DIRECTORY",
						     "/a/4") "," OBJECT("DIRECTORY",
									"/a/5") "," OBJECT("FILE",
											   "/a/"
											   "f")) },
	};

	(void)state;
	CHECK(steps, "/a", "/a/1/ /a/2/ /a/3/ /a/4/ /a/4/n /a/5/ /a/f ?/a/4/m ",
	      "!config /a/1: no permission to list '/a/1' in workspace 'dev': no "
	      "(403 PERMISSION_DENIED)\n"
	      "!retry /a/2: workspace 'dev' has a problem of its own (500)\n"
	      "!config /a/3: workspace 'dev' has this function switched off (404 "
	      "FEATURE_DISABLED); ask "
	      "its administrator\n"
	      "!config /a/5: '/a/5' is not a folder of workspace 'dev'\n"
	      "?workspace 'dev' lists '/a/4/m' without a type: it is held until the workspace says "
	      "what it is\n");
}

/* --- bounds --------------------------------------------------------------------------------- */

/* A folder in a folder in a folder, without end. */
static void reply_deeper(struct http_reply *reply, const struct http_server_request *r,
			 void *payload)
{
	cleanup_buf struct buf body = BUF_INIT(1u << 20);
	const char *path = strchr(r->target, '=') + 1;

	(void)payload;
	buf_add_str(&body, "{\"objects\":[{\"object_type\":\"DIRECTORY\",\"path\":\"");
	for (; *path && *path != '&'; path++) {
		if (str_starts(path, "%2F")) {
			buf_add_char(&body, '/');
			path += 2;
		} else {
			buf_add_char(&body, *path);
		}
	}
	buf_add_str(&body, "/d\"}]}");
	http_reply_json(reply, 200, buf_str(&body));
}

static void test_depth_is_bounded(void **state)
{
	struct http_server *s = http_server_start(reply_deeper, NULL);
	cleanup_free char *host = http_server_url(s, "");
	const struct workspace_settings settings = { .name = "dev", .host = host, .token = "t" };
	cleanup_buf struct buf problems = BUF_INIT(1u << 20);
	struct workspace_listing l;
	struct workspace *w;
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(workspace_new(&w, h, &settings, &e), ERR_OK);
	assert_int_equal(workspace_list(w, "/d", &l, note_problem, &problems, &e), ERR_OK);
	assert_int_equal(l.count, 65);
	assert_true(str_starts(buf_str(&problems), "!invalid /d/d/d/"));
	assert_true(str_ends(buf_str(&problems),
			     ": folder '/d' of workspace 'dev' is more than 64 levels deep\n"));
	assert_int_equal(http_server_count(s), 65);
	workspace_listing_release(&l);
	workspace_free(w);
	http_free(h);
	http_server_stop(s);
}

static void test_number_is_bounded(void **state)
{
	cleanup_buf struct buf body = BUF_INIT(1u << 24);
	struct script_step steps[] = { { .target = "/workspace/list" } };

	(void)state;
	buf_add_str(&body, "{\"objects\":[");
	for (int i = 0; i <= WORKSPACE_OBJECTS_MAX; i++)
		buf_addf(&body,
			 "%s"
			 "{\"object_type\":\"FILE\",\"path\":\"/a/%d\"}",
			 i ? "," : "", i);
	buf_add_str(&body, "]}");
	steps[0].body = buf_str(&body);
	CHECK_FAILS(steps, "/a", ERR_INVALID,
		    "folder '/a' of workspace 'dev' holds more than 100000 objects");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tree),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_root_and_empty),
		cmocka_unit_test(test_folders_are_listed_once_and_side_by_side),
		cmocka_unit_test(test_root_fails),
		cmocka_unit_test(test_foreign_names),
		cmocka_unit_test(test_broken_entries),
		cmocka_unit_test(test_folder_that_vanished),
		cmocka_unit_test(test_folder_that_may_not_be_read),
		cmocka_unit_test(test_folders_that_fail),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_number_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
