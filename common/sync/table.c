/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of paths: a chained hash table of rows that never move, so that pointers to them stay
 * valid until table_prune(). It decides nothing; it only notices what became dirty.
 */

#include "sync/table.h"

#include <stdlib.h>
#include <string.h>

static const char *const reason_names[] = {
	[HOLD_NONE] = "none", [HOLD_UNPARSABLE] = "unparsable", [HOLD_UNREADABLE] = "unreadable",
	[HOLD_NAME] = "name", [HOLD_COLLISION] = "collision",   [HOLD_TOO_LARGE] = "too-large",
	[HOLD_KIND] = "kind", [HOLD_REFUSED] = "refused",       [HOLD_DELETIONS] = "deletions",
};

const char *hold_reason_name(enum hold_reason reason)
{
	return reason_names[reason];
}

/* FNV-1a: names are not an attack surface here, a workspace owner can only slow down himself. */
static size_t hash_path(const char *path)
{
	uint64_t h = 1469598103934665603u;

	for (; *path; path++)
		h = (h ^ (unsigned char)*path) * 1099511628211u;
	return (size_t)(h ^ (h >> 32));
}

void table_init(struct table *t)
{
	*t = (struct table){ .bucket_count = 256 };
	t->buckets = xcalloc(t->bucket_count, sizeof(struct row *));
}

static void row_free(struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		free(row->side[s].file);
		free(row->side[s].sentence);
	}
	free(row->path);
	free(row);
}

void table_release(struct table *t)
{
	for (size_t i = 0; i < t->bucket_count; i++) {
		struct row *row = t->buckets[i];

		while (row) {
			struct row *next = row->chain;

			row_free(row);
			row = next;
		}
	}
	free(t->buckets);
	*t = (struct table){ 0 };
}

struct row *table_find(const struct table *t, const char *path)
{
	struct row *row = t->buckets[hash_path(path) % t->bucket_count];

	while (row && strcmp(row->path, path) != 0)
		row = row->chain;
	return row;
}

static void table_grow(struct table *t)
{
	size_t count = t->bucket_count * 2;
	struct row **buckets = xcalloc(count, sizeof(struct row *));

	for (size_t i = 0; i < t->bucket_count; i++) {
		struct row *row = t->buckets[i];

		while (row) {
			struct row *next = row->chain;
			struct row **slot = &buckets[hash_path(row->path) % count];

			row->chain = *slot;
			*slot = row;
			row = next;
		}
	}
	free(t->buckets);
	t->buckets = buckets;
	t->bucket_count = count;
}

struct row *table_get(struct table *t, const char *path)
{
	struct row *row = table_find(t, path);
	struct row **slot;

	if (row)
		return row;
	if (t->count >= t->bucket_count)
		table_grow(t);
	row = xcalloc(1, sizeof(*row));
	row->path = xstrdup(path);
	slot = &t->buckets[hash_path(path) % t->bucket_count];
	row->chain = *slot;
	*slot = row;
	t->count++;
	return row;
}

struct row *table_find_file(const struct table *t, enum side_id side, const char *file)
{
	struct notebook_name name;
	struct row *row;

	if (!notebook_name_parse(&name, file))
		return NULL;
	row = table_find(t, name.stem);
	notebook_name_release(&name);
	return row && str_eq(row->side[side].file, file) ? row : NULL;
}

static int compare_rows(const void *a, const void *b)
{
	return strcmp((*(struct row *const *)a)->path, (*(struct row *const *)b)->path);
}

struct row **table_sorted(const struct table *t, size_t *count)
{
	struct row **rows = xcalloc(t->count, sizeof(struct row *));
	size_t n = 0;

	for (struct row *row = table_next(t, NULL); row; row = table_next(t, row))
		rows[n++] = row;
	qsort(rows, n, sizeof(struct row *), compare_rows);
	*count = n;
	return rows;
}

struct row *table_next(const struct table *t, const struct row *after)
{
	size_t i = 0;

	if (after) {
		if (after->chain)
			return after->chain;
		i = hash_path(after->path) % t->bucket_count + 1;
	}
	for (; i < t->bucket_count; i++)
		if (t->buckets[i])
			return t->buckets[i];
	return NULL;
}

static bool row_is_empty(const struct row *row)
{
	if (row->dirty || !version_absent(&row->agreed))
		return false;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (row->side[s].state != ENTRY_ABSENT || !version_absent(&row->base[s]))
			return false;
	return true;
}

void table_prune(struct table *t)
{
	for (size_t i = 0; i < t->bucket_count; i++) {
		struct row **at = &t->buckets[i];

		while (*at) {
			struct row *row = *at;

			if (row_is_empty(row)) {
				*at = row->chain;
				row_free(row);
				t->count--;
			} else {
				at = &row->chain;
			}
		}
	}
}

/* Replaces an entry, keeping only what belongs to the look in progress. */
static void entry_replace(struct entry *entry, struct entry fresh)
{
	fresh.probing = entry->probing;
	free(entry->file);
	free(entry->sentence);
	*entry = fresh;
}

static void touch(struct row *row)
{
	row->dirty = true;
	row->touched = true;
}

void entry_set_absent(struct row *row, enum side_id side)
{
	struct entry *entry = &row->side[side];

	if (entry->state == ENTRY_ABSENT)
		return;
	entry_replace(entry, (struct entry){ .file = xstrdup(entry->file) });
	touch(row);
}

void entry_hold(struct row *row, enum side_id side, enum hold_reason reason, const char *file,
		const char *sentence)
{
	struct entry *entry = &row->side[side];

	if (entry->state != ENTRY_HELD || entry->reason != reason)
		touch(row);
	entry_replace(entry, (struct entry){
				     .state = ENTRY_HELD,
				     .reason = reason,
				     .file = xstrdup(file),
				     .sentence = xstrdup(sentence),
			     });
}

void entry_set_present(struct row *row, enum side_id side, const struct version *v,
		       const struct oid *raw, const char *file)
{
	struct entry *entry = &row->side[side];
	bool same_raw = entry->state == ENTRY_PRESENT && oid_equal(&entry->raw, raw) &&
			str_eq(entry->file, file);

	if (entry->state != ENTRY_PRESENT || !version_same(&entry->version, v))
		touch(row);
	entry_replace(entry, (struct entry){
				     .state = ENTRY_PRESENT,
				     .recorded = entry->recorded && same_raw,
				     .version = *v,
				     .raw = *raw,
				     .file = xstrdup(file),
			     });
}

void table_forget_probes(struct table *t, enum side_id side)
{
	for (struct row *row = table_next(t, NULL); row; row = table_next(t, row))
		row->side[side].probing = false;
}

bool table_settle_probes(struct table *t, enum side_id side)
{
	bool gone = false;

	for (struct row *row = table_next(t, NULL); row; row = table_next(t, row)) {
		struct entry *entry = &row->side[side];

		if (!entry->probing && entry->state != ENTRY_ABSENT) {
			entry_set_absent(row, side);
			gone = true;
		}
		entry->probing = false;
	}
	return gone;
}
