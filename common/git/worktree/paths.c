/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to become of the index when a branch moves on: for each path in which the branch differs
 * from the remote's tip.
 *
 *   whose    working file     index has                        then
 *   ours     as in tip        the branch's, tip's, or what     tip's
 *                             one of the commits between has
 *   ours     as in tip        anything else                    all waits: somebody staged it
 *   ours     something else   -                                all waits: it has not arrived
 *   others'  -                -                                the branch stays
 *
 * Entries are written without stat data, so that Git compares the file with the blob itself, by its
 * own filters, when it looks next; nothing that changes meanwhile is taken for unchanged.
 */

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "git/hub/internal.h"
#include "git/worktree/internal.h"

#define COMMITS_MAX 1000 /* between branch and tip: where a staged version is looked for */

struct planning {
	struct worktree *w;
	const struct worktree_advance *a;
	struct worktree_paths *p;
	git_tree *from, *to; /* owned; from is NULL for a branch without commits */
};

/* ---- the working file ---- */

/* Whether a program of the user's stands between file and blob (Git LFS): we run none. */
static bool has_filter(struct worktree *w, const char *path)
{
	const char *value = NULL;

	return git_attr_get(&value, w->repo, GIT_ATTR_CHECK_FILE_THEN_INDEX, path, "filter") ||
	       git_attr_value(value) == GIT_ATTR_VALUE_STRING;
}

/* Whether the file is what tip has, line ends aside that Git converts. id NULL: that there is none. */
static bool file_is(struct worktree *w, const char *path, const git_oid *id)
{
	cleanup_free char *file = xasprintf("%s/%s", w->place.top, path);
	struct stat st;
	git_oid now;

	if (lstat(file, &st))
		return !id;
	return id && S_ISREG(st.st_mode) && !has_filter(w, path) &&
	       git_repository_hashfile(&now, w->repo, file, GIT_OBJECT_BLOB, path) == 0 &&
	       git_oid_equal(&now, id);
}

/* ---- the index ---- */

/* The blob of a path in a tree; NULL: none. Borrowed from *entry, which the caller frees. */
static const git_oid *blob_in(const git_tree *tree, const char *path, git_tree_entry **entry)
{
	*entry = NULL;
	if (!tree || git_tree_entry_bypath(entry, tree, path) ||
	    git_tree_entry_type(*entry) != GIT_OBJECT_BLOB)
		return NULL;
	return git_tree_entry_id(*entry);
}

static bool same_id(const git_oid *a, const git_oid *b)
{
	return a && b ? git_oid_equal(a, b) : a == b;
}

static bool commit_has(struct worktree *w, const git_oid *id, const char *path,
		       const git_oid *wanted)
{
	git_commit *commit = NULL;
	git_tree *tree = NULL;
	git_tree_entry *entry = NULL;
	bool has = git_commit_lookup(&commit, w->repo, id) == 0 &&
		   git_commit_tree(&tree, commit) == 0 &&
		   same_id(blob_in(tree, path, &entry), wanted);

	git_tree_entry_free(entry);
	git_tree_free(tree);
	git_commit_free(commit);
	return has;
}

/* Whether one of the commits between the branch and tip has this at the path: we staged it then, or
 * somebody pulled a part. */
static bool is_between(const struct planning *pl, const char *path, const git_oid *staged)
{
	git_oid tip = oid_to_git(pl->a->tip), from = oid_to_git(&pl->p->from), id;
	git_revwalk *walk = NULL;
	bool found = false;

	if (git_revwalk_new(&walk, pl->w->repo) == 0 && git_revwalk_push(walk, &tip) == 0 &&
	    (!pl->from || git_revwalk_hide(walk, &from) == 0))
		for (int i = 0; !found && i < COMMITS_MAX && git_revwalk_next(&id, walk) == 0; i++)
			found = commit_has(pl->w, &id, path, staged);
	git_revwalk_free(walk);
	return found;
}

/* Whether what the index has at the path may be replaced. */
static bool may_replace(const struct planning *pl, const char *path, const git_oid *wanted)
{
	const git_index_entry *now = git_index_get_bypath(pl->p->index, path, 0);
	const git_oid *staged = now ? &now->id : NULL;
	git_tree_entry *entry;
	bool may = same_id(staged, blob_in(pl->from, path, &entry)) || same_id(staged, wanted);

	git_tree_entry_free(entry);
	return may || is_between(pl, path, staged);
}

static int put_entry(struct planning *pl, const char *path, const git_oid *id, uint32_t mode)
{
	const git_index_entry *now = git_index_get_bypath(pl->p->index, path, 0);
	git_index_entry entry = { .path = path, .mode = mode };

	if (!id && !now)
		return 0;
	if (id && now && git_oid_equal(&now->id, id) && now->mode == mode)
		return 0;
	pl->p->changed = true;
	if (!id)
		return git_index_remove(pl->p->index, path, 0);
	entry.id = *id;
	return git_index_add(pl->p->index, &entry);
}

