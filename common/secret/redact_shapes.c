/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What looks like a token. The shapes catch what was never registered: somebody else's token in an
 * error message of a server, a password in a URL. They are as narrow as the tokens are documented
 * to be, because sentences have names of notebooks in them; where no narrow shape is to be had,
 * they err on the side of masking: a line of log is cheaper than a token.
 *
 * Linear in the text: no byte is looked at more than a fixed number of times.
 */

#include "secret/redact.h"

#include <string.h>
#include <strings.h>

#include "base/utf8.h"

#define HEX        "0123456789abcdefABCDEF"
#define ALNUM      REDACT_BASE64
#define BASE64     ALNUM "+/-_"
#define BASE64URL  ALNUM "-_"
#define CREDENTIAL ALNUM "-._~+/=" /* RFC 6750 */
#define DIGIT      "0123456789"
#define UPPER      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define URL_ENDS   "/?#\\\"'<> \t\r\n"
#define LINE_ENDS  "\r\n"

#define BASIC_MIN  8  /* digits; shorter ones guard nothing */
#define HEADER_MAX 40 /* bytes in which the first name of a JWT's header ends */
#define SOME_MAX   64 /* bytes in which what a token must have is */

struct shape {
	const char *prefix;
	const char *allowed;
	size_t min;       /* bytes that must follow the prefix */
	const char *some; /* one of these must be among them; NULL: none need be */
};

/*
 * GitHub, "Behind GitHub's new authentication token formats": a prefix and 36 or more letters and
 * digits; since 2026 "ghs_" may be followed by a number and a JWT, which is found as one. Its
 * fine-grained ones are github_pat_, 22, "_" and 59. GitLab: 20 or more, and one in 30,000 has no
 * capital letter. Databricks: 32 hex digits, of which an error message may have cut some off.
 * Of "Bearer " nothing is known but that real ones have digits.
 */
static const struct shape shapes[] = {
	{ "dapi", HEX, 16, NULL },
	{ "dose", HEX, 16, NULL },
	{ "ghp_", ALNUM, 36, NULL },
	{ "gho_", ALNUM, 36, NULL },
	{ "ghu_", ALNUM, 36, NULL },
	{ "ghs_", ALNUM, 36, NULL },
	{ "ghr_", ALNUM, 36, NULL },
	{ "glpat-", BASE64URL, 20, UPPER },
	{ "Bearer ", CREDENTIAL, 16, DIGIT },
};

/* The text is followed by a NUL, which no set contains, so the span stops there. */
static size_t span(const char *at, size_t len, const char *set)
{
	size_t n = strspn(at, set);

	return n < len ? n : len;
}

/* Whether what must be among the bytes is among the first of them. Asked first, so that a long run
 * of what is allowed is not read again from each prefix in it. */
static bool has_some(const char *at, size_t len, const struct shape *s)
{
	for (size_t i = 0; i < len && i < SOME_MAX && s->some && at[i]; i++) {
		if (!strchr(s->allowed, at[i]))
			return false;
		if (strchr(s->some, at[i]))
			return true;
	}
	return !s->some;
}

static size_t match_shape(const char *at, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++) {
		const struct shape *s = &shapes[i];
		size_t p = strlen(s->prefix), n;

		if (p >= len || strncasecmp(at, s->prefix, p) != 0)
			continue;
		if (!has_some(at + p, len - p, s))
			continue;
		n = span(at + p, len - p, s->allowed);
		if (n < s->min)
			continue;
		if (s->allowed == shapes[0].allowed && at[p + n] == '-')
			n += 1 +
			     span(at + p + n + 1, len - p - n - 1, HEX); /* "dapi…-2" of Azure */
		return p + n;
	}
	return 0;
}

static size_t match_fine_grained(const char *at, size_t len)
{
	static const char prefix[] = "github_pat_";
	const size_t p = sizeof(prefix) - 1, first = 22, second = 59;
	size_t n;

	if (len < p + first + 1 + second || strncasecmp(at, prefix, p) != 0 ||
	    span(at + p, first, ALNUM) < first || at[p + first] != '_')
		return 0;
	n = span(at + p + first + 1, len - p - first - 1, ALNUM);
	return n < second ? 0 : p + first + 1 + n;
}

