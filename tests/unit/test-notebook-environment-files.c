/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment in whole notebooks: from a block into an .ipynb and back, new and existing, and the
 * hub's own .ipynb, which holds the block itself.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "notebook_text.h"
#include "tests/source_text.h"

#define OPEN   "# /// script\n"
#define CLOSE  "# ///\n"
#define TABLE  "# [tool.databricks.environment]\n"
#define V4     OPEN TABLE "# environment_version = \"4\"\n" CLOSE
#define V5     OPEN TABLE "# environment_version = \"5\"\n" CLOSE
#define PYTHON "# requires-python = \">=3.11\"\n"

/* A file of Databricks with these members of its metadata and its object there. */
static char *file_of(const char *members, const char *environment)
{
	return xasprintf("{\"metadata\":{\"application/vnd.databricks.v1+notebook\":{%s"
			 "\"language\":\"python\"}%s},\"cells\":[{\"cell_type\":\"code\","
			 "\"source\":\"a\"}],\"nbformat\":4}",
			 environment, members);
}

static char *update(const char *old, const char *nb, bool private)
{
	cleanup_notebook struct notebook *file = *old == '{' ? text_ipynb(old) : text_python(old);
	cleanup_notebook struct notebook *from = *nb == '{' ? text_ipynb(nb) : text_python(nb);
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	struct buf out = BUF_INIT(100000);
	struct err e = ERR_INIT;
	size_t len;

	options.private = private;
	assert_int_equal(notebook_update(file, from, &options, &out, &e), 0);
	return buf_steal(&out, &len);
}

#define META(json)  "\"environmentMetadata\":" json ","
#define BLOCK(toml) ",\"nbsync\":{\"environment_block\":\"# /// script\\n" toml "# ///\\n\"}"

/* A block into a file of Databricks. */
static const struct {
	const char *old, *block, *made; /* environmentMetadata; "" none */
} into_ipynb[] = {
	{ META("{\"environment_version\":\"4\"}"), V4, META("{\"environment_version\":\"4\"}") },
	{ META("{ \"environment_version\" : \"4\" }"), V4,
	  META("{ \"environment_version\" : \"4\" }") },
	{ META("{\"environment_version\":\"4\"}"), V5, META("{\"environment_version\":\"5\"}") },
	{ META("{\"environment_version\":\"4\",\"more\":[1.0]}"), V5,
	  META("{\"environment_version\":\"5\",\"more\":[1.0]}") },
	{ META("{\"environment_version\":\"4\",\"more\":1}"), "", META("{\"more\":1}") },
	{ META("{\"environment_version\":\"4\"}"), "", META("null") },
	{ META("null"), "", META("null") },
	{ "", "", "" },
	{ META("null"), V4, META("{\"environment_version\":\"4\"}") },
	{ "", V4, META("{\"environment_version\":\"4\"}") },
	{ META("{\"client\":\"1\",\"dependencies\":[\"a\"]}"),
	  OPEN TABLE "# client = '1'\n# dependencies = ['b']\n" CLOSE,
	  META("{\"client\":\"1\",\"dependencies\":[\"b\"]}") },
	{ META("{\"environment_version\":\"4\"}"), OPEN TABLE "# project_environment = 'p'\n" CLOSE,
	  META("{\"project_environment\":\"p\"}") },
	/* what Databricks noted of itself is not contradicted by source without a block */
	{ META("{\"base_environment\":\"\",\"environment_version\":\"4\"}"), "",
	  META("{\"base_environment\":\"\",\"environment_version\":\"4\"}") },
	/* what has no place in .ipynb is no difference */
	{ META("{\"environment_version\":\"4\"}"),
	  OPEN PYTHON TABLE "# environment_version = '4' # c\n" CLOSE,
	  META("{\"environment_version\":\"4\"}") },
	{ META("{\"environment_version\":\"4\"}"), OPEN "# not toml\n" CLOSE,
	  META("{\"environment_version\":\"4\"}") },
};

static void test_into_ipynb(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(into_ipynb); i++) {
		cleanup_free char *old = file_of("", into_ipynb[i].old);
		cleanup_free char *expected = file_of("", into_ipynb[i].made);
		cleanup_free char *nb = xasprintf(PY "%sa\n", into_ipynb[i].block);
		cleanup_free char *made = update(old, nb, false);

		assert_string_equal(made, expected);
	}
}

