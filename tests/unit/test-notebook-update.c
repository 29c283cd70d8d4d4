/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cells written into an existing .ipynb: what did not change keeps its bytes, and only that which
 * did is encoded anew, in the file's own style. Source is in test-notebook-update-source.c.
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

/* A notebook in a style of its own: indent 2, insertion order, escapes, ids, outputs. */
static const char old_ipynb[] =
	"{\n"
	"  \"nbformat\": 4,\n"
	"  \"nbformat_minor\": 5,\n"
	"  \"cells\": [\n"
	"    {\n"
	"      \"cell_type\": \"code\",\n"
	"      \"source\": [\n"
	"        \"a = \\u0031\\n\",\n"
	"        \"b\"\n"
	"      ],\n"
	"      \"id\": \"first\",\n"
	"      \"metadata\": {\"tags\": [\"x\"]},\n"
	"      \"execution_count\": 3,\n"
	"      \"outputs\": [{\"output_type\": \"stream\", \"output_type\": \"stream\"}]\n"
	"    }, {\n"
	"      \"cell_type\": \"markdown\",\n"
	"      \"source\": \"T\",\n"
	"      \"id\": \"second\",\n"
	"      \"attachments\": {\"p.png\": {\"image/png\": \"iV\\/\"}},\n"
	"      \"metadata\": {}\n"
	"    }\n"
	"  ],\n"
	"  \"metadata\": {\"n\": 1.0}\n"
	"}";

/* old_ipynb with one piece of its text replaced. */
static char *replaced(const char *text, const char *what, const char *with)
{
	const char *at = strstr(text, what);

	assert_non_null(at);
	return xasprintf("%.*s%s%s", (int)(at - text), text, with, at + strlen(what));
}

static char *updated(const char *old_text, const char *source, enum notebook_outputs outputs)
{
	cleanup_notebook struct notebook *old = text_ipynb(old_text), *nb = text_python(source);

	return text_update(old, nb, outputs);
}

static void check_ipynb(const char *source, const char *expected, enum notebook_outputs outputs)
{
	cleanup_free char *out = updated(old_ipynb, source, outputs);

	assert_string_equal(out, expected);
}

static void test_ipynb_equal(void **state)
{
	(void)state;
	check_ipynb(PY "a = 1\nb" SEP "# MAGIC %md T\n", old_ipynb, NOTEBOOK_OUTPUTS_STRIP);
}

static void test_ipynb_markdown_changed(void **state)
{
	cleanup_free char *expected = replaced(old_ipynb, "\"T\"", "\"T\\n\xC3\xA9\"");

	(void)state;
	check_ipynb(PY "a = 1\nb" SEP "# MAGIC %md T\n# MAGIC \xC3\xA9\n", expected,
		    NOTEBOOK_OUTPUTS_STRIP);
}

/* Lines that stay keep their spelling; outputs of the old text go. */
static void test_ipynb_code_changed(void **state)
{
	cleanup_free char *text = replaced(old_ipynb, "\"b\"\n", "\"B\\n\",\n        \"c\"\n");
	cleanup_free char *count = replaced(text, "count\": 3", "count\": null");
	cleanup_free char *expected = replaced(
		count, "[{\"output_type\": \"stream\", \"output_type\": \"stream\"}]", "[]");

	(void)state;
	check_ipynb(PY "a = 1\nB\nc" SEP "# MAGIC %md T\n", expected, NOTEBOOK_OUTPUTS_STRIP);
	check_ipynb(PY "a = 1\nB\nc" SEP "# MAGIC %md T\n", expected, NOTEBOOK_OUTPUTS_KEEP_TAGGED);
	check_ipynb(PY "a = 1\nB\nc" SEP "# MAGIC %md T\n", text, NOTEBOOK_OUTPUTS_KEEP);
}

