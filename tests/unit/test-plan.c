/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decision for one path: named cases from the scenario list; then every input there is, under
 * every rule and direction, checked against the promises instead of against expected values, which
 * stand in plan-table.txt.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan_form.h"
#include "plan_promises.h"

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
	{ "edit beats deletion", "a aaa ab.", "b p=p --- +", 0 },
	{ "edit beats earlier deletion", "a aaa .ab", "b pp= --- +", 0 },
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
	{ "a folder took the place of an edit", "a aaa b/a", "b =xp --- +", 0 },
	{ "a folder is in the way", ". ... ./a", "a px= ---", 0 },
	{ "deleted and made anew", "a aaa .ba", "b p=p --- +", 0 },
	{ "killed before it was noted that a write arrived", "a aab aca", "c p=p ---", 0 },
	{ "… and somebody went back to what was there", "a aab aba", "b p=p ---", 0 },
	{ "… and it was the first write", "a aa. aba", "b p=p ---", 0 },
	{ "… and it was a deletion, which somebody takes back", ". ..a a..", "a =pp ---", 0 },
	{ "deleted what is older than the edit", "a aab ba.", "b =pp --- +", 0 },
	{ "deleted what is older than what is agreed", "a aab aa.", "a ==p --- +", 0 },
};

static void expect_plan(const char *name, const struct plan_rules *rules, const char *text,
			const char *expected)
{
	struct plan_input in = plan_text_input(text);
	cleanup_free char *outcome = NULL;
	struct plan_outcome out;

	plan_path(rules, &in, &out);
	outcome = plan_text_outcome(&out, "gwl", SIDE_COUNT);
	if (strcmp(outcome, expected) != 0)
		fail_msg("%s: '%s' gives '%s', not '%s'", name, text, outcome, expected);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct plan_rules rules = plan_text_two_way(cases[i].conflict);

		expect_plan(cases[i].name, &rules, cases[i].in, cases[i].out);
	}
}

static void test_one_way(void **state)
{
	struct plan_rules rules = { .accepts = { [SIDE_GIT] = true },
				    .receives = { [SIDE_WORKSPACE] = true, [SIDE_LOCAL] = true } };

	(void)state;
	expect_plan("the source's edit", &rules, "a aaa baa", "b =pp ---");
	expect_plan("an edit of the target is replaced", &rules, "a aaa aba", "a =p= ---");
	expect_plan("deleted at the source", &rules, "a aaa .aa", ". =dd ---");
	expect_plan("… but not what the target edited", &rules, "a aaa .ba", ". =-d ---");
	expect_plan("what only the target has is not ours", &rules, ". ... .b.", ". =-= ---");
	expect_plan("a deletion at the target is undone", &rules, "a aaa aa.", "a ==p ---");
	expect_plan("a human chose another version", &rules, "a baa baa", "a -== ---");
	expect_plan("… until the source has an edit", &rules, "a baa caa", "c =pp ---");
	expect_plan("… or a deletion", &rules, "a baa .aa", ". =dd ---");
}

static void test_merge(void **state)
{
	struct plan_rules rules = plan_text_two_way(CONFIG_CONFLICT_KEEP_BOTH);

	(void)state;
	rules.merge = plan_text_merge;
	expect_plan("two edits", &rules, "a aaa abc", "m ppp -WL");
	expect_plan("three edits", &rules, "a aaa bcd", "m ppp GWL");
	expect_plan("what was merged is not merged again", &rules, "m abc abc", "m ppp ---");
	expect_plan("an edit, and the others have what is agreed", &rules, "a aab aca",
		    "c p=p ---");
}

/* ---- renames ---- */

