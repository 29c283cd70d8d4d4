/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What counts as an answer: each call gets each kind of answer that looks like one and is none. None
 * of them may become content, absence or an empty folder; and the answers of real services must.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "workspace_script.h"

#define JSON    "Content-Type: application/json\r\n"
#define TEXT    "Content-Type: text/plain\r\n"
#define STATUS  "{\"object_type\":\"NOTEBOOK\",\"path\":\"/a\",\"language\":\"PYTHON\"}"
#define LISTING "{\"objects\":[{\"object_type\":\"NOTEBOOK\",\"path\":\"/a/x\"}]}"
#define SOURCE  "# Databricks notebook source\nprint(1)"

enum call { LIST, STAT, EXPORT, DOWNLOAD, IMPORT, DELETE, MKDIRS, CALLS };

/* Makes one call about /a; of what it brings, *size says how much there is. */
static int make_call(struct workspace *w, enum call call, size_t *size, struct err *e)
{
	static const char *const path = "/a";
	static const struct workspace_wanted wanted = { "/a", WORKSPACE_AS_SOURCE };
	const struct workspace_import import = { .path = "/a", .data = SOURCE, .len = 5 };
	FILE *file = tmpfile();
	int fd = fileno(file), code;
	const struct workspace_download download = { .path = "/a", .size = -1, .file = &fd };
	struct workspace_listing l = { 0 };
	struct workspace_result *r = NULL;

	switch (call) {
	case LIST:
		code = workspace_list(w, path, &l, NULL, NULL, e);
		*size = l.count;
		break;
	case STAT:
		code = workspace_stat(w, &path, 1, &r, e);
		break;
	case EXPORT:
		code = workspace_export(w, &wanted, 1, &r, e);
		break;
	case DOWNLOAD:
		code = workspace_download(w, &download, 1, &r, e);
		break;
	case IMPORT:
		code = workspace_import(w, &import, 1, &r, e);
		break;
	case DELETE:
		code = workspace_delete(w, path, NULL, e);
		break;
	default:
		code = workspace_mkdirs(w, path, e);
	}
	if (r) {
		code = r[0].code;
		*e = r[0].error;
		*size = r[0].object.path ? 1 : r[0].content.len;
	}
	workspace_results_free(r, 1);
	workspace_listing_release(&l);
	fclose(file);
	return code;
}

static int call_once(const struct script_step *answer, enum call call, size_t *size, struct err *e)
{
	struct script_fixture f;
	int code;

	*e = ERR_INIT;
	*size = 0;
	script_start(&f, answer, 1);
	code = make_call(f.workspace, call, size, e);
	script_stop(&f);
	return code;
}

/* The body with which this call would be answered well. */
static const char *good_body(enum call call)
{
	static const char *const bodies[CALLS] = {
		LISTING, STATUS, SOURCE, "data", "{}", "{}", "{}"
	};

	return bodies[call];
}

/* A good body, told in a way that is no answer. */
static const struct {
	int status;
	const char *headers;
	enum script_how how;
	bool changes_too; /* it is none to a change, either */
	const char *sentence;
} odd[] = {
	{ 206, JSON, SCRIPT_ANSWER, true, " and sent only a part of the answer (206); " },
	{ 200, JSON "Content-Range: bytes 0-9/20\r\n", SCRIPT_ANSWER, true,
	  " and sent only a part of the answer (200); " },
	{ 202, JSON, SCRIPT_ANSWER, true, " and did not answer with 200 (202); " },
	{ 203, JSON, SCRIPT_ANSWER, true, " and did not answer with 200 (203); " },
	{ 201, JSON, SCRIPT_ANSWER, false, " and did not answer with 200 (201); " },
	{ 299, JSON, SCRIPT_ANSWER, true, " and did not answer with 200 (299); " },
	{ 200, JSON, SCRIPT_UNTIL_CLOSE, true,
	  " and sent an answer that may have been cut: only the end of the connection ended it "
	  "(200); " },
	{ 200, JSON, SCRIPT_CUT, true, "" },
};

