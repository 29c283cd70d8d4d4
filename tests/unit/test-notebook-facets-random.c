/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random edits of facets, seeded (NBSYNC_SEED) and as many as NBSYNC_MERGES says (500 without it):
 * a merge without a conflict is the same whichever side is ours, and is what each side changed; lifting
 * gives the raw cells and what was not told; an update says in its file what was told, once.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "notebook/ipynb/facets_read.h"
#include "notebook_text.h"
#include "seeded.h"

/* ---- a notebook as a table of values; 0 is none ---- */

#define CELLS   4
#define KEYS    3 /* tags of a cell, the last one keep_output; also widgets of the notebook */
#define COLUMNS (KEYS + 4)

enum { TEXT = KEYS, INPUT, IMAGE, OUTPUT };

struct table {
	unsigned char cell[CELLS][COLUMNS];
	unsigned char widget[KEYS], dashboards;
};

static void random_table(struct table *t)
{
	*t = (struct table){ .dashboards = (unsigned char)random_below(3) };
	for (unsigned i = 0; i < CELLS; i++)
		for (unsigned k = 0; k < COLUMNS; k++)
			t->cell[i][k] = (unsigned char)random_below(3);
	for (unsigned k = 0; k < KEYS; k++)
		t->widget[k] = (unsigned char)random_below(3);
}

static void edit(struct table *t, unsigned edits)
{
	while (edits--) {
		unsigned char value = (unsigned char)random_below(4);

		if (random_below(4))
			t->cell[random_below(CELLS)][random_below(COLUMNS)] = value;
		else if (random_below(3))
			t->widget[random_below(KEYS)] = value;
		else
			t->dashboards = value;
	}
}

/* ---- as a file ---- */

static const char *const keys[KEYS] = { "a\\u00e9", "tags", "keep_output" };

/* A value in one of several spellings. */
static void put_value(struct buf *out, unsigned char value)
{
	unsigned i = random_below(3);

	if (i == 0)
		buf_addf(out, "{\"v\":%u,\"w\":[\"\\u0061/\"]}", value);
	else if (i == 1)
		buf_addf(out, "{ \"w\" : [ \"a\\/\" ], \"v\": %u.0 }", value);
	else
		buf_addf(out, "{\n\t\"v\" :%ue0,\"w\":[\"a/\"]}", value);
}

static void put_member(struct buf *out, const char *key, unsigned char value, bool *any)
{
	if (!value)
		return;
	buf_addf(out, "%s\"%s\":", *any ? "," : "", key);
	if (strcmp(key, "keep_output") == 0)
		buf_add_str(out, value == 1 ? "true" : "false");
	else
		put_value(out, value);
	*any = true;
}

static void put_cell(struct buf *out, const unsigned char *cell, unsigned i)
{
	bool any = false;

	buf_add_str(out, "{\"cell_type\":\"code\",\"metadata\":{");
	for (unsigned k = 0; k < KEYS; k++)
		put_member(out, keys[k], cell[k], &any);
	if (cell[INPUT])
		buf_addf(out,
			 "%s\"application/vnd.databricks.v1+cell\":{\"nuid\":\"%u\","
			 "\"inputWidgets\":{\"w\":%u}}",
			 any ? "," : "", random_below(1000), cell[INPUT]);
	buf_add_char(out, '}');
	if (cell[IMAGE])
		buf_addf(out, ",\"attachments\":{\"p\":{\"image/png\":\"%u\"}}", cell[IMAGE]);
	buf_add_str(out, ",\"outputs\":[");
	if (cell[OUTPUT])
		buf_addf(out, "{\"text\":[\"%u\"]}", cell[OUTPUT]);
	buf_addf(out, "],\"source\":\"cell_%u()\\nfirst()\\nsecond()\\nx = %u\"}", i, cell[TEXT]);
}

static struct notebook *as_ipynb(const struct table *t)
{
	struct buf text = BUF_INIT(1 << 20);
	struct notebook *nb;
	bool any = false;

