/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The .ipynb reader and writer: what stays byte for byte, what a new file looks like, and what
 * stripping outputs changes and what not.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "notebook_text.h"

static const char *const kept[] = {
	/* the spelling of everything we do not touch */
	"{\"nbformat\":4,\"nbformat_minor\":0,\"cells\":[],\"metadata\":{\"n\":[1.0,1e-3,5E+35,"
	"9007199254740993,-0,0.10]}}",
	"{\n\t\"cells\" : [ ]\r\n , \"metadata\":{ } ,\"nbformat\":4 }\n\n",
	/* duplicate keys in outputs, upper-case escapes, escaped slashes, no final newline */
	"{\"cells\":[{\"cell_type\":\"code\",\"execution_count\":1,\"metadata\":{},\"outputs\":"
	"[{\"output_type\":\"stream\",\"text\":[\"\\u001B[0m\\/\"],\"output_type\":\"stream\"}],"
	"\"source\":[\"a\"]}],\"metadata\":{},\"nbformat\":4,\"nbformat_minor\":0}",
	"{\"cells\":[{\"cell_type\":\"code\",\"source\":\"\\uD83D\\uDD25 \xC3\xA9 \\u00e9\"}],"
	"\"nbformat\":4}",
};

static void test_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		cleanup_notebook struct notebook *nb = text_ipynb(kept[i]);
		cleanup_free char *out = text_write_outputs(nb, NOTEBOOK_IPYNB,
							    NOTEBOOK_OUTPUTS_KEEP);

		assert_string_equal(out, kept[i]);
	}
}

#define INFO(name)   "{\"language_info\":{\"name\":\"" name "\"}}"
#define KERNEL(name) "{\"kernelspec\":{\"name\":\"" name "\"}}"
#define BOTH(kernel, language, info)                                               \
	"{\"kernelspec\":{\"name\":\"" kernel "\",\"language\":\"" language "\"}," \
	"\"language_info\":{\"name\":\"" info "\"}}"

