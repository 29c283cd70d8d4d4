/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Summaries and their paths, and the document in which they are kept: for each summary a line
 * "NUMBER kept|refused COUNT LENGTH\n", its text, and for each path the 40
 * digits of its version, the path, and a NUL.
 *
 * Nothing here knows whether a path has changes; publish.c says so.
 */

#include "side/git/queue/summaries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void release_summary(struct summary *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->paths[i].path);
	free(s->paths);
	free(s->text);
}

void summaries_release(struct summaries *s)
{
	for (size_t i = 0; i < s->count; i++)
		release_summary(&s->items[i]);
	free(s->items);
	*s = (struct summaries){ 0 };
}

static int compare_paths(const void *a, const void *b)
{
	const struct summary_path *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static const struct summary_path *find_path(const struct summary *s, const char *path)
{
	const struct summary_path key = { .path = (char *)(uintptr_t)path };

	return s->count ? bsearch(&key, s->paths, s->count, sizeof(key), compare_paths) : NULL;
}

size_t summaries_find(const struct summaries *s, const char *path)
{
	for (size_t i = s->count; i > 0; i--)
		if (find_path(&s->items[i - 1], path))
			return i - 1;
	return SUMMARY_NONE;
}

static void remove_at(struct summaries *s, size_t i)
{
	release_summary(&s->items[i]);
	memmove(s->items + i, s->items + i + 1, (--s->count - i) * sizeof(*s->items));
}

void summaries_drop(struct summaries *s, unsigned number)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->items[i].number == number) {
			remove_at(s, i);
			return;
		}
}

/* ---- keeping ---- */

/* Whether any went. */
static bool keep_paths(struct summary *s, bool (*keep)(void *payload, const char *path),
		       void *payload)
{
	size_t kept = 0, count = s->count;

	for (size_t i = 0; i < count; i++)
		if (keep(payload, s->paths[i].path))
			s->paths[kept++] = s->paths[i];
		else
			free(s->paths[i].path);
	s->count = kept;
	return kept < count;
}

bool summaries_keep(struct summaries *s, bool (*keep)(void *payload, const char *path),
		    void *payload)
{
	bool any = false;

	for (size_t i = s->count; i > 0; i--) {
		any |= keep_paths(&s->items[i - 1], keep, payload);
		if (!s->items[i - 1].count)
			remove_at(s, i - 1);
	}
	return any;
}

/* ---- adding ---- */

static bool is_no_path_of(void *payload, const char *path)
{
	return !find_path(payload, path);
}

/* Whether one begins with the other, and goes on with another line, or not at all. */
static bool begins_with(const char *text, const char *other)
{
	size_t len = strlen(other);

	return strncmp(text, other, len) == 0 && (!text[len] || text[len] == '\n');
}

/* The text of a summary, with that of an older one whose paths it took. Who says the same again says
 * it once. Owned. */
static char *join_texts(const char *text, const char *older)
{
	if (!*older || begins_with(text, older))
		return xstrdup(text);
	if (!*text || begins_with(older, text))
		return xstrdup(older);
	return xasprintf("%s\n\n%s", text, older);
}

/* Whether that was committed before, and the server did not refuse it. */
static bool was_committed(const struct summaries *s, const struct summary_path *path)
{
	size_t i = summaries_find(s, path->path);
	const struct summary_path *known = i < s->count ? find_path(&s->items[i], path->path)
							: NULL;

	return known && !s->items[i].refused && oid_equal(&known->version, &path->version);
}

/* Takes its paths from the older ones, and what was said of these when nothing of them is left. */
static void take_over(struct summaries *s, struct summary *new)
{
	for (size_t i = 0; i < s->count;) {
		struct summary *old = &s->items[i];
		char *text = new->text;

		keep_paths(old, is_no_path_of, new);
		if (old->count) {
			i++;
			continue;
		}
		if (!old->refused) {
			new->text = join_texts(text, old->text);
			free(text);
		}
		remove_at(s, i);
	}
}

bool summaries_add(struct summaries *s, const char *text, const struct summary_path *paths,
		   size_t count)
{
	struct summary *last = s->count ? &s->items[s->count - 1] : NULL;
	struct summary new = {
		.number = last ? last->number + 1 : 1,
		.text = xstrdup(text),
		.paths = xcalloc(count, sizeof(*new.paths)),
	};
	size_t fresh = 0;

	for (size_t i = 0; i < count; i++)
		fresh += !was_committed(s, &paths[i]);
	if (!fresh && (!*text || begins_with(last->text, text))) {
		release_summary(&new);
		return false;
	}
	for (size_t i = 0; i < count; i++)
		if (!fresh || !was_committed(s, &paths[i]))
			new.paths[new.count++] = (struct summary_path){ xstrdup(paths[i].path),
									paths[i].version };
	qsort(new.paths, new.count, sizeof(*new.paths), compare_paths);
	take_over(s, &new);
	s->items = array_grow(s->items, s->count, &s->cap, sizeof(*s->items));
	s->items[s->count++] = new;
	return true;
}

/* ---- the document ---- */

void summaries_print(const struct summaries *s, struct buf *out)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct summary *one = &s->items[i];

		buf_addf(out, "%u %s %zu %zu\n", one->number, one->refused ? "refused" : "kept",
			 one->count, strlen(one->text));
		buf_add_str(out, one->text);
		for (size_t p = 0; p < one->count; p++) {
			char version[OID_HEX];

			oid_hex(&one->paths[p].version, version);
			buf_add_str(out, version);
			buf_add(out, one->paths[p].path, strlen(one->paths[p].path) + 1);
		}
	}
}

/* Reads what stands at *at and moves on; false: that is no summary. */
static bool parse_one(struct summary *s, const char **at, const char *end)
{
	size_t count, len, cap = 0;
	char word[8];
	int head = 0;

	if (sscanf(*at, "%9u %7s %9zu %9zu%n", &s->number, word, &count, &len, &head) != 4 ||
	    *at + head >= end || (*at)[head] != '\n')
		return false;
	*at += head + 1;
	s->refused = str_eq(word, "refused");
	if (!s->number || !count || (size_t)(end - *at) < len || memchr(*at, '\0', len))
		return false;
	s->text = xstrndup(*at, len);
	*at += len;
	for (size_t i = 0; i < count; i++) {
		const char *nul = memchr(*at, '\0', (size_t)(end - *at));
		char version[OID_HEX] = "";
		struct summary_path path;

		if (!nul || nul - *at < OID_HEX)
			return false;
		memcpy(version, *at, OID_HEX - 1);
		if (!oid_parse(&path.version, version))
			return false;
		path.path = xstrdup(*at + OID_HEX - 1);
		s->paths = array_grow(s->paths, s->count, &cap, sizeof(*s->paths));
		s->paths[s->count++] = path;
		*at = nul + 1;
	}
	qsort(s->paths, s->count, sizeof(*s->paths), compare_paths);
	return true;
}

int summaries_parse(struct summaries *s, const struct buf *document, struct err *e)
{
	const char *at = buf_str(document), *end = at + document->len;
	unsigned last = 0;

	while (at < end) {
		struct summary one = { 0 };

		if (!parse_one(&one, &at, end) || one.number <= last) {
			release_summary(&one);
			summaries_release(s);
			return err_set(e, ERR_BUG,
				       "the summaries of commits that were not pushed are damaged: "
				       "delete 'refs/nbsync/summaries' of the hub to go on without "
				       "them");
		}
		last = one.number;
		s->items = array_grow(s->items, s->count, &s->cap, sizeof(*s->items));
		s->items[s->count++] = one;
	}
	return ERR_OK;
}
