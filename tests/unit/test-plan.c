/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision for one path: named cases from the scenario list, then every combination of absent
 * and three versions over agreed, bases and sides, held or not, under each conflict rule, checked
 * against the promises instead of against expected values.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sync/plan.h"

/* '.' absent, a letter a version; lower and upper case of a letter are two spellings of it. */
static struct version v(char c)
{
	struct version version = { .format = NOTEBOOK_SOURCE };

	if (c == '.')
		return version;
	version.blob.id[0] = (unsigned char)c;
	version.canon.id[0] = (unsigned char)(c | 0x20);
	return version;
}

static char letter(const struct version *version)
{
	return version_absent(version) ? '.' : (char)version->blob.id[0];
}

static struct plan_rules two_way(enum config_conflict conflict)
{
	return (struct plan_rules){ .accepts = { true, true, true },
				    .receives = { true, true, true },
				    .conflict = conflict };
}

/* in: agreed, then base git workspace local, then side git workspace local ('!' as side: held, '/':
 * something else stands there). */
static struct plan_input input(const char *in)
{
	struct plan_input out = { .agreed = v(in[0]) };

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		out.base[s] = v(in[2 + s]);
		out.held[s] = in[6 + s] == '!';
		out.blocked[s] = in[6 + s] == '/';
		out.side[s] = v(out.held[s] || out.blocked[s] ? '.' : in[6 + s]);
	}
	return out;
}

/* The outcome as text: agreed, actions, lost sides, e.g. "b =pp ---". */
static void describe(const struct plan_outcome *o, char text[16])
{
	static const char actions[] = { '-', '=', 'x', 'p', 'd' };
	char *at = text;

	*at++ = letter(&o->agreed);
	*at++ = ' ';
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		*at++ = actions[o->action[s]];
	*at++ = ' ';
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		*at++ = o->lost[s] ? "gwl"[s] : '-';
	*at = '\0';
}

static const struct {
	const char *name, *in, *out;
	enum config_conflict conflict;
} cases[] = {
	{ "nothing anywhere", ". ... ...", ". === ---", 0 },
	{ "everything agrees", "a aaa aaa", "a === ---", 0 },
	{ "local edit goes to both", "a aaa aab", "b pp= ---", 0 },
	{ "workspace edit goes to both", "a aaa aba", "b p=p ---", 0 },
	{ "git edit goes to both", "a aaa baa", "b =pp ---", 0 },
	{ "local deletion goes to both", "a aaa aa.", ". dd= ---", 0 },
	{ "new local notebook", ". ... ..a", "a pp= ---", 0 },
	{ "edit and edit, same bytes", "a aaa abb", "b p== ---", 0 },
	{ "edit and edit, other spelling", "a aaa abB", "b p== ---", 0 },
	{ "another spelling is no change", "a aaa aaA", "a === ---", 0 },
	{ "edit and edit, different", "a aaa abc", "b p=p --l", 0 },
	{ "three different edits", "a aaa bcd", "b =pp -wl", 0 },
	{ "prefer local", "a aaa abc", "c pp= -w-", CONFIG_CONFLICT_PREFER_LOCAL },
	{ "prefer local over all", "a aaa bcd", "d pp= gw-", CONFIG_CONFLICT_PREFER_LOCAL },
	{ "prefer workspace", "a aaa bca", "c p=p g--", CONFIG_CONFLICT_PREFER_WORKSPACE },
	{ "prefer git", "a aaa bac", "b =pp --l", CONFIG_CONFLICT_PREFER_GIT },
	{ "edit beats deletion", "a aaa ab.", "b p=p ---", 0 },
	{ "edit beats earlier deletion", "a aaa .ab", "b pp= ---", 0 },
	{ "delete and delete", "a aaa ..a", ". ==d ---", 0 },
	{ "create and create, same", ". ... a.a", "a =p= ---", 0 },
	{ "create and create, different", ". ... .ab", "a p=p --l", 0 },
	{ "first contact, all equal", ". ... aaa", "a === ---", 0 },
	{ "state lost, one differs", ". ... aab", "a ==p --l", 0 },
	{ "held local: others go on", "a aaa ab!", "b p=- ---", 0 },
	{ "held is not deleted elsewhere", "a aaa aa!", "a ==- ---", 0 },
	{ "deletion spares the held side", "a aaa a.!", ". d=- ---", 0 },
	{ "one side lags: write again", "b bab bab", "b =p= ---", 0 },
	{ "a lagging side was edited", "b bab bcb", "b =p= -w-", 0 },
	{ "all sides changed to one", "a aaa bbb", "b === ---", 0 },
	{ "a folder took its place", "a aaa a/a", ". d=d ---", 0 },
	{ "a folder took the place of an edit", "a aaa b/a", "b =xp ---", 0 },
	{ "a folder is in the way", ". ... ./a", "a px= ---", 0 },
	{ "deleted and made anew", "a aaa .ba", "b p=p ---", 0 },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct plan_rules rules = two_way(cases[i].conflict);
		struct plan_input in = input(cases[i].in);
		struct plan_outcome out;
		char text[16];

		plan_path(&rules, &in, &out);
		describe(&out, text);
		if (strcmp(text, cases[i].out) != 0)
			fail_msg("%s: '%s' gives '%s', not '%s'", cases[i].name, cases[i].in, text,
				 cases[i].out);
	}
}

