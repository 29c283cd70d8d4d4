/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which characters may stand in the path of a Git URL. One table decides, and says why.
 *
 * A character is refused when some server or proxy gives it a meaning (so that what it serves is not
 * what was compared), or when no forge needs it. What real names need is allowed: GitHub, GitLab and
 * Gitea use letters, digits and "-_."; Bitbucket Server and SourceHut "~user"; Launchpad "+git";
 * gitolite "@" and "+"; Azure DevOps projects blanks and "!&'()^`" (its naming restrictions exclude
 * / : \ * ? " < > | ; # $ { } , + = [ ]; of the rest, '%' cannot be allowed here: a project of such
 * a name is reached by its id, which may stand in the URL in place of the name).
 *
 * Encoded and raw are decided alike, because servers decode: the exceptions are characters that a URL
 * holds only encoded, and those that are never encoded for a good reason (letters, "-._~").
 */

#include <string.h>

#include "base/utf8.h"
#include "policy/git_url_internal.h"

#define Y true
#define N false

static const struct url_char table[] = {
	{ ' ', N, Y, "Azure DevOps; inside a segment only, as Windows drops it at the end" },
	{ '!', Y, Y, "Azure DevOps; no server reads it specially" },
	{ '"', N, N, "which no file on Windows and no forge has in a name" },
	{ '#', N, N, "where a URL that is decoded and parsed again ends" },
	{ '$', N, N, "which names NTFS streams and variables of rewriting rules" },
	{ '%', N, N, "which a server that decodes twice takes for another encoding" },
	{ '&', Y, Y, "Azure DevOps; in a rewritten query harmless without '='" },
	{ '\'', Y, Y, "Azure DevOps; no server reads it specially" },
	{ '(', Y, Y, "Azure DevOps; but not '(X(', which ASP.NET cuts out" },
	{ ')', Y, Y, "Azure DevOps" },
	{ '*', N, N, "a wildcard, which entries do not have: end one in '/' to allow all below" },
	{ '+', Y, Y, "Launchpad, gitolite; as a blank, which some take it for, harmless inside" },
	{ ',', N, N, "which separates parameters of a path segment (RFC 3986, 3.3)" },
	{ '-', Y, N, "everywhere" },
	{ '.', Y, N, "everywhere; see the rules for segments" },
	{ '/', Y, N, "which some servers decode to a separator of segments" },
	{ ':', N, N, "which names drives and streams on Windows ('.git::$INDEX_ALLOCATION')" },
	{ ';', N, N, "where Tomcat and its like end a segment before they read '..'" },
	{ '<', N, N, "which is a wildcard of the Windows file API" },
	{ '=', N, N, "which gives values to parameters of a segment or a rewritten query" },
	{ '>', N, N, "which is a wildcard of the Windows file API" },
	{ '?', N, N, "where a URL that is decoded and parsed again begins its query" },
	{ '@', Y, Y, "gitolite, folders of users; it ends a user name only before the first '/'" },
	{ '[', N, N, "which globs and some URL parsers read specially" },
	{ '\\', N, N, "which IIS, browsers and Node take for '/'" },
	{ ']', N, N, "which globs and some URL parsers read specially" },
	{ '^', N, Y, "Azure DevOps; no server reads it specially" },
	{ '_', Y, N, "everywhere" },
	{ '`', N, Y, "Azure DevOps; no server reads it specially" },
	{ '{', N, N, "which templates and globs read specially" },
	{ '|', N, N, "which no file on Windows and no forge has in a name" },
	{ '}', N, N, "which templates and globs read specially" },
	{ '~', Y, N, "Bitbucket Server, SourceHut; but not 'git~1', the short name of '.git'" },
};

#undef Y
#undef N

/*
 * Code points outside ASCII that are refused, within the first 65536; beyond those all are (Azure
 * DevOps excludes them, and forges of other kinds have ASCII only). They are what compatibility
 * normalisation (NFKC) or the "best fit" of Windows code pages turns into ASCII punctuation, what
 * programs drop (format characters, fillers), blanks, private use: U+2025 becomes "..", U+FF0F '/',
 * U+037E ';'. Whole blocks of punctuation and symbols are in it, except for dashes.
 * tests/e2e/test_policy.py compares it with Python's Unicode tables.
 */