static const struct {
	const char *metadata;
	enum notebook_language language;
	bool source; /* can be written as source */
} languages[] = {
	{ "{}", NOTEBOOK_PYTHON, true },
	{ INFO("scala"), NOTEBOOK_SCALA, true },
	{ INFO("R"), NOTEBOOK_R, true },
	{ INFO("python3"), NOTEBOOK_PYTHON, true },
	{ INFO("plaintext"), NOTEBOOK_PYTHON, true },
	{ "{\"kernelspec\":{\"language\":\"sql\"}}", NOTEBOOK_SQL, true },
	{ "{\"application/vnd.databricks.v1+notebook\":{\"language\":\"sql\"},"
	  "\"language_info\":{\"name\":\"python\"}}",
	  NOTEBOOK_SQL, true },
	{ INFO("julia"), NOTEBOOK_PYTHON, false },
	/* sparkmagic: EMR, HDInsight */
	{ INFO("pyspark"), NOTEBOOK_PYTHON, true },
	{ INFO("PySpark3"), NOTEBOOK_PYTHON, true },
	{ INFO("sparkR"), NOTEBOOK_R, true },
	{ BOTH("pysparkkernel", "", "pyspark"), NOTEBOOK_PYTHON, true },
	{ BOTH("sparkrkernel", "r", "sparkR"), NOTEBOOK_R, true },
	{ BOTH("sparkkernel", "", ""), NOTEBOOK_SCALA, true },
	{ BOTH("sparkrkernel", "no-op", ""), NOTEBOOK_R, true },
	{ KERNEL("PySparkKernel"), NOTEBOOK_PYTHON, true },
	{ KERNEL("pyspark3kernel"), NOTEBOOK_PYTHON, true },
	{ KERNEL("sparkkernel"), NOTEBOOK_SCALA, true },
	{ KERNEL("sparkrkernel"), NOTEBOOK_R, true },
	{ KERNEL("ir"), NOTEBOOK_R, true },
	/* Glue */
	{ BOTH("glue_pyspark", "python", "Python_Glue_Session"), NOTEBOOK_PYTHON, true },
	{ INFO("Python_Glue_Session"), NOTEBOOK_PYTHON, true },
	{ KERNEL("glue_pyspark"), NOTEBOOK_PYTHON, true },
	{ KERNEL("glue_spark"), NOTEBOOK_SCALA, true },
	{ KERNEL("conda-env-sm_glue_is-glue_spark__SAGEMAKER_INTERNAL__arn:x"), NOTEBOOK_SCALA,
	  true },
	{ BOTH("glue_spark", "scala", "Session_Of_Glue"), NOTEBOOK_SCALA, true },
	{ KERNEL("conda-env-sm_sparkmagic-pysparkkernel"), NOTEBOOK_PYTHON, true },
	{ KERNEL("conda-env-sm_sparkmagic-sparkkernel__SAGEMAKER_INTERNAL__arn:x"), NOTEBOOK_SCALA,
	  true },
	/* Synapse and Fabric */
	{ BOTH("synapse_pyspark", "Python", "python"), NOTEBOOK_PYTHON, true },
	{ "{\"kernelspec\":{\"name\":\"synapse_pyspark\",\"display_name\":\"Synapse\"},"
	  "\"language_info\":{\"name\":\"sql\"}}",
	  NOTEBOOK_SQL, true },
	{ BOTH("synapse_spark", "sparksql", "sparksql"), NOTEBOOK_SQL, true },
	{ KERNEL("synapse_pyspark"), NOTEBOOK_PYTHON, true },
	{ KERNEL("synapse_spark"), NOTEBOOK_SCALA, true },
	{ KERNEL("synapse_sparksql"), NOTEBOOK_SQL, true },
	{ KERNEL("synapse_sparkr"), NOTEBOOK_R, true },
	{ "{\"kernel_info\":{\"name\":\"synapse_spark\"}}", NOTEBOOK_SCALA, true },
	{ BOTH("synapse_sparkdotnet", "csharp", "csharp"), NOTEBOOK_PYTHON, false },
	/* nothing is said: not foreign */
	{ INFO(""), NOTEBOOK_PYTHON, true },
	{ BOTH("my-env", "", ""), NOTEBOOK_PYTHON, true },
	{ "{\"kernelspec\":null,\"language_info\":[\"name\",\"r\"]}", NOTEBOOK_PYTHON, true },
	{ "{\"kernelspec\":{\"name\":7,\"language\":null}}", NOTEBOOK_PYTHON, true },
	{ "{\"language_info\":{\"name\":\"\",\"pygments_lexer\":\"r\"}}", NOTEBOOK_R, true },
	/* a kernel's name is no proof against a language that is named */
	{ BOTH("python3", "julia", "julia"), NOTEBOOK_PYTHON, false },
};

static void test_languages(void **state)
{

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(languages); i++) {
		cleanup_free char *text = xasprintf("{\"cells\":[],\"metadata\":%s,\"nbformat\":4}",
						    languages[i].metadata);
		cleanup_notebook struct notebook *nb = text_ipynb(text);
		struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
		cleanup_buf struct buf out = BUF_INIT(1000);
		struct err e = ERR_INIT;
		int rc = notebook_write(nb, NOTEBOOK_SOURCE, &options, &out, &e);

		assert_int_equal(notebook_language(nb), languages[i].language);
		assert_int_equal(rc == 0, languages[i].source);
		if (rc)
			assert_string_equal(e.text,
					    "the notebook's language is none that "
					    "Databricks source has (Python, SQL, Scala, R)");
	}
}

static void test_take_language(void **state)
{
	cleanup_notebook struct notebook *nb = text_ipynb(
		"{\"cells\":[],\"metadata\":" INFO("julia") ",\"nbformat\":4}");
	cleanup_free char *source = NULL, *same = NULL;

	(void)state;
	notebook_take_language(nb, NOTEBOOK_SCALA);
	assert_int_equal(notebook_language(nb), NOTEBOOK_SCALA);
	source = text_write(nb, NOTEBOOK_SOURCE);
	assert_string_equal(source, "// Databricks notebook source\n");
	same = text_write(nb, NOTEBOOK_IPYNB);
	assert_string_equal(same, "{\"cells\":[],\"metadata\":" INFO("julia") ",\"nbformat\":4}");
}