static void test_good_bodies_told_oddly(void **state)
{
	static const char *const what[CALLS] = { "list",   "look at", "export",       "export",
						 "import", "delete",  "create folder" };

	(void)state;
	for (enum call call = LIST; call < CALLS; call++) {
		for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
			const struct script_step answer = { .target = "/",
							    .status = odd[i].status,
							    .headers = odd[i].headers,
							    .body = good_body(call),
							    .how = odd[i].how };
			bool none = call < IMPORT || odd[i].changes_too;
			cleanup_free char *sentence = xasprintf(
				"workspace 'dev' was asked to %s '/a'%s", what[call],
				odd[i].sentence);
			struct err e;
			size_t size;
			int code = call_once(&answer, call, &size, &e);

			if (code != (none ? ERR_RETRY : ERR_OK) || (none && size) ||
			    (none && !str_starts(e.text, sentence)))
				fail_msg("%s, case %zu: %s, %zu bytes: %s", what[call], i,
					 err_name(code), size, e.text);
			if (none &&
			    !str_ends(e.text, call < IMPORT
						      ? "'/a' is held until a proper answer comes"
						      : "whether it was done will be looked at"))
				fail_msg("%s, case %zu: %s", what[call], i, e.text);
		}
	}
}

/* Bodies that are no answer to any look, with a 200. */
static void test_bodies_that_are_none(void **state)
{
	static const char *const bodies[] = {
		"{\"error_code\":\"RESOURCE_DOES_NOT_EXIST\",\"message\":\"no\"}",
		"{\"error_code\":\"INTERNAL_ERROR\"}",
		"{\"error_code\":500}",
		"<html>log in</html>",
		"\n<!DOCTYPE html><html></html>",
	};
	static const char *const json[] = {
		"",
		"{\"message\":\"try again\"}",
		"{\"error\":\"no\"}",
		"{\"a\":1}",
		"[]",
		"null",
		"{",
		"{\"object_type\":\"NOTEBOOK\"}",
		"{\"object_type\":\"NOTEBOOK\",\"path\":\"/b\"}",
		"{\"object_type\":\"NOTEBOOK\",\"path\":\"/a\",\"path\":\"/a\"}",
		STATUS "x",
	};

	(void)state;
	for (enum call call = LIST; call < CALLS; call++) {
		for (size_t i = 0; i < ARRAY_SIZE(bodies) + ARRAY_SIZE(json); i++) {
			bool is_json = i >= ARRAY_SIZE(bodies);
			const struct script_step answer = {
				.target = "/",
				.body = is_json ? json[i - ARRAY_SIZE(bodies)] : bodies[i],
			};
			struct err e;
			size_t size;
			int code;

			if (is_json && call != LIST && call != STAT)
				continue;
			code = call_once(&answer, call, &size, &e);
			if (code != ERR_RETRY || size || !e.text[0])
				fail_msg("call %d, %s: %s: %s", (int)call, answer.body,
					 err_name(code), e.text);
		}
	}
}

/* 404s: only one form of them is absence; a delete of what is absent is done. */
static void test_what_is_not_found(void **state)
{
	static const struct {
		const char *headers, *body;
		enum script_how how;
		bool absent;
	} answers[] = {
		{ JSON, MISSING("/a"), SCRIPT_ANSWER, true },
		{ "Content-Type: application/json; charset=utf-8\r\n", MISSING("/a"), SCRIPT_ANSWER,
		  true },
		{ TEXT, MISSING("/a"), SCRIPT_ANSWER, false },
		{ TEXT, "RESOURCE_DOES_NOT_EXIST: Path (/a) doesn't exist.", SCRIPT_ANSWER, false },
		{ "", MISSING("/a"), SCRIPT_ANSWER, false },
		{ JSON, MISSING("/a"), SCRIPT_UNTIL_CLOSE, false },
		{ JSON, MISSING("/a"), SCRIPT_CUT, false },
		{ JSON "Content-Range: bytes 0-9/20\r\n", MISSING("/a"), SCRIPT_ANSWER, false },
		{ JSON, "{\"message\":\"Path (/a) doesn't exist.\"}", SCRIPT_ANSWER, false },
		{ JSON, "{\"error_code\":\"NOT_FOUND\",\"message\":\"Path (/a) doesn't exist.\"}",
		  SCRIPT_ANSWER, false },
		{ JSON, "{}", SCRIPT_ANSWER, false },
		{ JSON, "", SCRIPT_ANSWER, false },
	};

	(void)state;
	for (enum call call = LIST; call <= DELETE; call++) {
		for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
			const struct script_step answer = { .target = "/workspace",
							    .status = 404,
							    .headers = answers[i].headers,
							    .body = answers[i].body,
							    .how = answers[i].how };
			struct err e;
			size_t size;
			int code, expected = answers[i].absent ? ERR_ABSENT : ERR_RETRY;

			if (call == IMPORT)
				continue;
			if (call == DELETE && answers[i].absent)
				expected = ERR_OK;
			code = call_once(&answer, call, &size, &e);
			if (code != expected || size)
				fail_msg("call %d, answer %zu: %s: %s", (int)call, i,
					 err_name(code), e.text);
		}
	}
}

