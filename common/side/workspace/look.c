/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The workspace side, looking: which objects there are in a folder of a Databricks workspace.
 *
 * A folder that cannot be listed is unknown, not empty. What a listing does not show is gone only
 * when the workspace, asked for it by name, says so too: every path of the durable base is asked
 * for, whatever a cache knows of it. Which objects have to be read says sort.c, take.c reads them,
 * and root.c judges the folder as a whole. Nothing is changed in the workspace.
 */

#include "side/workspace/look.h"

#include <stdlib.h>
#include <string.h>

#include "path/path.h"
#include "side/workspace/connection.h"
#include "side/workspace/root.h"
#include "side/workspace/row.h"
#include "side/workspace/take.h"

#define QUESTIONS_AT_ONCE 1000 /* of objects asked for by name */

/* What a full look listed. */
struct listed {
	struct workspace_side *s;         /* borrowed */
	struct side_context *c;           /* borrowed; the side's */
	struct workspace_listing listing; /* owned */
	/* Owned; paths of which the listing does not show whether they are folders, or what is in
	 * them; their entries have the reason. "" is the mapping's folder. */
	struct table doubts;
	bool shows_some; /* something that is kept in step stands there, or may */
};

static void doubt(struct listed *l, const char *path, const char *why)
{
	entry_hold(table_get(&l->doubts, path), SIDE_WORKSPACE, HOLD_UNREADABLE, NULL, why);
	l->shows_some |= !*path;
}

static void on_problem(void *payload, const char *path, const struct err *why)
{
	struct listed *l = payload;
	bool root = str_eq(path, l->s->root);
	const char *dir = root ? "" : workspace_relative(l->s, path);

	if (!dir)
		return;
	doubt(l, dir, why->text);
	report_held(l->c->report, root ? "." : dir, SIDE_WORKSPACE, HOLD_UNREADABLE, why->text);
}

/* An entry of the listing cannot be used: whatever it is, its path is held. */
static void hold_listed(struct listed *l, const struct workspace_held *held)
{
	const char *path = workspace_relative(l->s, held->path);
	struct err why = ERR_INIT;

	if (!path)
		return;
	err_set(&why, ERR_INVALID, "%s", held->why);
	workspace_hold(table_get(&l->c->table, path), HOLD_UNREADABLE, &why);
	doubt(l, path, held->why);
}

/* ERR_INVALID, with the reason, when a path that the listing does not show may be there all the
 * same: it is among the doubts itself, or below one, or below something of which we do not know
 * that it is a folder. */
static int check_unlisted(const struct listed *l, const char *path, struct err *why)
{
	cleanup_free char *at = xstrdup(path);
	const struct row *found;

	for (char *slash = at + strlen(at); slash; slash = strrchr(at, '/')) {
		*slash = '\0';
		if ((found = table_find(&l->doubts, at)))
			return err_set(why, ERR_INVALID, "%s",
				       found->side[SIDE_WORKSPACE].sentence);
		found = table_find(&l->s->occupied, at);
		if (found && !str_eq(at, path) && found->side[SIDE_WORKSPACE].reason != HOLD_NONE)
			return err_set(why, ERR_INVALID,
				       "something else than a folder stands at '%s' in the "
				       "workspace: rename it, or delete it to delete everywhere "
				       "what was below it",
				       at);
	}
	found = table_find(&l->doubts, "");
	return found ? err_set(why, ERR_INVALID, "%s", found->side[SIDE_WORKSPACE].sentence)
		     : ERR_OK;
}

/* Holds the rows that were not listed and whose absence the workspace cannot be asked about. */
static void hold_unlisted(struct listed *l)
{
	struct table *t = &l->c->table;

	for (struct row *row = table_next(t, NULL); row; row = table_next(t, row)) {
		struct err e = ERR_INIT;

		if (!entry_may_stand(row, SIDE_WORKSPACE) || entry_is_found(row, SIDE_WORKSPACE))
			continue;
		if (check_unlisted(l, row->path, &e))
			workspace_hold(row, HOLD_UNREADABLE, &e);
		else if (path_check(row->path, &e))
			workspace_hold(row, HOLD_NAME, &e);
	}
}

