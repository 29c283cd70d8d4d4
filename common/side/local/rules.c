/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ignore files of the local side. A stamp is a hash of a file's stat.
 */

#include "side/local/rules.h"

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

/* A walk that reads them. */
struct local_loading {
	struct rules_loading rules;
	const struct local_side *s; /* borrowed */
};

static void take_local(struct local_loading *l, const char *rel, const struct fs_stat *seen,
		       const struct err *problem)
{
	cleanup_buf struct buf data = BUF_INIT(IGNORE_FILE_MAX);
	cleanup_free char *folder = path_dir(rel);
	struct rules_reading reading = {
		.path = rel, .folder = folder, .data = &data, .why = *problem
	};
	struct fs_stat st;
	int r;

	ignore_is_name(rel, &reading.kind);
	if (!problem->code) {
		reading.stamp = stamp_of(seen);
		if (rules_take_known(&l->rules, &reading))
			return;
		r = fs_read(l->s->root, rel, IGNORE_FILE_MAX, &data, &st, &reading.why);
		if (r == ERR_ABSENT)
			return;
		if (!r)
			reading.stamp = stamp_of(&st);
		if (r == ERR_RETRY) {
			reading.stamp = (struct oid){ 0 };
			report_wake(l->rules.c->report, l->rules.c->mapping->settle_ms);
		}
	}
	rules_take(&l->rules, &reading);
}

static bool on_entry(void *payload, const char *rel, const struct fs_stat *st,
		     const struct err *problem)
{
	struct local_loading *l = payload;
	bool enters;

	if (++l->rules.entries % 512 == 0)
		context_progress(l->rules.c, "look", l->rules.entries, 0);
	if (problem->code == ERR_ABSENT && st->kind != FS_DIR)
		return false;
	if (st->kind != FS_DIR && ignore_is_name(rel, NULL)) {
		take_local(l, rel, st, problem);
		return true;
	}
	enters = !names_folder_ignored(rel) &&
		 ignore_path(&l->rules.next, rel, true) != IGNORE_MATCHED;
	/* What is not entered, be it a link by now, or it is not known what it is. */
	if (enters && (problem->code || st->kind == FS_SYMLINK))
		ignore_share_below(&l->rules.next, &l->rules.c->filter.rules, rel);
	return enters && !context_cancelled(l->rules.c);
}

int local_rules_load(struct local_side *s, struct ignore *before, struct err *e)
{
	struct side_context *c = s->side.context;
	struct local_loading l = { { .c = c }, s };
	int r = fs_walk(s->root, "", on_entry, &l, e);

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

static bool is_at_or_below(const char *path, const char *folder)
{
	return str_eq(path, folder) || path_is_below(path, folder);
}

/* Calls for each ignore file at a folder and below it until one answers false. */
static bool each_below(const struct local_side *s, const char *folder,
		       bool (*call)(const struct local_side *s, const char *rel, size_t *count),
		       size_t *count)
{
	const struct ignore *rules = &s->side.context->filter.rules;

	for (size_t i = 0; i < rules->count; i++) {
		const struct ignore_folder *f = &rules->folders[i];

		if (!is_at_or_below(f->path, folder))
			continue;
		for (enum ignore_kind k = 0; k < IGNORE_KINDS; k++) {
			cleanup_free char *rel = path_join(f->path, ignore_names[k]);

			if ((f->file[k].rules || f->file[k].problem) && !call(s, rel, count))
				return false;
		}
	}
	return true;
}

static bool still_there(const struct local_side *s, const char *rel, size_t *count)
{
	struct side_context *c = s->side.context;
	struct fs_stat st;

	(void)count;
	return fs_stat(s->root, rel, &st, NULL) == ERR_OK && local_rules_same(c, rel, &st);
}

bool local_rules_same_below(const struct local_side *s, const char *folder)
{
	return each_below(s, folder, still_there, NULL);
}

static bool count_one(const struct local_side *s, const char *rel, size_t *count)
{
	(void)s;
	(void)rel;
	++*count;
	return true;
}

size_t local_rules_count_below(const struct local_side *s, const char *folder)
{
	size_t count = 0;

	each_below(s, folder, count_one, &count);
	return count;
}
