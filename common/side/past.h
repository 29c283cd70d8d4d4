/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which versions some paths had, one after the other: in the history of the branch, or in the chain of
 * agreed states.
 */

#include "side/context.h"

/* How many commits are read at most: a long history costs a bounded time, and what is further back is
 * not known. */
#define PAST_COMMITS_MAX 1000

struct past_version {
	struct version version; /* as the bytes say it: canon is zero; absent: it was deleted */
	char *file;             /* owned; its name there; NULL: it was deleted */
	bool in_workspace;      /* the commit says that the workspace had it so */
};

/* A path whose past is asked for. */
struct past {
	struct row *row; /* borrowed */
	/* The versions at which the search may end, NULL for none: it ends when all of them were met.
	 * Borrowed. */
	const struct version *until[SIDE_COUNT];
	bool met[SIDE_COUNT];
	struct past_version *items; /* owned; newest first, the last may be one of until */
	size_t count, cap;
	/* For past.c: the last item is what a commit found there, and which commit made it is not known
	 * yet; what the commit that is being read changed. */
	bool found;
	struct {
		bool any, proven;
		struct past_version before;
	} change;
};
void past_release(struct past *p);

/* Where to read. */
struct past_source {
	const struct side_context *context; /* borrowed */
	struct oid tip;
	struct oid since;   /* the commit at which reading ends, itself not read; zero: none */
	const char *folder; /* whose files count, below which the names begin */
	const char *claim;  /* root_claim(), or "" */
	bool is_state;      /* the chain of agreed states, where files have names of state.h */
};

/*
 * Fills items of each path: rows in the order of their paths (byte order). A commit with several parents
 * counts as having changed nothing. ERR_CANCELLED; other errors are the hub's.
 */
int past_read(const struct past_source *source, struct past *pasts, size_t count, struct err *e);

/* The same in the chain of agreed states. */
int past_read_agreed(const struct side_context *c, struct past *pasts, size_t count, struct err *e);

/* Whether two versions have the same cells, or are the same file; both absent is the same, too. Errors
 * are the hub's; what does not parse is no version of anything. */
int past_same(const struct side_context *c, const struct version *a, const struct version *b,
	      bool *same, struct err *e);
