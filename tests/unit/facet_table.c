/* SPDX-License-Identifier: Apache-2.0 */
/* The table: notebooks with one value in each facet, merged and lifted in every situation. */

#include "facet_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "notebook_text.h"
#include "tests/source_text.h"

enum { CELLS, ENVIRONMENT, TAGS, WIDGETS, OUTPUTS, FACETS };

static const char *const names[FACETS] = { "cells", "environment", "tags", "widgets", "outputs" };

/* What a value of each facet looks like in a file, before its digit. */
static const char *const marks[FACETS] = { "x = ", "env-", "tag-", "widget-", "out-" };

/* The values of a notebook, '1' to '3', or '.' for none. */
struct values {
	char of[FACETS];
};

static const struct values all_one = { { '1', '1', '1', '1', '1' } };

static const char *format_name(enum notebook_format format)
{
	return format == NOTEBOOK_IPYNB ? "ipynb" : "source";
}

static bool tells(enum notebook_format format, unsigned facet)
{
	return format == NOTEBOOK_IPYNB || facet == CELLS || facet == ENVIRONMENT;
}

/* ---- notebooks of values ---- */

static struct notebook *make_source(const struct values *v)
{
	struct buf text = BUF_INIT(4096);
	struct notebook *nb;

	buf_add_str(&text, PY);
	if (v->of[ENVIRONMENT] != '.')
		buf_addf(&text,
			 "# /// script\n# [tool.databricks.environment]\n"
			 "# environment_version = \"env-%c\"\n# ///\n",
			 v->of[ENVIRONMENT]);
	buf_add_str(&text, "first = 0\n\n# COMMAND ----------\n\n");
	if (v->of[CELLS] != '.')
		buf_addf(&text, "x = %c\n\n# COMMAND ----------\n\n", v->of[CELLS]);
	buf_add_str(&text, "last = 0\n");
	nb = text_python(buf_str(&text));
	buf_release(&text);
	return nb;
}

/* Tags and outputs are those of the first cell, which stays when the one with a value goes. */
static struct notebook *make_ipynb(const struct values *v)
{
	struct buf text = BUF_INIT(4096);
	struct notebook *nb;

	buf_add_str(&text, "{\"cells\":[{\"cell_type\":\"code\",\"metadata\":{");
	if (v->of[TAGS] != '.')
		buf_addf(&text, "\"tags\":[\"tag-%c\"]", v->of[TAGS]);
	buf_add_str(&text, "},\"outputs\":[");
	if (v->of[OUTPUTS] != '.')
		buf_addf(&text, "{\"text\":\"out-%c\"}", v->of[OUTPUTS]);
	buf_add_str(&text, "],\"source\":\"first = 0\"}");
	if (v->of[CELLS] != '.')
		buf_addf(&text,
			 ",{\"cell_type\":\"code\",\"metadata\":{},\"outputs\":[],"
			 "\"source\":\"x = %c\"}",
			 v->of[CELLS]);
	buf_add_str(&text, ",{\"cell_type\":\"code\",\"metadata\":{},\"outputs\":[],"
			   "\"source\":\"last = 0\"}],\"metadata\":{"
			   "\"application/vnd.databricks.v1+notebook\":{");
	if (v->of[ENVIRONMENT] != '.')
		buf_addf(&text, "\"environmentMetadata\":{\"environment_version\":\"env-%c\"},",
			 v->of[ENVIRONMENT]);
	buf_add_str(&text, "\"language\":\"python\"");
	if (v->of[WIDGETS] != '.')
		buf_addf(&text, ",\"widgets\":{\"day\":\"widget-%c\"}", v->of[WIDGETS]);
	buf_add_str(&text, "}},\"nbformat\":4}");
	nb = text_ipynb(buf_str(&text));
	buf_release(&text);
	return nb;
}

static struct notebook *make(const struct values *v, enum notebook_format format)
{
	return format == NOTEBOOK_IPYNB ? make_ipynb(v) : make_source(v);
}

static struct notebook *make_one(unsigned facet, char value, enum notebook_format format)
{
	struct values v = all_one;

