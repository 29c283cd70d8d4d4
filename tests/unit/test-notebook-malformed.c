/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Input that is broken, hostile or merely odd: each row is refused with this very sentence, or is
 * accepted with these cells and comes back byte for byte.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notebook_text.h"

#define T(s)    s, sizeof(s) - 1
#define TAIL    ",\"metadata\":{},\"nbformat\":4,\"nbformat_minor\":4}"
#define CELL(s) "{\"cells\":[" s "]" TAIL
#define CODE    "\"cell_type\":\"code\",\"metadata\":{},\"outputs\":[],\"execution_count\":null"

#define UTF16   "line 1, column 1: not a notebook but text in UTF-16, save it as UTF-8 first"
#define LFS                                                                                    \
	"line 1, column 1: not a notebook but a pointer of Git LFS, get the file by 'git lfs " \
	"pull' first"
#define HTML \
	"line 1, column 1: not a notebook but an HTML page, export or download it as a notebook"

struct row {
	const char *text;
	size_t len;
	const char *error; /* the sentence; NULL: accepted */
	const char *cells;
};

static const struct row ipynb_rows[] = {
	/* no JSON */
	{ T(""), "line 1, column 1: the file is empty", NULL },
	{ T(" \n"), "line 1, column 1: the file is empty", NULL },
	{ T("\xEF\xBB\xBF\r\n"), "line 1, column 1: the file is empty", NULL },
	/* something else */
	{ T("\xFF\xFE{\0\n\0"), UTF16, NULL },
	{ T("\xFE\xFF\0{"), UTF16, NULL },
	{ T("{\0\"\0"), UTF16, NULL },
	{ T("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n"), LFS, NULL },
	{ T("<!DOCTYPE html>\n<html>"), HTML, NULL },
	{ T("\xEF\xBB\xBF\n<!doctype HTML PUBLIC>"), HTML, NULL },
	{ T("<html lang=\"en\">"), HTML, NULL },
	{ T("[]"), "line 1, column 1: an object was expected", NULL },
	{ T("null"), "line 1, column 1: an object was expected", NULL },
	{ T("# Databricks notebook source\n"), "line 1, column 1: an object was expected", NULL },
	{ T("{"), "line 1, column 2: the file ends in the middle", NULL },
	{ T("{\"cells\""), "line 1, column 9: the file ends in the middle", NULL },
	{ T("{\"cells\":"), "line 1, column 10: the file ends in the middle", NULL },
	{ T("{\"cells\":["), "line 1, column 11: the file ends in the middle", NULL },
	{ T("{\"cells\":[]"), "line 1, column 12: the file ends in the middle", NULL },
	{ T("{\"cells\":[]} x"), "line 1, column 14: text after the end of the JSON", NULL },
	{ T("{\"cells\":[]}{}"), "line 1, column 13: text after the end of the JSON", NULL },
	{ T("{cells:[]}"), "line 1, column 2: a key in double quotes was expected", NULL },
	{ T("{'cells':[]}"), "line 1, column 2: a key in double quotes was expected", NULL },
	{ T("{\"cells\":[],}"), "line 1, column 13: a value was expected after the comma", NULL },
	{ T("{\"cells\":[,]}"), "line 1, column 11: an object was expected", NULL },
	{ T("{\"a\":1 \"b\":2}"), "line 1, column 8: a comma or '}' was expected", NULL },
	{ T("{\"a\":[1 2]}"), "line 1, column 9: a comma or ']' was expected", NULL },
	{ T("{\"a\":[1,]}"), "line 1, column 9: a value was expected after the comma", NULL },
	{ T("{\"a\":[1}"), "line 1, column 8: a comma or ']' was expected", NULL },
	{ T("{\"a\":}"), "line 1, column 6: a value was expected", NULL },
	{ T("{\"a\" 1}"), "line 1, column 6: a colon was expected after the key", NULL },
	{ T("{\"a\":tru}"), "line 1, column 6: a value was expected", NULL },
	{ T("{\"a\":nul"), "line 1, column 6: a value was expected", NULL },
	{ T("{\"a\":undefined}"), "line 1, column 6: a value was expected", NULL },
	{ T("{\"a\":+1}"), "line 1, column 6: a value was expected", NULL },
	{ T("{\"a\":01}"), "line 1, column 7: a comma or '}' was expected", NULL },
	{ T("{\"a\":-}"), "line 1, column 6: a value was expected", NULL },
	{ T("{\"a\":1.}"), "line 1, column 6: a number without digits after its point", NULL },
	{ T("{\"a\":.5}"), "line 1, column 6: a value was expected", NULL },
	{ T("{\"a\":1e}"), "line 1, column 6: a number without digits in its exponent", NULL },
	{ T("{\"a\":1e+}"), "line 1, column 6: a number without digits in its exponent", NULL },
	{ T("{\"a\":0x10}"), "line 1, column 7: a comma or '}' was expected", NULL },
	{ T("{\"a\":// note\n1}"), "line 1, column 6: a value was expected", NULL },
	{ T("{\"a\":\"b"), "line 1, column 6: a string without an end", NULL },
	{ T("{\"a\":\"b\\"), "line 1, column 8: an escape that JSON does not have", NULL },
	{ T("{\"a\":\"\\x41\"}"), "line 1, column 7: an escape that JSON does not have", NULL },
	{ T("{\"a\":\"\\u12\"}"), "line 1, column 7: an escape that JSON does not have", NULL },
	{ T("{\"a\":\"\\u12G4\"}"), "line 1, column 7: an escape that JSON does not have", NULL },
	{ T("{\"a\":\"\n\"}"), "line 1, column 7: a control character inside a string", NULL },
	{ T("{\"a\":\"\t\"}"), "line 1, column 7: a control character inside a string", NULL },
	{ T("{\"a\":\"\0\"}"), "line 1, column 7: a control character inside a string", NULL },
	{ T("{\"a\":1}\0"), "line 1, column 8: text after the end of the JSON", NULL },
	{ T("{\"a\":\"\x80\"}"), "line 1, column 7: bytes that are not UTF-8", NULL },
	{ T("{\"a\":\"\xC3\"}"), "line 1, column 7: bytes that are not UTF-8", NULL },
	{ T("{\"a\":\"\xC0\x80\"}"), "line 1, column 7: bytes that are not UTF-8", NULL },
	{ T("{\"a\":\"\xED\xA0\x80\"}"), "line 1, column 7: bytes that are not UTF-8", NULL },
	{ T("{\"a\":\"\xF4\x90\x80\x80\"}"), "line 1, column 7: bytes that are not UTF-8", NULL },
	{ T("{\"a\":\"\xF0\x9F\x94"), "line 1, column 7: bytes that are not UTF-8", NULL },
	{ T("{\n \"a\": \"\xC3\xA9\xC3\xA9\" x}"), "line 2, column 12: a comma or '}' was expected",
	  NULL },
	{ T("{\n<<<<<<< HEAD\n \"cells\": []"),
	  "line 2, column 1: a key in double quotes was expected", NULL },
	/* JSON, but no notebook */
	{ T("{}"), "line 1, column 1: not a Jupyter notebook, nbformat is missing", NULL },
	{ T("{\"cells\":[]}"), "line 1, column 1: not a Jupyter notebook, nbformat is missing",
	  NULL },
	{ T("{\"nbformat\":4}"), "line 1, column 1: not a Jupyter notebook, cells is missing",
	  NULL },
	{ T("{\"nbformat\":3,\"worksheets\":[]}"),
	  "line 1, column 13: nbformat before 4, save it with a current Jupyter first", NULL },
	{ T("{\"nbformat\":2}"),
	  "line 1, column 13: nbformat before 4, save it with a current Jupyter first", NULL },
	{ T("{\"nbformat\":3,\"cells\":7}"),
	  "line 1, column 13: nbformat before 4, save it with a current Jupyter first", NULL },
	{ T("{\"nbformat\":5,\"cells\":[]}"), "line 1, column 13: nbformat is not 4", NULL },
	{ T("{\"nbformat\":\"4\",\"cells\":[]}"), "line 1, column 13: nbformat is not 4", NULL },
	{ T("{\"nbformat\":4.0,\"cells\":[]}"), "line 1, column 13: nbformat is not 4", NULL },
	{ T("{\"nbformat\":4,\"cells\":{}}"), "line 1, column 23: a list was expected", NULL },
	{ T("{\"nbformat\":4,\"cells\":[],\"metadata\":[]}"),
	  "line 1, column 37: metadata is not an object", NULL },
	{ T("{\"cells\":[],\"cells\":[],\"nbformat\":4}"),
	  "line 1, column 21: a second list of cells", NULL },
	{ T("{\"cells\":[],\"metadata\":{},\"metadata\":{},\"nbformat\":4}"),
	  "line 1, column 38: a key that stood in this notebook before", NULL },
	{ T("{\"nbformat\":4,\"nbformat\":4,\"cells\":[]}"),
	  "line 1, column 26: a key that stood in this notebook before", NULL },
	{ T(CELL("1")), "line 1, column 11: an object was expected", NULL },
	{ T(CELL("{}")), "line 1, column 11: this cell has no cell_type", NULL },
	{ T(CELL("{\"cell_type\":1,\"source\":\"\"}")),
	  "line 1, column 24: cell_type is none of code, markdown, raw", NULL },
	{ T(CELL("{\"cell_type\":\"heading\",\"source\":\"\"}")),
	  "line 1, column 24: cell_type is none of code, markdown, raw", NULL },
	{ T(CELL("{" CODE "}")), "line 1, column 80: this cell has no source", NULL },
	{ T(CELL("{" CODE ",\"source\":1}")),
	  "line 1, column 90: source is a string or a list of strings", NULL },
	{ T(CELL("{" CODE ",\"source\":null}")),
	  "line 1, column 90: source is a string or a list of strings", NULL },
	{ T(CELL("{" CODE ",\"source\":[\"a\",1]}")),
	  "line 1, column 95: a line of source is a string", NULL },
	{ T(CELL("{" CODE ",\"source\":[[\"a\"]]}")),
	  "line 1, column 91: a line of source is a string", NULL },
	{ T(CELL("{" CODE ",\"source\":\"a\",\"source\":\"b\"}")),
	  "line 1, column 94: a key that stood in this cell before", NULL },
	{ T(CELL("{\"cell_type\":\"code\",\"cell\\u005ftype\":\"raw\",\"source\":\"\"}")),
	  "line 1, column 31: a key that stood in this cell before", NULL },
	/* odd, and accepted */
	{ T(CELL("")), NULL, "" },
	{ T("\xEF\xBB\xBF" CELL("")), NULL, "" },
	{ T(" \r\n\t" CELL("") "\n\n \t"), NULL, "" },
	{ T("{\"nbformat\":4,\"cells\":[]}"), NULL, "" },
	{ T("{\"nbformat\":4,\"nbformat_minor\":\"x\",\"cells\":[]}"), NULL, "" },
	{ T(CELL("{" CODE ",\"source\":\"\"}")), NULL, "c:" },
	{ T(CELL("{" CODE ",\"source\":[]}")), NULL, "c:" },
	{ T(CELL("{" CODE ",\"source\":[\"\"]}")), NULL, "c:" },
	{ T(CELL("{" CODE ",\"source\":[\"a\",\"b\\n\",\"\",\"c\"]}")), NULL, "c:ab\\nc" },
	{ T(CELL("{\"cell_type\":\"code\",\"source\":\"x\"}")), NULL, "c:x" },
	{ T(CELL("{\"source\":\"x\",\"cell_type\":\"markdown\"}")), NULL, "m:x" },
	{ T(CELL("{\"c\\u0065ll_type\":\"m\\u0061rkdown\",\"source\":\"x\"}")), NULL, "m:x" },
	{ T(CELL("{" CODE ",\"source\":\"\\u00e9\\ud83d\\udd25\\/\\\"\\\\\"}")), NULL,
	  "c:\xC3\xA9\xF0\x9F\x94\xA5/\"\\" },
	{ T(CELL("{" CODE ",\"source\":\"a\\u0000b\"}")), NULL,
	  "c:a\\0"
	  "b" },
	{ T(CELL("{" CODE ",\"source\":\"\\ud800x\"}")), NULL, "c:\xED\xA0\x80x" },
	{ T(CELL("{" CODE ",\"source\":\"\\udd25\\ud83d\"}")), NULL, "c:\xED\xB4\xA5\xED\xA0\xBD" },
	{ T(CELL("{" CODE ",\"source\":\"\",\"x\":[NaN,-Infinity,1.0,1e400,-0,5E-3]}")), NULL,
	  "c:" },
	{ T(CELL("{" CODE ",\"source\":\"\",\"x\":{\"a\":1,\"a\":2}}")), NULL, "c:" },
	{ T(CELL("{" CODE ",\"source\":\"%md\\nT\"}")), NULL, "m:T" },
	{ T(CELL("{\"cell_type\":\"markdown\",\"source\":\"%md\\nT\"}")), NULL, "m:%md\\nT" },
	{ T("{\"cells\":[{\"cell_type\":\"future\",\"x\":1}],\"nbformat\":4,"
	    "\"nbformat_minor\":99}"),
	  NULL, "r:{\"cell_type\":\"future\",\"x\":1}" },
	{ T("{\"cells\":[{\"cell_type\":\"code\",\"source\":\"x\",\"metadata\":[1]}],"
	    "\"nbformat\":4}"),
	  NULL, "c:x" },
	{ T("{\"cells\":[{\"cell_type\":\"code\",\"source\":\"x\",\"metadata\":"
	    "{\"application/vnd.databricks.v1+cell\":{\"title\":7,\"showTitle\":\"yes\"}}}],"
	    "\"nbformat\":4}"),
	  NULL, "c:x" },
	{ T("{\"cells\":[],\"metadata\":{\"language_info\":7,\"kernelspec\":[]},\"nbformat\":4}"),
	  NULL, "" },
};

