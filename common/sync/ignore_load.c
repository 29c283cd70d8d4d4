/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading ignore files, and remembering them.
 *
 * The next state is built beside the one in force and takes over what did not change: a look costs
 * a comparison of stamps (of a stat, or a blob's id), and only an edited file is read again. A
 * state is put in force before the look that goes by it and stays only if that look succeeds, so
 * that a root that is not mounted does not end all rules.
 *
 * Deliberately not read: .git/info/exclude and core.excludesFile, which belong to one clone.
 */

#include "sync/ignore_load.h"

#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "path/path.h"

#define REF_IGNORE "refs/nbsync/ignore"
#define NOTES_MAX  10
#define MODE_FILE  0100000u /* of a tree's entry */
#define MODE_TYPE  0170000u

/* ---- one file ---- */

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

static const struct ignore_file *find_file(const struct cycle *c, const char *rel)
{
	cleanup_free char *folder = path_dir(rel);
	enum ignore_kind kind;

	return ignore_is_name(rel, &kind) ? ignore_find(&c->filter.rules, folder, kind) : NULL;
}

bool ignore_local_same(const struct cycle *c, const char *rel, const struct fs_stat *st)
{
	const struct ignore_file *known = find_file(c, rel);
	struct oid stamp = stamp_of(st);

	return known && oid_equal(&known->stamp, &stamp);
}

bool ignore_local_known(const struct cycle *c, const char *rel)
{
	return find_file(c, rel) != NULL;
}

/* A state in the making. */
struct loading {
	struct cycle *c;
	struct ignore next;
	size_t entries;
};

/* One file with what was read of it, or why not. A zero stamp: try again next time. */
struct reading {
	const char *path, *folder;
	enum ignore_kind kind;
	struct oid stamp;
	const struct buf *data;
	struct err why;
};

static void take(struct loading *l, struct reading *r)
{
	if (!r->why.code && ignore_add(&l->next, r->folder, r->kind, buf_str(r->data), r->data->len,
				       &r->stamp, &r->why))
		err_wrap(&r->why, "cannot use '%s'", r->path);
	if (r->why.code)
		ignore_add_problem(&l->next, &l->c->filter.rules, r->folder, r->kind, &r->stamp,
				   r->why.text);
}

/* Takes the file over when it did not change. */
static bool take_known(struct loading *l, const struct reading *r)
{
	const struct ignore_file *known = ignore_find(&l->c->filter.rules, r->folder, r->kind);

	if (!known || !oid_equal(&known->stamp, &r->stamp))
		return false;
	ignore_share(&l->next, &l->c->filter.rules, r->folder, r->kind);
	return true;
}

/* ---- memory ---- */

/* A name of the memory that is too large, or no name at all, was not written by us: left out. */
static int recall(struct cycle *c, struct ignore *rules, const struct tree_file *f, struct err *e)
{
	cleanup_buf struct buf data = BUF_INIT(IGNORE_FILE_MAX);
	cleanup_free char *folder = path_dir(f->path);
	enum ignore_kind kind;
	int r;

	if (!ignore_is_name(f->path, &kind))
		return ERR_OK;
	r = hub_blob_get(c->hub, &f->id, &data, e);
	if (!r)
		r = ignore_add(rules, folder, kind, buf_str(&data), data.len, NULL, e);
	return r == ERR_INVALID ? ERR_OK : r;
}

/* What a side was last seen to hold stands in for what is not in the cache. */
static void recall_name(struct cycle *c, enum side_id side, const struct tree_file *f)
{
	struct notebook_name name;
	struct row *row;

	if (!notebook_name_parse(&name, f->path))
		return;
	row = table_find(&c->table, name.stem);
	if (row && row->side[side].state == ENTRY_ABSENT && !version_absent(&row->base[side])) {
		entry_set_present(row, side, &row->base[side], &f->id, f->path);
		row->side[side].recorded = true;
	}
	notebook_name_release(&name);
}

/*
 * Rules are about names, and a name that is ignored is not looked at: without the cache, nobody
 * would know any more under which name the notebook stood there, and that it is not deleted but
 * ignored.
 */
static int recall_names(struct cycle *c, enum side_id side, struct err *e)
{
	const char *folder = side == SIDE_GIT ? c->mapping->git_path : "";
	struct tree_files files = { 0 };
	int r = hub_tree_files(c->hub, &c->state.seen_tree[side], folder, &files, e);

	for (size_t i = 0; !r && i < files.count; i++)
		recall_name(c, side, &files.items[i]);
	tree_files_release(&files);
	return r;
}

int ignore_load_known(struct cycle *c, struct err *e)
{
	struct tree_files files = { 0 };
	struct ignore rules = { 0 };
	struct oid tree;
	int r = hub_ref_get(c->hub, REF_IGNORE, &tree, e);

	if (r)
		return r == ERR_ABSENT ? ERR_OK : r;
	r = hub_tree_files(c->hub, &tree, "", &files, e);
	for (size_t i = 0; !r && i < files.count; i++)
		r = recall(c, &rules, &files.items[i], e);
	tree_files_release(&files);
	if (!r)
		filter_swap(&c->filter, &rules);
	ignore_release(&rules);
	for (enum side_id s = 0; !r && s < SIDE_COUNT; s++)
		r = recall_names(c, s, e);
	return r;
}

static int remember_file(struct cycle *c, const struct ignore_folder *f, enum ignore_kind kind,
			 struct tree_change *change, struct err *e)
{
	size_t len;
	const char *text = ignore_text(&f->file[kind], &len);

	change->path = path_join(f->path, ignore_names[kind]);
	return hub_blob_put(c->hub, text, len, &change->id, e);
}

/* No notebook can travel below a folder whose name cannot, and Git takes none of these names. */
static bool is_worth_remembering(const struct ignore_folder *f, enum ignore_kind kind)
{
	return f->file[kind].rules && (!*f->path || path_check(f->path, NULL) == 0);
}

static int remember(struct cycle *c, struct err *e)
{
	const struct ignore *rules = &c->filter.rules;
	struct tree_change *changes = xcalloc(rules->files, sizeof(*changes));
	struct oid none = { 0 }, tree;
	size_t n = 0;
	int r = ERR_OK;

	for (size_t i = 0; !r && i < rules->count; i++)
		for (enum ignore_kind k = 0; !r && k < IGNORE_KINDS; k++)
			if (is_worth_remembering(&rules->folders[i], k))
				r = remember_file(c, &rules->folders[i], k, &changes[n++], e);
	if (!r && n)
		r = hub_tree_update(c->hub, &none, changes, n, &tree, e);
	if (!r)
		r = n ? hub_ref_set(c->hub, REF_IGNORE, &tree, NULL, "ignore files", e)
		      : hub_ref_delete(c->hub, REF_IGNORE, e);
	while (n)
		free((void *)(uintptr_t)changes[--n].path);
	free(changes);
	return r;
}

/* ---- in force ---- */

static void look_everywhere_again(struct cycle *c)
{
	bool local = config_has_side(c->mapping, SIDE_LOCAL);

	c->relook[SIDE_WORKSPACE] = true;
	c->relook[SIDE_GIT] = local;
	c->git.looked &= !local;
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		row_dirty(row);
}

void ignore_load_commit(struct cycle *c, struct ignore *before)
{
	const struct ignore *rules = &c->filter.rules;
	struct err e = ERR_INIT;

	if (!ignore_same(before, rules)) {
		log_notice("the ignore files changed: %zu patterns in %zu files", rules->patterns,
			   rules->files);
		look_everywhere_again(c);
		if (remember(c, &e))
			log_warning("cannot remember the ignore files: %s", e.text);
	}
	ignore_release(before);
}

void ignore_load_undo(struct cycle *c, struct ignore *before)
{
	filter_swap(&c->filter, before);
	ignore_release(before);
}

/* ---- the local side ---- */

static void take_local(struct loading *l, const char *rel, const struct fs_stat *seen,
		       const struct err *problem)
{
	cleanup_buf struct buf data = BUF_INIT(IGNORE_FILE_MAX);
	cleanup_free char *folder = path_dir(rel);
	struct reading reading = { .path = rel, .folder = folder, .data = &data, .why = *problem };
	struct fs_stat st;
	int r;

	ignore_is_name(rel, &reading.kind);
	if (!problem->code) {
		reading.stamp = stamp_of(seen);
		if (take_known(l, &reading))
			return;
		r = fs_read(l->c->root, rel, IGNORE_FILE_MAX, &data, &st, &reading.why);
		if (r == ERR_ABSENT)
			return;
		if (!r)
			reading.stamp = stamp_of(&st);
		if (r == ERR_RETRY) {
			reading.stamp = (struct oid){ 0 };
			report_wake(l->c->report, l->c->mapping->settle_ms);
		}
	}
	take(l, &reading);
}

static bool on_entry(void *payload, const char *rel, const struct fs_stat *st,
		     const struct err *problem)
{
	struct loading *l = payload;
	bool enters;

	if (++l->entries % 512 == 0)
		cycle_progress(l->c, "look", l->entries, 0);
	if (problem->code == ERR_ABSENT && st->kind != FS_DIR)
		return false;
	if (st->kind != FS_DIR && ignore_is_name(rel, NULL)) {
		take_local(l, rel, st, problem);
		return true;
	}
	enters = !names_folder_ignored(rel) && ignore_path(&l->next, rel, true) != IGNORE_MATCHED;
	/* What is not entered, be it a link by now, or it is not known what it is. */
	if (enters && (problem->code || st->kind == FS_SYMLINK))
		ignore_share_below(&l->next, &l->c->filter.rules, rel);
	return enters && !cycle_cancelled(l->c);
}

int ignore_load_local(struct cycle *c, struct ignore *before, struct err *e)
{
	struct loading l = { .c = c };
	int r = fs_walk(c->root, "", on_entry, &l, e);

	if (!r && cycle_cancelled(c))
		r = err_set(e, ERR_CANCELLED, "asked to stop");
	if (r) {
		ignore_release(&l.next);
		return r;
	}
	filter_swap(&c->filter, &l.next);
	*before = l.next;
	return ERR_OK;
}

static bool is_at_or_below(const char *path, const char *folder)
{
	return str_eq(path, folder) || path_is_below(path, folder);
}

/* Calls for each ignore file at a folder and below it until one answers false. */
static bool each_below(const struct cycle *c, const char *folder,
		       bool (*call)(const struct cycle *c, const char *rel, size_t *count),
		       size_t *count)
{
	for (size_t i = 0; i < c->filter.rules.count; i++) {
		const struct ignore_folder *f = &c->filter.rules.folders[i];

		if (!is_at_or_below(f->path, folder))
			continue;
		for (enum ignore_kind k = 0; k < IGNORE_KINDS; k++) {
			cleanup_free char *rel = path_join(f->path, ignore_names[k]);

			if ((f->file[k].rules || f->file[k].problem) && !call(c, rel, count))
				return false;
		}
	}
	return true;
}

static bool still_there(const struct cycle *c, const char *rel, size_t *count)
{
	struct fs_stat st;

	(void)count;
	return fs_stat(c->root, rel, &st, NULL) == ERR_OK && ignore_local_same(c, rel, &st);
}

bool ignore_local_same_below(const struct cycle *c, const char *folder)
{
	return each_below(c, folder, still_there, NULL);
}

static bool count_one(const struct cycle *c, const char *rel, size_t *count)
{
	(void)c;
	(void)rel;
	++*count;
	return true;
}

size_t ignore_count_below(const struct cycle *c, const char *folder)
{
	size_t count = 0;

	each_below(c, folder, count_one, &count);
	return count;
}

/* ---- the branch ---- */

struct found {
	char *folder; /* owned */
	enum ignore_kind kind;
	const struct tree_file *file;
};

/* A folder before what is below it. */
static int compare_found(const void *a, const void *b)
{
	const struct found *x = a, *y = b;
	int order = strcmp(x->folder, y->folder);

	return order ? order : (int)x->kind - (int)y->kind;
}

static struct found *find_files(const struct tree_files *files, size_t *count)
{
	struct found *all = NULL;
	size_t cap = 0;

	*count = 0;
	for (size_t i = 0; i < files->count; i++) {
		enum ignore_kind kind;

		if (!ignore_is_name(files->items[i].path, &kind))
			continue;
		all = array_grow(all, *count, &cap, sizeof(*all));
		all[(*count)++] = (struct found){ .folder = path_dir(files->items[i].path),
						  .kind = kind,
						  .file = &files->items[i] };
	}
	if (*count)
		qsort(all, *count, sizeof(*all), compare_found);
	return all;
}

static void take_blob(struct loading *l, const struct found *found)
{
	cleanup_buf struct buf data = BUF_INIT(IGNORE_FILE_MAX);
	const struct tree_file *f = found->file;
	struct reading reading = { .path = f->path,
				   .folder = found->folder,
				   .kind = found->kind,
				   .stamp = f->id,
				   .data = &data,
				   .why = ERR_INIT };

	if (take_known(l, &reading))
		return;
	if ((f->mode & MODE_TYPE) != MODE_FILE)
		err_set(&reading.why, ERR_INVALID,
			"cannot read '%s': it is no file in the repository", f->path);
	else if (hub_blob_get(l->c->hub, &f->id, &data, &reading.why))
		err_wrap(&reading.why, "cannot read '%s'", f->path);
	take(l, &reading);
}

void ignore_load_git(struct cycle *c, const struct tree_files *files)
{
	struct loading l = { .c = c };
	struct found *all;
	size_t count;

	if (config_has_side(c->mapping, SIDE_LOCAL))
		return;
	all = find_files(files, &count);
	for (size_t i = 0; i < count; i++) {
		const char *folder = all[i].folder;

		if (!*folder || (path_check(folder, NULL) == 0 && !names_folder_ignored(folder) &&
				 ignore_path(&l.next, folder, true) != IGNORE_MATCHED))
			take_blob(&l, &all[i]);
		free(all[i].folder);
	}
	free(all);
	filter_swap(&c->filter, &l.next);
	ignore_load_commit(c, &l.next);
}

/* ---- saying so ---- */

static void report_problem(struct cycle *c, const struct ignore_folder *f,
			   const struct ignore_file *file)
{
	if (file->rules)
		report_note(c->report, "%s; what it said before still holds", file->problem);
	else if (*f->path)
		report_note(c->report,
			    "%s; new notebooks below '%s' are left alone until it can be used",
			    file->problem, f->path);
	else
		report_note(c->report, "%s; new notebooks are left alone until it can be used",
			    file->problem);
}

void ignore_report(struct cycle *c)
{
	const struct ignore *rules = &c->filter.rules;
	size_t count = 0;

	for (size_t i = 0; i < rules->count; i++)
		for (enum ignore_kind k = 0; k < IGNORE_KINDS; k++)
			if (rules->folders[i].file[k].problem && count++ < NOTES_MAX)
				report_problem(c, &rules->folders[i], &rules->folders[i].file[k]);
	if (count > NOTES_MAX)
		report_note(c->report, "%zu more ignore files cannot be used", count - NOTES_MAX);
}
