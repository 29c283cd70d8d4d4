/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recursive listing when something is wrong: what must not be taken for an empty folder.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workspace_listing.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root_fails),
		cmocka_unit_test(test_foreign_names),
		cmocka_unit_test(test_broken_entries),
		cmocka_unit_test(test_folder_that_vanished),
		cmocka_unit_test(test_folder_that_may_not_be_read),
		cmocka_unit_test(test_folders_that_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
