/* SPDX-License-Identifier: Apache-2.0 */
/* The table's first part: plan_path(), all sides taking part in both directions. */

#include "plan_table.h"

#include <stdlib.h>
#include <string.h>

#include "plan_form.h"

#define WIDTH 100

/* ---- what an input is about ---- */

enum stale { IN_STEP, STALE, EITHER };

/* One heading: the inputs with so many sides that edit and so many that delete. */
struct situation {
	const char *heading;
	unsigned edits, deletions;
	enum stale stale;
};

static unsigned count_deletions(const struct plan_form *f)
{
	unsigned n = 0;

	for (unsigned s = 0; s < f->sides; s++)
		n += plan_form_deletes(f->text, s);
	return n;
}

static unsigned count_edits(const struct plan_form *f)
{
	unsigned n = 0;

	for (unsigned s = 0; s < f->sides; s++)
		n += plan_form_has_news(f->text, s) && !plan_form_deletes(f->text, s);
	return n;
}

static bool is_stale(const struct plan_form *f)
{
	for (unsigned s = 0; s < f->sides; s++)
		if (f->text[2 + s] != f->text[0])
			return true;
	return false;
}

static bool belongs(const struct plan_form *f, const struct situation *at)
{
	return count_edits(f) == at->edits && count_deletions(f) == at->deletions &&
	       (at->stale == EITHER || is_stale(f) == (at->stale == STALE));
}

/* ---- outcomes ---- */

static char *outcome_of(const char *text, unsigned sides, enum config_conflict conflict,
			plan_merge_fn merge)
{
	struct plan_rules rules = plan_text_two_way(conflict);
	struct plan_input in = plan_text_input(text);
	struct plan_outcome out;

	rules.merge = merge;
	plan_path(&rules, &in, &out);
	return plan_text_outcome(&out, "xyz", sides);
}

static const struct {
	const char *name;
	enum config_conflict conflict;
	plan_merge_fn merge;
} rules_told[] = {
	{ "merge:", CONFIG_CONFLICT_KEEP_BOTH, plan_text_merge },
	{ "prefer x:", CONFIG_CONFLICT_PREFER_GIT, NULL },
	{ "prefer y:", CONFIG_CONFLICT_PREFER_WORKSPACE, NULL },
	{ "prefer z:", CONFIG_CONFLICT_PREFER_LOCAL, NULL },
};

/* What keep-both gives, and what the other rules give where that differs. */
static char *all_outcomes(const struct plan_form *f)
{
	struct buf out = BUF_INIT(1024);
	cleanup_free char *usual = outcome_of(f->text, f->sides, CONFIG_CONFLICT_KEEP_BOTH, NULL);

	buf_add_str(&out, usual);
	for (size_t i = 0; i <= f->sides; i++) {
		cleanup_free char *other = outcome_of(f->text, f->sides, rules_told[i].conflict,
						      rules_told[i].merge);

		if (strcmp(other, usual) != 0)
			buf_addf(&out, "   %s %s", rules_told[i].name, other);
	}
	return buf_steal(&out, NULL);
}

/* ---- the order of the sides ---- */

/* Whether only the sides' places in this outcome change when the sides change places. */
static bool same_in_order(const char *text, unsigned order)
{
	struct plan_rules rules = plan_text_two_way(CONFIG_CONFLICT_KEEP_BOTH);
	struct plan_input in = plan_text_input(text);
	char reordered[PLAN_TEXT_INPUT];
	struct plan_outcome one, other;

	plan_path(&rules, &in, &one);
	plan_form_reorder(reordered, text, order);
	in = plan_text_input(reordered);
	plan_path(&rules, &in, &other);
	for (unsigned s = 0; s < SIDE_COUNT; s++)
		if (other.action[s] != one.action[plan_orders[order][s]] ||
		    other.lost[s] != one.lost[plan_orders[order][s]])
			return false;
	return version_same(&one.agreed, &other.agreed) &&
	       one.edit_beat_delete == other.edit_beat_delete;
}

/* An order that moves only the sides that take part. */
static bool is_order(unsigned order, unsigned sides)
{
	return sides == SIDE_COUNT || order == 0 || (sides == 2 && order == 2);
}

static bool any_order(const struct plan_form *f)
{
	for (unsigned order = 1; order < PLAN_ORDERS; order++)
		if (is_order(order, f->sides) && !same_in_order(f->text, order))
			return false;
	return true;
}

/* Of those that are the same in any order, only the first in the alphabet is told. */
static bool is_told(const struct plan_form *f)
{
	for (unsigned order = 1; order < PLAN_ORDERS; order++) {
		char other[PLAN_TEXT_INPUT];

		if (!is_order(order, f->sides))
			continue;
		plan_form_reorder(other, f->text, order);
		plan_form_rename(other);
		if (strcmp(other, f->text) < 0 && any_order(f))
			return false;
	}
	return true;
}

/* ---- one input a line ---- */

static void print_input(struct buf *out, const struct plan_form *f)
{
	buf_addf(out, "%c ", f->text[0]);
	buf_add(out, f->text + 2, f->sides);
	buf_add_char(out, ' ');
	buf_add(out, f->text + 6, f->sides);
}

static void print_situation(struct buf *out, const struct situation *at, unsigned sides)
{
	struct plan_form f;

	buf_addf(out, "\n## %s\n", at->heading);
	plan_form_first(&f, sides);
	do {
		cleanup_free char *outcome = NULL;

		if (!belongs(&f, at) || !is_told(&f))
			continue;
		outcome = all_outcomes(&f);
		buf_add_str(out, any_order(&f) ? "  " : "> ");
		print_input(out, &f);
		buf_addf(out, "  %s\n", outcome);
	} while (plan_form_next(&f));
}

