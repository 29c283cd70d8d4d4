/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What people said about changes that the remote does not have yet: which summary goes with which
 * path. Pure; summaries_ref.c keeps it in the hub.
 *
 * Whoever says something says it of all that waits and was not committed before in that version. So
 * a path belongs to the last summary that covered it, also when it changes later. A summary whose
 * paths all went to a later one is kept in the body of that one. What the server refused is said
 * anew: the next summary takes its place.
 */

#include "base/buf.h"
#include "base/err.h"
#include "base/oid.h"

#define SUMMARIES_MAX (64 * 1024 * 1024) /* bytes of the document */

struct summary_path {
	char *path;         /* owned; of a row */
	struct oid version; /* what was agreed of it when that was said; zero: it was deleted */
};

struct summary {
	unsigned number; /* ascending; never used twice while any is kept; not 0 */
	bool refused;    /* by the server, when it came in this text */
	char *text;      /* owned; subject, and perhaps a body; "": commit, but nothing was said */
	struct summary_path *paths; /* owned; in byte order */
	size_t count;
};

struct summaries {
	struct summary *items; /* owned; by number */
	size_t count, cap;
};

#define SUMMARY_NONE SIZE_MAX

void summaries_release(struct summaries *s); /* a zeroed one is fine */

/* Says text of what waits (at least one path, whose strings stay the caller's; any order). When all of
 * it was committed before, it is said of all of it, unless it is what was said last. Whether anything
 * changed. */
bool summaries_add(struct summaries *s, const char *text, const struct summary_path *paths,
		   size_t count);
/* The index of the summary that a path belongs to; SUMMARY_NONE. */
size_t summaries_find(const struct summaries *s, const char *path);
/* Forgets the paths of which keep says false, and summaries without any. Whether that were some. */
bool summaries_keep(struct summaries *s, bool (*keep)(void *payload, const char *path),
		    void *payload);
/* Forgets one; none of that number is fine. */
void summaries_drop(struct summaries *s, unsigned number);

/* The document that summaries_parse() reads. */
void summaries_print(const struct summaries *s, struct buf *out);
/* Fills an empty *s. ERR_BUG: the document is damaged; *s is empty then. */
int summaries_parse(struct summaries *s, const struct buf *document, struct err *e);
