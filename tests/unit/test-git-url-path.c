/* SPDX-License-Identifier: Apache-2.0 */
/* Paths of Git URLs: the table of characters, the words of refusals, and sloppy servers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/url_oracle.h"
#include "parsed.h"
#include "policy/git_url_internal.h"

#define FOLDER "/scm/team/"

/* Each ASCII character that is neither letter nor digit has one row, and its reason. */
static void test_table_is_whole(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
			     (c >= 'a' && c <= 'z');
		const struct url_char *row = url_char_row((unsigned char)c);

		assert_int_equal(row != NULL, c >= 0x20 && c < 0x7F && !alnum);
		assert_true(!row || strlen(row->why) >= 10);
	}
	/* What must never be allowed in any form. */
	for (const char *c = ";%\\?#:*$=,<>|\"{}[]"; *c; c++) {
		const struct url_char *row = url_char_row((unsigned char)*c);

		assert_false(row->raw || row->encoded);
	}
	assert_false(url_char_row('/')->encoded || url_char_row('.')->encoded);
}

static void test_words(void **state)
{
	static const struct {
		const char *tail, *why;
	} table[] = {
		{ "..;/x", "contains ';' in its path, where Tomcat and its like end a segment "
			   "before they read '..'" },
		{ "..%3b/x", "contains '%3B', an encoded ';', where Tomcat and its like end a "
			     "segment before they read '..'" },
		{ "a%2fb", "contains '%2F', an encoded '/', which some servers decode to a "
			   "separator of segments" },
		{ "%252e", "contains '%25', an encoded '%', which a server that decodes twice "
			   "takes for another encoding" },
		{ "%2e%2e", "contains '%2E', which is written '.' without need to encode it" },
		{ "%7euser", "contains '%7E', which is written '~' without need to encode it" },
		{ "a%00", "contains '%00', a control character" },
		{ "a%7F", "contains '%7F', a control character" },
		{ "%u002e", "contains a '%' that two hexadecimal digits do not follow" },
		{ "%C0%AE", "contains percent-encodings that are not UTF-8" },
		{ "%E2%80%A5", "contains the character U+2025 in its path, which some systems drop "
			       "or take for another" },
		{ "a b", "contains a space; a URL has only printable ASCII without "
			 "\\ \" < > ^ ` { | }" },
		{ "a\x01", "contains the byte 0x01; a URL has only printable ASCII without "
			   "\\ \" < > ^ ` { | }" },
		{ "a\\b", "contains '\\'; a URL has only printable ASCII without "
			  "\\ \" < > ^ ` { | }" },
		{ "a//b", "has an empty segment in its path ('//'), which some servers leave out" },
		{ "../b", "has the segment '.' or '..' in its path, which leads elsewhere" },
		{ "...git", "has a segment in its path that is only dots, blanks and '.git', which "
			    "some servers take for '.' or '..'" },
		{ "a./b", "has a segment in its path that begins with a blank or ends in a blank "
			  "or a dot, which some servers drop" },
		{ "git~1", "has the segment 'git~1' in its path, which is '.git' on Windows" },
		{ ".(S(x))x", "has '(X(' in its path, which ASP.NET takes for a session's id and "
			      "cuts out" },
		{ "r.git/hooks", "goes on behind '.git': it leads into a repository, not to one" },
		{ "r/info/refs", "names one of Git's services; the URL of the repository ends in "
				 "front of it" },
		{ "r.git", "is fine" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_free char *text = xasprintf("https://h/%s", table[i].tail);
		cleanup_free char *why = git_url_explain(text, strlen(text));

		assert_string_equal(why, table[i].why);
	}
}

/* The sloppy server falls for each trick that it is there for, so its silence means something. */
static void test_sloppy_server_is_sloppy(void **state)
{
	static const struct {
		unsigned mode;
		const char *path;
	} tricks[] = {
		{ 0, "/scm/team/../other/x" },
		{ SLOPPY_DECODE, "/scm/team/%2e%2E/other/x" },
		{ SLOPPY_DECODE | SLOPPY_DECODE_AGAIN, "/scm/team/%252e./other/x" },
		{ SLOPPY_BACKSLASH, "/scm/team/..\\other" },
		{ SLOPPY_PARAMETERS, "/scm/team/..;/other/x" },
		{ SLOPPY_PARAMETERS, "/scm/team/..;a/other/x" },
		{ SLOPPY_STREAMS, "/scm/team/..::$DATA/other/x" },
		{ SLOPPY_PLUS | SLOPPY_TRIM, "/scm/team/..+/other/x" },
		{ SLOPPY_TRIM, "/scm/team/.. /other/x" },
		{ SLOPPY_ASCII, "/scm/team/.\xC3\xA9./other/x" },
		{ SLOPPY_DOT_GIT, "/scm/team/...git/other/x" },
		{ SLOPPY_DOT_GIT, "/scm/team/.git" },
		{ SLOPPY_SESSION, "/scm/team/.(S(x))./other/x" },
		{ SLOPPY_DECODE | SLOPPY_QUERY, "/scm/team/%3Fx" },
	};
	unsigned mode;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tricks); i++) {
		cleanup_free char *read = sloppy_read(tricks[i].path, tricks[i].mode);

		if (str_starts(read, FOLDER))
			fail_msg("'%s' is read as '%s'", tricks[i].path, read);
		assert_false(sloppy_stays_below(tricks[i].path, FOLDER, &mode));
	}
	assert_true(sloppy_stays_below("/scm/team/ok.git", FOLDER, &mode));
}

static struct policy *folder_policy(void)
{
	static const char text[] = "[policy]\nrestrict = clone-commit-push\n"
				   "allow = https://h" FOLDER "\n";

	return parsed_policy(text, "policy.ini");
}

static size_t check_tail(const struct policy *p, const char *tail)
{
	cleanup_free char *text = xasprintf("https://h" FOLDER "%s", tail);
	struct policy_verdict v;
	unsigned mode;
	bool allowed;

	policy_check(p, NULL, text, POLICY_PUSH, &v);
	allowed = v.allowed;
	if (allowed && !sloppy_stays_below(v.canonical + strlen("https://h"), FOLDER, &mode))
		fail_msg("'%s' is allowed, but a server in mode %#x leaves the folder", text, mode);
	policy_verdict_release(&v);
	return allowed;
}

/* Paths of up to four of these pieces (not all, with sanitizers that would take half a minute): what
 * is allowed stays below the folder in each mode. */
static void test_no_sloppy_server_leaves_the_folder(void **state)
{
	static const char *const pieces[] = {
		"/",   ".", "..",     ";",      "%3B",   "%2e",    "%252e", "\\", "%5c", "%2f",
		"a",   "+", "%20",    ".git",   "git~1", "(S(x))", "(",     ":",  "$",   "%00",
		"%3F", "~", "%C3%A9", "%CC%81", "&",     "=",      "@",     ",",
	};
	struct policy *p = folder_policy();
	size_t n = ARRAY_SIZE(pieces), total = n * n * n * n, allowed = 0;

	(void)state;
	for (size_t i = 0; i < total; i++) {
		cleanup_free char *tail = xasprintf("%s%s%s%s", pieces[i % n], pieces[i / n % n],
						    pieces[i / n / n % n], pieces[i / n / n / n]);

		if (i < n * n * n || i % 5 == 0)
			allowed += check_tail(p, tail);
	}
	assert_true(allowed > 1000);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_is_whole),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_sloppy_server_is_sloppy),
		cmocka_unit_test(test_no_sloppy_server_leaves_the_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
