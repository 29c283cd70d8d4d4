/* SPDX-License-Identifier: Apache-2.0 */
/* Fetch and push over HTTP, served by git itself: what a server may answer instead of a pack, whom
 * the token is shown, and what its refusals mean. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git_fixture.h"

/* Owned. */
static char *with_url(const char *text, const char *url)
{
	const char *mark = strstr(text, "%s");

	return mark ? xasprintf("%.*s%s%s", (int)(mark - text), text, url, mark + 2)
		    : xstrdup(text);
}

static void test_http_answers(void **state)
{
	static const struct {
		const char *mode;
		int code;
		const char *sentence; /* %s stands for the URL */
	} table[] = {
		{ "moved", ERR_CONFIG, "the Git server redirects '%s' to 'http://127.0.0.1:" },
		{ "moved-far", ERR_CONFIG,
		  "which is not followed: if that is the repository's new" },
		{ "page", ERR_CONFIG,
		  "'%s' answers, but not as a Git repository (content type 'text/html')" },
		{ "stripped", ERR_CONFIG, "'%s' answers, but not as a Git repository" },
		{ "signin", ERR_CONFIG,
		  "the Git server wants a token for '%s': put one into the "
		  "file that 'git_token_file' names" },
		{ "401", ERR_CONFIG, "the Git server wants a token for '%s'" },
		{ "403", ERR_CONFIG, "the Git server wants a token for '%s'" },
		{ "404", ERR_CONFIG, "there is no Git repository at '%s', or its server hides it" },
		{ "429", ERR_RETRY, "the Git server answered '%s' with HTTP status 429" },
		{ "500", ERR_RETRY, "the Git server answered '%s' with HTTP status 500" },
		{ "503", ERR_RETRY, "with HTTP status 503" },
		{ "silent", ERR_RETRY, "127.0.0.1" },
		{ "slow", ERR_RETRY, "127.0.0.1" },
	};
	const struct http_limits impatient = { .stall_s = 1 };
	struct err none = ERR_INIT;
	FIXTURE(f);

	origin_commit(f, "main", "a.py", "1");
	http_free(f->http);
	world_ok(http_new(&f->http, "nbsyncd/test", NULL, &impatient, NULL, &none), &none);
	f->remote.http = f->http;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_free char *sentence = NULL;
		struct err e = ERR_INIT;
		int r;

		fixture_use(f, table[i].mode);
		sentence = with_url(table[i].sentence, f->remote.url);
		r = fetch_try(f, &e);
		if (r != table[i].code || !strstr(e.text, sentence))
			fail_msg("%s: %s: %s", table[i].mode, err_name(r), e.text);
		assert_null(strstr(e.text, "hunter2"));
		/* The redirect's target was not asked. */
		assert_int_equal(world_try(f->w, "grep -q /open/ requests"), 1 << 8);
	}
	expect_tracking(f, &no_oid);
}

static void test_http_token(void **state)
{
	FIXTURE(f);
	cleanup_free char *sentence = NULL;
	struct oid first = origin_commit(f, "main", "a.py", "1"), mine, tip;
	struct err e = ERR_INIT;

	fixture_use(f, "auth");
	f->remote.token_file = "~/git.token";
	secret_set(&f->token, "wrong-token", 11);
	sentence = xasprintf("the Git server refused the token for '%s': put a new token into "
			     "'~/git.token'",
			     f->remote.url);
	assert_int_equal(fetch_try(f, &e), ERR_CONFIG);
	assert_string_equal(e.text, sentence);
	secret_release(&f->token);
	secret_set(&f->token, GIT_TOKEN, strlen(GIT_TOKEN));
	tip = fetch_ok(f);
	expect_oid(&tip, &first);
	mine = hub_next(f, &first, "b.py");
	f->remote.user = "ana";
	world_ok(push_try(f, &mine, &e), &e);
	world_run(f->w, "grep -q 'info/refs?service=git-upload-pack user nbsyncd$' requests && "
			"grep -q 'POST .*/git-receive-pack user ana$' requests");
	fixture_use(f, "signin");
	assert_int_equal(fetch_try(f, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "the Git server refused the token for"));
	/* A server that lets us read and not write. */
	fixture_use(f, "403");
	assert_int_equal(push_try(f, &mine, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "put a new token into '~/git.token', one that may do this"));
	assert_null(strstr(e.text, GIT_TOKEN));
}

