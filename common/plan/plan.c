/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three-way decision for one path. Everything that makes synchronising dangerous is decided
 * here and nowhere else, so that it can be read on two screens and tested by tables.
 *
 * Invariants: the outcome never deletes on a side what differs from that side's base (an edit beats
 * a deletion); a version that loses is named in the outcome, so that the caller can keep it; a held
 * side's action is PLAN_NOTHING. Deliberately not here: what a merge does to cells, in which order
 * versions came (the input says what is known of it), and guards that need to see more than one path
 * (plan_is_many() and plan_is_mass_deletion() only answer for their counts).
 */

#include "plan/plan.h"

/* Where a side's edit begins. */
static const struct version *edit_base(const struct plan_input *in, enum side_id side)
{
	return in->has_since[side] ? &in->since[side] : &in->base[side];
}

/* Two edits that cannot be merged: the sides come in order of precedence, so what is agreed so far
 * stays unless the rules prefer this side. merged are the sides whose edits are in the agreed
 * version so far. */
static void clash(const struct plan_rules *rules, const struct plan_input *in, enum side_id side,
		  bool merged[static SIDE_COUNT], struct plan_outcome *out)
{
	static const enum side_id preferred[] = {
		[CONFIG_CONFLICT_KEEP_BOTH] = SIDE_COUNT,
		[CONFIG_CONFLICT_PREFER_LOCAL] = SIDE_LOCAL,
		[CONFIG_CONFLICT_PREFER_WORKSPACE] = SIDE_WORKSPACE,
		[CONFIG_CONFLICT_PREFER_GIT] = SIDE_GIT,
	};

	out->contested = true;
	if (preferred[rules->conflict] != side) {
		out->lost[side] = true;
		return;
	}
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		out->lost[s] |= merged[s];
		merged[s] = s == side;
	}
	out->agreed = in->side[side];
}

/* Merges one side's edit (or new notebook) into the agreed version so far. */
static void merge_edit(const struct plan_rules *rules, const struct plan_input *in,
		       enum side_id side, bool merged[static SIDE_COUNT], struct plan_outcome *out)
{
	const struct version *base = edit_base(in, side), *theirs = &in->side[side];
	struct version both;

	if (version_same(theirs, &out->agreed)) {
		merged[side] = true;
	} else if (version_same(base, &out->agreed) || !rules->receives[side]) {
		/* Nobody contradicts a side that only gives. */
		out->agreed = *theirs;
		merged[side] = true;
	} else if (version_absent(&out->agreed)) {
		out->edit_beat_delete = !version_absent(base);
		out->agreed = *theirs;
		merged[side] = true;
	} else if (rules->merge &&
		   rules->merge(rules->merge_payload, base, &out->agreed, theirs, &both)) {
		out->agreed = both;
		merged[side] = true;
	} else {
		clash(rules, in, side, merged, out);
	}
}

/* A side deleted the path. The deletion counts if the side had the agreed version (its base is that
 * version, or is known to have had what is agreed so far) and no other side has edited it. If an edit
 * of another side lost against the version that is deleted now, that edit becomes the agreed version
 * instead. *removed is what a deletion that counts removes. */
static void apply_deletion(const struct plan_rules *rules, const struct plan_input *in,
			   enum side_id side, struct version *removed, struct plan_outcome *out)
{
	bool seen = !rules->receives[side] || version_same(&in->base[side], &in->agreed);
	bool counts = in->has_since[side] ? version_same(&in->since[side], &out->agreed)
					  : seen && version_same(&in->agreed, &out->agreed);

	if (version_absent(&out->agreed))
		return;
	if (!counts) {
		out->edit_beat_delete = true;
		return;
	}
	*removed = out->agreed;
	out->agreed = in->side[side];
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!out->lost[s])
			continue;
		out->agreed = in->side[s];
		out->edit_beat_delete = true;
		break;
	}
}

/* A side has news only if it differs from its base and from the agreed version. It can equal the
 * agreed version but not its base when we wrote it there and were killed before saving the base. */
