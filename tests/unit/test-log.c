/* SPDX-License-Identifier: Apache-2.0 */
/* The log sink: one line each, whatever the text holds; levels, fields, the journal's prefix. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log/escape.h"
#include "log/log.h"
#include "secret/secret.h"

/* Stderr goes into an unlinked file while a test runs. */
static int real_stderr = -1, captured = -1;

static int capture(void **state)
{
	FILE *f = tmpfile();

	(void)state;
	unsetenv("JOURNAL_STREAM");
	fflush(stderr);
	real_stderr = dup(STDERR_FILENO);
	captured = dup(fileno(f));
	fclose(f);
	dup2(captured, STDERR_FILENO);
	return 0;
}

static int release(void **state)
{
	(void)state;
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	close(captured);
	log_init(LOG_LEVEL_INFO, NULL);
	return 0;
}

/* What was written since the last call. */
static const char *written(void)
{
	static char text[8192];
	ssize_t n = pread(captured, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	assert_int_equal(ftruncate(captured, 0), 0);
	lseek(captured, 0, SEEK_SET);
	return text;
}

static void test_levels(void **state)
{
	(void)state;
	log_init(LOG_LEVEL_NOTICE, NULL);
	log_error("cannot push to '%s'", "origin");
	log_warning("slow");
	log_notice("started");
	log_info("hidden");
	log_debug("hidden");
	assert_string_equal(written(), "error: cannot push to 'origin'\nwarning: slow\nstarted\n");
	log_init(LOG_LEVEL_DEBUG, NULL);
	log_info("seen");
	log_debug("seen");
	assert_string_equal(written(), "seen\ndebug: seen\n");
}

static void test_level_words(void **state)
{
	static const struct {
		const char *word;
		enum log_level level;
	} table[] = {
		{ "error", LOG_LEVEL_ERROR },   { "warning", LOG_LEVEL_WARNING },
		{ "notice", LOG_LEVEL_NOTICE }, { "info", LOG_LEVEL_INFO },
		{ "debug", LOG_LEVEL_DEBUG },
	};
	enum log_level level = LOG_LEVEL_INFO;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		assert_true(log_level_parse(table[i].word, &level));
		assert_int_equal(level, table[i].level);
	}
	assert_false(log_level_parse("Error", &level));
	assert_false(log_level_parse("", &level));
	assert_int_equal(level, LOG_LEVEL_DEBUG);
}

static void test_mapping_field(void **state)
{
	(void)state;
	log_init(LOG_LEVEL_INFO, "etl");
	log_info("pushed %d notebooks", 3);
	assert_string_equal(written(), "pushed 3 notebooks mapping=etl\n");
	log_init(LOG_LEVEL_INFO, "a\nb");
	log_info("x");
	assert_string_equal(written(), "x mapping=a\\nb\n");
}

static void test_a_name_cannot_forge_a_line(void **state)
{
	(void)state;
	log_init(LOG_LEVEL_INFO, NULL);
	log_info("holding '%s'", "x\n<6>nbsyncd: policy disabled");
	assert_string_equal(written(), "holding 'x\\n<6>nbsyncd: policy disabled'\n");
}

