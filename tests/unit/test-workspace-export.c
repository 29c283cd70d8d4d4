/* SPDX-License-Identifier: Apache-2.0 */
/* Exports: in which form they are asked for, and what comes of each kind of answer. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "workspace_script.h"

#define EXPORT  "/workspace/export?path=%2Fa"
#define SOURCE  EXPORT "&format=SOURCE&direct_download=true"
#define JUPYTER EXPORT "&format=JUPYTER&direct_download=true"
#define BARE    JUPYTER "&outputs=NONE"
#define BAD_WISH                                                   \
	"{\"error_code\":\"INVALID_PARAMETER_VALUE\",\"message\":" \
	"\"Unknown parameter: outputs\"}"
#define NO_NOTEBOOK                                                \
	"{\"error_code\":\"INVALID_PARAMETER_VALUE\",\"message\":" \
	"\"Cannot export a file as JUPYTER\"}"
#define TOO_LARGE "{\"error_code\":\"MAX_NOTEBOOK_SIZE_EXCEEDED\",\"message\":\"big\"}"

static void test_export(void **state)
{
	static const char bytes[] = "# Databricks notebook source\r\n\0\xff";
	static const struct script_step steps[] = {
		{ .target = "/workspace/export?path=%2Fa&format=SOURCE&direct_download=true",
		  .headers = "Content-Type: application/octet-stream\r\n",
		  .body = bytes,
		  .body_len = sizeof(bytes) - 1 },
		{ .target = "/workspace/export?path=%2Fa&format=JUPYTER&direct_download=true",
		  .body = "{\"cells\":[],\"nbformat\":4,\"error_code\":\"X_Y\"}" },
		{ .target = "/workspace/export?path=%2Fbig",
		  .body = "{\"error_code\":\"MAX_NOTEBOOK_SIZE_EXCEEDED\",\"message\":\"big\"}" },
		{ .target = "/workspace/export?path=%2Fgone",
		  .status = 404,
		  .body = MISSING("/x") },
	};
	static const struct workspace_wanted wanted[] = {
		{ "/gone", WORKSPACE_AS_SOURCE },
		{ "/a", WORKSPACE_AS_SOURCE },
		{ "/big", WORKSPACE_AS_SOURCE },
	};
	const struct workspace_wanted whole = { "/a", WORKSPACE_AS_WHOLE };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_export(f.workspace, wanted, 3, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_ABSENT);
	assert_int_equal(r[1].code, ERR_OK);
	assert_int_equal(r[1].content.len, sizeof(bytes) - 1);
	assert_memory_equal(r[1].content.data, bytes, sizeof(bytes) - 1);
	assert_int_equal(r[2].code, ERR_INVALID);
	assert_string_equal(r[2].error.text,
			    "'/big' is too large for workspace 'dev' to export: big "
			    "(200 MAX_NOTEBOOK_SIZE_EXCEEDED)");
	workspace_results_free(r, 3);
	assert_int_equal(workspace_export(f.workspace, &whole, 1, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_OK);
	assert_string_equal(buf_str(&r[0].content),
			    "{\"cells\":[],\"nbformat\":4,\"error_code\":\"X_Y\"}");
	workspace_results_free(r, 1);
	script_stop(&f);
}

static void test_folder_is_no_notebook(void **state)
{
	static const struct script_step steps[] = {
		{ .target = "/workspace/export",
		  .body = "PK\x03\x04zip",
		  .body_len = 7,
		  .times = 1 },
		{ .target = "/workspace/export", .body = "PKG = 1", .body_len = 7 },
	};
	const struct workspace_wanted wanted = { "/a", WORKSPACE_AS_SOURCE };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_export(f.workspace, &wanted, 1, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_INVALID);
	assert_string_equal(r[0].error.text,
			    "workspace 'dev' exported '/a' as an archive: it is a folder");
	workspace_results_free(r, 1);
	assert_int_equal(workspace_export(f.workspace, &wanted, 1, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_OK);
	workspace_results_free(r, 1);
	script_stop(&f);
}

static void test_export_is_capped(void **state)
{
	cleanup_free char *huge = xcalloc(1, WORKSPACE_SOURCE_MAX + 1);
	const struct script_step steps[] = {
		{ .target = "/workspace/export",
		  .body = huge,
		  .body_len = WORKSPACE_SOURCE_MAX + 1 },
	};
	const struct workspace_wanted wanted = { "/a", WORKSPACE_AS_SOURCE };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_export(f.workspace, &wanted, 1, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_INVALID);
	assert_true(str_starts(r[0].error.text, "cannot export '/a': the answer of 'http://"));
	assert_true(str_ends(r[0].error.text, "' is larger than 10485760 bytes"));
	assert_int_equal(script_count(&f, "GET"), 1);
	workspace_results_free(r, 1);
	script_stop(&f);
}

/* --- forms ---------------------------------------------------------------------------------- */

