/* SPDX-License-Identifier: Apache-2.0 */
/* Git URLs: what is accepted is rebuilt exactly, what is odd is refused for the right reason. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy_internal.h"

struct url_case {
	const char *text;
	enum git_url_problem problem;
	const char *canonical; /* NULL when refused */
};

/* clang-format off */
#define OK(text, canonical) { text, GIT_URL_OK, canonical }
#define SAME(text) { text, GIT_URL_OK, text }
#define REFUSED(text, problem) { text, GIT_URL_##problem, NULL }
/* clang-format on */

static const struct url_case cases[] = {
	/* what people really have */
	SAME("https://github.com/acme/notebooks"),
	SAME("https://github.com/acme/notebooks.git"),
	SAME("https://gitlab.acme.example/data/etl/notebooks.git"),
	SAME("https://dev.azure.com/acme/data/_git/notebooks"),
	OK("https://acme@dev.azure.com/acme/data/_git/notebooks",
	   "https://dev.azure.com/acme/data/_git/notebooks"),
	SAME("https://dev.azure.com/acme/My%20Project/_git/note%20books"),
	SAME("https://acme.visualstudio.com/data/_git/notebooks"),
	OK("https://ana@bitbucket.org/acme/notebooks.git",
	   "https://bitbucket.org/acme/notebooks.git"),
	SAME("https://git-codecommit.eu-central-1.amazonaws.com/v1/repos/notebooks"),
	SAME("https://git.acme.example:8443/scm/data/notebooks.git"),
	SAME("https://git/x"),
	SAME("https://localhost/x"),
	SAME("https://3com.example/x"),
	SAME("https://example.cafe/x"),
	SAME("https://1.2.3.4.example/x"),
	SAME("https://xn--gthub-n4a.com/x"),
	/* normalised */
	OK("HTTPS://GitHub.COM/Acme/Notebooks", "https://github.com/Acme/Notebooks"),
	OK("https://AZaz09.ZzAa/AZaz09", "https://azaz09.zzaa/AZaz09"),
	OK("hTTps://github.com:443/acme", "https://github.com/acme"),
	OK("https://github.com/acme/", "https://github.com/acme"),
	OK("https://github.com/a%c3%a9%3f", "https://github.com/a%C3%A9%3F"),
	SAME("https://github.com:1/a"),
	SAME("https://github.com:65535/a"),
	SAME("https://github.com:80/a"),
	SAME("https://github.com:442/a"),
	SAME("https://github.com/..."),
	SAME("https://github.com/.a/..b/c./d.."),
	SAME("https://github.com/a/.git"),
	SAME("https://github.com/a@b:c"),
	SAME("https://github.com/@evil.example/r"),
	OK("https://a.b_c-D9@github.com/a", "https://github.com/a"),
	/* userinfo */
	OK("https://github.com@evil.example/acme/r", "https://evil.example/acme/r"),
	REFUSED("https://user:secret@github.com/acme/r", USERINFO),
	REFUSED("https://:secret@github.com/acme/r", USERINFO),
	REFUSED("https://user:@github.com/acme/r", USERINFO),
	REFUSED("https://@github.com/acme/r", USERINFO),
	REFUSED("https://a@b@github.com/acme/r", USERINFO),
	REFUSED("https://github.com:443@evil.example/acme/r", USERINFO),
	REFUSED("https://us%65r@github.com/acme/r", USERINFO),
	REFUSED("https://a!b@github.com/acme/r", USERINFO),
	REFUSED("https://user@/acme/r", NO_HOST),
	REFUSED("https://user@:443/acme/r", NO_HOST),
	REFUSED("https://ghp_0123456789abcdef@github.com/acme/r", TOKEN),
	REFUSED("https://gho_0@github.com/acme/r", TOKEN),
	REFUSED("https://ghu_0@github.com/acme/r", TOKEN),
	REFUSED("https://ghs_0@github.com/acme/r", TOKEN),
	REFUSED("https://ghr_0@github.com/acme/r", TOKEN),
	REFUSED("https://GHP_0@github.com/acme/r", TOKEN),
	REFUSED("https://github_pat_11AAAA_bbb@github.com/acme/r", TOKEN),
	REFUSED("https://glpat-abcDEF@gitlab.acme.example/acme/r", TOKEN),
	REFUSED("https://dapi0123456789abcdef0123456789abcdef@acme.example/r", TOKEN),
	REFUSED("https://eyJhbGciOi.x.y@github.com/acme/r", TOKEN),
	REFUSED("https://ATBBx@bitbucket.org/acme/r", TOKEN),
	REFUSED("https://ATCTTx@bitbucket.org/acme/r", TOKEN),
	REFUSED("https://ghp_0123:x-oauth-basic@github.com/acme/r", TOKEN),
	REFUSED("https://glpat-@x@github.com/acme/r", TOKEN),
	REFUSED("https://abcdefghij0123456789abcdefghij0123456789@dev.azure.com/acme/r", TOKEN),
	OK("https://abcdefghij0123456789abcdefghij012345678@dev.azure.com/r",
	   "https://dev.azure.com/r"),
	OK("https://abcdefghij.123456789abcdefghij0123456789@dev.azure.com/r",
	   "https://dev.azure.com/r"),
	REFUSED("https://abcdefghij0123456789abcdefghij0123456789:x@github.com/acme/r", TOKEN),
	OK("https://_bcdefghij0123456789abcdefghij0123456789@dev.azure.com/r",
	   "https://dev.azure.com/r"),
	OK("https://ghp@github.com/r", "https://github.com/r"),
	/* parsers disagree about these */
	REFUSED("https://github.com\\@evil.example/acme/r", BAD_BYTE),
	REFUSED("https://evil.example\\@github.com/acme/r", BAD_BYTE),
	REFUSED("https://evil.example#@github.com/acme/r", QUERY),
	REFUSED("https://evil.example?@github.com/acme/r", QUERY),
	REFUSED("https://github.com%40evil.example/acme/r", HOST),
	REFUSED("https://%67ithub.com/acme/r", HOST),
	REFUSED("https://github.com%2fevil/acme/r", HOST),
	REFUSED("https:/github.com/acme/r", NO_HOST),
	REFUSED("https:github.com/acme/r", NO_HOST),
	REFUSED("https:", NO_HOST),
	REFUSED("https:/", NO_HOST),
	REFUSED("https://", NO_HOST),
	REFUSED("https:///github.com/acme/r", NO_HOST),
	REFUSED("https:////github.com/acme/r", NO_HOST),
	REFUSED("https://:443/acme/r", NO_HOST),
	REFUSED("https://github.com:0443/acme/r", PORT),
	REFUSED("https://github.com:65979/acme/r", PORT),
	REFUSED("https://g\xC4\xB1thub.com/acme/r", BAD_BYTE),
	REFUSED("https://github.com\xE3\x80\x82"
		"evil.example/acme/r",
		BAD_BYTE),
	/* host */
	REFUSED("https://github.com./acme/r", HOST),
	REFUSED("https://.github.com/acme/r", HOST),
	REFUSED("https://github..com/acme/r", HOST),
	REFUSED("https://./acme/r", HOST),
	REFUSED("https://git_hub.com/acme/r", HOST),
	REFUSED("https://-github.com/acme/r", HOST),
	REFUSED("https://github-.com/acme/r", HOST),
	REFUSED("https://github.-com/acme/r", HOST),
	REFUSED("https://github.com-/acme/r", HOST),
	REFUSED("https://github.com,evil.example/acme/r", HOST),
	REFUSED("https://github.com;evil.example/acme/r", HOST),
	REFUSED("https://*.github.com/acme/r", HOST),
	REFUSED("https://127.0.0.1/acme/r", HOST_NUMERIC),
	REFUSED("https://127.1/acme/r", HOST_NUMERIC),
	REFUSED("https://2130706433/acme/r", HOST_NUMERIC),
	REFUSED("https://0x7f000001/acme/r", HOST_NUMERIC),
	REFUSED("https://0X7F.0.0.0x1/acme/r", HOST_NUMERIC),
	REFUSED("https://github.com.0x/acme/r", HOST_NUMERIC),
	REFUSED("https://github.com.0/acme/r", HOST_NUMERIC),
	REFUSED("https://0177.0.0.01/acme/r", HOST_NUMERIC),
	REFUSED("https://[::1]/acme/r", HOST_NUMERIC),
	REFUSED("https://[::ffff:127.0.0.1]:443/acme/r", HOST_NUMERIC),
	REFUSED("https://[github.com]/acme/r", HOST_NUMERIC),
	REFUSED("https://[::1/acme/r", HOST_NUMERIC),
	REFUSED("https://::1/acme/r", NO_HOST),
	SAME("https://github.0xg/r"),
	SAME("https://github.x0/r"),
	SAME("https://github.0a/r"),
	SAME("https://a-b.c--d/r"),
	/* port */
	REFUSED("https://github.com:/acme/r", PORT),
	REFUSED("https://github.com:0/acme/r", PORT),
	REFUSED("https://github.com:65536/acme/r", PORT),
	REFUSED("https://github.com:99999/acme/r", PORT),
	REFUSED("https://github.com:100000/acme/r", PORT),
	REFUSED("https://github.com:4294967739/acme/r", PORT),
	REFUSED("https://github.com:+443/acme/r", PORT),
	REFUSED("https://github.com:4a3/acme/r", PORT),
	REFUSED("https://github.com:443:443/acme/r", PORT),
	REFUSED("https://github.com:evil.example/acme/r", PORT),
	REFUSED("https://github.com:/", PORT),
	/* path */
	REFUSED("https://github.com", PATH),
	REFUSED("https://github.com/", PATH),
	REFUSED("https://github.com//", PATH),
	REFUSED("https://github.com//acme/r", PATH),
	REFUSED("https://github.com/acme//r", PATH),
	REFUSED("https://github.com/acme/r//", PATH),
	REFUSED("https://github.com/./acme/r", PATH),
	REFUSED("https://github.com/acme/../evil/r", PATH),
	REFUSED("https://github.com/acme/..", PATH),
	REFUSED("https://github.com/acme/../", PATH),
	REFUSED("https://github.com/acme/.", PATH),
	REFUSED("https://github.com/[acme]/r", PATH),
	REFUSED("https://github.com/acme/%2e%2e/evil/r", ENCODING),
	REFUSED("https://github.com/acme/.%2E/evil/r", ENCODING),
	REFUSED("https://github.com/acme%2fevil/r", ENCODING),
	REFUSED("https://github.com/acme%5Cevil/r", ENCODING),
	REFUSED("https://github.com/%61cme/r", ENCODING),
	REFUSED("https://github.com/acme/%252e%252e/evil", ENCODING),
	REFUSED("https://github.com/acme/r%00.evil", ENCODING),
	REFUSED("https://github.com/acme/r%0d%0aHost:evil", ENCODING),
	REFUSED("https://github.com/acme/r%", ENCODING),
	REFUSED("https://github.com/acme/r%4", ENCODING),
	REFUSED("https://github.com/acme/r%/2", ENCODING),
	REFUSED("https://github.com/acme/r%2/0", ENCODING),
	REFUSED("https://github.com/acme/r%zz", ENCODING),
	REFUSED("https://github.com/acme/r%2g", ENCODING),
	REFUSED("https://github.com/acme/r%g0", ENCODING),
	REFUSED("https://github.com/acme/%c0%ae%c0%ae/evil", ENCODING),
	REFUSED("https://github.com/acme/%e0%80%af/evil", ENCODING),
	REFUSED("https://github.com/acme/%ff", ENCODING),
	REFUSED("https://github.com/acme/%c3x%a9", ENCODING),
	REFUSED("https://github.com/acme/%c3/%a9", ENCODING),
	REFUSED("https://github.com/acme/r%:0", ENCODING),
	REFUSED("https://github.com/acme/r%2:", ENCODING),
	REFUSED("https://github.com/acme/r%2@", ENCODING),
	SAME("https://github.com/acme/%C3%A9"),
	/* bytes */
	REFUSED("", EMPTY),
	REFUSED(" https://github.com/acme/r", BAD_BYTE),
	REFUSED("https://github.com/acme/r ", BAD_BYTE),
	REFUSED("https://github.com/acme/r\r", BAD_BYTE),
	REFUSED("https://github.com/acme/r\n", BAD_BYTE),
	REFUSED("https://github.com/a\tcme/r", BAD_BYTE),
	REFUSED("https://github.com/acme/r?ref=main", QUERY),
	REFUSED("https://github.com/acme/r#main", QUERY),
	REFUSED("https://github.com/acme/{r}", BAD_BYTE),
	/* other schemes */
	REFUSED("http://github.com/acme/r", SCHEME),
	REFUSED("http://user:secret@github.com/acme/r", USERINFO),
	REFUSED("git@github.com:acme/r.git", SCHEME),
	REFUSED("ssh://git@github.com/acme/r", SCHEME),
	REFUSED("git+ssh://git@github.com/acme/r", SCHEME),
	REFUSED("git://github.com/acme/r", SCHEME),
	REFUSED("ext::sh -c id", BAD_BYTE),
	REFUSED("ext::id", SCHEME),
	REFUSED("fd::3", SCHEME),
	REFUSED("-oProxyCommand=id", SCHEME),
	REFUSED("--upload-pack=id", SCHEME),
	REFUSED("/srv/git/r", SCHEME),
	REFUSED("../r", SCHEME),
	REFUSED("github.com/acme/r", SCHEME),
	REFUSED("//github.com/acme/r", SCHEME),
	REFUSED("httpss://github.com/acme/r", SCHEME),
	REFUSED("https", SCHEME),
	REFUSED("xhttps://github.com/acme/r", SCHEME),
	REFUSED("ftp://github.com/acme/r", SCHEME),
	/* the two kinds that need an entry */
	SAME("file:///srv/git/r.git"),
	OK("FILE:///srv/git/r%20x/", "file:///srv/git/r%20x"),
	REFUSED("file:///", PATH),
	REFUSED("file://", SCHEME),
	REFUSED("file:", SCHEME),
	REFUSED("file:/srv/git/r", SCHEME),
	REFUSED("file://host/srv/git/r", SCHEME),
	REFUSED("file://localhost/srv/git/r", SCHEME),
	REFUSED("file:///srv/../etc", PATH),
	REFUSED("file:////srv/git", PATH),
	SAME("http://127.0.0.1:8080/acme/r"),
	SAME("http://localhost/acme/r"),
	OK("http://LOCALHOST:80/acme/r", "http://localhost/acme/r"),
	SAME("http://localhost:443/acme/r"),
	SAME("http://[::1]:8080/acme/r"),
	OK("http://[::1]:80/acme/r", "http://[::1]/acme/r"),
	OK("http://ana@localhost:1/r", "http://localhost:1/r"),
	REFUSED("http://127.0.0.2/acme/r", SCHEME),
	REFUSED("http://127.1/acme/r", SCHEME),
	REFUSED("http://[::2]/acme/r", SCHEME),
	REFUSED("http://[::1]x/acme/r", SCHEME),
	REFUSED("http://[::1]:/acme/r", PORT),
	REFUSED("http://[::1/acme/r", SCHEME),
	REFUSED("http://localhost.evil.example/acme/r", SCHEME),
	REFUSED("http://localhost./acme/r", SCHEME),
	REFUSED("http://localhost@evil.example/acme/r", SCHEME),
	REFUSED("http:///acme/r", NO_HOST),
	REFUSED("http:/localhost/acme/r", NO_HOST),
	REFUSED("http://localhost", PATH),
};

