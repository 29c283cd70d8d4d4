/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random three-way merges of notebooks, seeded (NBSYNC_SEED) and as many as NBSYNC_MERGES says
 * (5,000 without it). Edits of different cells must give what doing them one after the other gives;
 * whatever the edits, no line of either side may get lost without a conflict being reported.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cell_list.h"
#include "corpus.h"
#include "notebook/match/intern.h"
#include "notebook_text.h"
#include "seeded.h"
#include "tests/source_text.h"

/* As a file of a random format. */
static struct notebook *list_parse(const struct list *l)
{
	enum notebook_format format = random_below(2) ? NOTEBOOK_IPYNB : NOTEBOOK_SOURCE;
	cleanup_notebook struct notebook *model = model_new(
		format == NOTEBOOK_IPYNB ? NOTEBOOK_SOURCE : NOTEBOOK_IPYNB, NOTEBOOK_PYTHON);
	cleanup_free char *text = NULL;

	for (size_t i = 0; i < l->count; i++)
		model_add_copy(model, l->cells[i]);
	text = text_write(model, format);
	return text_parse(text, strlen(text), format, NOTEBOOK_PYTHON);
}

static struct op random_op(const struct list *base, size_t which, unsigned kinds)
{
	static unsigned number;

	return (struct op){ .kind = (enum kind)random_below(kinds),
			    .base = which,
			    .moved = random_below((unsigned)base->count),
			    .number = number++,
			    .where = random_below(1000) };
}

/* ---- what is checked ---- */

struct outcome {
	size_t merges, conflicts;
};

static struct notebook *merge(struct outcome *outcome, bool *conflict, const struct list *base,
			      const struct list *ours, const struct list *theirs)
{
	cleanup_notebook struct notebook *b = list_parse(base), *o = list_parse(ours),
					 *t = list_parse(theirs);
	struct notebook *out = NULL;
	struct err e = ERR_INIT;

	if (notebook_merge(&out, conflict, &(struct notebook_versions){ b, o, t },
			   NOTEBOOK_OUTPUTS_KEEP, &e))
		fail_msg("no merge: %s", e.text);
	outcome->merges++;
	outcome->conflicts += *conflict;
	return out;
}

/* The first cell in which they differ and its neighbours. */
static void assert_list(const struct notebook *nb, const struct list *expected)
{
	cleanup_notebook struct notebook *other = list_parse(expected);
	size_t i = 0;

	if (notebook_equal(nb, other))
		return;
	while (i < nb->count && i < other->count &&
	       cell_equal(&nb->cells[i].pub, &other->cells[i].pub))
		i++;
	for (size_t k = i ? i - 1 : 0; k < i + 3; k++)
		print_message("%zu: merged   '%.300s'\n%zu: expected '%.300s'\n", k,
			      k < nb->count ? nb->cells[k].pub.text : "(none)", k,
			      k < other->count ? other->cells[k].pub.text : "(none)");
	fail_msg("%zu cells are not %zu, or differ in cell %zu", nb->count, other->count, i);
}

/* Ours and theirs edit different cells: the result is both edits done in turn. (A cell that gets a
 * new text and a new neighbour at once cannot be told from its neighbour, so who replaces whole
 * texts does nothing else here.) */
static void check_different_cells(struct outcome *outcome, const struct list *base)
{
	struct list ours, theirs, both;
	cleanup_notebook struct notebook *out = NULL;
	bool conflict, replaces[2] = { random_below(2), random_below(2) };

	list_copy(&ours, base);
	list_copy(&theirs, base);
	list_copy(&both, base);
	for (size_t i = 0; i < base->count; i++) {
		struct op op = random_op(base, i, MOVE);
		unsigned side = random_below(6);

		if (side > 1 || (replaces[side] ? op.kind > REPLACE : op.kind == REPLACE))
			continue;
		list_apply(side ? &theirs : &ours, &op);
		list_apply(&both, &op);
	}
	out = merge(outcome, &conflict, base, &ours, &theirs);
	assert_false(conflict);
	assert_list(out, &both);
	list_release(&ours);
	list_release(&theirs);
	list_release(&both);
}

