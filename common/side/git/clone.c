/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The working tree that the mapping goes along with, as the Git side sees it.
 *
 * While its branch has commits that were never pushed, nbsync commits nothing: what it would push
 * now, these had to be merged with. They are not pushed for their author either, who may want to
 * amend or squash them; the files in them are in the working tree, so the other sides have them.
 * Otherwise the branch moves on to what the remote has, after every cycle in which it can.
 */

#include "side/git/clone.h"

#include <stdlib.h>
#include <string.h>

#include "log/log.h"
#include "path/path.h"
#include "side/clone.h"
#include "side/file.h"
#include "side/git/files/name.h"

/* The working tree, if the mapping has one to go with that can be opened; the local side says so when
 * not. */
static struct worktree *open_clone(const struct git_side *s)
{
	const struct config_mapping *m = s->side.context->mapping;
	struct worktree *w = NULL;

	if (m->clone == CONFIG_CLONE_FOLLOW && m->local && clone_open(m, &w, NULL, NULL))
		return NULL;
	return w;
}

/* ---- commits of its user ---- */

/*
 * Whoever commits a notebook, pushes, and edits on has made one edit after the other; the plan would
 * see two that clash. So the bases move to what is known of the order. Only where both sides show the
 * notebook: what was deleted on one of them is decided as ever.
 */

/* What the local files stand on, as far as the hub knows it. */
struct standing {
	struct oid tree;
	bool pulled; /* it came with the last fetch, and the branch has gone on since */
};

/* The local file stands on what the branch has of the row, so that is no edit of the Git side's. What
 * is agreed may have come from the branch while the local side was held: then it is the local base. */
static void take_over(struct side_context *c, struct row *row)
{
	const struct version *git = &row->side[SIDE_GIT].version;
	bool from_branch = version_same(&row->agreed, &row->base[SIDE_GIT]) ||
			   version_same(&row->agreed, git);

	if (from_branch && !version_same(&row->base[SIDE_LOCAL], &row->agreed))
		state_set_base(&c->state, row, SIDE_LOCAL, &row->agreed);
	if (!version_same(&row->base[SIDE_GIT], git))
		state_set_base(&c->state, row, SIDE_GIT, git);
}

/* The local file is as somebody pulled it from the branch, which has changed it since: that is no edit
 * of the local side's. Where it was taken for one, and is agreed, the branch went on from there. */
static void let_lag(struct side_context *c, struct row *row)
{
	const struct version *local = &row->side[SIDE_LOCAL].version;

	if (!version_same(&row->base[SIDE_LOCAL], local))
		state_set_base(&c->state, row, SIDE_LOCAL, local);
	if (version_same(&row->agreed, local))
		state_set_base(&c->state, row, SIDE_GIT, local);
}

static void take_row(struct side_context *c, const struct standing *on, struct row *row)
{
	const struct entry *local = &row->side[SIDE_LOCAL], *git = &row->side[SIDE_GIT];
	cleanup_free char *path = NULL;
	struct oid id;

	if (local->state != ENTRY_PRESENT || git->state != ENTRY_PRESENT)
		return;
	path = git_path_of(c, git->file);
	if (hub_tree_find(c->hub, &on->tree, path, &id, NULL, NULL))
		return;
	if (oid_equal(&id, &git->raw))
		take_over(c, row);
	else if (on->pulled && oid_equal(&id, &local->raw) &&
		 !version_same(&row->base[SIDE_GIT], &git->version))
		let_lag(c, row);
}

/* Where the local files stand, by the commits that the hub has. False: that is not known. */
static bool find_standing(struct git_side *s, struct standing *on)
{
	struct side_context *c = s->side.context;
	struct oid known = { 0 };
	bool newer = false, older = false;
	struct worktree *w = oid_is_zero(&c->standing) ? NULL : open_clone(s);

	if (w)
		worktree_known(w, c->hub, &c->standing, &known);
	worktree_free(w);
	if (oid_is_zero(&known) || hub_commit_tree(c->hub, &known, &on->tree, NULL))
		return false;
	on->pulled = !oid_is_zero(&s->taken) && !oid_is_zero(&s->tip) &&
		     !hub_is_ancestor(c->hub, &s->taken, &known, &newer, NULL) && newer &&
		     !hub_is_ancestor(c->hub, &known, &s->tip, &older, NULL) && older;
	return true;
}

void git_clone_take_over(struct git_side *s)
{
	struct side_context *c = s->side.context;
	struct standing on;

	if (find_standing(s, &on))
		for (size_t i = 0; i < c->table.listed_count; i++)
			take_row(c, &on, c->table.listed[i]);
	s->taken = s->tip;
}

/* ---- when to commit ---- */

static size_t count_changes(const struct side_context *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->table.listed_count; i++) {
		enum plan_action action = c->table.listed[i]->todo.action[SIDE_GIT];

		n += action == PLAN_PUT || action == PLAN_DELETE;
	}
	return n;
}