static bool has_news(const struct plan_rules *rules, const struct plan_input *in, enum side_id side)
{
	return !in->held[side] && rules->accepts[side] &&
	       !version_same(&in->side[side], edit_base(in, side)) &&
	       !version_same(&in->side[side], &in->agreed);
}

static bool lags(const struct plan_input *in, enum side_id side)
{
	return in->has_since[side] && !in->held[side] &&
	       version_same(&in->side[side], &in->since[side]);
}

/* The edits of the sides whose edit begins with their base, or of the others. */
static void merge_edits(const struct plan_rules *rules, const struct plan_input *in, bool has_since,
			bool merged[static SIDE_COUNT], struct plan_outcome *out)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (in->has_since[s] == has_since && has_news(rules, in, s) &&
		    !version_absent(&in->side[s]))
			merge_edit(rules, in, s, merged, out);
}

/* Edits first, so that no deletion comes before an edit it would have to yield to. What goes on from a
 * version that another side has left behind comes after that other side, which brings that version. */
static void merge_sides(const struct plan_rules *rules, const struct plan_input *in,
			struct version *removed, struct plan_outcome *out)
{
	bool merged[SIDE_COUNT] = { false };

	merge_edits(rules, in, false, merged, out);
	merge_edits(rules, in, true, merged, out);
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (has_news(rules, in, s) && version_absent(&in->side[s]))
			apply_deletion(rules, in, s, removed, out);
	out->edit_beat_delete &= !version_absent(&out->agreed);
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		bool differs = !version_same(&in->side[s], &out->agreed);

		out->lost[s] &= differs;
		out->merged[s] = (merged[s] || lags(in, s)) && differs && !out->lost[s];
	}
	out->conflict = out->lost[SIDE_GIT] || out->lost[SIDE_WORKSPACE] || out->lost[SIDE_LOCAL];
}

/* Whether two versions of one notebook contradict each other. */
static bool contradict(const struct plan_rules *rules, const struct version *base,
		       const struct version *a, const struct version *b)
{
	struct version both;

	if (version_absent(a) || version_absent(b) || version_same(a, b) || version_same(a, base) ||
	    version_same(b, base))
		return false;
	return !rules->merge || !rules->merge(rules->merge_payload, base, a, b, &both);
}

/* Whether a clash may be somebody else's business: the workspace and the branch, which other machines
 * share, have edits that contradict each other, whatever this machine has edited beside that. Who meets
 * a path for the first time decides about it. */
static bool is_others_clash(const struct plan_rules *rules, const struct plan_input *in)
{
	bool git_has_news = has_news(rules, in, SIDE_GIT);
	/* Their edits may be agreed already on one side, and the other one has not got them yet. */
	bool others_agreed = in->foreign && !has_news(rules, in, SIDE_LOCAL);

	if (!git_has_news && !has_news(rules, in, SIDE_WORKSPACE))
		return false;
	for (enum side_id s = SIDE_GIT; s <= SIDE_WORKSPACE; s++)
		if (version_absent(&in->base[s]) ||
		    !(has_news(rules, in, s) ||
		      (others_agreed && !in->held[s] && version_same(&in->side[s], &in->agreed))))
			return false;
	return !version_absent(&in->agreed) &&
	       contradict(rules, edit_base(in, git_has_news ? SIDE_GIT : SIDE_WORKSPACE),
			  &in->side[SIDE_GIT], &in->side[SIDE_WORKSPACE]);
}

/* Whether what a side holds may be deleted there: it is what it held when it last agreed, what was
 * agreed until now, what the deletion removes, or what others are known to have gone on from. */
static bool may_delete(const struct plan_input *in, enum side_id side,
		       const struct version *removed)
{
	const struct version *there = &in->side[side];

	return version_same(there, &in->base[side]) || version_same(there, &in->agreed) ||
	       version_same(there, removed) || lags(in, side);
}

