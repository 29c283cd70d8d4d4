/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One gitignore pattern against one path.
 *
 * Ignore files may come from a repository that strangers write to, so matching never backtracks
 * further than two places: the last '*' and the last '**'. More is not needed. Whatever stands
 * between two stars has a fixed length and, for '*', lies in one component; its leftmost match
 * leaves the most to the star behind it, so a match further right can only do worse.
 */

#include "filter/glob.h"

#include <ctype.h>
#include <string.h>

#include "base/util.h"

/* ---- sets ---- */

static const struct {
	const char *name;
	int (*has)(int c);
} classes[] = {
	{ "alnum", isalnum }, { "alpha", isalpha }, { "blank", isblank }, { "cntrl", iscntrl },
	{ "digit", isdigit }, { "graph", isgraph }, { "lower", islower }, { "print", isprint },
	{ "punct", ispunct }, { "space", isspace }, { "upper", isupper }, { "xdigit", isxdigit },
};

/* A set being read. */
struct set {
	const char *p, *end;
	unsigned char c; /* what is looked for */
	bool hit;
	int before; /* the single byte before p, which a range could start from; -1: none */
};

/* "[:alpha:]" at p. False when it is not of this form, and then just bytes; *bad when there is no
 * such class. */
static bool set_class(struct set *set, bool *bad)
{
	const char *name = set->p + 2, *close;
	size_t left = (size_t)(set->end - set->p), len;

	if (left < 2 || set->p[0] != '[' || set->p[1] != ':')
		return false;
	close = memchr(name, ']', left - 2);
	if (!close || close == name || close[-1] != ':')
		return false;
	len = (size_t)(close - 1 - name);
	*bad = true;
	for (size_t i = 0; i < ARRAY_SIZE(classes); i++) {
		if (strlen(classes[i].name) != len || memcmp(classes[i].name, name, len) != 0)
			continue;
		set->hit |= set->c < 128 && classes[i].has(set->c);
		*bad = false;
	}
	set->p = close + 1;
	set->before = -1;
	return true;
}

/* One byte, possibly quoted, or the end of a range. False when the set ends within it. */
static bool set_byte(struct set *set)
{
	bool range = *set->p == '-' && set->before >= 0 && set->p + 1 < set->end &&
		     set->p[1] != ']';
	unsigned char c;

	set->p += range;
	set->p += *set->p == '\\';
	if (set->p >= set->end)
		return false;
	c = (unsigned char)*set->p++;
	set->hit |= range ? set->before <= set->c && set->c <= c : set->c == c;
	set->before = range ? -1 : c;
	return true;
}

/* Matches the set at *p against c and moves *p behind it. A ']' in the first place is a byte. */
static bool match_set(const char **p, const char *end, char c)
{
	bool negated = *p + 1 < end && ((*p)[1] == '!' || (*p)[1] == '^'), bad = false;
	const char *first = *p + 1 + negated;
	struct set set = { .p = first, .end = end, .c = (unsigned char)c, .before = -1 };

	while (set.p < end && (*set.p != ']' || set.p == first))
		if (!set_class(&set, &bad) && !set_byte(&set))
			return false;
	if (set.p >= end || bad)
		return false;
	*p = set.p + 1;
	return c != '/' && set.hit != negated;
}

/* ---- matching ---- */

/* A star and how much of the text it has taken so far. */
struct star {
	const char *p; /* behind it; NULL: there is none */
	const char *s;
	bool folders; /* "**" and "/": takes nothing, or whole components */
};

struct matcher {
	const char *start, *p, *end; /* pattern */
	const char *s, *send;        /* text */
	struct star one, deep;       /* the last '*' behind the last '**', and that */
};

/* Reads the stars at p. Two and more are '**' when alone between slashes or ends, else one '*'. */
static void read_stars(struct matcher *m)
{
	const char *p = m->p;
	bool fenced = p == m->start || p[-1] == '/';
	struct star star = { 0 };

	while (p < m->end && *p == '*')
		p++;
	fenced &= p - m->p > 1 &&
		  (p == m->end || *p == '/' || (*p == '\\' && p + 1 < m->end && p[1] == '/'));
	star.folders = fenced && p < m->end && *p == '/';
	m->p = star.p = p + star.folders;
	star.s = m->s;
	m->one = fenced ? (struct star){ 0 } : star;
	if (fenced)
		m->deep = star;
}

