/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The revision history of a mapping, read from its hub: what the local and the workspace side were
 * observed to hold (refs/nbsync/seen/<side>), what was agreed, and the commits of the branch, also
 * those that a rewritten branch no longer has. Works on any open hub, hub_open_reader() too.
 *
 * A revision is a commit of the hub. Reading beside a worker that shortens the history may find a
 * revision gone: ERR_RETRY.
 */

#include "config/config.h"
#include "git/hub/hub.h"
#include "memory/message.h"

enum history_origin { HISTORY_GIT, HISTORY_WORKSPACE, HISTORY_LOCAL, HISTORY_AGREED };
const char *history_origin_name(enum history_origin origin); /* "git" … "agreed" */

/* One notebook, or with files = all another file, that changed in one revision, against the revision's
 * first parent. All borrowed for the call. */
struct history_item {
	struct oid revision;
	int64_t when_s; /* when it was observed, agreed or committed */
	enum history_origin origin;
	enum message_verb verb;
	const char *path;    /* stem; of another file its name */
	const char *author;  /* of commits on the branch, "Name <email>"; else NULL */
	const char *subject; /* first line of the message, as written: escape it */
};

typedef bool (*history_fn)(void *payload, const struct history_item *item); /* false stops */

/*
 * Newest first, over refs/nbsync/seen/<side>, agreed and the branch. path NULL: everything; a stem
 * (or a file's name), or a folder otherwise. The items of one revision come together, in
 * the order of their paths. Of one second, commits come before agreed states, and these before
 * observations. Cost follows what changed; memory is 56 bytes for each commit of
 * the branch that was passed.
 */
int history_walk(struct hub *h, const struct config_mapping *m, const char *path, history_fn fn,
		 void *payload, struct err *e);

/* A revision of a mapping; all borrowed. id: a commit of its history, 40 hexadecimal digits or at least
 * 7 that are unique. */
struct history_revision {
	struct hub *hub;
	const struct config_mapping *mapping;
	const char *id;
};

/* What a revision has of a notebook. */
struct history_found {
	struct oid blob;
	char *file;        /* owned; as the side wrote it, below the mapping's root */
	enum side_id side; /* whose bytes these are; SIDE_COUNT: an agreed version */
};

/*
 * The file that stands for a notebook in a revision. path is a stem, or a file name in any of the
 * formats: the revision's own is taken. A revision that deleted it gives the version before. After an
 * error out->file is NULL.
 * ERR_ABSENT: not there then. ERR_INVALID: no such revision, ambiguous, or two files for one stem.
 */
int history_find(const struct history_revision *revision, const char *path,
		 struct history_found *out, struct err *e);
/* The same for a file of just this name that is no notebook (files = all). */
int history_find_file(const struct history_revision *revision, const char *path, struct oid *blob,
		      struct err *e);

/*
 * Calls fn with the stem of each notebook, and with files = all the name of each other file, that a
 * revision has below folder, in the order of the tree.
 * ERR_INVALID: no such revision, ambiguous.
 */
int history_list(const struct history_revision *revision, const char *folder,
		 void (*fn)(void *payload, const char *path), void *payload, struct err *e);
