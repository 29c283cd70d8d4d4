/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local side, looking: a directory on this machine.
 *
 * Looking costs a stat per file; only what changed since the last look is read. What cannot be
 * read, parsed or named is held, never taken for deleted; a whole root that is missing or empty
 * although notebooks agreed there before holds the side. Other files than notebooks travel as well
 * (files = all: see file.h), or are read once to know that they are none, and left alone.
 */

#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "sync/file.h"
#include "sync/ignore_load.h"
#include "sync/local_files.h"

#define RULES_TRIES 3

struct local_look {
	struct cycle *c;
	size_t files;
	/* Ignore files: those that are as the rules in force say, and whether one is not. */
	size_t rules_met;
	bool rules_moved;
	bool reloaded; /* in this look; the rules before it: */
	struct ignore before;
};

/* ---- one file ---- */

static bool known_plain(const struct cycle *c, const char *file, const struct fs_stat *st)
{
	const struct row *row = table_find(&c->plain, file);

	return row && fs_stat_same(&row->side[SIDE_LOCAL].stat, st);
}

static void remember_plain(struct cycle *c, const char *file, const struct fs_stat *st)
{
	table_get(&c->plain, file)->side[SIDE_LOCAL].stat = *st;
}

static void hold(struct row *row, enum hold_reason reason, const char *file,
		 const struct fs_stat *st, const struct err *why)
{
	entry_hold(row, SIDE_LOCAL, reason, file, why->text);
	if (st)
		row->side[SIDE_LOCAL].stat = *st;
}

struct found {
	const char *file; /* borrowed */
	struct fs_stat st;
	struct version v;
	struct oid raw;
};

static bool read_version(struct cycle *c, struct row *row, struct found *f)
{
	cleanup_buf struct buf data = BUF_INIT(SIZE_MAX / 2);

	return fs_read(c->root, f->file, (size_t)c->mapping->max_notebook, &data, &f->st, NULL) ==
		       ERR_OK &&
	       content_take(&c->content, row, SIDE_LOCAL, f->file, buf_str(&data), data.len, &f->v,
			    &f->raw, NULL) == ERR_OK;
}

/*
 * A kill between writing a notebook under another extension and removing its old file leaves both:
 * the agreed version, and the one that was agreed before. That is no collision. The old file goes,
 * recorded like everything that goes.
 */
static bool finish_put(struct cycle *c, struct row *row, const char *file)
{
	cleanup_free char *other = xstrdup(row->side[SIDE_LOCAL].file);
	struct found a = { .file = other }, b = { .file = file }, *old, *new;
	struct version *base = &row->base[SIDE_LOCAL];

	if (version_absent(&row->agreed) || version_absent(base) ||
	    version_same(base, &row->agreed) || !read_version(c, row, &a) ||
	    !read_version(c, row, &b) || content_resolve(&c->content, base, NULL) ||
	    version_same(base, &row->agreed))
		return false;
	old = version_same(&a.v, base) ? &a : &b;
	new = old == &a ? &b : &a;
	if (!version_same(&old->v, base) || !version_same(&new->v, &row->agreed))
		return false;
	state_see_file(&c->state, SIDE_LOCAL, old->file, &old->raw);
	if (state_save_seen(&c->state, "seen: before finishing a write", NULL) ||
	    fs_remove(c->root, old->file, &old->st, NULL))
		return false;
	entry_set_present(row, SIDE_LOCAL, &new->v, &new->raw, new->file);
	row->side[SIDE_LOCAL].stat = new->st;
	entry_found(row, SIDE_LOCAL);
	return true;
}

/* A file of another name stands for the same notebook: both stay as they are until one goes. */
static bool collides(struct cycle *c, struct row *row, const char *file)
{
	struct entry *entry = &row->side[SIDE_LOCAL];
	struct err e = ERR_INIT;
	struct fs_stat st;

	if (entry_is_found(row, SIDE_LOCAL) && entry->reason == HOLD_COLLISION)
		return true;
	if (entry->state == ENTRY_ABSENT || !entry->file || str_eq(entry->file, file))
		return false;
	if (fs_stat(c->root, entry->file, &st, &e) || known_plain(c, entry->file, &st) ||
	    !filter_takes(&c->filter, row->path, entry->file, row))
		return false;
	if (finish_put(c, row, file))
		return true;
	err_set(&e, ERR_INVALID, "'%s' and '%s' would be one notebook '%s': rename one of them",
		entry->file, file, row->path);
	hold(row, HOLD_COLLISION, entry->file, NULL, &e);
	entry_found(row, SIDE_LOCAL);
	return true;
}