	v.of[facet] = value;
	return make(&v, format);
}

static char value_in(const char *text, unsigned facet)
{
	const char *at = strstr(text, marks[facet]);

	return at ? at[strlen(marks[facet])] : '.';
}

/* "i2": .ipynb with the value 2; then which other facets are not what they were, where the format
 * can tell them. */
static void put_result(struct buf *out, const struct notebook *nb, unsigned facet, bool conflict)
{
	enum notebook_format format = notebook_format(nb);
	cleanup_free char *text = text_write_outputs(nb, format, NOTEBOOK_OUTPUTS_KEEP);

	buf_addf(out, "%c%c%s", *format_name(format), value_in(text, facet), conflict ? "!" : "");
	for (unsigned other = 0; other < FACETS; other++)
		if (other != facet && tells(format, other) && value_in(text, other) != '1')
			buf_addf(out, "(%s %c)", names[other], value_in(text, other));
}

static void pad(struct buf *out, size_t from, size_t width)
{
	do
		buf_add_char(out, ' ');
	while (out->len < from + width);
}

/* ---- merge ---- */

/* What ours and theirs have; the base has 1. */
static const struct {
	const char *name;
	char ours, theirs;
} situations[] = {
	{ "none", '1', '1' },        { "one", '2', '1' },    { "other", '1', '2' },
	{ "same", '2', '2' },        { "differ", '2', '3' }, { "-one", '.', '1' },
	{ "-other", '1', '.' },      { "-both", '.', '.' },  { "-one,edit", '.', '2' },
	{ "edit,-other", '2', '.' },
};

#define WIDTH 12

static void put_merge(struct buf *out, unsigned facet, size_t i,
		      const enum notebook_format *formats)
{
	cleanup_notebook struct notebook *base = make_one(facet, '1', formats[0]),
					 *ours = make_one(facet, situations[i].ours, formats[1]),
					 *theirs = make_one(facet, situations[i].theirs,
							    formats[2]),
					 *merged = NULL;
	struct err e = ERR_INIT;
	bool conflict;

	if (notebook_merge(&merged, &conflict, &(struct notebook_versions){ base, ours, theirs },
			   NOTEBOOK_OUTPUTS_KEEP, &e))
		fail_msg("%s", e.text);
	put_result(out, merged, facet, conflict);
}

/* Whether both sides can do what the situation says. */
static bool possible(unsigned facet, size_t i, const enum notebook_format *formats)
{
	return (situations[i].ours == '1' || tells(formats[1], facet)) &&
	       (situations[i].theirs == '1' || tells(formats[2], facet));
}

static void put_row(struct buf *out, unsigned facet, const enum notebook_format *formats)
{
	size_t start = out->len;

	for (unsigned i = 0; i < 3; i++)
		buf_addf(out, "%-8s", format_name(formats[i]));
	for (size_t i = 0; i < ARRAY_SIZE(situations); i++) {
		size_t from = out->len;

		if (possible(facet, i, formats))
			put_merge(out, facet, i, formats);
		pad(out, from, WIDTH);
	}
	while (out->len > start && out->data[out->len - 1] == ' ')
		out->len--;
	out->data[out->len] = '\0';
	buf_add_char(out, '\n');
}

static void put_merges(struct buf *out, unsigned facet)
{
	buf_addf(out, "\n## %s\n%-8s%-8s%-8s", names[facet], "base", "ours", "theirs");
	for (size_t i = 0; i < ARRAY_SIZE(situations); i++)
		buf_addf(out, i + 1 < ARRAY_SIZE(situations) ? "%-12s" : "%s\n",
			 situations[i].name);
	for (unsigned i = 0; i < 8; i++) {
		const enum notebook_format formats[] = { i & 4 ? NOTEBOOK_SOURCE : NOTEBOOK_IPYNB,
							 i & 2 ? NOTEBOOK_SOURCE : NOTEBOOK_IPYNB,
							 i & 1 ? NOTEBOOK_SOURCE : NOTEBOOK_IPYNB };

		put_row(out, facet, formats);
	}
}

