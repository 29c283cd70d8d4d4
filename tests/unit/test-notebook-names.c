/* SPDX-License-Identifier: Apache-2.0 */
/* File names, language names, and which scripts are notebooks. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "notebook/notebook.h"

static void test_names(void **state)
{
	static const struct {
		const char *path, *stem; /* stem NULL: no notebook's name */
		enum notebook_format format;
		enum notebook_language language;
	} rows[] = {
		{ "etl/load.py", "etl/load", NOTEBOOK_SOURCE, NOTEBOOK_PYTHON },
		{ "a.sql", "a", NOTEBOOK_SOURCE, NOTEBOOK_SQL },
		{ "a.scala", "a", NOTEBOOK_SOURCE, NOTEBOOK_SCALA },
		{ "a.r", "a", NOTEBOOK_SOURCE, NOTEBOOK_R },
		{ "a.R", "a", NOTEBOOK_SOURCE, NOTEBOOK_R },
		{ "a.PY", "a", NOTEBOOK_SOURCE, NOTEBOOK_PYTHON },
		{ "x/a.ipynb", "x/a", NOTEBOOK_IPYNB, NOTEBOOK_PYTHON },
		{ "q.dbquery.ipynb", "q.dbquery", NOTEBOOK_IPYNB, NOTEBOOK_PYTHON },
		{ "a.b.py", "a.b", NOTEBOOK_SOURCE, NOTEBOOK_PYTHON },
		{ ".hidden.py", ".hidden", NOTEBOOK_SOURCE, NOTEBOOK_PYTHON },
		{ "with blank.py", "with blank", NOTEBOOK_SOURCE, NOTEBOOK_PYTHON },
		{ "flow.designer.ipynb", NULL, 0, 0 },
		{ "flow.Designer.IPYNB", NULL, 0, 0 },
		{ ".py", NULL, 0, 0 },
		{ "dir/.ipynb", NULL, 0, 0 },
		{ "py", NULL, 0, 0 },
		{ "a.pyc", NULL, 0, 0 },
		{ "a.py/", NULL, 0, 0 },
		{ "a.txt", NULL, 0, 0 },
		{ "", NULL, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct notebook_name name;
		bool ok = notebook_name_parse(&name, rows[i].path);

		assert_int_equal(ok, rows[i].stem != NULL);
		if (ok) {
			assert_string_equal(name.stem, rows[i].stem);
			assert_int_equal(name.format, rows[i].format);
			assert_int_equal(name.language, rows[i].language);
		}
		notebook_name_release(&name);
		assert_null(name.stem);
	}
}

static void assert_made(const char *expected, enum notebook_format format,
			enum notebook_language language)
{
	cleanup_free char *made = notebook_name_make("etl/a", format, language);

	assert_string_equal(made, expected);
}

static void test_make(void **state)
{
	(void)state;
	assert_made("etl/a.py", NOTEBOOK_SOURCE, NOTEBOOK_PYTHON);
	assert_made("etl/a.sql", NOTEBOOK_SOURCE, NOTEBOOK_SQL);
	assert_made("etl/a.scala", NOTEBOOK_SOURCE, NOTEBOOK_SCALA);
	assert_made("etl/a.r", NOTEBOOK_SOURCE, NOTEBOOK_R);
	assert_made("etl/a.ipynb", NOTEBOOK_IPYNB, NOTEBOOK_SQL);
}

static void test_language_names(void **state)
{
	enum notebook_language language;

	(void)state;
	for (int i = 0; i < NOTEBOOK_LANGUAGES; i++) {
		assert_true(notebook_language_parse(
			notebook_language_name((enum notebook_language)i), &language));
		assert_int_equal(language, i);
	}
	assert_true(notebook_language_parse("python", &language));
	assert_int_equal(language, NOTEBOOK_PYTHON);
	assert_false(notebook_language_parse("julia", &language));
	assert_false(notebook_language_parse("", &language));
}

static void test_is_source(void **state)
{
	static const struct {
		const char *text;
		enum notebook_language language;
		bool notebook;
	} rows[] = {
		{ "# Databricks notebook source", NOTEBOOK_PYTHON, true },
		{ "# Databricks notebook source\nx", NOTEBOOK_PYTHON, true },
		{ "# Databricks notebook source\r\nx", NOTEBOOK_PYTHON, true },
		{ "\xEF\xBB\xBF# Databricks notebook source\nx", NOTEBOOK_PYTHON, true },
		{ "# Databricks notebook source\n", NOTEBOOK_R, true },
		{ "-- Databricks notebook source\n", NOTEBOOK_SQL, true },
		{ "// Databricks notebook source\n", NOTEBOOK_SCALA, true },
		{ "// Databricks notebook source exported at Mon, 14 Mar 2016 04:15:07 UTC\n",
		  NOTEBOOK_SCALA, true },
		{ "-- Databricks notebook source\n", NOTEBOOK_PYTHON, false },
		{ "# Databricks notebook source\n", NOTEBOOK_SQL, false },
		{ " # Databricks notebook source\n", NOTEBOOK_PYTHON, false },
		{ "\n# Databricks notebook source\n", NOTEBOOK_PYTHON, false },
		{ "# Databricks notebook source \n", NOTEBOOK_PYTHON, false },
		{ "# Databricks notebook sources\n", NOTEBOOK_PYTHON, false },
		{ "# databricks notebook source\n", NOTEBOOK_PYTHON, false },
		{ "import os\n", NOTEBOOK_PYTHON, false },
		{ "", NOTEBOOK_PYTHON, false },
		{ "\xEF\xBB\xBF", NOTEBOOK_PYTHON, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(
			notebook_is_source(rows[i].text, strlen(rows[i].text), rows[i].language),
			rows[i].notebook);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_make),
		cmocka_unit_test(test_language_names),
		cmocka_unit_test(test_is_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
