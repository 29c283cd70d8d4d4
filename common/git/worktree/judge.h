/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether files may travel between a working tree and the rest, by what stands in its Git directory.
 * Pure; state.c finds the facts.
 */

#include "base/err.h"

/* What a command of Git that is under way leaves in the Git directory. */
enum worktree_mark {
	MARK_INDEX_LOCK,
	MARK_HEAD_LOCK,
	MARK_AM,
	MARK_REBASE_APPLY,
	MARK_REBASE_MERGE,
	MARK_BISECT,
	MARK_CHERRY_PICK,
	MARK_REVERT,
	MARK_SEQUENCER,
	MARK_MERGE,
	WORKTREE_MARKS
};
/* The path of each below the Git directory. */
extern const char *const worktree_mark_files[WORKTREE_MARKS];

struct worktree_facts {
	const char *top;            /* for sentences */
	const char *head;           /* what HEAD names: "refs/heads/main"; NULL: no branch */
	bool head_unknown;          /* HEAD cannot be read, or says something else */
	bool marks[WORKTREE_MARKS]; /* which there are */
	bool unmerged;              /* the index has conflicts that nobody resolved */
	bool index_unknown;         /* the index cannot be read */
	bool index_fresh;           /* it was written a moment ago: see state.c */
};

enum worktree_verdict {
	WORKTREE_FREE,
	WORKTREE_BRIEF, /* a command of Git is at work; mostly it is done in a moment */
	WORKTREE_HELD,
};

/* branch is the mapping's, "main". For all but WORKTREE_FREE *e has ERR_RETRY and a sentence. */
enum worktree_verdict worktree_judge(const struct worktree_facts *facts, const char *branch,
				     struct err *e);