/* A file that Jupyter made learns an environment, and only then is told that there is none. */
static void test_into_jupyter(void **state)
{
	static const char file[] = "{\"metadata\":{\"kernelspec\":{\"name\":\"python3\"}%s},"
				   "\"cells\":[{\"cell_type\":\"code\",\"source\":\"a\"}],"
				   "\"nbformat\":4}";
	cleanup_free char *bare = xasprintf(file, ""), *back = NULL, *none = NULL;
	cleanup_free char *told = update(bare, PY V4 "a\n", false);

	(void)state;
	assert_non_null(strstr(told, "{\"environment_version\":\"4\"}"));
	none = update(bare, PY "a\n", false);
	assert_string_equal(none, bare);
	back = update(PY V4 "b\n", bare, false);
	assert_string_equal(back, PY V4 "a\n");
}

static void test_into_source(void **state)
{
	static const struct {
		const char *old, *environment, *made;
	} rows[] = {
		{ V4, META("{\"environment_version\":\"5\"}"), V5 },
		{ V4, META("null"), "" },
		{ V4, "", "" },
		{ "", META("{\"base_environment\":\"\",\"environment_version\":\"5\"}"), "" },
		{ V4, META("{\"base_environment\":\"\",\"environment_version\":\"5\"}"), V5 },
		{ OPEN PYTHON CLOSE, META("null"), OPEN PYTHON CLOSE },
		{ OPEN PYTHON CLOSE, META("{\"environment_version\":\"5\"}"),
		  OPEN PYTHON TABLE "# environment_version = \"5\"\n" CLOSE },
		{ OPEN PYTHON TABLE "# environment_version = '4' # c\n" CLOSE,
		  META("{\"environment_version\":\"5\"}"),
		  OPEN PYTHON TABLE "# environment_version = '5' # c\n" CLOSE },
		{ OPEN "# not toml\n" CLOSE, META("{\"environment_version\":\"5\"}"),
		  OPEN "# not toml\n" CLOSE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *old = xasprintf(PY "%sa\n", rows[i].old);
		cleanup_free char *expected = xasprintf(PY "%sa\n", rows[i].made);
		cleanup_free char *nb = file_of("", rows[i].environment);
		cleanup_free char *made = update(old, nb, false);

		assert_string_equal(made, expected);
	}
}

static void test_crlf(void **state)
{
	cleanup_free char *nb = file_of("", META("{\"environment_version\":\"5\"}"));
	cleanup_free char *made = update(
		"# Databricks notebook source\r\n# /// script\r\n"
		"# tool.databricks.environment.environment_version = '4'\r\n"
		"# ///\r\na\r\n",
		nb, false);

	(void)state;
	assert_string_equal(made, "# Databricks notebook source\r\n# /// script\r\n"
				  "# tool.databricks.environment.environment_version = '5'\r\n"
				  "# ///\r\na\r\n");
}

/* Only Python has blocks; another language's file neither tells an environment nor takes one. */
static void test_other_languages(void **state)
{
	static const char text[] = "{\"metadata\":{\"application/vnd.databricks.v1+notebook\":{"
				   "\"environmentMetadata\":{\"environment_version\":\"5\"},"
				   "\"language\":\"sql\"}},\"cells\":[{\"cell_type\":\"code\","
				   "\"source\":\"a\"}],\"nbformat\":4}";
	cleanup_notebook struct notebook *sql = text_source(SQL "a\n", NOTEBOOK_SQL);
	cleanup_notebook struct notebook *ipynb = text_ipynb(text);
	cleanup_free char *made = NULL, *back = NULL;

	(void)state;
	made = text_update(sql, ipynb, NOTEBOOK_OUTPUTS_STRIP);
	assert_string_equal(made, SQL "a\n");
	back = text_update(ipynb, sql, NOTEBOOK_OUTPUTS_STRIP);
	assert_string_equal(back, text);
}

/* ---- the hub ---- */

static char *hub_form(const char *source)
{
	cleanup_notebook struct notebook *nb = text_python(source);
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;

	options.private = true;
	return text_write_with(nb, NOTEBOOK_IPYNB, &options);
}

static void test_hub_and_back(void **state)
{
	static const char *const blocks[] = {
		"",
		V4,
		OPEN PYTHON TABLE "# environment_version = '4' # c\n#\n" CLOSE,
		OPEN "# dependencies = ['a']\n" CLOSE,
		OPEN "# not toml\n" CLOSE,
		OPEN "# tool.databricks.environment.environment_version = '4'\n" CLOSE,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
		cleanup_free char *source = xasprintf(PY "%sa\n", blocks[i]);
		cleanup_free char *hub = hub_form(source), *side = NULL, *back = NULL;
		cleanup_notebook struct notebook *nb = text_ipynb(hub);
		cleanup_buf struct buf x = BUF_INIT(10000), y = BUF_INIT(10000);
		cleanup_notebook struct notebook *from = text_python(source);

		back = text_write(nb, NOTEBOOK_SOURCE);
		assert_string_equal(back, source);
		notebook_canonical(nb, NOTEBOOK_OUTPUTS_STRIP, &x);
		notebook_canonical(from, NOTEBOOK_OUTPUTS_STRIP, &y);
		assert_string_equal(x.data, y.data);
		/* what leaves the hub says nothing of us */
		assert_int_equal(strstr(hub, "nbsync") != NULL, i >= 2);
		side = text_write(nb, NOTEBOOK_IPYNB);
		assert_null(strstr(side, "nbsync"));
	}
}

static void test_private_updates(void **state)
{
	static const struct {
		const char *old, *block, *made;
	} rows[] = {
		{ "", OPEN PYTHON CLOSE, BLOCK("# requires-python = \\\">=3.11\\\"\\n") },
		{ BLOCK("# x = 1\\n"), OPEN "# x = 2\n" CLOSE, BLOCK("# x = 2\\n") },
		{ BLOCK("# x = 1\\n"), "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *old = file_of(rows[i].old, META("null"));
		cleanup_free char *expected = file_of(rows[i].made, META("null"));
		cleanup_free char *nb = xasprintf(PY "%sa\n", rows[i].block);
		cleanup_free char *made = update(old, nb, true);

		assert_string_equal(made, expected);
	}
}

/* A side's file that holds our key all the same: its bytes stay, unless they would say what is not
 * so any longer. */
static void test_private_key_of_a_side(void **state)
{
	cleanup_free char *bare = file_of("", META("null"));
	cleanup_free char *old = file_of(BLOCK("# x = 1\\n"), META("null")), *other = NULL;
	cleanup_free char *same = update(old, PY OPEN "# x = 1\n" CLOSE "a\n", false);
	cleanup_free char *odd = file_of(",\"nbsync\":{\"environment_block\":\"x\"}", META("null"));
	cleanup_free char *source = NULL;
	cleanup_notebook struct notebook *nb = text_ipynb(odd);

	(void)state;
	assert_string_equal(same, old);
	other = update(old, PY OPEN "# x = 2\n" CLOSE "a\n", false);
	assert_string_equal(other, bare);
	/* what is no block says nothing */
	source = text_write(nb, NOTEBOOK_SOURCE);
	assert_string_equal(source, PY "a\n");
}

static void test_refusals(void **state)
{
	static const struct {
		const char *block, *why;
	} rows[] = {
		{ PYTHON, "'requires-python' of the environment block has no place in .ipynb, take "
			  "it out of the block or update an .ipynb that exists" },
		{ "# dependencies = ['a']\n",
		  "'dependencies' of the environment block has no place in .ipynb, take it out of "
		  "the block or update an .ipynb that exists" },
		{ "# [[tool.x]]\n", "'[[tool.x]]' of the environment block has no place in .ipynb, "
				    "take it out of the "
				    "block or update an .ipynb that exists" },
		{ "# # pinned by hand\n",
		  "the comment '# pinned by hand' of the environment block has no place in .ipynb, "
		  "take it out of the block or update an .ipynb that exists" },
		{ "# [tool.databricks.environment]\n# environment_version = 4\n",
		  "'tool.databricks.environment.environment_version' of the environment block has "
		  "no place in .ipynb, take it out of the block or update an .ipynb that exists" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *text = xasprintf(PY OPEN "%s" CLOSE "a\n", rows[i].block);
		cleanup_notebook struct notebook *nb = text_python(text);
		struct err e = ERR_INIT;

		assert_int_equal(notebook_refuse_block(nb, &e), ERR_INVALID);
		assert_string_equal(e.text, rows[i].why);
	}
}

/* Text that only JSON can hold is refused, and nothing is written. */
static void test_what_no_block_can_hold(void **state)
{
	cleanup_free char *text = file_of("", META("{\"environment_version\":\"\\ud800\"}"));
	cleanup_notebook struct notebook *nb = text_ipynb(text);
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	cleanup_buf struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(notebook_write(nb, NOTEBOOK_SOURCE, &options, &out, &e), ERR_INVALID);
	assert_string_equal(e.text,
			    "the environment holds text that is not UTF-8, which a block of "
			    "source must be");
	assert_int_equal(out.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_into_ipynb),
		cmocka_unit_test(test_into_jupyter),
		cmocka_unit_test(test_into_source),
		cmocka_unit_test(test_crlf),
		cmocka_unit_test(test_other_languages),
		cmocka_unit_test(test_hub_and_back),
		cmocka_unit_test(test_private_updates),
		cmocka_unit_test(test_private_key_of_a_side),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_what_no_block_can_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
