/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Git URLs, parsed once. libgit2, libcurl and browsers disagree about the host of odd strings, so
 * nothing odd gets through: whatever would need interpretation is refused, and what is left is
 * rebuilt from its checked components. The rebuilt string means the same to every parser.
 *
 * Nothing is resolved or contacted here, and nothing is mended: no decoding, no removal of dot
 * segments. Only case (scheme, host, hex digits), default ports, a bare user name and one final '/'
 * are normalised. This file does the scheme and the authority, git_url_path.c the path.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "policy/git_url_internal.h"
#include "policy/policy_internal.h"

#define USER_MAX  64
#define HOST_MAX  253
#define LABEL_MAX 63

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c);
}

/* Takes "scheme://" off s. */
static enum git_url_problem take_scheme(struct git_url *url, struct span *s)
{
	static const struct {
		const char *name;
		enum git_url_kind kind;
	} schemes[] = {
		{ "https:", GIT_URL_HTTPS },
		{ "http:", GIT_URL_LOOPBACK },
		{ "file:", GIT_URL_FILE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(schemes); i++) {
		size_t n = strlen(schemes[i].name);

		if (s->len < n || strncasecmp(s->at, schemes[i].name, n) != 0)
			continue;
		url->kind = schemes[i].kind;
		span_skip(s, n);
		if (s->len < 2 || memcmp(s->at, "//", 2) != 0)
			return url->kind == GIT_URL_FILE ? GIT_URL_SCHEME : GIT_URL_NO_HOST;
		span_skip(s, 2);
		return GIT_URL_OK;
	}
	return GIT_URL_SCHEME;
}

/* User names that are credentials: what forges and workspaces hand out, JWTs, and any long word of
 * letters and digits (an Azure DevOps token has no prefix). */
static bool looks_like_token(struct span user)
{
	static const char *const prefixes[] = { "ghp_", "gho_",        "ghu_",   "ghs_",
						"ghr_", "github_pat_", "glpat-", "dapi",
						"eyJ",  "ATBB",        "ATCTT" };
	size_t word = 0;

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (user.len >= strlen(prefixes[i]) &&
		    strncasecmp(user.at, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	while (word < user.len && is_alnum(user.at[word]))
		word++;
	return word == user.len && word >= 40;
}

/* Takes "user@" off the authority, if it is there. */
static enum git_url_problem take_user(struct git_url *url, struct span *authority)
{
	struct span rest = *authority;
	struct span user = span_cut(&rest, '@');
	struct span name = user;

	if (rest.len == 0)
		return GIT_URL_OK;
	span_skip(&rest, 1);
	name = span_cut(&name, ':');
	if (looks_like_token(name))
		return GIT_URL_TOKEN;
	if (memchr(rest.at, '@', rest.len) || user.len == 0 || user.len > USER_MAX)
		return GIT_URL_USERINFO;
	for (size_t i = 0; i < user.len; i++)
		if (!is_alnum(user.at[i]) && !is_one_of(user.at[i], "._-"))
			return GIT_URL_USERINFO;
	url->had_user = true;
	*authority = rest;
	return GIT_URL_OK;
}

/* What a resolver would take for (the end of) an IPv4 address: digits, or 0x and hex digits. */
static bool is_numeric_label(struct span label)
{
	bool hex = label.len >= 2 && label.at[0] == '0' && (label.at[1] | 0x20) == 'x';

	for (size_t i = hex ? 2 : 0; i < label.len; i++)
		if (hex ? hex_digit(label.at[i]) < 0 : !is_digit(label.at[i]))
			return false;
	return true;
}

static bool is_ldh_label(struct span label)
{
	if (label.len == 0 || label.len > LABEL_MAX)
		return false;
	if (label.at[0] == '-' || label.at[label.len - 1] == '-')
		return false;
	for (size_t i = 0; i < label.len; i++)
		if (!is_alnum(label.at[i]) && label.at[i] != '-')
			return false;
	return true;
}

static enum git_url_problem check_host(struct span host)
{
	struct span rest = host, label;

	if (host.len == 0)
		return GIT_URL_NO_HOST;
	if (host.at[0] == '[')
		return GIT_URL_HOST_NUMERIC;
	if (host.len > HOST_MAX)
		return GIT_URL_HOST;
	for (;;) {
		label = span_cut(&rest, '.');
		if (!is_ldh_label(label))
			return GIT_URL_HOST;
		if (rest.len == 0)
			return is_numeric_label(label) ? GIT_URL_HOST_NUMERIC : GIT_URL_OK;
		span_skip(&rest, 1);
	}
}

static bool is_loopback(struct span host)
{
	return span_is(host, "localhost") || span_is(host, "127.0.0.1") || span_is(host, "[::1]");
}

/* text is what stands behind the host: "" or ":port". */
static enum git_url_problem parse_port(unsigned *port, struct span text)
{
	unsigned value = 0;

	if (text.len == 0)
		return GIT_URL_OK;
	span_skip(&text, 1);
	if (text.len == 0 || text.len > 5 || text.at[0] == '0')
		return GIT_URL_PORT;
	for (size_t i = 0; i < text.len; i++) {
		if (!is_digit(text.at[i]))
			return GIT_URL_PORT;
		value = value * 10 + (unsigned)(text.at[i] - '0');
	}
	if (value > 65535)
		return GIT_URL_PORT;
	*port = value;
	return GIT_URL_OK;
}

/* An address in brackets has colons of its own. */
static struct span take_host(struct span *authority)
{
	struct span rest = *authority, host;

	if (authority->len == 0 || authority->at[0] != '[')
		return span_cut(authority, ':');
	host = span_cut(&rest, ']');
	if (rest.len == 0 || (rest.len > 1 && rest.at[1] != ':'))
		return span_cut(authority, '/'); /* all of it, and no host is like that */
	host.len++;
	span_skip(authority, host.len);
	return host;
}

static char *lower_case(struct span s)
{
	char *copy = xstrndup(s.at, s.len);

	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c | 0x20);
	return copy;
}

/* Takes everything up to the path off s. */
static enum git_url_problem take_authority(struct git_url *url, struct span *s)
{
	struct span authority = span_cut(s, '/'), host;
	enum git_url_problem problem;

	if (authority.len == 0)
		return GIT_URL_NO_HOST;
	problem = take_user(url, &authority);
	if (problem)
		return problem;
	host = take_host(&authority);
	if (url->kind == GIT_URL_HTTPS)
		problem = check_host(host);
	else if (!is_loopback(host))
		problem = GIT_URL_SCHEME;
	if (problem)
		return problem;
	url->host = lower_case(host);
	url->port = url->kind == GIT_URL_HTTPS ? 443 : 80;
	return parse_port(&url->port, authority);
}

static char *rebuild(const struct git_url *url)
{
	if (url->kind == GIT_URL_FILE)
		return xasprintf("file://%s", url->path);
	if (url->kind == GIT_URL_HTTPS && url->port == 443)
		return xasprintf("https://%s%s", url->host, url->path);
	if (url->kind == GIT_URL_LOOPBACK && url->port == 80)
		return xasprintf("http://%s%s", url->host, url->path);
	return xasprintf("%s://%s:%u%s", url->kind == GIT_URL_HTTPS ? "https" : "http", url->host,
			 url->port, url->path);
}

static enum git_url_problem parse_parts(struct git_url_fault *f, struct git_url *url, struct span s)
{
	enum git_url_problem problem = take_scheme(url, &s);

	if (!problem && url->kind != GIT_URL_FILE)
		problem = take_authority(url, &s);
	else if (!problem && (s.len == 0 || *s.at != '/'))
		problem = GIT_URL_SCHEME;
	else if (!problem)
		url->host = xstrdup("");
	if (problem)
		return git_url_fail(f, problem);
	problem = git_url_parse_path(f, &url->path, s);
	if (!problem)
		url->canonical = rebuild(url);
	return problem;
}

static enum git_url_problem parse(struct git_url_fault *f, struct git_url *out, struct span s,
				  bool prefix)
{
	struct git_url url = { 0 };
	enum git_url_problem problem;

	if (s.len == 0)
		return git_url_fail(f, GIT_URL_EMPTY);
	if (s.len > GIT_URL_MAX)
		return git_url_fail(f, GIT_URL_TOO_LONG);
	problem = url_chars_check(f, s);
	if (!problem)
		problem = parse_parts(f, &url, s);
	if (!problem && !prefix && *url.path == '\0')
		problem = git_url_fail(f, GIT_URL_PATH);
	if (problem)
		git_url_release(&url);
	else
		*out = url;
	return problem;
}

enum git_url_problem git_url_parse_prefix(struct git_url *out, const char *text, size_t len)
{
	struct git_url_fault fault;

	return parse(&fault, out, (struct span){ text, len }, true);
}

enum git_url_problem git_url_parse(struct git_url *out, const char *text, size_t len)
{
	struct git_url_fault fault;

	return parse(&fault, out, (struct span){ text, len }, false);
}

char *git_url_explain(const char *text, size_t len)
{
	struct git_url_fault fault;
	struct git_url url = { 0 };

	if (parse(&fault, &url, (struct span){ text, len }, false) == GIT_URL_OK)
		git_url_fail(&fault, GIT_URL_OK);
	git_url_release(&url);
	return xstrdup(fault.text);
}

void git_url_release(struct git_url *url)
{
	free(url->canonical);
	free(url->host);
	free(url->path);
	*url = (struct git_url){ 0 };
}