/* What is to be done on one side so that it holds the agreed version; removed: what a deletion that was
 * agreed removes, or absent. */
static enum plan_action action_for(const struct plan_rules *rules, enum side_id side,
				   const struct plan_input *in, const struct version *agreed,
				   const struct version *removed)
{
	if (version_same(&in->side[side], agreed))
		return PLAN_SETTLED;
	if (!rules->receives[side])
		return PLAN_NOTHING;
	if (!version_absent(agreed))
		return in->blocked[side] ? PLAN_BLOCKED : PLAN_PUT;
	/* Something only a receiving side has, or has edited, was never ours to delete. */
	return may_delete(in, side, removed) ? PLAN_DELETE : PLAN_NOTHING;
}

void plan_path(const struct plan_rules *rules, const struct plan_input *in,
	       struct plan_outcome *out)
{
	struct version removed = { 0 };

	*out = (struct plan_outcome){ .agreed = in->agreed };
	merge_sides(rules, in, &removed, out);
	if (out->contested && in->patient && is_others_clash(rules, in)) {
		*out = (struct plan_outcome){ .agreed = in->agreed, .waits = true };
		return;
	}
	out->agreed_changed = !version_same(&in->agreed, &out->agreed);
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (!in->held[s])
			out->action[s] = action_for(rules, s, in, &out->agreed, &removed);
}

/* ---- renames ---- */

/* Where a side has a notebook that was renamed. What it has under both names counts where it was edited;
 * the other one is what the rename has not finished yet. */
enum place { UNKNOWN, AT_OLD, AT_NEW, LOST, UNCLEAR };

static enum place place_of(const struct plan_input *from, const struct plan_input *to,
			   enum side_id side)
{
	bool has_old = !version_absent(&from->side[side]);
	bool has_new = !version_absent(&to->side[side]);
	bool old_edited = !version_same(&from->side[side], &from->base[side]);
	bool had_new = !version_absent(&to->base[side]);
	bool new_edited = !version_same(&to->side[side], &to->agreed) &&
			  !(had_new && version_same(&to->side[side], &to->base[side]));

	if (has_old && has_new && old_edited)
		return new_edited ? UNCLEAR : AT_OLD;
	if (has_old && has_new && !had_new && !version_same(&to->side[side], &from->base[side]))
		return UNCLEAR;
	if (has_new)
		return AT_NEW;
	if (from->blocked[side] || to->blocked[side])
		return UNCLEAR;
	if (has_old)
		return AT_OLD;
	return version_absent(&from->base[side]) && version_absent(&to->base[side]) ? UNKNOWN
										    : LOST;
}

/* What a side had when it last agreed, under the name that counts now. */
static const struct version *renamed_base(const struct plan_input *from,
					  const struct plan_input *to, enum side_id side)
{
	bool new = place_of(from, to, side) == AT_NEW && !version_absent(&to->base[side]);

	return new ? &to->base[side] : &from->base[side];
}

/* Whether a side can go along: it has the notebook, as far as it knows it, or has lost what another side
 * renamed, which is an edit. */
static bool goes_along(const struct plan_input *from, const struct plan_input *to,
		       enum side_id side)
{
	enum place place = place_of(from, to, side);

	if (to->held[side] && !from->held[side])
		return false;
	if (from->held[side])
		return version_absent(&from->base[side]) && version_absent(&to->base[side]);
	return place == UNKNOWN || place == AT_OLD || place == LOST ||
	       (place == AT_NEW && !version_absent(renamed_base(from, to, side)));
}

/* Whether what a side did shows that the notebook was renamed. Both names may be agreed while the new one
 * is a copy of the old one: it came first, and the old one goes now. */
static bool shows_rename(const struct plan_input *from, const struct plan_input *to,
			 enum side_id side)
{
	enum place place = place_of(from, to, side);
	bool had_old = !version_absent(&from->base[side]),
	     had_new = !version_absent(&to->base[side]);

