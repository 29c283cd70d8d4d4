/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inner loops beside the obvious ones, at every length and offset around the sizes of their
 * steps. All inputs are copied to memory of exactly their size, for the sanitizers.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "notebook/json/jscan.h"
#include "notebook/json/jtext.h"
#include "notebook/source/syntax.h"

#define LENGTH_MAX 280

static size_t plain_end(const char *text, size_t len, bool stop_high)
{
	size_t i = 0;

	while (i < len && !jrun_stops_at((unsigned char)text[i], stop_high))
		i++;
	return i;
}

static void check_runs(const char *text, size_t len)
{
	cleanup_free char *to = xmalloc(len + JRUN_SLACK);
	const char *lf = len ? memchr(text, '\n', len) : NULL;
	const char *end = text + len, *stop = text + plain_end(text, len, true);
	char *o = to;

	assert_ptr_equal(jrun_end(text, end, true), stop);
	assert_ptr_equal(jrun_end(text, end, false), text + plain_end(text, len, false));
	assert_ptr_equal(jrun_copy(&o, text, end, true), stop);
	assert_int_equal(o - to, stop - text);
	assert_memory_equal(to, text, (size_t)(o - to));
	o = to;
	assert_ptr_equal(jrun_copy_line(&o, text, end), lf ? lf : end);
	assert_int_equal(o - to, (lf ? lf : end) - text);
	assert_memory_equal(to, text, (size_t)(o - to));
}

static void test_runs(void **state)
{
	static const char bytes[] = { 'a', '"', '\\', '\n', '\x1F', '\x80', '\xFF', '\x7F', ' ' };

	(void)state;
	for (size_t len = 1; len < LENGTH_MAX; len++)
		for (size_t i = 0; i < len * sizeof(bytes); i++) {
			cleanup_free char *text = xmalloc(len);

			memset(text, 'a', len);
			text[i / sizeof(bytes)] = bytes[i % sizeof(bytes)];
			check_runs(text, len);
		}
}

/* Only for text that is UTF-8. */
static void plain_encode(struct buf *out, const char *text, size_t len)
{
	static const char letters[][2] = { "\"\"", "\\\\", "\bb", "\ff", "\nn", "\rr", "\tt" };

	buf_add_char(out, '"');
	for (size_t i = 0; i < len; i++) {
		size_t k = 0;

		while (k < ARRAY_SIZE(letters) && letters[k][0] != text[i])
			k++;
		if (k < ARRAY_SIZE(letters))
			buf_addf(out, "\\%c", letters[k][1]);
		else if ((unsigned char)text[i] < 0x20)
			buf_addf(out, "\\u%04x", (unsigned)text[i]);
		else
			buf_add_char(out, text[i]);
	}
	buf_add_char(out, '"');
}

static void check_decoded(const struct buf *json, const char *text, size_t len)
{
	cleanup_free char *exact = xmemdup(json->data, json->len);
	cleanup_buf struct buf back = BUF_INIT(1 << 20);
	struct jscan s;

	jscan_init(&s, exact, json->len, 1);
	assert_true(jscan_text(&s, &back));
	assert_true(jscan_finish(&s));
	assert_int_equal(back.len, len);
	assert_memory_equal(back.data, text, len);
}

static void check_text(const char *text, size_t len)
{
	cleanup_buf struct buf expected = BUF_INIT(1 << 20), json = BUF_INIT(1 << 20),
			       tight = BUF_INIT(0);
	struct span span = { text, len };

	plain_encode(&expected, text, len);
	assert_true(jtext_encode(&json, span, JTEXT_ESCAPE_NONE, false));
	assert_int_equal(json.len, expected.len);
	assert_memory_equal(json.data, expected.data, json.len);
	check_decoded(&json, text, len);

	tight.max = expected.len;
	assert_true(jtext_encode(&tight, span, JTEXT_ESCAPE_NONE, false));
	assert_false(tight.full);
	assert_string_equal(tight.data, expected.data);
}

static const char *const specials[] = {
	"\"",
	"\\",
	"\n",
	"\t",
	"\x01",
	"\"\"",
	"\\\"",
	"\\\\\\",
	"\n\n",
	"\n\"\n",
	"\xC3\xA9",
	"\xE2\x82\xAC\"",
	"\xF0\x9F\x98\x80\n",
	"\x1F\\",
	"/",
	"\x7F",
};

/* Every special at every offset of a text, and a second one behind it at some distance. */
static void check_specials(size_t len, size_t at, size_t distance)
{
	for (size_t i = 0; i < ARRAY_SIZE(specials); i++) {
		size_t n = strlen(specials[i]);
		cleanup_free char *text = xmalloc(len);

		memset(text, 'a', len);
		for (size_t k = at; k + n <= len && k <= at + distance; k += distance)
			memcpy(text + k, specials[i], n);
		check_text(text, len);
	}
}

static void test_text(void **state)
{
	(void)state;
	check_text("", 0);
	for (size_t len = 1; len < LENGTH_MAX; len += len < 70 ? 1 : 23)
		for (size_t at = 0; at < len; at++)
			check_specials(len, at, 5 + at % 70);
	for (size_t at = 4096 - 140; at < 4096 + 20; at++) {
		check_specials(4096, at, 64);
		check_specials(4300, at, 64);
		check_specials(9000, at, 4096);
	}
}

