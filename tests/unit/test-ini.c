/* SPDX-License-Identifier: Apache-2.0 */
/* The INI reader: what it hands on, what it refuses and where, and which files it trusts. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/ini.h"
#include "scratch.h"

/* Everything the reader says, one line each: "1[section]", "2 section|key|value", "3! problem". */
static void on_section(void *payload, const char *name, unsigned line)
{
	buf_addf(payload, "%u[%s]\n", line, name);
}

static void on_entry(void *payload, const char *section, const char *key, const char *value,
		     unsigned line)
{
	buf_addf(payload, "%u %s|%s|%s\n", line, section, key, value);
}

static void on_problem(void *payload, unsigned line, const char *sentence)
{
	buf_addf(payload, "%u! %s\n", line, sentence);
}

static bool read_text(struct buf *log, const char *text, size_t len)
{
	struct ini_sink sink = { on_section, on_entry, on_problem, log };

	*log = BUF_INIT(64 * 1024);
	return ini_read(text, len, &sink);
}

#define UNREADABLE "! line is neither 'key = value' nor a section nor a comment\n"

static const struct {
	const char *text;
	const char *log;
} cases[] = {
	{ "", "" },
	{ "\n\n", "" },
	{ "[a]\nk = v\n", "1[a]\n2 a|k|v\n" },
	{ "[a]\nk = v", "1[a]\n2 a|k|v\n" },
	{ "k = v\n", "1 |k|v\n" },
	{ "k=v", "1 |k|v\n" },
	{ "  k  =  v w  \n", "1 |k|v w\n" },
	{ "\tk\t=\tv\t\n", "1 |k|v\n" },
	{ "k =\n", "1 |k|\n" },
	{ "k = a = b\n", "1 |k|a = b\n" },
	{ "k = a:b\n", "1 |k|a:b\n" },
	{ "k = 'x'\n", "1 |k|'x'\n" },
	{ "k = \xC3\xA9\n", "1 |k|\xC3\xA9\n" },
	{ "two words = v\n", "1 |two words|v\n" },
	{ "[a]\r\nk = v\r\n", "1[a]\n2 a|k|v\n" },
	{ "\xEF\xBB\xBF[a]\nk = v\n", "1[a]\n2 a|k|v\n" },
	{ "\xEF\xBB\xBFk = v\n", "1 |k|v\n" },
	/* keys may come twice, sections too: the handler decides */
	{ "[a]\nk = 1\nk = 2\n[a]\n", "1[a]\n2 a|k|1\n3 a|k|2\n4[a]\n" },
	/* comments */
	{ "; c\n# c\n  ; c\n\t# k = v\n", "" },
	{ "k = v ; c\n", "1 |k|v\n" },
	{ "k = v # c\n", "1 |k|v\n" },
	{ "k = v\t;c ; d\n", "1 |k|v\n" },
	{ "k = ; c\n", "1 |k|\n" },
	{ "k = a;b#c\n", "1 |k|a;b#c\n" },
	{ "[a] ; c\n", "1[a]\n" },
	{ "[a]   # c\n", "1[a]\n" },
	{ "k =;v\n", "1! value starts with a comment sign\n" },
	{ "k =#v\n", "1! value starts with a comment sign\n" },
	{ "k ; = v\n", "1" UNREADABLE },
	/* sections */
	{ "  [a]\n", "1[a]\n" },
	{ "[ mapping \t etl  ]\n", "1[mapping etl]\n" },
	{ "[a\n", "1! section has no closing ']'\n" },
	{ "[a\nk = v\n[b]\nk = v\n", "1! section has no closing ']'\n3[b]\n4 b|k|v\n" },
	{ "[x]\n[a\nk = v\n", "1[x]\n2! section has no closing ']'\n" },
	{ "[a]b\n", "1! text behind the ']' of a section\n" },
	{ "[a] b\n", "1! text behind the ']' of a section\n" },
	{ "[a];c\n", "1! text behind the ']' of a section\n" },
	{ "[a]]\n", "1! text behind the ']' of a section\n" },
	{ "[x]\n[a]b\nk = v\n", "1[x]\n2! text behind the ']' of a section\n" },
	{ "[]\nk = v\n", "1! section has no usable name\n" },
	{ "[ \t ]\n", "1! section has no usable name\n" },
	{ "[[a]\n", "1! section has no usable name\n" },
	{ "[a ; b]\n", "1! section has no usable name\n" },
	{ "[a#]\n", "1! section has no usable name\n" },
	/* lines that are nothing */
	{ "k\n", "1" UNREADABLE },
	{ "k: v\n", "1" UNREADABLE },
	{ "https://github.com/acme = v\n", "1" UNREADABLE },
	{ "= v\n", "1! line has no key in front of '='\n" },
	{ "  = v\n", "1! line has no key in front of '='\n" },
	/* a continuation is a line of its own */
	{ "[a]\nk = v\n  w\n", "1[a]\n2 a|k|v\n3" UNREADABLE },
	{ "[a]\nk = v\n  l = w\n", "1[a]\n2 a|k|v\n3 a|l|w\n" },
	/* bytes */
	{ "k = \x01\nl = v\n", "1! line contains a control character\n2 |l|v\n" },
	{ "k = \x7F\n", "1! line contains a control character\n" },
	{ "k = a\rb\n", "1! line contains a control character\n" },
	{ "k = v\r\r\n", "1! line contains a control character\n" },
	{ "; \x1B[31m\n", "1! line contains a control character\n" },
	{ "k = \xC3\n", "1! line is not valid UTF-8\n" },
	{ "k = \xE9t\xE9\n", "1! line is not valid UTF-8\n" },
	{ "k = \xC0\xAF\n", "1! line is not valid UTF-8\n" },
	{ "k = v\n\xEF\xBB\xBFl = v\n", "1 |k|v\n2! line contains a byte order mark\n" },
	{ "\xEF\xBB\xBF\xEF\xBB\xBFk = v\n", "1! line contains a byte order mark\n" },
	{ "k = a\xEF\xBB\xBF\n", "1! line contains a byte order mark\n" },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		size_t len = strlen(cases[i].text);
		cleanup_free char *text = xmemdup(cases[i].text, len); /* no NUL behind it */
		cleanup_buf struct buf log;
		bool ok = read_text(&log, text, len);

		assert_string_equal(buf_str(&log), cases[i].log);
		assert_int_equal(ok, strchr(cases[i].log, '!') == NULL);
	}
}