/* ---- base64 ---- */

static int digit(char c)
{
	static const char digits[] = REDACT_BASE64;
	const char *at;

	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	at = c ? strchr(digits, c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* The i-th byte of what the digits at at stand for. */
static unsigned char decoded(const char *at, size_t i)
{
	size_t bit = 8 * i, first = bit / 6;

	return (unsigned char)((digit(at[first]) << 6 | digit(at[first + 1])) >> (4 - bit % 6));
}

/* Whether so many digits stand for text with a colon in it: "user:password". */
static bool is_pair(const char *at, size_t count)
{
	size_t n = 6 * count / 8;
	cleanup_free char *text = xmalloc(n + 1);
	bool pair;

	for (size_t i = 0; i < n; i++)
		text[i] = (char)decoded(at, i);
	pair = memchr(text, ':', n) && utf8_valid(text, n);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < 0x80 && utf8_is_control((unsigned char)text[i]))
			pair = false;
	explicit_bzero(text, n);
	return pair;
}

/* "Basic " and what it has been followed by since RFC 7617. */
static size_t match_basic(const char *at, size_t len, size_t *keep)
{
	static const char prefix[] = "Basic ";
	const size_t p = sizeof(prefix) - 1;
	size_t n;

	if (len < p || strncasecmp(at, prefix, p) != 0)
		return 0;
	n = span(at + p, len - p, BASE64);
	if (n < BASIC_MIN || !is_pair(at + p, n))
		return 0;
	*keep = p;
	return p + n + span(at + p + n, len - p - n, "=");
}

/* Whether the header of a JWT begins here: {"name": and so on. Looks at HEADER_MAX bytes of it. */
static bool is_header(const char *at, size_t len)
{
	unsigned char c, before = 0;

	for (size_t i = 0; i < HEADER_MAX; i++, before = c) {
		size_t first = 8 * i / 6;

		if (first + 1 >= len || digit(at[first]) < 0 || digit(at[first + 1]) < 0)
			return false;
		c = decoded(at, i);
		if (c < ' ' || c > '~' || (i < 2 && c != "{\""[i]))
			return false;
		if (before == '"' && c == ':')
			return true;
	}
	return false;
}

/*
 * Three base64url words joined by dots, the first being a header. When only the rest is missing,
 * *word_end is where the first word ends: no later part of it begins a JWT either, and a long word
 * is not to be read again from each "eyJ" in it.
 */
static size_t match_jwt(const char *at, size_t len, size_t *word_end)
{
	size_t n = 0;

	*word_end = 0;
	if (len < 3 || strncmp(at, "eyJ", 3) != 0 || !is_header(at, len))
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

/* ---- where the value is told by what stands around it ---- */

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

static bool behind(const char *text, size_t at, const char *word)
{
	size_t n = strlen(word);

	return at >= n && memcmp(text + at - n, word, n) == 0;
}

/* ---- all together ---- */

/* "Bearer " and "Basic " are to be seen; a token's own prefix is a part of it. */
static size_t match_b(const char *s, size_t len, size_t *keep)
{
	size_t n = match_basic(s, len, keep);

	if (n)
		return n;
	n = match_shape(s, len);
	*keep = n ? strcspn(s, " ") + 1 : 0;
	return n;
}

/* The length of the token shape that starts at offset at, 0 for none; the first *keep bytes of it
 * stay. Before *no_jwt, none begins. */
static size_t match(const char *text, size_t at, size_t len, size_t *keep, size_t *no_jwt)
{
	const char *s = text + at;
	size_t word_end = 0, n;

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
		return match_b(s, len, keep);
	case 'd':
	case 'D':
		return match_shape(s, len);
	case 'g':
	case 'G':
		n = match_shape(s, len);
		return n ? n : match_fine_grained(s, len);
	default:
		return 0;
	}
}

bool redact_find_shapes(const char *text, size_t len, bool *hide)
{
	size_t at = 0, no_jwt = 0, keep = 0, n;
	bool any = false;

	while (at < len) {
		n = match(text, at, len - at, &keep, &no_jwt);
		for (size_t i = at + keep; n && i < at + n; i++)
			hide[i] = true;
		if (n > 0)
			any = true;
		at += n ? n : 1;
	}
	return any;
}