static void check_case(const struct url_case *c, size_t len)
{
	struct git_url url = { 0 };
	enum git_url_problem problem = git_url_parse(&url, c->text, len);

	if (problem != c->problem)
		fail_msg("'%s': %s, expected %s", c->text, git_url_problem_code(problem),
			 git_url_problem_code(c->problem));
	if (problem) {
		assert_null(url.canonical);
		return;
	}
	assert_string_equal(url.canonical, c->canonical);
	git_url_release(&url);
	assert_null(url.canonical);
}

static void test_table(void **state)
{
	(void)state;
	assert_true(ARRAY_SIZE(cases) >= 200);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_case(&cases[i], strlen(cases[i].text));
}

/* What was accepted once is its own canonical form, and has no user any more. */
static void test_canonical_is_stable(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct git_url url = { 0 };

		if (cases[i].problem)
			continue;
		assert_int_equal(
			git_url_parse(&url, cases[i].canonical, strlen(cases[i].canonical)),
			GIT_URL_OK);
		assert_string_equal(url.canonical, cases[i].canonical);
		assert_false(url.had_user);
		git_url_release(&url);
	}
}

/* A copy without a byte behind it: reading past the end is caught by the address sanitizer. */
static void test_every_prefix_stays_in_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t len = 0; len <= strlen(cases[i].text); len++) {
			char *text = xmemdup(cases[i].text, len);
			struct git_url url = { 0 };

			free(git_url_mask(text, len));
			git_url_parse(&url, text, len);
			git_url_release(&url);
			free(text);
		}
	}
}

