/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules of nested ignore files.
 *
 * libgit2 has a matcher of its own (git_ignore_path_is_ignored), but it wants a repository with a
 * working directory around the files and takes rules from elsewhere only for the root. Our files
 * lie in a directory that need be no repository, or in a tree that nobody checked out, and
 * .nbsyncignore is not known to it. So the order of rules is decided here, and compared with the
 * real git check-ignore in tests.
 *
 * A file's text is parsed once and shared by all states it is part of: a look builds the next state
 * beside the one in force, and most files did not change.
 */

#include "filter/ignore.h"

#include <stdlib.h>
#include <string.h>

#include "base/span.h"
#include "path/path.h"

const char *const ignore_names[IGNORE_KINDS] = { ".gitignore", ".nbsyncignore" };

struct ignore_rules {
	unsigned refs;
	char *text; /* owned; globs borrow from it */
	size_t len;
	struct glob *globs; /* owned; in the order of the file */
	size_t count, cap;
};

bool ignore_is_name(const char *path, enum ignore_kind *kind)
{
	const char *name = path_base(path);

	for (enum ignore_kind k = 0; k < IGNORE_KINDS; k++) {
		if (!str_eq(name, ignore_names[k]))
			continue;
		if (kind)
			*kind = k;
		return true;
	}
	return false;
}

/* ---- one file ---- */

static void rules_release(struct ignore_rules *rules)
{
	if (!rules || --rules->refs)
		return;
	free(rules->text);
	free(rules->globs);
	free(rules);
}

static struct ignore_rules *rules_hold(struct ignore_rules *rules)
{
	if (rules)
		rules->refs++;
	return rules;
}

static int parse_line(struct ignore_rules *rules, const char *line, size_t len, size_t number,
		      size_t max, struct err *e)
{
	struct glob glob;

	if (len && line[len - 1] == '\r')
		len--;
	if (len > GLOB_LEN_MAX && *line != '#')
		return err_set(e, ERR_INVALID, "line %zu is longer than %d bytes", number,
			       GLOB_LEN_MAX);
	if (len > GLOB_LEN_MAX || !glob_parse(&glob, line, len))
		return ERR_OK;
	if (rules->count >= max)
		return err_set(e, ERR_INVALID, "the ignore files have more than %d patterns",
			       IGNORE_PATTERNS_MAX);
	rules->globs = array_grow(rules->globs, rules->count, &rules->cap, sizeof(glob));
	rules->globs[rules->count++] = glob;
	return ERR_OK;
}

static int rules_parse(struct ignore_rules *rules, size_t max, struct err *e)
{
	const char *line = rules->text, *end = rules->text + rules->len;
	size_t number = 0;

	line += rules->len >= 3 && memcmp(line, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	while (line < end) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((stop ? stop : end) - line);
		int r = parse_line(rules, line, len, ++number, max, e);

		if (r)
			return r;
		line += len + (stop != NULL);
	}
	return ERR_OK;
}

/* ---- the state ---- */

static void file_release(struct ignore_file *f)
{
	rules_release(f->rules);
	free(f->problem);
}

void ignore_release(struct ignore *g)
{
	for (size_t i = 0; i < g->count; i++) {
		for (enum ignore_kind k = 0; k < IGNORE_KINDS; k++)
			file_release(&g->folders[i].file[k]);
		free(g->folders[i].path);
	}
	free(g->folders);
	*g = (struct ignore){ 0 };
}

/* strcmp() of a path that ends after len bytes. */
static int compare_folder(const void *key, const void *item)
{
	const struct span *path = key;
	const struct ignore_folder *folder = item;
	int order = strncmp(path->at, folder->path, path->len);

	return order ? order : -(folder->path[path->len] != '\0');
}

/* The index of a folder, or where it belongs. */
static size_t find(const struct ignore *g, const char *folder, size_t len, bool *found)
{
	const struct span path = { folder, len };

	return array_find(&path, g->folders, g->count, sizeof(*g->folders), compare_folder, found);
}

/* Puts a file that is not there yet into its place. */
static void put(struct ignore *g, const char *folder, enum ignore_kind kind,
		struct ignore_file file)
{
	bool found;
	size_t at = find(g, folder, strlen(folder), &found);

	if (!found) {
		g->folders = array_grow(g->folders, g->count, &g->cap, sizeof(*g->folders));
		memmove(&g->folders[at + 1], &g->folders[at],
			(g->count - at) * sizeof(*g->folders));
		g->folders[at] = (struct ignore_folder){ .path = xstrdup(folder) };
		g->count++;
	}
	g->folders[at].file[kind] = file;
	g->files++;
	g->patterns += file.rules ? file.rules->count : 0;
}

int ignore_add(struct ignore *g, const struct ignore_source *source, const char *text, size_t len,
	       struct err *e)
{
	size_t room = g->patterns < IGNORE_PATTERNS_MAX ? IGNORE_PATTERNS_MAX - g->patterns : 0;
	struct ignore_file file = { .stamp = source->stamp };
	int r;

	if (len > IGNORE_FILE_MAX)
		return err_set(e, ERR_INVALID, "it has more than %zu bytes", IGNORE_FILE_MAX);
	if (g->files >= IGNORE_FILES_MAX)
		return err_set(e, ERR_INVALID, "there are more than %d ignore files",
			       IGNORE_FILES_MAX);
	file.rules = xcalloc(1, sizeof(*file.rules));
	*file.rules = (struct ignore_rules){ .refs = 1, .text = xmemdup(text, len), .len = len };
	r = rules_parse(file.rules, room, e);
	if (r)
		rules_release(file.rules);
	else
		put(g, source->folder, source->kind, file);
	return r;
}

