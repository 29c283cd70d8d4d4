/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walking the history: the commits of all chains and of the branch by one queue, newest first, each
 * compared with its first parent.
 *
 * refs/nbsync/seen/git is no history of its own: each of its commits only keeps a tip of the branch
 * reachable, as its last parent. So it is followed but not reported, and what it keeps counts as the
 * branch, where each commit is reported once however many ways lead to it.
 */

#include "memory/history.h"

#include <stdlib.h>
#include <string.h>

#include "git/hub/oid_set.h"
#include "memory/history_match.h"

/* ---- the queue: what is next in each chain ---- */

enum chain { CHAIN_BRANCH, CHAIN_AGREED, CHAIN_WORKSPACE, CHAIN_LOCAL, CHAIN_KEEPER };

struct head {
	struct commit_info commit;
	enum chain chain;
	size_t seq; /* order of arrival */
};

struct walk {
	struct hub *hub;
	const struct config_mapping *mapping;
	struct history_match match;
	history_fn fn;
	void *payload;

	struct head *heads; /* owned; a heap, the newest first */
	size_t count, cap, seq;
	struct oid_set met; /* commits of the branch that are or were in the queue */

	/* The revision being compared. */
	struct head *now;
	struct change *changes; /* owned */
	size_t change_count, change_cap;
	struct err error; /* of a callback */
};

/* Whether a is to be reported before b. */
static bool is_before(const struct head *a, const struct head *b)
{
	if (a->commit.when_s != b->commit.when_s)
		return a->commit.when_s > b->commit.when_s;
	return a->chain != b->chain ? a->chain < b->chain : a->seq < b->seq;
}

static void swap_heads(struct head *a, struct head *b)
{
	struct head c = *a;

	*a = *b;
	*b = c;
}

static void sift_up(struct walk *w, size_t i)
{
	for (; i && is_before(&w->heads[i], &w->heads[(i - 1) / 2]); i = (i - 1) / 2)
		swap_heads(&w->heads[i], &w->heads[(i - 1) / 2]);
}

static void sift_down(struct walk *w)
{
	for (size_t i = 0, first;; i = first) {
		first = i;
		for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < w->count; child++)
			if (is_before(&w->heads[child], &w->heads[first]))
				first = child;
		if (first == i)
			return;
		swap_heads(&w->heads[i], &w->heads[first]);
	}
}

static int push(struct walk *w, const struct oid *id, enum chain chain, struct err *e)
{
	struct head head = { .chain = chain, .seq = w->seq++ };
	bool is_new = true;
	int r;

	/* Two chains may well begin with one and the same commit, but each is a line. */
	if (chain == CHAIN_BRANCH)
		oid_set_add(&w->met, id, &is_new);
	if (!is_new)
		return ERR_OK;
	if ((r = history_commit(w->hub, id, &head.commit, e)))
		return r;
	w->heads = array_grow(w->heads, w->count, &w->cap, sizeof(*w->heads));
	w->heads[w->count++] = head;
	sift_up(w, w->count - 1);
	return ERR_OK;
}

static struct head pop(struct walk *w)
{
	struct head first = w->heads[0];

	w->heads[0] = w->heads[--w->count];
	sift_down(w);
	return first;
}

static int push_ref(struct walk *w, const char *name, enum chain chain, struct err *e)
{
	struct oid tip;
	int r = hub_ref_get(w->hub, name, &tip, e);

	if (r)
		return r == ERR_ABSENT ? ERR_OK : r;
	return push(w, &tip, chain, e);
}

static int push_refs(struct walk *w, struct err *e)
{
	cleanup_free char *head = xasprintf("refs/heads/%s", w->mapping->branch);
	cleanup_free char *remote = xasprintf("refs/remotes/origin/%s", w->mapping->branch);
	int r;

	if ((r = push_ref(w, head, CHAIN_BRANCH, e)) ||
	    (r = push_ref(w, remote, CHAIN_BRANCH, e)) ||
	    (r = push_ref(w, "refs/nbsync/agreed", CHAIN_AGREED, e)) ||
	    (r = push_ref(w, "refs/nbsync/seen/workspace", CHAIN_WORKSPACE, e)) ||
	    (r = push_ref(w, "refs/nbsync/seen/local", CHAIN_LOCAL, e)))
		return r;
	return push_ref(w, "refs/nbsync/seen/git", CHAIN_KEEPER, e);
}

static int push_parents(struct walk *w, const struct head *head, struct err *e)
{
	const struct commit_info *commit = &head->commit;
	size_t count = commit->parent_count;
	int r = ERR_OK;

	if (head->chain == CHAIN_KEEPER && count)
		r = push(w, &commit->parents[--count], CHAIN_BRANCH, e);
	if (head->chain != CHAIN_BRANCH && count > 1)
		count = 1;
	for (size_t i = 0; !r && i < count; i++)
		r = push(w, &commit->parents[i], head->chain, e);
	return r;
}

/* ---- one revision ---- */

struct change {
	char *path;       /* owned; as the mapping knows it */
	bool before, now; /* whether it is there */
};

static enum history_origin origin_of(enum chain chain)
{
	static const enum history_origin origins[] = {
		[CHAIN_BRANCH] = HISTORY_GIT,          [CHAIN_KEEPER] = HISTORY_GIT,
		[CHAIN_AGREED] = HISTORY_AGREED,       [CHAIN_LOCAL] = HISTORY_LOCAL,
		[CHAIN_WORKSPACE] = HISTORY_WORKSPACE,
	};

