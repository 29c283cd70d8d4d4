/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The paths that file system events pointed at and no cycle has looked at yet, each with the moment
 * it is due. Pure: moments are milliseconds on a monotonic clock that the caller passes in.
 *
 * A file that was closed or renamed into place is due at once. A file that is still being written
 * is due when nothing happened to it for settle_ms, and in any case PENDING_WAIT_MAX after the first
 * event. A file that vanished (editors move the old file away before they write the new one) is due
 * when nothing at all vanished for settle_ms, at the latest PENDING_GONE_MAX after the first: a folder
 * that is being removed must come to the cycle in one piece, which counts deletions. A
 * path that was due at once and changes again within settle_ms has to settle as well, so that a
 * program that saves ten times a second does not cause ten uploads a second.
 *
 * Bounded: more than PENDING_MAX distinct paths become "look at everything".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PENDING_MAX      1000  /* distinct paths */
#define PENDING_WAIT_MAX 10000 /* ms */
#define PENDING_GONE_MAX 60000 /* ms */
#define PENDING_NEVER    INT64_MAX

enum pending_how {
	PENDING_NOW,     /* complete: closed after writing, renamed into place */
	PENDING_SETTLE,  /* open: wait until it is quiet */
	PENDING_GONE,    /* deleted, or renamed away: wait until nothing goes any more */
	PENDING_TOUCHED, /* mode or times changed: settle, but never delay what is due anyway */
};

struct pending_item {
	char *path;    /* owned */
	int64_t first; /* the first event since the path was last taken */
	int64_t due;   /* PENDING_NEVER: taken, remembered for settle_ms */
	int64_t taken; /* when; meaningful once it was taken */
	bool was_taken;
	bool gone;
};

struct pending {
	int64_t settle_ms;

	/* private */
	struct pending_item *items; /* owned; sorted by path */
	size_t count;
	size_t cap;
	bool full; /* everything is to be looked at; items is empty then */
	int64_t full_first;
	int64_t full_due;
	int64_t gone_first; /* of what vanished together */
	int64_t gone_due;   /* 0: nothing yet */
};

void pending_init(struct pending *p, int64_t settle_ms);
void pending_release(struct pending *p); /* a zeroed one is fine */

/* path is copied. */
void pending_add(struct pending *p, const char *path, enum pending_how how, int64_t now);

/* Events were lost, or what they mean concerns every path: look at everything, settled as above. */
void pending_add_full(struct pending *p, int64_t now);

/* The earliest moment at which something is due; PENDING_NEVER when nothing is pending. */
int64_t pending_due(const struct pending *p);

/* Whether what is pending is "everything". */
bool pending_full(const struct pending *p);

/*
 * Takes the paths that are due at now (all: also those that are not yet) into paths, in byte order,
 * and returns how many. They are borrowed until the next call that changes p. None when
 * pending_full(): then run a full cycle and call pending_clear().
 */
size_t pending_take(struct pending *p, int64_t now, bool all,
		    const char *paths[static PENDING_MAX]);

/* A full cycle is about to look at everything: forgets all. */
void pending_clear(struct pending *p);
