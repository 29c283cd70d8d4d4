/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path of a Git URL, segment by segment. A segment is refused when some server could read it as
 * none, as "." or "..", or as a place inside a repository: what was compared would not be what is
 * served. Servers decode, cut, trim and add ".git", so what remains of a segment when all of that
 * is taken off must not be empty.
 *
 * Nothing is mended here but one final '/' and the case of hex digits. No file is looked at.
 */

#include <string.h>

#include "policy/git_url_internal.h"

/* The segment without what is not ASCII (accents may be dropped) and without what is, or may be read
 * as, blanks in front of it. copy has room for it. */
static struct span ascii_of(struct span plain, char *copy)
{
	struct span ascii = { copy, 0 };

	for (size_t i = 0; i < plain.len; i++)
		if ((unsigned char)plain.at[i] < 0x80)
			copy[ascii.len++] = plain.at[i];
	while (ascii.len > 0 && strchr(" +", *ascii.at))
		span_skip(&ascii, 1);
	return ascii;
}

static void trim_end(struct span *s)
{
	while (s->len > 0 && strchr(". +", s->at[s->len - 1]))
		s->len--;
}

static bool is_blank(struct span s)
{
	while (s.len > 0 && strchr(" +", *s.at))
		span_skip(&s, 1);
	return s.len == 0;
}

/* Whether the segment is made of dots, blanks and ".git" alone: "...", "..git" (without ".git" it is
 * "."), "...git", ".git.git", ".+.". A plain ".git" is the folder in front of it as a repository. */
static bool is_hollow(struct span plain)
{
	char copy[GIT_URL_MAX];
	struct span ascii;

	if (span_is(plain, ".git"))
		return false;
	if (span_ends(plain, ".git"))
		plain.len -= strlen(".git");
	ascii = ascii_of(plain, copy);
	for (trim_end(&ascii); span_ends(ascii, ".git"); trim_end(&ascii))
		ascii.len -= strlen(".git");
	if (ascii.len > 0)
		return false;
	/* Letters of another script alone are a name; with dots beside them, a server that drops
	 * the letters would see only dots. */
	return memchr(plain.at, '.', plain.len) || is_blank(plain);
}

/* A combining accent (U+0300 to U+036F) at the beginning combines with nothing, and some systems
 * drop it. */
static bool begins_with_accent(struct span plain)
{
	unsigned char lead = (unsigned char)*plain.at;

	return lead == 0xCC || (lead == 0xCD && (unsigned char)plain.at[1] < 0xB0);
}

/* Git's own words behind a repository's path: what stands in front of them is the repository. */
static bool is_service(struct span plain)
{
	return span_is(plain, "git-upload-pack") || span_is(plain, "git-receive-pack") ||
	       span_is(plain, "git-upload-archive");
}

/* "git~1": how Windows shortens ".git". */
static bool is_short_dotgit(struct span ascii)
{
	return ascii.len > 4 && span_is((struct span){ ascii.at, 4 }, "git~") &&
	       is_digit(ascii.at[4]);
}

/* "(S(anything))": ASP.NET takes such a session id out of a path, and joins what is around it. */
static bool has_session_id(struct span ascii)
{
	for (size_t i = 0; i + 2 < ascii.len; i++)
		if (ascii.at[i] == '(' && is_alpha(ascii.at[i + 1]) && ascii.at[i + 2] == '(')
			return true;
	return false;
}

static bool ends_in_dotgit(struct span ascii)
{
	trim_end(&ascii);
	return span_ends(ascii, ".git");
}

static const char *find_fault(struct span plain, struct span before, bool last)
{
	char copy[GIT_URL_MAX];
	struct span ascii = ascii_of(plain, copy);

	if (plain.len == 0)
		return "has an empty segment in its path ('//'), which some servers leave out";
	if (span_is(plain, ".") || span_is(plain, ".."))
		return "has the segment '.' or '..' in its path, which leads elsewhere";
	if (is_hollow(plain) || begins_with_accent(plain))
		return "has a segment in its path that is only dots, blanks and '.git', which some "
		       "servers take for '.' or '..'";
	if (*plain.at == ' ' || strchr(" .", plain.at[plain.len - 1]))
		return "has a segment in its path that begins with a blank or ends in a blank or a "
		       "dot, which some servers drop";
	if (is_short_dotgit(ascii))
		return "has the segment 'git~1' in its path, which is '.git' on Windows";
	if (has_session_id(ascii))
		return "has '(X(' in its path, which ASP.NET takes for a session's id and cuts out";
	if (!last && ends_in_dotgit(ascii))
		return "goes on behind '.git': it leads into a repository, not to one";
	if (is_service(plain) || (span_is(plain, "refs") && span_is(before, "info")))
		return "names one of Git's services; the URL of the repository ends in front of it";
	return NULL;
}

/* Appends "/segment" to path, and what it decodes to, with its slash, to plain. */
static enum git_url_problem add_segment(struct git_url_fault *f, struct buf *path,
					struct buf *plain, struct span s)
{
	buf_add_char(path, '/');
	buf_add_char(plain, '/');
	while (s.len > 0) {
		char c;
		enum git_url_problem problem = url_char_take(f, &s, path, &c);

		if (problem)
			return problem;
		buf_add_char(plain, c);
	}
	return GIT_URL_OK;
}

/* plain is "" or "/segment/segment", decoded; no decoded character is a '/'. */
static enum git_url_problem check_segments(struct git_url_fault *f, struct span plain)
{
	struct span before = { "", 0 };

	while (plain.len > 0) {
		struct span segment;
		const char *fault;

		span_skip(&plain, 1);
		segment = span_cut(&plain, '/');
		fault = find_fault(segment, before, plain.len == 0);
		if (fault)
			return git_url_refuse(f, GIT_URL_PATH, "%s", fault);
		before = segment;
	}
	return GIT_URL_OK;
}

enum git_url_problem git_url_parse_path(struct git_url_fault *f, char **out, struct span s)
{
	cleanup_buf struct buf path = BUF_INIT(GIT_URL_MAX);
	cleanup_buf struct buf plain = BUF_INIT(GIT_URL_MAX);
	enum git_url_problem problem = GIT_URL_OK;

	if (s.len > 0 && s.at[s.len - 1] == '/')
		s.len--;
	while (s.len > 0 && !problem) {
		span_skip(&s, 1);
		problem = add_segment(f, &path, &plain, span_cut(&s, '/'));
	}
	if (!problem)
		problem = url_unicode_check(f, (struct span){ buf_str(&plain), plain.len });
	if (!problem)
		problem = check_segments(f, (struct span){ buf_str(&plain), plain.len });
	if (!problem)
		*out = buf_steal(&path, NULL);
	return problem;
}