static enum hold_reason reason_of(const struct fs_stat *st, const struct cycle *c, int code)
{
	if (code == ERR_CONFIG || code == ERR_RETRY)
		return HOLD_UNREADABLE;
	return st->size > (uint64_t)c->mapping->max_notebook ? HOLD_TOO_LARGE : HOLD_UNPARSABLE;
}

/* A .py, .sql, .scala or .r file without the header is no notebook; unless it was one a moment ago:
 * then somebody may be in the middle of writing it. */
static bool is_plain(struct cycle *c, const char *file, const struct row *row,
		     const struct buf *data, const struct notebook_name *name,
		     const struct fs_stat *st, struct err *e)
{
	if (name->format == NOTEBOOK_IPYNB ||
	    notebook_is_source(buf_str(data), data->len, name->language))
		return false;
	if (row && (row->side[SIDE_LOCAL].state != ENTRY_ABSENT ||
		    !version_absent(&row->base[SIDE_LOCAL]))) {
		err_set(e, ERR_INVALID, HEADER_LOST, file);
		return false;
	}
	if (files_wanted(c)) {
		err_set(e, ERR_RETRY, "'%s' changed while being read", file);
		return false;
	}
	remember_plain(c, file, st);
	return true;
}

/* A crash of the machine leaves NUL bytes where a file was being written. A notebook that had none
 * is not replaced by one that has. */
static bool is_torn(struct cycle *c, const char *file, const struct row *row,
		    const struct buf *data, struct err *e)
{
	cleanup_buf struct buf agreed = BUF_INIT(SIZE_MAX / 2);

	if (!row || version_absent(&row->agreed) || !memchr(buf_str(data), '\0', data->len))
		return false;
	if (hub_blob_get(c->hub, &row->agreed.blob, &agreed, e) == ERR_OK &&
	    memchr(buf_str(&agreed), '\0', agreed.len))
		return false;
	err_set(e, ERR_INVALID,
		"'%s' contains NUL bytes, as a crash leaves them in a half-written file: restore "
		"or save it again",
		file);
	return true;
}

/* Reads a file that is new or changed. Anything wrong with it becomes a held entry. */
static void read_file(struct cycle *c, const char *file, const struct notebook_name *name,
		      const struct fs_stat *seen)
{
	cleanup_buf struct buf data = BUF_INIT(SIZE_MAX / 2);
	struct row *row = table_find(&c->table, name->stem);
	struct fs_stat st = *seen;
	struct err e = ERR_INIT;
	struct version v;
	struct oid raw;
	int r;

	r = fs_read(c->root, file, (size_t)c->mapping->max_notebook, &data, &st, &e);
	if (r == ERR_ABSENT)
		return;
	if (!r && is_plain(c, file, row, &data, name, &st, &e))
		return;
	row = table_get(&c->table, name->stem);
	if (!r && !e.code && !is_torn(c, file, row, &data, &e))
		r = content_take(&c->content, row, SIDE_LOCAL, file, buf_str(&data), data.len, &v,
				 &raw, &e);
	if (e.code) {
		hold(row, reason_of(&st, c, e.code), file, &st, &e);
		if (e.code == ERR_RETRY)
			report_wake(c->report, c->mapping->settle_ms);
	} else {
		entry_set_present(row, SIDE_LOCAL, &v, &raw, file);
		row->side[SIDE_LOCAL].stat = st;
	}
	entry_found(row, SIDE_LOCAL);
	c->cache_dirty = true;
}

/* A conflict copy is listed as long as it exists; removing or renaming it resolves the conflict. */
static bool note_conflict(struct cycle *c, const char *file)
{
	if (!conflict_copy_of(c, file, NULL, NULL))
		return false;
	table_get(&c->conflicts, file);
	return true;
}

