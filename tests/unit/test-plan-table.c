/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan's table (plan-table.txt, see plan_table.h) is what plan.c does, and is complete: the rules
 * in its preamble hold for all inputs. With --print it prints the table instead.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan_form.h"
#include "plan_table.h"
#include "table_file.h"

static void test_table(void **state)
{
	cleanup_free char *table = plan_table();

	(void)state;
	table_file_check("tests/unit/plan-table.txt", table,
			 "plan.c does not do what plan-table.txt says", "test-plan-table");
}

/* ---- the rules that make it complete ---- */

static const plan_merge_fn merges[] = { NULL, plan_text_merge };

static void plan(const char *text, enum config_conflict conflict, plan_merge_fn merge,
		 struct plan_outcome *out)
{
	struct plan_rules rules = plan_text_two_way(conflict);
	struct plan_input in = plan_text_input(text);

	rules.merge = merge;
	plan_path(&rules, &in, out);
}

/* Whether two outcomes say the same of all sides but one (SIDE_COUNT: of all). */
static bool same_but_for(const struct plan_outcome *a, const struct plan_outcome *b, unsigned side)
{
	for (unsigned s = 0; s < SIDE_COUNT; s++)
		if (s != side && (a->action[s] != b->action[s] || a->lost[s] != b->lost[s]))
			return false;
	return version_same(&a->agreed, &b->agreed) && a->edit_beat_delete == b->edit_beat_delete;
}

/* Calls fn with every input of three sides, and those in which some are held. */
static void for_all(void (*fn)(const char *text))
{
	struct plan_form f;

	for (unsigned held = 0; held < 8; held++) {
		plan_form_first(&f, SIDE_COUNT);
		do {
			char text[PLAN_TEXT_INPUT];

			memcpy(text, f.text, sizeof(text));
			for (unsigned s = 0; s < SIDE_COUNT; s++)
				if (held >> s & 1)
					text[6 + s] = '!';
			fn(text);
		} while (plan_form_next(&f));
	}
}

static void check_no_news(const char *text)
{
	for (unsigned s = 0; s < SIDE_COUNT; s++) {
		char without[PLAN_TEXT_INPUT];

		if (plan_form_has_news(text, s))
			continue;
		memcpy(without, text, sizeof(without));
		without[2 + s] = '.';
		without[6 + s] = '!';
		for (unsigned i = 0; i < 8; i++) {
			struct plan_outcome a, b;

			plan(text, (enum config_conflict)(i / 2), merges[i % 2], &a);
			plan(without, (enum config_conflict)(i / 2), merges[i % 2], &b);
			if (!same_but_for(&a, &b, s))
				fail_msg("'%s': side %u has no news and is merged", text, s);
		}
	}
}

static void test_a_side_without_news_changes_nothing(void **state)
{
	(void)state;
	for_all(check_no_news);
}

static enum plan_action action_by_rule(const char *text, unsigned side, char agreed)
{
	char there = text[6 + side];
	bool seen = there == text[2 + side] || there == text[0];

	if (there == '!')
		return PLAN_NOTHING;
	if (there == agreed)
		return PLAN_SETTLED;
	if (agreed != '.')
		return PLAN_PUT;
	return seen ? PLAN_DELETE : PLAN_NOTHING;
}

static void check_actions(const char *text)
{
	struct plan_outcome out;

	plan(text, CONFIG_CONFLICT_KEEP_BOTH, NULL, &out);
	for (unsigned s = 0; s < SIDE_COUNT; s++)
		if (out.action[s] != action_by_rule(text, s, plan_text_letter(&out.agreed)))
			fail_msg("'%s': another action for side %u than the rule's", text, s);
}

static void test_actions_follow_from_what_is_agreed(void **state)
{
	(void)state;
	for_all(check_actions);
}

static void check_blocked(const char *text)
{
	for (unsigned s = 0; s < SIDE_COUNT; s++) {
		char blocked[PLAN_TEXT_INPUT];
		struct plan_outcome a, b;

		if (text[6 + s] != '.')
			continue;
		memcpy(blocked, text, sizeof(blocked));
		blocked[6 + s] = '/';
		plan(text, CONFIG_CONFLICT_KEEP_BOTH, NULL, &a);
		plan(blocked, CONFIG_CONFLICT_KEEP_BOTH, NULL, &b);
		if (a.action[s] == PLAN_PUT)
			a.action[s] = PLAN_BLOCKED;
		if (!same_but_for(&a, &b, SIDE_COUNT))
			fail_msg("'%s' is not answered as '%s'", blocked, text);
	}
}

static void test_something_else_is_absence(void **state)
{
	(void)state;
	for_all(check_blocked);
}

/* Whether two sides edit differently, or one edits what is not what is agreed. */
static bool is_contest(const char *text)
{
	char edit = '.';

	for (unsigned s = 0; s < SIDE_COUNT; s++) {
		if (!plan_form_has_news(text, s) || plan_form_deletes(text, s))
			continue;
		if (text[2 + s] != text[0] || (edit != '.' && edit != text[6 + s]))
			return true;
		edit = text[6 + s];
	}
	return false;
}

static void check_rules(const char *text)
{
	struct plan_outcome usual;

	plan(text, CONFIG_CONFLICT_KEEP_BOTH, NULL, &usual);
	for (unsigned i = 1; i < 8 && !is_contest(text); i++) {
		struct plan_outcome other;

		plan(text, (enum config_conflict)(i / 2), merges[i % 2], &other);
		if (!same_but_for(&usual, &other, SIDE_COUNT))
			fail_msg("'%s': rule %u answers otherwise, and there was no contest", text,
				 i);
	}
}

static void test_rules_matter_in_a_contest(void **state)
{
	(void)state;
	for_all(check_rules);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_a_side_without_news_changes_nothing),
		cmocka_unit_test(test_actions_follow_from_what_is_agreed),
		cmocka_unit_test(test_something_else_is_absence),
		cmocka_unit_test(test_rules_matter_in_a_contest),
	};
	cleanup_free char *table = NULL;

	if (argc < 2 || strcmp(argv[1], "--print") != 0)
		return cmocka_run_group_tests(tests, NULL, NULL);
	table = plan_table();
	fputs(table, stdout);
	return 0;
}