static const struct {
	const char *name, *from, *to, *from_out, *to_out; /* outs NULL: not followed */
	enum side_id side;
} renames[] = {
	{ "on one side", "a aaa aa.", ". ... ..a", ". dd= GW-", "a pp= --L", SIDE_LOCAL },
	{ "and edited there", "a aaa aa.", ". ... ..b", ". dd= GW-", "b pp= --L", SIDE_LOCAL },
	{ "edited elsewhere", "a aaa b.a", ". ... .a.", ". d=d G-L", "b ppp -W-", SIDE_WORKSPACE },
	{ "edited on both", "a aaa b.a", ". ... .c.", ". d=d G-L", "m ppp -W-", SIDE_WORKSPACE },
	{ "two sides", "a aa. aa!", ". ... ..!", NULL, NULL, SIDE_GIT },
	{ "a side that is not there", "a aa. .a!", ". ... a.!", ". =d- -W-", "a =p- G--",
	  SIDE_GIT },
	{ "a side that is held", "a aaa .a!", ". ... a.!", NULL, NULL, SIDE_GIT },
	{ "the new path is held elsewhere", "a aaa .aa", ". ... a!.", NULL, NULL, SIDE_GIT },
	{ "a folder stands there", "a aaa .aa", ". ... a/.", NULL, NULL, SIDE_GIT },
	{ "deleted elsewhere", "a aaa .a.", ". ... a..", ". =d= -W-", "a =pp G--", SIDE_GIT },
	{ "the new path is taken elsewhere", "a aaa .aa", ". ... ab.", NULL, NULL, SIDE_GIT },
	{ "the new path was agreed as a copy", "a aaa .aa", "a .aa aaa", ". =dd -WL", "a === G--",
	  SIDE_GIT },
	{ "the new path was agreed as another", "a aaa .aa", "b .bb bbb", NULL, NULL, SIDE_GIT },
	{ "as a copy, and the old path was edited elsewhere", "a aaa .ab", "a .aa aaa", ". =dd -WL",
	  "b ppp G--", SIDE_GIT },
	{ "two sides renamed", "a aaa ..a", ". ... aa.", ". ==d --L", "a ==p GW-", SIDE_GIT },
	{ "two sides, one edited it", "a aaa ..a", ". ... ab.", ". ==d --L", "b p=p GW-",
	  SIDE_WORKSPACE },
	{ "two sides, two edits", "a aaa ..a", ". ... cb.", ". ==d --L", "m ppp GW-",
	  SIDE_WORKSPACE },
	{ "two sides, the third one edited the old path", "a aaa ..b", ". ... aa.", ". ==d --L",
	  "b ppp GW-", SIDE_GIT },
	{ "one side has not removed the old path yet", "a aaa .aa", ". ... aa.", ". =dd -WL",
	  "a ==p GW-", SIDE_GIT },
	{ "an edit under the old name of a new one", ". ..a ..b", "a aa. aa.", ". ==d --L",
	  "b ppp ---", SIDE_LOCAL },
	{ "and the new one was edited", ". ..a ..b", "c cc. cc.", ". ==d --L", "m ppp ---",
	  SIDE_LOCAL },
	{ "two sides, the other way round", "a .aa aa.", ". a.. ..a", ". dd= GW-", "a pp= G-L",
	  SIDE_LOCAL },
	{ "a notebook of its own under the old name", ". ... ..b", "a aa. aa.", NULL, NULL,
	  SIDE_LOCAL },
	{ "another side has lost it", "a aaa ..a", ". ... a..", ". ==d --L", "a =pp G--",
	  SIDE_GIT },
	{ "another side has lost it, the third one edited it", "a aaa ..b", ". ... a..",
	  ". ==d --L", "b ppp G--", SIDE_GIT },
	{ "one side never had it", "a aa. .a.", ". ... a..", ". =d= -W-", "a =pp G--", SIDE_GIT },
	{ "one side lags", "a aab .ab", ". ... a..", ". =dd -WL", "a =pp G--", SIDE_GIT },
};

