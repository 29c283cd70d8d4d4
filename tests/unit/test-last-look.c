/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last look before a change: right before its request, for that object alone, once more before each
 * attempt; and what it sees decides.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workspace_script.h"

#define STATUS  "/workspace/get-status?path=%2Fa%2F"
#define EXPORT  "/workspace/export?path=%2Fa%2F"
#define IMPORT  "/workspace/import"
#define DELETE  "/workspace/delete"
#define OLD     "{\"object_type\":\"NOTEBOOK\",\"path\":\"/a/n\",\"object_id\":7,\"modified_at\":100}"
#define NEWER   "{\"object_type\":\"NOTEBOOK\",\"path\":\"/a/n\",\"object_id\":7,\"modified_at\":101}"
#define GONE    "{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"Path doesn't exist.\"}"
#define BUSY    "{\"error_code\":\"REQUEST_LIMIT_EXCEEDED\",\"message\":\"busy\"}"
#define STEPS_N 5

static bool is_old(void *payload, const struct workspace_object *o, const struct buf *content)
{
	unsigned *asked = payload;

	++*asked;
	if (content)
		return str_eq(buf_str(content), "old");
	return o->type == WORKSPACE_NOTEBOOK && str_eq(o->id, "7") && o->modified_ms == 100;
}

/* What an import of '/a/n' and a deletion of it do when the workspace answers like this. */
static const struct moment {
	const char *name;
	struct script_step steps[STEPS_N];
	bool content;      /* looked at by an export */
	unsigned looks;    /* requests */
	unsigned attempts; /* of the change */
	int code;
	const char *sentence; /* the beginning; of the import, where the two differ */
} moments[] = {
	{ "it is as it was",
	  { { .target = STATUS, .body = OLD }, { .target = IMPORT }, { .target = DELETE } },
	  .looks = 1,
	  .attempts = 1 },
	{ "somebody saved",
	  { { .target = STATUS, .body = NEWER }, { .target = IMPORT }, { .target = DELETE } },
	  .looks = 1,
	  .code = ERR_CONFLICT,
	  .sentence = "'/a/n' changed in the workspace meanwhile" },
	{ "somebody deleted it",
	  { { .target = STATUS, .status = 404, .body = GONE } },
	  .looks = 1,
	  .code = ERR_CONFLICT,
	  .sentence = "'/a/n' was removed in the workspace meanwhile" },
	{ "it may not be looked at any more",
	  { { .target = STATUS,
	      .status = 403,
	      .body = "{\"error_code\":\"PERMISSION_DENIED\",\"message\":\"no\"}" } },
	  .looks = 1,
	  .code = ERR_CONFIG,
	  .sentence = "no permission to look at '/a/n' in workspace 'dev': no" },
	{ "it looks like nothing known",
	  { { .target = STATUS, .body = "[]" } },
	  .looks = 1,
	  .code = ERR_RETRY,
	  .sentence = "workspace 'dev' sent an unreadable answer" },
	{ "its content is as it was",
	  { { .target = EXPORT, .body = "old" }, { .target = IMPORT }, { .target = DELETE } },
	  .content = true,
	  .looks = 1,
	  .attempts = 1 },
	{ "its content is another",
	  { { .target = EXPORT, .body = "newer" }, { .target = IMPORT }, { .target = DELETE } },
	  .content = true,
	  .looks = 1,
	  .code = ERR_CONFLICT,
	  .sentence = "'/a/n' changed in the workspace meanwhile" },
	{ "the server is busy, and it is as it was",
	  { { .target = STATUS, .body = OLD },
	    { .target = IMPORT, .status = 429, .body = BUSY, .times = 1 },
	    { .target = DELETE, .status = 429, .body = BUSY, .times = 1 },
	    { .target = IMPORT },
	    { .target = DELETE } },
	  .looks = 2,
	  .attempts = 2 },
	{ "the server is busy, and meanwhile somebody saves",
	  { { .target = STATUS, .body = OLD, .times = 1 },
	    { .target = STATUS, .body = NEWER },
	    { .target = IMPORT, .status = 429, .body = BUSY },
	    { .target = DELETE, .status = 429, .body = BUSY } },
	  .looks = 2,
	  .attempts = 1,
	  .code = ERR_CONFLICT,
	  .sentence = "'/a/n' changed in the workspace meanwhile" },
	{ "the answer is lost, and what was sent has arrived",
	  { { .target = STATUS, .body = OLD, .times = 1 },
	    { .target = STATUS, .body = NEWER },
	    { .target = IMPORT, .how = SCRIPT_RESET },
	    { .target = DELETE, .how = SCRIPT_RESET } },
	  .looks = 2,
	  .attempts = 1,
	  .code = ERR_CONFLICT,
	  .sentence = "'/a/n' changed in the workspace, perhaps by this very request, whose" },
	/* Which is what a kept connection looks like that had died before: libcurl would send again. */
	{ "the connection ends instead of an answer, and what was sent has arrived",
	  { { .target = STATUS, .body = OLD, .times = 1 },
	    { .target = STATUS, .body = NEWER },
	    { .target = IMPORT, .how = SCRIPT_CLOSE },
	    { .target = DELETE, .how = SCRIPT_CLOSE } },
	  .looks = 2,
	  .attempts = 1,
	  .code = ERR_CONFLICT,
	  .sentence = "'/a/n' changed in the workspace, perhaps by this very request, whose" },
	{ "the connection ends instead of an answer, and nothing has arrived",
	  { { .target = STATUS, .body = OLD },
	    { .target = IMPORT, .how = SCRIPT_CLOSE, .times = 1 },
	    { .target = DELETE, .how = SCRIPT_CLOSE, .times = 1 },
	    { .target = IMPORT },
	    { .target = DELETE } },
	  .looks = 2,
	  .attempts = 2 },
	{ "the look itself meets a busy server",
	  { { .target = STATUS, .status = 503, .body = BUSY, .times = 1 },
	    { .target = STATUS, .body = OLD },
	    { .target = IMPORT },
	    { .target = DELETE } },
	  .looks = 2,
	  .attempts = 1 },
};