static void test_ipynb_title_added(void **state)
{
	cleanup_free char *expected = replaced(
		old_ipynb, "{\"tags\": [\"x\"]}",
		"{\n        \"application/vnd.databricks.v1+cell\": {\n"
		"          \"showTitle\": true,\n          \"title\": \"A\"\n        },\n"
		"        \"tags\": [\"x\"]\n      }");

	(void)state;
	check_ipynb(PY "# DBTITLE 1,A\na = 1\nb" SEP "# MAGIC %md T\n", expected,
		    NOTEBOOK_OUTPUTS_STRIP);
}

static void test_ipynb_deleted(void **state)
{
	static const char first[] = "    {\n      \"cell_type\": \"code\"";
	const char *from = strstr(old_ipynb, first),
		   *to = strstr(old_ipynb, "{\n      \"cell_type\": "
					   "\"markdown\"");
	cleanup_free char *expected = xasprintf("%.*s    %s", (int)(from - old_ipynb), old_ipynb,
						to);

	(void)state;
	check_ipynb(PY "# MAGIC %md T\n", expected, NOTEBOOK_OUTPUTS_STRIP);
}

static void test_ipynb_swapped(void **state)
{
	const char *first = strstr(old_ipynb, "{\n      \"cell_type\": \"code\"");
	const char *gap = strstr(old_ipynb, ", {\n      \"cell_type\": \"markdown\"");
	const char *end = strstr(old_ipynb, "\n  ],\n  \"metadata\"");
	cleanup_free char *expected = xasprintf("%.*s%.*s, %.*s%s", (int)(first - old_ipynb),
						old_ipynb, (int)(end - gap - 2), gap + 2,
						(int)(gap - first), first, end);

	(void)state;
	check_ipynb(PY "# MAGIC %md T" SEP "a = 1\nb\n", expected, NOTEBOOK_OUTPUTS_STRIP);
}

static void test_ipynb_inserted(void **state)
{
	cleanup_free char *out = updated(old_ipynb, PY "a = 1\nb" SEP "new" SEP "# MAGIC %md T\n",
					 NOTEBOOK_OUTPUTS_STRIP);
	const char *id = strstr(out, "\"execution_count\": null,\n      \"id\": \"");
	cleanup_free char *cell = NULL, *expected = NULL;

	(void)state;
	assert_non_null(id);
	cell = xasprintf("    }, {\n      \"cell_type\": \"code\",\n"
			 "      \"execution_count\": null,\n      \"id\": \"%.8s\",\n"
			 "      \"metadata\": {},\n      \"outputs\": [],\n      \"source\": [\n"
			 "        \"new\"\n      ]\n    }, {",
			 strstr(id, "id\": \"") + 6);
	expected = replaced(old_ipynb, "    }, {", cell);
	assert_string_equal(out, expected);
}

static void test_ipynb_into_empty(void **state)
{
	static const char *const rows[][2] = {
		{ "{\n \"cells\": [],\n \"nbformat\": 4\n}\n",
		  "{\n \"cells\": [\n  {\n   \"cell_type\": \"markdown\",\n   \"metadata\": {},\n"
		  "   \"source\": [\n    \"x\"\n   ]\n  }\n ],\n \"nbformat\": 4\n}\n" },
		{ "{\"cells\":[],\"nbformat\":4}",
		  "{\"cells\":[{\"cell_type\":\"markdown\",\"metadata\":{},\"source\":[\"x\"]}],"
		  "\"nbformat\":4}" },
		{ "{\"cells\": [], \"nbformat\": 4}", "{\"cells\": [{\"cell_type\": \"markdown\", "
						      "\"metadata\": {}, \"source\": [\"x\"]}], "
						      "\"nbformat\": 4}" },
		{ "{\r\n\t\"cells\": [],\r\n\t\"nbformat\": 4\r\n}",
		  "{\r\n\t\"cells\": [\r\n\t\t{\r\n\t\t\t\"cell_type\": \"markdown\",\r\n"
		  "\t\t\t\"metadata\": {},\r\n\t\t\t\"source\": [\r\n\t\t\t\t\"x\"\r\n\t\t\t]\r\n"
		  "\t\t}\r\n\t],\r\n\t\"nbformat\": 4\r\n}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *out = updated(rows[i][0], PY "# MAGIC %md x\n",
						 NOTEBOOK_OUTPUTS_STRIP);

		assert_string_equal(out, rows[i][1]);
	}
}

