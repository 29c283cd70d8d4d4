/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Shortening the chains under refs/nbsync: what was observed longer ago than the mapping's "history"
 * says is cut off. The commits that stay are written again on a new root, with the same trees, times,
 * messages and, where they keep a commit of the branch, that parent.
 *
 * And making them lighter: what was observed longer ago than "history_outputs" says stays without the
 * outputs of its notebooks (history_outputs.h).
 */

#include "git/hub/hub.h"

/* The message of a chain's new root. Its tree is what stood when the part that stays began. */
#define HISTORY_CUT_MESSAGE "what stood here when older history was removed"

/*
 * How old a commit is goes by what was recorded when, and not by a clock that somebody sets: it is the
 * sum of the steps from one record to the next, and of the last one to now. A step of a commit's time
 * counts; where that stood still, because the clock had been set back (state/save.c), that of what the
 * clock said. No step counts for less than nothing or for more than HISTORY_STEP_MAX_S: a clock that
 * leaps ahead, be it to 2040, takes no half year at once, and one that starts in 2000 at each boot makes
 * nothing older. So a longer pause between two records counts for no more, either; but days on which
 * nothing happened to a chain are counted one by one until something does.
 */
#define HISTORY_STEP_MAX_S ((int64_t)30 * 24 * 3600)
struct history_time {
	int64_t when_s; /* the commit's own time, which never runs backwards */
	int64_t said_s; /* what the clock said */
};
struct history_now {
	int64_t now_s;  /* what the clock says */
	int64_t idle_s; /* counted since the newest record, one look a day */
};

/*
 * Which commit becomes the root, as an index into the times of a chain's commits, newest first:
 * the newest that is older than history_s, since its state was still the valid one then. count - 1:
 * nothing is to be cut. The newest commit never becomes the root, and nothing is cut before a tenth more
 * than history_s has gathered. Pure.
 */
size_t history_cut_root(const struct history_time *times, size_t count,
			const struct history_now *now, int64_t history_s);

/* Which commit is the last to keep its outputs, of those that may have some: the same rule, except that
 * all older ones lose them when the newest is older than outputs_s. count - 1: nothing is to be done.
 * Pure. */
size_t history_cut_lean(const struct history_time *times, size_t count,
			const struct history_now *now, int64_t outputs_s);

/* How long a chain has been idle, from one look to the next; zero at first. */
struct history_idle {
	int64_t tip_s;  /* the time of its newest record */
	int64_t idle_s; /* counted since then */
};

struct history_cut {
	const char *ref; /* below refs/nbsync/ */
	bool keeper; /* the last parent of its commits is one of the branch: refs/nbsync/seen/git */
	int64_t now_s;
	int64_t passed_s;          /* counted since the last look at the chain */
	struct history_idle *idle; /* borrowed; brought up to date; NULL: nothing is known of it */
	int64_t history_s;         /* 0: nothing is cut off */
	int64_t outputs_s;         /* 0: outputs stay as long as all else */
	bool (*tick)(void *payload); /* false ends it */
	void *payload;
};
struct history_gone {
	size_t removed; /* commits that are gone from the chain */
	size_t lean;    /* those that lost outputs */
};
/*
 * Cuts one chain, and takes outputs out of it. *tip (where the caller believes the reference to be)
 * receives the new tip, whose tree is the old one's in any case; both 0 when there was nothing to do.
 * Killed anywhere, the reference names the old chain or the new one, both whole. ERR_CONFLICT when the
 * reference is elsewhere, ERR_CANCELLED, ERR_BUG.
 *
 * How far the outputs are gone is remembered in refs/nbsync/lean/..., whose tree is that of the first
 * commit that still has them, without them: the next time goes on from there, and reads only notebooks
 * that changed since. When it is missing or of another chain, all are read again, with the same end.
 */
int history_cut(struct hub *h, const struct history_cut *cut, struct oid *tip,
		struct history_gone *gone, struct err *e);

/* Whether a commit is one of ours under refs/nbsync, to judge by itself: no remote can have it. */
bool history_is_record(const struct commit_info *commit);
