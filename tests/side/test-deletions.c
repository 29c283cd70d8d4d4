/* SPDX-License-Identifier: Apache-2.0 */
/* Many deletions at once, which wait for a human: what counts, for whom, and a plan's token. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "tests/side/trio.h"
#include "tests/world/texts.h"

static struct trio *settled(enum side_id without, size_t count)
{
	struct trio *t = trio_new(without, NULL);

	trio_write_many(t, count);
	trio_cycle(t);
	trio_forget_log(t);
	return t;
}

static size_t log_lines(const struct trio *t, const char *line)
{
	size_t n = 0;

	for (const char *at = buf_str(&t->log.text); (at = strstr(at, line)); at++)
		n++;
	return n;
}

static void test_how_many_are_too_many(void **state)
{
	static const struct {
		size_t held, deleted;
		bool waits;
	} table[] = {
		{ 1, 1, false },  { 2, 2, true },    { 3, 2, false },  { 40, 10, false },
		{ 40, 11, true }, { 44, 11, false }, { 10, 10, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct trio *t = settled(ALL_SIDES, table[i].held);
		size_t deleted = table[i].deleted;

		trio_remove_many(t, SIDE_LOCAL, 0, deleted);
		trio_cycle(t);
		assert_int_equal(t->report.confirm != NULL, table[i].waits);
		assert_int_equal(t->report.held.total, table[i].waits ? deleted : 0);
		assert_int_equal(log_lines(t, "delete n"), table[i].waits ? 0 : 2 * deleted);
		trio_free(t);
	}
}

static void test_a_plan_waits_until_it_is_confirmed(void **state)
{
	struct trio *t = settled(ALL_SIDES, 20);
	cleanup_free char *token = NULL;

	(void)state;
	trio_remove_many(t, SIDE_LOCAL, 0, 12);
	memory_write(t->side[SIDE_LOCAL], "n015.py", EDIT_1);
	trio_cycle(t);
	token = xstrdup(t->report.confirm);
	expect_note(t, "12 of 20 notebooks would be deleted on the git side: nothing is deleted "
		       "until you run 'nbsync confirm etl ");
	expect_note(t, token);
	expect_held(t, "n000", SIDE_LOCAL, "deletions", "waiting to be confirmed");
	expect_agreed(t, "n000", PY "n = 0\n");
	/* All else goes on. */
	expect_everywhere(t, "n015.py", EDIT_1);
	/* Waiting changes nothing, and the token is that of the plan. */
	trio_cycle(t);
	assert_string_equal(t->report.confirm, token);
	expect_text(t, SIDE_WORKSPACE, "n000.py", PY "n = 0\n");

	trio_confirm(t, "00000000");
	expect_answer(t, ERR_CONFLICT, "plan 00000000 is not what waits now");
	expect_text(t, SIDE_WORKSPACE, "n000.py", PY "n = 0\n");
	trio_confirm(t, token);
	expect_answer(t, ERR_OK, "is carried out");
	for (size_t i = 0; i < 12; i++) {
		cleanup_free char *file = xasprintf("n%03zu.py", i);

		expect_everywhere(t, file, NULL);
	}
	expect_everywhere(t, "n012.py", PY "n = 12\n");
	trio_confirm(t, token);
	expect_answer(t, ERR_ABSENT, "nothing waits to be confirmed");
	expect_stillness(t);
	trio_free(t);
}

/* ---- going back ---- */

static void write_numbered(struct trio *t, enum side_id side, size_t count, const char *format)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *file = xasprintf("n%03zu.py", i);
		cleanup_free char *text = xasprintf("%s%s = %zu\n", PY, format, i);

		memory_write(t->side[side], file, text);
	}
}

static void expect_numbered(struct trio *t, size_t count, const char *format)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *file = xasprintf("n%03zu.py", i);
		cleanup_free char *text = xasprintf("%s%s = %zu\n", PY, format, i);

		expect_everywhere(t, file, text);
	}
}

