/* SPDX-License-Identifier: Apache-2.0 */
/* Three-way merges of notebooks, case by case; test-notebook-merge-random.c does the rest. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "notebook/match/diff.h"
#include "notebook_text.h"
#include "tests/source_text.h"

#define MD "# MAGIC %md\n# MAGIC "

struct row {
	const char *name, *base, *ours, *theirs, *merged;
	bool conflict;
};

static const struct row rows[] = {
	{ "nothing changed", PY "a\n", PY "a\n", PY "a\n", "c:a", false },
	{ "ours changed", PY "a" SEP "b\n", PY "A" SEP "b\n", PY "a" SEP "b\n", "c:A | c:b",
	  false },
	{ "theirs changed", PY "a" SEP "b\n", PY "a" SEP "b\n", PY "a" SEP "B\n", "c:a | c:B",
	  false },
	{ "different cells", PY "a" SEP "b\n", PY "A" SEP "b\n", PY "a" SEP "B\n", "c:A | c:B",
	  false },
	{ "neighbours", PY "a" SEP "b" SEP "c\n", PY "a" SEP "B" SEP "c\n",
	  PY "a" SEP "b" SEP "C\n", "c:a | c:B | c:C", false },
	{ "both the same", PY "a\n", PY "b\n", PY "b\n", "c:b", false },
	{ "same cell", PY "a" SEP "z\n", PY "b" SEP "z\n", PY "c" SEP "z\n", "c:b | c:z", true },
	{ "same cell, different lines", PY "1\n2\n3\n4\n5\n", PY "one\n2\n3\n4\n5\n",
	  PY "1\n2\n3\n4\nfive\n", "c:one\\n2\\n3\\n4\\nfive", false },
	{ "same cell, same line", PY "1\n2\n3\n", PY "1\ntwo\n3\n", PY "1\nzwei\n3\n",
	  "c:1\\ntwo\\n3", true },
	{ "both inserted lines at one place", PY "1\n2\n", PY "1\nx\n2\n", PY "1\ny\n2\n",
	  "c:1\\nx\\n2", true },
	{ "ours inserted a cell", PY "a" SEP "b\n", PY "a" SEP "x" SEP "b\n", PY "a" SEP "B\n",
	  "c:a | c:x | c:B", false },
	{ "both inserted elsewhere", PY "a" SEP "b\n", PY "x" SEP "a" SEP "b\n",
	  PY "a" SEP "b" SEP "y\n", "c:x | c:a | c:b | c:y", false },
	{ "both inserted at one place", PY "a" SEP "b\n", PY "a" SEP "x" SEP "b\n",
	  PY "a" SEP "y" SEP "b\n", "c:a | c:x | c:y | c:b", false },
	{ "both inserted the same", PY "a" SEP "b\n", PY "a" SEP "x" SEP "b\n",
	  PY "a" SEP "x" SEP "b\n", "c:a | c:x | c:b", false },
	{ "both inserted, one in common", PY "a" SEP "b\n", PY "a" SEP "x" SEP "y" SEP "b\n",
	  PY "a" SEP "y" SEP "z" SEP "b\n", "c:a | c:x | c:y | c:z | c:b", false },
	{ "both inserted at the front", PY "a\n", PY "x" SEP "a\n", PY "y" SEP "a\n",
	  "c:x | c:y | c:a", false },
	{ "ours deleted", PY "a" SEP "b" SEP "c\n", PY "a" SEP "c\n", PY "a" SEP "b" SEP "C\n",
	  "c:a | c:C", false },
	{ "theirs deleted", PY "a" SEP "b" SEP "c\n", PY "A" SEP "b" SEP "c\n", PY "a" SEP "c\n",
	  "c:A | c:c", false },
	{ "both deleted", PY "a" SEP "b" SEP "c\n", PY "a" SEP "c\n", PY "a" SEP "c\n", "c:a | c:c",
	  false },
	{ "an edit wins against ours' deletion", PY "a" SEP "b1\nb2\nb3" SEP "c\n",
	  PY "a" SEP "c\n", PY "a" SEP "b1\nb2\nB3" SEP "c\n", "c:a | c:b1\\nb2\\nB3 | c:c",
	  false },
	{ "a newline at the end that an export lost is no edit", PY "a" SEP "b\n\n", PY "A" SEP "b",
	  PY "a" SEP "B", "c:A | c:B", false },
	{ "an edit wins against theirs' deletion", PY "a" SEP "b1\nb2\nb3" SEP "c\n",
	  PY "a" SEP "b1\nb2\nB3" SEP "c\n", PY "a" SEP "c\n", "c:a | c:b1\\nb2\\nB3 | c:c",
	  false },
	{ "theirs moved", PY "a" SEP "b" SEP "c" SEP "d\n", PY "a" SEP "b" SEP "c" SEP "D\n",
	  PY "c" SEP "a" SEP "b" SEP "d\n", "c:c | c:a | c:b | c:D", false },
	{ "ours moved, theirs changed it", PY "a" SEP "b" SEP "c1\nc2\nc3\n",
	  PY "c1\nc2\nc3" SEP "a" SEP "b\n", PY "a" SEP "b" SEP "c1\nc2\nC3\n",
	  "c:c1\\nc2\\nC3 | c:a | c:b", false },
	{ "both moved: ours' place", PY "a" SEP "b" SEP "c" SEP "d\n",
	  PY "d" SEP "a" SEP "b" SEP "c\n", PY "a" SEP "d" SEP "b" SEP "c\n",
	  "c:d | c:a | c:b | c:c", false },
	{ "title by one, text by the other", PY "a\n", PY "# DBTITLE 1,T\na\n", PY "b\n",
	  "c<1,T>:b", false },
	{ "titles by both", PY "a\n", PY "# DBTITLE 1,T\na\n", PY "# DBTITLE 1,U\na\n", "c<1,T>:a",
	  true },
	{ "title hidden by one, renamed by the other", PY "# DBTITLE 1,T\na\n",
	  PY "# DBTITLE 0,T\na\n", PY "# DBTITLE 1,U\na\n", "c<0,U>:a", false },
	{ "sandbox by one, text by the other", PY MD "x\n# MAGIC y\n# MAGIC z\n",
	  PY "# MAGIC %md-sandbox\n# MAGIC x\n# MAGIC y\n# MAGIC z\n",
	  PY MD "x\n# MAGIC y\n# MAGIC Z\n", "s:x\\ny\\nZ", false },
	{ "ours emptied", PY "a" SEP "b\n", PY, PY "a" SEP "b\n", "c:", false },
};

static void check(const struct row *row, enum notebook_format format)
{
	cleanup_notebook struct notebook *base = text_python(row->base),
					 *source = text_python(row->ours),
					 *theirs = text_python(row->theirs), *out = NULL,
					 *ours = NULL;
	cleanup_free char *text = text_write(source, format), *merged = NULL;
	struct err e = ERR_INIT;
	bool conflict = !row->conflict;

	ours = text_parse(text, strlen(text), format, NOTEBOOK_PYTHON);
	if (notebook_merge(&out, &conflict, &(struct notebook_versions){ base, ours, theirs },
			   NOTEBOOK_OUTPUTS_KEEP, &e))
		fail_msg("%s: %s", row->name, e.text);
	merged = text_cells(out);
	if (strcmp(merged, row->merged) != 0 || conflict != row->conflict)
		fail_msg("%s: %s (conflict %d), not %s", row->name, merged, conflict, row->merged);
	assert_int_equal(notebook_format(out), format);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		check(&rows[i], NOTEBOOK_SOURCE);
		check(&rows[i], NOTEBOOK_IPYNB);
	}
}

/* What only theirs changed keeps ours' bytes around it. */
static void test_bytes(void **state)
{
	cleanup_notebook struct notebook *base = text_python(PY "# MAGIC %md a" SEP "b" SEP "c\n");
	cleanup_notebook struct notebook *ours = text_python(
		PY "# MAGIC %md a\n# COMMAND ----------\nb" SEP "# DBTITLE 1,C\nc");
	cleanup_notebook struct notebook *theirs = text_python(PY "# MAGIC %md\n# MAGIC a" SEP
								  "b" SEP "C\n");
	cleanup_notebook struct notebook *out = NULL;
	cleanup_free char *text = NULL;
	struct err e = ERR_INIT;
	bool conflict;

	(void)state;
	assert_int_equal(notebook_merge(&out, &conflict,
					&(struct notebook_versions){ base, ours, theirs },
					NOTEBOOK_OUTPUTS_KEEP, &e),
			 0);
	text = text_write(out, NOTEBOOK_SOURCE);
	assert_string_equal(text,
			    PY "# MAGIC %md a\n# COMMAND ----------\nb" SEP "# DBTITLE 1,C\nC");
}