static void test_components(void **state)
{
	struct git_url url;

	(void)state;
	assert_int_equal(git_url_parse(&url, "https://Ana@Git.Acme.example:8443/a/B.git/", 42), 0);
	assert_int_equal(url.kind, GIT_URL_HTTPS);
	assert_string_equal(url.host, "git.acme.example");
	assert_int_equal(url.port, 8443);
	assert_string_equal(url.path, "/a/B.git");
	assert_true(url.had_user);
	git_url_release(&url);

	assert_int_equal(git_url_parse(&url, "https://git.acme.example/a", 26), 0);
	assert_int_equal(url.port, 443);
	assert_false(url.had_user);
	git_url_release(&url);

	assert_int_equal(git_url_parse(&url, "file:///srv/r", 13), 0);
	assert_int_equal(url.kind, GIT_URL_FILE);
	assert_string_equal(url.host, "");
	assert_int_equal(url.port, 0);
	git_url_release(&url);

	assert_int_equal(git_url_parse(&url, "http://[::1]/r", 14), 0);
	assert_int_equal(url.kind, GIT_URL_LOOPBACK);
	assert_string_equal(url.host, "[::1]");
	assert_int_equal(url.port, 80);
	git_url_release(&url);
}

static void test_refusal_leaves_out_untouched(void **state)
{
	struct git_url url = { .port = 77 };

	(void)state;
	assert_int_equal(git_url_parse(&url, "https://github.com", 18), GIT_URL_PATH);
	assert_int_equal(git_url_parse(&url, "https://a/%2f", 13), GIT_URL_ENCODING);
	assert_int_equal(url.port, 77);
	assert_null(url.path);
}