static void test_flags(void **state)
{
	static const char cells[] = "{\"cell_type\":\"code\",\"metadata\":{" DBX
				    ":{\"title\":\"A\",\"showTitle\":true}},\"source\":\"1\"},"
				    "{\"cell_type\":\"code\",\"metadata\":{" DBX
				    ":{\"title\":\"B\",\"showTitle\":false}},\"source\":\"2\"},"
				    "{\"cell_type\":\"code\",\"metadata\":{" DBX
				    ":{\"title\":\"\",\"showTitle\":true}},\"source\":\"3\"},"
				    "{\"cell_type\":\"markdown\",\"metadata\":{" DBX
				    ":{\"isMarkdownSandbox\":true}},\"source\":\"4\"},"
				    "{\"cell_type\":\"code\",\"metadata\":{" DBX
				    ":{\"isMarkdownSandbox\":true}},\"source\":\"5\"},"
				    "{\"cell_type\":\"raw\",\"metadata\":{},\"source\":\"6\"}";
	cleanup_free char *text = text_wrap(cells);
	cleanup_notebook struct notebook *nb = text_ipynb(text);

	(void)state;
	text_assert_cells(nb, "c<1,A>:1 | c<0,B>:2 | c:3 | s:4 | c:5 | r:6");
}

static const char databricks_file[] = "{\n"
				      " \"cells\": [\n"
				      "  {\n"
				      "   \"cell_type\": \"markdown\",\n"
				      "   \"metadata\": {\n"
				      "    \"application/vnd.databricks.v1+cell\": {\n"
				      "     \"cellMetadata\": {},\n"
				      "     \"inputWidgets\": {},\n"
				      "     \"isMarkdownSandbox\": true,\n"
				      "     \"nuid\": \"%s\",\n"
				      "     \"showTitle\": true,\n"
				      "     \"tableResultSettingsMap\": {},\n"
				      "     \"title\": \"Say \\\"hi\\\"\"\n"
				      "    }\n"
				      "   },\n"
				      "   \"source\": [\n"
				      "    \"# T\\n\",\n"
				      "    \"\xC3\xA9\xF0\x9F\x94\xA5\\t\\u001b\\n\"\n"
				      "   ]\n"
				      "  },\n"
				      "  {\n"
				      "   \"cell_type\": \"code\",\n"
				      "   \"execution_count\": 0,\n"
				      "   \"metadata\": {\n"
				      "    \"application/vnd.databricks.v1+cell\": {\n"
				      "     \"cellMetadata\": {},\n"
				      "     \"inputWidgets\": {},\n"
				      "     \"nuid\": \"%s\",\n"
				      "     \"showTitle\": false,\n"
				      "     \"tableResultSettingsMap\": {},\n"
				      "     \"title\": \"\"\n"
				      "    }\n"
				      "   },\n"
				      "   \"outputs\": [],\n"
				      "   \"source\": []\n"
				      "  }\n"
				      " ],\n"
				      " \"metadata\": {\n"
				      "  \"application/vnd.databricks.v1+notebook\": {\n"
				      "   \"computePreferences\": null,\n"
				      "   \"dashboards\": [],\n"
				      "   \"environmentMetadata\": {\n"
				      "    \"base_environment\": \"ai_v4\",\n"
				      "    \"dependencies\": [\n"
				      "     \"numpy\"\n"
				      "    ],\n"
				      "    \"environment_version\": \"4\"\n"
				      "   },\n"
				      "   \"inputWidgetPreferences\": null,\n"
				      "   \"language\": \"python\",\n"
				      "   \"notebookMetadata\": {\n"
				      "    \"pythonIndentUnit\": 4\n"
				      "   },\n"
				      "   \"notebookName\": \"load\",\n"
				      "   \"widgets\": {}\n"
				      "  },\n"
				      "  \"language_info\": {\n"
				      "   \"name\": \"python\"\n"
				      "  }\n"
				      " },\n"
				      " \"nbformat\": 4,\n"
				      " \"nbformat_minor\": 0\n"
				      "}\n";

