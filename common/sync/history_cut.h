/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Shortening the chains under refs/nbsync: what was observed longer ago than the mapping's "history"
 * says is cut off. The commits that stay are written again on a new root, with the same trees, times,
 * messages and, where they keep a commit of the branch, that parent.
 */

#include "git/hub.h"

/* The message of a chain's new root. Its tree is what stood when the part that stays began. */
#define HISTORY_CUT_MESSAGE "what stood here when older history was removed"

/*
 * Which commit becomes the root, as an index into the times of a chain's commits, newest first:
 * the newest that is older than history_s, since its state was still the valid one then. count - 1:
 * nothing is to be cut. The newest commit never becomes the root, times in the future are no
 * evidence, and nothing is cut before a tenth more than history_s has gathered. Pure.
 */
size_t history_cut_root(const int64_t *when_s, size_t count, int64_t now_s, int64_t history_s);

/* Whether to look for something to cut at all, given when that was last done (0: never known). */
enum history_clock {
	HISTORY_NOT_YET, /* less than a day ago */
	HISTORY_UNSURE,  /* the clock may have jumped: note the time, look again in a day */
	HISTORY_DUE,
};
/* A clock that leapt ahead makes everything look old, so it is believed only when two looks agree:
 * they must be less than half of history_s, or a week, apart. Pure. */
enum history_clock history_cut_clock(int64_t now_s, int64_t last_s, int64_t history_s);

struct history_cut {
	const char *ref;
	bool keeper; /* the last parent of its commits is one of the branch: refs/nbsync/seen/git */
	int64_t now_s, history_s;
	bool (*tick)(void *payload); /* false ends it */
	void *payload;
};
/*
 * Cuts one chain. *tip (where the caller believes the reference to be) receives the new tip, *removed
 * how many commits are gone from the chain; 0 when there was nothing to do. Killed anywhere, the
 * reference names the old chain or the new one, both whole. ERR_CONFLICT when the reference is
 * elsewhere, ERR_CANCELLED, ERR_BUG.
 */
int history_cut(struct hub *h, const struct history_cut *cut, struct oid *tip, size_t *removed,
		struct err *e);

/* Whether a commit is one of ours under refs/nbsync, to judge by itself: no remote can have it. */
bool history_is_record(const struct commit_info *commit);
