/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sorted array of paths. An entry that was taken stays for settle_ms with due = PENDING_NEVER:
 * that memory is what tells the second save of a burst from the first. Such entries are forgotten
 * when something is taken or room is needed; no timer exists for them.
 */

#include "daemon/schedule/pending.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

void pending_init(struct pending *p, int64_t settle_ms)
{
	*p = (struct pending){ .settle_ms = settle_ms };
}

static void drop_items(struct pending *p)
{
	for (size_t i = 0; i < p->count; i++)
		free(p->items[i].path);
	p->count = 0;
}

void pending_clear(struct pending *p)
{
	drop_items(p);
	p->full = false;
}

void pending_release(struct pending *p)
{
	drop_items(p);
	free(p->items);
	*p = (struct pending){ .settle_ms = p->settle_ms };
}

static int64_t quiet_until(const struct pending *p, int64_t now, int64_t latest)
{
	int64_t quiet = now + p->settle_ms;

	return quiet < latest ? quiet : latest;
}

static int64_t settled(const struct pending *p, int64_t first, int64_t now)
{
	return quiet_until(p, now, first + PENDING_WAIT_MAX);
}

/* One more has vanished. */
static void add_gone(struct pending *p, int64_t now)
{
	if (now > p->gone_due)
		p->gone_first = now;
	p->gone_due = quiet_until(p, now, p->gone_first + PENDING_GONE_MAX);
}

/* What vanished comes together with what still vanishes. */
static int64_t due_of(const struct pending *p, const struct pending_item *item)
{
	return item->gone && item->due < p->gone_due ? p->gone_due : item->due;
}

void pending_add_full(struct pending *p, int64_t now)
{
	if (!p->full) {
		drop_items(p);
		p->full = true;
		p->full_first = now;
	}
	p->full_due = settled(p, p->full_first, now);
}

static int compare_path(const void *path, const void *item)
{
	return strcmp(path, ((const struct pending_item *)item)->path);
}

/* The index of path, or where it belongs. */
static size_t find_path(const struct pending *p, const char *path, bool *found)
{
	return array_find(path, p->items, p->count, sizeof(*p->items), compare_path, found);
}

/* Drops what was taken: all of it, or only what was taken more than settle_ms before now. */
static void forget_taken(struct pending *p, bool all, int64_t now)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->count; i++) {
		struct pending_item *item = &p->items[i];

		if (item->due == PENDING_NEVER && (all || now - item->taken >= p->settle_ms))
			free(item->path);
		else
			p->items[kept++] = *item;
	}
	p->count = kept;
}

static struct pending_item *insert(struct pending *p, size_t at, const char *path, int64_t now)
{
	p->items = array_grow(p->items, p->count, &p->cap, sizeof(*p->items));
	memmove(&p->items[at + 1], &p->items[at], (p->count - at) * sizeof(*p->items));
	p->count++;
	p->items[at] = (struct pending_item){
		.path = xstrdup(path),
		.first = now,
		.due = PENDING_NEVER,
	};
	return &p->items[at];
}

/* Finds or makes the entry; NULL when that would be one too many and p is full now. */
static struct pending_item *entry(struct pending *p, const char *path, int64_t now)
{
	bool found;
	size_t at = find_path(p, path, &found);

	if (found)
		return &p->items[at];
	if (p->count >= PENDING_MAX) {
		forget_taken(p, true, now);
		if (p->count >= PENDING_MAX) {
			pending_add_full(p, now);
			return NULL;
		}
		at = find_path(p, path, &found);
	}
	return insert(p, at, path, now);
}

void pending_add(struct pending *p, const char *path, enum pending_how how, int64_t now)
{
	struct pending_item *item;
	bool waiting, again;

	if (how == PENDING_GONE)
		add_gone(p, now);
	if (p->full) {
		pending_add_full(p, now);
		return;
	}
	item = entry(p, path, now);
	if (!item)
		return;
	waiting = item->due != PENDING_NEVER;
	again = item->was_taken && now - item->taken < p->settle_ms;
	if (waiting && how == PENDING_TOUCHED)
		return;
	if (!waiting)
		item->first = now;
	/* Once a burst settles, it settles to its end: was_taken marks it until it is taken. */
	item->was_taken = again || (waiting && item->was_taken);
	item->gone = how == PENDING_GONE;
	item->due = how == PENDING_NOW && !item->was_taken ? now : settled(p, item->first, now);
}

int64_t pending_due(const struct pending *p)
{
	int64_t due = PENDING_NEVER;

	if (p->full)
		return p->full_due > p->gone_due ? p->full_due : p->gone_due;
	for (size_t i = 0; i < p->count; i++)
		if (due_of(p, &p->items[i]) < due)
			due = due_of(p, &p->items[i]);
	return due;
}

bool pending_full(const struct pending *p)
{
	return p->full;
}

size_t pending_take(struct pending *p, int64_t now, bool all, const char *paths[static PENDING_MAX])
{
	size_t count = 0;

	forget_taken(p, false, now);
	for (size_t i = 0; i < p->count; i++) {
		struct pending_item *item = &p->items[i];

		if (item->due == PENDING_NEVER || (due_of(p, item) > now && !all))
			continue;
		item->due = PENDING_NEVER;
		item->taken = now;
		item->was_taken = true;
		paths[count++] = item->path;
	}
	return count;
}