/* A cell from theirs comes with its outputs and metadata; one of ours keeps its own. */
static void test_outputs(void **state)
{
#define CELL(id, out, text) \
	"{\"cell_type\":\"code\",\"id\":\"" id "\",\"outputs\":[" out "],\"source\":\"" text "\"}"
#define FILE(cells) "{\"cells\":[" cells "],\"nbformat\":4,\"nbformat_minor\":5}"
	cleanup_notebook struct notebook *base = text_ipynb(
						 FILE(CELL("a", "", "1") "," CELL("b", "", "2"))),
					 *ours = text_ipynb(FILE(
						 CELL("a", "7", "one") "," CELL("b", "8", "2"))),
					 *theirs = text_ipynb(FILE(CELL("a", "9", "1") "," CELL(
						 "b", "10", "two") "," CELL("c", "11", "3"))),
					 *out = NULL;
	cleanup_free char *text = NULL;
	struct err e = ERR_INIT;
	bool conflict;

	(void)state;
	assert_int_equal(notebook_merge(&out, &conflict,
					&(struct notebook_versions){ base, ours, theirs },
					NOTEBOOK_OUTPUTS_KEEP, &e),
			 0);
	text = text_write_outputs(out, NOTEBOOK_IPYNB, NOTEBOOK_OUTPUTS_KEEP);
	assert_string_equal(text, FILE(CELL("a", "7", "one") "," CELL("b", "10", "two") "," CELL(
					  "c", "11", "3")));
}

