/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One fetch or push on its way, as the files behind remote.h share it. remote.c begins and ends it;
 * in between works either file.c (file:///) or smart.c with exchange.c and transport.c
 * (https).
 */

#include "git/hub/internal.h"
#include "git/remote/file_rules.h"
#include "git/remote/remote.h"

#include <git2/sys/transport.h>

#define LINK_SAID_MAX 600 /* bytes of a server's messages that a sentence may quote */

struct link {
	struct hub *h;
	const struct remote *r;
	bool push;
	char *branch_ref;   /* owned: "refs/heads/main" */
	char *tracking_ref; /* owned: "refs/remotes/origin/main" */
	struct oid known;   /* where tracking_ref stands; zero: nowhere */
	/* Borrowed; of a push the commit, of a fetch what is to be told of branches; else NULL. */
	const struct oid *commit;
	struct remote_branches *branches;
	file_share share; /* file:///: how the repository that is pushed to is shared */

	/* What callbacks saw; libgit2 cannot carry our errors through its own. */
	struct err error;  /* code ERR_OK: none */
	uint64_t received; /* bytes of packs */
	struct buf said;   /* the server's messages to people, raw */
	bool sent;         /* the push is on its way, or there */
	char *refused; /* owned: why the server did not take the push; NULL: it did, or is silent */
};

/* What a remote says about itself when we connect. */
struct remote_state {
	struct oid tip; /* of the branch; zero when there is no such branch */
	bool empty;     /* there is no branch at all */
	bool stands;    /* another branch stands at link.commit */
};

/* Reports progress and says whether to go on: 0, or GIT_EUSER with l->error set. */
int link_tick(struct link *l);
/* The same as a git_packbuilder_progress with a link as payload. While libgit2 looks for deltas the
 * answer is always 0, see git_pack_may_stop(); writing asks again. */
int link_tick_pack(int stage, uint32_t current, uint32_t total, void *payload);
/* Counts bytes of a pack: 0, or GIT_EUSER with l->error set when they are too many. */
int link_count(struct link *l, size_t bytes);
/* The end of a failed libgit2 call: the error that a callback left, otherwise libgit2's. */
int link_fail(struct link *l, int rc, const char *what, struct err *e);
/* One reference of the remote; keeps count. ERR_CONFIG beyond REMOTE_REFS_MAX. */
int link_check_refs(const struct link *l, size_t count, struct err *e);
/* branches.c: takes a reference that the remote told, and where its HEAD points (NULL: not told),
 * which comes last. The names are the server's: anything. */
void link_note_ref(struct link *l, struct remote_state *state, const char *name,
		   const struct oid *id);
void link_note_head(struct link *l, const char *target);
/* Whether commit may follow what now tells of the remote's branch: ERR_CONFLICT when not. */
int link_check_forward(struct link *l, const struct remote_state *now, const struct oid *commit,
		       struct err *e);

/* Both bring the branch's tip, with everything it needs, into the hub. */
int remote_file_fetch(struct link *l, struct remote_state *out, struct err *e);
int remote_smart_fetch(struct link *l, struct remote_state *out, struct err *e);
/* Both move the branch to commit, fast-forward only. */
int remote_file_push(struct link *l, const struct oid *commit, struct err *e);
int remote_smart_push(struct link *l, const struct oid *commit, struct err *e);

/* file:///: moves the branch of the repository to from tip (zero: there is none) to commit, which is
 * there already. By compare-and-swap: whoever pushes at the same moment must not lose.
 * ERR_CONFLICT: it has moved. ERR_RETRY: another program has locked it. */
int file_ref_move(struct link *l, git_repository *to, const struct oid *tip,
		  const struct oid *commit, struct err *e);

/* The transport of every remote, for git_remote_callbacks; payload is the struct link. */
int link_transport(git_transport **out, git_remote *owner, void *payload);

/* A second handle on the hub's repository in which name is the only reference (id zero: there is
 * none). git_repository_free() it. */
int exchange_open(git_repository **out, struct hub *h, const char *name, const struct oid *id,
		  struct err *e);
/* From here to exchange_show_refs() the hub has no reference: for who packs its objects, because libgit2
 * reads every reference of a repository that it packs from, to see which are tags. An error is
 * libgit2's, and nothing is hidden then. */
int exchange_hide_refs(git_refdb **kept, struct hub *h);
void exchange_show_refs(git_refdb *kept, struct hub *h);