static void test_whole_host_is_a_prefix_only(void **state)
{
	static const char *const texts[] = { "https://github.com", "https://github.com/",
					     "https://github.com:443" };
	struct git_url url;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(git_url_parse(&url, texts[i], strlen(texts[i])), GIT_URL_PATH);
		assert_int_equal(git_url_parse_prefix(&url, texts[i], strlen(texts[i])),
				 GIT_URL_OK);
		assert_string_equal(url.canonical, "https://github.com");
		assert_string_equal(url.path, "");
		git_url_release(&url);
	}
	assert_int_equal(git_url_parse_prefix(&url, "https://github.com//", 20), GIT_URL_PATH);
}

/* pattern has an X where the byte goes. */
static void check_byte(const char *pattern, unsigned byte, bool expected,
		       enum git_url_problem otherwise)
{
	cleanup_free char *text = xstrdup(pattern);
	struct git_url url = { 0 };
	enum git_url_problem problem;

	*strchr(text, 'X') = (char)byte;
	problem = git_url_parse(&url, text, strlen(pattern));
	if (byte < 0x21 || byte > 0x7E || strchr("\\\"<>^`{|}", (int)byte))
		otherwise = GIT_URL_BAD_BYTE;
	else if (byte == '?' || byte == '#')
		otherwise = GIT_URL_QUERY;
	if (problem != (expected ? GIT_URL_OK : otherwise))
		fail_msg("byte 0x%02x in '%s': %s", byte, pattern, git_url_problem_code(problem));
	git_url_release(&url);
}