static void test_nul(void **state)
{
	static const char text[] = "k = v\0w\nl = v\n\0\n";
	cleanup_buf struct buf log;

	(void)state;
	assert_false(read_text(&log, text, sizeof(text) - 1));
	assert_string_equal(buf_str(&log), "1! line contains a NUL byte\n2 |l|v\n"
					   "3! line contains a NUL byte\n");
}

static void test_section_callback_is_optional(void **state)
{
	cleanup_buf struct buf log = BUF_INIT(100);
	struct ini_sink sink = { NULL, on_entry, on_problem, &log };

	(void)state;
	assert_true(ini_read("[a]\nk = v\n", 10, &sink));
	assert_string_equal(buf_str(&log), "2 a|k|v\n");
}

/* A line of exactly len bytes: "<head>xxx". */
static void read_long(struct buf *log, bool *ok, const char *head, size_t len, const char *tail)
{
	cleanup_buf struct buf text = BUF_INIT(64 * 1024);

	buf_add_str(&text, head);
	while (text.len < len)
		buf_add_char(&text, 'x');
	buf_add_str(&text, tail);
	*ok = read_text(log, buf_str(&text), text.len);
}

static void test_long_lines(void **state)
{
	static const char *const ends[] = { "", "\n", "\r\n" };
	bool ok;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		cleanup_buf struct buf fits, longer;

		read_long(&fits, &ok, "k = ", 8000, ends[i]);
		assert_true(ok);
		assert_int_equal(fits.len, strlen("1 |k|\n") + 7996);
		read_long(&longer, &ok, "k = ", 8001, ends[i]);
		assert_false(ok);
		assert_string_equal(buf_str(&longer), "1! line is longer than 8000 bytes\n");
	}
}