static const struct {
	uint16_t first, last;
} odd[] = {
	{ 0x0080, 0x00A9 }, { 0x00AB, 0x00B4 }, { 0x00B6, 0x00B9 }, { 0x00BB, 0x00BF },
	{ 0x00D7, 0x00D7 }, { 0x00F7, 0x00F7 }, { 0x02D8, 0x02DD }, { 0x034F, 0x034F },
	{ 0x037A, 0x037A }, { 0x037E, 0x037E }, { 0x0384, 0x0387 }, { 0x0589, 0x058A },
	{ 0x0600, 0x061F }, { 0x066A, 0x066D }, { 0x06D4, 0x06D4 }, { 0x06DD, 0x06DD },
	{ 0x0700, 0x070F }, { 0x0890, 0x0891 }, { 0x08E2, 0x08E2 }, { 0x115F, 0x1160 },
	{ 0x1680, 0x1680 }, { 0x17B4, 0x17B5 }, { 0x180B, 0x180F }, { 0x1FBD, 0x1FC1 },
	{ 0x1FCD, 0x1FCF }, { 0x1FDD, 0x1FDF }, { 0x1FED, 0x1FEF }, { 0x1FFD, 0x200F },
	{ 0x2016, 0x2BFF }, { 0x2E00, 0x2E7F }, { 0x2FF0, 0x3004 }, { 0x3008, 0x3020 },
	{ 0x3030, 0x3037 }, { 0x303D, 0x303F }, { 0x309B, 0x309C }, { 0x30A0, 0x30A0 },
	{ 0x30FB, 0x30FB }, { 0x3164, 0x3164 }, { 0x3200, 0x33FF }, { 0xA700, 0xA721 },
	{ 0xA789, 0xA78A }, { 0xD800, 0xF8FF }, { 0xFB00, 0xFFFF },
};

const struct url_char *url_char_row(unsigned char c)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].c == (char)c)
			return &table[i];
	return NULL;
}

enum git_url_problem url_chars_check(struct git_url_fault *f, struct span s)
{
	static const char rest[] = "a URL has only printable ASCII without \\ \" < > ^ ` { | }";

	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c == ' ')
			return git_url_refuse(f, GIT_URL_BAD_BYTE, "contains a space; %s", rest);
		if (c < 0x21 || c > 0x7E)
			return git_url_refuse(f, GIT_URL_BAD_BYTE, "contains the byte 0x%02x; %s",
					      c, rest);
		if (strchr("\\\"<>^`{|}", c))
			return git_url_refuse(f, GIT_URL_BAD_BYTE, "contains '%c'; %s", c, rest);
		if (c == '?' || c == '#')
			return git_url_fail(f, GIT_URL_QUERY);
	}
	return GIT_URL_OK;
}

/* s starts with '%'. */
static enum git_url_problem take_encoded(struct git_url_fault *f, struct span s, char *plain)
{
	int high = s.len > 1 ? hex_digit(s.at[1]) : -1;
	int low = s.len > 2 ? hex_digit(s.at[2]) : -1;
	int value = high * 16 + low;
	const struct url_char *row;

	if (high < 0 || low < 0)
		return git_url_refuse(f, GIT_URL_ENCODING,
				      "contains a '%%' that two hexadecimal digits do not follow");
	*plain = (char)value;
	if (value >= 0x80)
		return GIT_URL_OK; /* url_unicode_check() sees it whole */
	if (value < 0x20 || value == 0x7F)
		return git_url_refuse(f, GIT_URL_ENCODING, "contains '%%%02X', a control character",
				      (unsigned)value);
	row = url_char_row((unsigned char)value);
	if (!row || (row->raw && !row->encoded && value != '/'))
		return git_url_refuse(f, GIT_URL_ENCODING,
				      "contains '%%%02X', which is written '%c' without need to "
				      "encode it",
				      (unsigned)value, *plain);
	if (!row->encoded)
		return git_url_refuse(f, GIT_URL_ENCODING, "contains '%%%02X', an encoded '%c', %s",
				      (unsigned)value, *plain, row->why);
	return GIT_URL_OK;
}

enum git_url_problem url_char_take(struct git_url_fault *f, struct span *s, struct buf *path,
				   char *plain)
{
	const struct url_char *row;

	*plain = *s->at;
	if (*plain == '%') {
		enum git_url_problem problem = take_encoded(f, *s, plain);

		if (problem)
			return problem;
		buf_addf(path, "%%%02X", (unsigned char)*plain);
		span_skip(s, 3);
		return GIT_URL_OK;
	}
	row = url_char_row((unsigned char)*plain);
	if (row ? !row->raw : !is_alnum(*plain))
		return git_url_refuse(f, GIT_URL_CHARACTER, "contains '%c' in its path, %s", *plain,
				      row ? row->why : "which is not ASCII");
	buf_add_char(path, *plain);
	span_skip(s, 1);
	return GIT_URL_OK;
}

static bool is_odd(uint32_t cp)
{
	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		if (cp >= odd[i].first && cp <= odd[i].last)
			return true;
	return cp > 0xFFFF;
}

enum git_url_problem url_unicode_check(struct git_url_fault *f, struct span plain)
{
	while (plain.len > 0) {
		uint32_t cp;
		size_t n = utf8_decode(plain.at, plain.len, &cp);

		/* Old servers decode overlong forms of '/' and '.' that no valid text contains. */
		if (n == 0)
			return git_url_refuse(f, GIT_URL_ENCODING,
					      "contains percent-encodings that are not UTF-8");
		if (cp >= 0x80 && is_odd(cp))
			return git_url_refuse(f, GIT_URL_ENCODING,
					      "contains the character U+%04X in its path, which "
					      "some systems drop or take for another",
					      cp);
		span_skip(&plain, n);
	}
	return GIT_URL_OK;
}

bool span_is(struct span s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.at, word, s.len) == 0;
}

bool span_ends(struct span s, const char *word)
{
	size_t n = strlen(word);

	return s.len >= n && strncasecmp(s.at + s.len - n, word, n) == 0;
}
