/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a notebook says beyond its cells: compared by meaning, written byte for byte beside what
 * differs, merged key by key, and never taken away by a format that cannot tell it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "notebook/json/jvalue.h"
#include "notebook_text.h"
#include "tests/source_text.h"

#define NOTE  "\"application/vnd.databricks.v1+notebook\""

#define STRIP NOTEBOOK_OUTPUTS_STRIP
#define KEEP  NOTEBOOK_OUTPUTS_KEEP

/* A code cell, and a file of two of them. */
#define CELL(meta, outputs, text)                                                    \
	"{\"cell_type\": \"code\", \"metadata\": {" meta "}, \"outputs\": [" outputs \
	"], \"source\": \"" text "\"}"
#define FILE(cells, meta) "{\"cells\": [" cells "], \"metadata\": {" meta "}, \"nbformat\": 4}"
#define TWO(meta, outputs, note) \
	FILE(CELL(meta, outputs, "a = 1") ", " CELL("", "", "b = 2"), NOTE ": {" note "}")
#define TAG    "\"tags\": [\"parameters\"]"
#define WIDGET "\"widgets\": {\"day\": {\"currentValue\": \"1\"}}"

static struct notebook *any(const char *text)
{
	return *text == '{' ? text_ipynb(text) : text_python(text);
}

/* ---- JSON values ---- */

static void test_values(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{ "{\"a\":1,\"b\":[true,null]}", "{ \"b\" : [true, null],\n\"\\u0061\" : 1.0 }",
		  true },
		{ "\"\\u00e9\\/\\ud83d\\ude00\"", "\"\xC3\xA9/\xF0\x9F\x98\x80\"", true },
		{ "\"\\ud800\"", "\"\\uD800\"", true },
		{ "\"\\ud800\"", "\"\\ud801\"", false },
		{ "100", "1e2", true },
		{ "1.50E+1", "15", true },
		{ "-0.0", "0", true },
		{ "0.05", "5e-2", true },
		{ "-10", "10", false },
		{ "1", "\"1\"", false },
		{ "12345678901234567890", "12345678901234567891", false },
		{ "1e9999999999", "1e9999999999", true },
		{ "NaN", "NaN", true },
		{ "-Infinity", "Infinity", false },
		{ "[1,2]", "[2,1]", false },
		{ "{\"a\":1,\"a\":2}", "{\"a\":2}", true },
		{ "{\"a\":1,\"a\":2}", "{\"a\":1}", false },
		{ "{\"a\":{\"z\":1,\"y\":2}}", "{\"a\":{\"y\":2,\"z\":1}}", true },
		{ "{\"ab\":1,\"a\":2}", "{\"a\":2,\"ab\":1}", true },
		{ "{}", "[]", false },
		{ "[\"ab\"]", "[\"a\",\"b\"]", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct span a = { rows[i].a, strlen(rows[i].a) };
		struct span b = { rows[i].b, strlen(rows[i].b) };

		if (jvalue_equal(a, b, JVALUE_PLAIN) != rows[i].equal ||
		    jvalue_equal(b, a, JVALUE_PLAIN) != rows[i].equal)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
	}
}

static void test_outputs_as_values(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
		{ "[{\"text\":[\"a\\n\",\"b\"]}]", "[{\"text\":\"a\\nb\"}]", true },
		{ "[{\"text\":[]}]", "[{\"text\":\"\"}]", true },
		{ "[{\"execution_count\":1,\"x\":2}]", "[{\"x\":2}]", true },
		{ "[{\"data\":{\"text/plain\":[\"a\",\"b\"]}}]",
		  "[{\"data\":{\"text/plain\":\"ab\"}}]", true },
		{ "[{\"data\":{\"application/json\":[\"a\",\"b\"]}}]",
		  "[{\"data\":{\"application/json\":[\"ab\"]}}]", false },
		{ "[{\"metadata\":{\"execution_count\":1}}]", "[{\"metadata\":{}}]", false },
		{ "[{\"data\":{\"text/plain\":[\"a\",1]}}]",
		  "[{\"data\":{\"text/plain\":[\"a\", 1]}}]", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct span a = { rows[i].a, strlen(rows[i].a) };
		struct span b = { rows[i].b, strlen(rows[i].b) };

		if (jvalue_equal(a, b, JVALUE_OUTPUTS) != rows[i].equal)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
	}
}