/* The 36 characters of the first nuid in text, and where the search goes on. */
static char *next_nuid(const char **text)
{
	const char *at = strstr(*text, "\"nuid\": \"");

	assert_non_null(at);
	*text = at + 10;
	return xstrndup(at + 9, 36);
}

static void assert_uuid4(const char *s)
{
	assert_int_equal(strlen(s), 36);
	assert_int_equal(strspn(s, "0123456789abcdef-"), 36);
	assert_int_equal(s[14], '4');
	assert_non_null(strchr("89ab", s[19]));
}

static void test_new_file(void **state)
{
	cleanup_notebook struct notebook *nb = text_python(
		"# Databricks notebook source\n# /// script\n# [tool.databricks.environment]\n"
		"# base_environment = \"ai_v4\"\n# environment_version = \"4\"\n"
		"# dependencies = [\n#   \"numpy\",\n# ]\n# ///\n"
		"# DBTITLE 1,Say \"hi\"\n# MAGIC %md-sandbox\n# MAGIC # T\n"
		"# MAGIC \xC3\xA9\xF0\x9F\x94\xA5\t\x1b\n# MAGIC\n\n# COMMAND ----------\n\n\n");
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	cleanup_free char *written = NULL, *first = NULL, *second = NULL, *expected = NULL;
	const char *rest;

	(void)state;
	options.name = "load";
	written = text_write_with(nb, NOTEBOOK_IPYNB, &options);
	rest = written;
	first = next_nuid(&rest);
	second = next_nuid(&rest);
	assert_uuid4(first);
	assert_uuid4(second);
	expected = xasprintf(databricks_file, first, second);
	assert_string_equal(written, expected);
}

/* Equal cells get different nuids, the same input the same ones. */
static void test_identities(void **state)
{
	cleanup_free char *text = text_join("a", "a", "b", NULL);
	cleanup_free char *moved = text_join("b", "a", "a", NULL);
	cleanup_notebook struct notebook *nb = text_python(text), *other = text_python(moved);
	cleanup_free char *once = text_write(nb, NOTEBOOK_IPYNB);
	cleanup_free char *again = text_write(nb, NOTEBOOK_IPYNB);
	cleanup_free char *swapped = text_write(other, NOTEBOOK_IPYNB);
	const char *p = once, *q = swapped;
	cleanup_free char *a1 = next_nuid(&p), *a2 = next_nuid(&p), *b = next_nuid(&p);
	cleanup_free char *b_moved = next_nuid(&q), *a1_moved = next_nuid(&q);

	(void)state;
	assert_string_equal(once, again);
	assert_string_not_equal(a1, a2);
	assert_string_equal(b, b_moved);
	assert_string_equal(a1, a1_moved);
}

#define PNG "{\"output_type\":\"display_data\",\"data\":{\"image/png\":\"iVBO\"},\"metadata\":{}}"

/* What a run leaves in metadata, and what stays: the text around it keeps every byte. */
static const struct {
	const char *name, *before, *after;
} run_states[] = {
	{ "all of them",
	  "{\"ExecuteTime\":{\"end_time\":\"1\"},\"execution\":{},\"scrolled\":true}", "{}" },
	{ "with white space", "{\n  \"collapsed\": true,\n  \"tags\": []\n }",
	  "{\n  \"tags\": []\n }" },
	{ "in the middle", "{ \"a\":1 , \"scrolled\" : false , \"b\":2 }",
	  "{ \"a\":1 , \"b\":2 }" },
	{ "last", "{\"a\":1 , \"startTime\":1, \"finishTime\":2 }", "{\"a\":1 }" },
	{ "first and last", "{\"scrolled\":1,\"a\":{\"scrolled\":2},\"collapsed\":3}",
	  "{\"a\":{\"scrolled\":2}}" },
	{ "twice", "{\"execution\":1,\"execution\":2,\"a\":0,\"\\u0065xecution\":3}", "{\"a\":0}" },
	{ "of Databricks",
	  "{" DBX ":{\"collapsed\":true,\"finishTime\":2,\"nuid\":\"n\",\"startTime\":1,"
	  "\"submitTime\":0,\"title\":\"\"},\"collapsed\":false}",
	  "{" DBX ":{\"collapsed\":true,\"nuid\":\"n\",\"title\":\"\"}}" },
	{ "nothing", "{\"jupyter\":{\"outputs_hidden\":true},\"tags\":[\"scrolled\"]}",
	  "{\"jupyter\":{\"outputs_hidden\":true},\"tags\":[\"scrolled\"]}" },
	{ "no object", "null", "null" },
};

