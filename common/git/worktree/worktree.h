/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A Git working tree that a person works in, and a mapping's local directory is in: finding it,
 * whether files may travel now, and moving its branch on to what the remote has.
 *
 * It is somebody else's repository. Nothing of it runs a program here, and nothing in it is changed
 * but by worktree_advance(). The real work is done on Git's own terms: locks are taken as Git takes
 * them, references move by compare-and-swap, with a line in the reflog.
 */

#include "base/err.h"
#include "fs/fs.h"
#include "git/hub/hub.h"

/* ---- finding it: find.c ---- */

/* All owned. */
struct worktree_place {
	char *top;          /* the folder that has the .git; NULL: in no working tree */
	char *below;        /* the directory below top; "" when it is top */
	char *gitdir;       /* where HEAD and the index are; NULL: see problem */
	char *common;       /* where branches and objects are; that of other working trees, too */
	struct err problem; /* why nothing of it may be read; code 0: it may */
};

/*
 * Looks for a .git, a directory or a file, at dir (absolute; need not exist) and above, at most 64
 * folders up and on one file system. One that belongs to another user is not opened. It counts when
 * the folder around it is the same user's: what somebody puts into a folder for everybody, /tmp, is
 * passed over. What Git takes for no repository (no HEAD) is passed over, too.
 */
void worktree_find(struct worktree_place *out, const char *dir);
void worktree_place_release(struct worktree_place *p); /* a zeroed one is fine */

/* ---- opening it: open.c ---- */

/* What the working tree has to correspond to; all borrowed. */
struct worktree_wanted {
	const char *dir;      /* the local directory */
	const char *branch;   /* "main" */
	const char *git_path; /* the folder of the repository that dir has to be; "" for all */
	const char *url;      /* one of its remotes has to be that repository */
	const char *owner;    /* the mapping's name: whose files in its .git directory are ours */
};

struct worktree;
/*
 * ERR_CONFIG when there is none, when it belongs to another user, does not correspond, or has
 * something that we do not know (other object ids, other stores of references, a sparse checkout, a
 * partial clone): the sentence says which, and what to do. git_start() came before. wanted's strings
 * are copied.
 */
int worktree_open(struct worktree **out, const struct worktree_wanted *wanted, struct err *e);
void worktree_free(struct worktree *w);             /* NULL is fine */
const char *worktree_top(const struct worktree *w); /* for sentences; borrowed */

/* ---- whether files may travel: state.c, by judge.h ---- */

/* What tells two moments apart between which another command of Git has worked. */
struct worktree_moment {
	bool has_index;
	struct fs_stat index;
};
bool worktree_moment_same(const struct worktree_moment *a, const struct worktree_moment *b);

/*
 * Whether the branch is checked out and nothing is under way. *now may be NULL. ERR_RETRY with a
 * sentence that says what is under way; *brief (may be NULL): it is a command of Git that mostly
 * takes a moment.
 */
int worktree_check(struct worktree *w, struct worktree_moment *now, bool *brief, struct err *e);

/* ---- its branch and the remote's ---- */

enum worktree_relation {
	WORKTREE_EVEN,   /* they are the same commit, or there is no such branch here */
	WORKTREE_BEHIND, /* the remote's has all that it has, and more; or no commit is here yet */
	WORKTREE_AHEAD,  /* it has commits that the remote's has not */
	WORKTREE_DIVERGED, /* both have some that the other has not */
};
/* tip: of the remote's branch, as the hub has it; zero: it has none. Errors are the hub's, and
 * ERR_RETRY when the branch cannot be read. */
int worktree_relate(struct worktree *w, struct hub *hub, const struct oid *tip,
		    enum worktree_relation *out, struct err *e);

/* Where its branch stands; zero: it has no commit. ERR_RETRY when that cannot be read. */
int worktree_branch(struct worktree *w, struct oid *out, struct err *e);
/* Of commit, of the working tree's repository, and those before it, the newest that the hub has too;
 * zero: none of the last 1000. */
void worktree_known(struct worktree *w, struct hub *hub, const struct oid *commit, struct oid *out);

/* What is known of a path of the repository that the remote's branch changed. */
enum worktree_claim {
	WORKTREE_OTHERS,  /* not ours */
	WORKTREE_OURS,    /* ours: the working file decides, whether it has arrived */
	WORKTREE_ARRIVED, /* ours, and the working file is what it is to be, in other bytes */
};

struct worktree_advance {
	struct hub *hub;       /* borrowed; has tip */
	const struct oid *tip; /* where the branch goes; never zero */
	const char *name;      /* for the reflog */
	const char *email;
	/* id: what tip has at the path. */
	enum worktree_claim (*claim)(void *payload, const char *path, const struct oid *id);
	void *payload;
};

enum worktree_outcome {
	WORKTREE_MOVED,
	WORKTREE_STAGED, /* the branch stays, because others changed files that are not ours; ours are
			  * in the index, so that 'git pull' finds nothing in its way */
};

/*
 * Moves the branch, which is WORKTREE_BEHIND, and those index entries in which it differs from tip
 * on to tip, if every path in which they differ is ours, its working file has arrived, and the index
 * has nothing else in it that somebody staged. Otherwise nothing is changed (ERR_RETRY with the first
 * such path, or with what is under way), but see WORKTREE_STAGED.
 * Working files are never written, nor is any other entry of the index.
 *
 * Order: the objects; then, under index.lock, the index and the branch; then the remote's tracking
 * branch, when it follows the same repository. Killed between index and branch, what is new is
 * staged, and the next call goes on. Locks of ours that a kill left are recognised, here and by
 * worktree_recover(). *out is set with ERR_OK only. Other errors: ERR_CONFLICT, ERR_CONFIG, the hub's.
 */
int worktree_advance(struct worktree *w, const struct worktree_advance *a,
		     enum worktree_outcome *out, struct err *e);

/* For a branch that is WORKTREE_EVEN with a->tip: only the remote's tracking branch moves, if it is
 * behind. What fails is left for the next time. */
void worktree_track(struct worktree *w, const struct worktree_advance *a);

/* Removes locks that a killed worktree_advance() of this owner left; the caller holds the mapping's
 * lock, so that none is at work. */
void worktree_recover(struct worktree *w);

/* ---- same_url.c ---- */

/* Whether two URLs mean one repository, as far as can be told from their text: host and path are the
 * same, whatever the way there (https, ssh, "git@host:path", a path for file://). Pure. */
bool worktree_same_url(const char *a, const char *b);
