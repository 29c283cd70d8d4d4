/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a commit says. No I/O; git_start() comes first.
 */

#include "base/buf.h"
#include "config/config.h"

/* The name of the committer of our commits. A commit that somebody made of one of ours, with its message
 * (a cherry-pick, a rebase, an amended commit), has another one: what the message says of the workspace
 * was so before, and not when that commit was made. */
#define MESSAGE_COMMITTER "nbsync"

enum message_verb { MESSAGE_ADD, MESSAGE_UPDATE, MESSAGE_DELETE };

struct message_change {
	enum message_verb verb;
	const char *path; /* the notebook, without extension; or the file */
	unsigned sides;   /* bits of enum side_id: where the change came from */
	/* Of the workspace's object, if it holds the version that is committed; NULL or "": it does not,
	 * or that is not known. */
	const char *object_id;
	bool file; /* it is no notebook */
	/* The workspace holds what is committed, or lacks what is deleted, as was just seen. */
	bool in_workspace;
};

/*
 * Subject, body and trailers. One change: "Update etl/load_orders"; several: "Update 3 notebooks in
 * etl" (their deepest common folder, left out for the root) with the paths in the body, at most
 * 100; "files" when not all of them are notebooks. Subjects are cut at 72 bytes. Trailers:
 * Nbsync-Mapping, Nbsync-Side, Nbsync-Object-Id (of each change that has one, at most 1,000), and
 * Nbsync-Workspace with root_claim() as its value, when all changes are in the workspace; workspace:
 * that, or "". count: at least 1.
 *
 * The first line of a summary is the subject, the rest the body, and the list follows. Trailers in
 * its last paragraph come last, before ours; lines that begin with "Nbsync-" are left out.
 * Control characters, blanks at the ends of lines and needless blank lines go; whole secrets are
 * masked, as a commit is seen by everybody, for ever. A summary that says nothing is none.
 */
void message_write(struct buf *out, const char *mapping, const char *workspace, const char *summary,
		   const struct message_change *changes, size_t count);

/* Whether a message says that the workspace held in that object what was committed. An empty id is none.
 * Believed only of a commit with that committer, see past_was_in_workspace(). */
bool message_has_object(const char *message, const char *object_id);
/* Whether it says that all that was committed was so in that workspace folder; workspace as above, and ""
 * is none. */
bool message_has_workspace(const char *message, const char *workspace);