/* The same, to the letter of what real services send. */
static void test_real_answers(void **state)
{
	static const struct {
		enum call call;
		int status;
		const char *headers, *body;
		size_t size;
	} answers[] = {
		{ LIST, 200, JSON, "{}", 0 },
		{ LIST, 200,
		  "Content-Type: application/json;charset=UTF-8\r\nServer: databricks\r\n", LISTING,
		  1 },
		{ LIST, 200, JSON "Content-Encoding: identity\r\n", "{\"objects\":[]}\n", 0 },
		{ LIST, 200, TEXT, LISTING, 1 },
		{ STAT, 200, JSON,
		  "{\"created_at\":1671030805916,\"language\":\"PYTHON\",\"modified_at\":"
		  "1671032235392,"
		  "\"object_id\":795822750063438,\"object_type\":\"NOTEBOOK\",\"path\":\"/"
		  "Workspace/a\","
		  "\"repos_export_format\":\"SOURCE\",\"resource_id\":\"795822750063438\"}",
		  1 },
		{ EXPORT, 200,
		  "Content-Type: application/octet-stream\r\nContent-Disposition: "
		  "attachment; filename=a.py\r\n",
		  SOURCE, sizeof(SOURCE) - 1 },
		{ EXPORT, 200, TEXT, SOURCE, sizeof(SOURCE) - 1 },
		{ IMPORT, 200, JSON, "{}", 0 },
		{ IMPORT, 200, JSON, "{\"object_id\":795822750063438}", 0 },
		{ IMPORT, 200, "", " ", 0 },
		{ DELETE, 200, JSON, "{}", 0 },
		{ MKDIRS, 200, JSON, "{}", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		const struct script_step answer = { .target = "/workspace",
						    .status = answers[i].status,
						    .headers = answers[i].headers,
						    .body = answers[i].body };
		struct err e;
		size_t size;
		int code = call_once(&answer, answers[i].call, &size, &e);

		if (code || size != answers[i].size)
			fail_msg("answer %zu: %s: %s, %zu", i, err_name(code), e.text, size);
	}
}

/* --- what many answers hold at once --------------------------------------------------------- */

/* Notebooks of four megabytes: some of the ten have to be asked for later, all come in the end. */
static void test_exports_that_come_later(void **state)
{
	/* More than can be under way while the memory fills. */
	enum { COUNT = 20, SIZE = 4 * 1024 * 1024 };
	cleanup_free char *body = xmalloc(SIZE);
	const struct script_step steps[] = {
		{ .target = "/workspace/export", .headers = TEXT, .body = body, .body_len = SIZE },
	};
	struct workspace_wanted wanted[COUNT];
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;
	size_t left = COUNT, rounds = 0;

	(void)state;
	memset(body, 'x', SIZE);
	script_start(&f, steps, 1);
	for (size_t i = 0; i < COUNT; i++)
		wanted[i] = (struct workspace_wanted){ "/a", WORKSPACE_AS_SOURCE };
	while (left && rounds++ < COUNT) {
		size_t later = 0;

		assert_int_equal(workspace_export(f.workspace, wanted, left, &r, &e), ERR_OK);
		for (size_t i = 0; i < left; i++) {
			later += r[i].later;
			assert_int_equal(r[i].later ? ERR_CANCELLED : ERR_OK, r[i].code);
			assert_int_equal(r[i].content.len, r[i].later ? 0 : SIZE);
		}
		workspace_results_free(r, left);
		assert_true(later < left);
		left = later;
	}
	assert_int_equal(left, 0);
	assert_true(rounds > 1);
	assert_int_equal(http_server_count(f.server), COUNT);
	script_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_bodies_told_oddly),
		cmocka_unit_test(test_bodies_that_are_none),
		cmocka_unit_test(test_what_is_not_found),
		cmocka_unit_test(test_real_answers),
		cmocka_unit_test(test_exports_that_come_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
