/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local side, looking: a directory on this machine.
 *
 * Looking costs a stat per file; only what changed since the last look is read (file.c). A root
 * that is missing or empty although notebooks agreed there before holds the whole side. What a walk
 * does not show counts as deleted only after missing.c has looked for it by name, and the root has
 * turned out to be the one that was opened.
 */

#include <string.h>

#include "fs/fs.h"
#include "path/path.h"
#include "side/file.h"
#include "side/local/clone.h"
#include "side/local/file.h"
#include "side/local/missing.h"
#include "side/local/root.h"
#include "side/local/rules.h"
#include "side/rules.h"

#define RULES_TRIES 3
#define LOOKS_MAX   3 /* while a working tree around changes */

struct local_look {
	struct local_side *s;
	struct side_context *c;
	size_t files;         /* looked at so far */
	size_t rules_met;     /* ignore files that are as the rules in force say */
	bool rules_differ;    /* one is not */
	bool reloaded;        /* the ignore files were read again in this look */
	struct ignore before; /* owned; when reloaded: the rules until then */
	/* Links and what could not be examined, by path: what was below them is held. The local
	 * entry of each says why. */
	struct table shut;
	bool everywhere; /* the hints do not name all that has to be looked at */
	bool gone;       /* something seems to be deleted */
};

/* A walk meets the ignore file of a folder before the folder's other entries. One that cannot be
 * used is read again only when it changes, and at most once in a look. */
static void note_rules(struct local_look *look, const char *rel, const struct fs_stat *st,
		       const struct err *problem)
{
	bool same = look->reloaded ? local_rules_known(look->c, rel)
				   : !problem->code && local_rules_same(look->c, rel, st);

	if (same)
		look->rules_met++;
	else
		look->rules_differ = true;
}

/* Whether the walk is to enter it. */
static bool look_at_folder(struct local_look *look, const char *rel, const struct err *problem)
{
	if (!filter_enters(&look->c->filter, rel))
		return false;
	if (problem->code) {
		local_hold_below(look->s, rel, problem);
		look->rules_met += local_rules_count_below(look->s, rel);
	}
	return true;
}

/* Notes in look->shut a link, which is not followed, or an entry that could not be examined: what
 * was below it is not deleted. */
static void note_shut(struct local_look *look, const char *rel, const struct fs_stat *st,
		      const struct err *problem)
{
	enum hold_reason reason = problem->code ? HOLD_UNREADABLE : HOLD_KIND;
	struct side_context *c = look->c;
	struct err e;

	if ((!problem->code && st->kind != FS_SYMLINK) || !filter_enters(&c->filter, rel))
		return;
	e = *problem;
	if (!e.code)
		err_set(&e, ERR_INVALID,
			"the folder '%s' is a link now, which is not followed: bring the folder "
			"back, or remove the link to delete its notebooks everywhere",
			rel);
	entry_hold(table_get(&look->shut, rel), SIDE_LOCAL, reason, rel, e.text);
	look->rules_met += local_rules_count_below(look->s, rel);
}

/* The entry of look->shut that is a folder above path; NULL: none. */
static const struct entry *shut_above(const struct local_look *look, const char *path)
{
	cleanup_free char *folder = path_dir(path);

	while (*folder) {
		const struct row *row = table_find(&look->shut, folder);
		char *slash = strrchr(folder, '/');

		if (row)
			return &row->side[SIDE_LOCAL];
		*(slash ? slash : folder) = '\0';
	}
	return NULL;
}

/* Holds what is below an entry of look->shut, and was not found elsewhere. */
static void hold_shut(struct local_look *look)
{
	struct table *t = &look->c->table;
	const struct entry *above;

	for (struct row *row = table_next(t, NULL); look->shut.count && row;
	     row = table_next(t, row)) {
		if (entry_is_found(row, SIDE_LOCAL) ||
		    (row->side[SIDE_LOCAL].state == ENTRY_ABSENT &&
		     version_absent(&row->base[SIDE_LOCAL])))
			continue;
		above = shut_above(look, row->path);
		if (!above || !filter_manages_row(&look->c->filter, row))
			continue;
		entry_hold(row, SIDE_LOCAL, above->reason, row->side[SIDE_LOCAL].file,
			   above->sentence);
		entry_found(row, SIDE_LOCAL);
	}
}

/* fs_visit_fn of the walk; payload is the struct local_look. */
static bool visit(void *payload, const char *rel, const struct fs_stat *st,
		  const struct err *problem)
{
	struct local_look *look = payload;

	if (look->rules_differ)
		return false;
	if (problem->code == ERR_ABSENT) {
		local_vanished(look->s, rel, problem);
		return false;
	}
	if (st->kind == FS_DIR)
		return look_at_folder(look, rel, problem);
	note_shut(look, rel, st, problem);
	if (++look->files % 512 == 0)
		context_progress(look->c, "look", look->files, 0);
	if (ignore_is_name(rel, NULL))
		note_rules(look, rel, st, problem);
	else if (problem->code)
		local_hold_unread(look->c, rel, problem);
	else
		local_look_at_file(look->s, rel, st);
	return !context_cancelled(look->c);
}

static int reload_rules(struct local_look *look, struct err *e)
{
	struct ignore before;
	int r = local_rules_load(look->s, &before, e);

	if (r)
		return r;
	if (look->reloaded)
		ignore_release(&before);
	else
		look->before = before;
	look->reloaded = true;
	return ERR_OK;
}

/* Walks by the rules in force. When the walk meets an ignore file that changed, or misses one, the
 * ignore files are read again and it begins anew. ERR_RETRY after RULES_TRIES times. */
