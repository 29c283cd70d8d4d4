/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the files of a side in memory share. */

#include "tests/side/memory_side.h"

struct text {
	char *file;    /* owned */
	char *content; /* owned */
	int id;
	bool held, question; /* see memory_hold() */
	bool passed_over;    /* a human said that it is no notebook any more */
};

/* Something that a test said of a path. */
struct mark {
	enum mark_kind { FAILS_NEXT, BLOCKED, NAME_REFUSED, ROW_REFUSED } kind;
	char *path; /* owned */
	int code;   /* of FAILS_NEXT; ERR_OK: it happened */
};

struct memory_side {
	struct side side;
	struct memory_log *log;
	struct text *texts;
	size_t count, cap;
	struct mark *marks;
	size_t mark_count, mark_cap;
	int fails[MEMORY_OPERATIONS];
	int last_id;
	char *rules; /* owned; that the next look brings; NULL: none */
	void (*on_act)(void *payload, struct side *s, const char *path);
	void *payload;
};

static inline struct memory_side *own(struct side *s)
{
	return (struct memory_side *)s;
}

static inline const struct memory_side *own_const(const struct side *s)
{
	return (const struct memory_side *)s;
}

/* Borrowed until the next change; NULL: there is none. */
struct text *memory_find(const struct side *s, const char *file);
/* What a test said of the path; NULL: nothing. */
struct mark *memory_marked(const struct side *s, enum mark_kind kind, const char *path);
