/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How refused URLs are spoken about: the reasons, and a form of the text that can be shown. A
 * refused URL may hold a password anywhere, so the form hides too much rather than too little.
 */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "policy/git_url_internal.h"

#define SHOWN_MAX  200 /* bytes of the original text */
#define SCHEME_MAX 10  /* letters in front of "://" that are not worth hiding */

static const struct {
	const char *code;
	const char *text;
} problems[GIT_URL_PROBLEMS] = {
	[GIT_URL_OK] = { "ok", "is fine" },
	[GIT_URL_EMPTY] = { "empty", "is empty" },
	[GIT_URL_TOO_LONG] = { "too-long", "is longer than 2048 bytes" },
	[GIT_URL_BAD_BYTE] = { "bad-byte", "contains a byte that no URL has" },
	[GIT_URL_QUERY] = { "query", "contains '?' or '#'; leave out what starts there" },
	[GIT_URL_SCHEME] = { "scheme",
			     "is neither https:// nor, where the policy names it, "
			     "file:/// or http:// on this machine; SSH is not supported" },
	[GIT_URL_NO_HOST] = { "no-host", "has no host behind https://" },
	[GIT_URL_USERINFO] = { "userinfo", "contains a password or an odd user name in front of "
					   "the host; leave it out and use git_token_file" },
	[GIT_URL_TOKEN] = { "token", "contains a token in place of a user name; revoke that token, "
				     "leave it out and use git_token_file" },
	[GIT_URL_HOST] = { "host", "has a host name that is not made of letters, digits, '-' and "
				   "single dots" },
	[GIT_URL_HOST_NUMERIC] = { "host-numeric",
				   "has an IP address in place of a host name; use the name" },
	[GIT_URL_PORT] = { "port", "has a port that is not a plain number from 1 to 65535" },
	[GIT_URL_PATH] = { "path", "has no path" },
	[GIT_URL_CHARACTER] = { "character", "contains a character that servers read differently" },
	[GIT_URL_ENCODING] = { "encoding", "contains a percent-encoding that servers read "
					   "differently" },
};

const char *git_url_problem_code(enum git_url_problem p)
{
	return problems[p].code;
}

enum git_url_problem git_url_refuse(struct git_url_fault *f, enum git_url_problem problem,
				    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->text, sizeof(f->text), fmt, ap);
	va_end(ap);
	return problem;
}

enum git_url_problem git_url_fail(struct git_url_fault *f, enum git_url_problem problem)
{
	return git_url_refuse(f, problem, "%s", problems[problem].text);
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* The length of "scheme:" and the slashes behind it; 0 when text does not start like that. */
static size_t scheme_length(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && (is_word_char(text[n]) || text[n] == '+'))
		n++;
	if (n == 0 || n > SCHEME_MAX || n + 1 >= len || text[n] != ':' || text[n + 1] != '/')
		return 0;
	for (n++; n < len && text[n] == '/';)
		n++;
	return n;
}

/* The length of the token that text starts with; 0 when it does not start with one. */
static size_t token_length(const char *text, size_t len)
{
	static const char *const prefixes[] = { "ghp_", "gho_",        "ghu_",   "ghs_",
						"ghr_", "github_pat_", "glpat-", "dapi" };
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(prefixes) && n == 0; i++)
		if (len >= strlen(prefixes[i]) &&
		    strncasecmp(text, prefixes[i], strlen(prefixes[i])) == 0)
			n = strlen(prefixes[i]);
	while (n > 0 && n < len && (is_word_char(text[n]) || text[n] == '_' || text[n] == '-'))
		n++;
	return n;
}

/* Appends text up to a query or fragment, which is hidden, as are tokens. */
static void show(struct buf *out, const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && i < SHOWN_MAX) {
		bool at_word = i == 0 || !is_word_char(text[i - 1]);
		size_t token = at_word ? token_length(text + i, len - i) : 0;

		if (token > 0) {
			buf_add_str(out, "***");
			i += token;
		} else if (text[i] == '?' || text[i] == '#') {
			buf_addf(out, "%c***", text[i]);
			return;
		} else if (text[i] < 0x20 || text[i] > 0x7E) {
			buf_addf(out, "\\x%02x", (unsigned char)text[i]);
			i++;
		} else {
			buf_add_char(out, text[i++]);
		}
	}
	if (i < len)
		buf_add_str(out, "...");
}

char *git_url_mask(const char *text, size_t len)
{
	struct buf out = BUF_INIT(8 * SHOWN_MAX);
	const char *at = len ? memrchr(text, '@', len) : NULL;
	size_t start = 0;

	if (at) {
		start = scheme_length(text, len); /* holds no '@', so it ends in front of at */
		buf_add(&out, text, start);
		buf_add_str(&out, "***");
		start = (size_t)(at - text);
	}
	show(&out, text + start, len - start);
	return buf_steal(&out, NULL);
}
