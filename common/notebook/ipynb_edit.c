/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges members of a JSON object. Values that stay are copied byte for byte; only the white
 * space between the members of this one object is written anew.
 */

#include "notebook/ipynb_edit.h"

#include <string.h>

void edits_release(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++)
		buf_release(&edits->list[i].value);
	edits->count = 0;
}

struct buf *edits_set(struct edits *edits, const char *key)
{
	struct edit *edit = &edits->list[edits->count++];

	*edit = (struct edit){ .key = key, .value = BUF_INIT(SIZE_MAX / 2) };
	return &edit->value;
}

void edits_word(struct edits *edits, const char *key, const char *word)
{
	buf_add_str(edits_set(edits, key), word);
}

void edits_remove(struct edits *edits, const char *key)
{
	edits_set(edits, key);
	edits->list[edits->count - 1].remove = true;
}

static struct edit *find(struct edits *edits, struct span key)
{
	for (size_t i = 0; i < edits->count; i++)
		if (jscan_is(key, edits->list[i].key))
			return &edits->list[i];
	return NULL;
}

static int compare(struct span key, const char *with)
{
	size_t n = key.len - 2, len = strlen(with);
	int order = memcmp(key.at + 1, with, n < len ? n : len);

	return order ? order : (n > len) - (n < len);
}

static bool is_sorted(struct span object)
{
	struct jscan s;
	struct span key, before = { NULL, 0 };
	bool first = true;

	jscan_init(&s, object.at, object.len, JSCAN_DEPTH_MAX);
	jscan_open(&s, '{');
	for (; jscan_member(&s, &first, &key) && jscan_skip(&s, NULL); before = key) {
		cleanup_free char *last = before.at ? xstrndup(before.at + 1, before.len - 2)
						    : NULL;

		if (last && compare(key, last) < 0)
			return false;
	}
	return true;
}

static void put_member(struct jemit *m, struct edit *edit)
{
	edit->done = true;
	if (edit->remove)
		return;
	jemit_key(m, edit->key);
	buf_add(m->out, edit->value.data, edit->value.len);
}

/* The next edit in the alphabet that is not done and comes before key (NULL: any). */
static struct edit *pending(struct edits *edits, const struct span *key)
{
	struct edit *least = NULL;

	for (size_t i = 0; i < edits->count; i++) {
		struct edit *edit = &edits->list[i];

		if (edit->done || (key && compare(*key, edit->key) <= 0))
			continue;
		if (!least || strcmp(edit->key, least->key) < 0)
			least = edit;
	}
	return least;
}

/* In an object whose keys are in order: the new members that come before key. */
static void put_new(struct jemit *m, struct edits *edits, const struct span *key)
{
	struct edit *edit;

	while ((edit = pending(edits, key)))
		put_member(m, edit);
}

static void put_members(struct jemit *m, struct span object, struct edits *edits)
{
	bool sorted = is_sorted(object), first = true;
	struct jscan s;
	struct span key, value;
	struct edit *edit;

	jscan_init(&s, object.at, object.len, JSCAN_DEPTH_MAX);
	jscan_open(&s, '{');
	while (jscan_member(&s, &first, &key) && jscan_skip(&s, &value)) {
		if (sorted)
			put_new(m, edits, &key);
		edit = find(edits, key);
		if (edit) {
			put_member(m, edit);
			continue;
		}
		jemit_item(m);
		jemit_raw(m, key);
		jemit_raw(m, m->style->colon);
		jemit_raw(m, value);
	}
}

void edits_apply(struct jemit *m, struct span object, struct edits *edits)
{
	if (object.at && !edits->count) {
		jemit_raw(m, object);
		return;
	}
	for (size_t i = 0; i < edits->count; i++)
		edits->list[i].done = false;
	jemit_open(m, '{');
	if (object.at)
		put_members(m, object, edits);
	put_new(m, edits, NULL);
	jemit_close(m, '}');
}
