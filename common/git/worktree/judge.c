/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether files may travel, by what stands in the Git directory. What takes long comes first, because
 * it is what people have to know; a rebase that stopped says more than the detached HEAD it left.
 */

#include "git/worktree/judge.h"

#include <string.h>

const char *const worktree_mark_files[WORKTREE_MARKS] = {
	[MARK_INDEX_LOCK] = "index.lock",        [MARK_HEAD_LOCK] = "HEAD.lock",
	[MARK_AM] = "rebase-apply/applying",     [MARK_REBASE_APPLY] = "rebase-apply",
	[MARK_REBASE_MERGE] = "rebase-merge",    [MARK_BISECT] = "BISECT_LOG",
	[MARK_CHERRY_PICK] = "CHERRY_PICK_HEAD", [MARK_REVERT] = "REVERT_HEAD",
	[MARK_SEQUENCER] = "sequencer",          [MARK_MERGE] = "MERGE_HEAD",
};

/* In the order in which they are named: "git am" stops with rebase-apply, too, and a bisect may be
 * in the middle of a series of picks. */
static const struct operation {
	enum worktree_mark mark;
	const char *name, *end;
} operations[] = {
	{ MARK_AM, "patches are being applied", "git am --continue' or 'git am --abort" },
	{ MARK_REBASE_APPLY, "a rebase is under way",
	  "git rebase --continue' or 'git rebase --abort" },
	{ MARK_REBASE_MERGE, "a rebase is under way",
	  "git rebase --continue' or 'git rebase --abort" },
	{ MARK_MERGE, "a merge is under way", "git commit' or 'git merge --abort" },
	{ MARK_CHERRY_PICK, "a cherry-pick is under way",
	  "git cherry-pick --continue' or 'git cherry-pick --abort" },
	{ MARK_REVERT, "a revert is under way", "git revert --continue' or 'git revert --abort" },
	{ MARK_SEQUENCER, "a series of picks or reverts is under way",
	  "git cherry-pick --continue' or 'git cherry-pick --abort" },
	{ MARK_BISECT, "a bisect is under way", "git bisect reset" },
};

static enum worktree_verdict held(const struct worktree_facts *f, struct err *e, const char *why,
				  const char *until)
{
	err_set(e, ERR_RETRY, "nothing travels to or from the Git working tree '%s' while %s: %s",
		f->top, why, until);
	return WORKTREE_HELD;
}

static enum worktree_verdict judge_head(const struct worktree_facts *f, const char *branch,
					struct err *e)
{
	cleanup_free char *until = xasprintf("it goes on after 'git switch %s'", branch);
	cleanup_free char *why = NULL;

	if (f->head_unknown)
		return held(f, e, "its HEAD cannot be read", "look at 'git status' there");
	if (!f->head)
		return held(f, e, "no branch is checked out there (a detached HEAD)", until);
	if (str_starts(f->head, "refs/heads/") &&
	    strcmp(f->head + strlen("refs/heads/"), branch) == 0)
		return WORKTREE_FREE;
	why = xasprintf("'%s' is checked out there, and not branch '%s'",
			str_starts(f->head, "refs/heads/") ? f->head + strlen("refs/heads/")
							   : f->head,
			branch);
	return held(f, e, why, until);
}

/* A command that works at this moment. */
static enum worktree_verdict judge_moment(const struct worktree_facts *f, struct err *e)
{
	static const enum worktree_mark locks[] = { MARK_INDEX_LOCK, MARK_HEAD_LOCK };

	for (size_t i = 0; i < sizeof(locks) / sizeof(locks[0]); i++)
		if (f->marks[locks[i]]) {
			err_set(e, ERR_RETRY,
				"nothing travels to or from the Git working tree '%s' while a "
				"command of Git is at work there: if none is running, remove "
				"'%s' from its Git directory",
				f->top, worktree_mark_files[locks[i]]);
			return WORKTREE_BRIEF;
		}
	if (!f->index_fresh)
		return WORKTREE_FREE;
	err_set(e, ERR_RETRY,
		"a command of Git has just changed the index of the working tree '%s': nbsync "
		"looks "
		"again in a moment",
		f->top);
	return WORKTREE_BRIEF;
}

enum worktree_verdict worktree_judge(const struct worktree_facts *f, const char *branch,
				     struct err *e)
{
	enum worktree_verdict verdict;

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		cleanup_free char *until = NULL;

		if (!f->marks[operations[i].mark])
			continue;
		until = xasprintf("it goes on after '%s'", operations[i].end);
		return held(f, e, operations[i].name, until);
	}
	/* Half a checkout may have another HEAD already: then it is no moment any more. */
	if ((verdict = judge_head(f, branch, e)) != WORKTREE_FREE)
		return verdict;
	if ((verdict = judge_moment(f, e)) != WORKTREE_FREE)
		return verdict;
	if (f->index_unknown)
		return held(f, e, "its index cannot be read", "look at 'git status' there");
	if (f->unmerged)
		return held(f, e, "files with conflicts wait there",
			    "it goes on when they are resolved and 'git add' was run for them");
	return WORKTREE_FREE;
}
