/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cells written into an existing source file: what did not change keeps its bytes. What no file takes,
 * and a result that is too large.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "notebook_text.h"
#include "tests/source_text.h"

static void check_source(const char *old_text, const char *new_text, const char *expected)
{
	cleanup_notebook struct notebook *old = text_python(old_text);
	cleanup_notebook struct notebook *nb = text_python(new_text), *result = NULL;
	cleanup_free char *out = text_update(old, nb, NOTEBOOK_OUTPUTS_STRIP);

	assert_string_equal(out, expected);
	result = text_python(out);
	assert_true(notebook_equal(result, nb));
}

static const struct {
	const char *name, *old, *nb, *expected;
} source_rows[] = {
	{ "equal, other spelling", PY "# MAGIC %md x\n# MAGIC \n# MAGIC y",
	  PY "# MAGIC %md\n# MAGIC x\n# MAGIC\n# MAGIC y\n",
	  PY "# MAGIC %md x\n# MAGIC \n# MAGIC y" },
	{ "odd separators stay between neighbours", PY "a\n# COMMAND ----------\nb" SEP "c\n",
	  PY "a" SEP "b" SEP "C\n", PY "a\n# COMMAND ----------\nb" SEP "C\n" },
	{ "and are replaced beside a change", PY "a\n# COMMAND ----------\nb" SEP "c\n",
	  PY "a" SEP "B" SEP "c\n", PY "a" SEP "B" SEP "c\n" },
	{ "style of a changed markdown cell", PY "# MAGIC %md # T\n# MAGIC \n# MAGIC x\n",
	  PY "# MAGIC %md\n# MAGIC # T\n# MAGIC\n# MAGIC y\n",
	  PY "# MAGIC %md # T\n# MAGIC \n# MAGIC y\n" },
	{ "marker that no longer fits", PY "# MAGIC %md T\n# MAGIC x\n",
	  PY "# MAGIC %md\n# MAGIC\n# MAGIC x\n", PY "# MAGIC %md\n# MAGIC\n# MAGIC x\n" },
	{ "marker with blanks stays", PY "# MAGIC %md \n# MAGIC x\n",
	  PY "# MAGIC %md\n# MAGIC x2\n", PY "# MAGIC %md \n# MAGIC x2\n" },
	{ "a cell's own blank style",
	  PY "# MAGIC %md\n# MAGIC \n# MAGIC x" SEP "# MAGIC %md\n# MAGIC\n# MAGIC\n"
	     "# MAGIC y\n",
	  PY "# MAGIC %md\n# MAGIC\n# MAGIC x1" SEP "# MAGIC %md\n# MAGIC\n# MAGIC\n"
	     "# MAGIC y1\n",
	  PY "# MAGIC %md\n# MAGIC \n# MAGIC x1" SEP "# MAGIC %md\n# MAGIC\n# MAGIC\n"
	     "# MAGIC y1\n" },
	{ "the file's blank style in a new cell", PY "# MAGIC %md\n# MAGIC \n# MAGIC x\n",
	  PY "# MAGIC %md\n# MAGIC\n# MAGIC x" SEP "# MAGIC %md\n# MAGIC\n# MAGIC z\n",
	  PY "# MAGIC %md\n# MAGIC \n# MAGIC x" SEP "# MAGIC %md\n# MAGIC \n# MAGIC z\n" },
	{ "odd cells stay raw", PY "# MAGIC # %pip x" SEP "%pip y" SEP "z\n",
	  PY "# %pip x" SEP "# MAGIC %pip y" SEP "Z\n",
	  PY "# MAGIC # %pip x" SEP "%pip y" SEP "Z\n" },
	{ "moved", PY "# MAGIC %md A" SEP "b" SEP "# MAGIC %md C" SEP "d\n",
	  PY "d" SEP "# MAGIC %md\n# MAGIC A" SEP "b" SEP "# MAGIC %md\n# MAGIC C\n",
	  PY "d" SEP "# MAGIC %md A" SEP "b" SEP "# MAGIC %md C\n" },
	{ "inserted and deleted", PY "a" SEP "b" SEP "c\n", PY "a" SEP "x" SEP "y" SEP "c\n",
	  PY "a" SEP "x" SEP "y" SEP "c\n" },
	{ "everything deleted", PY "a" SEP "b\n", PY, PY "\n" },
	{ "from nothing", PY, PY "a" SEP "b\n", PY "a" SEP "b\n" },
	{ "no final newline stays", PY "a" SEP "b", PY "a" SEP "B\n", PY "a" SEP "B" },
	{ "empty last cell filled", PY "a\n\n# COMMAND ----------\n", PY "a" SEP "b\n",
	  PY "a" SEP "b\n" },
	{ "title added, changed, hidden, removed",
	  PY "a" SEP "# DBTITLE 1,B\nb" SEP "# DBTITLE 1,C\nc" SEP "# DBTITLE 1,D\nd\n",
	  PY "# DBTITLE 1,A\na" SEP "# DBTITLE 1,BB\nb" SEP "# DBTITLE 0,C\nc" SEP "d\n",
	  PY "# DBTITLE 1,A\na" SEP "# DBTITLE 1,BB\nb" SEP "# DBTITLE 0,C\nc" SEP "d\n" },
	{ "old header stays",
	  "# Databricks notebook source exported at Mon, 14 Mar 2016 04:15:07 UTC\na\n", PY "b\n",
	  "# Databricks notebook source exported at Mon, 14 Mar 2016 04:15:07 UTC\nb\n" },
	{ "header without its newline", "# Databricks notebook source", PY "a\n", PY "a\n" },
	{ "environment removed",
	  PY "# /// script\n# [tool.databricks.environment]\n# x = 1\n# ///\na\n", PY "b\n",
	  PY "b\n" },
	{ "environment told anew",
	  PY "# /// script\n# [tool.databricks.environment]\n"
	     "# environment_version = \"4\"\n# ///\na\n",
	  PY "# /// script\n# [tool.databricks.environment]\n"
	     "# environment_version = \"5\"\n# ///\nb\n",
	  PY "# /// script\n# [tool.databricks.environment]\n"
	     "# environment_version = \"5\"\n# ///\nb\n" },
	{ "CRLF", "# Databricks notebook source\r\na\r\n\r\n# COMMAND ----------\r\n\r\nb\r\n",
	  PY "a" SEP "x\ny\n",
	  "# Databricks notebook source\r\na\r\n\r\n# COMMAND "
	  "----------\r\n\r\nx\r\ny\r\n" },
	{ "a CRLF header must not make the rest CRLF", "# Databricks notebook source\r\na\nb",
	  PY "x\r\ny\n", "# Databricks notebook source\r\nx\ny" },
	{ "type changed", PY "# MAGIC %md\n# MAGIC x" SEP "b\n", PY "x" SEP "b\n",
	  PY "x" SEP "b\n" },
};