/* One side moves cells, the other edits texts. */
static void check_moves(struct outcome *outcome, const struct list *base)
{
	struct list moved, edited, both;
	cleanup_notebook struct notebook *out = NULL;
	bool conflict, by_ours = random_below(2);

	list_copy(&moved, base);
	list_copy(&edited, base);
	for (unsigned n = random_below(3) + 1; n; n--) {
		struct op op = random_op(base, random_below((unsigned)base->count), 1);

		op.kind = MOVE;
		list_apply(&moved, &op);
	}
	list_copy(&both, &moved);
	for (size_t i = 0; i < base->count; i++) {
		struct op op = random_op(base, i, 1);

		if (random_below(4) || base->cells[i]->pub.len < 20)
			continue;
		list_apply(&edited, &op);
		list_apply(&both, &op);
	}
	out = merge(outcome, &conflict, base, by_ours ? &moved : &edited,
		    by_ours ? &edited : &moved);
	assert_false(conflict);
	assert_list(out, &both);
	list_release(&moved);
	list_release(&edited);
	list_release(&both);
}

/* The lines of a list, each with how often it occurs. */
struct line_set {
	struct intern table;
	struct span *lines; /* owned */
	size_t *counts;     /* owned; by number */
	size_t count;
};

static bool equal_lines(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->len == y->len && memcmp(x->at, y->at, x->len) == 0;
}

static void line_set_init(struct line_set *set, const struct list *l)
{
	size_t most = 1;

	*set = (struct line_set){ .table = { .equal = equal_lines } };
	for (size_t i = 0; i < l->count; i++)
		for (const char *p = l->cells[i]->pub.text; p; p = strchr(p, '\n'), p += p != NULL)
			most++;
	set->lines = xcalloc(most, sizeof(*set->lines));
	set->counts = xcalloc(most, sizeof(*set->counts));
	for (size_t i = 0; i < l->count; i++)
		for (const char *p = l->cells[i]->pub.text; p;
		     p = strchr(p, '\n'), p += p != NULL) {
			struct span *line = &set->lines[set->count++];

			*line = (struct span){ p, strcspn(p, "\n") };
			set->counts[intern_id(&set->table, hash_bytes(0, line->at, line->len),
					      line)]++;
		}
}

static void line_set_release(struct line_set *set)
{
	intern_release(&set->table);
	free(set->lines);
	free(set->counts);
}

static size_t times_in(const struct line_set *set, struct span line)
{
	size_t n = intern_look(&set->table, hash_bytes(0, line.at, line.len), &line);

	return n == SIZE_MAX ? 0 : set->counts[n];
}

struct check {
	struct line_set base, ours, theirs, merged;
};

static void assert_kept(const struct check *check, struct span line)
{
	if (line.len && !times_in(&check->merged, line))
		fail_msg("lost: %.*s", (int)line.len, line.at);
}

/* Lines that a side wrote are there; so is what neither removed, where it is one of a kind. */
static void assert_lines(const struct check *check, bool conflict)
{
	for (size_t i = 0; i < check->ours.count; i++)
		if (!times_in(&check->base, check->ours.lines[i]))
			assert_kept(check, check->ours.lines[i]);
	for (size_t i = 0; !conflict && i < check->theirs.count; i++)
		if (!times_in(&check->base, check->theirs.lines[i]))
			assert_kept(check, check->theirs.lines[i]);
	for (size_t i = 0; !conflict && i < check->base.count; i++)
		if (times_in(&check->base, check->base.lines[i]) == 1 &&
		    times_in(&check->ours, check->base.lines[i]) &&
		    times_in(&check->theirs, check->base.lines[i]))
			assert_kept(check, check->base.lines[i]);
}

