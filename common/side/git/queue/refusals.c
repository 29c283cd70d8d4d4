/* SPDX-License-Identifier: Apache-2.0 */
/* The search for what a server refuses; see refusals.h. */

#include "side/git/queue/refusals.h"

#include <stdlib.h>
#include <string.h>

static void release_refusal(struct refusal *one)
{
	free(one->key);
	free(one->words);
}

void refusals_release(struct refusals *r)
{
	for (size_t i = 0; i < r->count; i++)
		release_refusal(&r->items[i]);
	free(r->items);
	*r = (struct refusals){ 0 };
}

static int compare_key(const void *key, const void *refusal)
{
	return strcmp(key, ((const struct refusal *)refusal)->key);
}

static int compare_refusals(const void *a, const void *b)
{
	return strcmp(((const struct refusal *)a)->key, ((const struct refusal *)b)->key);
}

static struct refusal *find(const struct refusals *r, const char *key)
{
	return r->count ? bsearch(key, r->items, r->count, sizeof(*r->items), compare_key) : NULL;
}

/* ---- choosing ---- */

static int compare_units(const void *a, const void *b)
{
	return strcmp((*(const struct refusal_unit *const *)a)->key,
		      (*(const struct refusal_unit *const *)b)->key);
}

static const struct refusal_unit **sorted_units(const struct refusal_unit *units, size_t count)
{
	const struct refusal_unit **sorted = xcalloc(count, sizeof(*sorted));

	for (size_t i = 0; i < count; i++)
		sorted[i] = &units[i];
	if (count)
		qsort(sorted, count, sizeof(*sorted), compare_units);
	return sorted;
}

static void forget_changed(struct refusals *r, const struct refusal_unit *units, size_t count)
{
	const struct refusal_unit **sorted = sorted_units(units, count);
	size_t kept = 0, u = 0;

	for (size_t i = 0; i < r->count; i++) {
		struct refusal *one = &r->items[i];

		while (u < count && strcmp(sorted[u]->key, one->key) < 0)
			u++;
		if (u < count && str_eq(sorted[u]->key, one->key) &&
		    oid_equal(&sorted[u]->stamp, &one->stamp))
			r->items[kept++] = *one;
		else
			release_refusal(one);
	}
	free(sorted);
	r->count = kept;
	if (!kept) {
		r->in_vain = 0;
		r->taken = false;
	}
}

/* Of those whose time has come, the group that was made first; 0: none. */
static unsigned next_group(const struct refusals *r, int64_t now_ms)
{
	unsigned group = 0;

	for (size_t i = 0; i < r->count; i++)
		if (r->items[i].until_ms <= now_ms && (!group || r->items[i].group < group))
			group = r->items[i].group;
	return group;
}

size_t refusals_choose(struct refusals *r, struct refusal_unit *units, size_t count, int64_t now_ms)
{
	size_t new = 0, chosen = 0;
	unsigned group;

	forget_changed(r, units, count);
	group = next_group(r, now_ms);
	for (size_t i = 0; i < count; i++)
		new += !find(r, units[i].key);
	for (size_t i = 0; i < count; i++) {
		const struct refusal *one = find(r, units[i].key);

		units[i].chosen = new ? !one : one->group == group;
		units[i].until_ms = one && !units[i].chosen ? one->until_ms : 0;
		units[i].words = one ? one->words : NULL;
		chosen += units[i].chosen;
	}
	return chosen;
}

/* ---- what became of it ---- */

void refusals_taken(struct refusals *r, const struct refusal_unit *units, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct refusal *one = units[i].chosen ? find(r, units[i].key) : NULL;

		if (!one)
			continue;
		release_refusal(one);
		memmove(one, one + 1, (size_t)(r->items + --r->count - one) * sizeof(*one));
	}
	r->in_vain = 0;
	r->taken = r->count > 0;
}

/* Adds what was chosen for the first time; each is found by find() then. */
static void add_chosen(struct refusals *r, const struct refusal_unit *units, size_t count)
{
	size_t before = r->count;

	for (size_t i = 0; i < count; i++) {
		if (!units[i].chosen || (before && bsearch(units[i].key, r->items, before,
							   sizeof(*r->items), compare_key)))
			continue;
		r->items = array_grow(r->items, r->count, &r->cap, sizeof(*r->items));
		r->items[r->count++] = (struct refusal){
			.key = xstrdup(units[i].key),
			.stamp = units[i].stamp,
		};
	}
	if (r->count)
		qsort(r->items, r->count, sizeof(*r->items), compare_refusals);
}

static void put_aside(struct refusal *one, unsigned group, const char *words, int64_t now_ms)
{
	one->wait_ms = one->wait_ms ? 2 * one->wait_ms : REFUSALS_WAIT_MS;
	if (one->wait_ms > REFUSALS_WAIT_MAX_MS)
		one->wait_ms = REFUSALS_WAIT_MAX_MS;
	one->until_ms = now_ms + one->wait_ms;
	one->group = group;
	if (one->words != words) {
		free(one->words);
		one->words = xstrdup(words);
	}
}

/* Nothing is taken: all that is still searched waits together. */
static void give_up(struct refusals *r, const char *words, int64_t now_ms)
{
	unsigned group = ++r->last_group;

	for (size_t i = 0; i < r->count; i++)
		if (r->items[i].until_ms <= now_ms)
			put_aside(&r->items[i], group, words, now_ms);
}

/* Whether this very group waited before: it was searched then. */
static bool waited(const struct refusals *r, const struct refusal_unit *units, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (units[i].chosen && !find(r, units[i].key)->wait_ms)
			return false;
	return true;
}

/* Those that the words name each get a group of their own, and wait; the rest is tried as it is. */
static void put_named_aside(struct refusals *r, const struct refusal_unit *units, size_t count,
			    const char *words, int64_t now_ms)
{
	unsigned rest = ++r->last_group;

	for (size_t i = 0; i < count; i++) {
		if (!units[i].chosen)
			continue;
		if (units[i].named)
			put_aside(find(r, units[i].key), ++r->last_group, words, now_ms);
		else
			find(r, units[i].key)->group = rest;
	}
}

static void halve(struct refusals *r, const struct refusal_unit *units, size_t count, size_t chosen)
{
	unsigned first = ++r->last_group, second = ++r->last_group;
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (units[i].chosen)
			find(r, units[i].key)->group = n++ < (chosen + 1) / 2 ? first : second;
}

void refusals_refused(struct refusals *r, const struct refusal_unit *units, size_t count,
		      const char *words, int64_t now_ms)
{
	cleanup_free char *kept = xstrdup(words);
	size_t chosen = 0, named = 0, known = r->count;

	for (size_t i = 0; i < count; i++) {
		chosen += units[i].chosen;
		named += units[i].chosen && units[i].named;
	}
	add_chosen(r, units, count);
	r->in_vain = r->count > known ? 1 : r->in_vain + 1; /* another search */
	if (chosen == 1 || waited(r, units, count)) {
		unsigned group = ++r->last_group;

		for (size_t i = 0; i < count; i++)
			if (units[i].chosen)
				put_aside(find(r, units[i].key), group, kept, now_ms);
	} else if (named && named < chosen) {
		put_named_aside(r, units, count, kept, now_ms);
	} else {
		halve(r, units, count, chosen);
	}
	if (!r->taken && r->in_vain >= REFUSALS_IN_VAIN)
		give_up(r, kept, now_ms);
}

void refusals_ask(struct refusals *r)
{
	for (size_t i = 0; i < r->count; i++)
		r->items[i].until_ms = 0;
}
