/* SPDX-License-Identifier: Apache-2.0 */
/* The allow-list: what a policy decides about real and hostile URLs, and how it says so. */

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

#define NAME "/etc/nbsyncd/policy.ini"

static void test_op_parse(void **state)
{
	static const char *const words[] = { "clone", "fetch", "commit", "push" };
	enum policy_op op = POLICY_PUSH;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		assert_true(policy_op_parse(words[i], &op));
		assert_int_equal(op, i);
	}
	assert_false(policy_op_parse("Push", &op));
	assert_false(policy_op_parse("", &op));
	assert_false(policy_op_parse("pull", &op));
}

/* ---- deciding ---- */

/* Everything that is asked below, under one list, at the strictest level. */
static const char list[] = "[policy]\n"
			   "restrict = clone-commit-push\n"
			   "allow = https://github.com/acme/\n"
			   "allow = https://github.com/partner/shared\n"
			   "allow = https://github.com/partner/tools.git\n"
			   "allow = https://dev.azure.com/acme/data/_git/notebooks\n"
			   "allow = https://git.acme.example:8443/scm/\n"
			   "allow = https://whole.acme.example/\n"
			   "allow = https://also-whole.acme.example\n"
			   "allow = https://xn--cafe-yva.example/r\n"
			   "allow = https://h/sp%c3%a9/\n"
			   "allow = https://h/x/.git\n"
			   "allow = file:///srv/git/\n"
			   "allow = file:///srv/one.git\n"
			   "allow = http://localhost:8080/acme/\n"
			   "allow_whole_host = yes\n";

#define ALLOWED ""
#define LISTED  "not-listed"

