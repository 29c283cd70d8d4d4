/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of Databricks source: what each form of it means, and that every form comes back
 * byte for byte.
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

struct row {
	const char *name, *text, *cells;
	/* the file that a new conversion of the cells writes; NULL: the same text */
	const char *fresh;
};

static const struct row python_rows[] = {
	{ "header only", PY, "c:", PY "\n" },
	{ "header without its newline", "# Databricks notebook source", "c:", PY "\n" },
	{ "one empty cell", PY "\n", "c:", NULL },
	{ "one cell", PY "print(1)\n", "c:print(1)", NULL },
	{ "two cells", PY "a" SEP "b\n", "c:a | c:b", NULL },
	{ "no final newline", PY "a" SEP "b", "c:a | c:b", PY "a" SEP "b\n" },
	{ "empty cell in the middle", PY "a" SEP "" SEP "b\n", "c:a | c: | c:b", NULL },
	{ "empty last cell of a Git folder", PY "a" SEP "\n", "c:a | c:", NULL },
	{ "empty last cell of the API", PY "a\n\n# COMMAND ----------\n\n",
	  "c:a | c:", PY "a" SEP "\n" },
	{ "separator at the very end", PY "a\n\n# COMMAND ----------\n",
	  "c:a | c:", PY "a" SEP "\n" },
	{ "separator at the end, no newline", PY "a\n\n# COMMAND ----------",
	  "c:a | c:", PY "a" SEP "\n" },
	{ "empty first cell", PY "" SEP "a\n", "c: | c:a", NULL },
	{ "one blank line before the first separator", PY "\n# COMMAND ----------\n\na\n",
	  "c: | c:a", PY SEP "a\n" },
	{ "blank lines belong to the cells", PY "\na\n\n" SEP "\n\nb\n", "c:\\na\\n\\n | c:\\n\\nb",
	  NULL },
	{ "last cell ends in a newline", PY "a\n\n", "c:a\\n", NULL },
	{ "no blank line before", PY "a\n# COMMAND ----------\n\nb\n", "c:a | c:b",
	  PY "a" SEP "b\n" },
	{ "no blank line after", PY "a\n\n# COMMAND ----------\nb\n", "c:a | c:b",
	  PY "a" SEP "b\n" },
	{ "no blank line at all", PY "a\n# COMMAND ----------\nb\n", "c:a | c:b",
	  PY "a" SEP "b\n" },
	{ "two separators in a row", PY "a\n# COMMAND ----------\n# COMMAND ----------\nb\n",
	  "c:a | c: | c:b", PY "a" SEP "" SEP "b\n" },
	{ "eleven hyphens are no separator", PY "a\n\n# COMMAND -----------\n\nb\n",
	  "c:a\\n\\n# COMMAND -----------\\n\\nb", NULL },
	{ "trailing blank is no separator", PY "a\n\n# COMMAND ---------- \n\nb\n",
	  "c:a\\n\\n# COMMAND ---------- \\n\\nb", NULL },
	{ "indented separator is text", PY "a\n\n  # COMMAND ----------\n\nb\n",
	  "c:a\\n\\n  # COMMAND ----------\\n\\nb", NULL },
	{ "separator of another language is text", PY "a\n\n-- COMMAND ----------\n\nb\n",
	  "c:a\\n\\n-- COMMAND ----------\\n\\nb", NULL },
	{ "markdown", PY "# MAGIC %md\n# MAGIC # T\n# MAGIC\n# MAGIC x\n", "m:# T\\n\\nx", NULL },
	{ "markdown with old blanks", PY "# MAGIC %md\n# MAGIC # T\n# MAGIC \n# MAGIC x\n",
	  "m:# T\\n\\nx", PY "# MAGIC %md\n# MAGIC # T\n# MAGIC\n# MAGIC x\n" },
	{ "markdown on the marker's line", PY "# MAGIC %md # T\n# MAGIC x\n", "m:# T\\nx",
	  PY "# MAGIC %md\n# MAGIC # T\n# MAGIC x\n" },
	{ "blanks after the marker", PY "# MAGIC %md  \n# MAGIC x\n", "m:x",
	  PY "# MAGIC %md\n# MAGIC x\n" },
	{ "only one newline is the marker's", PY "# MAGIC %md\n# MAGIC\n# MAGIC x\n", "m:\\nx",
	  NULL },
	{ "marker alone", PY "# MAGIC %md\n", "m:", PY "# MAGIC %md\n# MAGIC\n" },
	{ "trailing white space of markdown", PY "# MAGIC %md\n# MAGIC x  \n# MAGIC\n# MAGIC\n",
	  "m:x  \\n\\n", NULL },
	{ "spaces in an otherwise empty line", PY "# MAGIC %md\n# MAGIC x\n# MAGIC   \n# MAGIC y\n",
	  "m:x\\n  \\ny", NULL },
	{ "sandbox", PY "# MAGIC %md-sandbox\n# MAGIC <b>\n", "s:<b>", NULL },
	{ "sandbox with an argument", PY "# MAGIC %md-sandbox --i18n-1\n# MAGIC x\n",
	  "s:--i18n-1\\nx", PY "# MAGIC %md-sandbox\n# MAGIC --i18n-1\n# MAGIC x\n" },
	{ "a word that only begins like markdown", PY "# MAGIC %mdx\n# MAGIC y\n", "c:%mdx\\ny",
	  NULL },
	{ "markdown after an empty line", PY "# MAGIC\n# MAGIC %md\n# MAGIC x\n", "m:x",
	  PY "# MAGIC %md\n# MAGIC x\n" },
	{ "markdown without MAGIC", PY "%md\nx\n", "m:x", PY "# MAGIC %md\n# MAGIC x\n" },
	{ "magic cell", PY "# MAGIC %sql\n# MAGIC SELECT 1\n", "c:%sql\\nSELECT 1", NULL },
	{ "default language keeps its word", PY "# MAGIC %python\n# MAGIC a\n", "c:%python\\na",
	  NULL },
	{ "whole cell by its first characters", PY "# MAGIC %pip install x\n# MAGIC restart()\n",
	  "c:%pip install x\\nrestart()", NULL },
	{ "leading blank lines of a magic cell", PY "# MAGIC\n# MAGIC %sql\n# MAGIC S\n",
	  "c:\\n%sql\\nS", NULL },
	{ "double percent", PY "# MAGIC %%writefile f\n# MAGIC x\n", "c:%%writefile f\\nx", NULL },
	{ "magic further down is plain", PY "# note\n%pip install x\n", "c:# note\\n%pip install x",
	  NULL },
	{ "shell escape is plain", PY "!pip install x\n", "c:!pip install x", NULL },
	{ "plain percent", PY "%pip install x\n", "c:%pip install x",
	  PY "# MAGIC %pip install x\n" },
	{ "MAGIC without percent", PY "# MAGIC # %pip x\n", "c:# %pip x", PY "# %pip x\n" },
	{ "some lines MAGIC is plain", PY "# MAGIC %autoreload 2\n\nx = 1\n",
	  "c:# MAGIC %autoreload 2\\n\\nx = 1", NULL },
	{ "empty lines after MAGIC", PY "# MAGIC %md\n# MAGIC x\n\n" SEP "b\n", "m:x\\n\\n | c:b",
	  PY "# MAGIC %md\n# MAGIC x\n# MAGIC\n# MAGIC" SEP "b\n" },
	{ "empty line between MAGIC", PY "# MAGIC %sql\n\n# MAGIC x\n", "c:%sql\\n\\nx",
	  PY "# MAGIC %sql\n# MAGIC\n# MAGIC x\n" },
	{ "only empty lines", PY "\n\n\n", "c:\\n\\n", NULL },
	{ "MAGIC without a blank is plain", PY "# MAGIC%sql\n", "c:# MAGIC%sql", NULL },
	{ "nested separator", PY "# MAGIC %sh\n# MAGIC # COMMAND ----------\n# MAGIC x\n",
	  "c:%sh\\n# COMMAND ----------\\nx", NULL },
	{ "nested MAGIC", PY "# MAGIC %sh\n# MAGIC # MAGIC %md\n", "c:%sh\\n# MAGIC %md", NULL },
	{ "title", PY "# DBTITLE 1,Load\na\n", "c<1,Load>:a", NULL },
	{ "hidden title", PY "# DBTITLE 0,Load\na\n", "c<0,Load>:a", NULL },
	{ "title keeps its blanks", PY "# DBTITLE 1, Load \na\n", "c<1, Load >:a", NULL },
	{ "title of markdown", PY "# DBTITLE 1,T\n# MAGIC %md\n# MAGIC x\n", "m<1,T>:x", NULL },
	{ "title alone", PY "# DBTITLE 1,T\n" SEP "b\n", "c<1,T>: | c:b", NULL },
	{ "title alone, one line end short", PY "# DBTITLE 1,T" SEP "b\n", "c<1,T>: | c:b",
	  PY "# DBTITLE 1,T\n" SEP "b\n" },
	{ "title elsewhere is text", PY "a\n# DBTITLE 1,T\n", "c:a\\n# DBTITLE 1,T", NULL },
	{ "title of another kind is text", PY "# DBTITLE 2,T\na\n", "c:# DBTITLE 2,T\\na", NULL },
	{ "empty title is none", PY "# DBTITLE 1,\na\n", "c:a", PY "a\n" },
	{ "second title is text", PY "# DBTITLE 1,A\n# DBTITLE 1,B\n", "c<1,A>:# DBTITLE 1,B",
	  NULL },
	{ "old header",
	  "# Databricks notebook source exported at Tue, 21 Jun 2016 11:57:28 UTC\na\n", "c:a",
	  PY "a\n" },
	{ "byte order mark", "\xEF\xBB\xBF" PY "a\n", "c:a", PY "a\n" },
	{ "CRLF", "# Databricks notebook source\r\na\r\n\r\n# COMMAND ----------\r\n\r\nb\r\n",
	  "c:a | c:b", PY "a" SEP "b\n" },
	{ "CRLF markdown",
	  "# Databricks notebook source\r\n# MAGIC %md\r\n# MAGIC x\r\n# MAGIC\r\n# MAGIC y\r\n",
	  "m:x\\n\\ny", PY "# MAGIC %md\n# MAGIC x\n# MAGIC\n# MAGIC y\n" },
	{ "one CRLF separator in LF", PY "a\n\r\n# COMMAND ----------\r\n\r\nb\n", "c:a | c:b",
	  PY "a" SEP "b\n" },
	{ "a single CR ends a line", PY "a\rb\n", "c:a\\nb", PY "a\nb\n" },
	{ "UTF-8", PY "x = \"\xC3\xA9\xF0\x9F\x94\xA5\"\n", "c:x = \"\xC3\xA9\xF0\x9F\x94\xA5\"",
	  NULL },
	{ "raw cell", PY "# MAGIC %skip\n# MAGIC %raw\n# MAGIC x\n", "r:x", NULL },
	{ "empty raw cell", PY "# MAGIC %skip\n# MAGIC %raw\n",
	  "r:", PY "# MAGIC %skip\n# MAGIC %raw\n# MAGIC\n" },
	{ "skipped cell", PY "# MAGIC %skip\n# MAGIC x\n", "c:%skip\\nx", NULL },
	{ "environment",
	  PY "# /// script\n# [tool.databricks.environment]\n# environment_version = \"4\"\n# "
	     "///\na\n",
	  "c:a", NULL },
	{ "environment, first cell titled",
	  PY "# /// script\n# [tool.databricks.environment]\n# base_environment = \"ai_v4\"\n"
	     "# environment_version = \"4\"\n# ///\n# DBTITLE 1,T\na\n",
	  "c<1,T>:a", NULL },
	{ "environment with dependencies",
	  PY "# /// script\n# [tool.databricks.environment]\n# environment_version = \"4\"\n"
	     "# dependencies = [\n#   \"numpy\",\n#   \"acme[x]>=1\",\n# ]\n# ///\na\n",
	  "c:a", NULL },
	{ "environment without its end is text", PY "# /// script\n# x = 1\na\n",
	  "c:# /// script\\n# x = 1\\na", NULL },
};