static void expect_one_way(const char *in, const char *expected)
{
	struct plan_rules rules = { .accepts = { [SIDE_GIT] = true },
				    .receives = { [SIDE_WORKSPACE] = true, [SIDE_LOCAL] = true } };
	struct plan_input input_ = input(in);
	struct plan_outcome out;
	char text[16];

	plan_path(&rules, &input_, &out);
	describe(&out, text);
	if (strcmp(text, expected) != 0)
		fail_msg("one way '%s' gives '%s', not '%s'", in, text, expected);
}

static void test_one_way(void **state)
{
	(void)state;
	expect_one_way("a aaa baa", "b =pp ---"); /* the source's edit */
	expect_one_way("a aaa aba", "a =p= ---"); /* an edit of the target is replaced */
	expect_one_way("a aaa .aa", ". =dd ---"); /* deleted at the source */
	expect_one_way("a aaa .ba", ". =-d ---"); /* … but not what the target edited */
	expect_one_way(". ... .b.", ". =-= ---"); /* what only the target has is not ours */
	expect_one_way("a aaa aa.", "a ==p ---"); /* a deletion at the target is undone */
}

/* A merge that always succeeds, and says so by its letter. */
static bool merge_to_m(void *payload, const struct version *base, const struct version *ours,
		       const struct version *theirs, struct version *out)
{
	(void)payload;
	assert_false(version_same(base, ours) || version_same(base, theirs));
	assert_false(version_absent(ours) || version_absent(theirs));
	*out = v('m');
	return true;
}

static void test_merge(void **state)
{
	struct plan_rules rules = two_way(CONFIG_CONFLICT_KEEP_BOTH);
	struct plan_input in = input("a aaa abc");
	struct plan_outcome out;
	char text[16];

	(void)state;
	rules.merge = merge_to_m;
	plan_path(&rules, &in, &out);
	describe(&out, text);
	assert_string_equal(text, "m ppp ---");
	assert_false(out.conflict);
}

/* ---- every combination ---- */

/* Whether an edit of a side survives: in the agreed version, or named as lost. */
static void check_no_edit_vanishes(const struct plan_input *in, const struct plan_outcome *out)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		bool elsewhere = false;

		if (in->held[s] || version_absent(&in->side[s]) ||
		    version_same(&in->side[s], &in->base[s]) ||
		    version_same(&in->side[s], &out->agreed))
			continue;
		/* Another side built on this very version: then it is history, not a loss. */
		for (enum side_id t = 0; t < SIDE_COUNT; t++)
			elsewhere |= !in->held[t] && version_same(&in->base[t], &in->side[s]);
		elsewhere |= version_same(&in->agreed, &in->side[s]);
		if (!out->lost[s] && !elsewhere)
			fail_msg("the edit '%c' of side %d vanished", letter(&in->side[s]), (int)s);
	}
}