static const struct {
	const char *url;
	const char *reason; /* ALLOWED or the reason code */
} decisions[] = {
	/* below https://github.com/acme/ */
	{ "https://github.com/acme/notebooks", ALLOWED },
	{ "https://github.com/acme/notebooks.git", ALLOWED },
	{ "https://github.com/acme/notebooks/", ALLOWED },
	{ "https://github.com/acme/a/b/c", ALLOWED },
	{ "HTTPS://GITHUB.com:443/acme/r", ALLOWED },
	{ "https://ana@github.com/acme/r", ALLOWED },
	{ "https://github.com/acme/.github", ALLOWED },
	{ "https://github.com/acme/r/.git", ALLOWED },
	/* the folder itself as a repository */
	{ "https://github.com/acme/.git", LISTED },
	{ "https://github.com/acme/.git/", LISTED },
	{ "https://github.com/acme/.GIT", LISTED },
	{ "https://whole.acme.example/.git", LISTED },
	{ "https://also-whole.acme.example/.git", ALLOWED },
	{ "https://github.com/partner/shared/.git", ALLOWED },
	{ "file:///srv/git/.git", LISTED },
	{ "https://github.com/acme/..git", "path" },
	{ "https://github.com/acme/...git", "path" },
	{ "https://github.com/acme/git~1", "path" },
	{ "https://github.com/acme/.git::$INDEX_ALLOCATION", "character" },
	{ "https://github.com/acme/.git/modules/x", "path" },
	{ "https://github.com/acme/..;/evil/r.git", "character" },
	{ "https://github.com/acme/..;x=y/evil/r.git", "character" },
	{ "https://github.com/acme/..%3B/evil/r.git", "encoding" },
	{ "https://github.com/acme/..%253B/evil/r.git", "encoding" },
	{ "https://github.com/acme/r.git/hooks", "path" },
	{ "https://github.com/acme/r/info/refs", "path" },
	{ "https://github.com/acme", LISTED },
	{ "https://github.com/acme/", LISTED },
	{ "https://github.com/acme.git", LISTED },
	{ "https://github.com/acme-evil/r", LISTED },
	{ "https://github.com/acmeevil/r", LISTED },
	{ "https://github.com/acme.evil/r", LISTED },
	{ "https://github.com/acm/r", LISTED },
	{ "https://github.com/a", LISTED },
	{ "https://github.com/Acme/r", LISTED },
	{ "https://github.com/evil/acme/r", LISTED },
	{ "https://github.com/evil/r", LISTED },
	{ "https://github.com:8443/acme/r", LISTED },
	{ "https://github.com:444/acme/r", LISTED },
	{ "https://github.com.evil.example/acme/r", LISTED },
	{ "https://evilgithub.com/acme/r", LISTED },
	{ "https://evil.github.com/acme/r", LISTED },
	{ "https://www.github.com/acme/r", LISTED },
	{ "https://github.co/acme/r", LISTED },
	{ "https://github.example/acme/r", LISTED },
	{ "https://github.com@evil.example/acme/r", LISTED },
	{ "https://evil.example/github.com/acme/r", LISTED },
	{ "https://evil.example/https://github.com/acme/r", "character" },
	{ "https://github.com/%40/acme/r", LISTED },
	{ "https://github.com/acme%20/r", "path" },
	{ "https://github.com/acme%20x/r", LISTED },
	{ "https://github.com/acme;/r", "character" },
	{ "https://github.com/acme:r", "character" },
	/* https://github.com/partner/shared: that repository and what is below it */
	{ "https://github.com/partner/shared", ALLOWED },
	{ "https://github.com/partner/shared/", ALLOWED },
	{ "https://github.com/partner/shared.git", ALLOWED },
	{ "https://github.com/partner/shared/sub", ALLOWED },
	{ "https://github.com/partner/shared/sub.git", ALLOWED },
	{ "https://github.com/partner/shared.git/sub", "path" },
	{ "https://github.com/partner/shared.git.git", LISTED },
	{ "https://github.com/partner/shared.gitx", LISTED },
	{ "https://github.com/partner/shared.GIT", LISTED },
	{ "https://github.com/partner/shared2", LISTED },
	{ "https://github.com/partner/share", LISTED },
	{ "https://github.com/partner/share.git", LISTED },
	{ "https://github.com/partner/Shared", LISTED },
	{ "https://github.com/partner", LISTED },
	{ "https://github.com/partner/other", LISTED },
	/* https://github.com/partner/tools.git */
	{ "https://github.com/partner/tools.git", ALLOWED },
	{ "https://github.com/partner/tools", ALLOWED },
	{ "https://github.com/partner/tools.git/sub", "path" },
	{ "https://github.com/partner/tools/sub", LISTED },
	{ "https://github.com/partner/tools.git.git", LISTED },
	{ "https://github.com/partner/tool", LISTED },
	{ "https://github.com/partner/toolx", LISTED },
	/* Azure DevOps: with the user name of its clone button */
	{ "https://dev.azure.com/acme/data/_git/notebooks", ALLOWED },
	{ "https://acme@dev.azure.com/acme/data/_git/notebooks", ALLOWED },
	{ "https://dev.azure.com/acme/data/_git/notebooks2", LISTED },
	{ "https://dev.azure.com/acme/data/_git", LISTED },
	{ "https://dev.azure.com/evil/data/_git/notebooks", LISTED },
	{ "https://acme.visualstudio.com/data/_git/notebooks", LISTED },
	/* a port of its own */
	{ "https://git.acme.example:8443/scm/data/r.git", ALLOWED },
	{ "https://git.acme.example/scm/data/r.git", LISTED },
	{ "https://git.acme.example:443/scm/data/r.git", LISTED },
	{ "https://git.acme.example:8444/scm/data/r.git", LISTED },
	{ "https://git.acme.example:8443/other/r.git", LISTED },
	{ "https://git.acme.example:8443/scm", LISTED },
	/* whole hosts */
	{ "https://whole.acme.example/r", ALLOWED },
	{ "https://whole.acme.example/a/b.git", ALLOWED },
	{ "https://also-whole.acme.example/a/b", ALLOWED },
	{ "https://whole.acme.example:444/r", LISTED },
	{ "https://xwhole.acme.example/r", LISTED },
	{ "https://whole.acme.example", "path" },
	{ "http://whole.acme.example/r", "scheme" },
	/* punycode only as written; hex digits in any case */
	{ "https://xn--cafe-yva.example/r", ALLOWED },
	{ "https://XN--CAFE-YVA.example/r", ALLOWED },
	{ "https://cafe.example/r", LISTED },
	{ "https://h/sp%C3%A9/r", ALLOWED },
	{ "https://h/sp%c3%a9/r", ALLOWED },
	{ "https://h/sp%C3%A8/r", LISTED },
	{ "https://h/x/.git", ALLOWED },
	{ "https://h/x", LISTED },
	{ "https://h/x/", LISTED },
	/* local repositories and the loopback */
	{ "file:///srv/git/r.git", ALLOWED },
	{ "file:///srv/git/a/r", ALLOWED },
	{ "FILE:///srv/git/r/", ALLOWED },
	{ "file:///srv/git", LISTED },
	{ "file:///srv/git2/r", LISTED },
	{ "file:///srv/Git/r", LISTED },
	{ "file:///etc/git/r", LISTED },
	{ "file:///srv/one.git", ALLOWED },
	{ "file:///srv/one", ALLOWED },
	{ "file:///srv/one/x", LISTED },
	{ "file:///srv/git/../../etc", "path" },
	{ "file:///srv/git/%2e%2e/etc", "encoding" },
	{ "file://evil.example/srv/git/r", "scheme" },
	{ "http://localhost:8080/acme/r", ALLOWED },
	{ "http://LOCALHOST:8080/acme/r", ALLOWED },
	{ "https://localhost:8080/acme/r", LISTED },
	{ "http://localhost/acme/r", LISTED },
	{ "http://localhost:8081/acme/r", LISTED },
	{ "http://127.0.0.1:8080/acme/r", LISTED },
	{ "http://[::1]:8080/acme/r", LISTED },
	{ "http://localhost:8080/evil/r", LISTED },
	{ "http://localhost:8080/acme", LISTED },
	{ "http://github.com/acme/r", "scheme" },
	/* refused before any entry is looked at */
	{ "", "empty" },
	{ "git@github.com:acme/r.git", "scheme" },
	{ "ssh://git@github.com/acme/r", "scheme" },
	{ "git://github.com/acme/r", "scheme" },
	{ "ext::https://github.com/acme/r", "scheme" },
	{ "/srv/git/r.git", "scheme" },
	{ "-oProxyCommand=https://github.com/acme/r", "scheme" },
	{ "https://user:secret@github.com/acme/r", "userinfo" },
	{ "https://github.com:x@evil.example/acme/r", "userinfo" },
	{ "https://ghp_0123@github.com/acme/r", "token" },
	{ "https://github.com\\@evil.example/acme/r", "bad-byte" },
	{ "https://github.com/acme/r\n", "bad-byte" },
	{ "https://evil.example?@github.com/acme/r", "query" },
	{ "https://evil.example#@github.com/acme/r", "query" },
	{ "https://github.com%2facme/r", "host" },
	{ "https://github.com./acme/r", "host" },
	{ "https://140.82.121.4/acme/r", "host-numeric" },
	{ "https://github.com:0443/acme/r", "port" },
	{ "https:///github.com/acme/r", "no-host" },
	{ "https:/github.com/acme/r", "no-host" },
	{ "https://github.com/acme/../evil/r", "path" },
	{ "https://github.com/acme//r", "path" },
	{ "https://github.com//acme/r", "path" },
	{ "https://github.com/acme/%2e%2e/evil/r", "encoding" },
	{ "https://github.com/acme%2f..%2fevil/r", "encoding" },
	{ "https://github.com/%61cme/r", "encoding" },
};