	return origins[chain];
}

const char *history_origin_name(enum history_origin origin)
{
	static const char *const names[] = { "git", "workspace", "local", "agreed" };

	return names[origin];
}

static bool enter(void *payload, const char *folder)
{
	const struct walk *w = payload;

	return history_match_enters(&w->match, origin_of(w->now->chain), folder);
}

static void add_change(struct walk *w, const char *file, char *path, bool before)
{
	if (!path || history_match_file(&w->match, file, path) == HISTORY_OTHER) {
		free(path);
		return;
	}
	w->changes = array_grow(w->changes, w->change_count, &w->change_cap, sizeof(*w->changes));
	w->changes[w->change_count++] =
		(struct change){ .path = path, .before = before, .now = !before };
}

/* Whether the file can be one that was asked for, by its name alone: others are not read. */
static bool may_match(const struct walk *w, const struct history_file *file)
{
	struct notebook_name name;
	bool fits = history_match_file(&w->match, file->name, file->name) != HISTORY_OTHER;

	if (!fits && !file->plain && notebook_name_parse(&name, file->name)) {
		fits = history_match_file(&w->match, file->name, name.stem) != HISTORY_OTHER;
		notebook_name_release(&name);
	}
	return fits;
}

static bool differing_file(void *payload, const struct tree_difference *d)
{
	struct walk *w = payload;
	struct history_file old = history_file(origin_of(w->now->chain), d->path), new = old;
	char *before = NULL, *now = NULL;

	if (!may_match(w, &new))
		return true;
	old.id = &d->old_id;
	old.mode = d->old_mode;
	new.id = &d->new_id;
	new.mode = d->new_mode;
	if (history_path(w->hub, w->mapping, &old, &before, &w->error) ||
	    history_path(w->hub, w->mapping, &new, &now, &w->error)) {
		free(before);
		return false;
	}
	add_change(w, new.name, before, true);
	add_change(w, new.name, now, false);
	return true;
}

static int compare(struct walk *w, struct err *e)
{
	const struct tree_diff diff = { .enter = enter, .file = differing_file, .payload = w };
	bool branch = origin_of(w->now->chain) == HISTORY_GIT;
	struct commit_info parent = { 0 };
	int r = ERR_OK;

	if (w->now->commit.parent_count)
		r = history_commit(w->hub, &w->now->commit.first_parent, &parent, e);
	w->error = ERR_INIT;
	if (!r)
		r = hub_tree_diff(w->hub, &parent.tree, &w->now->commit.tree,
				  branch ? w->mapping->git_path : "", &diff, e);
	commit_info_release(&parent);
	if (r || !w->error.code)
		return r;
	*e = w->error;
	return e->code;
}

static int compare_changes(const void *a, const void *b)
{
	return strcmp(((const struct change *)a)->path, ((const struct change *)b)->path);
}

static enum message_verb verb_of(const struct change *c)
{
	if (!c->before)
		return MESSAGE_ADD;
	return c->now ? MESSAGE_UPDATE : MESSAGE_DELETE;
}

/* Hands each path that changed to the caller, once: a notebook that changed its format is two files,
 * one that went and one that came. False: the caller wants no more. */
static bool report_changes(struct walk *w)
{
	const struct commit_info *commit = &w->now->commit;
	cleanup_free char *subject = xstrndup(commit->message, strcspn(commit->message, "\n"));
	struct history_item item = {
		.revision = commit->id,
		/* Of a record, what the clock said when it was made. */
		.when_s = w->now->chain == CHAIN_BRANCH ? commit->when_s : commit->said_s,
		.origin = origin_of(w->now->chain),
		.author = w->now->chain == CHAIN_BRANCH ? commit->author : NULL,
		.subject = subject,
	};
	bool more = true;

	if (w->change_count)
		qsort(w->changes, w->change_count, sizeof(*w->changes), compare_changes);
	for (size_t i = 0; more && i < w->change_count; i++) {
		struct change *c = &w->changes[i];

		if (i + 1 < w->change_count && str_eq(c->path, c[1].path)) {
			c[1].before |= c->before;
			c[1].now |= c->now;
			continue;
		}
		item.verb = verb_of(c);
		item.path = c->path;
		more = w->fn(w->payload, &item);
	}
	return more;
}

static void forget_changes(struct walk *w)
{
	for (size_t i = 0; i < w->change_count; i++)
		free(w->changes[i].path);
	w->change_count = 0;
}

static int visit(struct walk *w, bool *more, struct err *e)
{
	struct head head = pop(w);
	int r = ERR_OK;

	w->now = &head;
	if (head.chain != CHAIN_KEEPER && !(r = compare(w, e)))
		*more = report_changes(w);
	forget_changes(w);
	if (!r && *more)
		r = push_parents(w, &head, e);
	commit_info_release(&head.commit);
	return r;
}

int history_walk(struct hub *h, const struct config_mapping *m, const char *path, history_fn fn,
		 void *payload, struct err *e)
{
	struct walk w = { .hub = h, .mapping = m, .fn = fn, .payload = payload };
	bool more = true;
	int r;

	history_match_init(&w.match, path);
	r = push_refs(&w, e);
	while (!r && more && w.count)
		r = visit(&w, &more, e);
	for (size_t i = 0; i < w.count; i++)
		commit_info_release(&w.heads[i].commit);
	free(w.heads);
	free(w.changes);
	oid_set_release(&w.met);
	history_match_release(&w.match);
	return r;
}