/* As deep as a file may be, and an object whose keys are backwards at every level. */
static void test_deep_values(void **state)
{
	cleanup_buf struct buf deep = BUF_INIT(1 << 20), out = BUF_INIT(1 << 20);

	(void)state;
	for (size_t i = 0; i < JSCAN_DEPTH_MAX; i++)
		buf_add_str(&deep, "{\"b\":1,\"a\":");
	buf_add_str(&deep, "0");
	for (size_t i = 0; i < JSCAN_DEPTH_MAX; i++)
		buf_add_char(&deep, '}');
	jvalue_canonical(&out, (struct span){ deep.data, deep.len }, JVALUE_PLAIN);
	assert_int_equal(out.len, deep.len);
	assert_memory_equal(out.data, "{\"a\":{\"a\":", 10);
	assert_true(str_ends(out.data, ",\"b\":1},\"b\":1}"));
}

/* ---- the canonical form ---- */

static char *canonical(const char *text, enum notebook_outputs outputs)
{
	cleanup_notebook struct notebook *nb = any(text);
	struct buf out = BUF_INIT(1 << 20);

	notebook_canonical(nb, outputs, &out);
	return buf_steal(&out, NULL);
}

static void test_canonical(void **state)
{
	static const char plain[] = "notebook 1 PYTHON 2\ncode 0 5\na = 1\ncode 0 5\nb = 2\n";
	static const struct {
		const char *text, *more;
		enum notebook_outputs outputs;
	} rows[] = {
		{ PY "a = 1" SEP "b = 2\n", "", KEEP },
		{ TWO("", "1", ""), "", STRIP },
		{ TWO("", "",
		      "\"widgets\": {}, \"dashboards\": [], "
		      "\"inputWidgetPreferences\": null"),
		  "", KEEP },
		{ TWO("\"tags\": [], " DBX ": {\"inputWidgets\": {}, \"nuid\": \"x\"}", "", ""), "",
		  KEEP },
		{ TWO("\"collapsed\": true, \"scrolled\": 1, \"ExecuteTime\": {\"x\": 1}", "", ""),
		  "", KEEP },
		{ TWO("\"t\\u0061gs\": [ \"parameters\" ]", "", ""),
		  "cell 1 tag 6 14\n\"tags\"[\"parameters\"]\n", KEEP },
		{ TWO("", "1", ""), "cell 1 outputs 0 3\n[1]\n", KEEP },
		{ TWO(TAG, "1", ""), "cell 1 tag 6 14\n\"tags\"[\"parameters\"]\n",
		  NOTEBOOK_OUTPUTS_KEEP_TAGGED },
		{ TWO("\"keep_output\": true", "1", ""),
		  "cell 1 tag 13 4\n\"keep_output\"true\ncell 1 outputs 0 3\n[1]\n",
		  NOTEBOOK_OUTPUTS_KEEP_TAGGED },
		{ TWO("", "", WIDGET), "cell 0 widget 5 20\n\"day\"{\"currentValue\":\"1\"}\n",
		  KEEP },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *is = canonical(rows[i].text, rows[i].outputs);
		cleanup_free char *expected = xasprintf("%s%s", plain, rows[i].more);

		assert_string_equal(is, expected);
	}
}

