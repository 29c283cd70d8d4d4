/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Git URLs, parsed once. libgit2, libcurl and browsers disagree about the host of odd strings, so
 * nothing odd gets through: whatever would need interpretation is refused, and what is left is
 * rebuilt from its checked components. The rebuilt string means the same to every parser.
 *
 * Nothing is resolved or contacted here, and nothing is mended: no decoding, no removal of dot
 * segments. Only case (scheme, host, hex digits), default ports, a bare user name and one final '/'
 * are normalised.
 */

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "policy/policy_internal.h"

#define USER_MAX  64
#define HOST_MAX  253
#define LABEL_MAX 63

/* A stretch of the text that is parsed; not NUL-terminated. */
struct span {
	const char *at;
	size_t len;
};

static bool is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_alpha(c) || is_digit(c);
}

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c);
}

static bool is_unreserved(char c)
{
	return is_alnum(c) || is_one_of(c, "-._~");
}

/* RFC 3986's pchar without percent-encoding. */
static bool is_path_char(char c)
{
	return is_unreserved(c) || is_one_of(c, "!$&'()*+,;=:@");
}

static int hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static void skip(struct span *s, size_t n)
{
	s->at += n;
	s->len -= n;
}

static bool span_is(struct span s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.at, word, s.len) == 0;
}

/* Cuts s at the first c: *head is what stands before it (all of s when there is none), s starts with
 * c (or is empty). */
static struct span cut_before(struct span *s, char c)
{
	const char *found = s->len ? memchr(s->at, c, s->len) : NULL;
	struct span head = { s->at, found ? (size_t)(found - s->at) : s->len };

	skip(s, head.len);
	return head;
}

static enum git_url_problem check_bytes(struct span s)
{
	if (s.len == 0)
		return GIT_URL_EMPTY;
	if (s.len > GIT_URL_MAX)
		return GIT_URL_TOO_LONG;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < 0x21 || s.at[i] > 0x7E || is_one_of(s.at[i], "\\\"<>^`{|}"))
			return GIT_URL_BAD_BYTE;
		if (is_one_of(s.at[i], "?#"))
			return GIT_URL_QUERY;
	}
	return GIT_URL_OK;
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
		skip(s, n);
		if (s->len < 2 || memcmp(s->at, "//", 2) != 0)
			return url->kind == GIT_URL_FILE ? GIT_URL_SCHEME : GIT_URL_NO_HOST;
		skip(s, 2);
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
	struct span user = cut_before(&rest, '@');
	struct span name = user;

	if (rest.len == 0)
		return GIT_URL_OK;
	skip(&rest, 1);
	name = cut_before(&name, ':');
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
		if (hex ? hex_value(label.at[i]) < 0 : !is_digit(label.at[i]))
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
		label = cut_before(&rest, '.');
		if (!is_ldh_label(label))
			return GIT_URL_HOST;
		if (rest.len == 0)
			return is_numeric_label(label) ? GIT_URL_HOST_NUMERIC : GIT_URL_OK;
		skip(&rest, 1);
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
	skip(&text, 1);
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
		return cut_before(authority, ':');
	host = cut_before(&rest, ']');
	if (rest.len == 0 || (rest.len > 1 && rest.at[1] != ':'))
		return cut_before(authority, '/'); /* all of it, and no host is like that */
	host.len++;
	skip(authority, host.len);
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
	struct span authority = cut_before(s, '/'), host;
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

/* text starts with '%'. A server may decode what stands there, so it must not be able to become
 * anything that we compare, or that ends or climbs a path. */
static enum git_url_problem check_encoding(struct span text, char *decoded)
{
	int high = text.len > 1 ? hex_value(text.at[1]) : -1;
	int low = text.len > 2 ? hex_value(text.at[2]) : -1;
	int value = high * 16 + low;

	if (high < 0 || low < 0)
		return GIT_URL_ENCODING;
	*decoded = (char)value;
	if (value < 0x20 || value == 0x7F)
		return GIT_URL_ENCODING;
	if (is_unreserved(*decoded) || is_one_of(*decoded, "/\\%"))
		return GIT_URL_ENCODING;
	return GIT_URL_OK;
}

/* Appends "/segment" to path, and what the segment decodes to to plain. */
static enum git_url_problem add_segment(struct buf *path, struct buf *plain, struct span s)
{
	char decoded;

	if (s.len == 0 || span_is(s, ".") || span_is(s, ".."))
		return GIT_URL_PATH;
	buf_add_char(path, '/');
	buf_add_char(plain, '/');
	while (s.len > 0) {
		if (is_path_char(*s.at)) {
			buf_add_char(path, *s.at);
			buf_add_char(plain, *s.at);
			skip(&s, 1);
			continue;
		}
		if (*s.at != '%')
			return GIT_URL_PATH;
		if (check_encoding(s, &decoded) != GIT_URL_OK)
			return GIT_URL_ENCODING;
		buf_addf(path, "%%%02X", (unsigned char)decoded);
		buf_add_char(plain, decoded);
		skip(&s, 3);
	}
	return GIT_URL_OK;
}

/* s is "" or starts with '/'. */
static enum git_url_problem parse_path(char **out, struct span s)
{
	cleanup_buf struct buf path = BUF_INIT(GIT_URL_MAX);
	cleanup_buf struct buf plain = BUF_INIT(GIT_URL_MAX);
	enum git_url_problem problem;

	if (s.len > 0 && s.at[s.len - 1] == '/')
		s.len--;
	while (s.len > 0) {
		skip(&s, 1);
		problem = add_segment(&path, &plain, cut_before(&s, '/'));
		if (problem)
			return problem;
	}
	/* Old servers decode overlong forms of '/' and '.' that no valid text contains. */
	if (!utf8_valid(buf_str(&plain), plain.len))
		return GIT_URL_ENCODING;
	*out = buf_steal(&path, NULL);
	return GIT_URL_OK;
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

static enum git_url_problem parse(struct git_url *url, struct span s)
{
	enum git_url_problem problem = check_bytes(s);

	if (!problem)
		problem = take_scheme(url, &s);
	if (problem)
		return problem;
	if (url->kind != GIT_URL_FILE)
		problem = take_authority(url, &s);
	else if (s.len == 0 || *s.at != '/')
		problem = GIT_URL_SCHEME;
	else
		url->host = xstrdup("");
	if (!problem)
		problem = parse_path(&url->path, s);
	if (!problem)
		url->canonical = rebuild(url);
	return problem;
}

enum git_url_problem git_url_parse_prefix(struct git_url *out, const char *text, size_t len)
{
	struct git_url url = { 0 };
	enum git_url_problem problem = parse(&url, (struct span){ text, len });

	if (problem)
		git_url_release(&url);
	else
		*out = url;
	return problem;
}

enum git_url_problem git_url_parse(struct git_url *out, const char *text, size_t len)
{
	struct git_url url = { 0 };
	enum git_url_problem problem = git_url_parse_prefix(&url, text, len);

	if (!problem && *url.path == '\0')
		problem = GIT_URL_PATH;
	if (problem)
		git_url_release(&url);
	else
		*out = url;
	return problem;
}

void git_url_release(struct git_url *url)
{
	free(url->canonical);
	free(url->host);
	free(url->path);
	*url = (struct git_url){ 0 };
}