static void check_row(const struct row *row, enum notebook_language language)
{
	cleanup_notebook struct notebook *nb = text_source(row->text, language), *through = NULL;
	cleanup_free char *own = text_write(nb, NOTEBOOK_SOURCE);
	cleanup_free char *ipynb = text_write(nb, NOTEBOOK_IPYNB), *fresh = NULL, *updated = NULL;

	print_message("%s\n", row->name);
	text_assert_cells(nb, row->cells);
	assert_string_equal(own, row->text);
	through = text_ipynb(ipynb);
	text_assert_cells(through, row->cells);
	assert_true(notebook_equal(nb, through));
	fresh = text_write(through, NOTEBOOK_SOURCE);
	assert_string_equal(fresh, row->fresh ? row->fresh : row->text);
	updated = text_update(nb, through, NOTEBOOK_OUTPUTS_STRIP);
	assert_string_equal(updated, row->text);
}

static void test_python(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(python_rows); i++)
		check_row(&python_rows[i], NOTEBOOK_PYTHON);
}

static void test_languages(void **state)
{
	static const struct {
		enum notebook_language language;
		const char *text, *cells;
	} rows[] = {
		{ NOTEBOOK_SQL,
		  "-- Databricks notebook source\n-- DBTITLE 1,T\nSELECT 1\n\n"
		  "-- COMMAND ----------\n\n-- MAGIC %python\n-- MAGIC x\n\n"
		  "-- COMMAND ----------\n\n-- MAGIC %md\n-- MAGIC y\n",
		  "c<1,T>:SELECT 1 | c:%python\\nx | m:y" },
		{ NOTEBOOK_SCALA,
		  "// Databricks notebook source\n// MAGIC %md\n// MAGIC\n// MAGIC y\n\n"
		  "// COMMAND ----------\n\nval x = 1\n",
		  "m:\\ny | c:val x = 1" },
		{ NOTEBOOK_R,
		  "# Databricks notebook source\nx <- 1\n\n# COMMAND ----------\n\n"
		  "# MAGIC %sql\n# MAGIC SELECT 1\n",
		  "c:x <- 1 | c:%sql\\nSELECT 1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct row row = { notebook_language_name(rows[i].language), rows[i].text,
				   rows[i].cells, NULL };

		check_row(&row, rows[i].language);
	}
}

static void test_environment_only_in_python(void **state)
{
	cleanup_notebook struct notebook *nb = text_source(
		"# Databricks notebook source\n# /// script\n# ///\nx\n", NOTEBOOK_R);

	(void)state;
	text_assert_cells(nb, "c:# /// script\\n# ///\\nx");
}

static void test_api_form(void **state)
{
	cleanup_notebook struct notebook *nb = text_python(PY "a\n"), *other = NULL, *back = NULL;
	cleanup_free char *ipynb = text_write(nb, NOTEBOOK_IPYNB);
	struct notebook_options options = { .final_newline = false };
	cleanup_buf struct buf out = BUF_INIT(1000);
	struct err e = ERR_INIT;

	(void)state;
	other = text_ipynb(ipynb);
	assert_int_equal(notebook_write(other, NOTEBOOK_SOURCE, &options, &out, &e), 0);
	assert_string_equal(out.data, PY "a");
	back = text_parse(out.data, out.len, NOTEBOOK_SOURCE, NOTEBOOK_PYTHON);
	assert_true(notebook_equal(back, nb));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_python),
		cmocka_unit_test(test_languages),
		cmocka_unit_test(test_environment_only_in_python),
		cmocka_unit_test(test_api_form),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