static bool in_set(unsigned byte, const char *extra)
{
	bool alnum = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
		     (byte >= 'a' && byte <= 'z');

	return alnum || (byte != 0 && byte < 0x80 && strchr(extra, (int)byte));
}

/* Every byte value, in each part of a URL, against the characters that the rules list. */
static void test_every_byte(void **state)
{
	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		if (byte != '%')
			check_byte("https://h/aXb", byte, in_set(byte, "-._~!$&'()*+,;=:@/"),
				   GIT_URL_PATH);
		if (byte != ':' && byte != '@' && byte != '/')
			check_byte("https://aXb/r", byte, in_set(byte, "-."), GIT_URL_HOST);
		if (byte != '/' && byte != '@')
			check_byte("https://aXb@h/r", byte, in_set(byte, "-._"), GIT_URL_USERINFO);
		if (byte != '/' && byte != '@')
			check_byte("https://h:1X1/r", byte, byte >= '0' && byte <= '9',
				   GIT_URL_PORT);
	}
}

/* Every %XX, in both cases of hex digits, against the list of what may not be encoded. */
static void test_every_encoding(void **state)
{
	(void)state;
	for (unsigned value = 0; value < 256; value++) {
		bool expected = value >= 0x20 && value < 0x7F && !in_set(value, "-._~/\\%");

		for (size_t f = 0; f < 2; f++) {
			char text[32], canonical[32];
			struct git_url url = { 0 };
			enum git_url_problem problem;

			snprintf(canonical, sizeof(canonical), "https://h/a%%%02X", value);
			snprintf(text, sizeof(text), f ? "https://h/a%%%02X" : "https://h/a%%%02x",
				 value);
			problem = git_url_parse(&url, text, strlen(text));
			if (problem != (expected ? GIT_URL_OK : GIT_URL_ENCODING))
				fail_msg("'%s': %s", text, git_url_problem_code(problem));
			if (expected)
				assert_string_equal(url.canonical, canonical);
			git_url_release(&url);
		}
	}
}