static void test_renames(void **state)
{
	struct plan_rules rules = plan_text_two_way(CONFIG_CONFLICT_KEEP_BOTH);

	(void)state;
	rules.merge = plan_text_merge;
	for (size_t i = 0; i < ARRAY_SIZE(renames); i++) {
		struct plan_input from = plan_text_input(renames[i].from);
		struct plan_input to = plan_text_input(renames[i].to);
		cleanup_free char *from_text = NULL, *to_text = NULL;
		struct plan_outcome from_out = { 0 }, to_out = { 0 };
		bool followed = plan_rename(&rules, renames[i].side, &from, &to, &from_out,
					    &to_out);

		if (followed != !!renames[i].from_out)
			fail_msg("%s: %sfollowed", renames[i].name, followed ? "" : "not ");
		if (!followed)
			continue;
		from_text = plan_text_outcome(&from_out, "gwl", SIDE_COUNT);
		to_text = plan_text_outcome(&to_out, "gwl", SIDE_COUNT);
		if (strcmp(from_text, renames[i].from_out) != 0 ||
		    strcmp(to_text, renames[i].to_out) != 0)
			fail_msg("%s: '%s' and '%s'", renames[i].name, from_text, to_text);
	}
}

/* What a followed rename must keep to, whatever was at the old path. */
static void check_rename(const struct plan_rules *rules, const struct plan_input *from,
			 const struct plan_input *to, const char *text)
{
	struct plan_outcome old, new;
	bool merged;

	if (!plan_rename(rules, SIDE_GIT, from, to, &old, &new))
		return;
	merged = new.agreed.blob.id[0] == 'm';
	if (!version_absent(&old.agreed) || version_absent(&new.agreed) || new.conflict)
		fail_msg("'%s': the notebook is not at its new path alone", text);
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		const struct version *there = s ? &from->side[s] : &to->side[s];
		bool edited = !from->held[s] && !version_absent(there) &&
			      !version_same(there, &from->base[s]) &&
			      !version_same(there, &from->agreed);

		/* What another side had built on is history, not lost. */
		for (enum side_id t = 0; t < SIDE_COUNT; t++)
			edited &= !version_same(there, &from->base[t]);
		if (from->held[s] &&
		    (old.action[s] != PLAN_NOTHING || new.action[s] != PLAN_NOTHING))
			fail_msg("'%s': something is done on held side %d", text, (int)s);
		if (edited && !merged && !version_same(there, &new.agreed))
			fail_msg("'%s': the edit of side %d is lost", text, (int)s);
		if (old.action[s] == PLAN_DELETE && !old.merged[s])
			fail_msg("'%s': side %d would be taken for an edit after a kill", text,
				 (int)s);
		if (version_same(&to->side[s], &new.agreed) != (new.action[s] == PLAN_SETTLED) &&
		    !from->held[s])
			fail_msg("'%s': side %d is not written, or in vain", text, (int)s);
	}
}

static void test_every_rename(void **state)
{
	struct plan_rules rules = plan_text_two_way(CONFIG_CONFLICT_KEEP_BOTH);
	struct plan_form f;

	(void)state;
	plan_form_first(&f, SIDE_COUNT);
	do {
		for (char to = 'a'; to <= 'h'; to++) {
			for (unsigned held = 0; held < 4; held++) {
				char text[PLAN_TEXT_INPUT], new[PLAN_TEXT_INPUT] = ". ... ...";
				struct plan_input from_in, to_in;

				memcpy(text, f.text, sizeof(text));
				new[6] = to;
				for (unsigned s = 1; s < SIDE_COUNT; s++)
					if (held >> (s - 1) & 1)
						text[6 + s] = new[6 + s] = '!';
				from_in = plan_text_input(text);
				to_in = plan_text_input(new);
				rules.merge = NULL;
				check_rename(&rules, &from_in, &to_in, text);
				rules.merge = plan_text_merge;
				check_rename(&rules, &from_in, &to_in, text);
			}
		}
	} while (plan_form_next(&f));
}

/* ---- what a human chose ---- */