/* Tags and outputs are edits, too, of cells whose text nobody touched. */
static void test_metadata(void **state)
{
#define TAGGED(id, tags, out, text)                                                           \
	"{\"cell_type\":\"code\",\"id\":\"" id "\",\"metadata\":{" tags "},\"outputs\":[" out \
	"],\"source\":\"" text "\"}"
#define TAG "\"tags\":[\"parameters\"]"
	cleanup_notebook struct notebook
		*base = text_ipynb(FILE(TAGGED("a", "", "1", "1") "," TAGGED(
			"b", "", "2", "2") "," TAGGED("c", "", "3", "3"))),
		*ours = text_ipynb(FILE(TAGGED("a", "", "1", "1") "," TAGGED(
			"b", "", "2", "2") "," TAGGED("c", TAG, "4", "ours"))),
		*theirs = text_ipynb(FILE(TAGGED("a", TAG, "5", "1") "," TAGGED(
			"b", TAG, "6", "theirs") "," TAGGED("c", "", "3", "3"))),
		*out = NULL, *back = NULL;
	cleanup_free char *text = NULL, *mirror = NULL;
	const char *merged = FILE(TAGGED("a", TAG, "5", "1") "," TAGGED(
		"b", TAG, "6", "theirs") "," TAGGED("c", TAG, "4", "ours"));
	struct err e = ERR_INIT;
	bool conflict;

	(void)state;
	assert_int_equal(notebook_merge(&out, &conflict,
					&(struct notebook_versions){ base, ours, theirs },
					NOTEBOOK_OUTPUTS_KEEP, &e),
			 0);
	assert_false(conflict);
	text = text_write_outputs(out, NOTEBOOK_IPYNB, NOTEBOOK_OUTPUTS_KEEP);
	assert_string_equal(text, merged);
	assert_int_equal(notebook_merge(&back, &conflict,
					&(struct notebook_versions){ base, theirs, ours },
					NOTEBOOK_OUTPUTS_KEEP, &e),
			 0);
	mirror = text_write_outputs(back, NOTEBOOK_IPYNB, NOTEBOOK_OUTPUTS_KEEP);
	assert_string_equal(mirror, merged);
}

static void test_without_base(void **state)
{
	cleanup_notebook struct notebook *ours = text_python(PY "a\n"), *same = text_python(PY "a"),
					 *other = text_python(PY "b\n"), *out = NULL, *out2 = NULL;
	struct err e = ERR_INIT;
	bool conflict;

	(void)state;
	assert_int_equal(notebook_merge(&out, &conflict,
					&(struct notebook_versions){ NULL, ours, same },
					NOTEBOOK_OUTPUTS_KEEP, &e),
			 0);
	assert_false(conflict);
	assert_int_equal(notebook_merge(&out2, &conflict,
					&(struct notebook_versions){ NULL, ours, other },
					NOTEBOOK_OUTPUTS_KEEP, &e),
			 0);
	assert_true(conflict);
	assert_true(notebook_equal(out2, ours));
}

