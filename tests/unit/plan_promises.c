/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_promises.h"

#include <stddef.h>

/* A side whose edits and deletions count. */
static bool counts(const struct plan_rules *rules, const struct plan_input *in, enum side_id s)
{
	return rules->accepts[s] && !in->held[s];
}

static bool deleted(const struct plan_input *in, enum side_id s)
{
	return !in->held[s] && version_absent(&in->side[s]) && !version_absent(&in->base[s]);
}

/* Whether a version is one that somebody built on, or that was agreed: then it is history, and what
 * replaces it replaces it knowingly. */
static bool is_history(const struct plan_input *in, const struct version *v)
{
	if (version_same(v, &in->agreed))
		return true;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (!in->held[s] && version_same(v, &in->base[s]))
			return true;
	return false;
}

/* An edit survives in the agreed version, or is named as lost. */
static const char *check_edits(const struct plan_rules *rules, const struct plan_input *in,
			       const struct plan_outcome *out)
{
	bool merged = !version_absent(&out->agreed) && out->agreed.blob.id[0] == 'm';

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const struct version *there = &in->side[s];

		if (out->lost[s] && (in->held[s] || !rules->accepts[s] || version_absent(there) ||
				     version_same(there, &out->agreed)))
			return "a side lost that had no edit of its own";
		if (!counts(rules, in, s) || version_absent(there) ||
		    version_same(there, &in->base[s]) || version_same(there, &out->agreed))
			continue;
		if (!out->lost[s] && !merged && !is_history(in, there))
			return "an edit vanished";
		if (version_absent(&out->agreed) && !version_same(there, &in->agreed))
			return "a deletion beat an edit that nobody had seen";
	}
	return NULL;
}

/* The agreed version is the old one, a side's, a merged one, or absent because a side deleted it. */
static const char *check_agreed(const struct plan_rules *rules, const struct plan_input *in,
				const struct plan_outcome *out)
{
	bool known = version_same(&out->agreed, &in->agreed);

	if (out->agreed_changed != !version_same(&out->agreed, &in->agreed))
		return "the outcome does not say whether the agreed version changed";
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!counts(rules, in, s))
			continue;
		known |= version_absent(&out->agreed) ? deleted(in, s)
						      : version_same(&out->agreed, &in->side[s]);
	}
	if (!known && (version_absent(&out->agreed) || out->agreed.blob.id[0] != 'm'))
		return "the agreed version is nobody's";
	return NULL;
}

static bool may_delete(const struct plan_input *in, enum side_id s)
{
	return version_same(&in->side[s], &in->base[s]) || version_same(&in->side[s], &in->agreed);
}

static const char *check_action(const struct plan_rules *rules, const struct plan_input *in,
				const struct plan_outcome *out, enum side_id s)
{
	enum plan_action action = out->action[s];
	bool same = version_same(&in->side[s], &out->agreed), gone = version_absent(&out->agreed);

	if (in->held[s])
		return action == PLAN_NOTHING ? NULL : "something is done on a held side";
	if ((action == PLAN_SETTLED) != same)
		return "a side is settled that differs, or is not that does not";
	if (same)
		return NULL;
	if (!rules->receives[s])
		return action == PLAN_NOTHING ? NULL
					      : "something is done on a side that only gives";
	if (!gone)
		return action == (in->blocked[s] ? PLAN_BLOCKED : PLAN_PUT)
			       ? NULL
			       : "the agreed version is not written where it is missing";
	return action == (may_delete(in, s) ? PLAN_DELETE : PLAN_NOTHING)
		       ? NULL
		       : "what nobody has seen is deleted, or what is deleted stays";
}

/* Whether the side's edit can be in the agreed version, and must not be merged again. */
static bool may_be_merged(const struct plan_rules *rules, const struct plan_input *in,
			  const struct plan_outcome *out, enum side_id s)
{
	return counts(rules, in, s) && !out->lost[s] && !version_absent(&in->side[s]) &&
	       !version_same(&in->side[s], &in->base[s]) &&
	       !version_same(&in->side[s], &out->agreed);
}

const char *plan_promises(const struct plan_rules *rules, const struct plan_input *in,
			  const struct plan_outcome *out)
{
	const char *wrong = check_edits(rules, in, out);

	if (!wrong)
		wrong = check_agreed(rules, in, out);
	for (enum side_id s = 0; s < SIDE_COUNT && !wrong; s++) {
		wrong = check_action(rules, in, out, s);
		if (!wrong && out->merged[s] && !may_be_merged(rules, in, out, s))
			wrong = "a base moves to what was not merged";
	}
	if (!wrong && out->conflict != (out->lost[0] || out->lost[1] || out->lost[2]))
		wrong = "a conflict without a loser, or a loser without a conflict";
	if (!wrong && out->edit_beat_delete && version_absent(&out->agreed))
		wrong = "an edit beat a deletion, and yet nothing is left";
	return wrong;
}

static void carry_out(struct plan_input *in, const struct plan_outcome *out)
{
	in->agreed = out->agreed;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (out->merged[s])
			in->base[s] = in->side[s];
		if (in->held[s] || out->action[s] == PLAN_NOTHING || out->action[s] == PLAN_BLOCKED)
			continue;
		in->side[s] = out->agreed;
		in->base[s] = out->agreed;
	}
}

static bool is_at_rest(const struct plan_outcome *out)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (out->action[s] == PLAN_PUT || out->action[s] == PLAN_DELETE)
			return false;
	return !out->agreed_changed && !out->conflict;
}

/* At once for every state that a history can lead to, and after one more round for the impossible
 * ones in which a base is newer than what was agreed. */
const char *plan_comes_to_rest(const struct plan_rules *rules, const struct plan_input *in)
{
	struct plan_input next = *in;

	for (int round = 0; round < 4; round++) {
		struct plan_outcome out;
		const char *wrong;

		plan_path(rules, &next, &out);
		if ((wrong = plan_promises(rules, &next, &out)))
			return wrong;
		if (round && is_at_rest(&out))
			return NULL;
		carry_out(&next, &out);
	}
	return "it does not come to rest";
}
