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

#include "fuzz/url_oracle.h"
#include "git_url_cases.h"
#include "policy/policy_internal.h"

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
			check_byte("https://h/aXb", byte, in_set(byte, "-._~!&'()+@/"),
				   GIT_URL_CHARACTER);
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
		bool expected = value && value < 0x7F && strchr(" !&'()+@^`", (int)value);

		for (size_t f = 0; f < 2; f++) {
			char text[32], canonical[32];
			struct git_url url = { 0 };
			enum git_url_problem problem;

			snprintf(canonical, sizeof(canonical), "https://h/a%%%02Xb", value);
			snprintf(text, sizeof(text),
				 f ? "https://h/a%%%02Xb" : "https://h/a%%%02xb", value);
			problem = git_url_parse(&url, text, strlen(text));
			if (problem != (expected ? GIT_URL_OK : GIT_URL_ENCODING))
				fail_msg("'%s': %s", text, git_url_problem_code(problem));
			if (expected)
				assert_string_equal(url.canonical, canonical);
			git_url_release(&url);
		}
	}
}

/* What is handed to libcurl means to it what was decided on, dot segments left alone or not. */
static void test_libcurl_reads_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct git_url url = { 0 };

		if (git_url_parse(&url, cases[i].text, strlen(cases[i].text)))
			continue;
		if (!curl_agrees(&url, 0) || !curl_agrees(&url, CURLU_PATH_AS_IS))
			fail_msg("libcurl reads '%s' differently", url.canonical);
		/* The comparison can fail. */
		url.port++;
		assert_true(url.kind == GIT_URL_FILE || !curl_agrees(&url, 0));
		git_url_release(&url);
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

static void test_every_problem_has_its_code(void **state)
{
	(void)state;
	for (int i = 0; i < GIT_URL_PROBLEMS; i++) {
		const char *code = git_url_problem_code((enum git_url_problem)i);

		assert_true(strlen(code) > 0 && strlen(code) < 48);
		assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz-"), strlen(code));
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
		cmocka_unit_test(test_every_problem_has_its_code),
		cmocka_unit_test(test_libcurl_reads_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
