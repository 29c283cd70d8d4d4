/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The commits that the remote's branch is to have next, made of what is agreed now: linear, on the
 * remote's tip, one for each summary that people gave and one for the rest. They are drafts until
 * the remote has them: the next time they are made again. publish.c decides when, and pushes them.
 *
 * The order of calls: a zeroed draft with tip and tree set, draft_fill(), draft_commit();
 * draft_release() in every case. Nothing here contacts the remote.
 */

#include "memory/message.h"
#include "side/git/internal.h"

/* A row whose plan changes the branch. */
struct draft_row {
	struct row *row;
	size_t part; /* which commit it goes into: the index of its summary; their count: the rest */
	size_t unit; /* the caller's */
};

/* What becomes of such a row. */
struct draft_item {
	struct draft_row of;
	bool put;     /* otherwise it is removed */
	bool changed; /* the branch is another one with it */
	enum message_verb verb;
	/* Of what is put, even when the branch holds that already. */
	char *file; /* below git_path; owned */
	struct oid blob;
	struct version version; /* what the side holds with these bytes */
};

/* One change of the tree. */
struct draft_change {
	char *path;    /* in the repository; owned */
	size_t item;   /* whose change it is */
	struct oid id; /* zero: the file is removed */
	uint32_t mode; /* see struct tree_change */
};

struct draft {
	const struct attributes *attributes; /* borrowed; of tip */
	struct oid tip;                      /* of the remote's branch; zero: none */
	struct oid tree;                     /* of that; zero: none */
	struct draft_item *items;
	size_t count, cap;
	struct draft_change *changes;
	size_t change_count, change_cap;
	struct oid head; /* draft_commit(): the last commit; tip when there is none */
	size_t commits;  /* draft_commit(): how many */
};

/*
 * Fills items and changes with all that the plans of these rows want of the branch. A row that
 * cannot be written (ERR_INVALID) is refused, with a sentence in the report, and its plan is
 * PLAN_NOTHING then; other errors are the hub's.
 */
int draft_fill(struct side_context *c, struct draft *d, const struct draft_row *rows, size_t count,
	       struct err *e);

/* ---- draft_commit.c ---- */

/* Makes the commits, and moves refs/heads/<branch> to the last of them. What the branch has as a
 * draft already is not made again. A row that the tree cannot hold beside the rest, because a file
 * and a folder would have one name, is refused as in draft_fill() and leaves the draft. */
int draft_commit(struct git_side *s, struct draft *d, struct err *e);

/* Frees all that the draft owns. */
void draft_release(struct draft *d);

/* Drops all that the draft has of an item; its row's plan is PLAN_NOTHING then. */
void draft_drop_item(struct draft *d, size_t item);