static void judge(const struct moment *m, struct script_fixture *f, const char *change, int code,
		  const struct err *e, unsigned asked)
{
	unsigned looks = script_count(f, m->content ? "GET " EXPORT : "GET " STATUS);

	if (code != m->code || !str_starts(e->text, m->sentence ? m->sentence : ""))
		fail_msg("%s: %s ended as %d, '%s'", m->name, change, code, e->text);
	if (looks != m->looks || script_count(f, change) != m->attempts)
		fail_msg("%s: %s: %u looks and %u changes", m->name, change, looks,
			 script_count(f, change));
	assert_true(asked <= looks);
	assert_int_equal(workspace_changes_sent(f->workspace), m->attempts);
}

static void import_one(const struct moment *m)
{
	unsigned asked = 0;
	struct workspace_last_look look = { .content = m->content,
					    .still = is_old,
					    .payload = &asked };
	struct workspace_import item = { .path = "/a/n.py",
					 .data = "x",
					 .len = 1,
					 .overwrite = true,
					 .object = "/a/n",
					 .look = &look };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	script_start(&f, m->steps, STEPS_N);
	assert_int_equal(workspace_import(f.workspace, &item, 1, &r, &e), ERR_OK);
	judge(m, &f, "POST " IMPORT, r[0].code, &r[0].error, asked);
	workspace_results_free(r, 1);
	script_stop(&f);
}

static void delete_one(const struct moment *m)
{
	unsigned asked = 0;
	struct workspace_last_look look = { .content = m->content,
					    .still = is_old,
					    .payload = &asked };
	struct script_fixture f;
	struct err e = ERR_INIT;
	int code;

	script_start(&f, m->steps, STEPS_N);
	code = workspace_delete(f.workspace, "/a/n", &look, &e);
	judge(m, &f, "POST " DELETE, code, &e, asked);
	script_stop(&f);
}

static void test_what_it_sees_decides(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(moments); i++) {
		import_one(&moments[i]);
		delete_one(&moments[i]);
	}
}

/* --- right before its own request ----------------------------------------------------------- */

#define BULK 12

static bool always(void *payload, const struct workspace_object *o, const struct buf *content)
{
	(void)payload;
	(void)o;
	(void)content;
	return true;
}

static bool is_hundred(void *payload, const struct workspace_object *o, const struct buf *content)
{
	(void)payload;
	(void)content;
	return o->modified_ms == 100;
}

