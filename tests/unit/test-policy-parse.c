/* SPDX-License-Identifier: Apache-2.0 */
/* Policy files: which texts are a policy, and what is said about those that are not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "parsed.h"
#include "policy/policy.h"

#define LETTERS_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NAME       "/etc/nbsyncd/policy.ini"

static const struct {
	const char *text;
	const char *problems; /* NULL: a good policy. "@" stands for NAME and a colon. */
} files[] = {
	{ "[policy]\nrestrict = none\n", NULL },
	{ "\xEF\xBB\xBF[policy]\r\nrestrict = none\r\n", NULL },
	{ "; comment\n[policy] # comment\n  restrict = commit-push ; comment\n"
	  "\tallow = https://github.com/acme/\n\n",
	  NULL },
	{ "[policy]\nallow = https://h/a\nallow = https://h/a\nrestrict = clone-commit-push",
	  NULL },
	{ "[policy]\nrestrict=commit-push\nallow=file:///srv/git/\nallow=http://[::1]:8080/a",
	  NULL },
	{ "[policy]\nallow = https://h\nallow_whole_host = yes\nrestrict = commit-push", NULL },
	{ "[policy]\nallow_whole_host = no\nrestrict = none", NULL },

	{ "", "@1: there is no section [policy]" },
	{ "restrict = none\n",
	  "@1: 'restrict' stands in front of [policy]\n@1: there is no section [policy]" },
	{ "[policy]\n", "@1: 'restrict' is missing; write none, commit-push or clone-commit-push" },
	{ "\n[policy]\nallow = https://h/a\n",
	  "@2: 'restrict' is missing; write none, commit-push or clone-commit-push" },
	{ "[policy]\nrestrict = commit-push\n",
	  "@2: restricted, but there is no usable 'allow' line" },
	{ "[policy]\n\nrestrict = clone-commit-push\n",
	  "@3: restricted, but there is no usable 'allow' line" },
	{ "[policy]\nrestrict = Commit-Push\nallow = https://h/a\n",
	  "@2: restrict must be none, commit-push or clone-commit-push, not 'Commit-Push'" },
	{ "[policy]\nrestrict =\n",
	  "@2: restrict must be none, commit-push or clone-commit-push, not ''" },
	{ "[policy]\nrestrict = none\nrestrict = none\n",
	  "@3: 'restrict' stands here and in line 2" },
	{ "[policy]\nrestrict = none\n[policy]\n",
	  "@3: section [policy] stands here and in line 1" },
	{ "[policy]\nrestrict = none\n[Policy]\nallow = x\n",
	  "@3: unknown section [Policy]; a policy has only [policy]" },
	{ "[" LETTERS_63 "\xC3\xA9]\n[policy]\nrestrict = none\n",
	  "@1: unknown section [" LETTERS_63 "]; a policy has only [policy]" },
	{ "[policy]\nrestrict = none\nalow = https://h/a\n",
	  "@3: unknown key 'alow'; a policy has restrict, allow and allow_whole_host" },
	{ "[policy]\nrestrict = none\nAllow = https://h/a\n",
	  "@3: unknown key 'Allow'; a policy has restrict, allow and allow_whole_host" },
	{ "[policy]\nrestrict = none\nallow_whole_host = true\n",
	  "@3: allow_whole_host must be yes or no, not 'true'" },
	{ "[policy]\nrestrict = none\nallow_whole_host = no\nallow_whole_host = yes\n",
	  "@4: 'allow_whole_host' stands here and in line 3" },
	{ "[policy]\nrestrict = none\nallow = https://github.com\n",
	  "@3: 'https://github.com' would allow the whole host; add a path, or write "
	  "'allow_whole_host = yes'" },
	{ "[policy]\nrestrict = none\nallow = https://github.com/\nallow_whole_host = no",
	  "@3: 'https://github.com' would allow the whole host; add a path, or write "
	  "'allow_whole_host = yes'" },
	{ "[policy]\nrestrict = none\nallow = file:///\nallow_whole_host = yes",
	  "@3: 'file:///' would allow the whole file system" },
	{ "[policy]\nrestrict = none\nallow = https://acme@dev.azure.com/acme/data/\n",
	  "@3: an entry must not contain a user name; write "
	  "'allow = https://dev.azure.com/acme/data/'" },
	{ "[policy]\nrestrict = none\nallow = https://acme@dev.azure.com/acme/data\n",
	  "@3: an entry must not contain a user name; write "
	  "'allow = https://dev.azure.com/acme/data'" },
	{ "[policy]\nrestrict = none\nallow = https://u:secret@h/a\n",
	  "@3: the entry 'https://***@h/a' contains a password or an odd user name in front of the "
	  "host; leave it out and use git_token_file" },
	{ "[policy]\nrestrict = none\nallow = https://github.com/acme/*\n",
	  "@3: the entry 'https://github.com/acme/*' contains '*' in its path, a wildcard, which "
	  "entries do not have: end one in '/' to allow all below" },
	{ "[policy]\nrestrict = none\nallow = https://h/a, https://h/b\n",
	  "@3: the entry 'https://h/a, https://h/b' contains a space; a URL has only printable "
	  "ASCII "
	  "without \\ \" < > ^ ` { | }" },
	{ "[policy]\nrestrict = none\nallow = https://h/a/../b\n",
	  "@3: the entry 'https://h/a/../b' has the segment '.' or '..' in its path, which leads "
	  "elsewhere" },
	{ "[policy]\nrestrict = none\nallow =\n", "@3: the entry '' is empty" },
	{ "[policy]\nrestrict = none\nallow: https://h/a\n",
	  "@3: line is neither 'key = value' nor a section nor a comment" },
	{ "[policy]\nrestrict = none\n[policy\n", "@3: section has no closing ']'" },
	{ "[policy]\nrestrict = commit-push\nalow = x\nallow = ssh://h/a\n",
	  "@3: unknown key 'alow'; a policy has restrict, allow and allow_whole_host\n"
	  "@4: the entry 'ssh://h/a' is neither https:// nor, where the policy names it, file:/// "
	  "or http:// on this machine; SSH is not supported\n"
	  "@2: restricted, but there is no usable 'allow' line" },
};