static const struct row source_rows[] = {
	{ T(""), "line 1, column 1: the file is empty", NULL },
	{ T("\xEF\xBB\xBF \r\n"), "line 1, column 1: the file is empty", NULL },
	{ T("\xFF\xFE#\0 \0D\0"), UTF16, NULL },
	{ T("#\0 \0D\0"), UTF16, NULL },
	{ T("version https://git-lfs.github.com/spec/v1\r\noid sha256:4d\r\nsize 1\r\n"), LFS,
	  NULL },
	{ T("\n\n<!DOCTYPE html>\n"), HTML, NULL },
	{ T("import os\n"),
	  "line 1, column 1: not a notebook, the first line is not "
	  "'# Databricks notebook source'",
	  NULL },
	{ T("-- Databricks notebook source\n"),
	  "line 1, column 1: not a notebook, the first line is not '# Databricks notebook source'",
	  NULL },
	{ T("\"\"\"x\"\"\"\n# Databricks notebook source\n"),
	  "line 1, column 1: not a notebook, the first line is not '# Databricks notebook source'",
	  NULL },
	{ T("# Databricks notebook source\nx\n\0\0\0"), NULL, "c:x\\n\\0\\0\\0" },
	{ T("# Databricks notebook source\0"),
	  "line 1, column 1: not a notebook, the first line is not '# Databricks notebook source'",
	  NULL },
	{ T("# Databricks notebook source\n\xC3\xA9\0"), NULL, "c:\xC3\xA9\\0" },
	{ T("# Databricks notebook source\nlatin \xE9\n"), NULL, "c:latin \xE9" },
	{ T("# Databricks notebook source\n\r\nx\n"), NULL, "c:\\nx" },
	{ T("# Databricks notebook source\n\x0C\x0B\xE2\x80\xA8\n"), NULL,
	  "c:\x0C\x0B\xE2\x80\xA8" },
	{ T("# Databricks notebook source\n# MAGIC"), NULL, "c:" },
	{ T("# Databricks notebook source\n# MAGIC "), NULL, "c:" },
	{ T("# Databricks notebook source\n# DBTITLE 1,"), NULL, "c:" },
	{ T("# Databricks notebook source\n# DBTITLE 1"), NULL, "c:# DBTITLE 1" },
	{ T("# Databricks notebook source\n# /// script\n# ///"), NULL, "c:" },
};

