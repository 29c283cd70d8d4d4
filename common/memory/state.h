/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a mapping remembers, as references of its hub and nothing else:
 *
 *   refs/nbsync/agreed       chain of agreed states; the tip's tree is the current one
 *   refs/nbsync/base/<side>  tree: per path what the side held when it last agreed
 *   refs/nbsync/seen/<side>  chain of what the side was observed to hold, in its own bytes
 *
 * What was sent to the workspace, and could not be read there, stands in its base's tree below
 * STATE_SENT. Where a side's own bytes said less than what it agreed to (source has no tags, a
 * workspace may forget what it is given), these bytes stand in its base's tree below STATE_BASE_RAW:
 * what they did not say then, and do not say now, nobody has removed.
 *
 * A base's tree says in STATE_FORMAT by which rules it was written. A base of 0.1.0 has no such file:
 * 0.1.0 compared cells and nothing else. So whatever else a side shows when it is first looked at again
 * was there before, and is no edit (state_cells_only()). 0.1.0 takes STATE_FORMAT for damage, and
 * refuses to go on.
 *
 * The base of the Git side says in STATE_PLACE which branch it was held by. There is none in a base that
 * was written before anybody asked.
 *
 * In all of these trees a notebook stands under the name of its file ("etl/load.py"), and a file that
 * is no notebook under the same name below the folder STATE_FILES (".files/etl/util.py"): no path of
 * a mapping can begin with a dot, so the two never meet, although a script may turn from one into the
 * other under one name. Only seen/git has the commits of the branch as they are.
 *
 * Changes to the table go through here, are collected, and reach the references together in
 * state_save(): objects first, fsynced, then each reference. Any prefix of that is a valid state.
 */

#include "git/hub/hub.h"
#include "memory/tree_edits.h"
#include "plan/table.h"

#define STATE_FILES      ".files/"
#define STATE_SENT       ".sent/"
#define STATE_BASE_RAW   ".told/"
#define STATE_FORMAT     ".format"
#define STATE_FORMAT_NOW "2\n" /* the content of STATE_FORMAT */
#define STATE_PLACE      ".place"
#define STATE_PLACE_MAX  8192 /* bytes */

struct state {
	struct hub *hub;     /* borrowed */
	struct table *table; /* borrowed */
	bool files;          /* the table has rows of files, too */
	struct oid agreed, agreed_tree;
	struct oid base_tree[SIDE_COUNT];
	struct oid base_saved[SIDE_COUNT]; /* what the reference says */
	struct oid seen[SIDE_COUNT], seen_tree[SIDE_COUNT];
	struct tree_edits agreed_edits, base_edits[SIDE_COUNT], seen_edits[SIDE_COUNT];
	int64_t agreed_at_s; /* when the agreed state last changed, by the clock of then; 0 if never */
	/* base_edits must become durable together with agreed_edits */
	bool rebased_with_agreed[SIDE_COUNT];
	bool cells_only[SIDE_COUNT]; /* see state_cells_only() */
	bool unmarked[SIDE_COUNT];   /* the base's tree has no STATE_FORMAT yet */
	char *place;                 /* owned; see state_set_place(); NULL: not known */
};

/* Reads the references and fills agreed and base of every row. files: of those that are no notebooks,
 * too; otherwise what is remembered of them stays as it is. ERR_CONFIG: written by a newer program.
 * ERR_BUG: the hub is damaged. Release in every case. */
int state_load(struct state *st, struct hub *hub, struct table *table, bool files, struct err *e);
void state_release(struct state *st);

/* What a file of the agreed tree is about, or one of a base's tree (by its name below the folder that says
 * what it is): the path of its row, owned by the caller, and in *v the version that its name and its
 * blob are. NULL: the name is none of ours. */
char *state_path(const char *file, const struct oid *blob, struct version *v);

/* Whether the side's base was written by 0.1.0 and so remembers the cells of its notebooks and nothing
 * else: what the side shows beyond them (tags, its environment) was there before. state_set_complete()
 * ends that: the side was looked at in full, and all that it shows is remembered now. */
bool state_cells_only(const struct state *st, enum side_id side);
void state_set_complete(struct state *st, enum side_id side);
/* Remembers that the side's own bytes of now are those of when it last agreed, where they do not say
 * all of that. For a side that is state_cells_only(); otherwise state_set_base() does it. */
void state_set_base_raw(struct state *st, struct row *row, enum side_id side);

/* Both also update the row. Where the side holds the new base now, its own bytes are remembered, too, if
 * they say less (row_base_raw()). */
void state_set_agreed(struct state *st, struct row *row, const struct version *v);
void state_set_base(struct state *st, struct row *row, enum side_id side, const struct version *v);

/*
 * The workspace answered a write of v, but what stands there could not be read afterwards, so v may be
 * there or not. v NULL: that is known now. Until then the base stays where it was: if the write was not
 * carried out, the old content must not look like somebody's return to it (or like a deletion), and if
 * it was, v must not look like somebody's edit.
 */
void state_set_sent(struct state *st, struct row *row, const struct version *v);

/* The Git side's base is of this place from now on: a text of at most STATE_PLACE_MAX bytes. Its first
 * line is the branch; only that side understands the rest. It becomes durable together with the agreed state, and with every other change
 * of that base that was noted before: nobody ever finds the one without the other. */
int state_set_place(struct state *st, const char *place, struct err *e);

/* What the side holds is part of the agreed state, although it differs from it (an edit that was
 * merged, a version that a human decided against): the base moves to what the side holds. That becomes
 * durable together with the agreed state; otherwise, after a kill between the two, what the side holds
 * would look like a new edit. */
void state_rebase(struct state *st, struct row *row, enum side_id side);

/* Notes what the side holds at row now, present or absent, unless that is recorded already. A held
 * entry says nothing about what the side holds, so nothing is noted. */
void state_see(struct state *st, struct row *row, enum side_id side);

/* The same for a file that is no row's: what stands there (raw), or that it went (NULL). */
void state_see_file(struct state *st, enum side_id side, const char *file, const struct oid *raw);

/* The Git side's observations are commits of their own: keeps tip reachable whatever the remote
 * does to its branch later. */
int state_see_commit(struct state *st, enum side_id side, const struct oid *tip, struct err *e);

/* Makes what was noted so far durable: only the observations; those and the agreed state; or all. why
 * is the subject of the commits. Errors are the hub's; what was noted stays noted, for the next try. */
int state_save_seen(struct state *st, const char *why, struct err *e);
int state_save_agreed(struct state *st, const char *why, struct err *e);
int state_save(struct state *st, const char *why, struct err *e);

/* Whether something was noted that is not durable yet. */
bool state_unrecorded(const struct state *st);
