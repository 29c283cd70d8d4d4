/* SPDX-License-Identifier: Apache-2.0 */
/* The table's part on versions whose order is known, and on clashes that are somebody else's business. */

#include <string.h>

#include "plan_form.h"
#include "plan_table.h"

/* What is asked: y's base is x's, as it is when a machine slept. */
struct order_case {
	struct plan_input in;
	char text[24];
};

/* digits: agreed, the base of both, since of x, then what x and y hold. False when that says nothing. */
static bool order_of(struct order_case *c, const unsigned char *digits)
{
	char text[PLAN_TEXT_INPUT] = ". ... ..!";
	char since = plan_form_letter(digits[2]);

	if (!digits[2] || digits[2] == digits[1])
		return false;
	text[0] = plan_form_letter(digits[0]);
	text[2] = text[3] = plan_form_letter(digits[1]);
	text[6] = plan_form_letter(digits[3]);
	text[7] = plan_form_letter(digits[4]);
	c->in = plan_text_input(text);
	c->in.since[SIDE_GIT] = plan_text_version(since);
	c->in.has_since[SIDE_GIT] = true;
	memcpy(c->text, ". .. : . ..", 12);
	c->text[0] = text[0];
	c->text[2] = text[2];
	c->text[3] = text[3];
	c->text[7] = since;
	c->text[9] = text[6];
	c->text[10] = text[7];
	return true;
}

static char *answer(const struct plan_input *in, plan_merge_fn merge)
{
	struct plan_rules rules = plan_text_two_way(CONFIG_CONFLICT_KEEP_BOTH);
	struct plan_outcome out;

	rules.merge = merge;
	plan_path(&rules, in, &out);
	return out.waits ? xstrdup("waits") : plan_text_outcome(&out, "xyz", 2);
}

static void print_case(struct buf *out, const struct order_case *c)
{
	cleanup_free char *plain = answer(&c->in, NULL), *merged = answer(&c->in, plan_text_merge);

	buf_addf(out, "  %s  %s", c->text, plain);
	if (strcmp(plain, merged) != 0)
		buf_addf(out, "   merge: %s", merged);
	buf_add_char(out, '\n');
}

static void print_orders(struct buf *out, bool lags)
{
	unsigned char digits[5] = { 0 };
	struct order_case c;

	do {
		if (order_of(&c, digits) && (digits[3] == digits[2]) == lags)
			print_case(out, &c);
	} while (plan_form_count(digits, sizeof(digits)));
}

/* digits: agreed, then for x and y base and side: every clash of two that can be patient. */
static void print_patient(struct buf *out)
{
	unsigned char digits[5] = { 0 };

	do {
		struct plan_input in;
		char text[PLAN_TEXT_INPUT] = ". ... ..!";
		cleanup_free char *told = NULL;

		text[0] = plan_form_letter(digits[0]);
		text[2] = plan_form_letter(digits[1]);
		text[3] = plan_form_letter(digits[2]);
		text[6] = plan_form_letter(digits[3]);
		text[7] = plan_form_letter(digits[4]);
		in = plan_text_input(text);
		in.patient = true;
		told = answer(&in, NULL);
		if (strcmp(told, "waits") == 0)
			buf_addf(out, "  %c %c%c %c%c  waits\n", text[0], text[2], text[3], text[6],
				 text[7]);
	} while (plan_form_count(digits, sizeof(digits)));
}

void plan_table_orders(struct buf *out)
{
	buf_add_str(
		out,
		"\n# ORDER, two sides with one base; behind ':' the version with which the edit of "
		"x begins,\n# because y or what is agreed is known to have gone on from it\n\n"
		"## x lags: it holds just that version\n");
	print_orders(out, true);
	buf_add_str(out, "\n## x has gone on from it, or gone back behind it\n");
	print_orders(out, false);
	buf_add_str(out,
		    "\n## nothing is known: clashes that wait, x being git and y the workspace, "
		    "whatever the\n## local side has edited; all others are answered as above\n");
	print_patient(out);
}
