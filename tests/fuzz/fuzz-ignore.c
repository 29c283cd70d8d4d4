/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ignore files and a path, with record separators between them: .gitignore of the root,
 * .nbsyncignore of the root, .gitignore of the path's first folder, the path. Every pattern answers
 * as a slow and simple matcher does; below what is ignored everything is; comments change nothing;
 * two states with the same texts are the same; nobody can make it compute for long.
 */

#include "fuzz.h"

#include "filter/ignore.h"
#include "path/path.h"

#define SECONDS_MAX 5.0 /* of one input, with sanitizers; the usual one takes a millisecond */
#define SLOW_MAX    300 /* bytes of a pattern and of a path that the slow matcher is asked about */

/* ---- the slow matcher ---- */

/* What is known about "the pattern from i on matches the text from j on". */
struct slow {
	const char *p, *s;
	size_t plen, slen;
	signed char known[SLOW_MAX + 1][SLOW_MAX + 1]; /* 1 or 0; -1: not asked yet */
};

static bool slow_match(struct slow *m, size_t i, size_t j);

/* The byte matches the part of the pattern [i, end), which has no stars: a glob of its own. */
static bool part_matches(const struct slow *m, size_t i, size_t end, char c)
{
	const struct glob one = { .text = m->p + i, .len = (uint16_t)(end - i), .anchored = true };

	return glob_matches(&one, &c, 0, 1, false);
}

/* Where the part of the pattern that stands at i ends: a set, a quoted byte, or a byte. */
static size_t part_end(const struct slow *m, size_t i)
{
	size_t end = i + 1;

	if (m->p[i] == '\\')
		return i + 2;
	if (m->p[i] != '[')
		return end;
	end += end < m->plen && strchr("!^", m->p[end]);
	for (size_t first = end; end < m->plen && (m->p[end] != ']' || end == first); end++) {
		const char *close;

		if (m->p[end] == '\\') {
			end++;
		} else if (m->p[end] == '[' && end + 1 < m->plen && m->p[end + 1] == ':') {
			close = memchr(m->p + end + 2, ']', m->plen - end - 2);
			if (close && close > m->p + end + 2 && close[-1] == ':')
				end = (size_t)(close - m->p);
		} else if (m->p[end] == '-' && end > first && end + 1 < m->plen &&
			   m->p[end + 1] != ']') {
			end += m->p[end + 1] == '\\' ? 2 : 1;
		}
	}
	return end + 1;
}

static bool slow_stars(struct slow *m, size_t i, size_t j)
{
	size_t stars = 0, k;
	bool fenced = i == 0 || m->p[i - 1] == '/', slash;

	while (i < m->plen && m->p[i] == '*') {
		i++;
		stars++;
	}
	slash = i < m->plen && m->p[i] == '/';
	fenced &= stars > 1 && (i == m->plen || slash ||
				(m->p[i] == '\\' && i + 1 < m->plen && m->p[i + 1] == '/'));
	if (fenced && slash) {
		if (slow_match(m, i + 1, j))
			return true;
		for (k = j; k < m->slen; k++)
			if (m->s[k] == '/' && slow_match(m, i + 1, k + 1))
				return true;
		return false;
	}
	for (k = j;; k++) {
		if (slow_match(m, i, k))
			return true;
		if (k == m->slen || (!fenced && m->s[k] == '/'))
			return false;
	}
}

static bool slow_ask(struct slow *m, size_t i, size_t j)
{
	size_t end;

	if (i == m->plen)
		return j == m->slen;
	if (m->p[i] == '*')
		return slow_stars(m, i, j);
	end = part_end(m, i);
	return end <= m->plen && j < m->slen && part_matches(m, i, end, m->s[j]) &&
	       slow_match(m, end, j + 1);
}

static bool slow_match(struct slow *m, size_t i, size_t j)
{
	signed char *known = &m->known[i][j];

	if (*known < 0)
		*known = (signed char)slow_ask(m, i, j);
	return *known;
}

static void check_glob(const struct glob *g, const char *path, size_t len, bool folder)
{
	const char *base = path_base(path), *s = g->anchored ? path : base;
	size_t slen = (size_t)(path + len - s);
	struct slow *m;
	bool expected;

	if (g->len > SLOW_MAX || slen > SLOW_MAX)
		return;
	m = xmalloc(sizeof(*m));
	memset(m->known, -1, sizeof(m->known));
	m->p = g->text + g->literal;
	m->plen = (size_t)(g->len - g->literal);
	m->s = s + g->literal;
	m->slen = slen - g->literal;
	expected = (folder || !g->folders) && slen >= g->literal &&
		   memcmp(g->text, s, g->literal) == 0 && slow_match(m, 0, 0);
	MUST(glob_matches(g, path, (size_t)(base - path), len, folder) == expected);
	free(m);
}