static void test_http_server_rule(void **state)
{
	FIXTURE(f);
	struct oid base = origin_commit(f, "main", "a.py", "1"), mine, tip;
	struct err e = ERR_INIT;

	fixture_use(f, "open");
	fetch_ok(f);
	mine = hub_next(f, &base, "b.py");
	origin_hook(f, "pre-receive",
		    "echo \"error: GH006: Protected branch\" >&2; printf \"\\033[1m\\n\" "
		    ">&2; exit 1");
	assert_int_equal(push_try(f, &mine, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "the Git server refused the push to branch 'main' of"));
	assert_non_null(
		strstr(e.text, "pre-receive hook declined (error: GH006: Protected branch"));
	assert_null(strchr(e.text, '\033'));
	assert_null(strchr(e.text, '\n'));
	assert_non_null(strstr(f->end.refused, "GH006: Protected branch"));
	assert_false(f->end.unknown);
	tip = origin_tip(f, "main");
	expect_oid(&tip, &base);
	expect_tracking(f, &base);
	world_run(f->w, "rm origin.git/hooks/pre-receive");
	world_ok(push_try(f, &mine, &e), &e);
}

/* The same refusal, but because somebody was faster: not a rule. */
static void test_http_push_race(void **state)
{
	FIXTURE(f);
	struct oid base = origin_commit(f, "main", "a.py", "1"), mine, theirs, tip;
	struct err e = ERR_INIT;

	theirs = origin_commit(f, "theirs", "faster.py", "1");
	fixture_use(f, "open");
	fetch_ok(f);
	mine = hub_next(f, &base, "b.py");
	origin_hook(f, "pre-receive",
		    "unset GIT_QUARANTINE_PATH; git update-ref refs/heads/main "
		    "refs/heads/theirs");
	assert_int_equal(push_try(f, &mine, &e), ERR_CONFLICT);
	assert_non_null(strstr(e.text, "has just moved: fetch again"));
	world_run(f->w, "rm origin.git/hooks/pre-receive");
	tip = origin_tip(f, "main");
	expect_oid(&tip, &theirs);
	expect_tracking(f, &base);
}

/* More than a spool keeps in memory, both ways. */
static void test_http_large(void **state)
{
	FIXTURE(f);
	struct oid base, mine, tip;
	struct err e = ERR_INIT;
	size_t len = 3 * 1024 * 1024;
	cleanup_free char *noise = xmalloc(len + 1);
	uint32_t x = 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		noise[i] = (char)(' ' + (x >> 24) % 90);
	}
	noise[len] = '\0';
	fixture_use(f, "open");
	base = hub_next(f, &no_oid, "a.py");
	{
		struct oid tree;

		world_ok(hub_commit_tree(f->w->hub, &base, &tree, &e), &e);
		tree = world_put(f->w, &tree, "large.py", noise);
		mine = world_commit(f->w, &tree, &base, "large\n", 1);
	}
	world_ok(push_try(f, &mine, &e), &e);
	hub_free(f->w->hub);
	f->w->hub = NULL;
	world_run(f->w, "rm -rf hub.git");
	world_reopen(f->w);
	tip = fetch_ok(f);
	expect_oid(&tip, &mine);
	assert_int_equal(world_try(f->w, "find hub.git -name 'tmp*' | grep ."), 1 << 8);
}

/* The URL that the policy was asked about is the one that is contacted, whatever Git's configuration
 * in the hub says about it. */
static void test_http_configuration_changes_nothing(void **state)
{
	FIXTURE(f);
	struct oid base = origin_commit(f, "main", "a.py", "1"), mine, tip;
	struct err e = ERR_INIT;

	fixture_use(f, "open");
	world_run(f->w,
		  "for key in insteadOf pushInsteadOf; do for to in http://127.0.0.1:%d/404/ "
		  "file://$PWD/elsewhere/; do git config -f hub.git/config --add url.$to.$key "
		  "http://127.0.0.1:%d/open/; done; done",
		  f->port, f->port);
	world_run(f->w, "for key in url pushurl proxy; do git config -f hub.git/config --add "
			"remote.origin.$key http://127.0.0.1:1/; done; "
			"git config -f hub.git/config http.proxy http://127.0.0.1:1/; "
			"git config -f hub.git/config http.followRedirects true");
	world_reopen(f->w);
	tip = fetch_ok(f);
	expect_oid(&tip, &base);
	mine = hub_next(f, &base, "b.py");
	world_ok(push_try(f, &mine, &e), &e);
	tip = origin_tip(f, "main");
	expect_oid(&tip, &mine);
	assert_int_equal(world_try(f->w, "grep -qv ' /open/' requests"), 1 << 8);
	fixture_use(f, "moved");
	assert_int_equal(fetch_try(f, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "which is not followed"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_http_answers),
		FIXTURE_TEST(test_http_token),
		FIXTURE_TEST(test_http_server_rule),
		FIXTURE_TEST(test_http_push_race),
		FIXTURE_TEST(test_http_large),
		FIXTURE_TEST(test_http_configuration_changes_nothing),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
