/* SPDX-License-Identifier: Apache-2.0 */
/* The table's other parts: one-way mappings, renames, and versions that a human chose. */

#include <stdlib.h>
#include <string.h>

#include "plan_form.h"
#include "plan_table.h"

#define LINE 16 /* targets */

/* ---- one way ---- */

/* digits: agreed, base and side of x, which gives, base and side of y, which receives. */
static struct plan_outcome give(const unsigned char *digits)
{
	struct plan_rules rules = { .accepts = { true }, .receives = { false, true } };
	char text[PLAN_TEXT_INPUT] = ". ... ..!";
	struct plan_outcome out;
	struct plan_input in;

	text[0] = plan_form_letter(digits[0]);
	text[2] = plan_form_letter(digits[1]);
	text[6] = plan_form_letter(digits[2]);
	text[3] = plan_form_letter(digits[3]);
	text[7] = plan_form_letter(digits[4]);
	in = plan_text_input(text);
	plan_path(&rules, &in, &out);
	return out;
}

void plan_table_one_way(struct buf *out)
{
	static const char actions[] = { '-', '=', 'x', 'p', 'd' };
	unsigned char digits[5] = { 0 }, last[3] = { 9 };
	unsigned line = 0;

	buf_add_str(out, "\n# ONE WAY, x gives and y receives\n");
	do {
		struct plan_outcome o = give(digits);

		if (memcmp(digits, last, sizeof(last)) != 0) {
			buf_addf(out, "\n  %c %c %c  %c %c  ", plan_form_letter(digits[0]),
				 plan_form_letter(digits[1]), plan_form_letter(digits[2]),
				 plan_text_letter(&o.agreed), actions[o.action[0]]);
			memcpy(last, digits, sizeof(last));
			line = 0;
		} else if (line % LINE == 0) {
			buf_add_str(out, "\n              ");
		}
		line++;
		buf_addf(out, " %c%c:%c", plan_form_letter(digits[3]), plan_form_letter(digits[4]),
			 actions[o.action[1]]);
	} while (plan_form_count(digits, sizeof(digits)));
	buf_add_char(out, '\n');
}

/* ---- renames ---- */

struct rename_case {
	struct plan_input from, to;
	char text[16];
};

/* digits: agreed, base of x, then of y base and side (held: none), then what x has at the new
 * path. False when that is no rename at all. */
static bool rename_of(struct rename_case *out, const unsigned char *digits, bool held)
{
	char from[PLAN_TEXT_INPUT] = ". ... ..!", to[PLAN_TEXT_INPUT] = ". ... ..!";

	if (!digits[0] || !digits[1] || !digits[4] || (held && digits[3]))
		return false;
	from[0] = plan_form_letter(digits[0]);
	from[2] = plan_form_letter(digits[1]);
	from[3] = plan_form_letter(digits[2]);
	from[7] = held ? '!' : plan_form_letter(digits[3]);
	to[6] = plan_form_letter(digits[4]);
	to[7] = held ? '!' : '.';
	out->from = plan_text_input(from);
	out->to = plan_text_input(to);
	memcpy(out->text, "a .. .. : .", 12);
	out->text[0] = from[0];
	out->text[2] = from[2];
	out->text[3] = from[3];
	out->text[6] = from[7];
	out->text[10] = to[6];
	return true;
}

/* "old path's outcome, new path's outcome"; NULL when the rename is not followed. */
static char *followed(const struct rename_case *c, plan_merge_fn merge)
{
	struct plan_rules rules = plan_text_two_way(CONFIG_CONFLICT_KEEP_BOTH);
	cleanup_free char *from_text = NULL, *to_text = NULL;
	struct plan_outcome from, to;

	rules.merge = merge;
	if (!plan_rename(&rules, SIDE_GIT, &c->from, &c->to, &from, &to))
		return NULL;
	from_text = plan_text_outcome(&from, "xyz", 2);
	to_text = plan_text_outcome(&to, "xyz", 2);
	return xasprintf("%s   %s", from_text, to_text);
}

enum told { FOLLOWED, FOLLOWED_IF_MERGED, NOT_FOLLOWED };

static void print_rename(struct buf *out, enum told told, const struct rename_case *c)
{
	cleanup_free char *plain = followed(c, NULL), *merged = followed(c, plan_text_merge);
	enum told is = plain ? FOLLOWED : merged ? FOLLOWED_IF_MERGED : NOT_FOLLOWED;

	if (is == told)
		buf_addf(out, "  %s   %s\n", c->text,
			 plain    ? plain
			 : merged ? merged
				  : "each for itself");
}