/* Each side may be restored from a backup, or set back; a few notebooks are somebody's edit. */
static void test_many_that_go_back_wait(void **state)
{
	static const size_t counts[] = { 12, 10 };

	(void)state;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
			struct trio *t = settled(ALL_SIDES, 20);
			cleanup_free char *token = NULL;

			write_numbered(t, SIDE_LOCAL, 20, "newer");
			trio_cycle(t);
			expect_numbered(t, 20, "newer");
			write_numbered(t, s, counts[i], "n");
			trio_cycle(t);
			if (counts[i] > 10) {
				token = xstrdup(t->report.confirm);
				expect_note(t,
					    "12 of 20 notebooks would go back to what they were");
				expect_held(t, "n000", s, "reversions", "waiting to be confirmed");
				trio_confirm(t, token);
				expect_answer(t, ERR_OK, "is carried out");
			}
			assert_null(t->report.confirm);
			expect_numbered(t, counts[i], "n");
			expect_stillness(t);
			trio_free(t);
		}
}

/* What nobody has seen before is no going back, however many they are. */
static void test_many_edits_do_not_wait(void **state)
{
	struct trio *t = settled(ALL_SIDES, 20);

	(void)state;
	write_numbered(t, SIDE_WORKSPACE, 20, "newer");
	trio_cycle(t);
	assert_null(t->report.confirm);
	expect_numbered(t, 20, "newer");
	trio_free(t);
}

/* Who says yes to twelve has not said yes to thirteen. */
static void test_a_plan_that_grew_has_another_token(void **state)
{
	struct trio *t = settled(ALL_SIDES, 20);
	cleanup_free char *token = NULL;

	(void)state;
	trio_remove_many(t, SIDE_LOCAL, 0, 12);
	trio_cycle(t);
	token = xstrdup(t->report.confirm);
	trio_remove_many(t, SIDE_LOCAL, 12, 1);
	trio_confirm(t, token);
	expect_answer(t, ERR_CONFLICT, "is not what waits now");
	assert_string_not_equal(t->report.confirm, token);
	assert_int_equal(log_lines(t, "delete n"), 0);
	trio_free(t);
}

static void test_what_comes_back_is_not_deleted(void **state)
{
	struct trio *t = settled(ALL_SIDES, 20);

	(void)state;
	trio_remove_many(t, SIDE_LOCAL, 0, 12);
	trio_cycle(t);
	assert_non_null(t->report.confirm);
	trio_write_many(t, 20);
	trio_cycle(t);
	assert_null(t->report.confirm);
	expect_stillness(t);
	assert_int_equal(log_lines(t, "delete n"), 0);
	trio_free(t);
}

/* A folder that is removed may come in portions, one a look. */
static void test_portions_within_a_minute_add_up(void **state)
{
	struct trio *t = settled(ALL_SIDES, 40);

	(void)state;
	trio_remove_many(t, SIDE_LOCAL, 0, 6);
	trio_cycle(t);
	assert_null(t->report.confirm);
	assert_int_equal(log_lines(t, "delete n"), 12);
	trio_remove_many(t, SIDE_LOCAL, 6, 6);
	trio_cycle(t);
	assert_non_null(t->report.confirm);
	expect_note(t, "6 of 34 notebooks would be deleted on the git side, after 6 others");
	assert_int_equal(log_lines(t, "delete n"), 12);
	/* A minute after the last of them it is another matter. */
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		t->cycle->sides[s].recent.last_ms -= 61000;
	trio_cycle(t);
	assert_null(t->report.confirm);
	assert_int_equal(log_lines(t, "delete n"), 24);
	trio_free(t);
}

/* It could not be carried out now; but what is agreed now will be, when the side is back. */
static void test_deletions_on_a_side_that_is_held_count(void **state)
{
	struct trio *t = settled(SIDE_GIT, 20);
	cleanup_free char *token = NULL;

	(void)state;
	trio_remove_many(t, SIDE_LOCAL, 0, 12);
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_LOOK, ERR_RETRY);
	trio_cycle(t);
	assert_non_null(t->report.confirm);
	token = xstrdup(t->report.confirm);
	expect_agreed(t, "n000", PY "n = 0\n");
	memory_fail(t->side[SIDE_WORKSPACE], MEMORY_LOOK, ERR_OK);
	trio_confirm(t, token);
	expect_everywhere(t, "n000.py", NULL);
	trio_free(t);
}