static void read_any(struct cycle *c, const char *path, const char *file, const struct fs_stat *st)
{
	struct notebook_name name;

	if (str_eq(path, file)) {
		local_read_file(c, file, st);
	} else if (notebook_name_parse(&name, file)) {
		read_file(c, file, &name, st);
		notebook_name_release(&name);
	}
}

static void look_at_file(struct local_look *look, const char *file, const struct fs_stat *st)
{
	struct cycle *c = look->c;
	cleanup_free char *path = local_row_path(c, file, st);
	struct err e = ERR_INIT;
	struct row *row;

	if (!path)
		return;
	row = table_find(&c->table, path);
	if (note_conflict(c, file) || !filter_takes(&c->filter, path, file, row) ||
	    known_plain(c, file, st)) {
		/* Not ours, or a script beside our notebook of another extension. */
	} else if (local_unchanged(row, file, st)) {
		entry_found(row, SIDE_LOCAL);
	} else if (row && collides(c, row, file)) {
		local_hold_file(c, row, file);
	} else if (path_check(file, &e) || st->kind != FS_FILE) {
		if (!e.code)
			err_set(&e, ERR_INVALID, "'%s' is a link or special file, not a notebook",
				file);
		row = table_get(&c->table, path);
		hold(row, st->kind == FS_FILE ? HOLD_NAME : HOLD_KIND, file, st, &e);
		entry_found(row, SIDE_LOCAL);
	} else {
		read_any(c, path, file, st);
	}
	row = files_wanted(c) ? table_find(&c->table, path) : NULL;
	if (row && str_eq(row->side[SIDE_LOCAL].file, file))
		local_settle_twin(c, row);
}

/* ---- many files ---- */

/* Everything below a folder that could not be examined stays as it was last known, held. */
static void hold_below(struct cycle *c, const char *dir, const struct err *why)
{
	cleanup_free char *inside = path_join(dir, "x");
	/* A repository of its own is nobody's mistake, unless notebooks of ours are inside. */
	bool tell = !fs_in_nested_repo(c->root, inside);
	struct err e = *why;

	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row)) {
		struct entry *entry = &row->side[SIDE_LOCAL];

		if (entry->state == ENTRY_ABSENT && version_absent(&row->base[SIDE_LOCAL]))
			continue;
		if (!path_is_below(row->path, dir) || !filter_manages_row(&c->filter, row))
			continue;
		hold(row, HOLD_UNREADABLE, entry->file, NULL, &e);
		entry_found(row, SIDE_LOCAL);
		tell = true;
	}
	if (tell)
		report_held(c->report, dir, SIDE_LOCAL, HOLD_UNREADABLE, e.text);
}

/* An entry that could not even be examined is there, whatever it is. */
static void hold_file(struct cycle *c, const char *file, const struct err *why)
{
	struct row *row = table_find_file(&c->table, SIDE_LOCAL, file);
	struct notebook_name name = { 0 };
	bool notebook = notebook_name_parse(&name, file);
	const char *path;

	if (!row && !notebook && !files_wanted(c))
		return;
	path = row ? row->path : notebook ? name.stem : file;
	if (!filter_takes(&c->filter, path, file, row ? row : table_find(&c->table, path))) {
		notebook_name_release(&name);
		return;
	}
	row = table_get(&c->table, path);
	notebook_name_release(&name);
	hold(row, HOLD_UNREADABLE, file, NULL, why);
	entry_found(row, SIDE_LOCAL);
}

/* A walk meets the ignore file of a folder before the folder's other entries. One that cannot be
 * used is read again only when it changes, and at most once in a look. */
static void meet_rules(struct local_look *look, const char *rel, const struct fs_stat *st,
		       const struct err *problem)
{
	if (look->reloaded ? ignore_local_known(look->c, rel)
			   : !problem->code && ignore_local_same(look->c, rel, st))
		look->rules_met++;
	else
		look->rules_moved = true;
}

/* Whether to go into it. */
static bool look_at_folder(struct local_look *look, const char *rel, const struct err *problem)
{
	if (!filter_enters(&look->c->filter, rel))
		return false;
	if (problem->code) {
		hold_below(look->c, rel, problem);
		look->rules_met += ignore_count_below(look->c, rel);
	}
	return true;
}