/* expected with every '@' at a line's start replaced by NAME and a colon. */
static void test_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct policy *p = NULL;
		struct err e = ERR_INIT;
		int r = policy_parse(&p, files[i].text, strlen(files[i].text), NAME, &e);

		if (!files[i].problems) {
			if (r)
				fail_msg("file %zu: %s", i, e.text);
			assert_string_equal(policy_name(p), NAME);
		} else {
			cleanup_free char *expected = problems_of(NAME, files[i].problems);

			assert_int_equal(r, ERR_CONFIG);
			assert_null(p);
			assert_string_equal(e.text, expected);
		}
		policy_free(p);
	}
}

static void test_text_with_a_nul(void **state)
{
	static const char text[] = "[policy]\nrestrict = none\nallow = https://h/a\0b\n";
	struct policy *p = NULL;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(policy_parse(&p, text, sizeof(text) - 1, NAME, &e), ERR_CONFIG);
	assert_string_equal(e.text, NAME ":3: line contains a NUL byte");
}

static int parse_with_entries(unsigned count, struct err *e)
{
	cleanup_buf struct buf text = BUF_INIT(1024 * 1024);
	struct policy *p = NULL;
	int r;

	buf_add_str(&text, "[policy]\nrestrict = none\n");
	for (unsigned i = 0; i < count; i++)
		buf_addf(&text, "allow = https://h/%u\n", i);
	r = policy_parse(&p, buf_str(&text), text.len, NAME, e);
	policy_free(p);
	return r;
}

static void test_number_of_entries(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(parse_with_entries(1000, &e), 0);
	assert_int_equal(parse_with_entries(1001, &e), ERR_CONFIG);
	assert_string_equal(e.text, NAME ":1003: more than 1000 entries");
	/* However many problems there are, the file is refused. */
	assert_int_equal(parse_with_entries(9000, &e), ERR_CONFIG);
}

static void test_levels(void **state)
{
	struct policy *none = policy_none(), *deny = policy_deny_all("a\nb");
	struct policy *push = parsed_policy("[policy]\nrestrict = commit-push\nallow = https://h/a",
					    NAME);
	struct policy *all = parsed_policy(
		"[policy]\nrestrict = clone-commit-push\nallow = https://h/a", NAME);

	(void)state;
	assert_int_equal(policy_restrict(none), POLICY_RESTRICT_NONE);
	assert_int_equal(policy_restrict(push), POLICY_RESTRICT_COMMIT_PUSH);
	assert_int_equal(policy_restrict(all), POLICY_RESTRICT_CLONE_COMMIT_PUSH);
	assert_int_equal(policy_restrict(deny), POLICY_RESTRICT_CLONE_COMMIT_PUSH);
	assert_string_equal(policy_name(none), "");
	assert_string_equal(policy_name(deny), "");
	policy_free(none);
	policy_free(deny);
	policy_free(push);
	policy_free(all);
	policy_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_text_with_a_nul),
		cmocka_unit_test(test_number_of_entries),
		cmocka_unit_test(test_levels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