static void check_row(const struct row *row, enum notebook_format format)
{
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	cleanup_notebook struct notebook *nb = NULL;
	cleanup_buf struct buf out = BUF_INIT(100000);
	struct err e = ERR_INIT;
	int rc = notebook_parse(&nb, row->text, row->len, NOTEBOOK_AS(format, NOTEBOOK_PYTHON), &e);

	if (row->error) {
		if (!rc)
			fail_msg("accepted: %s", row->text);
		assert_int_equal(rc, ERR_INVALID);
		assert_null(nb);
		assert_string_equal(e.text, row->error);
		return;
	}
	if (rc)
		fail_msg("refused: %s\n%s", row->text, e.text);
	text_assert_cells(nb, row->cells);
	options.outputs = NOTEBOOK_OUTPUTS_KEEP;
	assert_int_equal(notebook_write(nb, format, &options, &out, &e), 0);
	assert_int_equal(out.len, row->len);
	assert_memory_equal(out.data, row->text, row->len);
}

static void test_ipynb(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ipynb_rows); i++)
		check_row(&ipynb_rows[i], NOTEBOOK_IPYNB);
}

static void test_source(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(source_rows); i++)
		check_row(&source_rows[i], NOTEBOOK_SOURCE);
}

/* Every beginning of a notebook is refused or accepted, but never more than that. */
static void test_every_truncation(void **state)
{
	static const char text[] =
		"{\"cells\":[{\"cell_type\":\"code\",\"metadata\":{\"a\":[1.5e3,true]},"
		"\"outputs\":[{\"data\":{\"x\":\"\\u00e9\xC3\xA9\"}}],\"source\":[\"a\\n\",\"b\"]}]"
		","
		"\"metadata\":{},\"nbformat\":4,\"nbformat_minor\":4}";

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		cleanup_free char *exact = xmemdup(text,
						   len); /* so that a sanitizer sees overruns */
		struct notebook *nb = NULL;
		struct err e = ERR_INIT;

		assert_int_equal(notebook_parse(&nb, exact, len,
						NOTEBOOK_AS(NOTEBOOK_IPYNB, NOTEBOOK_PYTHON), &e),
				 ERR_INVALID);
		assert_true(str_starts(e.text, "line 1, column "));
	}
}

