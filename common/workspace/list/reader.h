/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside of workspace/: reads the answer of /workspace/list as it arrives, in pieces of any size, and
 * hands each entry to entries.h. Held is one entry, never the answer.
 *
 * A listing is {"objects": [...]}, or {} of an empty folder. Anything else is no listing.
 */

#include "base/buf.h"
#include "workspace/list/entries.h"

/* Bytes of one entry, or of another member's value. A path of 4,000 bytes with everything escaped has
 * 24,000. */
#define LIST_ENTRY_MAX   (64u * 1024)

#define LIST_MEMBERS_MAX 32 /* members beside "objects" */

struct list_reader {
	struct entries *entries; /* borrowed; what was read so far */
	int state;               /* one of enum in reader.c */
	/* The value that is being read. */
	struct buf value; /* its text so far; full when it is longer than LIST_ENTRY_MAX */
	size_t depth;     /* of open brackets in it */
	bool in_string, escaped;
	/* The members of the answer. */
	char *keys[LIST_MEMBERS_MAX + 1]; /* owned; in order */
	size_t key_count;
	bool has_objects;
	struct err failure; /* code not ERR_OK: it is no listing, nothing more is read */
};

/* The folder and the workspace's name are those of entries. */
void list_reader_init(struct list_reader *r, struct entries *entries);
void list_reader_release(struct list_reader *r); /* not the entries */

/* The answer begins anew: what was read of it is forgotten, in entries, too. */
void list_reader_restart(struct list_reader *r);

/* Takes the next piece. False: this is no listing, or there is no room for it; reading on is of no
 * use. */
bool list_reader_add(struct list_reader *r, const char *data, size_t len);

/* After the last piece. ERR_RETRY: it was no listing, or not all of one; see also entries_end(). */
int list_reader_end(struct list_reader *r, struct err *e);
