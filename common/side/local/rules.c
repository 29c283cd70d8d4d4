/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ignore files of the local side. A file's stamp (rules.h) is a hash of its stat.
 */

#include "side/local/rules.h"

#include "fs/fs.h"
#include "path/path.h"
#include "side/rules.h"

/* Equal stamps mean "the same content", as equal stats do. */
static struct oid stamp_of(const struct fs_stat *st)
{
	const uint64_t all[] = {
		st->dev, st->ino, st->size, (uint64_t)st->mtime_ns, (uint64_t)st->ctime_ns, st->kind
	};
	struct oid stamp;

	hub_hash(all, sizeof(all), &stamp);
	return stamp;
}

static const struct ignore_file *find_file(const struct side_context *c, const char *rel)
{
	cleanup_free char *folder = path_dir(rel);
	enum ignore_kind kind;

	return ignore_is_name(rel, &kind) ? ignore_find(&c->filter.rules, folder, kind) : NULL;
}

bool local_rules_same(const struct side_context *c, const char *rel, const struct fs_stat *st)
{
	const struct ignore_file *known = find_file(c, rel);
	struct oid stamp = stamp_of(st);

	return known && oid_equal(&known->stamp, &stamp);
}

bool local_rules_known(const struct side_context *c, const char *rel)
{
	return find_file(c, rel) != NULL;
}

/* A walk that reads ignore files. */
struct local_loading {
	struct rules_loading rules;
	const struct local_side *s; /* borrowed */
};

static void take_ignore_file(struct local_loading *l, const char *rel, const struct fs_stat *seen,
			     const struct err *problem)
{
	cleanup_buf struct buf data = BUF_INIT(IGNORE_FILE_MAX);
	cleanup_free char *folder = path_dir(rel);
	struct rules_reading reading = {
		.path = rel, .source = { .folder = folder }, .data = &data, .why = *problem
	};
	struct fs_stat st;
	int r;

	ignore_is_name(rel, &reading.source.kind);
	if (!problem->code) {
		reading.source.stamp = stamp_of(seen);
		if (rules_take_known(&l->rules, &reading))
			return;
		r = fs_read(l->s->root, rel, IGNORE_FILE_MAX, &data, &st, &reading.why);
		if (r == ERR_ABSENT)
			return;
		if (!r)
			reading.source.stamp = stamp_of(&st);
		if (r == ERR_RETRY) {
			reading.source.stamp = (struct oid){ 0 };
			report_wake(l->rules.c->report, l->rules.c->mapping->settle_ms);
		}
	}
	rules_take(&l->rules, &reading);
}

/* fs_visit_fn of the walk; payload is the struct local_loading. */
static bool read_entry(void *payload, const char *rel, const struct fs_stat *st,
		       const struct err *problem)
{
	struct local_loading *l = payload;
	bool enters;

	if (++l->rules.entries % 512 == 0)
		context_progress(l->rules.c, "look", l->rules.entries, 0);
	if (problem->code == ERR_ABSENT && st->kind != FS_DIR)
		return false;
	if (st->kind != FS_DIR && ignore_is_name(rel, NULL)) {
		take_ignore_file(l, rel, st, problem);
		return true;
	}
	enters = !names_folder_ignored(rel) &&
		 ignore_path(&l->rules.next, rel, true) != IGNORE_MATCHED;
	/* The walk does not go into this folder, because it became a link or cannot be examined:
	 * the rules known below it stay. */
	if (enters && (problem->code || st->kind == FS_SYMLINK))
		ignore_share_below(&l->rules.next, &l->rules.c->filter.rules, rel);
	return enters && !context_cancelled(l->rules.c);
}

int local_rules_load(struct local_side *s, struct ignore *before, struct err *e)
{
	struct side_context *c = s->side.context;
	struct local_loading l = { { .c = c }, s };
	int r = fs_walk(s->root, "", read_entry, &l, e);

	if (!r && context_cancelled(c))
		r = err_set(e, ERR_CANCELLED, "asked to stop");
	if (r) {
		ignore_release(&l.rules.next);
		return r;
	}
	filter_swap(&c->filter, &l.rules.next);
	*before = l.rules.next;
	return ERR_OK;
}

static bool is_unchanged(const struct local_side *s, const char *rel)
{
	struct fs_stat st;

	return fs_stat(s->root, rel, &st, NULL) == ERR_OK &&
	       local_rules_same(s->side.context, rel, &st);
}

static bool is_at_or_below(const char *path, const char *folder)
{
	return str_eq(path, folder) || path_is_below(path, folder);
}

/* How many of the ignore files whose rules are in force are at a folder and below it; unchanged:
 * only those that stand there as they were read. */
static size_t count_below(const struct local_side *s, const char *folder, bool unchanged)
{
	const struct side_context *c = s->side.context;
	const struct ignore *rules = &c->filter.rules;
	size_t count = 0;

	for (size_t i = 0; i < rules->count; i++) {
		const struct ignore_folder *f = &rules->folders[i];

		if (!is_at_or_below(f->path, folder))
			continue;
		for (enum ignore_kind k = 0; k < IGNORE_KINDS; k++) {
			cleanup_free char *rel = path_join(f->path, ignore_names[k]);

			if (!f->file[k].rules && !f->file[k].problem)
				continue;
			if (!unchanged || is_unchanged(s, rel))
				count++;
		}
	}
	return count;
}

bool local_rules_same_below(const struct local_side *s, const char *folder)
{
	return count_below(s, folder, true) == count_below(s, folder, false);
}

size_t local_rules_count_below(const struct local_side *s, const char *folder)
{
	return count_below(s, folder, false);
}
