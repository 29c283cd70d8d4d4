/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of paths: rows are found and stay where they are, names that other machines take for one
 * are neighbours, the list of rows has what a cycle has to do with and nothing else, and a look
 * marks what it did not find.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/table.h"
#include "plan_text.h"

static int set_up(void **state)
{
	struct table *t = xcalloc(1, sizeof(*t));

	table_init(t);
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	table_release(*state);
	free(*state);
	return 0;
}

static void put_version(struct row *row, enum side_id side, char version, const char *file)
{
	struct version v = plan_text_version(version);
	struct oid raw = { .id = { (unsigned char)version, 1 } };

	entry_set_present(row, side, &v, &raw, file);
}

/* What a cycle does with a row at its end: recorded, planned, settled. */
static void finish(struct row *row)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct entry *entry = &row->side[s];

		if (entry->state == ENTRY_ABSENT) {
			free(entry->file);
			entry->file = NULL;
		}
		entry->recorded = true;
		row->base[s] = entry->version;
	}
	row->dirty = false;
}

/* ---- rows ---- */

static void test_rows_are_found_and_stay(void **state)
{
	struct table *t = *state;
	struct row *rows[2000], **sorted;
	size_t count, n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[32];

		snprintf(path, sizeof(path), "etl/n%zu", i);
		assert_null(table_find(t, path));
		rows[i] = table_get(t, path);
		assert_ptr_equal(table_get(t, path), rows[i]);
	}
	assert_int_equal(t->count, ARRAY_SIZE(rows));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char path[32];

		snprintf(path, sizeof(path), "etl/n%zu", i);
		assert_ptr_equal(table_find(t, path), rows[i]);
	}
	for (struct row *row = table_next(t, NULL); row; row = table_next(t, row))
		n++;
	assert_int_equal(n, ARRAY_SIZE(rows));
	sorted = table_sorted(t, &count);
	assert_int_equal(count, ARRAY_SIZE(rows));
	for (size_t i = 1; i < count; i++)
		assert_true(strcmp(sorted[i - 1]->path, sorted[i]->path) < 0);
	free(sorted);
}

static void test_rows_are_removed(void **state)
{
	struct table *t = *state;

	table_get(t, "a");
	table_get(t, "A");
	table_remove(t, "a");
	table_remove(t, "a");
	assert_null(table_find(t, "a"));
	assert_non_null(table_find(t, "A"));
	assert_null(table_next_alike(table_find(t, "A"), table_find(t, "A")));
	assert_int_equal(t->count, 1);
}

static void test_files_are_found_by_their_stem(void **state)
{
	struct table *t = *state;
	struct row *row = table_get(t, "etl/a");

	put_version(row, SIDE_LOCAL, 'a', "etl/a.py");
	assert_ptr_equal(table_find_file(t, SIDE_LOCAL, "etl/a.py"), row);
	assert_null(table_find_file(t, SIDE_LOCAL, "etl/a.sql"));
	assert_null(table_find_file(t, SIDE_GIT, "etl/a.py"));
	assert_null(table_find_file(t, SIDE_LOCAL, "etl/a.txt"));
	assert_null(table_find_file(t, SIDE_LOCAL, "etl/b.py"));
}

/* ---- names that are alike ---- */

static void expect_alike(struct table *t, const char *path, const char *first, const char *second)
{
	struct row *row = table_find(t, path);
	struct row *one = table_next_alike(row, row);
	struct row *other = one ? table_next_alike(row, one) : NULL;
	const char *found[] = { one ? one->path : "", other ? other->path : "" };

	if (!((str_eq(found[0], first) && str_eq(found[1], second)) ||
	      (str_eq(found[0], second) && str_eq(found[1], first))))
		fail_msg("'%s' is like '%s' and '%s'", path, found[0], found[1]);
	if (other)
		assert_null(table_next_alike(row, other));
}

static void test_names_that_are_alike(void **state)
{
	static const char *const paths[] = {
		"etl/load",
		"ETL/Load",
		"etl/LOAD",
		"etl/loads",
		"caf\xC3\xA9",
		"cafe\xCC\x81",
		"CAFE\xCC\x81",
		"cafe",
		("stra\xC3\x9F"
		 "e"),
		"STRASSE",
	};
	struct table *t = *state;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		table_get(t, paths[i]);
	/* Growing must keep neighbours together. */
	for (unsigned i = 0; i < 1000; i++) {
		char path[16];

		snprintf(path, sizeof(path), "n%u", i);
		table_get(t, path);
	}
	expect_alike(t, "etl/load", "ETL/Load", "etl/LOAD");
	expect_alike(t, "ETL/Load", "etl/load", "etl/LOAD");
	expect_alike(t, "etl/loads", "", "");
	expect_alike(t, "caf\xC3\xA9", "cafe\xCC\x81", "CAFE\xCC\x81");
	expect_alike(t, "cafe", "", "");
	expect_alike(t, "STRASSE",
		     "stra\xC3\x9F"
		     "e",
		     "");
}