static void check_actions(const struct plan_input *in, const struct plan_outcome *out)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (in->held[s])
			assert_int_equal(out->action[s], PLAN_NOTHING);
		if (out->action[s] == PLAN_DELETE) {
			bool seen = version_same(&in->side[s], &in->base[s]) ||
				    version_same(&in->side[s], &in->agreed);

			/* … or the version that the deleting side had agreed on. */
			for (enum side_id t = 0; t < SIDE_COUNT; t++)
				seen |= version_absent(&in->side[t]) &&
					version_same(&in->side[s], &in->base[t]);
			assert_true(seen);
			assert_true(version_absent(&out->agreed));
		}
		if (out->action[s] == PLAN_SETTLED)
			assert_true(version_same(&in->side[s], &out->agreed));
		if (out->lost[s])
			assert_false(version_same(&in->side[s], &out->agreed));
	}
}

/* What the sides hold once the outcome was carried out. */
static void carry_out(struct plan_input *in, const struct plan_outcome *out)
{
	in->agreed = out->agreed;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (in->held[s] || out->action[s] == PLAN_NOTHING)
			continue;
		in->side[s] = out->agreed;
		in->base[s] = out->agreed;
	}
}

static bool settled(const struct plan_outcome *out)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (out->action[s] == PLAN_PUT || out->action[s] == PLAN_DELETE)
			return false;
	return !out->agreed_changed && !out->conflict;
}

/* Carrying outcomes out must come to rest: at once for every state that a history can lead to, and
 * after one more round for the impossible ones in which a base is newer than what was agreed. */
static void check_converges(const struct plan_rules *rules, const struct plan_input *in,
			    const struct plan_outcome *out)
{
	struct plan_input next = *in;
	struct plan_outcome again = *out;

	for (int round = 0; round < 3; round++) {
		carry_out(&next, &again);
		plan_path(rules, &next, &again);
		check_actions(&next, &again);
		check_no_edit_vanishes(&next, &again);
		if (settled(&again))
			return;
	}
	fail_msg("agreed %c, base %c%c%c, side %c%c%c does not come to rest", letter(&in->agreed),
		 letter(&in->base[0]), letter(&in->base[1]), letter(&in->base[2]),
		 letter(&in->side[0]), letter(&in->side[1]), letter(&in->side[2]));
}

static void test_every_combination(void **state)
{
	static const char letters[] = ".abc";

	(void)state;
	for (unsigned n = 0; n < 1u << 14; n++) {
		for (unsigned held = 0; held < 8; held++) {
			struct plan_input in = { .agreed = v(letters[n & 3]) };

			for (enum side_id s = 0; s < SIDE_COUNT; s++) {
				in.base[s] = v(letters[n >> (2 + 2 * s) & 3]);
				in.side[s] = v(letters[n >> (8 + 2 * s) & 3]);
				in.held[s] = held >> s & 1;
			}
			for (unsigned rule = 0; rule < 4; rule++) {
				struct plan_rules rules = two_way((enum config_conflict)rule);
				struct plan_outcome out;

				plan_path(&rules, &in, &out);
				check_actions(&in, &out);
				check_no_edit_vanishes(&in, &out);
				check_converges(&rules, &in, &out);
			}
		}
	}
}

static void test_mass_deletion(void **state)
{
	(void)state;
	assert_false(plan_is_mass_deletion(0, 0));
	assert_false(plan_is_mass_deletion(1, 1));
	assert_true(plan_is_mass_deletion(2, 2));
	assert_false(plan_is_mass_deletion(10, 12));
	assert_true(plan_is_mass_deletion(11, 12));
	assert_true(plan_is_mass_deletion(11, 43));
	assert_false(plan_is_mass_deletion(11, 44));
	assert_false(plan_is_mass_deletion(250, 1000));
	assert_true(plan_is_mass_deletion(251, 1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),         cmocka_unit_test(test_one_way),
		cmocka_unit_test(test_merge),         cmocka_unit_test(test_every_combination),
		cmocka_unit_test(test_mass_deletion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