static int parse_with(const char *text, size_t len, enum notebook_format format,
		      struct notebook_limits limits, struct err *e)
{
	cleanup_notebook struct notebook *nb = NULL;

	return notebook_parse(&nb, text, len,
			      &(struct notebook_reading){ .format = format,
							  .language = NOTEBOOK_PYTHON,
							  .limits = &limits },
			      e);
}

static void test_limit_of_bytes(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(parse_with(T(CELL("")), NOTEBOOK_IPYNB,
				    (struct notebook_limits){ .bytes = 20 }, &e),
			 ERR_INVALID);
	assert_true(str_ends(e.text, " bytes are more than the limit of 20"));
}

static void test_limit_of_cells(void **state)
{
	static const char three[] = "# Databricks notebook source\na\n\n# COMMAND ----------\n\nb"
				    "\n\n# COMMAND ----------\n\nc\n";
	static const char two[] = CELL("{\"cell_type\":\"raw\",\"source\":\"\"},"
				       "{\"cell_type\":\"raw\",\"source\":\"\"}");
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(
		parse_with(T(three), NOTEBOOK_SOURCE, (struct notebook_limits){ .cells = 3 }, &e),
		0);
	assert_int_equal(
		parse_with(T(three), NOTEBOOK_SOURCE, (struct notebook_limits){ .cells = 2 }, &e),
		ERR_INVALID);
	assert_string_equal(e.text, "line 10, column 1: more cells than are allowed");
	assert_int_equal(
		parse_with(T(two), NOTEBOOK_IPYNB, (struct notebook_limits){ .cells = 2 }, &e), 0);
	assert_int_equal(
		parse_with(T(two), NOTEBOOK_IPYNB, (struct notebook_limits){ .cells = 1 }, &e),
		ERR_INVALID);
	assert_string_equal(e.text, "line 1, column 43: more cells than are allowed");
}