#define STATE "\"application/vnd.jupyter.widget-state+json\":{\"state\":{\"x\":{}}}"

static const char *const widgets[][2] = {
	{ "{\"widgets\":{" STATE "}}", "{}" },
	{ "{\"a\":1, \"widgets\":{" STATE "}, \"b\":2}", "{\"a\":1, \"b\":2}" },
	{ "{\"widgets\":{\"mine\":1," STATE "}}", "{\"widgets\":{\"mine\":1}}" },
	{ "{\"widgets\":{}}", "{\"widgets\":{}}" },
	{ "{\"widgets\":[]}", "{\"widgets\":[]}" },
	/* the input widgets of Databricks are the user's */
	{ "{\"application/vnd.databricks.v1+notebook\":{\"widgets\":{" STATE "}}}",
	  "{\"application/vnd.databricks.v1+notebook\":{\"widgets\":{" STATE "}}}" },
};

static void check_state(const char *before, const char *after, enum notebook_outputs outputs,
			bool run_state)
{
	cleanup_notebook struct notebook *nb = text_ipynb(before);
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	cleanup_free char *written = NULL;

	options.outputs = outputs;
	options.run_state = run_state;
	written = text_write_with(nb, NOTEBOOK_IPYNB, &options);
	assert_string_equal(written, after);
}

static char *with_metadata(const char *cell, const char *notebook)
{
	return xasprintf("{\"cells\":[{\"cell_type\":\"code\",\"metadata\":%s,\"source\":\"a\"}],"
			 "\"metadata\":%s,\"nbformat\":4}",
			 cell, notebook);
}

static void test_run_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(run_states); i++) {
		cleanup_free char *before = with_metadata(run_states[i].before, "{}");
		cleanup_free char *after = with_metadata(run_states[i].after, "{}");

		print_message("%s\n", run_states[i].name);
		check_state(before, after, NOTEBOOK_OUTPUTS_STRIP, true);
		check_state(after, after, NOTEBOOK_OUTPUTS_STRIP, true);
		check_state(before, before, NOTEBOOK_OUTPUTS_STRIP, false);
		check_state(before, before, NOTEBOOK_OUTPUTS_KEEP, true);
	}
	for (size_t i = 0; i < ARRAY_SIZE(widgets); i++) {
		cleanup_free char *before = with_metadata("{}", widgets[i][0]);
		cleanup_free char *after = with_metadata("{}", widgets[i][1]);
		cleanup_free char *tagged = with_metadata("{\"keep_output\":true,\"scrolled\":1}",
							  widgets[i][0]);

		check_state(before, after, NOTEBOOK_OUTPUTS_STRIP, true);
		check_state(before, before, NOTEBOOK_OUTPUTS_STRIP, false);
		check_state(tagged, tagged, NOTEBOOK_OUTPUTS_KEEP_TAGGED, true);
	}
}

static void check_strip(const char *before, const char *after, enum notebook_outputs outputs)
{
	cleanup_free char *old = text_wrap(before), *expected = text_wrap(after);
	cleanup_notebook struct notebook *nb = text_ipynb(old);
	cleanup_free char *out = text_write_outputs(nb, NOTEBOOK_IPYNB, outputs);

	assert_string_equal(out, expected);
}