/* The workspace was asked for this path, and answered that nothing stands there. That alone is no
 * evidence, because the answer is the same for a folder that does not answer: without a listing
 * that lacks it, too, the row stays as it was, and everything is listed next. */
static void note_absence(struct workspace_side *s, struct row *row, bool unlisted)
{
	if (entry_may_stand(row, SIDE_WORKSPACE) && !row->side[SIDE_WORKSPACE].gone && !unlisted) {
		s->doubtful = true;
		return;
	}
	table_remove(&s->occupied, row->path);
	entry_set_absent(row, SIDE_WORKSPACE);
	row->side[SIDE_WORKSPACE].gone = true;
}

/* Something that is not kept in step stands in a row's place. Where it is a folder, the notebook is
 * gone; but an object of another type is no reason to delete the notebook elsewhere. */
static void note_replacement(struct workspace_side *s, struct row *row,
			     const struct workspace_object *o, bool unlisted)
{
	struct err e = ERR_INIT;

	if (o->type == WORKSPACE_DIRECTORY) {
		note_absence(s, row, unlisted);
		return;
	}
	if (version_absent(&row->base[SIDE_WORKSPACE])) {
		entry_set_absent(row, SIDE_WORKSPACE);
		return;
	}
	err_set(&e, ERR_INVALID,
		"something else than a notebook has taken the place of '%s': rename it, or delete "
		"it to delete the notebook everywhere",
		o->path);
	workspace_hold(row, HOLD_KIND, &e);
}

/* unlisted: a listing, which has the folders of these rows, does not show them. */
static int look_at_slice(struct workspace_side *s, struct row **rows, size_t count, bool unlisted,
			 struct err *e)
{
	struct workspace_result *results = NULL;
	struct workspace_looked looked = { .asked = true };
	char **paths = xcalloc(count, sizeof(*paths));
	int r;

	for (size_t i = 0; i < count; i++)
		paths[i] = workspace_object_path(s, rows[i]->path);
	r = s->api->stat(s->workspace, (const char *const *)paths, count, &results, e);
	for (size_t i = 0; !r && i < count; i++) {
		if (results[i].code == ERR_ABSENT)
			note_absence(s, rows[i], unlisted);
		else if (results[i].code)
			workspace_hold(rows[i], HOLD_UNREADABLE, &results[i].error);
		else {
			if (!workspace_travels(s->side.context, &results[i].object))
				note_replacement(s, rows[i], &results[i].object, unlisted);
			workspace_sort(s, &results[i].object, &looked);
		}
	}
	if (!r)
		r = workspace_take(s, &looked, e);
	workspace_looked_release(&looked);
	workspace_results_free(results, count);
	for (size_t i = 0; i < count; i++)
		free(paths[i]);
	free(paths);
	return r;
}

/* Thousands of questions at once would take more memory than their answers. */
static int look_at(struct workspace_side *s, struct row **rows, size_t count, bool unlisted,
		   struct err *e)
{
	int r = ERR_OK;

	for (size_t i = 0, n; !r && i < count; i += n) {
		n = count - i < QUESTIONS_AT_ONCE ? count - i : QUESTIONS_AT_ONCE;
		r = look_at_slice(s, rows + i, n, unlisted, e);
	}
	return r;
}

int workspace_look_at(struct workspace_side *s, struct row **rows, size_t count, struct err *e)
{
	return look_at(s, rows, count, false, e);
}

/* Whether a listing lacks the row, so that it is to be asked for by name. What is known to be gone
 * is asked for once more before a confirmation makes it deletions. And whether it shows another thing than
 * the branch, on which somebody says that the workspace had just that: then it decides about the row. */
static bool is_doubtful(struct side_context *c, struct row *row)
{
	bool found = entry_is_found(row, SIDE_WORKSPACE);
	bool missing = entry_may_stand(row, SIDE_WORKSPACE) && !found &&
		       (!row->side[SIDE_WORKSPACE].gone || c->approvals.confirm);
	bool contradicts = row->vouched && found != (row->side[SIDE_GIT].state == ENTRY_PRESENT);

	return (missing || contradicts) && filter_manages_row(&c->filter, row);
}

