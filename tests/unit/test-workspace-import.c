/* SPDX-License-Identifier: Apache-2.0 */
/* Importing: the exact form, missing folders, one change in a folder at a time, lost replies. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "http_client.h"
#include "workspace_script.h"

#define NO_FOLDER                                                  \
	"{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":" \
	"\"The parent folder (/x) does not exist.\"}"
#define PATH(path) "name=\"path\"\r\n\r\n" path "\r\n"

static struct workspace_import item(const char *path)
{
	return (struct workspace_import){ .path = path, .data = "x", .len = 1, .overwrite = true };
}

/* The whole body, for a boundary that the header names. */
static void assert_form(const struct http_server_request *r, const char *path, const char *content,
			size_t len, bool overwrite)
{
	cleanup_buf struct buf b = BUF_INIT(1u << 20);
	const char *at = strstr(r->headers, "boundary=");
	char boundary[128];

	assert_non_null(at);
	assert_int_equal(sscanf(at, "boundary=%127[^\r]", boundary), 1);
	buf_addf(&b, "--%s\r\nContent-Disposition: form-data; name=\"path\"\r\n\r\n%s\r\n",
		 boundary, path);
	buf_addf(
		&b,
		"--%s\r\nContent-Disposition: form-data; name=\"content\"; filename=\"content\"\r\n"
		"Content-Type: application/octet-stream\r\n\r\n",
		boundary);
	buf_add(&b, content, len);
	buf_addf(&b, "\r\n--%s\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\nAUTO\r\n",
		 boundary);
	if (overwrite)
		buf_addf(&b,
			 "--%s\r\nContent-Disposition: form-data; "
			 "name=\"overwrite\"\r\n\r\ntrue\r\n",
			 boundary);
	buf_addf(&b, "--%s--\r\n", boundary);
	assert_int_equal(r->body_len, b.len);
	assert_memory_equal(r->body, b.data, b.len);
}

static void test_form_is_exact(void **state)
{
	static const struct script_step steps[] = {
		{ .method = "POST",
		  .target = "/workspace/import",
		  .body = "{\"object_id\":795822750063438}",
		  .times = 1 },
		{ .method = "POST", .target = "/workspace/import", .body = "" },
	};
	static const char bytes[] = "# Databricks notebook source\n\0\xff\r\n";
	struct workspace_import items[] = {
		{ .path = "/Workspace/Users/ana@acme.example/a b.py",
		  .data = bytes,
		  .len = sizeof(bytes) - 1,
		  .overwrite = true },
		{ .path = "/Users/ana@acme.example/c.ipynb", .data = NULL, .len = 0 },
	};
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_import(f.workspace, items, 2, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_OK);
	assert_string_equal(r[0].object.id, "795822750063438");
	assert_int_equal(r[1].code, ERR_OK);
	assert_string_equal(r[1].object.id, "");
	assert_string_equal(script_request(&f, "POST", 0)->target, "/api/2.0/workspace/import");
	assert_form(script_request(&f, "POST", 0), "/Users/ana@acme.example/a b.py", bytes,
		    sizeof(bytes) - 1, true);
	assert_form(script_request(&f, "POST", 1), "/Users/ana@acme.example/c.ipynb", "", 0, false);
	assert_int_equal(workspace_changes_sent(f.workspace), 2);
	workspace_results_free(r, 2);
	script_stop(&f);
}

static void test_refusals_stay_with_their_item(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/import",
		  .has = PATH("/a/exists.py"),
		  .status = 400,
		  .body = "{\"error_code\":\"RESOURCE_ALREADY_EXISTS\",\"message\":\"/a/exists "
			  "already "
			  "exists. Please pass overwrite=true to overwrite it.\"}" },
		{ .target = "/workspace/import",
		  .has = PATH("/a/type.py"),
		  .status = 400,
		  .body = "{\"error_code\":\"INVALID_PARAMETER_VALUE\",\"message\":\"Requested "
			  "node type "
			  "[FILE] is different from the existing node type [NOTEBOOK]\"}" },
		{ .target = "/workspace/import",
		  .has = PATH("/a/large.py"),
		  .status = 400,
		  .body = "{\"error_code\":\"MAX_NOTEBOOK_SIZE_EXCEEDED\",\"message\":\"large\"}" },
		{ .target = "/workspace/import",
		  .has = PATH("/b/rights.py"),
		  .status = 403,
		  .body = "{\"error_code\":\"PERMISSION_DENIED\",\"message\":\"no\"}" },
		{ .target = "/workspace/import" },
	};
	struct workspace_import items[] = { item("/b/rights.py"), item("/a/type.py"),
					    item("/a/good.py"),   item("/a/exists.py"),
					    item("/b/good.py"),   item("/a/large.py"),
					    item("/huge.ipynb") };
	static const int codes[] = { ERR_CONFIG, ERR_CONFLICT, ERR_OK,     ERR_CONFLICT,
				     ERR_OK,     ERR_INVALID,  ERR_INVALID };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	items[6].len = WORKSPACE_IPYNB_MAX + 1; /* nobody may look at that data */
	assert_int_equal(workspace_import(f.workspace, items, ARRAY_SIZE(items), &r, &e), ERR_OK);
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		assert_int_equal(r[i].code, codes[i]);
	assert_string_equal(r[0].error.text,
			    "no permission to import '/b/rights.py' in workspace 'dev': "
			    "no (403 PERMISSION_DENIED)");
	assert_string_equal(r[2].error.text, "");
	assert_true(
		str_starts(r[3].error.text, "'/a/exists.py' already exists in workspace 'dev': "));
	assert_string_equal(r[6].error.text,
			    "'huge.ipynb' is larger than the 100 MB a workspace takes");
	assert_int_equal(script_count(&f, "POST /workspace/import"), 6);
	workspace_results_free(r, ARRAY_SIZE(items));
	script_stop(&f);
}

