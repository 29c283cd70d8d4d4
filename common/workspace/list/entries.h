/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Inside of workspace/: what the listing of one folder shows, judged entry by entry. One entry that
 * cannot be used holds its own path; one that cannot be told from any other leaves a gap: the
 * listing is not the whole folder then. Neither touches the other entries.
 */

#include "format/json.h"
#include "workspace/workspace.h"

/* Bytes of all paths of one recursive listing: 100,000 paths of 400 bytes, four times what long ones
 * have. */
#define ENTRIES_TEXT_MAX ((size_t)WORKSPACE_OBJECTS_MAX * 400)

#define ENTRIES_HELD_MAX 1000 /* broken entries of one recursive listing */

/* What all folders of one recursive listing may still take, together. */
struct entries_room {
	size_t objects;
	size_t text; /* bytes of paths */
	size_t held;
};

#define ENTRIES_ROOM_INIT                                         \
	((struct entries_room){ .objects = WORKSPACE_OBJECTS_MAX, \
				.text = ENTRIES_TEXT_MAX,         \
				.held = ENTRIES_HELD_MAX })

struct entries {
	const char *workspace;      /* its name; borrowed */
	const char *dir;            /* the folder; canonical; borrowed */
	struct entries_room *room;  /* borrowed */
	struct workspace_listing l; /* owned; in the order of the answer */
	size_t cap, held_cap;       /* of l */
	size_t text;                /* bytes that were taken from the room */
	size_t named;               /* how many entries were dir itself: then it is no folder */
	size_t seen;
	bool overfull;  /* more than WORKSPACE_OBJECTS_MAX entries, or no room for an object */
	struct err gap; /* why the listing is not whole; the code is ERR_OK when it is */
};

void entries_init(struct entries *s, const char *workspace, const char *dir,
		  struct entries_room *room);

/* Forgets everything, and gives the room back: the answer begins anew. */
void entries_clear(struct entries *s);

/* Frees what was not taken out of l, whose room stays used. */
void entries_release(struct entries *s);

/* Judges one element of "objects"; NULL is one that is no readable JSON, shown as text. */
void entries_take(struct entries *s, const struct json *entry, const char *text, size_t len);

/* After the last one. ERR_CONFIG: dir is an object itself, which the API lists as if it were its own
 * folder. */
int entries_end(struct entries *s, struct err *e);

/* The listing is not whole: what it says is missing is not. The first reason is kept. A sentence's
 * end: "says that there is more". */
void entries_gap(struct entries *s, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Whether path names an entry of dir itself. */
bool entries_is_in(const char *path, const char *dir);