#define ENV(v)                                                                               \
	"# /// script\n# [tool.databricks.environment]\n# environment_version = \"" v "\"\n" \
	"# ///\n"

static void test_environment(void **state)
{
	static const struct {
		const char *base, *ours, *theirs, *merged;
		bool conflict;
	} envs[] = {
		{ "", "", ENV("4"), ENV("4"), false },
		{ ENV("4"), ENV("4"), ENV("5"), ENV("5"), false },
		{ ENV("4"), ENV("5"), ENV("4"), ENV("5"), false },
		{ ENV("4"), ENV("4"), "", "", false },
		{ ENV("4"), "", ENV("5"), "", true },
		{ ENV("4"), ENV("5"), ENV("6"), ENV("5"), true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(envs); i++) {
		cleanup_free char *b = xasprintf(PY "%sa\n", envs[i].base);
		cleanup_free char *o = xasprintf(PY "%sa\n", envs[i].ours);
		cleanup_free char *t = xasprintf(PY "%sA\n", envs[i].theirs);
		cleanup_free char *expected = xasprintf(PY "%sA\n", envs[i].merged), *text = NULL;
		cleanup_notebook struct notebook *base = text_python(b), *ours = text_python(o),
						 *theirs = text_python(t), *out = NULL;
		struct err e = ERR_INIT;
		bool conflict;

		assert_int_equal(notebook_merge(&out, &conflict,
						&(struct notebook_versions){ base, ours, theirs },
						NOTEBOOK_OUTPUTS_KEEP, &e),
				 0);
		text = text_write(out, NOTEBOOK_SOURCE);
		assert_string_equal(text, expected);
		assert_int_equal(conflict, envs[i].conflict);
	}
}

/* "=0,0 ~1,1 +,2 -2, >3,0" */
static char *show_diff(const struct notebook_diff *diff)
{
	struct buf out = BUF_INIT(10000);

	for (size_t i = 0; i < diff->count; i++) {
		const struct notebook_diff_entry *entry = &diff->entries[i];

		buf_addf(&out, "%s%s%c", i ? " " : "", entry->moved ? ">" : "",
			 "=~+-"[entry->change]);
		if (entry->old != NOTEBOOK_NO_CELL)
			buf_addf(&out, "%zu", entry->old);
		buf_add_char(&out, ',');
		if (entry->nb != NOTEBOOK_NO_CELL)
			buf_addf(&out, "%zu", entry->nb);
	}
	return buf_steal(&out, NULL);
}

static void test_diff(void **state)
{
	static const struct {
		const char *old, *nb, *diff;
	} diffs[] = {
		{ PY "a" SEP "b\n", PY "a" SEP "b\n", "=0,0 =1,1" },
		{ PY "a" SEP "b\n", PY "a" SEP "B\n", "=0,0 ~1,1" },
		{ PY "a" SEP "b" SEP "c\n", PY "a" SEP "c\n", "=0,0 -1, =2,1" },
		{ PY "a" SEP "c\n", PY "a" SEP "b" SEP "c\n", "=0,0 +,1 =1,2" },
		{ PY "a" SEP "b\n", PY "a\n", "=0,0 -1," },
		{ PY "a" SEP "b" SEP "c" SEP "d\n", PY "d" SEP "a" SEP "b" SEP "c\n",
		  ">=3,0 =0,1 =1,2 =2,3" },
		{ PY "a" SEP "b" SEP "c\n", PY "a" SEP "x" SEP "y" SEP "z" SEP "c\n",
		  "=0,0 -1, +,1 +,2 +,3 =2,4" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(diffs); i++) {
		cleanup_notebook struct notebook *old = text_python(diffs[i].old),
						 *nb = text_python(diffs[i].nb);
		struct notebook_diff diff;
		cleanup_free char *shown = NULL;

		notebook_diff(&diff, old, nb);
		shown = show_diff(&diff);
		notebook_diff_release(&diff);
		assert_string_equal(shown, diffs[i].diff);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),         cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_outputs),      cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_without_base), cmocka_unit_test(test_environment),
		cmocka_unit_test(test_diff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
