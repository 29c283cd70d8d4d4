/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From one format to the other as Databricks does it, and what cannot be carried is refused with
 * the cell and line named.
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

#define CODE(s) "{\"cell_type\":\"code\",\"metadata\":{},\"source\":" s "}"
#define MD(s)   "{\"cell_type\":\"markdown\",\"metadata\":{},\"source\":" s "}"
#define RAW(s)  "{\"cell_type\":\"raw\",\"metadata\":{},\"source\":" s "}"
#define TITLED(t, s)                                           \
	"{\"cell_type\":\"code\",\"metadata\":{\"application/" \
	"vnd.databricks.v1+cell\":{\"title\":" t ",\"showTitle\":true}},\"source\":" s "}"

static const struct {
	const char *name, *cells, *source;
} to_source[] = {
	{ "no cells", "", PY },
	{ "one empty cell", CODE("[]"), PY "\n" },
	{ "empty cells", CODE("[]") "," CODE("[\"\"]") "," MD("[]"),
	  PY SEP SEP "# MAGIC %md\n# MAGIC\n" },
	{ "markdown", MD("[\"# T\\n\",\"\\n\",\"x\"]"),
	  PY "# MAGIC %md\n# MAGIC # T\n# MAGIC\n# MAGIC x\n" },
	{ "markdown that begins with a newline", MD("\"\\nx\""),
	  PY "# MAGIC %md\n# MAGIC\n# MAGIC x\n" },
	{ "magic cell", CODE("\"%sql\\nSELECT 1\""), PY "# MAGIC %sql\n# MAGIC SELECT 1\n" },
	{ "magic after a comment", CODE("\"# x\\n%pip install y\""), PY "# x\n%pip install y\n" },
	{ "shell", CODE("\"!ls\""), PY "!ls\n" },
	{ "trailing newlines stay", CODE("\"a\\n\\n\"") "," CODE("\"b\\n\""),
	  PY "a\n\n" SEP "b\n\n" },
	{ "title", TITLED("\"Load\"", "\"a\""), PY "# DBTITLE 1,Load\na\n" },
	{ "title of magic", TITLED("\"L\"", "\"%sh\\nls\""),
	  PY "# DBTITLE 1,L\n# MAGIC %sh\n# MAGIC ls\n" },
	{ "sandbox",
	  "{\"cell_type\":\"markdown\",\"metadata\":{\"application/vnd.databricks.v1+cell\":"
	  "{\"isMarkdownSandbox\":true}},\"source\":\"x\"}",
	  PY "# MAGIC %md-sandbox\n# MAGIC x\n" },
	{ "separator inside magic", CODE("\"%sh\\n# COMMAND ----------\\n\""),
	  PY "# MAGIC %sh\n# MAGIC # COMMAND ----------\n# MAGIC\n" },
	{ "raw cell", RAW("\"x\\ny\""), PY "# MAGIC %skip\n# MAGIC %raw\n# MAGIC x\n# MAGIC y\n" },
	{ "CR LF inside a cell", CODE("\"a\\r\\nb\""), PY "a\nb\n" },
	{ "other CRs inside a cell", CODE("\"a\\rb\\r\\r\\nc\\r\""), PY "a\nb\nc\n\n" },
	{ "markdown in a code cell", CODE("\"%md\\nx\""), PY "# MAGIC %md\n# MAGIC x\n" },
	{ "title line in a titled cell", TITLED("\"A\"", "\"# DBTITLE 1,B\""),
	  PY "# DBTITLE 1,A\n# DBTITLE 1,B\n" },
	{ "title line in a cell without a title", CODE("\"# DBTITLE 1,B\\nx\""),
	  PY "# DBTITLE 0,\n# DBTITLE 1,B\nx\n" },
	{ "nothing but the line of an empty title", CODE("\"# DBTITLE 0,\"") "," CODE("\"x\""),
	  PY "# DBTITLE 0,\n# DBTITLE 0," SEP "x\n" },
	{ "a line like a title's further down", CODE("\"x\\n# DBTITLE 1,B\""),
	  PY "x\n# DBTITLE 1,B\n" },
	{ "script block in the second cell", CODE("\"a\"") "," CODE("\"# /// script\\n# ///\\n\""),
	  PY "a" SEP "# /// script\n# ///\n\n" },
};