/* ---- listed rows ---- */

static void expect_listed(struct table *t, const char *expected)
{
	struct buf text = BUF_INIT(4096);
	struct row **rows;
	size_t count;

	rows = table_listed_sorted(t, &count);
	for (size_t i = 0; i < count; i++)
		buf_addf(&text, "%s%s", i ? " " : "", rows[i]->path);
	free(rows);
	if (strcmp(buf_str(&text), expected) != 0)
		fail_msg("listed are '%s', not '%s'", buf_str(&text), expected);
	buf_release(&text);
}

static void test_what_changes_is_listed(void **state)
{
	struct table *t = *state;
	struct row *a = table_get(t, "a"), *b = table_get(t, "b");

	expect_listed(t, "");
	put_version(b, SIDE_LOCAL, 'a', "b.py");
	put_version(a, SIDE_WORKSPACE, 'a', "a.py");
	put_version(a, SIDE_WORKSPACE, 'a', "a.py");
	expect_listed(t, "a b");
	assert_true(a->dirty && a->touched);
	finish(a);
	finish(b);
	table_rest(t);
	expect_listed(t, "");
	assert_false(a->touched);
	/* The same once more is no news … */
	put_version(a, SIDE_WORKSPACE, 'a', "a.py");
	assert_false(a->dirty);
	table_rest(t);
	expect_listed(t, "");
	/* … nor is another spelling, but that is not recorded yet. */
	put_version(a, SIDE_WORKSPACE, 'A', "a.py");
	assert_false(a->dirty);
	table_rest(t);
	expect_listed(t, "a");
	a->side[SIDE_WORKSPACE].recorded = true;
	table_rest(t);
	expect_listed(t, "");
	put_version(a, SIDE_WORKSPACE, 'b', "a.py");
	assert_true(a->dirty);
	row_dirty(a);
	expect_listed(t, "a");
	/* The branch keeps what it holds by itself. */
	put_version(a, SIDE_GIT, 'b', "a.py");
	assert_true(a->side[SIDE_GIT].recorded);
	entry_set_absent(a, SIDE_GIT);
	assert_true(a->side[SIDE_GIT].recorded);
}

static void test_dirty_rows_stay_listed(void **state)
{
	struct table *t = *state;
	struct row *a = table_get(t, "a"), *b = table_get(t, "b");

	put_version(a, SIDE_LOCAL, 'a', "a.py");
	put_version(b, SIDE_LOCAL, 'a', "b.py");
	finish(a);
	finish(b);
	row_dirty(b);
	a->rename.to = b;
	b->rename.from = a;
	b->adopted = xcalloc(1, sizeof(*b->adopted));
	table_rest(t);
	expect_listed(t, "b");
	assert_null(a->rename.to);
	assert_null(b->rename.from);
	assert_null(b->adopted);
}

static void test_held_rows_need_not_be_recorded(void **state)
{
	struct table *t = *state;
	struct row *a = table_get(t, "a");

	entry_hold(a, SIDE_LOCAL, HOLD_UNPARSABLE, "a.py", "half of it");
	assert_true(a->dirty);
	a->dirty = false;
	table_rest(t);
	expect_listed(t, "");
	/* Another sentence is no news, another reason is. */
	entry_hold(a, SIDE_LOCAL, HOLD_UNPARSABLE, "a.py", "a quarter of it");
	assert_false(a->dirty);
	assert_string_equal(a->side[SIDE_LOCAL].sentence, "a quarter of it");
	entry_hold(a, SIDE_LOCAL, HOLD_TOO_LARGE, a->side[SIDE_LOCAL].file,
		   a->side[SIDE_LOCAL].sentence);
	assert_true(a->dirty);
	assert_string_equal(a->side[SIDE_LOCAL].file, "a.py");
}

