/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges members of a JSON object. Values that stay are copied byte for byte; the white space
 * between the members of this one object is written anew only where a member comes or goes.
 */

#include "notebook/ipynb/edit.h"

#include <stdlib.h>
#include <string.h>

#include "notebook/json/jvalue.h"

void edits_release(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++)
		buf_release(&edits->list[i].value);
	free(edits->list);
	*edits = (struct edits){ 0 };
}

static struct edit *add(struct edits *edits, struct span key)
{
	struct edit *edit;

	edits->list = array_grow(edits->list, edits->count, &edits->cap, sizeof(*edits->list));
	edit = &edits->list[edits->count++];
	*edit = (struct edit){ .key = key, .value = BUF_UNBOUNDED };
	return edit;
}

static struct edit *edit_of(struct edits *edits, const char *name)
{
	struct span key = { name, strlen(name) };

	for (size_t i = 0; i < edits->count; i++)
		if (span_equal(edits->list[i].key, key)) {
			buf_clear(&edits->list[i].value);
			edits->list[i].remove = false;
			return &edits->list[i];
		}
	return add(edits, key);
}

static struct span inner(struct span key)
{
	return (struct span){ key.at + 1, key.len - 2 };
}

struct buf *edits_set(struct edits *edits, const char *key)
{
	return &edit_of(edits, key)->value;
}

struct buf *edits_set_key(struct edits *edits, struct span key)
{
	return &add(edits, inner(key))->value;
}

void edits_word(struct edits *edits, const char *key, const char *word)
{
	buf_add_str(edits_set(edits, key), word);
}

void edits_remove(struct edits *edits, const char *key)
{
	edit_of(edits, key)->remove = true;
}

void edits_remove_key(struct edits *edits, struct span key)
{
	add(edits, inner(key))->remove = true;
}

/* ---- finding ---- */

static int compare(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int order = n ? memcmp(a.at, b.at, n) : 0;

	return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int by_key(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;

	return compare(x->key, y->key);
}

static int to_key(const void *key, const void *edit)
{
	return compare(*(const struct span *)key, ((const struct edit *)edit)->key);
}

/* The edit of a member; key is spelled as the file does. */
static struct edit *find(struct edits *edits, struct span key)
{
	cleanup_buf struct buf plain = BUF_UNBOUNDED;

	if (memchr(key.at, '\\', key.len)) {
		jvalue_canonical(&plain, key, JVALUE_PLAIN);
		key = (struct span){ plain.data, plain.len };
	}
	key = inner(key);
	return bsearch(&key, edits->list, edits->count, sizeof(*edits->list), to_key);
}

struct shape {
	bool sorted;   /* the keys are in order */
	bool in_place; /* every edit sets a member that stands there once */
};

static void clear_done(struct edits *edits)
{
	for (size_t i = 0; i < edits->count; i++)
		edits->list[i].done = false;
}

static struct shape look(struct span object, struct edits *edits)
{
	struct shape shape = { true, true };
	struct span key, before = { NULL, 0 };
	struct edit *edit;
	struct jscan s;
	bool first = true;

	jscan_init(&s, object.at, object.len, JSCAN_DEPTH_MAX);
	jscan_open(&s, '{');
	for (; jscan_member(&s, &first, &key) && jscan_skip(&s, NULL); before = key) {
		if (before.at && compare(inner(before), inner(key)) > 0)
			shape.sorted = false;
		edit = find(edits, key);
		if (!edit)
			continue;
		if (edit->done || edit->remove)
			shape.in_place = false;
		edit->done = true;
	}
	for (size_t i = 0; i < edits->count; i++)
		if (!edits->list[i].done)
			shape.in_place = false;
	clear_done(edits);
	return shape;
}

/* ---- writing ---- */

static void put_member(struct jemit *m, struct edit *edit)
{
	if (edit->done)
		return;
	edit->done = true;
	if (edit->remove)
		return;
	jemit_item(m);
	buf_add_char(m->out, '"');
	buf_add(m->out, edit->key.at, edit->key.len);
	buf_add_char(m->out, '"');
	jemit_raw(m, m->style->colon);
	buf_add(m->out, edit->value.data, edit->value.len);
}

/* The edits from *next on that come before key (NULL: all). */
static void put_new(struct jemit *m, struct edits *edits, size_t *next, const struct span *key)
{
	while (*next < edits->count && (!key || compare(edits->list[*next].key, *key) < 0))
		put_member(m, &edits->list[(*next)++]);
}

static void put_members(struct jemit *m, struct span object, struct edits *edits, bool sorted,
			size_t *next)
{
	struct jscan s;
	struct span key, value, name;
	struct edit *edit;
	bool first = true;

	jscan_init(&s, object.at, object.len, JSCAN_DEPTH_MAX);
	jscan_open(&s, '{');
	while (jscan_member(&s, &first, &key) && jscan_skip(&s, &value)) {
		name = inner(key);
		if (sorted)
			put_new(m, edits, next, &name);
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

static void exchange(struct jemit *m, struct span object, struct edits *edits)
{
	const char *from = object.at;
	struct span key, value;
	struct edit *edit;
	struct jscan s;
	bool first = true;

	jscan_init(&s, object.at, object.len, JSCAN_DEPTH_MAX);
	jscan_open(&s, '{');
	while (jscan_member(&s, &first, &key) && jscan_skip(&s, &value)) {
		edit = find(edits, key);
		if (!edit)
			continue;
		buf_add(m->out, from, (size_t)(value.at - from));
		buf_add(m->out, edit->value.data, edit->value.len);
		from = value.at + value.len;
	}
	buf_add(m->out, from, (size_t)(object.at + object.len - from));
}

void edits_apply(struct jemit *m, struct span object, struct edits *edits)
{
	struct shape shape = { true, false };
	size_t next = 0;

	if (object.at && !edits->count) {
		jemit_raw(m, object);
		return;
	}
	clear_done(edits);
	if (edits->count)
		qsort(edits->list, edits->count, sizeof(*edits->list), by_key);
	if (object.at)
		shape = look(object, edits);
	if (shape.in_place) {
		exchange(m, object, edits);
		return;
	}
	jemit_open(m, '{');
	if (object.at)
		put_members(m, object, edits, shape.sorted, &next);
	put_new(m, edits, &next, NULL);
	jemit_close(m, '}');
}