static void print_renames(struct buf *out, enum told told)
{
	unsigned char digits[5] = { 0 };

	do {
		for (int held = 0; held < 2; held++) {
			struct rename_case c;

			if (rename_of(&c, digits, held))
				print_rename(out, told, &c);
		}
	} while (plan_form_count(digits, sizeof(digits)));
}

void plan_table_renames(struct buf *out)
{
	buf_add_str(out, "\n# RENAMES, x has lost at one path what it has at another\n\n"
			 "## followed\n");
	print_renames(out, FOLLOWED);
	buf_add_str(out, "\n## followed if the edits of x and y can be merged\n");
	print_renames(out, FOLLOWED_IF_MERGED);
	buf_add_str(out, "\n## not followed: the two paths are planned each for itself\n");
	print_renames(out, NOT_FOLLOWED);
}

/* ---- versions that a human chose ---- */

void plan_table_adopt(struct buf *out)
{
	unsigned char digits[4] = { 0 };

	buf_add_str(out, "\n# A HUMAN'S CHOICE, one side\n\n");
	do {
		char text[PLAN_TEXT_INPUT] = ". ... .!!", chosen = plan_form_letter(digits[3]);
		struct plan_rules rules = plan_text_two_way(CONFIG_CONFLICT_KEEP_BOTH);
		struct version version = plan_text_version(chosen);
		cleanup_free char *outcome = NULL;
		struct plan_outcome o;
		struct plan_input in;

		text[0] = plan_form_letter(digits[0]);
		text[2] = plan_form_letter(digits[1]);
		text[6] = plan_form_letter(digits[2]);
		in = plan_text_input(text);
		plan_adopt(&rules, &in, &version, &o);
		outcome = plan_text_outcome(&o, "xyz", 1);
		buf_addf(out, "  %c %c %c : %c   %s\n", text[0], text[2], text[6], chosen, outcome);
	} while (plan_form_count(digits, sizeof(digits)));
}

/* ---- the whole ---- */

static const char preamble[] =
	"# SPDX-License-Identifier: Apache-2.0\n"
	"#\n"
	"# The plan's table: everything that plan.c can be asked, and what it answers. Printed by\n"
	"# 'test-plan-table --print' and compared with it; written by hand is only what is said "
	"here.\n"
	"#\n"
	"# A letter is a version, '.' is absence. A line gives what was agreed, then each side's "
	"base\n"
	"# (what it held when it last agreed), then what each side holds; then the answer: what is "
	"agreed\n"
	"# from now on; what is done to each side; which sides lost against another edit.\n"
	"#\n"
	"#     - nothing   = settled, the base moves   p the agreed version is put there\n"
	"#     d deleted   x something is in the way   + an edit beat a deletion\n"
	"#\n"
	"# x, y and z are the sides in their order of precedence: git, workspace, local. What is "
	"the same\n"
	"# in any order of them is told once; '>' marks what is so in just this order. The answer "
	"is that\n"
	"# of conflict = keep-both for edits that cannot be merged. Where another rule answers "
	"otherwise,\n"
	"# it follows: 'merge' if the edits can be merged (into m), 'prefer x' for conflict = "
	"prefer-x.\n"
	"#\n"
	"# Letters are given in order of appearance, so no two lines ask the same. That the table "
	"is\n"
	"# complete rests on these rules, each of which the test proves for all of the 4,140 "
	"inputs of\n"
	"# three sides, whichever of them are held:\n"
	"#\n"
	"#  1. A side has nothing to say if it is held, or holds what it held, or what is agreed. "
	"The\n"
	"#     others are answered as if it were held. So three sides are told only where all of "
	"them\n"
	"#     speak.\n"
	"#  2. What is done to a side follows from what is agreed then: '=' where it holds that, "
	"'p' where\n"
	"#     it does not. If absence is agreed: 'd' where it holds its base or what was agreed "
	"before,\n"
	"#     else '-'. So where many inputs are told together, it is only said what is agreed "
	"and who\n"
	"#     lost.\n"
	"#  3. Something else than a notebook is absence, but for 'x' in the place of 'p'.\n"
	"#  4. Other rules than keep-both answer otherwise only where two sides edit differently, "
	"or one\n"
	"#     edits what is not what is agreed. Where many inputs are told together, they are "
	"left out;\n"
	"#     test-plan proves the promises for them, as it does for all rules and inputs.\n";

char *plan_table(void)
{
	struct buf out = BUF_INIT(1024 * 1024);

	buf_add_str(&out, preamble);
	plan_table_paths(&out);
	plan_table_one_way(&out);
	plan_table_renames(&out);
	plan_table_orders(&out);
	plan_table_adopt(&out);
	return buf_steal(&out, NULL);
}