static char *repeat(const char *head, char c, size_t count, const char *tail)
{
	char *text = xmalloc(strlen(head) + count + strlen(tail) + 1);

	strcpy(text, head);
	memset(text + strlen(head), c, count);
	strcpy(text + strlen(head) + count, tail);
	return text;
}

static void expect_long(char *text, enum git_url_problem expected)
{
	struct git_url url = { 0 };

	assert_int_equal(git_url_parse(&url, text, strlen(text)), expected);
	git_url_release(&url);
	free(text);
}

static void test_lengths(void **state)
{
	cleanup_free char *labels = repeat("https://", 'a', 63, "");
	cleanup_free char *long_host = NULL;

	(void)state;
	expect_long(repeat("https://h/", 'a', 2048 - 10, ""), GIT_URL_OK);
	expect_long(repeat("https://h/", 'a', 2049 - 10, ""), GIT_URL_TOO_LONG);
	expect_long(repeat("https://", 'a', 63, ".x/r"), GIT_URL_OK);
	expect_long(repeat("https://", 'a', 64, ".x/r"), GIT_URL_HOST);
	expect_long(repeat("https://a.", 'x', 64, "/r"), GIT_URL_HOST);
	expect_long(repeat("https://-", 'a', 0, ".x/r"), GIT_URL_HOST);
	expect_long(repeat("https://a.", 'b', 62, "@h/r"), GIT_URL_OK);
	expect_long(repeat("https://a.", 'b', 63, "@h/r"), GIT_URL_USERINFO);
	long_host = xasprintf("%s.%s.%s.", labels, labels + 8, labels + 8); /* 192 bytes of host */
	expect_long(repeat(long_host, 'b', 61, "/r"), GIT_URL_OK);
	expect_long(repeat(long_host, 'b', 62, "/r"), GIT_URL_HOST);
}

