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
/* And how much is read, as struct tree_reading counts it: for one path, for each path more, and for all at
 * most. In a branch with 2,000 folders side by side that are the newest 400 commits for one path, and
 * 1,000 for ten. Counted, and not timed, so that the answer is the same on a slow machine. */
#define PAST_COST_MAX     ((uint64_t)32 * 1024 * 1024)
#define PAST_COST_OF_PATH ((uint64_t)5 * 1024 * 1024)
#define PAST_COST_OF_ALL  ((uint64_t)128 * 1024 * 1024)

struct past_version {
	struct version version; /* as the bytes say it: canon is zero; absent: it was deleted */
	char *file;             /* owned; its name there; NULL: it was deleted */
	bool in_workspace;      /* the commit says that the workspace had it so */
	bool at_dealt;          /* it stood there at past_source.dealt */
};

/* Whether a script is a notebook, as was asked last: what stood there before one commit is what an older
 * one made. */
struct past_kind {
	struct oid blob; /* zero: nothing was asked */
	char extension[8];
	bool is_notebook;
};

struct past_cells {
	bool known, readable;
	struct oid id; /* content_cells() */
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
	bool given_up;                       /* its versions have cost too much */
	uint64_t cost;                       /* of comparing them, as struct tree_reading counts */
	struct past_cells cells[SIDE_COUNT]; /* of until */
	struct past_kind kind;
	struct {
		bool any;
		struct past_version before;
	} change;
	struct past_version
		*earliest; /* owned; what was there before all that was read; NULL: as now */
};
void past_release(struct past *p);

/* Where to read. */
struct past_source {
	const struct side_context *context; /* borrowed */
	struct oid tip;
	struct oid since; /* the commit at which reading ends, itself not read; zero: none */
	/* A commit with which until is of one time; zero: not known. A version that came back since is
	 * not what until means. */
	struct oid dealt;
	const char *folder; /* whose files count, below which the names begin */
	const char *claim;  /* root_claim(), or "" */
	bool is_state;      /* the chain of agreed states, where files have names of state.h */
};

/*
 * The walk ends when all is found, after PAST_COMMITS_MAX commits, or when it has cost PAST_COST_MAX. Where
 * the versions of one path have cost as much to compare, only that path is given up. Of what was read all
 * versions are there, so that a version that came and went is never missed; of what was not read nothing
 * is said: until is not met.
 *
 * Fills items of each path: rows in the order of their paths (byte order). A commit with several parents
 * counts as having changed nothing. ERR_CANCELLED; other errors are the hub's.
 */
int past_read(const struct past_source *source, struct past *pasts, size_t count, struct err *e);

/* The same in the chain of agreed states. */
int past_read_agreed(const struct side_context *c, struct past *pasts, size_t count, struct err *e);

/* Whether a commit of ours says that the workspace had it so: the folder of that claim (root_claim(), or
 * "") all that the commit changed, or that object what the commit put ("": none). */
bool past_was_in_workspace(const struct commit_info *commit, const char *claim,
			   const char *object_id);

/* Whether two versions have the same cells, or are the same file; both absent is the same, too. Errors
 * are the hub's; what does not parse is no version of anything. */
int past_same(const struct side_context *c, const struct version *a, const struct version *b,
	      bool *same, struct err *e);
/* Whether whole has all that part changed of base, so that merging the two changes nothing. *e is set when
 * the hub fails. */
bool past_contains(struct side_context *c, const struct version *base, const struct version *whole,
		   const struct version *part, struct err *e);
/* A version of the row on the branch, as the Git side would have shown it. ERR_INVALID: it is no
 * notebook. */
int past_take(struct side_context *c, struct row *row, const struct past_version *item,
	      struct version *out, struct err *e);
