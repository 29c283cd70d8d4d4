/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of the Git side share; for this folder only. The operations are side.h's.
 */

#include "base/secret.h"
#include "policy/policy_file.h"
#include "side/side.h"

struct http;
struct remote;

struct git_side {
	struct side side;
	struct policy_set policy; /* as loaded by the last look */
	char *url; /* owned; canonical; NULL before the policy was asked, or when it refuses */
	struct secret token;
	struct http *http; /* owned; its own CA file; NULL until it is needed */
	struct oid tip; /* of refs/remotes/origin/<branch>; zero when the branch does not exist */
	bool looked;    /* tip was read into the table */
	/* The tip upon which our branch has nothing that somebody took back; see draft.c. */
	struct oid clean_tip;
	int64_t fetched_ms;   /* monotonic; 0: fetch at the next full look */
	int rejections;       /* pushes in a row that came too late */
	int64_t pushes_ms[6]; /* when the last pushes happened: at most six a minute */
	/* Uncommitted changes: when the first and the last of them were agreed. 0: none. */
	int64_t waiting_since_ms, changed_ms;
};

int git_look(struct side *side, const struct side_look *what, struct err *e);
int git_publish(struct side *side, const struct side_publish *request, struct err *e);

/* Takes a file of the branch (below git_path) into its row; s->looked becomes false when it has to be
 * read again. */
void git_look_at_file(struct git_side *s, const struct tree_file *f);

/* Asks the policy; ERR_DENIED with its sentence. */
int git_allowed(struct git_side *s, enum policy_op op, struct err *e);
/* What fetch and push need to know; borrows from s. The token is read again each time: files are
 * rotated. */
int git_remote(struct git_side *s, struct remote *out, struct err *e);

/* The branch went from one tree to another by a push of ours: what differs is what the Git side holds,
 * and was agreed when it was committed, so that its bases move there too. */
int git_note_push(struct git_side *s, const struct oid *old_tree, const struct oid *new_tree,
		  struct err *e);
/* The same when tip shows that a push arrived whose answer was lost, or not waited for. */
int git_note_lost_answer(struct git_side *s, const struct oid *tip, struct err *e);
