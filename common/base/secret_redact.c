/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Masking: one pass over a text that copies everything except live secrets (found in all their forms
 * by redact_needles.c) and what looks like a token. The shapes catch what was never registered: somebody else's token in an error message of
 * a server, a password in a URL. A shape is a prefix, the bytes that may follow, and how many must
 * follow; it errs on the side of masking, because a line of log is cheaper than a token.
 */

#include "base/secret.h"

#include <string.h>
#include <strings.h>

#define MASK       "***"
#define HEX        "0123456789abcdefABCDEF"
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

		if (p >= len || strncasecmp(at, shapes[i].prefix, p) != 0)
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

/* Three base64url words joined by dots, the first being that of '{"'. Without a match, *word_end is
 * where the first word ends: no later part of it begins a JWT either, and a long word is not to be
 * read again from each "eyJ" in it. */
static size_t match_jwt(const char *at, size_t len, size_t *word_end)
{
	size_t n = 0;

	*word_end = 0;
	if (len < 3 || strncmp(at, "eyJ", 3) != 0)
		return 0;
	for (int dots = 0; dots < 2; dots++) {
		size_t word = span(at + n, len - n, BASE64URL);

		if (dots == 0)
			*word_end = word;
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

/* The length of the token shape that starts at offset at, 0 for none; the first *keep bytes of it
 * stay. Before *no_jwt, none begins. */
static size_t match(const struct buf *text, size_t at, size_t *keep, size_t *no_jwt)
{
	const char *s = text->data + at;
	size_t len = text->len - at, word_end = 0, n;

	*keep = 0;
	switch (*s) {
	case 'a':
	case 'A':
		return match_authorization(s, len, keep);
	case '/':
		*keep = 2;
		return match_userinfo(s, len, behind(text, at, "ssh:"));
	case 'e':
		n = at < *no_jwt ? 0 : match_jwt(s, len, &word_end);
		*no_jwt = at + word_end > *no_jwt ? at + word_end : *no_jwt;
		return n;
	case 'b':
	case 'B':
		n = match_shape(s, len);
		*keep = n ? strcspn(s, " ") + 1 : 0;
		return n;
	case 'd':
	case 'D':
	case 'g':
	case 'G':
		return match_shape(s, len);
	default:
		return 0;
	}
}

/* Adds the shapes to what is hidden already. Returns whether there is any. */
static bool hide_shapes(const struct buf *text, bool *hide)
{
	size_t at = 0, no_jwt = 0, keep = 0, n;
	bool any = false;

	while (at < text->len) {
		n = match(text, at, &keep, &no_jwt);
		for (size_t i = at + keep; n && i < at + n; i++)
			hide[i] = true;
		any |= n > 0;
		at += n ? n : 1;
	}
	return any;
}

/* Puts MASK in the place of each stretch that is hidden. */
static void replace_hidden(struct buf *text, const bool *hide)
{
	cleanup_buf struct buf out = BUF_INIT(SIZE_MAX / 2);
	size_t n;

	for (size_t at = 0; at < text->len; at += n) {
		for (n = 1; at + n < text->len && hide[at + n] == hide[at];)
			n++;
		if (hide[at])
			buf_add_str(&out, MASK);
		else
			buf_add(&out, text->data + at, n);
	}
	explicit_bzero(text->data, text->len);
	out.max = text->max;
	buf_release(text);
	*text = out;
	out = BUF_INIT(0);
}

static void redact(struct buf *text, bool known_only)
{
	cleanup_free bool *hide = xcalloc(text->len, sizeof(*hide));
	bool any = secret_find(buf_str(text), text->len, hide);

	if (!known_only)
		any |= hide_shapes(text, hide);
	if (any)
		replace_hidden(text, hide);
}

void secret_redact(struct buf *text)
{
	redact(text, false);
}

void secret_redact_known(struct buf *text)
{
	redact(text, true);
}