static bool on_entry(void *payload, const char *rel, const struct fs_stat *st,
		     const struct err *problem)
{
	struct local_look *look = payload;

	if (look->rules_moved)
		return false;
	if (st->kind == FS_DIR)
		return look_at_folder(look, rel, problem);
	if (++look->files % 512 == 0)
		cycle_progress(look->c, "look", look->files, 0);
	if (ignore_is_name(rel, NULL))
		meet_rules(look, rel, st, problem);
	else if (problem->code)
		hold_file(look->c, rel, problem);
	else
		look_at_file(look, rel, st);
	return !cycle_cancelled(look->c);
}

/*
 * A deletion that a kill cut short between the file and its folder: the agreed state has it, the base
 * has not, the file is gone, and its folder may stand there empty. (What somebody deleted here moves
 * both at once.) Where the file still is, this does nothing.
 */
static void finish_deletions(struct cycle *c)
{
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		if (version_absent(&row->agreed) && !version_absent(&row->base[SIDE_LOCAL]))
			fs_remove(c->root, row->path, NULL, NULL);
}

static int open_root(struct cycle *c, struct err *e)
{
	const char *dir = c->mapping->local;
	size_t known;
	int fd, r;

	r = fs_root_open(&fd, dir, e);
	if (r == ERR_ABSENT && access(dir, F_OK) == 0)
		return err_set(
			e, ERR_CONFIG,
			"'%s' is not a directory: move what stands there away, and bring the "
			"local directory back",
			dir);
	if (r == ERR_ABSENT && (known = cycle_known(c, SIDE_LOCAL)) > 0)
		return err_set(
			e, ERR_CONFIG,
			"the local directory '%s' is missing although it held %zu notebooks: "
			"mount it or bring it back",
			dir, known);
	if (r == ERR_ABSENT && (r = fs_mkdirs(dir, 0755, e)) == ERR_OK)
		r = fs_root_open(&fd, dir, e);
	if (r)
		return r;
	if (c->root >= 0)
		close(c->root);
	c->root = fd;
	/* What a killed worker or a failing disk left; nobody else writes such files, we hold the lock. */
	if (c->litter) {
		c->litter = false;
		fs_sweep_temps(fd);
		finish_deletions(c);
	}
	return ERR_OK;
}

static bool shows_some(const struct cycle *c)
{
	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		if (entry_is_found(row, SIDE_LOCAL) && row->side[SIDE_LOCAL].state != ENTRY_ABSENT)
			return true;
	return false;
}

static int reload_rules(struct local_look *look, struct err *e)
{
	struct ignore before;
	int r = ignore_load_local(look->c, &before, e);

	if (r)
		return r;
	if (look->reloaded)
		ignore_release(&before);
	else
		look->before = before;
	look->reloaded = true;
	return ERR_OK;
}

/* Walks by the rules in force; when the walk shows that the ignore files say something else by now,
 * they are read and it begins again. */
static int walk_root(struct local_look *look, struct err *e)
{
	struct cycle *c = look->c;
	int r;

	for (int tries = 0; tries < RULES_TRIES; tries++) {
		look->rules_met = 0;
		look->rules_moved = false;
		table_probe(&c->table, SIDE_LOCAL);
		if ((r = fs_walk(c->root, "", on_entry, look, e)))
			return r;
		if (cycle_cancelled(c))
			return err_set(e, ERR_CANCELLED, "asked to stop");
		if (!look->rules_moved && look->rules_met == c->filter.rules.files)
			return ERR_OK;
		if ((r = reload_rules(look, e)))
			return r;
	}
	return err_set(e, ERR_RETRY, "the ignore files below '%s' change while they are read",
		       c->mapping->local);
}

static int check_root(struct cycle *c, struct err *e)
{
	cleanup_free char *name = xasprintf("the local directory '%s'", c->mapping->local);
	char identity[FS_IDENTITY_SIZE];
	int r;

	if ((r = root_check_empty(c, SIDE_LOCAL, shows_some(c), name, e)))
		return r;
	filter_spare(&c->filter, &c->table, SIDE_LOCAL);
	c->cache_dirty |= table_settle_probes(&c->table, SIDE_LOCAL);
	if ((r = fs_root_identity(c->root, identity, e)))
		return r;
	return root_check_identity(c, SIDE_LOCAL, identity, name, e);
}

