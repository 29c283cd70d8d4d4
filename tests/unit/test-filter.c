/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which notebooks are managed, by the names that are known of them; that a look never passes over
 * what the row allows; and that answers are remembered no longer than they are true.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "filter/filter.h"

static char all[] = "**", nothing[] = "", directory[] = "/notebooks",
	    url[] = "https://acme.example", workspace[] = "dev";

static struct config_mapping mapping(enum config_format local, enum config_format git)
{
	return (struct config_mapping){ .include = all,
					.exclude = nothing,
					.local = directory,
					.workspace = workspace,
					.git = url,
					.local_format = local,
					.git_format = git };
}

static void set_rules(struct filter *f, const char *text)
{
	const struct ignore_source source = { .folder = "", .kind = IGNORE_GIT };
	struct ignore rules = { 0 };
	struct err e = ERR_INIT;

	if (text)
		assert_int_equal(ignore_add(&rules, &source, text, strlen(text), &e), 0);
	filter_swap(f, &rules);
	ignore_release(&rules);
}

static struct version version(enum notebook_format format, enum notebook_language language)
{
	return (struct version){ .blob = { { 1 } }, .format = format, .language = language };
}

/* ---- names ---- */

/* Format and language of what is agreed, files that stand on the sides (NULL: none), a rule. */
static const struct {
	enum config_format local_format, git_format;
	enum notebook_format format;
	enum notebook_language language;
	const char *local, *workspace, *git, *rules;
	bool managed;
} rows[] = {
#define SOURCE CONFIG_FORMAT_SOURCE
#define IPYNB  CONFIG_FORMAT_IPYNB
#define KEEP   CONFIG_FORMAT_KEEP
	/* the names it has */
	{ SOURCE, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_PYTHON, "x.py", NULL, "x.py", "x.py\n", false },
	{ SOURCE, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_PYTHON, "x.py", NULL, "x.py", "x\n", false },
	{ SOURCE, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_PYTHON, "x.py", NULL, "x.py", "y\n", true },
	{ SOURCE, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_PYTHON, "x.ipynb", NULL, "x.py", "*.ipynb\n",
	  false },
	{ SOURCE, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_PYTHON, "x.py", NULL, "x.ipynb", "*.ipynb\n",
	  false },
	{ SOURCE, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_PYTHON, "x.py", NULL, "x.py", "*.ipynb\n",
	  true },
	{ SOURCE, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_PYTHON, "x.py", NULL, "x.py", "*\n!*.py\n",
	  true },
	{ IPYNB, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_PYTHON, "x.ipynb", NULL, "x.py", "*\n!*.py\n",
	  false },
	/* the names it would get */
	{ SOURCE, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_PYTHON, NULL, "x.py", NULL, "*.py\n", false },
	{ SOURCE, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_SQL, NULL, "x.sql", NULL, "*.py\n", true },
	{ IPYNB, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_PYTHON, NULL, "x.py", "x.py", "*.ipynb\n",
	  false },
	{ SOURCE, IPYNB, NOTEBOOK_IPYNB, NOTEBOOK_PYTHON, "x.py", "x.py", NULL, "*.ipynb\n",
	  false },
	{ KEEP, KEEP, NOTEBOOK_IPYNB, NOTEBOOK_PYTHON, NULL, NULL, "x.ipynb", "*.py\n", true },
	{ KEEP, KEEP, NOTEBOOK_SOURCE, NOTEBOOK_R, NULL, "x.r", NULL, "*.r\n", false },
	/* a file keeps its name unless its language changed */
	{ IPYNB, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_PYTHON, "x.py", NULL, "x.py", "*.ipynb\n",
	  true },
	{ SOURCE, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_SQL, "x.py", NULL, "x.py", "*.sql\n", false },
	{ SOURCE, SOURCE, NOTEBOOK_SOURCE, NOTEBOOK_SQL, "x.ipynb", NULL, "x.ipynb", "*.sql\n",
	  true },
	/* the language of an ipynb is what a source file says, not what its name could */
	{ SOURCE, IPYNB, NOTEBOOK_IPYNB, NOTEBOOK_PYTHON, NULL, "x.sql", "x.ipynb", "*.sql\n",
	  false },
	{ SOURCE, IPYNB, NOTEBOOK_IPYNB, NOTEBOOK_PYTHON, NULL, "x.sql", "x.ipynb", "*.py\n",
	  true },
	/* the workspace's own spelling is nobody's file */
	{ IPYNB, IPYNB, NOTEBOOK_IPYNB, NOTEBOOK_PYTHON, NULL, "x.py", NULL, "*.py\n", true },
};

