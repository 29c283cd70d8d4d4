/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of commits that a person gave a summary: what is kept of it, and that the real Git finds
 * the same trailers in the message as in the summary, and ours behind them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "git/libgit2/start.h"
#include "memory/message.h"
#include "scratch.h"

#define OURS "Nbsync-Mapping: etl\nNbsync-Side: local\n"

static const struct message_change changes[] = {
	{ MESSAGE_ADD, "ab", 1u << SIDE_LOCAL, NULL, false, false },
};

static const struct {
	const char *summary, *message;
} rows[] = {
	{ "Fix the totals", "Fix the totals\n\nAdd ab\n\n" OURS },
	{ "\n \r\n\tFix the totals\n", "Fix the totals\n\nAdd ab\n\n" OURS },
	{ "Fix the totals\nThey were off by one.",
	  "Fix the totals\n\nThey were off by one.\n\nAdd ab\n\n" OURS },
	/* A block of trailers stays one, and the last paragraph. */
	{ "Fix\n\nCo-authored-by: Ben <ben@acme.example>",
	  "Fix\n\nAdd ab\n\nCo-authored-by: Ben <ben@acme.example>\n" OURS },
	{ "Fix\n\nWhy.\n\nChange-Id: I8473b95934b5732ac55d26311a706c9c2bde9940\n"
	  "Signed-off-by: Ana <ana@acme.example>\n\n\n",
	  "Fix\n\nWhy.\n\nAdd ab\n\nChange-Id: I8473b95934b5732ac55d26311a706c9c2bde9940\n"
	  "Signed-off-by: Ana <ana@acme.example>\n" OURS },
	{ "Fix\nSigned-off-by: Ana <ana@acme.example>",
	  "Fix\n\nAdd ab\n\nSigned-off-by: Ana <ana@acme.example>\n" OURS },
	/* Lines that are folded, and a block that is one by its sign-off. */
	{ "Fix\n\nReviewed-by: Ana\n and others",
	  "Fix\n\nAdd ab\n\nReviewed-by: Ana\n and others\n" OURS },
	{ "Fix\n\n[ana: renamed it]\nSigned-off-by: Ana <ana@acme.example>",
	  "Fix\n\nAdd ab\n\n[ana: renamed it]\nSigned-off-by: Ana <ana@acme.example>\n" OURS },
	/* Not the last paragraph, not all of it, no word, or the subject: no trailers to Git. */
	{ "Fix\n\nChange-Id: I1\n\nIt was wrong.",
	  "Fix\n\nChange-Id: I1\n\nIt was wrong.\n\nAdd ab\n\n" OURS },
	{ "Fix\n\nIt was wrong.\nNote: twice",
	  "Fix\n\nIt was wrong.\nNote: twice\n\nAdd ab\n\n" OURS },
	{ "Fix\n\nsee https://acme.example", "Fix\n\nsee https://acme.example\n\nAdd ab\n\n" OURS },
	{ "Signed-off-by: Ana <ana@acme.example>",
	  "Signed-off-by: Ana <ana@acme.example>\n\nAdd ab\n\n" OURS },
	/* What we say is said by nobody else. */
	{ "Fix\n\nSigned-off-by: Ana\nNbsync-Object-Id: 7\nnbsync-side: git",
	  "Fix\n\nAdd ab\n\nSigned-off-by: Ana\n" OURS },
	{ "Fix\n\nNbsync-Object-Id: 7", "Fix\n\nAdd ab\n\n" OURS },
	{ "Nbsync-Object-Id: 7\nFix\nNbsync-Object-Id: 7\nWhy.", "Fix\n\nWhy.\n\nAdd ab\n\n" OURS },
	{ " \x01 Nbsync-Object-Id: 7", "Add ab\n\n" OURS },
	/* Blanks and control characters; also one that two broken ones would make. */
	{ "Fix \xc2\xc2\x91\x91 it", "Fix \xef\xbf\xbd\xef\xbf\xbd it\n\nAdd ab\n\n" OURS },
	{ "Fix  \t\r\n\r\n\r\nWhy. \r\n\r\n\r\nMore.\r\n\r\n",
	  "Fix\n\nWhy.\n\nMore.\n\nAdd ab\n\n" OURS },
	{ "Fix \x1b[31mred\x1b[0m\x07 \xc2\x9b"
	  "2J\x7f",
	  "Fix [31mred[0m 2J\n\nAdd ab\n\n" OURS },
	{ "Fix\n\nCo-authored-by: B\x1b]0;x\x07 <b@acme.example>\r\n",
	  "Fix\n\nAdd ab\n\nCo-authored-by: B]0;x <b@acme.example>\n" OURS },
	{ "\x01 Fix\n\n# 1 is no comment", "Fix\n\n# 1 is no comment\n\nAdd ab\n\n" OURS },
	{ "S\xc3\xa4tze mit \xff", "S\xc3\xa4tze mit \xef\xbf\xbd\n\nAdd ab\n\n" OURS },
	/* Nothing is said: as without a summary. */
	{ "\x01\x02", "Add ab\n\n" OURS },
};

static void test_summaries(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_buf struct buf out = BUF_INIT(65536);

		message_write(&out, "etl", "", rows[i].summary, changes, 1);
		assert_string_equal(buf_str(&out), rows[i].message);
	}
}

/* What git interpret-trailers --parse finds in a message. Owned by the caller. */
static char *parsed(const char *message)
{
	cleanup_free char *command = xasprintf("cd '%s' && GIT_CONFIG_NOSYSTEM=1 "
					       "GIT_CONFIG_GLOBAL=/dev/null git interpret-trailers "
					       "--parse message >trailers",
					       scratch_dir);

	scratch_put("message", message);
	assert_int_equal(system(command), 0);
	return xstrdup(scratch_get("trailers"));
}

/* Without the lines that only we may say. Changes text. */
static void drop_ours(char *text)
{
	char *to = text;

	while (*text) {
		size_t len = strcspn(text, "\n");

		len += text[len] == '\n';
		if (strncasecmp(text, "nbsync-", 7) != 0) {
			memmove(to, text, len);
			to += len;
		}
		text += len;
	}
	*to = '\0';
}

static void test_git_finds_the_same_trailers(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		/* A summary's second line is a paragraph of its own in a commit. */
		size_t first = strcspn(rows[i].summary, "\n");
		cleanup_free char *said = xasprintf("%.*s\n%s\n", (int)first, rows[i].summary,
						    rows[i].summary + first);
		cleanup_free char *before = parsed(said), *after = parsed(rows[i].message);
		cleanup_free char *expected = NULL;

		drop_ours(before);
		found += *before != '\0';
		if (strchr(before, '\x1b'))
			continue; /* the table says what becomes of a control character */
		expected = xasprintf("%s%s", before, OURS);
		assert_string_equal(after, expected);
	}
	assert_true(found >= 6);
}

static int start(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	return git_start(&e);
}

static int stop(void **state)
{
	(void)state;
	git_stop();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_summaries),
		cmocka_unit_test_setup_teardown(test_git_finds_the_same_trailers, scratch_setup,
						scratch_teardown),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