	buf_add_str(&text, "{\"cells\":[");
	for (unsigned i = 0; i < CELLS; i++) {
		if (i)
			buf_add_char(&text, ',');
		put_cell(&text, t->cell[i], i);
	}
	buf_add_str(&text, "],\"metadata\":{\"application/vnd.databricks.v1+notebook\":{"
			   "\"widgets\":{");
	for (unsigned k = 0; k < KEYS; k++)
		put_member(&text, keys[k], t->widget[k], &any);
	buf_add_str(&text, "}");
	if (t->dashboards)
		buf_addf(&text, ",\"dashboards\":[%u]", t->dashboards);
	buf_add_str(&text, "}},\"nbformat\":4}");
	nb = text_ipynb(buf_str(&text));
	buf_release(&text);
	return nb;
}

static struct notebook *as_source(const struct table *t)
{
	cleanup_notebook struct notebook *nb = as_ipynb(t);
	cleanup_free char *text = text_write(nb, NOTEBOOK_SOURCE);

	return text_python(text);
}

/* ---- what is checked ---- */

static enum notebook_outputs random_outputs(void)
{
	return (enum notebook_outputs)random_below(3);
}

static bool same_canonical(const struct notebook *a, const struct notebook *b,
			   enum notebook_outputs outputs)
{
	struct buf x = BUF_INIT(1 << 20), y = BUF_INIT(1 << 20);
	bool same;

	notebook_canonical(a, outputs, &x);
	notebook_canonical(b, outputs, &y);
	same = x.len == y.len && memcmp(buf_str(&x), buf_str(&y), x.len) == 0;
	buf_release(&x);
	buf_release(&y);
	return same;
}

static void fail_with(const char *what, const struct notebook *a, const struct notebook *b)
{
	struct buf x = BUF_INIT(1 << 20), y = BUF_INIT(1 << 20);

	notebook_canonical(a, NOTEBOOK_OUTPUTS_KEEP, &x);
	notebook_canonical(b, NOTEBOOK_OUTPUTS_KEEP, &y);
	fail_msg("%s:\n%s\nand\n%s", what, buf_str(&x), buf_str(&y));
}

/* The canonical form says the same as notebook_agree() of two .ipynb. */
static void check_canonical(const struct notebook *a, const struct notebook *b)
{
	enum notebook_outputs outputs = random_outputs();

	if (same_canonical(a, b, outputs) != notebook_agree(a, b, outputs))
		fail_with("equal and not equal", a, b);
}

static void check_merge(const struct notebook *base, const struct notebook *ours,
			const struct notebook *theirs)
{
	enum notebook_outputs outputs = random_below(2) ? NOTEBOOK_OUTPUTS_KEEP
							: NOTEBOOK_OUTPUTS_STRIP;
	cleanup_notebook struct notebook *out = NULL, *back = NULL;
	struct err e = ERR_INIT;
	bool conflict, mirrored;

	assert_int_equal(notebook_merge(&out, &conflict,
					&(struct notebook_versions){ base, ours, theirs }, outputs,
					&e),
			 0);
	assert_int_equal(notebook_merge(&back, &mirrored,
					&(struct notebook_versions){ base, theirs, ours }, outputs,
					&e),
			 0);
	assert_int_equal(conflict, mirrored);
	if (!conflict && !notebook_agree(out, back, outputs))
		fail_with("a merge and its mirror image", out, back);
}

/* What one side did alone is what comes out. */
static void check_alone(const struct notebook *base, const struct notebook *nb)
{
	cleanup_notebook struct notebook *out = NULL, *back = NULL;
	struct err e = ERR_INIT;
	bool conflict;

	assert_int_equal(notebook_merge(&out, &conflict,
					&(struct notebook_versions){ base, nb, base },
					NOTEBOOK_OUTPUTS_KEEP, &e),
			 0);
	assert_false(conflict);
	if (!same_canonical(out, nb, NOTEBOOK_OUTPUTS_KEEP))
		fail_with("ours alone", out, nb);
	assert_int_equal(notebook_merge(&back, &conflict,
					&(struct notebook_versions){ base, base, nb },
					NOTEBOOK_OUTPUTS_KEEP, &e),
			 0);
	assert_false(conflict);
	if (!same_canonical(back, nb, NOTEBOOK_OUTPUTS_KEEP))
		fail_with("theirs alone", back, nb);
}