/* ---- many inputs a line ---- */

static char *outcome_in_words(const char *text)
{
	struct plan_rules rules = plan_text_two_way(CONFIG_CONFLICT_KEEP_BOTH);
	struct plan_input in = plan_text_input(text);
	struct buf words = BUF_INIT(256);
	struct plan_outcome o;

	plan_path(&rules, &in, &o);
	if (version_absent(&o.agreed))
		buf_add_str(&words, "absent");
	else if (!o.agreed_changed)
		buf_add_str(&words, "agreed as it was");
	else
		for (unsigned s = 0; s < SIDE_COUNT; s++)
			if (version_same(&o.agreed, &in.side[s])) {
				buf_addf(&words, "%c's version", "xyz"[s]);
				break;
			}
	for (unsigned s = 0; s < SIDE_COUNT; s++)
		if (o.lost[s])
			buf_addf(&words, ", %c lost", "xyz"[s]);
	if (o.edit_beat_delete)
		buf_add_str(&words, ", an edit beat a deletion");
	return buf_steal(&words, NULL);
}

struct answer {
	char *words;
	char text[PLAN_TEXT_INPUT];
	bool any_order;
};

static int compare_answers(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;
	int order = strcmp(x->words, y->words);

	return order ? order : strcmp(x->text, y->text);
}

static void print_answers(struct buf *out, const struct answer *answers, size_t count)
{
	size_t line = 0;

	for (size_t i = 0; i < count; i++) {
		const char *text = answers[i].text;

		if (!i || strcmp(answers[i].words, answers[i - 1].words) != 0) {
			buf_addf(out, "%s%s:", i ? "\n" : "", answers[i].words);
			line = WIDTH;
		}
		if (line + 12 > WIDTH) {
			buf_add_char(out, '\n');
			line = 0;
		}
		buf_addf(out, "%s%s", answers[i].any_order ? "  " : " >", text);
		line += 11;
	}
	buf_add_char(out, '\n');
}

static void print_many(struct buf *out, const struct situation *at, unsigned sides)
{
	struct answer *answers = NULL;
	size_t count = 0, cap = 0;
	struct plan_form f;

	buf_addf(out, "\n## %s\n", at->heading);
	plan_form_first(&f, sides);
	do {
		if (!belongs(&f, at) || !is_told(&f))
			continue;
		answers = array_grow(answers, count, &cap, sizeof(*answers));
		answers[count].words = outcome_in_words(f.text);
		answers[count].any_order = any_order(&f);
		memcpy(answers[count++].text, f.text, sizeof(f.text));
	} while (plan_form_next(&f));
	qsort(answers, count, sizeof(*answers), compare_answers);
	print_answers(out, answers, count);
	for (size_t i = 0; i < count; i++)
		free(answers[i].words);
	free(answers);
}

/* ---- the parts ---- */

static void print_all(struct buf *out, const struct situation *all, size_t count, unsigned sides)
{
	for (size_t i = 0; i < count; i++)
		print_situation(out, &all[i], sides);
}

static const struct situation one_side[] = {
	{ "nothing to say", 0, 0, EITHER },
	{ "an edit, or a new notebook", 1, 0, EITHER },
	{ "a deletion", 0, 1, EITHER },
};

static const struct situation two_sides[] = {
	{ "nothing to say, both in step", 0, 0, IN_STEP },
	{ "nothing to say, but something was not written yet", 0, 0, STALE },
	{ "one edit or new notebook, both in step", 1, 0, IN_STEP },
	{ "one edit, while something was not written yet", 1, 0, STALE },
	{ "one deletion, both in step", 0, 1, IN_STEP },
	{ "one deletion, while something was not written yet", 0, 1, STALE },
	{ "two edits, both in step", 2, 0, IN_STEP },
	{ "two edits, while something was not written yet", 2, 0, STALE },
	{ "an edit and a deletion, both in step", 1, 1, IN_STEP },
	{ "an edit and a deletion, while something was not written yet", 1, 1, STALE },
	{ "two deletions", 0, 2, EITHER },
};

static const struct situation three_speak[] = {
	{ "three edits or new notebooks, all in step", 3, 0, IN_STEP },
	{ "two edits and a deletion, all in step", 2, 1, IN_STEP },
	{ "an edit and two deletions, all in step", 1, 2, IN_STEP },
	{ "three deletions, all in step", 0, 3, IN_STEP },
};

static const struct situation three_speak_stale[] = {
	{ "three edits, while something was not written yet", 3, 0, STALE },
	{ "two edits and a deletion, while something was not written yet", 2, 1, STALE },
	{ "an edit and two deletions, while something was not written yet", 1, 2, STALE },
	{ "three deletions, while something was not written yet", 0, 3, STALE },
};

void plan_table_paths(struct buf *out)
{
	buf_add_str(out, "\n# ONE SIDE, the others held or not in the mapping\n");
	print_all(out, one_side, ARRAY_SIZE(one_side), 1);
	buf_add_str(out, "\n# TWO SIDES, a third one held or not in the mapping\n");
	print_all(out, two_sides, ARRAY_SIZE(two_sides), 2);
	buf_add_str(out, "\n# THREE SIDES, all of which have something to say\n");
	print_all(out, three_speak, ARRAY_SIZE(three_speak), 3);
	for (size_t i = 0; i < ARRAY_SIZE(three_speak_stale); i++)
		print_many(out, &three_speak_stale[i], 3);
}