static void test_not_text(void **state)
{
	(void)state;
	for (size_t at = 0; at < LENGTH_MAX; at++) {
		cleanup_free char *text = xmalloc(LENGTH_MAX);
		cleanup_buf struct buf out = BUF_INIT(1 << 20);

		memset(text, '"', LENGTH_MAX);
		text[at] = '\xFF';
		assert_false(jtext_encode(&out, (struct span){ text, LENGTH_MAX },
					  JTEXT_ESCAPE_NONE, false));
		assert_int_equal(out.len, 0);
	}
}

/* What JSON does not allow inside a string is found wherever it stands. */
static void test_bad_strings(void **state)
{
	static const char *const bad[] = { "\n", "\x01", "\xFF", "\xC3", "\\x", "\\u12g4", "\\" };

	(void)state;
	for (size_t i = 0; i < LENGTH_MAX * ARRAY_SIZE(bad); i++) {
		cleanup_buf struct buf json = BUF_INIT(1 << 20), text = BUF_INIT(1 << 20);
		const char *what = bad[i % ARRAY_SIZE(bad)];
		size_t at = i / ARRAY_SIZE(bad);
		cleanup_free char *exact = NULL;
		struct jscan s;

		buf_addf(&json, "\"%*s%s%*s", (int)at, "", what, (int)(LENGTH_MAX - at), "");
		exact = xmemdup(json.data, json.len);
		jscan_init(&s, exact, json.len, 1);
		assert_false(jscan_text(&s, &text));
		assert_ptr_equal(s.at, exact + 1 + at);
		jscan_init(&s, exact, json.len, 1);
		assert_false(jscan_skip(&s, NULL));
		assert_ptr_equal(s.at, exact + 1 + at);
	}
}

/* Lines as one call gives them, and one by one. */
static void check_lines(const char *text, struct span between)
{
	cleanup_buf struct buf out = BUF_INIT(1 << 20), expected = BUF_INIT(1 << 20);
	const char *end = text + strlen(text), *line = text, *next;

	for (; line < end; line = next) {
		next = strchrnul(line, '\n');
		next += *next == '\n';
		if (line > text)
			buf_add(&expected, between.at, between.len);
		plain_encode(&expected, line, (size_t)(next - line));
	}
	assert_true(jtext_encode_lines(&out, (struct span){ text, strlen(text) }, JTEXT_ESCAPE_NONE,
				       false, between));
	assert_string_equal(buf_str(&out), buf_str(&expected));
}

static void test_lines(void **state)
{
	static const size_t widths[] = { 0, 1, 7, 59, 60, 61, 64, 65, 200, 20000, 70000 };

	(void)state;
	for (size_t w = 0; w < ARRAY_SIZE(widths); w++) {
		cleanup_free char *gap = xmalloc(widths[w] + 1);

		memset(gap, '\t', widths[w]);
		for (size_t n = 1, step = w > 8 ? 33 : 1; n < 100; n += step) {
			cleanup_buf struct buf text = BUF_INIT(1 << 20);

			for (size_t i = 0; i < 4; i++)
				buf_addf(&text, "%*s\n", (int)(i * n % 100), "\"");
			check_lines(text.data, (struct span){ gap, widths[w] });
			buf_addf(&text, "\n\n%*s", (int)n, "x");
			check_lines(text.data, (struct span){ gap, widths[w] });
		}
	}
}

static const char *plain_separator(const char *from, const char *end, const struct span *mark)
{
	for (; (size_t)(end - from) >= mark->len && from <= end; from++) {
		const char *behind = from + mark->len;

		if (from[-1] == '\n' && memcmp(from, mark->at, mark->len) == 0 &&
		    (behind == end || *behind == '\n' ||
		     (end - behind > 1 && behind[0] == '\r' && behind[1] == '\n')))
			return from;
	}
	return NULL;
}

/* Texts of parts that look like a separator or a part of one. */
static void test_separators(void **state)
{
	static const char *const parts[] = {
		"\n",     "-",   "----------", "# COMMAND ----------",
		"x",      "\n#", "\r\n",       "-- COMMAND ----------",
		"------", " ",   "---------",  "\n# COMMAND ----------\n"
	};
	uint32_t seed = 1;

	(void)state;
	for (size_t round = 0; round < 60000; round++) {
		const struct source_syntax *syntax = source_syntax(round % 2 ? NOTEBOOK_PYTHON
									     : NOTEBOOK_SQL);
		cleanup_buf struct buf text = BUF_INIT(4096);
		cleanup_free char *exact = NULL;

		buf_add_str(&text, "\n");
		for (size_t n = round % 12; n; n--) {
			seed = seed * 1664525 + 1013904223;
			buf_add_str(&text, parts[(seed >> 16) % ARRAY_SIZE(parts)]);
		}
		exact = xmemdup(text.data, text.len);
		assert_ptr_equal(source_find_separator(exact + 1, exact + text.len, syntax),
				 plain_separator(exact + 1, exact + text.len, &syntax->separator));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),     cmocka_unit_test(test_text),
		cmocka_unit_test(test_not_text), cmocka_unit_test(test_bad_strings),
		cmocka_unit_test(test_lines),    cmocka_unit_test(test_separators),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