/* Any edits at all, in the same cells too. */
static void check_nothing_lost(struct outcome *outcome, const struct list *base)
{
	struct list ours, theirs, merged = { .count = 0 };
	cleanup_notebook struct notebook *out = NULL;
	struct check check;
	bool conflict;

	list_copy(&ours, base);
	list_copy(&theirs, base);
	for (unsigned n = random_below(8) + 1; n; n--) {
		struct op op = random_op(base, random_below((unsigned)base->count), KINDS);

		list_apply(random_below(2) ? &ours : &theirs, &op);
		if (random_below(2))
			list_apply(random_below(2) ? &ours : &theirs, &op);
	}
	out = merge(outcome, &conflict, base, &ours, &theirs);
	for (size_t i = 0; i < out->count && i < ARRAY_SIZE(merged.cells); i++)
		merged.cells[merged.count++] = list_copy_cell(&out->cells[i]);
	line_set_init(&check.base, base);
	line_set_init(&check.ours, &ours);
	line_set_init(&check.theirs, &theirs);
	line_set_init(&check.merged, &merged);
	assert_lines(&check, conflict);
	line_set_release(&check.base);
	line_set_release(&check.ours);
	line_set_release(&check.theirs);
	line_set_release(&check.merged);
	list_release(&merged);
	list_release(&ours);
	list_release(&theirs);
}

/* ---- the notebooks that are edited ---- */

struct bases {
	struct list *at; /* owned */
	size_t count, cap;
};

static void add_base(struct bases *bases, const struct notebook *nb)
{
	struct list l;

	list_from(&l, nb);
	if (l.count < 3) {
		list_release(&l);
		return;
	}
	bases->at = array_grow(bases->at, bases->count, &bases->cap, sizeof(l));
	bases->at[bases->count++] = l;
}

static void add_made_up(struct bases *bases)
{
	struct buf text = BUF_INIT(100000);
	cleanup_notebook struct notebook *nb = NULL;

	buf_add_str(&text, PY "start()");
	for (int i = 0; i < 12; i++)
		buf_addf(&text,
			 "\n\n# COMMAND ----------\n\n%scell_%d\n%srows = load(%d)\n%sshow(rows, "
			 "%d)",
			 i % 3 ? "" : "# MAGIC %md\n# MAGIC ", i, i % 3 ? "" : "# MAGIC ", i,
			 i % 3 ? "" : "# MAGIC ", i);
	nb = text_python(text.data);
	add_base(bases, nb);
	buf_release(&text);
}

static void add_corpus(struct bases *bases)
{
	size_t count = 0;
	struct corpus_file *files = corpus_dir() ? corpus_load("src", &count) : NULL;

	for (size_t i = 0; i < count; i++) {
		cleanup_notebook struct notebook *nb = NULL;

		if (files[i].name.language == NOTEBOOK_PYTHON &&
		    !notebook_parse(&nb, files[i].data.data, files[i].data.len,
				    NOTEBOOK_AS(NOTEBOOK_SOURCE, NOTEBOOK_PYTHON), NULL))
			add_base(bases, nb);
	}
	corpus_free(files, count);
}

/* So many fifths of all merges. */
static void run(const char *name, unsigned long fifths,
		void (*check)(struct outcome *, const struct list *))
{
	unsigned long merges = from_env("NBSYNC_MERGES", 5000) * fifths / 5;
	struct outcome outcome = { 0 };
	struct bases bases = { 0 };

	rng_state = from_env("NBSYNC_SEED", 20260101);
	add_made_up(&bases);
	add_corpus(&bases);
	for (unsigned long i = 0; i < merges; i++)
		check(&outcome, &bases.at[random_below((unsigned)bases.count)]);
	for (size_t i = 0; i < bases.count; i++)
		list_release(&bases.at[i]);
	free(bases.at);
	print_message("%s: %zu merges of %zu notebooks, %zu with a conflict\n", name,
		      outcome.merges, bases.count, outcome.conflicts);
}

static void test_different_cells(void **state)
{
	(void)state;
	run("different cells", 2, check_different_cells);
}

static void test_moves(void **state)
{
	(void)state;
	run("moves", 1, check_moves);
}

static void test_nothing_lost(void **state)
{
	(void)state;
	run("any edits", 2, check_nothing_lost);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_different_cells),
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_nothing_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