static void say_waiting(struct git_side *s, const struct worktree *w)
{
	struct side_context *c = s->side.context;
	size_t waiting = count_changes(c);

	if (!waiting)
		return;
	free(c->report->waiting.sentence);
	c->report->waiting.paths = waiting;
	c->report->waiting.sentence = xasprintf(
		"%zu change%s for 'git push' in '%s': branch '%s' there has commits that "
		"'%s' does not have",
		waiting, waiting == 1 ? " waits" : "s wait", worktree_top(w), c->mapping->branch,
		c->mapping->git);
}

bool git_clone_waits(struct git_side *s)
{
	struct side_context *c = s->side.context;
	enum worktree_relation relation = WORKTREE_EVEN;
	struct worktree *w = open_clone(s);
	struct err e = ERR_INIT;
	bool waits;

	if (!w)
		return false;
	if (worktree_relate(w, c->hub, &s->tip, &relation, &e))
		log_info("%s", e.text);
	waits = relation == WORKTREE_AHEAD || relation == WORKTREE_DIVERGED;
	if (waits)
		say_waiting(s, w);
	worktree_free(w);
	return waits;
}

/* ---- moving on ---- */

/* The row of a file below git_path; NULL: none. *ours: nbsync would take such a file. */
static struct row *row_of(struct side_context *c, const char *file, bool *ours)
{
	struct notebook_name name = { 0 };
	struct row *row = table_find(&c->table, file), *notebook;

	*ours = files_wanted(c) && filter_takes(&c->filter, file, file, row);
	if (!notebook_name_parse(&name, file))
		return row;
	notebook = table_find(&c->table, name.stem);
	*ours = *ours || filter_takes(&c->filter, name.stem, file, notebook);
	notebook_name_release(&name);
	return notebook && str_eq(notebook->side[SIDE_LOCAL].file, file) ? notebook : row;
}

static bool stands(const struct entry *entry, const char *file)
{
	return entry->state == ENTRY_PRESENT && str_eq(entry->file, file);
}

/* worktree_advance.claim; payload is the struct git_side. */
static enum worktree_claim claim(void *payload, const char *path, const struct oid *id)
{
	struct git_side *s = payload;
	struct side_context *c = s->side.context;
	const char *folder = c->mapping->git_path;
	const struct entry *here, *there;
	const struct row *row;
	const char *file;
	bool ours;

	if (*folder && !path_is_below(path, folder))
		return WORKTREE_OTHERS;
	file = *folder ? path + strlen(folder) + 1 : path;
	row = row_of(c, file, &ours);
	if (!ours)
		return WORKTREE_OTHERS;
	if (!row)
		return WORKTREE_OURS;
	here = &row->side[SIDE_LOCAL];
	there = &row->side[SIDE_GIT];
	if (stands(here, file) && stands(there, file) && oid_equal(&there->raw, id) &&
	    version_same(&here->version, &row->agreed) &&
	    version_same(&there->version, &row->agreed))
		return WORKTREE_ARRIVED;
	return WORKTREE_OURS;
}

/* Said while nothing else is on its way: then it is no matter of seconds. */
static void say(struct git_side *s, const char *sentence)
{
	struct side_context *c = s->side.context;

	log_info("%s", sentence);
	if (!c->unsettled && !c->report->waiting.paths && !count_changes(c))
		report_note(c->report, "%s", sentence);
}

static void say_behind(struct git_side *s, const struct worktree *w)
{
	cleanup_free char *sentence = xasprintf(
		"branch '%s' of the working tree '%s' is behind, because others changed files that "
		"nbsync does not bring: run 'git pull' there",
		s->side.context->mapping->branch, worktree_top(w));

	say(s, sentence);
}

static void move_on(struct git_side *s, struct worktree *w, enum worktree_relation relation)
{
	struct side_context *c = s->side.context;
	const struct worktree_advance a = { .hub = c->hub,
					    .tip = &s->tip,
					    .name = c->mapping->author_name,
					    .email = c->mapping->author_email,
					    .claim = claim,
					    .payload = s };
	enum worktree_outcome outcome;
	struct err e = ERR_INIT;

	if (relation == WORKTREE_EVEN)
		worktree_track(w, &a);
	else if (worktree_advance(w, &a, &outcome, &e))
		say(s, e.text);
	else if (outcome == WORKTREE_MOVED)
		log_info("branch '%s' of the working tree '%s' has what '%s' has",
			 c->mapping->branch, worktree_top(w), s->url);
	else
		say_behind(s, w);
}

void git_clone_follow(struct git_side *s)
{
	struct side_context *c = s->side.context;
	enum worktree_relation relation;
	struct worktree *w = oid_is_zero(&s->tip) ? NULL : open_clone(s);

	if (w && !worktree_relate(w, c->hub, &s->tip, &relation, NULL) &&
	    relation <= WORKTREE_BEHIND && !worktree_check(w, NULL, NULL, NULL))
		move_on(s, w, relation);
	worktree_free(w);
}