static const struct {
	const char *name, *in, *out;
	char version;
} adopted[] = {
	{ "an older one", "b bbb bbb", "a ppp GWL", 'a' },
	{ "one side's", "a aaa abc", "c pp= GW-", 'c' },
	{ "a deletion", "a aaa aba", ". ddd GWL", '.' },
	{ "what was deleted", ". ... ...", "a ppp GWL", 'a' },
	{ "while a side is held", "b bbb bb!", "a pp- GW-", 'a' },
	{ "while a folder stands there", ". ... ./.", "a pxp GWL", 'a' },
	{ "what is agreed, against an edit", "a aaa aba", "a =p= -W-", 'a' },
};

static void test_adopted(void **state)
{
	struct plan_rules rules = plan_text_two_way(CONFIG_CONFLICT_KEEP_BOTH);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(adopted); i++) {
		struct version version = plan_text_version(adopted[i].version);
		struct plan_input in = plan_text_input(adopted[i].in);
		cleanup_free char *text = NULL;
		struct plan_outcome out;

		plan_adopt(&rules, &in, &version, &out);
		text = plan_text_outcome(&out, "gwl", SIDE_COUNT);
		if (strcmp(text, adopted[i].out) != 0)
			fail_msg("%s: '%s'", adopted[i].name, text);
	}
}

/* One way, what only gives stays as it is, and what was chosen stands where it is received. */
static void test_adopted_one_way(void **state)
{
	struct plan_rules rules = { .accepts = { true }, .receives = { false, true, true } };
	struct plan_input in = plan_text_input("b bbb bbb");
	struct version version = plan_text_version('a');
	cleanup_free char *text = NULL;
	struct plan_outcome out;

	(void)state;
	plan_adopt(&rules, &in, &version, &out);
	text = plan_text_outcome(&out, "gwl", SIDE_COUNT);
	assert_string_equal(text, "a -pp -WL");
}

/* ---- every input ---- */

static void check(const struct plan_rules *rules, const char *text)
{
	struct plan_input in = plan_text_input(text);
	const char *wrong = plan_comes_to_rest(rules, &in);

	if (wrong)
		fail_msg("'%s' (rule %d%s): %s", text, (int)rules->conflict,
			 rules->merge ? ", merged" : "", wrong);
}

static void check_rules(struct plan_rules rules, const char *text)
{
	for (unsigned rule = 0; rule < 4; rule++) {
		rules.conflict = (enum config_conflict)rule;
		rules.merge = NULL;
		check(&rules, text);
		rules.merge = plan_text_merge;
		check(&rules, text);
	}
}

/* Each side as it is, held, or with something else in the place of nothing. */
static void for_all(const struct plan_rules *rules)
{
	struct plan_form f;

	plan_form_first(&f, SIDE_COUNT);
	do {
		for (unsigned n = 0; n < 27; n++) {
			unsigned how[SIDE_COUNT] = { n % 3, n / 3 % 3, n / 9 };
			char text[PLAN_TEXT_INPUT];
			bool makes_sense = true;

			memcpy(text, f.text, sizeof(text));
			for (unsigned s = 0; s < SIDE_COUNT; s++) {
				makes_sense &= how[s] != 2 || text[6 + s] == '.';
				if (how[s])
					text[6 + s] = how[s] == 1 ? '!' : '/';
			}
			if (makes_sense)
				check_rules(*rules, text);
		}
	} while (plan_form_next(&f));
}

static void test_every_input(void **state)
{
	struct plan_rules rules = plan_text_two_way(CONFIG_CONFLICT_KEEP_BOTH);

	(void)state;
	for_all(&rules);
}

static void test_every_input_one_way(void **state)
{
	(void)state;
	for (unsigned from = 0; from < SIDE_COUNT; from++) {
		struct plan_rules rules = { .receives = { from != 0, from != 1, from != 2 } };

		rules.accepts[from] = true;
		for_all(&rules);
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
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_one_way),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_renames),
		cmocka_unit_test(test_every_rename),
		cmocka_unit_test(test_adopted),
		cmocka_unit_test(test_adopted_one_way),
		cmocka_unit_test(test_every_input),
		cmocka_unit_test(test_every_input_one_way),
		cmocka_unit_test(test_mass_deletion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