/* ---- lift ---- */

static void put_lift(struct buf *out, unsigned facet, const enum notebook_format *formats,
		     char told_value, char raw_value)
{
	cleanup_notebook struct notebook *whole = make_one(facet, '1', formats[0]),
					 *told = make_one(facet, told_value, formats[1]),
					 *raw = make_one(facet, raw_value, formats[2]),
					 *lifted = NULL;
	struct err e = ERR_INIT;

	if (notebook_lift(&lifted, whole, told, raw, NOTEBOOK_OUTPUTS_KEEP, &e))
		fail_msg("%s", e.text);
	assert_true(notebook_equal(lifted, raw));
	put_result(out, lifted, facet, false);
}

static void put_lift_row(struct buf *out, unsigned facet, const enum notebook_format *formats)
{
	static const char *const columns[] = { "11", "12", "1.", "..", ".1", ".2" };
	size_t start = out->len;

	for (unsigned i = 0; i < 3; i++)
		buf_addf(out, "%-8s", format_name(formats[i]));
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		size_t from = out->len;
		bool same = tells(formats[1], facet) && tells(formats[2], facet);

		/* what a format cannot tell is the same in every column */
		if (same || (i == 0 && !tells(formats[2], facet)) ||
		    (columns[i][0] == '.' && tells(formats[2], facet)))
			put_lift(out, facet, formats, columns[i][0], columns[i][1]);
		pad(out, from, WIDTH);
	}
	while (out->len > start && out->data[out->len - 1] == ' ')
		out->len--;
	out->data[out->len] = '\0';
	buf_add_char(out, '\n');
}

static void put_lifts(struct buf *out, unsigned facet)
{
	buf_addf(out, "\n## %s\n%-8s%-8s%-8s%-12s%-12s%-12s%-12s%-12s%s\n", names[facet], "whole",
		 "told", "raw", "1 -> 1", "1 -> 2", "1 -> .", ". -> .", ". -> 1", ". -> 2");
	for (unsigned i = 0; i < 8; i++) {
		const enum notebook_format formats[] = { i & 4 ? NOTEBOOK_SOURCE : NOTEBOOK_IPYNB,
							 i & 2 ? NOTEBOOK_SOURCE : NOTEBOOK_IPYNB,
							 i & 1 ? NOTEBOOK_SOURCE : NOTEBOOK_IPYNB };

		put_lift_row(out, facet, formats);
	}
}

/* ---- the whole ---- */

static const char preamble[] =
	"# SPDX-License-Identifier: Apache-2.0\n"
	"#\n"
	"# What becomes of each facet of a notebook. Printed by 'test-facet-table --print' and\n"
	"# compared with it.\n"
	"#\n"
	"# Every facet has a value, 1 to 3, or none, '.'. A result is the format of the notebook "
	"that\n"
	"# comes out (i for .ipynb, s for source), the value in it, and '!' where both sides "
	"changed\n"
	"# it differently; then in brackets any other facet that is not what it was before, which "
	"no\n"
	"# line of MERGE has where the format that comes out can tell it. Nothing stands where a "
	"side's\n"
	"# format cannot tell the facet, and so not change it. Outputs count (outputs = keep).\n"
	"#\n"
	"# Where a version is source, and the place said more than that when it last agreed, only "
	"an edit\n"
	"# of that more is one: nobody asked for it before (a state of 0.1.0).\n";

char *facet_table(void)
{
	struct buf out = BUF_INIT(1 << 20);

	buf_add_str(&out, preamble);
	buf_add_str(&out, "\n# MERGE: the base has 1; 'one' is ours' edit to 2, 'other' theirs', "
			  "'-one' what ours took away\n");
	for (unsigned facet = 0; facet < FACETS; facet++)
		put_merges(&out, facet);
	buf_add_str(&out, "\n# LIFT: the version has 1; told -> raw is what the place said when it "
			  "last agreed, and what it says now\n");
	for (unsigned facet = 0; facet < FACETS; facet++)
		put_lifts(&out, facet);
	return buf_steal(&out, NULL);
}
