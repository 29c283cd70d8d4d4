/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Thinking: what should happen to one path, given what every side holds, what it held when it last
 * agreed (base), and what was agreed. Pure: no I/O, no clock; the same input gives the same answer.
 *
 * The agreed version is merged with each side in turn, in the order git, workspace, local: a side
 * that did not change since its base has no news; a side that did is merged three-way (base, agreed,
 * side). Afterwards every side that differs from the new agreed version is to be written. An edit
 * always beats a deletion. A held side is neither merged nor written to.
 *
 * Two of the places are shared with other machines, so a side can differ from its base without anybody
 * having edited it there: another machine brought it a version which others have left behind. Where
 * that is known (since), the side's edit begins with that version, and a side that holds just that
 * version lags: it has nothing to say.
 */

#include "config/config.h"
#include "plan/version.h"

/* What is known about one path. Sides the mapping does not have are held by the caller. */
struct plan_input {
	struct version agreed;
	struct version base[SIDE_COUNT];
	struct version side[SIDE_COUNT];
	bool held[SIDE_COUNT];
	/* has_since: the side's edit does not begin with its base but with this later version, from which
	 * another side, or what is agreed, is known to have gone on. See sync/ancestry.c. */
	struct version since[SIDE_COUNT];
	bool has_since[SIDE_COUNT];
	/* A clash of the shared sides in which this machine has no part waits for the machine whose
	 * business it is. */
	bool patient;
	/* What is agreed came from the shared sides, and is no edit of this machine; in doubt false. */
	bool foreign;
	/* Something that is no notebook stands there, such as a folder of that name: the side has no
	 * notebook, and cannot be given one. */
	bool blocked[SIDE_COUNT];
};

enum plan_action {
	PLAN_NOTHING, /* held, not ours to write, or not known to differ */
	PLAN_SETTLED, /* the side holds the agreed version: its base may move there */
	PLAN_BLOCKED, /* the agreed version should be there, but something else is */
	PLAN_PUT,     /* write the agreed version */
	PLAN_DELETE,  /* remove it; what stands there is its base or is recorded */
};

struct plan_outcome {
	struct version agreed; /* the new agreed version */
	bool agreed_changed;
	/* The shared sides clash, and nothing happens until it is known whose edit that is, or until the
	 * input is not patient any more. */
	bool waits;
	enum plan_action action[SIDE_COUNT];
	/* Edits could not be merged, so that one had to be preferred. */
	bool contested;
	/* Edits that could not be merged: the sides whose versions are not in the agreed one and must
	 * be kept beside the path. */
	bool conflict;
	bool lost[SIDE_COUNT];
	/* An edit on one side met a deletion on another: the edit stays and comes back there. */
	bool edit_beat_delete;
	/* What this side holds is part of the new agreed version, but differs from it (it was merged
	 * with another edit, or left behind, for example). Its base moves to what it holds together with the agreed
	 * state, not when the side is written: or the same edit would be merged again until then. */
	bool merged[SIDE_COUNT];
};

/*
 * Merges two versions that both differ from base (which may be absent). True with *out set when the
 * edits do not touch; false when they do. Must be a function of the contents alone.
 */
typedef bool (*plan_merge_fn)(void *payload, const struct version *base, const struct version *ours,
			      const struct version *theirs, struct version *out);

struct plan_rules {
	bool accepts[SIDE_COUNT];  /* edits of this side count */
	bool receives[SIDE_COUNT]; /* this side is written to */
	enum config_conflict conflict;
	plan_merge_fn merge; /* NULL: edits of one notebook always clash */
	void *merge_payload;
};

void plan_path(const struct plan_rules *rules, const struct plan_input *in,
	       struct plan_outcome *out);

/*
 * Sides renamed a notebook: each has it under the old name (from) or under the new one (to), and what is
 * agreed has one of the two. side shows that it is a rename: it has lost there what to has now, or the
 * new name is agreed and side has an edit under the old one. When whatever the sides did to the notebook
 * can be merged, the rename is followed: both outcomes are filled. Otherwise the answer is false, and
 * each path is to be planned for itself.
 */
bool plan_rename(const struct plan_rules *rules, enum side_id side, const struct plan_input *from,
		 const struct plan_input *to, struct plan_outcome *from_out,
		 struct plan_outcome *to_out);

/*
 * A human puts version (absent: a deletion) in the place of the agreed one. That decides about what
 * each side holds, too, so it counts as merged.
 */
void plan_adopt(const struct plan_rules *rules, const struct plan_input *in,
		const struct version *version, struct plan_outcome *out);

/* Whether so many changes at once are rarely meant: of more than 10 notebooks and more than a quarter of
 * what the side holds. */
bool plan_is_many(size_t changes, size_t held_by_side);
/* Whether so many deletions at once need a human: many, or everything of a side that held at least two. */
bool plan_is_mass_deletion(size_t deletions, size_t held_by_side);