static void test_agree(void **state)
{
	static const struct {
		const char *a, *b;
		bool agree;
	} rows[] = {
		{ TWO(TAG, "1", WIDGET), PY "a = 1" SEP "b = 2\n", true },
		{ TWO(TAG, "1", WIDGET), PY "a = 1" SEP "b = 3\n", false },
		{ TWO(TAG, "1", WIDGET), TWO(TAG, "1.0", WIDGET), true },
		{ TWO(TAG, "1", WIDGET), TWO(TAG, "2", WIDGET), false },
		{ TWO(TAG, "1", WIDGET), TWO("", "1", WIDGET), false },
		{ TWO(TAG, "1", WIDGET), TWO(TAG, "1", ""), false },
		{ TWO("\"tags\": []", "", ""), TWO("", "", ""), true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_notebook struct notebook *a = any(rows[i].a), *b = any(rows[i].b);

		if (notebook_agree(a, b, KEEP) != rows[i].agree ||
		    notebook_agree(b, a, KEEP) != rows[i].agree)
			fail_msg("%s and %s", rows[i].a, rows[i].b);
	}
}

static void test_rich(void **state)
{
	cleanup_notebook struct notebook *tagged = any(TWO(TAG, "", "")),
					 *run = any(TWO("", "1", "")), *plain = any(PY "a\n");

	(void)state;
	assert_true(notebook_is_rich(tagged, STRIP));
	assert_false(notebook_is_rich(run, STRIP));
	assert_true(notebook_is_rich(run, KEEP));
	assert_false(notebook_is_rich(plain, KEEP));
}

/* ---- update ---- */

#define ODD(meta, note)                                                      \
	"{ \"metadata\":{\"n\" :1 ," NOTE ":{ \"language\":\"python\" " note \
	" } },\n\"cells\":[ {\"cell_type\" :\"code\",\"metadata\":{ " meta   \
	" \"z\" : 1.00 },\"outputs\":[\"x\"],\"source\":[\"a = 1\"] } ],\"nbformat\":4}"
static const struct {
	const char *name, *old, *nb, *expected;
	enum notebook_outputs outputs;
} update_rows[] = {
	{ "source takes nothing away", TWO(TAG, "1", WIDGET), PY "a = 1" SEP "b = 2\n",
	  TWO(TAG, "1", WIDGET), KEEP },
	{ "equal in other spelling", ODD("\"t\" : [ 1 ] ,", ", \"widgets\":{ }"),
	  FILE(CELL("\"z\": 1, \"t\": [1.0]", "2", "a = 1"), ""),
	  ODD("\"t\" : [ 1 ] ,", ", \"widgets\":{ }"), STRIP },
	{ "only the value", ODD("\"t\" : [ 1 ] ,", ""),
	  FILE(CELL("\"z\": 1, \"t\": [2]", "", "a = 1"), ""), ODD("\"t\" : [2] ,", ""), STRIP },
	{ "only the dashboards", ODD("", ", \"dashboards\" : [ ]"),
	  FILE(CELL("\"z\": 1", "", "a = 1"), NOTE ": {\"dashboards\": [{\"a\": 1}]}"),
	  ODD("", ", \"dashboards\" : [{\"a\":1}]"), STRIP },
	{ "removed", TWO(TAG, "", WIDGET), TWO("", "", ""), TWO("", "", "\"widgets\": {}"), STRIP },
	{ "added", TWO("", "", ""), TWO(TAG, "", WIDGET), TWO(TAG, "", WIDGET), STRIP },
	{ "outputs that do not count", TWO("", "1", ""), TWO("", "2", ""), TWO("", "1", ""),
	  STRIP },
	{ "outputs that count", TWO("", "1", ""), TWO("", "2", ""), TWO("", "2", ""), KEEP },
	{ "outputs that are gone", TWO("", "1", ""), TWO("", "", ""), TWO("", "", ""), KEEP },
	{ "outputs that count by their tag", TWO("", "1", ""),
	  TWO("\"keep_output\": true", "2", ""), TWO("\"keep_output\": true", "2", ""),
	  NOTEBOOK_OUTPUTS_KEEP_TAGGED },
	{ "outputs that count from now on", TWO("", "1", ""), TWO("\"keep_output\": true", "", ""),
	  TWO("\"keep_output\": true", "1", ""), NOTEBOOK_OUTPUTS_KEEP_TAGGED },
	{ "no outputs that count by their tag", TWO("\"keep_output\": true", "1", ""),
	  TWO("\"keep_output\": true", "", ""), TWO("\"keep_output\": true", "", ""),
	  NOTEBOOK_OUTPUTS_KEEP_TAGGED },
	{ "no metadata in the file",
	  "{\"cells\": [{\"cell_type\": \"code\", \"source\": \"a = 1\"}], "
	  "\"nbformat\": 4}",
	  FILE(CELL(TAG, "", "a = 1"), NOTE ": {" WIDGET "}"),
	  "{\"cells\": [{\"cell_type\": \"code\", \"metadata\": {" TAG "}, "
	  "\"source\": \"a = 1\"}], \"metadata\": {" NOTE ": {" WIDGET "}}, \"nbformat\": 4}",
	  STRIP },
	{ "one key of several twice", FILE(CELL("\"a\": 1, \"b\": 2, \"a\": 3", "", "x"), ""),
	  FILE(CELL("\"a\": 4, \"b\": 2", "", "x"), ""),
	  FILE(CELL("\"a\": 4, \"b\": 2", "", "x"), ""), STRIP },
	{ "a key with escapes", FILE(CELL("\"\\u0061\\\"\": 1, \"b\": 2", "", "x"), ""),
	  FILE(CELL("\"b\": 2, \"a\\\"\": 3", "", "x"), ""),
	  FILE(CELL("\"\\u0061\\\"\": 3, \"b\": 2", "", "x"), ""), STRIP },
	{ "rich into source", PY "a = 1" SEP "b = 2", TWO(TAG, "1", WIDGET), PY "a = 1" SEP "b = 2",
	  KEEP },
	{ "the last line's end that an export lost",
	  FILE(CELL("", "1", "a = 1") ", " CELL("", "2", "b = 2\\n"), ""), PY "a = 3" SEP "b = 2",
	  FILE(CELL("", "", "a = 3") ", " CELL("", "2", "b = 2\\n"), ""), STRIP },
};

static void test_update(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(update_rows); i++) {
		cleanup_notebook struct notebook *old = any(update_rows[i].old),
						 *nb = any(update_rows[i].nb);
		cleanup_free char *out = text_update(old, nb, update_rows[i].outputs);

		if (strcmp(out, update_rows[i].expected) != 0)
			fail_msg("%s:\n%s\nnot\n%s", update_rows[i].name, out,
				 update_rows[i].expected);
	}
}