static void test_strip(void **state)
{
	static const char *const rows[][2] = {
		{ "{\"cell_type\":\"code\", \"execution_count\":7, \"metadata\":{\"x\":1.0},"
		  "\"outputs\":[" PNG "], \"source\":\"a\"}",
		  "{\"cell_type\":\"code\", \"execution_count\":null, \"metadata\":{\"x\":1.0},"
		  "\"outputs\":[], \"source\":\"a\"}" },
		{ "{\"outputs\":[ " PNG " ],\"cell_type\":\"code\",\"source\":[],"
		  "\"execution_count\":12}",
		  "{\"outputs\":[],\"cell_type\":\"code\",\"source\":[],"
		  "\"execution_count\":null}" },
		{ "{\"cell_type\":\"code\",\"execution_count\":0,\"outputs\":[ ],\"source\":\"a\"}",
		  "{\"cell_type\":\"code\",\"execution_count\":0,\"outputs\":[ "
		  "],\"source\":\"a\"}" },
		{ "{\"cell_type\":\"markdown\",\"attachments\":{\"a\":{}},\"source\":\"a\"}",
		  "{\"cell_type\":\"markdown\",\"attachments\":{\"a\":{}},\"source\":\"a\"}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		check_strip(rows[i][0], rows[i][1], NOTEBOOK_OUTPUTS_STRIP);
		check_strip(rows[i][0], rows[i][1], NOTEBOOK_OUTPUTS_KEEP_TAGGED);
		check_strip(rows[i][0], rows[i][0], NOTEBOOK_OUTPUTS_KEEP);
	}
}

static void test_keep_tagged(void **state)
{
	static const char *const rows[] = {
		"{\"cell_type\":\"code\",\"metadata\":{\"tags\":[\"x\",\"keep_output\"]},"
		"\"outputs\":[" PNG "],\"source\":\"a\"}",
		"{\"cell_type\":\"code\",\"metadata\":{\"keep_output\":true},"
		"\"outputs\":[" PNG "],\"source\":\"a\"}",
	};
	static const char untagged[] =
		"{\"cell_type\":\"code\",\"metadata\":{\"keep_output\":false,"
		"\"tags\":\"keep_output\"},\"outputs\":[%s],\"source\":\"a\"}";
	cleanup_free char *with = xasprintf(untagged, PNG), *without = xasprintf(untagged, "");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		check_strip(rows[i], rows[i], NOTEBOOK_OUTPUTS_KEEP_TAGGED);
	check_strip(with, without, NOTEBOOK_OUTPUTS_KEEP_TAGGED);
}

/* In a file of Databricks a cell that never ran has execution_count 0. */
static void test_strip_databricks(void **state)
{
	static const char text[] =
		"{\"cells\":[{\"cell_type\":\"code\",\"execution_count\":%s,\"outputs\":[%s],"
		"\"source\":[]}],\"metadata\":{\"application/vnd.databricks.v1+notebook\":{}},"
		"\"nbformat\":4}";
	cleanup_free char *before = xasprintf(text, "3", PNG), *after = xasprintf(text, "0", "");
	cleanup_notebook struct notebook *nb = text_ipynb(before);
	cleanup_free char *out = text_write(nb, NOTEBOOK_IPYNB);

	(void)state;
	assert_true(notebook_has_outputs(nb));
	assert_string_equal(out, after);
}

static void test_has_outputs(void **state)
{
	cleanup_free char *text = text_wrap("{\"cell_type\":\"code\",\"execution_count\":3,"
					    "\"outputs\":[\n],\"source\":[]}");
	cleanup_notebook struct notebook *nb = text_ipynb(text);

	(void)state;
	assert_false(notebook_has_outputs(nb));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kept),          cmocka_unit_test(test_languages),
		cmocka_unit_test(test_take_language), cmocka_unit_test(test_flags),
		cmocka_unit_test(test_new_file),      cmocka_unit_test(test_identities),
		cmocka_unit_test(test_run_state),     cmocka_unit_test(test_strip),
		cmocka_unit_test(test_keep_tagged),   cmocka_unit_test(test_strip_databricks),
		cmocka_unit_test(test_has_outputs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