#define STEPS_N 4

/* What exports of '/a', one after the other by the same client, ask for and get. */
static const struct course {
	const char *name;
	struct script_step steps[STEPS_N];
	enum workspace_form form;
	int code;
	const char *content;
	unsigned first, both; /* requests of one export, and of two */
} courses[] = {
	{ "source",
	  { { .target = SOURCE, .body = "text" } },
	  WORKSPACE_AS_SOURCE,
	  .content = "text",
	  .first = 1,
	  .both = 2 },
	{ "whole",
	  { { .target = BARE, .status = 500 }, { .target = JUPYTER, .body = "whole" } },
	  WORKSPACE_AS_WHOLE,
	  .content = "whole",
	  .first = 1,
	  .both = 2 },
	{ "no outputs are wished for",
	  { { .target = BARE, .body = "bare" }, { .target = JUPYTER, .body = "whole" } },
	  WORKSPACE_AS_JUPYTER,
	  .content = "bare",
	  .first = 1,
	  .both = 2 },
	{ "the wish is refused",
	  { { .target = BARE, .status = 400, .body = BAD_WISH },
	    { .target = JUPYTER, .body = "whole" } },
	  WORKSPACE_AS_JUPYTER,
	  .content = "whole",
	  .first = 2,
	  .both = 3 },
	{ "the wish is refused by a bare status",
	  { { .target = BARE, .status = 400, .body = "" }, { .target = JUPYTER, .body = "whole" } },
	  WORKSPACE_AS_JUPYTER,
	  .content = "whole",
	  .first = 2,
	  .both = 3 },
	{ "it was not the wish: that is not remembered",
	  { { .target = JUPYTER, .status = 400, .body = NO_NOTEBOOK } },
	  WORKSPACE_AS_JUPYTER,
	  .code = ERR_INVALID,
	  .first = 2,
	  .both = 4 },
	{ "what is too large without outputs is not asked for with them",
	  { { .target = BARE, .status = 400, .body = TOO_LARGE } },
	  WORKSPACE_AS_JUPYTER,
	  .code = ERR_INVALID,
	  .first = 1,
	  .both = 2 },
	{ "what is missing is missing",
	  { { .target = BARE, .status = 404, .body = MISSING("/x") } },
	  WORKSPACE_AS_JUPYTER,
	  .code = ERR_ABSENT,
	  .first = 1,
	  .both = 2 },
};

static void export_once(const struct course *c, struct script_fixture *f, unsigned requests)
{
	const struct workspace_wanted wanted = { "/a", c->form };
	struct workspace_result *r;
	struct err e = ERR_INIT;

	assert_int_equal(workspace_export(f->workspace, &wanted, 1, &r, &e), ERR_OK);
	if (r[0].code != c->code || !str_eq(buf_str(&r[0].content), c->content ? c->content : ""))
		fail_msg("%s: ended as %d, '%s': %s", c->name, r[0].code, buf_str(&r[0].content),
			 r[0].error.text);
	if (http_server_count(f->server) != requests)
		fail_msg("%s: %u requests", c->name, http_server_count(f->server));
	workspace_results_free(r, 1);
}

static void test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(courses); i++) {
		struct script_fixture f;

		script_start(&f, courses[i].steps, STEPS_N);
		export_once(&courses[i], &f, courses[i].first);
		export_once(&courses[i], &f, courses[i].both);
		script_stop(&f);
	}
}

/* Many at once, of all forms: those that were under way when the first refusal came are asked once more
 * as well. */
static void test_forms_side_by_side(void **state)
{
	static const struct script_step steps[] = {
		{ .target = BARE, .status = 400, .body = BAD_WISH },
		{ .target = JUPYTER, .body = "whole" },
		{ .target = SOURCE, .body = "text" },
	};
	enum { COUNT = 30 };
	struct workspace_wanted wanted[COUNT];
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT; i++)
		wanted[i] = (struct workspace_wanted){ "/a", (enum workspace_form)(i % 3) };
	START(f, steps);
	assert_int_equal(workspace_export(f.workspace, wanted, COUNT, &r, &e), ERR_OK);
	for (size_t i = 0; i < COUNT; i++)
		assert_string_equal(buf_str(&r[i].content), i % 3 ? "whole" : "text");
	assert_in_range(script_count(&f, "GET " BARE), 1, 8);
	workspace_results_free(r, COUNT);
	script_stop(&f);
}