static int walk_root(struct local_look *look, struct err *e)
{
	struct side_context *c = look->c;
	int r;

	for (int tries = 0; tries < RULES_TRIES; tries++) {
		look->rules_met = 0;
		look->rules_differ = false;
		table_release(&look->shut);
		table_init(&look->shut);
		table_probe(&c->table, SIDE_LOCAL);
		if ((r = fs_walk(look->s->root, "", visit, look, e)))
			return r;
		if (context_cancelled(c))
			return err_set(e, ERR_CANCELLED, "asked to stop");
		if (!look->rules_differ && look->rules_met == c->filter.rules.files) {
			hold_shut(look);
			return ERR_OK;
		}
		if ((r = reload_rules(look, e)))
			return r;
	}
	return err_set(e, ERR_RETRY, "the ignore files below '%s' change while they are read",
		       c->mapping->local);
}

static int look_full(struct local_side *s, struct err *e)
{
	struct side_context *c = s->side.context;
	struct local_look look = { .s = s, .c = c };
	int r;

	s->doubtful = false; /* local_vanished() may set it again */
	if ((r = local_open_root(s, e)))
		return r;
	table_init(&look.shut);
	r = walk_root(&look, e);
	if (!r)
		r = local_check_root(s, e);
	if (look.reloaded && r)
		rules_undo(c, &look.before);
	else if (look.reloaded)
		rules_commit(c, &look.before);
	table_release(&look.shut);
	return r;
}

/* ---- hints ---- */

/* Whether a hint that names nothing may be about this row. */
static bool is_concerned(const struct row *row, const char *hint)
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
	struct side_context *c = look->c;
	struct entry *entry = &row->side[SIDE_LOCAL];
	struct fs_stat st;
	int r;

	if (!filter_manages_row(&c->filter, row))
		return;
	r = fs_stat(look->s->root, entry->file, &st, NULL);
	if (r == ERR_ABSENT) {
		/* One of the files of a collision: the notebook goes on as the other. */
		if (entry->reason == HOLD_COLLISION)
			look->everywhere = true;
		if (look->everywhere)
			return;
		entry_set_absent(row, SIDE_LOCAL);
		look->gone = true;
	} else if (!r) {
		local_look_at_file(look->s, entry->file, &st);
	}
}

/* Looks again at the rows whose file the hint may name, which are found without going through the
 * table. Whether there were any. */
static bool look_at_rows_of(struct local_look *look, const char *hint)
{
	struct notebook_name name = { 0 };
	struct row *rows[2] = { table_find(&look->c->table, hint) };
	bool any = false;

	if (notebook_name_parse(&name, hint))
		rows[1] = table_find(&look->c->table, name.stem);
	notebook_name_release(&name);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (!rows[i] || !is_concerned(rows[i], hint))
			continue;
		look_again(look, rows[i]);
		any = true;
	}
	return any;
}

/* A hinted path does not exist: it may have been a notebook, or a folder of notebooks. Each of them
 * is examined by itself, because a hint may be wrong. */
static void look_at_gone(struct local_look *look, const char *hint)
{
	struct row *row;

	if (look_at_rows_of(look, hint))
		return;
	for (row = table_next(&look->c->table, NULL); row; row = table_next(&look->c->table, row))
		if (is_concerned(row, hint))
			look_again(look, row);
}

static void look_at_hint(struct local_look *look, const char *hint)
{
	struct side_context *c = look->c;
	struct err e = ERR_INIT;
	struct fs_stat st;
	int r;

	if (ignore_is_name(hint, NULL) || !local_rules_same_below(look->s, hint))
		look->rules_differ = true;
	if (look->rules_differ || path_check(hint, NULL) || fs_in_nested_repo(look->s->root, hint))
		return;
	r = fs_stat(look->s->root, hint, &st, &e);
	if (!r && st.kind == FS_DIR) {
		if (!filter_enters(&c->filter, hint))
			return;
		r = fs_walk(look->s->root, hint, visit, look, &e);
		if (!r)
			look_at_gone(look, hint);
	} else if (!r) {
		visit(look, hint, &st, &e);
	}
	if (r == ERR_ABSENT) {
		look_at_gone(look, hint);
	} else if (r) {
		local_hold_unread(c, hint, &e);
		local_hold_below(look->s, hint, &e);
	}
}

static int look(struct local_side *s, const struct side_look *what, struct err *e)
{
	struct side_context *c = s->side.context;
	struct local_look look = { .s = s, .c = c };
	struct err other = ERR_INIT;

	/* A root that vanished must not look like many deletions. */
	if (!what->hints || s->doubtful || s->root < 0 || local_check_same_root(s, &other))
		return look_full(s, e);
	table_probe(&c->table, SIDE_LOCAL);
	table_init(&look.shut);
	for (size_t i = 0; !look.rules_differ && !look.everywhere && i < what->hint_count; i++)
		look_at_hint(&look, what->hints[i]);
	hold_shut(&look);
	table_release(&look.shut);
	if (look.gone && local_check_same_root(s, &other))
		look.everywhere = true;
	return look.rules_differ || look.everywhere ? look_full(s, e) : ERR_OK;
}

/* What was seen while somebody worked in the working tree around is looked at again, in full. */
int local_look(struct side *side, const struct side_look *what, struct err *e)
{
	static const struct side_look everything;
	struct local_side *s = (struct local_side *)side;
	bool again = false;
	int r = local_clone_begin(s, e);

	for (int tries = 0; !r && tries < LOOKS_MAX; tries++) {
		if ((r = look(s, again ? &everything : what, e)) ||
		    (r = local_clone_end(s, &again, e)) || !again)
			return r;
	}
	if (!r) {
		side->context->unsettled = true;
		r = err_set(e, ERR_RETRY,
			    "commands of Git change the working tree of '%s' while it is looked at",
			    side->context->mapping->local);
	}
	return r;
}