/* "" when allowed, else the reason; the caller has no use for the rest. */
static void expect_verdict(const struct policy *p, const struct policy *also, const char *url,
			   enum policy_op op, const char *reason)
{
	struct policy_verdict v;

	policy_check(p, also, url, op, &v);
	if (v.allowed != (*reason == '\0') || !str_eq(v.reason, reason))
		fail_msg("'%s', op %d: '%s' (%s), expected '%s'", url, (int)op, v.reason,
			 v.sentence, reason);
	if (v.allowed)
		assert_string_equal(v.sentence, "");
	else
		assert_true(str_starts(v.sentence, "cannot "));
	policy_verdict_release(&v);
	assert_null(v.canonical);
}

static void test_decisions(void **state)
{
	struct policy *p = parsed_policy(list, NAME);

	(void)state;
	assert_true(ARRAY_SIZE(decisions) >= 96);
	for (size_t i = 0; i < ARRAY_SIZE(decisions); i++)
		for (int op = POLICY_CLONE; op <= POLICY_PUSH; op++)
			expect_verdict(p, NULL, decisions[i].url, (enum policy_op)op,
				       decisions[i].reason);
	policy_free(p);
}

/* No policy can make a malformed URL acceptable. */
static void test_malformed_is_refused_by_everyone(void **state)
{
	struct policy *none = policy_none(), *deny = policy_deny_all("broken");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(decisions); i++) {
		if (str_eq(decisions[i].reason, ALLOWED) || str_eq(decisions[i].reason, LISTED))
			continue;
		expect_verdict(none, NULL, decisions[i].url, POLICY_FETCH, decisions[i].reason);
		expect_verdict(deny, none, decisions[i].url, POLICY_PUSH, decisions[i].reason);
	}
	policy_free(none);
	policy_free(deny);
}