/* What is left of nothing goes; whatever is still known of a path keeps its row. */
static void test_empty_rows_go(void **state)
{
	struct table *t = *state;

	for (const char *name = "abcde"; *name; name++) {
		char path[2] = { *name };
		struct row *row = table_get(t, path);

		put_version(row, SIDE_LOCAL, 'a', "x.py");
		finish(row);
		entry_set_absent(row, SIDE_LOCAL);
		finish(row);
	}
	table_find(t, "b")->agreed = plan_text_version('a');
	table_find(t, "c")->base[SIDE_GIT] = plan_text_version('a');
	put_version(table_find(t, "d"), SIDE_WORKSPACE, 'a', "d.py");
	finish(table_find(t, "d"));
	/* An absence that nobody has recorded is still something. */
	put_version(table_find(t, "e"), SIDE_LOCAL, 'a', "e.py");
	entry_set_absent(table_find(t, "e"), SIDE_LOCAL);
	table_find(t, "e")->dirty = false;
	table_rest(t);
	assert_null(table_find(t, "a"));
	assert_non_null(table_find(t, "b"));
	assert_non_null(table_find(t, "c"));
	assert_non_null(table_find(t, "d"));
	expect_listed(t, "e");
	assert_string_equal(table_find(t, "e")->side[SIDE_LOCAL].file, "e.py");
}

/* ---- looks ---- */

static void test_what_a_look_does_not_find_is_absent(void **state)
{
	struct table *t = *state;
	struct row *a = table_get(t, "a"), *b = table_get(t, "b"), *c = table_get(t, "c");

	put_version(a, SIDE_LOCAL, 'a', "a.py");
	put_version(b, SIDE_LOCAL, 'a', "b.py");
	put_version(b, SIDE_GIT, 'a', "b.py");
	entry_hold(c, SIDE_LOCAL, HOLD_UNREADABLE, NULL, "no");
	assert_int_equal(t->there[SIDE_LOCAL], 3);
	table_probe(t, SIDE_LOCAL);
	assert_false(entry_is_found(a, SIDE_LOCAL));
	entry_found(a, SIDE_LOCAL);
	assert_true(entry_is_found(a, SIDE_LOCAL));
	t->changed = false;
	table_settle_probes(t, SIDE_LOCAL);
	assert_true(t->changed);
	assert_int_equal(a->side[SIDE_LOCAL].state, ENTRY_PRESENT);
	assert_int_equal(b->side[SIDE_LOCAL].state, ENTRY_ABSENT);
	assert_int_equal(b->side[SIDE_GIT].state, ENTRY_PRESENT);
	assert_int_equal(c->side[SIDE_LOCAL].state, ENTRY_ABSENT);
	assert_int_equal(t->there[SIDE_LOCAL], 1);
	assert_int_equal(t->there[SIDE_GIT], 1);
	table_probe(t, SIDE_LOCAL);
	entry_found(a, SIDE_LOCAL);
	t->changed = false;
	table_settle_probes(t, SIDE_LOCAL);
	assert_false(t->changed);
	entry_hold(c, SIDE_LOCAL, HOLD_UNREADABLE, NULL, "no");
	assert_true(t->changed);
	t->changed = false;
	entry_hold(c, SIDE_LOCAL, HOLD_UNREADABLE, NULL, "no");
	assert_false(t->changed);
}

/* A change during a look is part of that look. */
static void test_a_found_entry_may_change(void **state)
{
	struct table *t = *state;
	struct row *a = table_get(t, "a");

	put_version(a, SIDE_WORKSPACE, 'a', "a.py");
	snprintf(a->side[SIDE_WORKSPACE].id, sizeof(a->side[SIDE_WORKSPACE].id), "42");
	table_probe(t, SIDE_WORKSPACE);
	entry_found(a, SIDE_WORKSPACE);
	put_version(a, SIDE_WORKSPACE, 'b', "a.py");
	assert_true(entry_is_found(a, SIDE_WORKSPACE));
	t->changed = false;
	table_settle_probes(t, SIDE_WORKSPACE);
	assert_false(t->changed);
	snprintf(a->side[SIDE_WORKSPACE].id, sizeof(a->side[SIDE_WORKSPACE].id), "43");
	entry_set_absent(a, SIDE_WORKSPACE);
	/* What went is still known by its file and its object's id. */
	assert_string_equal(a->side[SIDE_WORKSPACE].file, "a.py");
	assert_string_equal(a->side[SIDE_WORKSPACE].id, "43");
	assert_true(version_absent(&a->side[SIDE_WORKSPACE].version));
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(test_rows_are_found_and_stay),
		CASE(test_rows_are_removed),
		CASE(test_files_are_found_by_their_stem),
		CASE(test_names_that_are_alike),
		CASE(test_what_changes_is_listed),
		CASE(test_dirty_rows_stay_listed),
		CASE(test_held_rows_need_not_be_recorded),
		CASE(test_empty_rows_go),
		CASE(test_what_a_look_does_not_find_is_absent),
		CASE(test_a_found_entry_may_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