static void test_to_source(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(to_source); i++) {
		cleanup_free char *text = text_wrap(to_source[i].cells), *out = NULL;
		cleanup_notebook struct notebook *nb = text_ipynb(text), *back = NULL;

		print_message("%s\n", to_source[i].name);
		out = text_write(nb, NOTEBOOK_SOURCE);
		assert_string_equal(out, to_source[i].source);
		back = text_python(out);
		assert_true(notebook_equal(nb, back));
	}
}

static const struct {
	const char *cells, *error;
} refused[] = {
	{ CODE("\"a\\n# COMMAND ----------\\nb\""),
	  "cell 1, line 2: a line that is exactly the separator would split the cell" },
	{ CODE("\"ok\"") "," CODE("\"x = '''\\n\\n# COMMAND ----------\\n\\n'''\""),
	  "cell 2, line 3: a line that is exactly the separator would split the cell" },
	{ CODE("\"# MAGIC %md\\n# MAGIC x\""),
	  "cell 1, line 1: lines that all begin with MAGIC would lose the mark" },
	{ CODE("\"# MAGIC\""),
	  "cell 1, line 1: lines that all begin with MAGIC would lose the mark" },
	{ CODE("\"# /// script\\n# x = 1\\n# ///\\nx\""),
	  "cell 1, line 1: a script block would be read as the notebook's environment" },
	{ TITLED("\"a\\nb\"", "\"x\""),
	  "cell 1, line 1: a title of more than one line has no source form" },
	{ CODE("\"a\\n\\ud83d\""),
	  "cell 1, line 2: a lone surrogate, which no text file can hold" },
	{ TITLED("\"\\ud83d\"", "\"x\""),
	  "cell 1, line 1: a lone surrogate, which no text file can hold" },
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		cleanup_free char *text = text_wrap(refused[i].cells);
		cleanup_notebook struct notebook *nb = text_ipynb(text);
		struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
		cleanup_buf struct buf out = BUF_INIT(100000);
		struct err e = ERR_INIT;

		assert_int_equal(notebook_write(nb, NOTEBOOK_SOURCE, &options, &out, &e),
				 ERR_INVALID);
		assert_string_equal(e.text, refused[i].error);
		assert_int_equal(out.len, 0);
	}
}

static void test_bytes_that_ipynb_cannot_hold(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{ PY "a\n" SEP "b\nlatin \xE9 here\n",
		  "cell 2, line 2: byte 0xe9 is not UTF-8, which .ipynb must be" },
		{ PY "# DBTITLE 1,\xE9\na\n", "cell 1, line 1: a title that is not UTF-8, which "
					      ".ipynb must be" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_notebook struct notebook *nb = text_python(rows[i].text);
		struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
		cleanup_buf struct buf out = BUF_INIT(100000);
		struct err e = ERR_INIT;

		assert_int_equal(notebook_write(nb, NOTEBOOK_IPYNB, &options, &out, &e),
				 ERR_INVALID);
		assert_string_equal(e.text, rows[i].error);
	}
}

