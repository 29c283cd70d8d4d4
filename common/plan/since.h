/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whose edit it is: in which order the versions of one path came, as far as the branch's history tells.
 * Pure.
 *
 * The branch and the workspace are shared with other machines. Between what this machine saw there last
 * and what it sees now, others may have brought versions from one to the other, and one of the two may
 * be behind. Two things are known: the branch's commits are in order; and a commit of nbsync says
 * whether the workspace held the version when it was made (MESSAGE_OBJECT_ID). What the workspace holds
 * now is then later than that version, because it is looked at after the branch was fetched.
 */

#include <stdbool.h>
#include <stddef.h>

/* One version of the path on the branch. */
struct since_version {
	bool in_workspace;      /* the workspace held it when it was committed */
	bool is_agreed;         /* this machine agreed to it after the branch's base, then or now */
	bool is_workspace;      /* the workspace holds it now */
	bool is_git_base;       /* the branch held it when it last agreed */
	bool is_workspace_base; /* the workspace held it when it last agreed */
};

/* Indices of versions; their count: nothing is known. */
struct since_answer {
	/* The workspace lags: it holds that version, which the branch has left behind. */
	size_t workspace;
	/* The workspace, or what is agreed, has all up to that version, or has taken it back; the
	 * branch's edit begins with it. */
	size_t git;
};

/* versions: newest first, versions[0] is what the branch holds now; the last ones may be the bases, and
 * the first one may be what the base was, too, when the branch came back to that. Nothing is known of
 * the branch unless its base is among them: a branch that was set back goes behind its base, and that is
 * an edit. */
struct since_answer since_judge(const struct since_version *versions, size_t count);