static void test_source(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(source_rows); i++) {
		print_message("%s\n", source_rows[i].name);
		check_source(source_rows[i].old, source_rows[i].nb, source_rows[i].expected);
	}
}

static void test_refused(void **state)
{
	cleanup_notebook struct notebook *old = text_python(PY "a" SEP "b\n");
	cleanup_notebook struct notebook *sql = text_source(SQL "a\n", NOTEBOOK_SQL);
	cleanup_notebook struct notebook *split = text_ipynb(
		"{\"cells\":[{\"cell_type\":\"code\",\"source\":\"a\"},{\"cell_type\":"
		"\"code\",\"source\":\"x\\n# COMMAND ----------\"}],\"nbformat\":4}");
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	cleanup_buf struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(notebook_update(old, sql, &options, &out, &e), ERR_INVALID);
	assert_string_equal(e.text, "the notebook is SQL and the file is PYTHON");
	assert_int_equal(notebook_update(old, split, &options, &out, &e), ERR_INVALID);
	assert_string_equal(e.text, "cell 2, line 2: a line that is exactly the separator would "
				    "split the cell");
	assert_int_equal(out.len, 0);
}

static void test_full_buffer(void **state)
{
	static const char crlf[] = "# Databricks notebook source\r\na\r\nb\r\n";
	cleanup_notebook struct notebook *old = text_python(crlf), *nb = text_python(PY "a\nc\n");
	const struct notebook *const news[] = { old, nb };
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(news); i++) {
		cleanup_buf struct buf out = BUF_INIT(40);
		struct err e = ERR_INIT;

		buf_add_str(&out, "before");
		assert_int_equal(notebook_update(old, news[i], &options, &out, &e), ERR_INVALID);
		assert_string_equal(e.text, "the result is larger than the limit of 40 bytes");
		assert_string_equal(buf_str(&out), "before");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_full_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