/* --- folders -------------------------------------------------------------------------------- */

static void test_missing_folder_is_created_once(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/import",
		  .has = PATH("/new/sub/a.py"),
		  .times = 1,
		  .status = 404,
		  .body = NO_FOLDER },
		{ .target = "/workspace/import",
		  .has = PATH("/other/b.py"),
		  .times = 1,
		  .status = 404,
		  .body = NO_FOLDER },
		{ .target = "/workspace/import" },
		{ .target = "/workspace/mkdirs" },
	};
	struct workspace_import items[] = { item("/new/sub/a.py"), item("/new/sub/b.py"),
					    item("/there/a.py"),   item("/other/b.py"),
					    item("/new/sub/c.py"), item("/new/sub/d.py") };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_import(f.workspace, items, ARRAY_SIZE(items), &r, &e), ERR_OK);
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		assert_int_equal(r[i].code, ERR_OK);
	assert_int_equal(script_count(&f, "POST /workspace/mkdirs"), 2);
	assert_string_equal(script_request(&f, "POST /workspace/mkdirs", 0)->body,
			    "{\"path\":\"/new/sub\"}");
	assert_string_equal(script_request(&f, "POST /workspace/mkdirs", 1)->body,
			    "{\"path\":\"/other\"}");
	/* two found out, one was fine; the rest was not even tried before there was a folder */
	assert_int_equal(script_request(&f, "POST /workspace/mkdirs", 0)->number, 3);
	assert_int_equal(script_count(&f, "POST /workspace/import"), 2 + 1 + 5);
	workspace_results_free(r, ARRAY_SIZE(items));
	script_stop(&f);
}

static void test_folder_that_cannot_be_created(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/import", .has = PATH("/a/x.py") },
		{ .target = "/workspace/import", .status = 404, .body = NO_FOLDER },
		{ .target = "/workspace/mkdirs",
		  .has = "\"/no\"",
		  .status = 403,
		  .body = "{\"error_code\":\"PERMISSION_DENIED\",\"message\":\"no\"}" },
		{ .target = "/workspace/mkdirs" },
	};
	struct workspace_import items[] = { item("/no/1.py"), item("/a/x.py"), item("/no/2.py"),
					    item("/ghost/g.py") };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_import(f.workspace, items, ARRAY_SIZE(items), &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_CONFIG);
	assert_string_equal(r[0].error.text,
			    "no permission to create folder '/no' in workspace 'dev': "
			    "no (403 PERMISSION_DENIED)");
	assert_int_equal(r[1].code, ERR_OK);
	assert_int_equal(r[2].code, ERR_CONFIG);
	assert_string_equal(r[2].error.text, r[0].error.text);
	assert_int_equal(r[3].code, ERR_CONFLICT);
	assert_string_equal(r[3].error.text, "folder '/ghost' vanished as soon as it was created");
	assert_int_equal(script_count(&f, "POST /workspace/mkdirs"), 2);
	workspace_results_free(r, ARRAY_SIZE(items));
	script_stop(&f);
}

/* A 404 that is not about a folder creates none. */
static void test_other_404s_create_nothing(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/import",
		  .status = 404,
		  .body = "{\"error_code\":\"ENDPOINT_NOT_FOUND\"}" },
		{ .target = "/workspace/mkdirs" },
	};
	struct workspace_import one = item("/a/b.py");
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_import(f.workspace, &one, 1, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_CONFIG);
	assert_int_equal(script_count(&f, "POST /workspace/mkdirs"), 0);
	workspace_results_free(r, 1);
	script_stop(&f);
}

/* --- order ---------------------------------------------------------------------------------- */