/* An image in a Markdown cell stays when source changes the text around it, and travels with it. */
static void test_attachments(void **state)
{
#define IMAGE(data, text)                                                                  \
	FILE("{\"cell_type\": \"markdown\", \"attachments\": {\"p.png\": {\"image/png\": " \
	     "\"" data "\"}}, \"source\": \"![p](attachment:p.png)" text "\"}",            \
	     "")
	static const struct {
		const char *old, *nb, *expected;
	} rows[] = {
		{ IMAGE("iV\\/", ""), PY "# MAGIC %md\n# MAGIC ![p](attachment:p.png) new\n",
		  IMAGE("iV\\/", " new") },
		{ IMAGE("iV\\/", ""), IMAGE("iV/", " new"), IMAGE("iV\\/", " new") },
		{ IMAGE("iV\\/", ""), IMAGE("iW/", ""), IMAGE("iW/", "") },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_notebook struct notebook *old = any(rows[i].old), *nb = any(rows[i].nb);
		cleanup_free char *out = text_update(old, nb, STRIP);

		assert_string_equal(out, rows[i].expected);
	}
}

/* CR LF inside a cell is a line's end in the model; the file's own spelling stays, of changed cells,
 * too. */
static void test_crlf(void **state)
{
#define CR(a, b)                                                                              \
	FILE("{\"cell_type\": \"code\", \"source\": [\"x\\r\\n\", \"" a "\\r\\n\", \"z\"]}, " \
	     "{\"cell_type\": \"markdown\", \"source\": \"t\\r\\nu" b "\"}",                  \
	     "")
	cleanup_notebook struct notebook *old = any(CR("y", "")), *nb = NULL, *same = NULL;
	cleanup_free char *source = text_write(old, NOTEBOOK_SOURCE), *out = NULL, *back = NULL;

	(void)state;
	assert_string_equal(source, PY "x\ny\nz" SEP "# MAGIC %md\n# MAGIC t\n# MAGIC u\n");
	same = any(source);
	back = text_update(old, same, STRIP);
	assert_string_equal(back, CR("y", ""));
	nb = any(PY "x\nY\nz" SEP "# MAGIC %md\n# MAGIC t\n# MAGIC u\n# MAGIC v\n");
	out = text_update(old, nb, STRIP);
	assert_string_equal(out, CR("Y", "\\r\\nv"));
}

/* ---- merge ---- */

