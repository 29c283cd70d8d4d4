/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of this room share; for this folder only.
 */

#include "git/libgit2/libgit2.h"
#include "git/worktree/worktree.h"

#define WORKTREE_REF_MAX 1024 /* bytes of HEAD that are read */

struct worktree {
	struct worktree_place place;
	git_repository *repo;
	char *branch;     /* owned; "main" */
	char *branch_ref; /* owned; "refs/heads/main" */
	char *url;        /* owned; the mapping's */
	char *owner;      /* owned; the mapping's name */
	/* What the index was found to be when it was last read. */
	struct worktree_moment read;
	bool read_once, unmerged, index_unknown;
};

/* state.c: the moment now. */
void worktree_moment_take(const struct worktree *w, struct worktree_moment *now);
/* state.c: as worktree_check(), when index.lock is ours. */
int worktree_check_locked(struct worktree *w, struct err *e);

/* relate.c: where a reference stands; zero: there is none. ERR_RETRY. */
int worktree_ref(struct worktree *w, const char *name, struct oid *out, struct err *e);

/* relate.c: the name of a remote that is the mapping's repository; NULL: none. Owned. */
char *worktree_remote(struct worktree *w);

/* ---- twin.c: locks that a kill leaves recognisable ---- */

/*
 * A lock as Git takes it, a file NAME.lock that must not exist, which is a second name of a file of
 * ours. Whoever finds such a lock, and that file as the same inode, knows that it is ours; and that
 * nobody holds it, when no other process works for the mapping. The lock appears complete.
 */
struct twin {
	char *own;  /* owned; our file */
	char *lock; /* owned */
};
/* Takes both paths over. */
struct twin twin_at(char *own, char *lock);
/* Writes our file and takes the lock. ERR_RETRY: another program has it. On failure nothing is left. */
int twin_take(struct twin *t, const char *content, struct err *e);
/* The lock's content takes the place of a file, which lets go of the lock. On failure the lock is
 * gone as well. */
int twin_place(struct twin *t, const char *target, struct err *e);
void twin_drop(struct twin *t);    /* lets go of the lock, which we have */
void twin_recover(struct twin *t); /* … which a killed process of ours may have left */
void twin_release(struct twin *t);

/* ---- the parts of an advance ---- */

/* ref.c: the lock of a reference, and our file for it, which is one for all of them. */
struct twin worktree_ref_twin(const struct worktree *w, const char *ref);

/* objects.c: brings tip, and what it needs, into the working tree's repository. have: a commit that
 * is there; may be zero. */
int worktree_bring(struct worktree *w, struct hub *hub, const struct oid *tip,
		   const struct oid *have, struct err *e);

/* ref.c: moves a reference from one commit (zero: it is not there) to the next. head: HEAD names it.
 * ERR_CONFLICT: it stands elsewhere. */
int worktree_move_ref(struct worktree *w, const struct worktree_advance *a, const char *ref,
		      const struct oid *from, bool head, struct err *e);

/* paths.c: what is to become of the index. */
struct worktree_paths {
	git_index *index; /* owned; of our copy, changed but not written */
	bool changed;     /* an entry differs from the index of the working tree */
	bool others;      /* a path that is not ours differs */
	struct oid from;  /* the branch */
	struct err waits; /* why nothing can be moved; code 0: all of ours has arrived */
};
/* Reads our copy of the index and plans each path in which the branch differs from tip. */
int worktree_plan_paths(struct worktree *w, const struct worktree_advance *a, const char *copy,
			struct worktree_paths *p, struct err *e);