static void test_long_names(void **state)
{
	cleanup_buf struct buf section, key, comment;
	bool ok;

	(void)state;
	read_long(&section, &ok, "[", 7999, "]");
	assert_true(ok);
	assert_int_equal(section.len, strlen("1[]\n") + 7998);
	read_long(&key, &ok, "k", 7996, " = v");
	assert_true(ok);
	assert_int_equal(key.len, strlen("1 ||v\n") + 7996);
	read_long(&comment, &ok, "; ", 9000, "");
	assert_false(ok);
}

static void test_size_of_the_whole(void **state)
{
	cleanup_free char *text = xmalloc(INI_FILE_MAX + 1);
	cleanup_buf struct buf fits, larger;

	(void)state;
	memset(text, '\n', INI_FILE_MAX + 1);
	assert_true(read_text(&fits, text, INI_FILE_MAX));
	assert_false(read_text(&larger, text, INI_FILE_MAX + 1));
	assert_string_equal(buf_str(&larger), "1! file is larger than 1 MiB\n");
}

/* ---- files ---- */

static void write_lines(const char *name, size_t len, mode_t mode)
{
	cleanup_free char *text = xmalloc(len + 1);

	memset(text, '\n', len);
	text[len] = '\0';
	write_file(name, text, mode);
}

static void expect_load(const char *name, int code, const char *sentence)
{
	cleanup_buf struct buf text = { 0 };
	struct err e = ERR_INIT;

	assert_int_equal(ini_load(&text, name, &e), code);
	assert_string_equal(e.text, sentence);
}

static void test_load(void **state)
{
	cleanup_buf struct buf text = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	write_lines("good", 40000, 0644);
	assert_int_equal(ini_load(&text, "good", &e), 0);
	assert_int_equal(text.len, 40000);
	assert_int_equal(symlink("good", "link"), 0);
	assert_int_equal(ini_load(&text, "link", &e), 0);
	assert_int_equal(text.len, 40000);
	expect_load("missing", ERR_ABSENT, "'missing' does not exist");
	expect_load("good/x", ERR_CONFIG, "cannot open 'good/x': Not a directory");
	/* A link that leads nowhere is a mistake, not the absence of a policy. */
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	expect_load("dangling", ERR_CONFIG, "cannot open 'dangling': No such file or directory");
}

static void test_load_size(void **state)
{
	cleanup_buf struct buf text = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	write_lines("big", INI_FILE_MAX, 0600);
	assert_int_equal(ini_load(&text, "big", &e), 0);
	assert_int_equal(text.len, INI_FILE_MAX);
	write_lines("big", INI_FILE_MAX + 1, 0600);
	expect_load("big", ERR_CONFIG, "'big' is larger than 1 MiB");
}

static void test_load_refuses_what_others_may_change(void **state)
{
	(void)state;
	write_lines("good", 1, 0664);
	expect_load("good", ERR_CONFIG, "'good' can be written by others; chmod go-w 'good'");
	write_lines("good", 1, 0646);
	expect_load("good", ERR_CONFIG, "'good' can be written by others; chmod go-w 'good'");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	expect_load("fifo", ERR_CONFIG, "'fifo' is not a regular file");
	expect_load(".", ERR_CONFIG, "'.' is not a regular file");
	if (geteuid() != 0) {
		write_lines("secret", 1, 0);
		expect_load("secret", ERR_CONFIG, "cannot open 'secret': Permission denied");
		return;
	}
	write_lines("good", 1, 0644);
	assert_int_equal(chown("good", 4711, 0), 0);
	expect_load("good", ERR_CONFIG, "'good' belongs to user 4711, not to root or to user 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_section_callback_is_optional),
		cmocka_unit_test(test_long_lines),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_size_of_the_whole),
		cmocka_unit_test(test_load),
		cmocka_unit_test(test_load_size),
		cmocka_unit_test(test_load_refuses_what_others_may_change),
	};

	return cmocka_run_group_tests(tests, scratch_enter, scratch_teardown);
}