/* Counts imports under way, in each of the folders /0 to /3. */
struct folders {
	volatile int active[4], sum, overlaps, peak;
};

static void reply_folder(struct http_reply *reply, const struct http_server_request *r,
			 void *payload)
{
	struct folders *f = payload;
	const char *path = memmem(r->body, r->body_len, "\r\n\r\n/", 5);
	int folder = path ? path[5] - '0' : 0, sum;

	if (__atomic_add_fetch(&f->active[folder], 1, __ATOMIC_SEQ_CST) > 1)
		__atomic_add_fetch(&f->overlaps, 1, __ATOMIC_SEQ_CST);
	sum = __atomic_add_fetch(&f->sum, 1, __ATOMIC_SEQ_CST);
	http_server_sleep_ms(20);
	if (sum > f->peak)
		f->peak = sum;
	__atomic_sub_fetch(&f->sum, 1, __ATOMIC_SEQ_CST);
	__atomic_sub_fetch(&f->active[folder], 1, __ATOMIC_SEQ_CST);
	http_reply_json(reply, 200, "{}");
}

static void test_one_change_in_a_folder_at_a_time(void **state)
{
	struct folders seen = { 0 };
	struct http_server *s = http_server_start(reply_folder, &seen);
	cleanup_free char *host = http_server_url(s, "");
	const struct workspace_settings settings = { .name = "dev", .host = host, .token = "t" };
	struct workspace_import items[20];
	char paths[20][16];
	struct workspace_result *r;
	struct workspace *w;
	struct http *h = client();
	struct err e = ERR_INIT;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		snprintf(paths[i], sizeof(paths[i]), "/%u/%02u.py", i % 4, i);
		items[i] = item(paths[i]);
	}
	assert_int_equal(workspace_new(&w, h, &settings, &e), ERR_OK);
	assert_int_equal(workspace_import(w, items, 20, &r, &e), ERR_OK);
	assert_int_equal(seen.overlaps, 0);
	assert_int_equal(seen.peak, 4);
	assert_int_equal(http_server_count(s), 20);
	workspace_results_free(r, 20);
	workspace_free(w);
	http_free(h);
	http_server_stop(s);
}

static void test_imports_are_limited(void **state)
{
	static const struct script_step steps[] = { { .target = "/workspace/import" } };
	struct workspace_import items[34];
	struct workspace_result *r;
	struct script_fixture f;
	int64_t begin;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(items); i++)
		items[i] = item("/a/b.py");
	START(f, steps);
	begin = http_server_now_ms();
	assert_int_equal(workspace_import(f.workspace, items, ARRAY_SIZE(items), &r, &e), ERR_OK);
	assert_in_range(http_server_now_ms() - begin, 1000, 3000);
	workspace_results_free(r, ARRAY_SIZE(items));
	script_stop(&f);
}

/* --- lost replies --------------------------------------------------------------------------- */

static void test_lost_reply(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/import", .times = 1, .how = SCRIPT_RESET },
		{ .target = "/workspace/import" },
	};
	struct workspace_import one = item("/a/b.py");
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps); /* overwriting twice is overwriting */
	assert_int_equal(workspace_import(f.workspace, &one, 1, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_OK);
	assert_int_equal(script_count(&f, "POST"), 2);
	workspace_results_free(r, 1);
	script_stop(&f);

	START(f, steps); /* creating twice is not: look again first */
	one.overwrite = false;
	assert_int_equal(workspace_import(f.workspace, &one, 1, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_RETRY);
	assert_true(str_ends(r[0].error.text,
			     "' closed the connection before its answer was complete"));
	assert_int_equal(script_count(&f, "POST"), 1);
	workspace_results_free(r, 1);
	script_stop(&f);
}

/* A server that is busy has done nothing: even creating may be sent again. */
static void test_busy_server(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/import", .times = 1, .status = 429, .body = "" },
		{ .target = "/workspace/import", .times = 1, .status = 503, .body = "" },
		{ .target = "/workspace/import" },
	};
	struct workspace_import one = item("/a/b.py");
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	one.overwrite = false;
	assert_int_equal(workspace_import(f.workspace, &one, 1, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_OK);
	assert_int_equal(workspace_changes_sent(f.workspace), 3);
	workspace_results_free(r, 1);
	script_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form_is_exact),
		cmocka_unit_test(test_refusals_stay_with_their_item),
		cmocka_unit_test(test_missing_folder_is_created_once),
		cmocka_unit_test(test_folder_that_cannot_be_created),
		cmocka_unit_test(test_other_404s_create_nothing),
		cmocka_unit_test(test_one_change_in_a_folder_at_a_time),
		cmocka_unit_test(test_imports_are_limited),
		cmocka_unit_test(test_lost_reply),
		cmocka_unit_test(test_busy_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
