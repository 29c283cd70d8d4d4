/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of paths: a chained hash table of rows that never move, so that pointers to them stay
 * valid until table_rest() or table_remove() drops them. It decides nothing; it only notices what
 * became dirty.
 */

#include "plan/table.h"

#include <stdlib.h>
#include <string.h>

#include "path/path.h"

static const char *const reason_names[] = {
	[HOLD_NONE] = "none",   [HOLD_UNPARSABLE] = "unparsable", [HOLD_UNREADABLE] = "unreadable",
	[HOLD_NAME] = "name",   [HOLD_COLLISION] = "collision",   [HOLD_TOO_LARGE] = "too-large",
	[HOLD_KIND] = "kind",   [HOLD_REFUSED] = "refused",       [HOLD_DELETIONS] = "deletions",
	[HOLD_SPACE] = "space", [HOLD_ORDER] = "order",           [HOLD_REVERSIONS] = "reversions",
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

/* The hash of path_fold(path), without calling it for the names that most people use. */
static uint32_t hash_folded(const char *path)
{
	cleanup_free char *folded = NULL;
	uint64_t h = 1469598103934665603u;

	for (const char *p = path; *p && !folded; p++)
		if ((unsigned char)*p >= 0x80)
			folded = path_fold(path);
	for (const char *p = folded ? folded : path; *p; p++) {
		unsigned char c = (unsigned char)*p;

		h = (h ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 1099511628211u;
	}
	return (uint32_t)(h ^ (h >> 32));
}

static struct row **slot_of(const struct table *t, const char *path)
{
	return &t->buckets[hash_path(path) % t->bucket_count];
}

static struct row **fold_slot_of(const struct table *t, const struct row *row)
{
	return &t->fold_buckets[row->links.fold % t->bucket_count];
}

void table_init(struct table *t)
{
	*t = (struct table){ .bucket_count = 256 };
	t->buckets = xcalloc(t->bucket_count, sizeof(struct row *));
	t->fold_buckets = xcalloc(t->bucket_count, sizeof(struct row *));
}

static void row_free(struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		free(row->side[s].file);
		free(row->side[s].sentence);
	}
	free(row->since);
	free(row->adopted);
	free(row->sent);
	free(row->base_raw);
	free(row->path);
	free(row);
}

void table_release(struct table *t)
{
	for (size_t i = 0; i < t->bucket_count; i++) {
		struct row *row = t->buckets[i];

		while (row) {
			struct row *next = row->links.chain;

			row_free(row);
			row = next;
		}
	}
	free(t->buckets);
	free(t->fold_buckets);
	free(t->listed);
	*t = (struct table){ 0 };
}

struct row *table_find(const struct table *t, const char *path)
{
	struct row *row = *slot_of(t, path);

	while (row && strcmp(row->path, path) != 0)
		row = row->links.chain;
	return row;
}

static void link_row(struct table *t, struct row *row)
{
	struct row **slot = slot_of(t, row->path), **fold_slot = fold_slot_of(t, row);

	row->links.chain = *slot;
	*slot = row;
	row->links.fold_chain = *fold_slot;
	*fold_slot = row;
}

static void table_grow(struct table *t)
{
	struct row **old = t->buckets;
	size_t old_count = t->bucket_count;

	t->bucket_count *= 2;
	free(t->fold_buckets);
	t->buckets = xcalloc(t->bucket_count, sizeof(struct row *));
	t->fold_buckets = xcalloc(t->bucket_count, sizeof(struct row *));
	for (size_t i = 0; i < old_count; i++) {
		struct row *row = old[i];

		while (row) {
			struct row *next = row->links.chain;

			link_row(t, row);
			row = next;
		}
	}
	free(old);
}

struct row *table_get(struct table *t, const char *path)
{
	struct row *row = table_find(t, path);

	if (row)
		return row;
	if (t->count >= t->bucket_count)
		table_grow(t);
	row = xcalloc(1, sizeof(*row));
	row->path = xstrdup(path);
	row->links.table = t;
	row->links.fold = hash_folded(path);
	link_row(t, row);
	t->count++;
	return row;
}

struct row *table_next_alike(const struct row *row, const struct row *after)
{
	struct row *other = after == row ? *fold_slot_of(row->links.table, row)
					 : after->links.fold_chain;

	for (; other; other = other->links.fold_chain) {
		cleanup_free char *a = NULL, *b = NULL;

		if (other == row || other->links.fold != row->links.fold)
			continue;
		a = path_fold(row->path);
		b = path_fold(other->path);
		if (strcmp(a, b) == 0)
			return other;
	}
	return NULL;
}

struct row *table_find_file(const struct table *t, enum side_id side, const char *file)
{
	struct notebook_name name;
	struct row *row = table_find(t, file);

	if (row && row->side[side].state != ENTRY_ABSENT && str_eq(row->side[side].file, file))
		return row;
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

struct row **table_listed_sorted(const struct table *t, size_t *count)
{
	struct row **rows = xcalloc(t->listed_count, sizeof(struct row *));

	*count = t->listed_count;
	if (t->listed_count)
		memcpy(rows, t->listed, t->listed_count * sizeof(struct row *));
	qsort(rows, *count, sizeof(struct row *), compare_rows);
	return rows;
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
		if (after->links.chain)
			return after->links.chain;
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

static void unlink_row(struct table *t, struct row *row)
{
	struct row **at = slot_of(t, row->path);

	while (*at != row)
		at = &(*at)->links.chain;
	*at = row->links.chain;
	at = fold_slot_of(t, row);
	while (*at != row)
		at = &(*at)->links.fold_chain;
	*at = row->links.fold_chain;
	t->count--;
}

void table_remove(struct table *t, const char *path)
{
	struct row *row = table_find(t, path);

	if (!row)
		return;
	unlink_row(t, row);
	row_free(row);
}

/* Whether the hub does not know yet what stands, or stood, on some side. */
static bool row_is_unrecorded(const struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const struct entry *entry = &row->side[s];

		if (entry->file && !entry->recorded && entry->state != ENTRY_HELD)
			return true;
	}
	return false;
}

void table_rest(struct table *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->listed_count; i++) {
		struct row *row = t->listed[i];

		row->touched = false;
		row->rename.from = NULL;
		row->rename.to = row->rename.gone_to = NULL;
		free(steal(&row->since));
		free(steal(&row->adopted));
		if (row->dirty || row_is_unrecorded(row)) {
			t->listed[kept++] = row;
			continue;
		}
		row->links.listed = false;
		if (row_is_empty(row)) {
			unlink_row(t, row);
			row_free(row);
		}
	}
	t->listed_count = kept;
}

bool row_names_file(const struct row *row, const char *file)
{
	return str_eq(file, row->path);
}

bool row_is_file(const struct row *row)
{
	if (!version_absent(&row->agreed))
		return row->agreed.kind == VERSION_FILE;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (row->side[s].state == ENTRY_PRESENT)
			return row->side[s].version.kind == VERSION_FILE;
	return false;
}

void row_enlist(struct row *row)
{
	struct table *t = row->links.table;

	if (row->links.listed)
		return;
	t->listed = array_grow(t->listed, t->listed_count, &t->listed_cap, sizeof(struct row *));
	t->listed[t->listed_count++] = row;
	row->links.listed = true;
}

void row_dirty(struct row *row)
{
	row->dirty = true;
	row_enlist(row);
}

const struct version *row_base_raw(const struct row *row, enum side_id side)
{
	return row->base_raw && !version_absent(&row->base_raw[side]) ? &row->base_raw[side] : NULL;
}

void row_set_base_raw(struct row *row, enum side_id side, const struct version *v)
{
	if (!row->base_raw && !version_absent(v))
		row->base_raw = xcalloc(SIDE_COUNT, sizeof(*row->base_raw));
	if (row->base_raw)
		row->base_raw[side] = *v;
}

/* Replaces an entry, keeping only what belongs to the look in progress. */
static void entry_replace(struct row *row, enum side_id side, struct entry fresh)
{
	struct entry *entry = &row->side[side];

	row->links.table->there[side] += (fresh.state != ENTRY_ABSENT) -
					 (size_t)(entry->state != ENTRY_ABSENT);
	row->filtered.generation = 0;
	fresh.probe = entry->probe;
	/* What the branch holds is in its commits, and those are kept. */
	fresh.recorded |= side == SIDE_GIT;
	free(entry->file);
	free(entry->sentence);
	*entry = fresh;
	row->links.table->changed = true;
	row_enlist(row);
}

static void touch(struct row *row)
{
	row->touched = true;
	row_dirty(row);
}

void entry_set_absent(struct row *row, enum side_id side)
{
	struct entry *entry = &row->side[side], fresh = { 0 };

	if (entry->state == ENTRY_ABSENT)
		return;
	fresh.file = xstrdup(entry->file);
	if (side == SIDE_WORKSPACE)
		memcpy(fresh.id, entry->id, sizeof(fresh.id));
	entry_replace(row, side, fresh);
	touch(row);
}

void entry_hold(struct row *row, enum side_id side, enum hold_reason reason, const char *file,
		const char *sentence)
{
	struct entry *entry = &row->side[side];
	bool changed = row->links.table->changed;

	if (entry->state != ENTRY_HELD || entry->reason != reason) {
		touch(row);
		changed = true;
	}
	entry_replace(row, side,
		      (struct entry){
			      .state = ENTRY_HELD,
			      .reason = reason,
			      .file = xstrdup(file),
			      .sentence = xstrdup(sentence),
		      });
	/* Each look holds it anew: the same again is no change. */
	row->links.table->changed = changed;
}

void entry_set_present(struct row *row, enum side_id side, const struct version *v,
		       const struct oid *raw, const char *file)
{
	struct entry *entry = &row->side[side];
	bool same_raw = entry->state == ENTRY_PRESENT && oid_equal(&entry->raw, raw) &&
			str_eq(entry->file, file);

	/* Whoever changes its format may say more, or less, from now on. */
	if (entry->state != ENTRY_PRESENT || !version_same(&entry->version, v) ||
	    entry->version.partial != v->partial || !str_eq(entry->file, file))
		touch(row);
	entry_replace(row, side,
		      (struct entry){
			      .state = ENTRY_PRESENT,
			      .recorded = entry->recorded && same_raw,
			      .answered = entry->answered && same_raw,
			      /* It may have come back in other bytes. */
			      .returned = entry->returned && version_same(&entry->version, v),
			      .version = *v,
			      .raw = *raw,
			      .file = xstrdup(file),
		      });
}

void table_probe(struct table *t, enum side_id side)
{
	t->probe[side]++;
}

void entry_found(struct row *row, enum side_id side)
{
	row->side[side].probe = row->links.table->probe[side];
}

bool entry_is_found(const struct row *row, enum side_id side)
{
	return row->side[side].probe == row->links.table->probe[side];
}

bool entry_may_stand(const struct row *row, enum side_id side)
{
	return row->side[side].state != ENTRY_ABSENT || !version_absent(&row->base[side]);
}

void table_settle_probes(struct table *t, enum side_id side)
{
	for (struct row *row = table_next(t, NULL); row; row = table_next(t, row))
		if (!entry_is_found(row, side) && row->side[side].state != ENTRY_ABSENT)
			entry_set_absent(row, side);
}