/* A listing may be older than our own writes, or lack a folder for a moment: what it does not show
 * is asked for by name before it is taken for deleted. */
static int ask_for_doubtful(struct workspace_side *s, struct err *e)
{
	struct side_context *c = s->side.context;
	struct row **rows = xcalloc(c->table.count, sizeof(*rows));
	size_t n = 0;
	int r;

	for (struct row *row = table_next(&c->table, NULL); row; row = table_next(&c->table, row))
		if (is_doubtful(c, row))
			rows[n++] = row;
	r = look_at(s, rows, n, true, e);
	free(rows);
	return r;
}

static int look_full(struct workspace_side *s, struct err *e)
{
	struct side_context *c = s->side.context;
	cleanup_free char *name = xasprintf("the workspace folder '%s'", s->root);
	struct listed l = { .s = s, .c = c };
	struct workspace_looked looked = { 0 };
	int r;

	table_init(&l.doubts);
	table_probe(&c->table, SIDE_WORKSPACE);
	context_progress(c, "look", 0, 0);
	r = s->api->list(s->workspace, s->root, &l.listing, on_problem, &l, e);
	l.shows_some |= l.listing.held_count > 0;
	for (size_t i = 0; i < l.listing.count; i++)
		l.shows_some |= workspace_travels(c, &l.listing.items[i]);
	r = workspace_root_check(c, r, l.shows_some, name, e);
	table_release(&s->occupied);
	table_init(&s->occupied);
	for (size_t i = 0; !r && i < l.listing.count; i++) {
		workspace_sort(s, &l.listing.items[i], &looked);
		/* The row has it; of 100,000 objects twice is 10 MB. */
		free(steal(&l.listing.items[i].path));
	}
	for (size_t i = 0; !r && i < l.listing.held_count; i++)
		hold_listed(&l, &l.listing.held[i]);
	if (!r)
		r = workspace_take(s, &looked, e);
	filter_spare(&c->filter, &c->table, SIDE_WORKSPACE);
	if (!r)
		hold_unlisted(&l);
	if (!r)
		r = ask_for_doubtful(s, e);
	if (!r)
		table_settle_probes(&c->table, SIDE_WORKSPACE);
	if (!r)
		r = workspace_root_check_identity(s, name, e);
	workspace_looked_release(&looked);
	workspace_listing_release(&l.listing);
	table_release(&l.doubts);
	return r;
}

/* Hints are local paths, and the local side has looked at them before: what matters here are the
 * rows that it touched, and those that are still to be written. */
static bool concerns(const struct row *row)
{
	return row->touched || row->todo.action[SIDE_WORKSPACE] == PLAN_PUT ||
	       row->todo.action[SIDE_WORKSPACE] == PLAN_DELETE;
}

static int look_at_concerned(struct workspace_side *s, struct err *e)
{
	struct side_context *c = s->side.context;
	struct row **rows = xcalloc(c->table.listed_count, sizeof(*rows));
	size_t n = 0;
	int r;

	for (size_t i = 0; i < c->table.listed_count; i++)
		if (concerns(c->table.listed[i]) && !path_check(c->table.listed[i]->path, NULL))
			rows[n++] = c->table.listed[i];
	r = n ? workspace_look_at(s, rows, n, e) : ERR_OK;
	free(rows);
	return r;
}

/* When a look at hinted rows leaves something in doubt, a full one follows; when that does, too,
 * the next look is a full one. */
static int look(struct workspace_side *s, const struct side_look *what, struct err *e)
{
	int r;

	if (what->hints && !s->doubtful) {
		r = look_at_concerned(s, e);
		if (r || !s->doubtful)
			return r;
		r = look_full(s, e);
		s->doubtful = r != ERR_OK;
		return r;
	}
	s->doubtful = false;
	return look_full(s, e);
}

int workspace_side_look(struct side *side, const struct side_look *what, struct err *e)
{
	struct workspace_side *s = (struct workspace_side *)side;
	int r = workspace_connect(s, e);

	if (!r)
		r = look(s, what, e);
	if (r == ERR_CONFIG)
		workspace_disconnect(s);
	if (s->workspace)
		workspace_count_requests(s);
	return r;
}