static void stand(struct row *row, enum side_id side, const char *file, const struct version *v)
{
	const struct oid raw = { { 2 } };

	if (file)
		entry_set_present(row, side, v, &raw, file);
}

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct config_mapping m = mapping(rows[i].local_format, rows[i].git_format);
		struct version v = version(rows[i].format, rows[i].language);
		struct table table;
		struct filter f;
		struct row *row;

		table_init(&table);
		filter_init(&f, &m);
		set_rules(&f, rows[i].rules);
		row = table_get(&table, "x");
		row->agreed = v;
		stand(row, SIDE_LOCAL, rows[i].local, &v);
		stand(row, SIDE_WORKSPACE, rows[i].workspace, &v);
		stand(row, SIDE_GIT, rows[i].git, &v);
		if (filter_manages_row(&f, row) != rows[i].managed)
			fail_msg("row %zu: %s", i, rows[i].rules);
		/* What is managed must be seen by every look. */
		if (rows[i].managed) {
			assert_true(!rows[i].local || filter_takes(&f, "x", rows[i].local, row));
			assert_true(!rows[i].git || filter_takes(&f, "x", rows[i].git, row));
			assert_true(filter_takes_object(&f, "x", &rows[i].language, row));
		}
		filter_release(&f);
		table_release(&table);
	}
}

static void test_a_side_that_is_not_there_names_nothing(void **state)
{
	struct config_mapping m = mapping(SOURCE, IPYNB);
	const struct version v = version(NOTEBOOK_IPYNB, NOTEBOOK_PYTHON);
	struct table table;
	struct filter f;
	struct row *row;

	(void)state;
	table_init(&table);
	filter_init(&f, &m);
	set_rules(&f, "*.ipynb\n");
	row = table_get(&table, "x");
	row->agreed = v;
	stand(row, SIDE_LOCAL, "x.py", &v);
	assert_false(filter_manages_row(&f, row));
	m.git = NULL;
	row->filtered.generation = 0;
	assert_true(filter_manages_row(&f, row));
	filter_release(&f);
	table_release(&table);
}

/* ---- order ---- */

static void test_what_comes_first(void **state)
{
	char include[] = "etl/**, ml", exclude[] = "etl/scratch/";
	struct config_mapping m = mapping(SOURCE, SOURCE);
	struct filter f;

	(void)state;
	m.include = include;
	m.exclude = exclude;
	filter_init(&f, &m);
	set_rules(&f, "etl/load\n!etl/scratch/\n!other\n!.hidden\n");
	assert_true(filter_takes_object(&f, "etl/x", NULL, NULL));
	assert_true(filter_takes_object(&f, "x/ml", NULL, NULL));
	assert_false(filter_takes_object(&f, "etl/load", NULL, NULL)); /* ignored */
	assert_false(filter_takes_object(&f, "other", NULL,
					 NULL)); /* not included, whatever is taken back */
	assert_false(filter_takes_object(&f, "etl/scratch/a", NULL, NULL)); /* excluded */
	assert_false(filter_takes_object(&f, "etl/.hidden", NULL, NULL));   /* never travels */
	set_rules(&f, "etl/\n");
	assert_false(filter_enters(&f, "etl"));
	assert_false(filter_enters(&f, "etl/x"));
	assert_false(filter_enters(&f, ".git"));
	assert_true(filter_enters(&f, "flycheck_reports")); /* a notebook would be ignored */
	assert_true(filter_enters(&f, "ml"));
	filter_release(&f);
}

/* ---- looks ---- */

static void test_new_things(void **state)
{
	const enum notebook_language sql = NOTEBOOK_SQL, python = NOTEBOOK_PYTHON;
	struct config_mapping m = mapping(SOURCE, SOURCE);
	struct filter f;

	(void)state;
	filter_init(&f, &m);
	set_rules(&f, "*.sql\nscratch_?\n");
	assert_true(filter_takes(&f, "x", "x.py", NULL));
	assert_false(filter_takes(&f, "x", "x.sql", NULL));
	assert_false(filter_takes(&f, "scratch_1", "scratch_1.py", NULL));
	/* Its language is not known before it was read. */
	assert_true(filter_takes(&f, "x", "x.ipynb", NULL));
	assert_true(filter_takes_object(&f, "x", &python, NULL));
	assert_false(filter_takes_object(&f, "x", &sql, NULL));
	assert_true(filter_takes_object(&f, "x", NULL, NULL));
	assert_false(filter_takes_object(&f, "scratch_1", NULL, NULL));
	m.git_format = m.local_format = IPYNB;
	assert_true(filter_takes_object(&f, "x", &sql, NULL));
	filter_release(&f);
}

/* A paired file of another format, as some tools keep it beside the notebook, is not the
 * notebook. */