static int look_full(struct cycle *c, struct err *e)
{
	struct local_look look = { .c = c };
	int r;

	if ((r = open_root(c, e)))
		return r;
	r = walk_root(&look, e);
	if (!r)
		r = check_root(c, e);
	if (look.reloaded)
		(r ? ignore_load_undo : ignore_load_commit)(c, &look.before);
	return r;
}

/* ---- hints ---- */

/* Whether a hint that names nothing any more may be about this row. */
static bool concerned(const struct row *row, const char *hint)
{
	const struct entry *entry = &row->side[SIDE_LOCAL];

	if (entry->state == ENTRY_ABSENT || !entry->file || entry_is_found(row, SIDE_LOCAL))
		return false;
	if (str_eq(entry->file, hint) || path_is_below(entry->file, hint))
		return true;
	/* The other file of a collision may be the one that went. */
	return entry->reason == HOLD_COLLISION && str_starts(hint, row->path);
}

static void look_again(struct local_look *look, struct row *row)
{
	struct cycle *c = look->c;
	struct entry *entry = &row->side[SIDE_LOCAL];
	struct err e = ERR_INIT;
	struct fs_stat st;

	if (!filter_manages_row(&c->filter, row))
		return;
	if (fs_stat(c->root, entry->file, &st, &e) == ERR_ABSENT) {
		entry_set_absent(row, SIDE_LOCAL);
		c->cache_dirty = true;
	} else if (!e.code) {
		look_at_file(look, entry->file, &st);
	}
}

/* Looks again at the rows that a file name is about, to spare asking all others. */
static bool look_at_rows_of(struct local_look *look, const char *hint)
{
	struct notebook_name name = { 0 };
	struct row *rows[2] = { table_find(&look->c->table, hint) };
	bool any = false;

	if (notebook_name_parse(&name, hint))
		rows[1] = table_find(&look->c->table, name.stem);
	notebook_name_release(&name);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i] || !concerned(rows[i], hint))
			continue;
		look_again(look, rows[i]);
		any = true;
	}
	return any;
}

/* A hinted path is gone: so is the notebook it was, or every notebook below the folder it was. Each
 * is examined by itself, because a hint is no evidence. */
static void look_at_gone(struct local_look *look, const char *hint)
{
	struct row *row;

	if (look_at_rows_of(look, hint))
		return;
	for (row = table_next(&look->c->table, NULL); row; row = table_next(&look->c->table, row))
		if (concerned(row, hint))
			look_again(look, row);
}

static void look_at_hint(struct local_look *look, const char *hint)
{
	struct cycle *c = look->c;
	struct err e = ERR_INIT;
	struct fs_stat st;
	int r;

	look->rules_moved |= ignore_is_name(hint, NULL) || !ignore_local_same_below(c, hint);
	if (look->rules_moved || path_check(hint, NULL) || fs_in_nested_repo(c->root, hint))
		return;
	r = fs_stat(c->root, hint, &st, &e);
	if (!r && st.kind == FS_DIR) {
		if (!filter_enters(&c->filter, hint))
			return;
		r = fs_walk(c->root, hint, on_entry, look, &e);
		if (!r)
			look_at_gone(look, hint);
	} else if (!r) {
		look_at_file(look, hint, &st);
	}
	if (r == ERR_ABSENT) {
		look_at_gone(look, hint);
	} else if (r) {
		hold_file(c, hint, &e);
		hold_below(c, hint, &e);
	}
}

int local_look(struct cycle *c, const struct cycle_hints *hints, struct err *e)
{
	struct local_look look = { .c = c };
	struct err gone = ERR_INIT;
	struct fs_stat st;

	if (!hints || c->root < 0)
		return look_full(c, e);
	/* A root that vanished must not look like many deletions. */
	if (fs_stat(c->root, "", &st, &gone) || access(c->mapping->local, F_OK) != 0)
		return look_full(c, e);
	table_probe(&c->table, SIDE_LOCAL);
	for (size_t i = 0; !look.rules_moved && i < hints->count; i++)
		look_at_hint(&look, hints->paths[i]);
	return look.rules_moved ? look_full(c, e) : ERR_OK;
}