/* n levels of lists inside a notebook, which itself is two more. */
static char *nested(size_t n)
{
	struct buf out = BUF_INIT(100000);

	buf_add_str(&out, "{\"cells\":[],\"nbformat\":4,\"x\":");
	for (size_t i = 0; i < n; i++)
		buf_add_char(&out, '[');
	for (size_t i = 0; i < n; i++)
		buf_add_char(&out, ']');
	buf_add_char(&out, '}');
	return buf_steal(&out, NULL);
}

static void test_limit_of_depth(void **state)
{
	static const struct {
		size_t levels, limit;
		bool accepted;
	} rows[] = {
		{ 127, 0, true },
		{ 128, 0, false },
		{ 3, 4, true },
		{ 4, 4, false },
		{ 1023, SIZE_MAX, true },
		{ 1024, SIZE_MAX, false },
		{ 40000, SIZE_MAX, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *text = nested(rows[i].levels);
		struct err e = ERR_INIT;
		int rc = parse_with(text, strlen(text), NOTEBOOK_IPYNB,
				    (struct notebook_limits){ .depth = rows[i].limit }, &e);

		assert_int_equal(rc == 0, rows[i].accepted);
		if (rc)
			assert_true(str_ends(e.text, ": nested too deeply"));
	}
}

/* A result that does not fit leaves what stood in the buffer alone. */
static void test_full_buffer(void **state)
{
	cleanup_notebook struct notebook *nb = text_python("# Databricks notebook source\nabc\n");
	struct notebook_options options = NOTEBOOK_OPTIONS_INIT;
	struct err e = ERR_INIT;

	(void)state;
	for (int format = NOTEBOOK_SOURCE; format <= NOTEBOOK_IPYNB; format++) {
		cleanup_buf struct buf out = BUF_INIT(12);

		buf_add_str(&out, "before");
		assert_int_equal(
			notebook_write(nb, (enum notebook_format)format, &options, &out, &e),
			ERR_INVALID);
		assert_string_equal(e.text, "the result is larger than the limit of 12 bytes");
		assert_string_equal(buf_str(&out), "before");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ipynb),
		cmocka_unit_test(test_source),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_limit_of_bytes),
		cmocka_unit_test(test_limit_of_cells),
		cmocka_unit_test(test_limit_of_depth),
		cmocka_unit_test(test_full_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