static void test_journal_prefix(void **state)
{
	char stream[64];
	struct stat st;

	(void)state;
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		 (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_init(LOG_LEVEL_DEBUG, "etl");
	log_error("a");
	log_debug("b\nc");
	assert_string_equal(written(), "<3>a mapping=etl\n<7>b\\nc mapping=etl\n");

	/* Set for a parent's stream, while our stderr goes elsewhere. */
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_init(LOG_LEVEL_DEBUG, NULL);
	log_error("a");
	assert_string_equal(written(), "error: a\n");
}

static void test_escape(void **state)
{
	static const struct {
		const char *text, *escaped;
	} table[] = {
		{ "plain text, 100%", "plain text, 100%" },
		{ "Übersicht 日本 \xF0\x9F\x98\x80", "Übersicht 日本 \xF0\x9F\x98\x80" },
		{ "a\nb\rc\td", "a\\nb\\rc\\td" },
		{ "\x1B[31mred\x07", "\\x1b[31mred\\x07" },
		{ "\x7F", "\\x7f" },
		{ "\xC2\x9B"
		  "31m",
		  "\\x9b31m" },
		{ "\xFF\xC3", "\\xff\\xc3" },
		{ "\xC0\xAF", "\\xc0\\xaf" },
		{ "a\xE2\x80\xAE"
		  "b\xE2\x81\xA9",
		  "a\\u202eb\\u2069" },
		{ "a\xE2\x80\xA8"
		  "b",
		  "a\\u2028b" },
		{ "C:\\n stays", "C:\\n stays" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_buf struct buf out = BUF_INIT(100);

		escape_masked(&out, table[i].text, strlen(table[i].text));
		assert_string_equal(buf_str(&out), table[i].escaped);
	}
}

static void test_escape_keeps_nul_and_redacts(void **state)
{
	cleanup_buf struct buf out = BUF_INIT(100);

	(void)state;
	escape_masked(&out, "a\0b ghp_0123456789abcdef0123456789abcdef0123", 44);
	assert_string_equal(buf_str(&out), "a\\x00b ***");
}

static void test_secret_is_masked_even_across_the_cut(void **state)
{
	cleanup_secret struct secret s = { 0 };
	cleanup_free char *pad = xmalloc(5000);

	(void)state;
	log_init(LOG_LEVEL_INFO, NULL);
	secret_set(&s, "correct-horse-battery", 21);
	log_info("token is correct-horse-battery.");
	assert_string_equal(written(), "token is ***.\n");

	/* Wherever the line is cut, no part of the secret stays. */
	for (size_t at = 4060; at < 4100; at++) {
		const char *line;

		memset(pad, '.', at);
		pad[at] = '\0';
		log_info("%scorrect-horse-battery", pad);
		line = written();
		assert_null(strstr(line, "corr"));
		assert_true(strlen(line) <= 4096);
		assert_int_equal(line[strlen(line) - 1], '\n');
	}
}

static void test_long_lines_are_cut(void **state)
{
	cleanup_free char *text = xmalloc(9001);
	const char *line;

	(void)state;
	log_init(LOG_LEVEL_INFO, "etl");
	memset(text, '\n', 9000); /* each becomes two bytes */
	text[9000] = '\0';
	log_info("x%s", text);
	line = written();
	assert_true(strlen(line) <= 4096 && strlen(line) >= 4094);
	assert_non_null(strstr(line, "\\n... mapping=etl\n"));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);

	text[3] = '\0';
	log_info("%s", text);
	assert_string_equal(written(), "\\n\\n\\n mapping=etl\n");
}

static void test_errno_survives(void **state)
{
	(void)state;
	errno = EXDEV;
	log_info("x");
	assert_int_equal(errno, EXDEV);
}

static void test_dead_stderr_is_no_error(void **state)
{
	(void)state;
	close(STDERR_FILENO);
	log_error("nobody reads this");
	dup2(captured, STDERR_FILENO);
	assert_string_equal(written(), "");
}

static void test_what_repeats_is_told_less_and_less(void **state)
{
	uint64_t count = 0, due = 0;

	(void)state;
	assert_true(log_is_due(&count));
	assert_true(log_is_due(&count));
	assert_false(log_is_due(&count));
	assert_true(log_is_due(&count));
	while (count < 1000000)
		due += log_is_due(&count);
	assert_int_equal(due, 17); /* 8 to 524288 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_repeats_is_told_less_and_less),
		cmocka_unit_test_setup_teardown(test_levels, capture, release),
		cmocka_unit_test(test_level_words),
		cmocka_unit_test_setup_teardown(test_mapping_field, capture, release),
		cmocka_unit_test_setup_teardown(test_a_name_cannot_forge_a_line, capture, release),
		cmocka_unit_test_setup_teardown(test_journal_prefix, capture, release),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_escape_keeps_nul_and_redacts),
		cmocka_unit_test_setup_teardown(test_secret_is_masked_even_across_the_cut, capture,
						release),
		cmocka_unit_test_setup_teardown(test_long_lines_are_cut, capture, release),
		cmocka_unit_test_setup_teardown(test_errno_survives, capture, release),
		cmocka_unit_test_setup_teardown(test_dead_stderr_is_no_error, capture, release),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