static void test_environment_blocks(void **state)
{
	static const struct {
		const char *metadata, *block;
	} rows[] = {
		{ "null", "" },
		{ "{\"environment_version\":\"5\"}",
		  "# /// script\n# [tool.databricks.environment]\n# environment_version = \"5\"\n"
		  "# ///\n" },
		{ "{\"base_environment\":\"ai\",\"environment_version\":\"4\"}",
		  "# /// script\n# [tool.databricks.environment]\n# base_environment = \"ai\"\n"
		  "# environment_version = \"4\"\n# ///\n" },
		{ "{\"environment_version\":\"4\",\"dependencies\":[\"a\",\"b; os == \\\"x\\\"\"]}",
		  "# /// script\n# [tool.databricks.environment]\n# environment_version = \"4\"\n"
		  "# dependencies = [\n#   \"a\",\n#   \"b; os == \\\"x\\\"\",\n# ]\n# ///\n" },
		/* the default, which Databricks writes no block for */
		{ "{\"base_environment\":\"\",\"environment_version\":\"2\"}", "" },
		{ "{}", "" },
		/* with dependencies somebody has chosen */
		{ "{\"base_environment\":\"\",\"dependencies\":[\"a\"]}",
		  "# /// script\n# [tool.databricks.environment]\n# dependencies = [\n#   \"a\",\n"
		  "# ]\n# ///\n" },
		/* from before there were blocks */
		{ "{\"base_environment\":\"ai\"},\"computePreferences\":{\"hardware\":{}}", "" },
		{ "{\"base_environment\":\"ai\"},\"computePreferences\":{\"software\":null}",
		  "# /// script\n# [tool.databricks.environment]\n# base_environment = \"ai\"\n# "
		  "///\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *text = xasprintf(
			"{\"cells\":[],\"metadata\":{\"application/vnd.databricks.v1+notebook\":"
			"{\"environmentMetadata\":%s,\"language\":\"python\"}},\"nbformat\":4}",
			rows[i].metadata);
		cleanup_free char *expected = xasprintf(PY "%s", rows[i].block);
		cleanup_notebook struct notebook *nb = text_ipynb(text);
		cleanup_free char *out = text_write(nb, NOTEBOOK_SOURCE);

		assert_string_equal(out, expected);
	}
}

static void test_canonical(void **state)
{
	cleanup_notebook struct notebook
		*a = text_python(PY "# DBTITLE 1,T\n# MAGIC %md x\n# MAGIC " SEP "b\n\n\n"),
		*b = text_python(PY "# DBTITLE 1,T\n# MAGIC %md\n# MAGIC x\n# MAGIC" SEP "b");
	cleanup_buf struct buf x = BUF_INIT(1000), y = BUF_INIT(1000);

	(void)state;
	assert_true(notebook_equal(a, b));
	notebook_canonical(a, NOTEBOOK_OUTPUTS_STRIP, &x);
	notebook_canonical(b, NOTEBOOK_OUTPUTS_STRIP, &y);
	assert_string_equal(x.data, "notebook 1 PYTHON 2\nmarkdown shown 1 2\nTx\n\ncode 0 1\nb\n");
	assert_string_equal(x.data, y.data);
}

static void test_canonical_differs(void **state)
{
	static const char *const texts[] = {
		PY "a\n",
		PY "b\n",
		PY "a" SEP "\n",
		PY "a\n" SEP "b\n",
		PY "a" SEP "b\n",
		PY "# DBTITLE 1,a\na\n",
		PY "# DBTITLE 0,a\na\n",
		PY "# MAGIC %md\n# MAGIC a\n",
		PY "# MAGIC %md-sandbox\n# MAGIC a\n",
		PY "# MAGIC %skip\n# MAGIC %raw\n# MAGIC a\n",
		PY "# MAGIC %md\n# MAGIC a\n# MAGIC\n",
		PY,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		for (size_t j = 0; j < ARRAY_SIZE(texts); j++) {
			cleanup_notebook struct notebook *a = text_python(texts[i]),
							 *b = text_python(texts[j]);
			cleanup_buf struct buf x = BUF_INIT(1000), y = BUF_INIT(1000);

			notebook_canonical(a, NOTEBOOK_OUTPUTS_STRIP, &x);
			notebook_canonical(b, NOTEBOOK_OUTPUTS_STRIP, &y);
			assert_int_equal(strcmp(x.data, y.data) == 0, i == j);
			assert_int_equal(notebook_equal(a, b), i == j);
		}
}

static void test_language_counts(void **state)
{
	cleanup_notebook struct notebook *python = text_python(PY "x\n"),
					 *r = text_source(PY "x\n", NOTEBOOK_R);

	(void)state;
	assert_false(notebook_equal(python, r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_to_source),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bytes_that_ipynb_cannot_hold),
		cmocka_unit_test(test_environment_blocks),
		cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_canonical_differs),
		cmocka_unit_test(test_language_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