static void check_merge(const char *base, const char *ours, const char *theirs,
			enum notebook_outputs outputs, const char *expected)
{
	cleanup_notebook struct notebook *b = base ? any(base) : NULL, *o = any(ours),
					 *t = any(theirs), *out = NULL;
	cleanup_free char *text = NULL;
	struct err e = ERR_INIT;
	bool conflict;

	if (notebook_merge(&out, &conflict, &(struct notebook_versions){ b, o, t }, outputs, &e))
		fail_msg("%s", e.text);
	text = text_write_outputs(out, notebook_format(out), KEEP);
	if (conflict != !expected || (expected && strcmp(text, expected) != 0))
		fail_msg("%s\n(conflict %d) not\n%s", text, conflict, expected);
}

static void test_merge(void **state)
{
	static const char source[] = PY "a = 1" SEP "b = 2\n", edited[] = PY "a = 9" SEP "b = 2\n";

	(void)state;
	/* a cell's text on one side, its tag on the other */
	check_merge(TWO("", "1", ""), TWO(TAG, "1", ""), edited, STRIP,
		    FILE(CELL(TAG, "", "a = 9") ", " CELL("", "", "b = 2"), NOTE ": {}"));
	check_merge(TWO("", "1", ""), edited, TWO(TAG, "", ""), STRIP,
		    FILE(CELL(TAG, "", "a = 9") ", " CELL("", "", "b = 2"), NOTE ": {}"));
	/* different keys */
	check_merge(TWO("\"k\": 1, \"l\": 1", "", ""), TWO("\"k\": 2, \"l\": 1", "", ""),
		    TWO("\"k\": 1, \"l\": 2", "", ""), STRIP, TWO("\"k\": 2, \"l\": 2", "", ""));
	check_merge(TWO("", "", "\"widgets\": {\"day\": 1, \"hour\": 1}"),
		    TWO("", "", "\"widgets\": {\"day\": 2, \"hour\": 1}"),
		    TWO("", "", "\"widgets\": {\"day\": 1}"), STRIP,
		    TWO("", "", "\"widgets\": {\"day\": 2}"));
	/* the same key */
	check_merge(TWO("\"k\": 1", "", ""), TWO("\"k\": 2", "", ""), TWO("\"k\": 3", "", ""),
		    STRIP, NULL);
	check_merge(TWO("\"k\": 1", "", ""), TWO("\"k\": 2", "", ""), TWO("", "", ""), STRIP, NULL);
	check_merge(TWO("\"k\": 1", "", ""), TWO("\"k\": 2", "", ""), TWO("\"k\": 2.0", "", ""),
		    STRIP, TWO("\"k\": 2", "", ""));
	/* removed by who had told it, not by who cannot */
	check_merge(TWO(TAG, "", WIDGET), TWO(TAG, "", WIDGET), TWO("", "", ""), STRIP,
		    TWO("", "", "\"widgets\": {}"));
	check_merge(TWO(TAG, "", WIDGET), TWO(TAG, "", WIDGET), source, STRIP,
		    TWO(TAG, "", WIDGET));
	/* outputs, where they count */
	check_merge(TWO("", "1", ""), TWO("", "1", ""), TWO("", "2", ""), KEEP, TWO("", "2", ""));
	check_merge(TWO("", "1", ""), TWO("", "1", ""), TWO("", "2", ""), STRIP, TWO("", "1", ""));
	check_merge(TWO("", "1", ""), TWO("", "3", ""), TWO("", "2", ""), KEEP, NULL);
	/* nothing in common but the cells */
	check_merge(NULL, source, TWO(TAG, "", WIDGET), STRIP, TWO(TAG, "", WIDGET));
	check_merge(NULL, TWO(TAG, "", ""), TWO("", "", WIDGET), STRIP, TWO(TAG, "", WIDGET));
	check_merge(NULL, TWO("\"k\": 1", "", ""), TWO("\"k\": 2", "", ""), STRIP, NULL);
	check_merge(source, source, edited, STRIP, edited);
}

/* ---- lift ---- */

static void check_lift(const char *whole, const char *told, const char *raw,
		       enum notebook_outputs outputs, const char *expected)
{
	cleanup_notebook struct notebook *w = any(whole), *t = told ? any(told) : NULL,
					 *r = any(raw), *out = NULL;
	cleanup_free char *text = NULL;
	struct err e = ERR_INIT;