/* The last line, in the spelling of the others. */
static void test_ipynb_escapes(void **state)
{
	static const struct {
		const char *old, *nb, *expected;
	} rows[] = {
		{ "\xC3\xA9", "\xC3\xA8", "\xC3\xA8" },
		{ "\xF0\x9F\x94\xA5", "\xF0\x9F\x94\xA6", "\xF0\x9F\x94\xA6" },
		{ "\\u00e9", "\xC3\xA8", "\\u00e8" },
		{ "\\u00E9\\u001B", "\xC3\xAA\x1b", "\\u00EA\\u001B" },
		{ "\\ud83d\\udd25", "\xC3\xA9", "\\u00e9" },
		{ "\xC3\xA9\\uD83D\\uDD25", "\xC3\xA9\xF0\x9F\x94\xA6", "\xC3\xA9\\uD83D\\uDD26" },
		{ "\\uD83D\\uDD25", "\xC3\xA9\xF0\x9F\x94\xA6", "\xC3\xA9\\uD83D\\uDD26" },
		{ "x", "\xC3\xA9\xF0\x9F\x94\xA6\x1b", "\xC3\xA9\xF0\x9F\x94\xA6\\u001b" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		static const char file[] = "{\"cells\":[{\"cell_type\":\"code\",\"source\":"
					   "[\"%s\"]}],\"nbformat\":4}";
		cleanup_free char *old = xasprintf(file, rows[i].old);
		cleanup_free char *expected = xasprintf(file, rows[i].expected);
		cleanup_free char *source = xasprintf(PY "%s\n", rows[i].nb);
		cleanup_free char *out = updated(old, source, NOTEBOOK_OUTPUTS_STRIP);

		assert_string_equal(out, expected);
	}
}

static void test_ipynb_flags(void **state)
{
	static const char file[] = "{\"cells\":[{\"cell_type\":\"markdown\",\"metadata\":{" DBX
				   ":{%s}},"
				   "\"source\":\"x\"}],\"nbformat\":4}";
	static const struct {
		const char *old, *source, *expected;
	} rows[] = {
		{ "\"nuid\":\"1\",\"showTitle\":false,\"title\":\"\"",
		  "# MAGIC %md-sandbox\n# MAGIC x\n",
		  "\"isMarkdownSandbox\":true,\"nuid\":\"1\",\"showTitle\":false,\"title\":\"\"" },
		{ "\"isMarkdownSandbox\":true,\"nuid\":\"1\"", "# MAGIC %md\n# MAGIC x\n",
		  "\"isMarkdownSandbox\":false,\"nuid\":\"1\"" },
		{ "\"title\":\"A\",\"showTitle\":true,\"nuid\":\"1\"",
		  "# DBTITLE 0,A\n# MAGIC %md\n# MAGIC x\n",
		  "\"title\":\"A\",\"showTitle\":false,\"nuid\":\"1\"" },
		{ "\"title\":\"A\",\"showTitle\":true,\"nuid\":\"1\"", "# MAGIC %md\n# MAGIC x\n",
		  "\"title\":\"\",\"showTitle\":false,\"nuid\":\"1\"" },
		{ "\"nuid\":\"1\"", "# DBTITLE 1,\"q\"\n# MAGIC %md\n# MAGIC x\n",
		  "\"nuid\":\"1\",\"showTitle\":true,\"title\":\"\\\"q\\\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *old = xasprintf(file, rows[i].old);
		cleanup_free char *expected = xasprintf(file, rows[i].expected);
		cleanup_free char *source = xasprintf(PY "%s", rows[i].source);
		cleanup_free char *out = updated(old, source, NOTEBOOK_OUTPUTS_STRIP);

		assert_string_equal(out, expected);
	}
}

/* Markdown that the file keeps in a code cell stays there. */
static void test_ipynb_marker_in_code(void **state)
{
	static const char file[] = "{\"cells\":[{\"cell_type\":\"code\",\"source\":[\"%s\\n\","
				   "\"%s\"]}],\"nbformat\":4}";
	cleanup_free char *old = xasprintf(file, "%md", "x");
	cleanup_free char *markdown = xasprintf(file, "%md", "y");
	cleanup_free char *sandbox = xasprintf(file, "%md-sandbox", "x");
	cleanup_free char *a = updated(old, PY "# MAGIC %md\n# MAGIC y\n", NOTEBOOK_OUTPUTS_STRIP);
	cleanup_free char *b = updated(old, PY "# MAGIC %md-sandbox\n# MAGIC x\n",
				       NOTEBOOK_OUTPUTS_STRIP);

	(void)state;
	assert_string_equal(a, markdown);
	assert_string_equal(b, sandbox);
}

static void test_ipynb_environment(void **state)
{
	static const char file[] =
		"{\"metadata\":{\"application/vnd.databricks.v1+notebook\":"
		"{\"environmentMetadata\":%s,\"language\":\"python\"}},\"cells\":"
		"[{\"cell_type\":\"code\",\"source\":\"%s\"}],\"nbformat\":4}";
	static const struct {
		const char *old, *version, *expected;
	} rows[] = {
		{ "{\"base_environment\":\"\",\"environment_version\":\"4\"}", "4",
		  "{\"base_environment\":\"\",\"environment_version\":\"4\"}" },
		{ "{\"base_environment\":\"\",\"environment_version\":\"4\"}", "5",
		  "{\"environment_version\":\"5\"}" },
		{ "null", "5", "{\"environment_version\":\"5\"}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *old = xasprintf(file, rows[i].old, "a");
		cleanup_free char *expected = xasprintf(file, rows[i].expected, "b");
		cleanup_free char *source = xasprintf(
			PY "# /// script\n# [tool.databricks.environment]\n"
			   "# environment_version = \"%s\"\n# ///\nb\n",
			rows[i].version);
		cleanup_free char *out = updated(old, source, NOTEBOOK_OUTPUTS_STRIP);

		assert_string_equal(out, expected);
	}
}

/* A new cell from another .ipynb brings everything it has but an id that is taken. */
static void test_ipynb_imported(void **state)
{
	static const char from[] =
		"{\"cells\":[{\"cell_type\":\"code\",\"id\":\"first\",\"execution_count\":9,"
		"\"metadata\":{\"k\":1.50},\"outputs\":[{\"name\":\"x\"}],\"source\":[\"new\"]},"
		"{\"cell_type\":\"code\",\"id\":\"other\",\"metadata\":{},\"source\":"
		"[\"a = 1\\n\",\"b\"]},"
		"{\"cell_type\":\"markdown\",\"source\":\"T\"}],\"nbformat\":4}";
	cleanup_notebook struct notebook *old = text_ipynb(old_ipynb), *nb = text_ipynb(from);
	cleanup_free char *kept = text_update(old, nb, NOTEBOOK_OUTPUTS_KEEP);
	cleanup_free char *stripped = text_update(old, nb, NOTEBOOK_OUTPUTS_STRIP);

	(void)state;
	assert_non_null(strstr(kept, "  \"cells\": [\n    {\n      \"cell_type\": \"code\",\n"
				     "      \"id\": \""));
	assert_non_null(strstr(kept, "      \"execution_count\": 9,\n      \"metadata\": {\n"
				     "        \"k\": 1.50\n      },\n      \"outputs\": [\n"
				     "        {\n          \"name\": \"x\"\n        }\n      ],\n"
				     "      \"source\": [\n        \"new\"\n      ]\n    }, {\n"));
	assert_non_null(strstr(stripped,
			       "\"execution_count\": null,\n      \"metadata\": {\n"
			       "        \"k\": 1.50\n      },\n      \"outputs\": [],\n"));
	assert_ptr_equal(strstr(strstr(kept, "\"id\": \"first\"") + 1, "\"id\": \"first\""), NULL);
}

/* Two new cells with one id: the second gets another. */
static void test_ipynb_imported_twice(void **state)
{
	static const char from[] =
		"{\"cells\":[{\"cell_type\":\"raw\",\"id\":\"new\",\"source\":\"1\"},"
		"{\"cell_type\":\"raw\",\"id\":\"new\",\"source\":\"2\"}],\"nbformat\":4}";
	cleanup_notebook struct notebook *old = text_ipynb("{\"cells\":[],\"nbformat\":4,"
							   "\"nbformat_minor\":5}");
	cleanup_notebook struct notebook *nb = text_ipynb(from);
	cleanup_free char *out = text_update(old, nb, NOTEBOOK_OUTPUTS_KEEP);
	const char *first = strstr(out, "\"id\":\"new\"");

	(void)state;
	assert_non_null(first);
	assert_null(strstr(first + 1, "\"id\":\"new\""));
	assert_non_null(strstr(first + 1, "\"id\":\""));
}

static void test_ipynb_language(void **state)
{
	static const char old_text[] =
		"{\"cells\":[{\"cell_type\":\"code\",\"source\":\"a\"}],\"metadata\":"
		"{\"application/vnd.databricks.v1+notebook\":{\"language\":\"python\",\"x\":1},"
		"\"language_info\":{\"name\":\"python\",\"version\":\"3\"}},\"nbformat\":4}";
	cleanup_notebook struct notebook *old = text_ipynb(old_text),
					 *nb = text_source(SQL "a\n", NOTEBOOK_SQL);
	cleanup_free char *out = text_update(old, nb, NOTEBOOK_OUTPUTS_STRIP);

	(void)state;
	assert_string_equal(
		out, "{\"cells\":[{\"cell_type\":\"code\",\"source\":\"a\"}],\"metadata\":"
		     "{\"application/vnd.databricks.v1+notebook\":{\"language\":\"sql\",\"x\":1},"
		     "\"language_info\":{\"name\":\"sql\",\"version\":\"3\"}},\"nbformat\":4}");
}

/* A file of many cells that all change a little, with one in front: no cell loses its id. */
static void test_many_cells(void **state)
{
	enum { CELLS = 4000 };
	struct buf old_text = BUF_INIT((size_t)8 << 20), source = BUF_INIT((size_t)8 << 20);
	cleanup_free char *out = NULL, *last = NULL;

	(void)state;
	buf_add_str(&old_text, "{\"cells\":[");
	buf_add_str(&source, PY "front");
	for (int i = 0; i < CELLS; i++) {
		buf_addf(&old_text,
			 "%s{\"cell_type\":\"code\",\"id\":\"i%d\",\"source\":[\"n%d\\n\",\"x\"]}",
			 i ? "," : "", i, i);
		buf_addf(&source, SEP "n%d\ny%d", i, i);
	}
	buf_add_str(&old_text, "],\"nbformat\":4,\"nbformat_minor\":5}");
	out = updated(old_text.data, source.data, NOTEBOOK_OUTPUTS_STRIP);
	for (int i = 0; i < CELLS; i += 500) {
		free(last);
		last = xasprintf("\"id\":\"i%d\",\"source\":[\"n%d\\n\",\"y%d\"]", i, i, i);
		assert_non_null(strstr(out, last));
	}
	buf_release(&old_text);
	buf_release(&source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipynb_equal),
		cmocka_unit_test(test_ipynb_markdown_changed),
		cmocka_unit_test(test_ipynb_code_changed),
		cmocka_unit_test(test_ipynb_title_added),
		cmocka_unit_test(test_ipynb_deleted),
		cmocka_unit_test(test_ipynb_swapped),
		cmocka_unit_test(test_ipynb_inserted),
		cmocka_unit_test(test_ipynb_into_empty),
		cmocka_unit_test(test_ipynb_escapes),
		cmocka_unit_test(test_ipynb_flags),
		cmocka_unit_test(test_ipynb_marker_in_code),
		cmocka_unit_test(test_ipynb_environment),
		cmocka_unit_test(test_ipynb_imported),
		cmocka_unit_test(test_ipynb_imported_twice),
		cmocka_unit_test(test_ipynb_language),
		cmocka_unit_test(test_many_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
