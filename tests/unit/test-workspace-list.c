/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recursive listing: what is there, and how much of it there may be. What must not be taken for an
 * empty folder is in test-workspace-list-trouble.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_client.h"
#include "workspace_listing.h"

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
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_number_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