const struct ignore_file *ignore_find(const struct ignore *g, const char *folder,
				      enum ignore_kind kind)
{
	bool found;
	size_t at = find(g, folder, strlen(folder), &found);
	const struct ignore_file *f = found ? &g->folders[at].file[kind] : NULL;

	return f && (f->rules || f->problem) ? f : NULL;
}

void ignore_add_problem(struct ignore *g, const struct ignore *from,
			const struct ignore_source *source, const char *sentence)
{
	const struct ignore_file *old = ignore_find(from, source->folder, source->kind);

	put(g, source->folder, source->kind,
	    (struct ignore_file){ old ? rules_hold(old->rules) : NULL, source->stamp,
				  xstrdup(sentence) });
}

void ignore_share(struct ignore *g, const struct ignore *from, const char *folder,
		  enum ignore_kind kind)
{
	const struct ignore_file *f = ignore_find(from, folder, kind);

	if (f)
		put(g, folder, kind,
		    (struct ignore_file){ rules_hold(f->rules), f->stamp, xstrdup(f->problem) });
}

void ignore_share_below(struct ignore *g, const struct ignore *from, const char *folder)
{
	for (size_t i = 0; i < from->count; i++) {
		const char *path = from->folders[i].path;

		if (!str_eq(path, folder) && !path_is_below(path, folder))
			continue;
		for (enum ignore_kind k = 0; k < IGNORE_KINDS; k++)
			ignore_share(g, from, path, k);
	}
}

const char *ignore_text(const struct ignore_file *f, size_t *len)
{
	if (!f->rules)
		return NULL;
	*len = f->rules->len;
	return f->rules->text;
}

static bool same_file(const struct ignore_file *a, const struct ignore_file *b)
{
	if (a->rules == b->rules)
		return a->rules || !a->problem == !b->problem;
	return a->rules && b->rules && a->rules->len == b->rules->len &&
	       memcmp(a->rules->text, b->rules->text, a->rules->len) == 0;
}

bool ignore_same(const struct ignore *a, const struct ignore *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		if (!str_eq(a->folders[i].path, b->folders[i].path))
			return false;
		for (enum ignore_kind k = 0; k < IGNORE_KINDS; k++)
			if (!same_file(&a->folders[i].file[k], &b->folders[i].file[k]))
				return false;
	}
	return true;
}

/* ---- the answer ---- */

/* The folders above a path that have rules, from the root down. */
struct chain {
	const struct ignore_folder *at[PATH_DEPTH_MAX + 1];
	size_t count;
	bool unknown;
};

static void chain_add(struct chain *c, const struct ignore *g, const char *path, size_t len)
{
	bool found;
	size_t at = find(g, path, len, &found);

	if (!found || c->count == ARRAY_SIZE(c->at))
		return;
	c->at[c->count++] = &g->folders[at];
	for (enum ignore_kind k = 0; k < IGNORE_KINDS; k++)
		c->unknown |= !g->folders[at].file[k].rules && g->folders[at].file[k].problem;
}

/* A path, its last component, and the shorter name that patterns are tried on as well. */
struct target {
	const char *path;
	size_t name, len, stem;
	bool folder;
};

/* The last pattern of a file that matches; NULL when none does. below is the length of the file's
 * folder with its slash. */
static const struct glob *last_match(const struct ignore_rules *rules, const struct target *t,
				     size_t below)
{
	const char *path = t->path + below;

	for (size_t i = rules->count; i-- > 0;) {
		const struct glob *g = &rules->globs[i];

		if (glob_matches(g, path, t->name - below, t->len - below, t->folder) ||
		    (t->stem != t->len &&
		     glob_matches(g, path, t->name - below, t->stem - below, t->folder)))
			return g;
	}
	return NULL;
}

/* Whether the rules of the folders above a path ignore it, given that none of those is ignored. */
static bool is_ignored(const struct chain *c, const struct target *t)
{
	for (size_t i = c->count; i-- > 0;) {
		size_t below = strlen(c->at[i]->path);

		below += below > 0;
		for (int k = IGNORE_KINDS - 1; k >= 0; k--) {
			const struct ignore_rules *rules = c->at[i]->file[k].rules;
			const struct glob *g = rules ? last_match(rules, t, below) : NULL;

			if (g)
				return !g->negated;
		}
	}
	return false;
}

static enum ignore_verdict verdict_on(const struct ignore *g, const char *path, size_t stem,
				      bool folder)
{
	struct target t = { .path = path };
	struct chain chain;

	if (!g->files)
		return IGNORE_NOT;
	chain.count = 0;
	chain.unknown = false;
	chain_add(&chain, g, "", 0);
	for (;; t.name = t.len + 1) {
		t.len = t.name + strcspn(path + t.name, "/");
		t.folder = path[t.len] == '/' || folder;
		t.stem = path[t.len] ? t.len : stem;
		if (is_ignored(&chain, &t))
			return IGNORE_MATCHED;
		if (!path[t.len])
			return chain.unknown ? IGNORE_UNKNOWN : IGNORE_NOT;
		chain_add(&chain, g, path, t.len);
	}
}

enum ignore_verdict ignore_path(const struct ignore *g, const char *path, bool folder)
{
	return verdict_on(g, path, strlen(path), folder);
}

enum ignore_verdict ignore_notebook(const struct ignore *g, const char *file, size_t stem)
{
	return verdict_on(g, file, stem, false);
}