	if (notebook_lift(&out, w, t, r, outputs, &e))
		fail_msg("%s", e.text);
	text = text_write_outputs(out, notebook_format(out), KEEP);
	assert_string_equal(text, expected);
	assert_true(notebook_equal(out, r));
}

static void test_lift(void **state)
{
	static const char source[] = PY "a = 1" SEP "b = 2\n", edited[] = PY "a = 9" SEP "b = 2\n";
	static const char changed[] = FILE(CELL(TAG, "", "a = 9") ", " CELL("", "", "b = 2"),
					   NOTE ": {" WIDGET "}");

	(void)state;
	/* what source cannot tell is the version's */
	check_lift(TWO(TAG, "1", WIDGET), source, source, STRIP, TWO(TAG, "1", WIDGET));
	check_lift(TWO(TAG, "1", WIDGET), source, edited, STRIP, changed);
	check_lift(source, source, edited, STRIP, edited);
	check_lift(source, NULL, edited, STRIP, edited);
	/* what an ipynb said already is no edit, what it says now is one */
	check_lift(TWO(TAG, "", WIDGET), TWO("", "", ""), TWO("", "", ""), STRIP,
		   TWO(TAG, "", WIDGET));
	check_lift(TWO(TAG, "", WIDGET), TWO(TAG, "", ""), TWO("", "", ""), STRIP,
		   TWO("", "", WIDGET));
	check_lift(TWO(TAG, "", WIDGET), NULL, TWO("", "", WIDGET), STRIP, TWO("", "", WIDGET));
	check_lift(TWO("", "", WIDGET), TWO("", "", ""), TWO(TAG, "", ""), STRIP,
		   TWO(TAG, "", WIDGET));
	/* a file that became ipynb tells no removal of what it never had told */
	check_lift(TWO(TAG, "", WIDGET), source, TWO("\"k\": 1", "", ""), STRIP,
		   TWO("\"k\": 1, " TAG, "", WIDGET));
	/* a rich one beside a version in source */
	check_lift(source, source, TWO(TAG, "", ""), STRIP, TWO(TAG, "", ""));
	check_lift(source, source, TWO("", "1", ""), STRIP, source);
	check_lift(source, source, TWO("", "1", ""), KEEP, TWO("", "1", ""));
}

/* Whatever language the version was in, and where its file cannot carry raw's cells, raw's own does. */
static void test_lift_language(void **state)
{
	static const char odd[] = "{\"cells\": [{\"cell_type\": \"code\", \"source\": "
				  "\"'''\\n# COMMAND ----------\\n'''\"}], \"nbformat\": 4}";
	cleanup_notebook struct notebook *whole = any(TWO(TAG, "", WIDGET)), *plain = any(PY "a\n"),
					 *raw = text_source(SQL "b\n", NOTEBOOK_SQL),
					 *separator = any(odd), *out = NULL, *sql = NULL,
					 *own = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(notebook_lift(&out, whole, NULL, raw, STRIP, &e), 0);
	assert_true(notebook_equal(out, raw));
	assert_int_equal(notebook_format(out), NOTEBOOK_IPYNB);
	assert_int_equal(notebook_lift(&sql, plain, NULL, raw, STRIP, &e), 0);
	assert_true(notebook_equal(sql, raw));
	assert_int_equal(notebook_format(sql), NOTEBOOK_SOURCE);
	assert_int_equal(notebook_lift(&own, plain, NULL, separator, STRIP, &e), 0);
	assert_true(notebook_equal(own, separator));
	assert_int_equal(notebook_format(own), NOTEBOOK_IPYNB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),      cmocka_unit_test(test_outputs_as_values),
		cmocka_unit_test(test_deep_values), cmocka_unit_test(test_canonical),
		cmocka_unit_test(test_agree),       cmocka_unit_test(test_rich),
		cmocka_unit_test(test_update),      cmocka_unit_test(test_attachments),
		cmocka_unit_test(test_crlf),        cmocka_unit_test(test_merge),
		cmocka_unit_test(test_lift),        cmocka_unit_test(test_lift_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
