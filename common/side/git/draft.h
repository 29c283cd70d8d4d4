/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One commit in the making: what it changes of the branch. publish.c decides when it is made, makes
 * it, and pushes it.
 *
 * The order of calls: draft_start(), then draft_fill(), then draft_tree(); draft_release() in every
 * case. Nothing here contacts the remote or changes a reference.
 */

#include "memory/message.h"
#include "side/git/internal.h"

/* A file in which our commits that were not pushed differ from the remote's branch. */
struct unpushed_file {
	char *file;           /* below git_path; owned */
	struct oid id;        /* in our commits; zero: not there */
	struct oid remote_id; /* on the remote's branch; zero: not there */
	uint32_t remote_mode;
};

/* One change of the tree. */
struct draft_change {
	char *path;            /* in the repository; owned */
	const struct row *row; /* whose change it is */
	struct oid id;         /* zero: the file is removed */
	uint32_t mode;         /* see struct tree_change */
};

/* What the branch will hold for a row that is put there, even when it holds that already. */
struct draft_put {
	char *path; /* in the repository; owned */
	char *file; /* below git_path; owned */
	struct row *row;
	struct oid blob;
	struct version version; /* what the side holds with these bytes */
};

struct draft {
	struct oid head;   /* refs/heads/<branch>; zero when there is none */
	bool unpushed;     /* head has commits that the remote has not */
	bool diverged;     /* ... and the remote has some that head has not */
	struct oid remote; /* the tree of the remote's branch; zero: none */
	struct oid tree;   /* of the first parent; zero: none */
	/* By name; only when unpushed and not diverged. */
	struct unpushed_file *unpushed_files;
	size_t unpushed_count, unpushed_cap;
	struct draft_change *changes;
	size_t count, cap;
	/* Of each row that changes, for the commit's message. */
	struct message_change *message_changes;
	size_t message_count, message_cap;
	struct draft_put *puts;
	size_t put_count, put_cap;
};

/* ---- draft_start.c ---- */

/* Says where the next commit starts from: fills head to unpushed_files and empties the rest. Costs
 * as much as our commits that were not pushed changed. Errors are the hub's. */
int draft_start(struct git_side *s, struct draft *d, struct err *e);

/* ---- draft_stale.c ---- */

/* Whether our commits that were not pushed hold what draft_undo_stale() would undo. */
bool draft_is_stale(struct side_context *c, const struct draft *d);
/* Changes what these commits hold and is not agreed any more to what the remote has. */
void draft_undo_stale(struct side_context *c, struct draft *d);

/* ---- draft_fill.c ---- */

/*
 * Fills changes, puts and message_changes with all that the plans of the rows want of the branch,
 * and calls draft_undo_stale(). A row that cannot be written (ERR_INVALID) is refused, with a
 * sentence in the report, and left out; other errors are the hub's.
 */
int draft_fill(struct side_context *c, struct draft *d, struct row **rows, size_t count,
	       struct err *e);

/* ---- draft_tree.c ---- */

/* The tree of the commit. A row that the tree cannot hold beside the rest, because a file and a
 * folder would have one name, is refused as in draft_fill() and leaves the draft. */
int draft_tree(struct side_context *c, struct draft *d, struct oid *tree, struct err *e);

/* ---- draft.c ---- */

/* Frees all that the draft owns. */
void draft_release(struct draft *d);

/* The rest is for the draft*.c files only. */

/* The entry of a file (below git_path); NULL: our commits have it as the remote has it. */
const struct unpushed_file *draft_find_unpushed(const struct draft *d, const char *file);
/* Sorts unpushed_files, which draft_find_unpushed() relies on. */
void draft_sort_unpushed(struct draft *d);
/* What the first parent holds in a file of the row; NULL: nothing. Borrowed. */
const struct oid *draft_on_parent(const struct draft *d, const struct row *row, const char *file);
/* The commit has id (NULL: nothing) in a file of the row, below git_path. Whether that is a change:
 * false when the first parent has it so. mode: see struct tree_change. */
bool draft_set_file(struct side_context *c, struct draft *d, const struct row *row,
		    const char *file, const struct oid *id, uint32_t mode);
/* Adds the line of the commit's message for a row. */
void draft_add_message(struct draft *d, const struct row *row, enum message_verb verb);
/* Drops the removal of each path that another row puts. Sorts puts. */
void draft_drop_overridden(struct draft *d);
/* Drops all that the draft has of a row. */
void draft_drop_row(struct draft *d, const struct row *row);