/* ---- levels, operations, two policies ---- */

/* For clone, fetch, commit, push: '+' allowed, '-' not-listed, '!' policy-unreadable. */
static void expect_ops(const struct policy *p, const struct policy *also, const char *url,
		       const char *pattern)
{
	for (int op = POLICY_CLONE; op <= POLICY_PUSH; op++)
		expect_verdict(p, also, url, (enum policy_op)op,
			       pattern[op] == '+'   ? ALLOWED
			       : pattern[op] == '-' ? LISTED
						    : "policy-unreadable");
}

static const char in_list[] = "https://github.com/acme/r", out_of_list[] = "https://evil.example/r";
static const char local[] = "file:///srv/git/r", loopback[] = "http://127.0.0.1:9/r";
static const char other_local[] = "file:///srv/other/r";
#define ENTRIES                                                        \
	"allow = https://github.com/acme/\nallow = file:///srv/git/\n" \
	"allow = http://127.0.0.1:9/r\n"

static void test_levels_and_operations(void **state)
{
	static const struct {
		const char *text;
		const char *in, *out, *in_local, *out_local;
	} table[] = {
		{ NULL, "++++", "++++", "----", "----" },
		{ "[policy]\nrestrict = none\n", "++++", "++++", "----", "----" },
		{ "[policy]\nrestrict = none\n" ENTRIES, "++++", "++++", "++++", "----" },
		{ "[policy]\nrestrict = commit-push\n" ENTRIES, "++++", "++--", "++++", "----" },
		{ "[policy]\nrestrict = clone-commit-push\n" ENTRIES, "++++", "----", "++++",
		  "----" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct policy *p = table[i].text ? parsed_policy(table[i].text, NAME)
						 : policy_none();

		expect_ops(p, NULL, in_list, table[i].in);
		expect_ops(p, NULL, out_of_list, table[i].out);
		expect_ops(p, NULL, local, table[i].in_local);
		expect_ops(p, NULL, loopback, table[i].in_local);
		expect_ops(p, NULL, other_local, table[i].out_local);
		policy_free(p);
	}
}

static void test_the_stricter_of_two_decides(void **state)
{
	struct policy *none = policy_none(), *deny = policy_deny_all("broken");
	struct policy *acme = parsed_policy("[policy]\nrestrict = commit-push\n" ENTRIES, NAME);
	struct policy *evil = parsed_policy(
		"[policy]\nrestrict = clone-commit-push\n"
		"allow = https://evil.example/r\nallow = file:///srv/\n",
		NAME);

	(void)state;
	expect_ops(acme, evil, in_list, "----");
	expect_ops(evil, acme, in_list, "----");
	expect_ops(acme, evil, out_of_list, "++--");
	expect_ops(evil, acme, out_of_list, "++--");
	expect_ops(acme, none, out_of_list, "++--");
	expect_ops(none, acme, out_of_list, "++--");
	expect_ops(acme, acme, in_list, "++++");
	/* local ones: every policy that has a file must name them */
	expect_ops(acme, evil, local, "++++");
	expect_ops(acme, evil, other_local, "----");
	expect_ops(evil, acme, other_local, "----");
	expect_ops(acme, evil, loopback, "----");
	expect_ops(none, acme, local, "++++");
	expect_ops(acme, none, local, "++++");
	expect_ops(none, acme, other_local, "----");
	expect_ops(none, none, local, "----");
	expect_ops(none, none, out_of_list, "++++");
	/* one that cannot be read decides alone */
	expect_ops(deny, NULL, in_list, "!!!!");
	expect_ops(deny, acme, in_list, "!!!!");
	expect_ops(acme, deny, in_list, "!!!!");
	expect_ops(none, deny, in_list, "!!!!");
	expect_ops(deny, none, local, "!!!!");
	/* the first one that refuses says why */
	expect_ops(deny, evil, in_list, "!!!!");
	expect_ops(acme, deny, out_of_list, "!!--");
	expect_ops(acme, deny, other_local, "----");
	policy_free(none);
	policy_free(deny);
	policy_free(acme);
	policy_free(evil);
}

static void test_canonical_is_handed_out(void **state)
{
	struct policy *p = parsed_policy(list, NAME);
	struct policy_verdict v;

	(void)state;
	policy_check(p, NULL, "HTTPS://ana@GitHub.com:443/acme/r/", POLICY_PUSH, &v);
	assert_true(v.allowed);
	assert_string_equal(v.canonical, "https://github.com/acme/r");
	policy_verdict_release(&v);
	policy_check(p, NULL, "https://ana@evil.example/r", POLICY_PUSH, &v);
	assert_false(v.allowed);
	assert_string_equal(v.canonical, "https://evil.example/r");
	policy_verdict_release(&v);
	policy_check(p, NULL, "https://evil.example", POLICY_PUSH, &v);
	assert_null(v.canonical);
	policy_verdict_release(&v);
	policy_free(p);
}

/* ---- sentences ---- */

static void expect_sentence(const struct policy *p, const char *url, enum policy_op op,
			    const char *sentence)
{
	struct policy_verdict v;

	policy_check(p, NULL, url, op, &v);
	assert_false(v.allowed);
	assert_string_equal(v.sentence, sentence);
	policy_verdict_release(&v);
}

static void test_sentences(void **state)
{
	struct policy *none = policy_none(), *deny = policy_deny_all("first\nsecond");
	struct policy *p = parsed_policy("[policy]\n\nrestrict = commit-push\n" ENTRIES, NAME);

	(void)state;
	expect_sentence(
		p, "https://ana@evil.example/r", POLICY_PUSH,
		"cannot push to 'https://evil.example/r': '" NAME ":3' says "
		"'restrict = commit-push' and no entry covers it; ask the administrator for "
		"the line 'allow = https://evil.example/r'");
	expect_sentence(p, "https://github.com/ACME/r", POLICY_COMMIT,
			"cannot commit for 'https://github.com/ACME/r': '" NAME ":3' says "
			"'restrict = commit-push' and no entry covers it (line 4 differs only in "
			"upper and lower case); ask the administrator for the line "
			"'allow = https://github.com/ACME/r'");
	expect_sentence(p, other_local, POLICY_CLONE,
			"cannot clone from 'file:///srv/other/r': a repository that is not reached "
			"by https must be named by the policy; ask the administrator for the line "
			"'allow = file:///srv/other/r' in '" NAME "'");
	expect_sentence(
		none, loopback, POLICY_FETCH,
		"cannot fetch from 'http://127.0.0.1:9/r': a repository that is not reached "
		"by https must be named by the policy; ask the administrator for the line "
		"'allow = http://127.0.0.1:9/r' in '/etc/nbsyncd/policy.ini' (with "
		"'[policy]' and 'restrict = none' above it)");
	expect_sentence(
		deny, in_list, POLICY_PUSH,
		"cannot push to 'https://github.com/acme/r': everything is denied until the "
		"administrator mends the policy: first; second");
	expect_sentence(
		p, "https://u:secret@github.com/acme/r", POLICY_PUSH,
		"cannot push to 'https://***@github.com/acme/r': the URL contains a password "
		"or an odd user name in front of the host; leave it out and use "
		"git_token_file");
	policy_free(none);
	policy_free(deny);
	policy_free(p);
}

/* The end of a sentence says what to do: a long URL must not push it out. */
static void test_sentences_about_long_urls(void **state)
{
	struct policy *p = parsed_policy("[policy]\nrestrict = commit-push\nallow = https://h/a\n",
					 NAME);
	char url[GIT_URL_MAX + 1] = "https://evil.example/";
	struct policy_verdict v;

	(void)state;
	memset(url + strlen(url), 'x', 300 - strlen(url));
	policy_check(p, NULL, url, POLICY_PUSH, &v);
	assert_null(strstr(v.sentence, "..."));
	policy_verdict_release(&v);

	memset(url + strlen(url), 'x', 400 - strlen(url));
	policy_check(p, NULL, url, POLICY_PUSH, &v);
	assert_true(str_ends(v.sentence, "xxx'"));
	assert_non_null(strstr(v.sentence, "xxx...': '"));
	policy_verdict_release(&v);

	memset(url + strlen(url), 'x', GIT_URL_MAX - strlen(url));
	policy_check(p, NULL, url, POLICY_PUSH, &v);
	assert_string_equal(v.reason, "not-listed");
	assert_true(str_ends(v.sentence, "; ask the administrator for an 'allow' line for it"));
	policy_verdict_release(&v);
	policy_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_op_parse),
		cmocka_unit_test(test_decisions),
		cmocka_unit_test(test_malformed_is_refused_by_everyone),
		cmocka_unit_test(test_levels_and_operations),
		cmocka_unit_test(test_the_stricter_of_two_decides),
		cmocka_unit_test(test_canonical_is_handed_out),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_sentences_about_long_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