	if (from->held[side] || !had_old)
		return false;
	if (version_absent(&from->agreed))
		return !version_absent(&to->agreed) &&
		       (place == AT_OLD || (place == AT_NEW && !had_new));
	if (version_absent(&to->agreed))
		return !had_new && place == AT_NEW;
	return version_same(&from->agreed, &to->agreed) && place == AT_NEW &&
	       version_absent(&from->side[side]);
}

static bool is_rename(const struct plan_rules *rules, enum side_id side,
		      const struct plan_input *from, const struct plan_input *to)
{
	if (!rules->accepts[side] || !shows_rename(from, to, side))
		return false;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (!goes_along(from, to, s))
			return false;
	return true;
}

/* The input of one notebook of which some sides have it under the old name and some under the new. */
static struct plan_input combine(const struct plan_input *from, const struct plan_input *to)
{
	struct plan_input both = version_absent(&to->agreed) ? *from : *to;

	both.patient = false;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const struct plan_input *in = place_of(from, to, s) == AT_NEW ? to : from;

		both.base[s] = *renamed_base(from, to, s);
		/* What it has lost it gets back, by the new name. */
		both.side[s] = place_of(from, to, s) == LOST ? both.base[s] : in->side[s];
		both.held[s] = in->held[s];
		both.blocked[s] = in->blocked[s];
		both.has_since[s] = in->has_since[s];
		both.since[s] = in->since[s];
	}
	return both;
}

bool plan_rename(const struct plan_rules *rules, enum side_id side, const struct plan_input *from,
		 const struct plan_input *to, struct plan_outcome *from_out,
		 struct plan_outcome *to_out)
{
	const struct version nothing = { 0 };
	struct plan_input both;
	struct plan_outcome out;

	if (!is_rename(rules, side, from, to))
		return false;
	both = combine(from, to);
	plan_path(rules, &both, &out);
	if (out.conflict || version_absent(&out.agreed))
		return false;
	*from_out = (struct plan_outcome){ .agreed_changed = !version_absent(&from->agreed) };
	*to_out = (struct plan_outcome){
		.agreed = out.agreed,
		.agreed_changed = !version_same(&to->agreed, &out.agreed),
	};
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		bool at_new = place_of(from, to, s) == AT_NEW;
		bool at_old = !version_absent(&from->side[s]);

		if (from->held[s])
			continue;
		/* Or what stands there would, after a kill, be a notebook that clashes with the agreed
		 * one; and what a side has lost there, because it renamed it the other way round, a
		 * deletion. */
		to_out->merged[s] = rules->receives[s] &&
				    (at_new ? version_absent(&to->base[s]) || out.merged[s]
					    : version_absent(&to->side[s]) &&
						      !version_absent(&to->base[s]));
		to_out->action[s] = action_for(rules, s, to, &to_out->agreed, &nothing);
		from_out->action[s] = !at_old              ? PLAN_SETTLED
				      : rules->receives[s] ? PLAN_DELETE
							   : PLAN_NOTHING;
		from_out->merged[s] = rules->receives[s] && at_old;
	}
	return true;
}

void plan_adopt(const struct plan_rules *rules, const struct plan_input *in,
		const struct version *version, struct plan_outcome *out)
{
	const struct version nothing = { 0 };

	*out = (struct plan_outcome){
		.agreed = *version,
		.agreed_changed = !version_same(&in->agreed, version),
	};
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (in->held[s])
			continue;
		out->action[s] = action_for(rules, s, in, version, &nothing);
		if (out->action[s] == PLAN_NOTHING && version_absent(version) && rules->receives[s])
			out->action[s] = PLAN_DELETE;
		out->merged[s] = rules->receives[s] && out->action[s] != PLAN_SETTLED;
	}
}

bool plan_is_many(size_t changes, size_t held_by_side)
{
	return changes > 10 && changes > held_by_side / 4;
}

bool plan_is_mass_deletion(size_t deletions, size_t held_by_side)
{
	return plan_is_many(deletions, held_by_side) ||
	       (deletions >= 2 && deletions == held_by_side);
}