/* Nothing is moved, for the first reason that there is. */
static int wait_for(struct planning *pl, const char *path, const char *why)
{
	cleanup_free char *name = remote_text(path, strlen(path), WORKTREE_REF_MAX);

	if (!pl->p->waits.code)
		err_set(&pl->p->waits, ERR_RETRY,
			"branch '%s' of the working tree '%s' stays behind, because '%s' %s",
			pl->w->branch, pl->w->place.top, name, why);
	return 0;
}

static bool is_file(uint32_t mode)
{
	return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

/* git_diff_foreach()'s function for a file. */
static int plan_path(const git_diff_delta *delta, float progress, void *payload)
{
	struct planning *pl = payload;
	bool gone = delta->status == GIT_DELTA_DELETED;
	const git_oid *id = gone ? NULL : &delta->new_file.id;
	const char *path = gone ? delta->old_file.path : delta->new_file.path;
	struct oid ours = id ? oid_from_git(id) : (struct oid){ 0 };
	enum worktree_claim claim = WORKTREE_OTHERS;

	(void)progress;
	if (gone || is_file(delta->new_file.mode))
		claim = pl->a->claim(pl->a->payload, path, &ours);
	if (claim == WORKTREE_OTHERS) {
		pl->p->others = true;
		return 0;
	}
	if (!(claim == WORKTREE_ARRIVED && id) && !file_is(pl->w, path, id))
		return wait_for(pl, path, "is not there yet as the branch has it");
	if (!may_replace(pl, path, id))
		return wait_for(pl, path, "has something else staged ('git add')");
	return put_entry(pl, path, id, gone ? 0 : delta->new_file.mode);
}

/* The same for a file in which the index differs from the branch. What is the same on the branch and
 * in tip was changed back between them: then it may be we who staged what was in between. */
static int plan_staged(const git_diff_delta *delta, float progress, void *payload)
{
	struct planning *pl = payload;
	const char *path = delta->new_file.path ? delta->new_file.path : delta->old_file.path;
	const git_index_entry *now = git_index_get_bypath(pl->p->index, path, 0);
	git_tree_entry *old, *new;
	const git_oid *before = blob_in(pl->from, path, &old), *id = blob_in(pl->to, path, &new);
	uint32_t mode = id ? git_tree_entry_filemode(new) : 0;
	struct oid ours = id ? oid_from_git(id) : (struct oid){ 0 };
	int rc = 0;

	(void)progress;
	if (same_id(before, id) && !same_id(now ? &now->id : NULL, id) &&
	    pl->a->claim(pl->a->payload, path, &ours) != WORKTREE_OTHERS &&
	    is_between(pl, path, now ? &now->id : NULL)) {
		if (file_is(pl->w, path, id))
			rc = put_entry(pl, path, id, mode);
		else
			rc = wait_for(pl, path, "is not there yet as the branch has it");
	}
	git_tree_entry_free(old);
	git_tree_entry_free(new);
	return rc;
}

/* ---- all paths ---- */

static int tree_of(git_tree **out, struct worktree *w, const struct oid *commit)
{
	git_oid id = oid_to_git(commit);
	git_commit *c = NULL;
	int rc = git_commit_lookup(&c, w->repo, &id);

	if (!rc)
		rc = git_commit_tree(out, c);
	git_commit_free(c);
	return rc;
}

int worktree_plan_paths(struct worktree *w, const struct worktree_advance *a, const char *copy,
			struct worktree_paths *p, struct err *e)
{
	git_diff_options options;
	struct planning pl = { .w = w, .a = a, .p = p };
	git_diff *diff = NULL;
	int rc = git_index_open(&p->index, copy);

	if (!rc)
		rc = git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
	options.flags |= GIT_DIFF_INCLUDE_TYPECHANGE;
	if (!rc && !oid_is_zero(&p->from))
		rc = tree_of(&pl.from, w, &p->from);
	if (!rc)
		rc = tree_of(&pl.to, w, a->tip);
	if (!rc)
		rc = git_diff_tree_to_tree(&diff, w->repo, pl.from, pl.to, &options);
	if (!rc)
		rc = git_diff_foreach(diff, plan_path, NULL, NULL, NULL, &pl);
	git_diff_free(diff);
	diff = NULL;
	if (!rc && pl.from)
		rc = git_diff_tree_to_index(&diff, w->repo, pl.from, p->index, &options);
	if (!rc && diff)
		rc = git_diff_foreach(diff, plan_staged, NULL, NULL, NULL, &pl);
	git_diff_free(diff);
	git_tree_free(pl.from);
	git_tree_free(pl.to);
	if (rc)
		return libgit2_fail_as(e, ERR_RETRY, "cannot compare the working tree '%s'",
				       w->place.top);
	return ERR_OK;
}