static void test_mask(void **state)
{
	static const struct {
		const char *text, *shown;
	} table[] = {
		{ "https://user:secret@github.com/a", "https://***@github.com/a" },
		{ "https://ghp_secret@github.com/a", "https://***@github.com/a" },
		{ "https://u:p/a@ss@github.com/a", "https://***@github.com/a" },
		{ "HTTPS:/user:secret@github.com/a", "HTTPS:/***@github.com/a" },
		{ "git+ssh://git@github.com/a", "git+ssh://***@github.com/a" },
		{ "user:secret@github.com:a/b", "***@github.com:a/b" },
		{ "secret:/@x", "secret:/***@x" },
		{ "secretsecret:/@x", "***@x" },
		{ "a@:/b", "***@:/b" },
		{ "@", "***@" },
		{ ":/secret@x", "***@x" },
		{ "https://h/ghp_azAZ09/x", "https://h/***/x" },
		{ "https://h/9dapi/Zdapi/zdapi/x", "https://h/9dapi/Zdapi/zdapi/x" },
		{ "\x1F ", "\\x1f " },
		{ "https://github.com/a?token=secret", "https://github.com/a?***" },
		{ "https://github.com/a#secret", "https://github.com/a#***" },
		{ "https://h/ghp_AbC123/x", "https://h/***/x" },
		{ "https://h/x-GLPAT-a_b-c.git", "https://h/x-***.git" },
		{ "https://dapi0123/x", "https://***/x" },
		{ "https://h/xdapi0123", "https://h/xdapi0123" },
		{ "github_pat_", "***" },
		{ "https://h/a\n<6>b\x7F\xC3\xA9 ~", "https://h/a\\x0a<6>b\\x7f\\xc3\\xa9 ~" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_free char *shown = git_url_mask(table[i].text, strlen(table[i].text));

		assert_string_equal(shown, table[i].shown);
	}
}

static void test_mask_cuts(void **state)
{
	cleanup_free char *fits = repeat("", 'a', 200, ""), *longer = repeat("", 'a', 201, "");
	cleanup_free char *dirty = repeat("", '\x01', 300, "");
	cleanup_free char *a = git_url_mask(fits, 200), *b = git_url_mask(longer, 201);
	cleanup_free char *c = git_url_mask(dirty, 300);

	(void)state;
	assert_string_equal(a, fits);
	assert_int_equal(strlen(b), 203);
	assert_true(str_ends(b, "a..."));
	assert_int_equal(strlen(c), 803);
	assert_true(str_ends(c, "\\x01..."));
}

static void test_every_problem_has_its_words(void **state)
{
	(void)state;
	for (int i = 0; i < GIT_URL_PROBLEMS; i++) {
		const char *code = git_url_problem_code((enum git_url_problem)i);

		assert_true(strlen(code) > 0 && strlen(code) < 48);
		assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz-"), strlen(code));
		assert_true(strlen(git_url_problem_text((enum git_url_problem)i)) > 5);
		for (int k = 0; k < i; k++)
			assert_string_not_equal(code,
						git_url_problem_code((enum git_url_problem)k));
	}
	assert_string_equal(git_url_problem_code(GIT_URL_HOST_NUMERIC), "host-numeric");
	assert_string_equal(git_url_problem_code(GIT_URL_USERINFO), "userinfo");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_canonical_is_stable),
		cmocka_unit_test(test_every_prefix_stays_in_bounds),
		cmocka_unit_test(test_components),
		cmocka_unit_test(test_refusal_leaves_out_untouched),
		cmocka_unit_test(test_whole_host_is_a_prefix_only),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_every_encoding),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_mask),
		cmocka_unit_test(test_mask_cuts),
		cmocka_unit_test(test_every_problem_has_its_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