/* Notebooks that are larger than any source may be: each is in memory alone, and the others come later,
 * without having been read for nothing more than once each time. */
static void test_large_ones_go_alone(void **state)
{
	enum { COUNT = 5, SIZE = WORKSPACE_EXPORT_BYTES + 1 };
	cleanup_free char *body = xcalloc(1, SIZE);
	const struct script_step steps[] = { { .target = JUPYTER, .body = body, .body_len = SIZE },
					     { .target = SOURCE, .body = "text" } };
	struct workspace_wanted wanted[COUNT + 1];
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	memset(body, 'x', SIZE);
	for (size_t i = 0; i < COUNT; i++)
		wanted[i] = (struct workspace_wanted){ "/a", i % 2 ? WORKSPACE_AS_WHOLE
								   : WORKSPACE_AS_JUPYTER };
	START(f, steps);
	for (size_t left = COUNT; left; left--) {
		size_t came = 0;

		wanted[left] = (struct workspace_wanted){ "/a", WORKSPACE_AS_SOURCE };
		assert_int_equal(workspace_export(f.workspace, wanted, left + 1, &r, &e), ERR_OK);
		for (size_t i = 0; i < left; i++) {
			came += r[i].code == ERR_OK;
			assert_int_equal(r[i].later, r[i].code == ERR_CANCELLED);
			assert_int_equal(r[i].content.len, r[i].code ? 0 : SIZE);
		}
		assert_int_equal(came, 1);
		assert_true(r[left].later || str_eq(buf_str(&r[left].content), "text"));
		workspace_results_free(r, left + 1);
	}
	assert_int_equal(script_count(&f, "GET " JUPYTER), COUNT * (COUNT + 1) / 2 + COUNT);
	script_stop(&f);
}

/* Beyond what the workspace itself takes there is no asking again. */
static void test_too_large_even_alone(void **state)
{
	enum { SIZE = WORKSPACE_IPYNB_MAX + 1 };
	cleanup_free char *body = xcalloc(1, SIZE);
	const struct script_step steps[] = {
		{ .target = JUPYTER, .body = body, .body_len = SIZE }
	};
	const struct workspace_wanted wanted = { "/a", WORKSPACE_AS_WHOLE };
	struct workspace_result *r;
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	assert_int_equal(workspace_export(f.workspace, &wanted, 1, &r, &e), ERR_OK);
	assert_int_equal(r[0].code, ERR_INVALID);
	assert_true(str_ends(r[0].error.text, "' is larger than 104857600 bytes"));
	assert_int_equal(http_server_count(f.server), 2);
	workspace_results_free(r, 1);
	script_stop(&f);
}

static bool is_whole(void *payload, const struct workspace_object *o, const struct buf *content)
{
	(void)payload;
	return !o && str_eq(buf_str(content), "whole");
}

static void test_last_look_in_its_form(void **state)
{
	static const struct script_step steps[] = {
		{ .target = BARE, .status = 400, .body = BAD_WISH },
		{ .target = JUPYTER, .body = "whole" },
		{ .target = SOURCE, .body = "text" },
		{ .target = "/workspace/delete" },
	};
	struct workspace_last_look look = { .content = true, .still = is_whole };
	struct script_fixture f;
	struct err e = ERR_INIT;

	(void)state;
	START(f, steps);
	for (int i = 0; i < 2; i++) {
		look.form = WORKSPACE_AS_JUPYTER;
		assert_int_equal(workspace_delete(f.workspace, "/a", &look, &e), ERR_OK);
	}
	assert_int_equal(script_count(&f, "GET " BARE), 1);
	look.form = WORKSPACE_AS_WHOLE;
	assert_int_equal(workspace_delete(f.workspace, "/a", &look, &e), ERR_OK);
	assert_int_equal(script_count(&f, "GET " BARE), 1);
	look.form = WORKSPACE_AS_SOURCE;
	assert_int_equal(workspace_delete(f.workspace, "/a", &look, &e), ERR_CONFLICT);
	assert_int_equal(script_count(&f, "GET " SOURCE), 1);
	assert_int_equal(workspace_changes_sent(f.workspace), 3);
	script_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_export),
		cmocka_unit_test(test_folder_is_no_notebook),
		cmocka_unit_test(test_export_is_capped),
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_forms_side_by_side),
		cmocka_unit_test(test_large_ones_go_alone),
		cmocka_unit_test(test_too_large_even_alone),
		cmocka_unit_test(test_last_look_in_its_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
