/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of the Git side share; for this folder only. The operations are side.h's.
 */

#include "filter/attributes.h"
#include "policy/policy_file.h"
#include "secret/secret.h"
#include "side/git/queue/refusals.h"
#include "side/git/queue/summaries.h"
#include "side/side.h"

struct http;
struct remote;
struct remote_branches;

struct git_side {
	struct side side;
	struct policy_set policy; /* as loaded by the last look */
	char *url; /* owned; canonical; NULL before the policy was asked, or when it refuses */
	struct secret token;
	struct http *http; /* owned; its own CA file; NULL until it is needed */
	struct oid tip; /* of refs/remotes/origin/<branch>; zero when the branch does not exist */
	struct attributes attributes; /* of tip */
	struct oid entered;   /* where another place begins, until the state says so; place.c */
	bool looked;          /* tip was read into the table, and all of it could be read */
	struct oid taken;     /* tip at the end of the last look; clone.c */
	struct oid not_sent;  /* the draft that is known not to have arrived; remember.c */
	int64_t fetched_ms;   /* monotonic; 0: fetch at the next full look */
	int rejections;       /* pushes in a row that came too late */
	int64_t pushes_ms[6]; /* when the last pushes happened: at most six a minute */
	/* What the branch does not have yet: when the first and the last of it were agreed. 0: none. */
	int64_t waiting_since_ms, changed_ms;
	struct summaries summaries; /* of that; as in the hub */
	bool summaries_loaded;
	struct refusals refusals; /* of that */
	bool workspace_seen;      /* as the last publish() was told */
};

/* Operations of the side (side.h): look.c, publish.c. */
int git_look(struct side *side, const struct side_look *what, struct err *e);
int git_publish(struct side *side, const struct side_publish *request, struct err *e);

/* file.c: takes a file of the branch (below git_path) into its row. What cannot be read, parsed or
 * named becomes a held entry; s->looked becomes false when the file is to be read again. */
void git_look_at_file(struct git_side *s, const struct tree_file *f);

/* passing.c: marks what was changed on the way to a new tip, before that is taken into the table; what
 * is changed by the tip loses the mark then. Errors are the hub's. */
int git_note_passing(struct git_side *s, const struct oid *tip, struct err *e);

/* remote.c: asks the policy whether op may be done with the mapping's remote, and sets s->url.
 * ERR_DENIED with the policy's sentence. */
int git_allowed(struct git_side *s, enum policy_op op, struct err *e);
/* remote.c: what fetch and push need to know; after git_allowed(). *out borrows from s until the
 * next call. The token is read from its file each time, since such files are rotated; ERR_CONFIG
 * when that fails. */
int git_remote(struct git_side *s, struct remote *out, struct err *e);

/* branch.c: what a human asked for: the mapping's branch begins where the remote's branch from ("": its
 * default one) stands. *tip is where the mapping's branch stands (zero: it does not exist), before and
 * after. What became of it is in the report, as the answer. The remote's branches as it told them. */
void git_create_branch(struct git_side *s, const struct remote_branches *branches, const char *from,
		       struct oid *tip);

/* place.c: how the branch that was fetched stands to the one that the base belongs to. */
enum git_place {
	GIT_PLACE_SAME,
	GIT_PLACE_MOVED,   /* the configuration names another branch, repository or folder */
	GIT_PLACE_STRANGE, /* the same, but it has no commit in common with what was seen */
};
/* Compares; after git_allowed(). tip zero: the remote is empty. Errors are the hub's. */
int git_place_compare(struct git_side *s, const struct oid *tip, enum git_place *out,
		      struct err *e);
/* Of another place, which was read into the table: ERR_CONFIG until a human has confirmed what that
 * changes, and ERR_OK at once when it changes nothing. On ERR_OK the hub's branch is where tip is. */
int git_place_agree(struct git_side *s, enum git_place change, const struct oid *tip,
		    struct err *e);
/* Has the state remember that the base belongs to this place. */
int git_place_settle(struct git_side *s, struct err *e);
/* The tip from which on another place was followed; zero: it has always been this one. What its commits
 * up to there say is not the order of what this machine went through. */
struct oid git_place_entered(const struct git_side *s);
/* The last tip that a cycle dealt with, so that what the branch went through since is still to be asked
 * for; zero: not known. */
struct oid git_place_dealt(const struct git_side *s);
/* Has the state remember that this is s->tip, unless a row still waits for what its history means. */
int git_place_deal(struct git_side *s, struct err *e);

/* ---- remember.c: what the hub remembers of our commits that the remote may not have ---- */

/* Reads the summaries once. Errors are the hub's; ERR_BUG also for damaged ones. */
int remember_load(struct git_side *s, struct err *e);
/* Makes s->summaries durable. */
int remember_summaries(struct git_side *s, struct err *e);
/* Before head is pushed: that it may arrive, with the summaries of these numbers. */
int remember_sent(struct git_side *s, const struct oid *head, const unsigned *numbers, size_t count,
		  struct err *e);
/* Whether a push of commit may have been sent whose answer is not known. In doubt not. */
bool remember_was_sent(struct git_side *s, const struct oid *commit);
/* Head is known not to have arrived. */
int remember_not_sent(struct git_side *s, const struct oid *head, struct err *e);
/* Moves the branch ref, which is what was sent last, from head to another commit: head is remembered
 * before, unless it is known what became of it. Errors are the hub's. */
int remember_move_head(struct git_side *s, const char *ref, const struct oid *head,
		       const struct oid *to, const char *why, struct err *e);
/* What was sent is done with: it arrived, and what it brought is noted, or it never can. */
int remember_all_done(struct git_side *s, struct err *e);
/* The newest of what was sent that tip has, and which summaries went with it. *found is zero when
 * it has none of it; *pending: it may still get some. */
struct sent {
	struct oid found;
	unsigned *numbers; /* owned */
	size_t count;
	bool pending;
};
int remember_find(struct git_side *s, const struct oid *tip, struct sent *out, struct err *e);

/* ---- pushed.c ---- */

/* Our commits up to head have arrived, in place of the tree old_tree: takes the files in which they
 * differ into their rows and moves the side's bases there. Errors are the hub's. */
int git_note_push(struct git_side *s, const struct oid *old_tree, const struct oid *new_tree,
		  struct err *e);
/* The same when tip, as fetched, has commits of ours of which it is not known that they were
 * pushed; and saves the state. Otherwise does nothing. */
int git_note_lost_answer(struct git_side *s, const struct oid *tip, struct err *e);