/* How many imports of this path were sent. */
static unsigned imports_of(struct script_fixture *f, const char *path)
{
	const struct http_server_request *r;
	unsigned n = 0;

	for (unsigned i = 0; (r = script_request(f, "POST " IMPORT, i)); i++)
		n += memmem(r->body, r->body_len, path, strlen(path)) != NULL;
	return n;
}

/* The notebook that a request is about, by the last letter of its path. */
static char letter_of(const struct http_server_request *r)
{
	const char *path = strstr(r->target, "%2Fa%2F");

	if (path)
		return path[strlen("%2Fa%2F")];
	path = memmem(r->body, r->body_len, "/a/", 3);
	return path ? path[3] : '?';
}

/* One folder is one lane, in which each import follows the look at its own object, although the rate
 * limit makes all but the first few wait. */
static void test_each_import_follows_its_own_look(void **state)
{
	static const struct script_step steps[] = { { .target = STATUS, .body = OLD },
						    { .target = IMPORT } };
	struct workspace_last_look look = { .still = always };
	struct workspace_import items[BULK];
	char paths[BULK][8], objects[BULK][8];
	struct workspace_settings settings = { .name = "dev", .token = "t", .imports_per_s = 10 };
	struct workspace_result *r;
	struct script_fixture f;
	struct workspace *w;
	struct err e = ERR_INIT;

	(void)state;
	script_start(&f, steps, ARRAY_SIZE(steps));
	settings.host = f.origin;
	assert_int_equal(workspace_new(&w, f.http, &settings, &e), ERR_OK);
	for (unsigned i = 0; i < BULK; i++) {
		snprintf(objects[i], sizeof(objects[i]), "/a/%c", 'a' + i);
		snprintf(paths[i], sizeof(paths[i]), "/a/%c.py", 'a' + i);
		items[i] = (struct workspace_import){ .path = paths[i],
						      .data = "x",
						      .len = 1,
						      .overwrite = true,
						      .object = objects[i],
						      .look = &look };
	}
	assert_int_equal(workspace_import(w, items, BULK, &r, &e), ERR_OK);
	for (unsigned i = 0; i < BULK; i++) {
		const struct http_server_request *asked = script_request(&f, "GET " STATUS, i);
		const struct http_server_request *sent = script_request(&f, "POST " IMPORT, i);

		assert_int_equal(r[i].code, ERR_OK);
		assert_int_equal(letter_of(asked), 'a' + (int)i);
		assert_int_equal(letter_of(sent), 'a' + (int)i);
		assert_true(asked->number < sent->number);
		/* Of the imports before, at most the last one is still on its way. */
		if (i > 1)
			assert_true(asked->number >
				    script_request(&f, "POST " IMPORT, i - 2)->number);
	}
	assert_int_equal(http_server_count(f.server), 2 * BULK);
	workspace_results_free(r, BULK);
	workspace_free(w);
	script_stop(&f);
}

/* --- of many in one folder ------------------------------------------------------------------ */

