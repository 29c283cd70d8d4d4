/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One commit in the making. Only draft.c (what it changes) and publish.c (when it is made, and
 * that it arrives) include this.
 */

#include "memory/message.h"
#include "side/git/internal.h"

struct waiting {
	char *file;           /* below git_path; owned */
	struct oid id;        /* on head; zero: not there */
	struct oid remote_id; /* zero: not there */
	uint32_t remote_mode;
};

struct given {
	char *path; /* in the repository; owned */
	char *file; /* below git_path; owned */
	struct row *row;
	struct oid blob;
	struct version version; /* what the side holds with it */
};

struct draft {
	struct oid head;   /* refs/heads/<branch>; zero when there is none */
	bool unpushed;     /* head has commits that the remote has not */
	bool diverged;     /* ... and the remote has some that head has not */
	struct oid remote; /* the tree of the remote's branch; zero: none */
	struct oid tree;   /* of the first parent; zero: none */
	/* What head changes of the remote's tree, by name; only when unpushed and not diverged. */
	struct waiting *waiting;
	size_t waiting_count, waiting_cap;
	struct tree_change *changes; /* their paths are owned */
	const struct row **owners;   /* parallel: the row that wants it */
	size_t count, cap, owners_cap;
	struct message_change *told; /* of each notebook that changes */
	size_t told_count, told_cap;
	/* What the branch will hold for each row that is put, even when it does so already. */
	struct given *given;
	size_t given_count, given_cap;
};

/* Where the next commit starts from. Cost: what our commits changed that were not pushed. */
int draft_start(struct git_side *s, struct draft *d, struct err *e);
void draft_release(struct draft *d);
/* Whether commits that were not pushed hold what draft_fill() would take back. */
bool draft_is_stale(struct side_context *c, const struct draft *d);

/*
 * Everything that rows want of the branch, and takes back what commits that were not pushed hold and
 * nobody wants any more. A row whose content cannot be given is refused by itself. There is something
 * to tell of every change.
 */
int draft_fill(struct side_context *c, struct draft *d, struct row **rows, size_t count,
	       struct err *e);
/* The tree of the commit. What the branch cannot hold beside the rest, because it would need a folder
 * where a file stands or the other way round, is refused and leaves the draft. */
int draft_tree(struct side_context *c, struct draft *d, struct oid *tree, struct err *e);
