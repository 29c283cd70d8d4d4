/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masking: one pass over a text that copies everything except live secrets and what looks like a
 * token. The shapes catch what was never registered: somebody else's token in an error message of
 * a server, a password in a URL. A shape is a prefix, the bytes that may follow, and how many must
 * follow; it errs on the side of masking, because a line of log is cheaper than a token.
 */

#include "base/secret.h"

#include <string.h>
#include <strings.h>

#define MASK       "***"
#define HEX        "0123456789abcdef"
#define WORD       "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
#define URL_ENDS   "/?#\\\"'<> \t\r\n"
#define LINE_ENDS  "\r\n"
#define BASE64URL  WORD "-"
#define CREDENTIAL WORD "-._~+/=" /* RFC 6750 */

struct shape {
	const char *prefix;
	const char *allowed;
	size_t min; /* bytes that must follow the prefix */
};

static const struct shape shapes[] = {
	{ "dapi", HEX, 16 },           { "dose", HEX, 16 },          { "ghp_", WORD, 10 },
	{ "gho_", WORD, 10 },          { "ghu_", WORD, 10 },         { "ghs_", WORD, 10 },
	{ "ghr_", WORD, 10 },          { "github_pat_", WORD, 10 },  { "glpat-", BASE64URL, 10 },
	{ "Bearer ", CREDENTIAL, 16 }, { "Basic ", CREDENTIAL, 16 },
};

/* The text is followed by a NUL, which no set contains, so the span stops there. */
static size_t span(const char *at, size_t len, const char *set)
{
	size_t n = strspn(at, set);

	return n < len ? n : len;
}

static size_t match_shape(const char *at, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		size_t p = strlen(shapes[i].prefix), n;

		if (p >= len || strncmp(at, shapes[i].prefix, p) != 0)
			continue;
		n = span(at + p, len - p, shapes[i].allowed);
		if (n < shapes[i].min)
			continue;
		if (shapes[i].allowed == shapes[0].allowed && at[p + n] == '-')
			n += 1 +
			     span(at + p + n + 1, len - p - n - 1, HEX); /* "dapi…-2" of Azure */
		return p + n;
	}
	return 0;
}

/* Three base64url words joined by dots, the first being that of '{"'. */
static size_t match_jwt(const char *at, size_t len)
{
	size_t n = 0;

	if (len < 3 || strncmp(at, "eyJ", 3) != 0)
		return 0;
	for (int dots = 0; dots < 2; dots++) {
		size_t word = span(at + n, len - n, BASE64URL);

		if (word < 4 || at[n + word] != '.')
			return 0;
		n += word + 1;
	}
	return n + span(at + n, len - n, BASE64URL);
}

/*
 * "Authorization: VALUE" and "authorization":"VALUE" of JSON. Returns the length of what is kept
 * (*keep) plus the value: to the closing quote when it is quoted, else to the end of the line.
 */
static size_t match_authorization(const char *at, size_t len, size_t *keep)
{
	static const char name[] = "authorization";
	size_t n = sizeof(name) - 1;
	char quote;

	if (len < n || strncasecmp(at, name, n) != 0)
		return 0;
	n += span(at + n, len - n, "\"' ");
	if (at[n] != ':' && at[n] != '=')
		return 0;
	n++;
	n += span(at + n, len - n, " \t");
	quote = at[n];
	if (quote == '"' || quote == '\'')
		n++;
	else
		quote = '\0';
	*keep = n;
	while (n < len && !strchr(LINE_ENDS, at[n]) && (!quote || at[n] != quote))
		n++;
	return n > *keep ? n : 0;
}

/* "//user:password@": keeps the slashes and the '@'. A lone user name is masked too, since a token
 * often stands there, except where SSH needs one ("ssh://git@host"). */
static size_t match_userinfo(const char *at, size_t len, bool ssh)
{
	size_t end = 2, authority;
	bool colon;

	if (len < 4 || strncmp(at, "//", 2) != 0)
		return 0;
	authority = 2 + strcspn(at + 2, URL_ENDS);
	if (authority > len)
		authority = len;
	for (size_t i = 2; i < authority; i++)
		if (at[i] == '@')
			end = i;
	colon = memchr(at + 2, ':', end - 2) != NULL;
	return end > 2 && (colon || !ssh) ? end : 0;
}

static bool behind(const struct buf *text, size_t at, const char *word)
{
	size_t n = strlen(word);

	return at >= n && memcmp(text->data + at - n, word, n) == 0;
}

/* The length of what starts at offset at and must be masked, 0 for nothing; the first *keep bytes
 * of it stay. */
static size_t match(const struct buf *text, size_t at, size_t *keep)
{
	const char *s = text->data + at;
	size_t len = text->len - at, n;

	*keep = 0;
	n = secret_match(s, len);
	if (n)
		return n;
	switch (*s) {
	case 'a':
	case 'A':
		return match_authorization(s, len, keep);
	case '/':
		*keep = 2;
		return match_userinfo(s, len, behind(text, at, "ssh:"));
	case 'e':
		return match_jwt(s, len);
	case 'B':
		n = match_shape(s, len);
		*keep = n ? strcspn(s, " ") + 1 : 0;
		return n;
	case 'd':
	case 'g':
		return match_shape(s, len);
	default:
		return 0;
	}
}

void secret_redact(struct buf *text)
{
	cleanup_buf struct buf out = BUF_INIT(SIZE_MAX / 2);
	size_t copied = 0, at = 0, keep, n;

	while (at < text->len) {
		n = match(text, at, &keep);
		if (n == 0) {
			at++;
			continue;
		}
		buf_add(&out, text->data + copied, at + keep - copied);
		buf_add_str(&out, MASK);
		at += n;
		copied = at;
	}
	if (copied == 0)
		return;
	buf_add(&out, text->data + copied, text->len - copied);
	explicit_bzero(text->data, text->len);
	out.max = text->max;
	buf_release(text);
	*text = out;
	out = BUF_INIT(0);
}