static void check_update(const struct notebook *old, const struct notebook *nb)
{
	enum notebook_outputs outputs = random_outputs();
	cleanup_free char *text = text_update(old, nb, outputs), *again = NULL;
	cleanup_notebook struct notebook *result = text_parse(
		text, strlen(text), notebook_format(old), NOTEBOOK_PYTHON);

	/* Outputs that count only from now on stay, and are none of nb's. */
	if (outputs == NOTEBOOK_OUTPUTS_KEEP_TAGGED) {
		assert_true(notebook_agree(result, nb, NOTEBOOK_OUTPUTS_STRIP));
		return;
	}
	if (!notebook_agree(result, nb, outputs))
		fail_with("an update", result, nb);
	again = text_update(result, nb, outputs);
	assert_string_equal(again, text);
}

/* A source file takes nothing away but the outputs of cells whose text it changed. */
static void check_source(const struct notebook *old, const struct notebook *source)
{
	cleanup_free char *text = text_update(old, source, NOTEBOOK_OUTPUTS_STRIP);
	cleanup_notebook struct notebook *result = text_ipynb(text);
	cleanup_facets struct facets before = { 0 }, after = { 0 };

	assert_true(notebook_equal(result, source));
	facets_of_notebook(&before, old);
	facets_of_notebook(&after, result);
	assert_true(facets_agree(&before, &after));
	for (size_t i = 0; i < CELLS; i++) {
		bool same = cell_equal(&old->cells[i].pub, &result->cells[i].pub);
		enum notebook_outputs outputs = same ? NOTEBOOK_OUTPUTS_KEEP
						     : NOTEBOOK_OUTPUTS_STRIP;
		cleanup_facets struct facets x = { 0 }, y = { 0 };

		facets_of_cell(&x, &old->cells[i], outputs);
		facets_of_cell(&y, &result->cells[i], outputs);
		assert_true(facets_agree(&x, &y));
	}
}

static void check_lift(const struct notebook *whole, const struct notebook *told,
		       const struct notebook *raw)
{
	cleanup_notebook struct notebook *out = NULL, *still = NULL, *all = NULL;
	struct err e = ERR_INIT;

	assert_int_equal(notebook_lift(&out, whole, told, raw, NOTEBOOK_OUTPUTS_KEEP, &e), 0);
	assert_true(notebook_equal(out, raw));
	/* a place that says what it said holds the whole */
	assert_int_equal(notebook_lift(&still, whole, whole, whole, NOTEBOOK_OUTPUTS_KEEP, &e), 0);
	assert_true(same_canonical(still, whole, NOTEBOOK_OUTPUTS_KEEP));
	/* a place that told the whole holds what it says now */
	assert_int_equal(notebook_lift(&all, whole, NULL, raw, NOTEBOOK_OUTPUTS_KEEP, &e), 0);
	if (!notebook_agree(all, raw, NOTEBOOK_OUTPUTS_KEEP))
		fail_with("all that raw tells", all, raw);
}

static void check(unsigned edits)
{
	struct table b, o, t;
	cleanup_notebook struct notebook *base = NULL, *ours = NULL, *theirs = NULL, *source = NULL;

	random_table(&b);
	o = t = b;
	edit(&o, random_below(edits));
	edit(&t, random_below(edits));
	base = as_ipynb(&b);
	ours = as_ipynb(&o);
	theirs = as_ipynb(&t);
	source = as_source(&t);
	check_canonical(ours, theirs);
	check_merge(base, ours, theirs);
	check_merge(base, ours, source);
	check_merge(source, ours, theirs);
	check_alone(base, ours);
	check_update(ours, theirs);
	check_update(source, ours);
	check_source(ours, source);
	check_lift(base, ours, theirs);
	check_lift(base, source, ours);
	check_lift(base, ours, source);
}

static void test_random(void **state)
{
	unsigned long rounds = from_env("NBSYNC_MERGES", 500);

	(void)state;
	rng_state = from_env("NBSYNC_SEED", 20260101);
	for (unsigned long i = 0; i < rounds; i++)
		check(1 + random_below(12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