/* Of a side that could not be looked at yet, deletions are measured by what it held last. */
static void test_a_side_that_was_never_seen(void **state)
{
	struct trio *t = settled(SIDE_WORKSPACE, 60);
	cleanup_free char *cache = NULL;

	(void)state;
	cache = xasprintf("%s/etl/look.cache", t->dir);
	trio_reopen(t);
	assert_int_equal(unlink(cache), 0);
	trio_reopen(t);
	memory_fail(t->side[SIDE_GIT], MEMORY_LOOK, ERR_RETRY);
	trio_remove_many(t, SIDE_LOCAL, 0, 12);
	trio_cycle(t);
	assert_null(t->report.confirm);
	expect_agreed(t, "n000", NULL);
	memory_fail(t->side[SIDE_GIT], MEMORY_LOOK, ERR_OK);
	trio_cycle(t);
	expect_everywhere(t, "n011.py", NULL);
	trio_free(t);
}

/* Nothing is lost by it. */
static void test_renames_do_not_count(void **state)
{
	struct trio *t = settled(ALL_SIDES, 12);

	(void)state;
	for (size_t i = 0; i < 12; i++) {
		cleanup_free char *from = xasprintf("n%03zu.py", i);
		cleanup_free char *to = xasprintf("m%03zu.py", i);

		memory_rename(t->side[SIDE_LOCAL], from, to);
	}
	trio_cycle(t);
	assert_null(t->report.confirm);
	expect_everywhere(t, "n000.py", NULL);
	expect_everywhere(t, "m011.py", PY "n = 11\n");
	expect_stillness(t);
	trio_free(t);
}

/* Where scripts change their kind, only a workspace loses objects. */
static void test_changes_of_kind_count_where_an_object_is_lost(void **state)
{
	static const enum side_id without[] = { SIDE_WORKSPACE, SIDE_GIT };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(without); i++) {
		struct trio *t = trio_new(without[i], "files = all\n");
		bool waits = without[i] != SIDE_WORKSPACE;

		trio_write_many(t, 12);
		trio_cycle(t);
		for (size_t k = 0; k < 12; k++) {
			cleanup_free char *file = xasprintf("n%03zu.py", k);

			memory_write(t->side[SIDE_LOCAL], file, MODULE);
		}
		trio_cycle(t);
		assert_int_equal(t->report.confirm != NULL, waits);
		if (waits) {
			expect_held(t, "n000", SIDE_LOCAL, "deletions", "waiting");
			/* Neither half of the change is carried out. */
			expect_agreed(t, "n000", PY "n = 0\n");
			expect_agreed(t, "n000.py", NULL);
			expect_text(t, SIDE_WORKSPACE, "n000.py", PY "n = 0\n");
		} else {
			expect_everywhere(t, "n000.py", MODULE);
		}
		trio_free(t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_that_go_back_wait),
		cmocka_unit_test(test_many_edits_do_not_wait),
		cmocka_unit_test(test_how_many_are_too_many),
		cmocka_unit_test(test_a_plan_waits_until_it_is_confirmed),
		cmocka_unit_test(test_a_plan_that_grew_has_another_token),
		cmocka_unit_test(test_what_comes_back_is_not_deleted),
		cmocka_unit_test(test_portions_within_a_minute_add_up),
		cmocka_unit_test(test_deletions_on_a_side_that_is_held_count),
		cmocka_unit_test(test_a_side_that_was_never_seen),
		cmocka_unit_test(test_renames_do_not_count),
		cmocka_unit_test(test_changes_of_kind_count_where_an_object_is_lost),
	};

	return cmocka_run_group_tests(tests, trio_begin, trio_end);
}