/* What happens at '/a/a' and '/a/b', the second of which is looked at while the first is written. */
static const struct neighbours {
	const char *name;
	struct script_step steps[STEPS_N];
	unsigned looks, imports; /* requests about the second */
	int first, second;
	unsigned folders; /* that were created */
} neighbours[] = {
	{ "nobody saves anything",
	  { { .target = IMPORT, .has = "/a/a", .until = "GET " STATUS "b" },
	    { .target = STATUS, .body = OLD },
	    { .target = IMPORT } },
	  .looks = 1,
	  .imports = 1 },
	{ "the second is saved before it is looked at",
	  { { .target = IMPORT, .has = "/a/a", .until = "GET " STATUS "b" },
	    { .target = STATUS "b", .body = NEWER },
	    { .target = STATUS, .body = OLD } },
	  .looks = 1,
	  .second = ERR_CONFLICT },
	{ "the first meets a busy server, and meanwhile the second is saved",
	  { { .target = IMPORT,
	      .has = "/a/a",
	      .until = "GET " STATUS "b",
	      .times = 1,
	      .status = 429,
	      .body = BUSY },
	    { .target = STATUS "b", .body = OLD, .times = 1 },
	    { .target = STATUS "b", .body = NEWER },
	    { .target = STATUS, .body = OLD },
	    { .target = IMPORT, .has = "/a/a" } },
	  .looks = 2,
	  .second = ERR_CONFLICT },
	{ "the connection of the first is lost, and meanwhile the second is saved",
	  { { .target = IMPORT,
	      .has = "/a/a",
	      .until = "GET " STATUS "b",
	      .times = 1,
	      .how = SCRIPT_RESET },
	    { .target = STATUS "b", .body = OLD, .times = 1 },
	    { .target = STATUS "b", .body = NEWER },
	    { .target = STATUS, .body = OLD },
	    { .target = IMPORT, .has = "/a/a" } },
	  .looks = 2,
	  .second = ERR_CONFLICT },
	{ "the early look meets a busy server",
	  { { .target = IMPORT, .has = "/a/a", .until = "GET " STATUS "b" },
	    { .target = STATUS "b", .status = 503, .body = BUSY, .times = 1 },
	    { .target = STATUS, .body = OLD },
	    { .target = IMPORT } },
	  .looks = 2,
	  .imports = 1 },
	{ "somebody has removed the folder",
	  { { .target = IMPORT,
	      .has = "/a/a",
	      .until = "GET " STATUS "b",
	      .times = 1,
	      .status = 404,
	      .body = GONE },
	    { .target = "/workspace/mkdirs" },
	    { .target = STATUS "b", .status = 404, .body = GONE },
	    { .target = STATUS, .body = OLD },
	    { .target = IMPORT } },
	  .looks = 2,
	  .second = ERR_CONFLICT,
	  .folders = 1 },
};

static void test_the_next_is_looked_at_meanwhile(void **state)
{
	struct workspace_last_look look = { .still = is_hundred };
	struct workspace_import items[] = {
		{ .path = "/a/a.py", .overwrite = true, .object = "/a/a", .look = &look },
		{ .path = "/a/b.py", .overwrite = true, .object = "/a/b", .look = &look },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(neighbours); i++) {
		const struct neighbours *n = &neighbours[i];
		struct workspace_result *r;
		struct script_fixture f;
		struct err e = ERR_INIT;
		unsigned looks, imports;

		script_start(&f, n->steps, STEPS_N);
		assert_int_equal(workspace_import(f.workspace, items, 2, &r, &e), ERR_OK);
		if (r[0].code != n->first || r[1].code != n->second)
			fail_msg("%s: '%s' and '%s'", n->name, r[0].error.text, r[1].error.text);
		looks = script_count(&f, "GET " STATUS "b");
		imports = imports_of(&f, "/a/b");
		if (looks != n->looks || imports != n->imports)
			fail_msg("%s: %u looks and %u imports", n->name, looks, imports);
		assert_int_equal(script_count(&f, "POST /workspace/mkdirs"), n->folders);
		workspace_results_free(r, 2);
		script_stop(&f);
	}
}

/* A missing folder ends its lane; that an object is missing says nothing about its neighbours. */
static void test_a_missing_object_does_not_end_its_lane(void **state)
{
	static const struct script_step steps[] = {
		{ .target = STATUS "a", .status = 404, .body = GONE },
		{ .target = STATUS, .body = OLD },
		{ .target = IMPORT },
	};
	struct workspace_last_look look = { .still = always };
	struct workspace_import items[] = {
		{ .path = "/a/a.py", .overwrite = true, .object = "/a/a", .look = &look },
		{ .path = "/a/b.py", .overwrite = true, .object = "/a/b", .look = &look },
		{ .path = "/a/c.py" },
	};
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	script_start(&f, steps, ARRAY_SIZE(steps));
	assert_int_equal(workspace_import(f.workspace, items, 3, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_CONFLICT);
	assert_int_equal(r[1].code, ERR_OK);
	assert_int_equal(r[2].code, ERR_OK);
	assert_int_equal(script_count(&f, "POST /workspace/mkdirs"), 0);
	assert_int_equal(script_count(&f, "POST " IMPORT), 2);
	workspace_results_free(r, 3);
	script_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_it_sees_decides),
		cmocka_unit_test(test_each_import_follows_its_own_look),
		cmocka_unit_test(test_the_next_is_looked_at_meanwhile),
		cmocka_unit_test(test_a_missing_object_does_not_end_its_lane),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