static void check_globs(const char *text, size_t len, const char *path)
{
	struct glob g;

	for (const char *end = text + len; text < end;) {
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((stop ? stop : end) - text);

		if (n <= GLOB_LEN_MAX && glob_parse(&g, text, n)) {
			MUST(g.len > 0 && g.literal <= g.len);
			MUST(g.text >= text && g.text + g.len <= text + n);
			check_glob(&g, path, strlen(path), false);
			check_glob(&g, path, strlen(path), true);
		}
		text += n + 1;
	}
}

/* ---- the rules ---- */

/* Takes a file's content; what cannot be taken becomes a problem, as ignore_load.c has it. */
static void add(struct ignore *g, const char *folder, enum ignore_kind kind, const char *text,
		size_t len)
{
	const struct ignore none = { 0 };
	const struct ignore_source source = { .folder = folder, .kind = kind };
	struct err e = ERR_INIT;
	const struct ignore_file *f;
	int r = ignore_add(g, &source, text, len, &e);
	size_t kept = 0;

	MUST(r == 0 || (r == ERR_INVALID && fuzz_is_sentence(e.text)));
	if (r)
		ignore_add_problem(g, &none, &source, e.text);
	f = ignore_find(g, folder, kind);
	MUST(f && !f->problem == !r);
	MUST(r || (memcmp(ignore_text(f, &kept), text, len) == 0 && kept == len));
}

/* The same text with a comment in front of each line says the same. */
static void add_with_comments(struct ignore *g, const char *folder, enum ignore_kind kind,
			      const char *text, size_t len)
{
	cleanup_buf struct buf more = BUF_INIT(FUZZ_OUT_MAX);
	size_t start = len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	buf_add_str(&more, "# comment\n\n");
	for (size_t i = start; i < len; i++) {
		buf_add_char(&more, text[i]);
		if (text[i] == '\n')
			buf_add_str(&more, "#!*\n\n   \n");
	}
	add(g, folder, kind, buf_str(&more), more.len);
}

static void check_verdicts(const struct ignore *g, const struct ignore *commented, const char *path)
{
	enum ignore_verdict verdict = ignore_path(g, path, false), above;
	cleanup_free char *dir = path_dir(path);
	const char *ext = path_ext(path_base(path));

	MUST(ignore_path(commented, path, false) == verdict);
	MUST(ignore_path(commented, path, true) == ignore_path(g, path, true));
	MUST(ignore_notebook(g, path, strlen(path)) == verdict);
	ignore_notebook(g, path, strlen(path) - strlen(ext));
	if (!*dir)
		return;
	above = ignore_path(g, dir, true);
	if (above == IGNORE_MATCHED)
		MUST(verdict == IGNORE_MATCHED && ignore_path(g, path, true) == IGNORE_MATCHED);
	check_verdicts(g, commented, dir);
}

static void check_copies(const struct ignore *g, const char *path)
{
	struct ignore copy = { 0 };

	ignore_share_below(&copy, g, "");
	MUST(ignore_same(g, &copy) && ignore_same(&copy, g));
	MUST(copy.files == g->files && copy.patterns == g->patterns);
	MUST(ignore_path(&copy, path, false) == ignore_path(g, path, false));
	ignore_release(&copy);
}

static void check_state(char *const *texts, const size_t *lens, const char *path)
{
	static const enum ignore_kind kinds[] = { IGNORE_GIT, IGNORE_NBSYNC, IGNORE_GIT };
	cleanup_free char *first = xstrndup(path, strcspn(path, "/"));
	struct ignore g = { 0 }, commented = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		const char *folder = i < 2 ? "" : first;

		add(&g, folder, kinds[i], texts[i], lens[i]);
		add_with_comments(&commented, folder, kinds[i], texts[i], lens[i]);
		check_globs(texts[i], lens[i], path);
	}
	check_verdicts(&g, &commented, path);
	check_copies(&g, path);
	ignore_release(&g);
	ignore_release(&commented);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	double began = fuzz_cpu_seconds();
	char *texts[4];
	size_t lens[4];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		const uint8_t *rest;
		size_t rest_len, n = fuzz_split(data, len, &rest, &rest_len);

		texts[i] = xcalloc(1, n + 1);
		memcpy(texts[i], data, n);
		lens[i] = n;
		data = rest;
		len = rest_len;
	}
	if (path_check(texts[3], NULL) == 0) {
		check_state(texts, lens, texts[3]);
		glob_list_matches(texts[0], texts[3]);
		MUST(fuzz_cpu_seconds() - began < SECONDS_MAX);
	}
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(texts[i]);
	return 0;
}