static void test_an_ignored_file_beside_the_notebook(void **state)
{
	struct config_mapping m = mapping(SOURCE, SOURCE);
	const struct version v = version(NOTEBOOK_SOURCE, NOTEBOOK_PYTHON);
	struct table table;
	struct filter f;
	struct row *row;

	(void)state;
	table_init(&table);
	filter_init(&f, &m);
	set_rules(&f, "*.ipynb\n");
	row = table_get(&table, "x");
	row->agreed = v;
	stand(row, SIDE_LOCAL, "x.py", &v);
	assert_true(filter_manages_row(&f, row));
	assert_true(filter_takes(&f, "x", "x.py", row));
	assert_false(filter_takes(&f, "x", "x.ipynb", row));
	filter_release(&f);
	table_release(&table);
}

static void test_rules_that_are_not_known(void **state)
{
	struct config_mapping m = mapping(SOURCE, SOURCE);
	const struct ignore_source source = { .folder = "etl", .kind = IGNORE_GIT };
	struct ignore rules = { 0 }, nothing_known = { 0 };
	struct table table;
	struct filter f;
	struct row *row;

	(void)state;
	table_init(&table);
	filter_init(&f, &m);
	ignore_add_problem(&rules, &nothing_known, &source, "why");
	filter_swap(&f, &rules);
	row = table_get(&table, "etl/agreed");
	row->agreed = version(NOTEBOOK_SOURCE, NOTEBOOK_PYTHON);
	assert_true(filter_manages_row(&f, row));
	assert_true(filter_takes(&f, "etl/agreed", "etl/agreed.py", row));
	assert_false(filter_takes_object(&f, "etl/new", NULL, NULL));
	assert_false(filter_takes(&f, "etl/new", "etl/new.py", NULL));
	assert_true(filter_takes_object(&f, "other", NULL, NULL));
	filter_release(&f);
	table_release(&table);
}

/* ---- memory ---- */

static void test_an_answer_is_remembered_while_it_is_true(void **state)
{
	struct config_mapping m = mapping(SOURCE, SOURCE);
	struct version v = version(NOTEBOOK_SOURCE, NOTEBOOK_PYTHON);
	struct table table;
	struct filter f;
	struct row *row;

	(void)state;
	table_init(&table);
	filter_init(&f, &m);
	row = table_get(&table, "x");
	row->agreed = v;
	stand(row, SIDE_LOCAL, "x.py", &v);
	assert_true(filter_manages_row(&f, row));
	set_rules(&f, "*.ipynb\n"); /* other rules */
	assert_true(filter_manages_row(&f, row));
	stand(row, SIDE_LOCAL, "x.ipynb", &v); /* another name */
	assert_false(filter_manages_row(&f, row));
	set_rules(&f, NULL);
	assert_true(filter_manages_row(&f, row));
	filter_release(&f);
	table_release(&table);
}

/* At the end of a look that found nothing. */
static void test_a_name_that_alone_decides_is_kept(void **state)
{
	static const struct {
		const char *rules;
		bool kept;
	} looks[] = {
		{ "*.ipynb\n", true }, /* by the name it has */
		{ "x\n", true },       /* perhaps by that */
		{ "etl/\n", false },   /* by its folder */
		{ "*.sql\n", false },  /* not at all: it is deleted */
	};
	struct config_mapping m = mapping(SOURCE, SOURCE);
	const struct version v = version(NOTEBOOK_SOURCE, NOTEBOOK_PYTHON);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(looks); i++) {
		struct table table;
		struct filter f;
		struct row *row;

		table_init(&table);
		filter_init(&f, &m);
		set_rules(&f, looks[i].rules);
		row = table_get(&table, "etl/x");
		row->agreed = row->base[SIDE_LOCAL] = v;
		stand(row, SIDE_LOCAL, "etl/x.ipynb", &v);
		table_probe(&table, SIDE_LOCAL);
		filter_spare(&f, &table, SIDE_LOCAL);
		table_settle_probes(&table, SIDE_LOCAL);
		if ((row->side[SIDE_LOCAL].state == ENTRY_PRESENT) != looks[i].kept)
			fail_msg("'%s'", looks[i].rules);
		filter_release(&f);
		table_release(&table);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_a_side_that_is_not_there_names_nothing),
		cmocka_unit_test(test_what_comes_first),
		cmocka_unit_test(test_new_things),
		cmocka_unit_test(test_an_ignored_file_beside_the_notebook),
		cmocka_unit_test(test_rules_that_are_not_known),
		cmocka_unit_test(test_an_answer_is_remembered_while_it_is_true),
		cmocka_unit_test(test_a_name_that_alone_decides_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
