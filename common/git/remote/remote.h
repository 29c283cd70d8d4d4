/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Fetch from and push to the mapping's remote. HTTPS goes through http/http.h by our own smart
 * subtransport (libgit2's own follows redirects past an allow-list and has no time-outs); file:///
 * goes from one object database to the other (libgit2's own copies every branch, and can lose one
 * of two pushes). The URL is the canonical one and is checked against the policy again where the
 * connection is made. Never git_clone(), never submodules, never a URL or a setting from Git
 * configuration.
 */

#include "git/hub/hub.h"
#include "http/http.h"
#include "secret/secret.h"

/* Asked right before anything is contacted: ERR_OK or ERR_DENIED with the policy's sentence. op is
 * "fetch" or "push". */
typedef int (*remote_allow_fn)(void *payload, const char *url, const char *op, struct err *e);

struct remote {
	const char *url;            /* canonical; borrowed */
	const char *branch;         /* "main" */
	const char *user;           /* HTTP Basic user name; NULL: "nbsyncd" */
	const struct secret *token; /* borrowed; NULL or unset: no authentication */
	const char *token_file;     /* where a person would put a new token; NULL: not known */
	struct http *http;          /* borrowed, its tick too; only for https and loopback http */
	remote_allow_fn allow;
	void *allow_payload;
	void (*progress)(void *payload,
			 const char *what); /* may be NULL; called while bytes flow */
	void *progress_payload;
	/* May be NULL. Of a push: whether one of ours that was cut off was to bring the branch to that
	 * commit. */
	bool (*was_sent)(void *payload, const struct oid *commit);
	void *was_sent_payload;
	const volatile int *cancel; /* may be NULL */
	uint64_t pack_max;          /* bytes accepted in one fetch; 0: REMOTE_PACK_MAX */
};

#define REMOTE_PACK_MAX (512ull * 1024 * 1024)
#define REMOTE_REFS_MAX 10000

/*
 * What the server says about its branches. Only names that git takes and that a person may copy into
 * a configuration or a shell as they are (remote_name_is_plain()) are kept: all others are as if the
 * server had not told them, but for empty.
 */
struct remote_branches {
	bool empty;   /* there is no branch at all, of whatever name */
	char **names; /* owned, with the array; without "refs/heads/" */
	size_t count, cap;
	char *head; /* owned; one of names, the default branch; NULL: not told */
};
void remote_branches_release(struct remote_branches *b);
/* At most REMOTE_NAME_MAX letters, digits and "-_./+@" of ASCII, which git takes for a branch. Pure. */
#define REMOTE_NAME_MAX 200
bool remote_name_is_plain(const char *branch);

/*
 * Brings refs/heads/<branch> of the remote to refs/remotes/origin/<branch>. *tip is zero when the
 * remote has no such branch. *branches, which the caller releases in any case, tells what it has.
 * ERR_DENIED by policy; ERR_CONFIG for refused credentials or a missing repository or an answer that
 * redirects (the sentence shows where to); ERR_RETRY otherwise.
 */
int remote_fetch(struct hub *h, const struct remote *r, struct oid *tip,
		 struct remote_branches *branches, struct err *e);

/* What is known of a push that failed; all zero before it is tried. */
struct remote_push_end {
	/* The branch may have moved all the same: the push went out, and no answer came. */
	bool unknown;
	/* Owned; the server read the push and refused it by a rule of its own: its words, bounded,
	 * without control characters, on one line. NULL: that is not what happened. */
	char *refused;
};

/*
 * Pushes commit to refs/heads/<branch>, fast-forward only, never forced, and moves
 * refs/remotes/origin/<branch>. Beside other branches a new one only begins where one of them stands.
 * ERR_CONFLICT: rejected because the remote has moved, or has not that branch (fetch, plan and try
 * again). ERR_CONFIG: refused by the server's rules (end->refused; they are in the sentence, too), or
 * as for remote_fetch().
 */
int remote_push(struct hub *h, const struct remote *r, const struct oid *commit,
		struct remote_push_end *end, struct err *e);