/* What stands at p does not match at s: lets the last star that can take more. */
static bool retry(struct matcher *m)
{
	const char *slash;

	if (m->one.p && m->one.s < m->send && *m->one.s != '/') {
		m->s = ++m->one.s;
		m->p = m->one.p;
		return true;
	}
	m->one.p = NULL;
	if (!m->deep.p || m->deep.s >= m->send)
		return false;
	if (m->deep.folders) {
		slash = memchr(m->deep.s, '/', (size_t)(m->send - m->deep.s));
		if (!slash)
			return false;
		m->deep.s = slash;
	}
	m->s = ++m->deep.s;
	m->p = m->deep.p;
	return true;
}

/* One byte of text against what stands at p, which is no star; moves both. */
static bool match_one(struct matcher *m)
{
	if (*m->p == '[')
		return match_set(&m->p, m->end, *m->s++);
	if (*m->p == '?') {
		m->p++;
		return *m->s++ != '/';
	}
	m->p += *m->p == '\\';
	return m->p < m->end && *m->p++ == *m->s++;
}

static bool match(const char *p, const char *end, const char *s, const char *send)
{
	struct matcher m = { .start = p, .p = p, .end = end, .s = s, .send = send };

	for (;;) {
		if (m.p < m.end && *m.p == '*') {
			read_stars(&m);
		} else if (m.p < m.end && m.s == m.send) {
			return false; /* and a star that takes more leaves still less */
		} else if (m.p == m.end && m.s == m.send) {
			return true;
		} else if (m.p == m.end || !match_one(&m)) {
			if (!retry(&m))
				return false;
		}
	}
}

/* ---- patterns ---- */

/* Cuts spaces at the end, but for quoted ones. */
static size_t trimmed(const char *line, size_t len)
{
	size_t end = 0;

	for (size_t i = 0; i < len; i++) {
		bool quoted = line[i] == '\\';

		i += quoted;
		if (i == len)
			return len;
		if (quoted || line[i] != ' ')
			end = i + 1;
	}
	return end;
}

bool glob_parse_bare(struct glob *out, const char *text, size_t len)
{
	*out = (struct glob){ .text = text };
	if (len && text[len - 1] == '/') {
		out->folders = true;
		len--;
	}
	out->anchored = memchr(text, '/', len) != NULL;
	if (len && *text == '/') {
		out->text++;
		len--;
	}
	out->len = (uint16_t)len;
	while (out->literal < len && !strchr("*?[\\", out->text[out->literal]))
		out->literal++;
	return len > 0;
}

bool glob_parse(struct glob *out, const char *line, size_t len)
{
	bool negated;

	len = strnlen(line, len);
	if (!len || *line == '#')
		return false;
	len = trimmed(line, len);
	negated = len && *line == '!';
	if (!glob_parse_bare(out, line + negated, len - negated))
		return false;
	out->negated = negated;
	return true;
}

bool glob_matches(const struct glob *g, const char *path, size_t name, size_t len, bool folder)
{
	const char *s = g->anchored ? path : path + name, *end = path + len;
	size_t left = (size_t)(end - s);

	if (g->folders && !folder)
		return false;
	if (g->literal > left || memcmp(g->text, s, g->literal) != 0)
		return false;
	if (g->literal == g->len)
		return left == g->len;
	/* As in Git, a '**' that follows the literal part stands at the start of what is left. */
	return match(g->text + g->literal, g->text + g->len, s + g->literal, end);
}

/* One pattern against the path itself and each folder above it. */
static bool matches_within(const struct glob *g, const char *path)
{
	size_t len = strlen(path), name = 0;

	for (size_t i = 0; i <= len; i++) {
		if (i < len && path[i] != '/')
			continue;
		if (glob_matches(g, path, name, i, i < len))
			return true;
		name = i + 1;
	}
	return false;
}

bool glob_list_matches(const char *patterns, const char *path)
{
	struct glob g;

	for (const char *p = patterns; p && *p;) {
		size_t len = strcspn(p, ","), n = len;
		const char *from = p;

		while (n && isspace((unsigned char)*from)) {
			from++;
			n--;
		}
		while (n && isspace((unsigned char)from[n - 1]))
			n--;
		if (n && n <= GLOB_LEN_MAX && glob_parse_bare(&g, from, n) &&
		    matches_within(&g, path))
			return true;
		p += len + (p[len] == ',');
	}
	return false;
}
