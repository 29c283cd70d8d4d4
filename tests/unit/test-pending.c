/* SPDX-License-Identifier: Apache-2.0 */
/* Hinted paths and when they are due. The settle time is 300 ms; moments start at 1,000. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/util.h"
#include "daemon/schedule/pending.h"

#define SETTLE 300
#define NEVER  PENDING_NEVER

static int setup(void **state)
{
	struct pending *p = xcalloc(1, sizeof(*p));

	pending_init(p, SETTLE);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	pending_release(*state);
	free(*state);
	return 0;
}

/* What is taken at now, as "a b c". */
static const char *taken(struct pending *p, int64_t now, bool all)
{
	static char text[4096];
	const char *paths[PENDING_MAX];
	size_t count = pending_take(p, now, all, paths);
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? " " : "",
				       paths[i]);
	return text;
}

static void test_nothing(void **state)
{
	assert_int_equal(pending_due(*state), NEVER);
	assert_false(pending_full(*state));
	assert_string_equal(taken(*state, 1000, true), "");
}

/* Events of one path as "<ms>:<n|s|t|g>", and when it is due after the last of them. */
static const struct {
	const char *why;
	struct {
		int64_t at;
		char how;
	} events[16];
	int64_t due;
} rows[] = {
	{ "closed after writing", { { 1000, 'n' } }, 1000 },
	{ "created", { { 1000, 's' } }, 1300 },
	{ "created, written, closed", { { 1000, 's' }, { 1001, 's' }, { 1002, 'n' } }, 1002 },
	{ "written, and again", { { 1000, 's' }, { 1250, 's' } }, 1550 },
	{ "closed, then opened and written again", { { 1000, 'n' }, { 1001, 's' } }, 1301 },
	{ "touched", { { 1000, 't' } }, 1300 },
	{ "closed, then touched: no delay", { { 1000, 'n' }, { 1001, 't' } }, 1000 },
	{ "written, then touched: no further delay", { { 1000, 's' }, { 1200, 't' } }, 1300 },
	{ "gone, then written and closed: vim",
	  { { 1000, 'g' }, { 1003, 's' }, { 1004, 'n' } },
	  1004 },
	{ "gone", { { 1000, 'g' } }, 1300 },
	{ "gone, back and gone", { { 1000, 'g' }, { 1100, 'n' }, { 1200, 'g' } }, 1500 },
	{ "written all the time: never later than the maximum",
	  { { 1000, 's' }, { 3000, 's' }, { 6000, 's' }, { 9000, 's' }, { 10900, 's' } },
	  11000 },
	{ "written past the maximum", { { 1000, 's' }, { 12000, 's' } }, 11000 },
};

static void test_due(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct pending p;

		pending_init(&p, SETTLE);
		for (size_t j = 0; rows[i].events[j].at; j++) {
			char how = rows[i].events[j].how;

			pending_add(&p, "a.py",
				    how == 'n'   ? PENDING_NOW
				    : how == 's' ? PENDING_SETTLE
				    : how == 'g' ? PENDING_GONE
						 : PENDING_TOUCHED,
				    rows[i].events[j].at);
		}
		if (pending_due(&p) != rows[i].due)
			fail_msg("%s: due at %lld, not %lld", rows[i].why,
				 (long long)pending_due(&p), (long long)rows[i].due);
		assert_string_equal(taken(&p, rows[i].due - 1, false), "");
		assert_string_equal(taken(&p, rows[i].due, false), "a.py");
		assert_int_equal(pending_due(&p), NEVER);
		pending_release(&p);
	}
}

static void test_take_only_what_is_due_in_byte_order(void **state)
{
	struct pending *p = *state;

	pending_add(p, "etl/z.py", PENDING_NOW, 1000);
	pending_add(p, "b.py", PENDING_SETTLE, 1000);
	pending_add(p, "etl", PENDING_NOW, 1001);
	pending_add(p, "a.py", PENDING_NOW, 1001);
	pending_add(p, "etl/z.py", PENDING_NOW, 1001);
	assert_int_equal(pending_due(p), 1001);
	assert_string_equal(taken(p, 1001, false), "a.py etl etl/z.py");
	assert_int_equal(pending_due(p), 1300);
	assert_string_equal(taken(p, 1300, false), "b.py");
	assert_string_equal(taken(p, 9999, true), "");
}

static void test_take_all(void **state)
{
	struct pending *p = *state;

	pending_add(p, "b.py", PENDING_SETTLE, 1000);
	pending_add(p, "a.py", PENDING_NOW, 1000);
	assert_string_equal(taken(p, 1000, true), "a.py b.py");
	assert_int_equal(pending_due(p), NEVER);
	/* The memory of what was taken has its end like any other. */
	pending_add(p, "b.py", PENDING_NOW, 2000);
	assert_int_equal(pending_due(p), 2000);
}

/* The first save goes at once, the next ones of a burst when it is quiet or lasts too long. */
static void test_saves_every_100_ms(void **state)
{
	struct pending *p = *state;
	int64_t cycles = 0, last = 0;

	for (int64_t t = 1000; t <= 61000; t += 100) {
		pending_add(p, "a.py", PENDING_NOW, t);
		if (pending_due(p) <= t) {
			assert_string_equal(taken(p, t, false), "a.py");
			if (cycles > 0)
				assert_in_range(t - last, PENDING_WAIT_MAX - 100,
						PENDING_WAIT_MAX + 200);
			last = t;
			cycles++;
		}
	}
	assert_int_equal(cycles, 6);
	assert_int_equal(pending_due(p), 61300);
	assert_string_equal(taken(p, 61300, false), "a.py");
}

static void test_a_save_after_the_settle_time_goes_at_once(void **state)
{
	struct pending *p = *state;

	for (int64_t t = 1000; t < 10000; t += SETTLE) {
		pending_add(p, "a.py", PENDING_NOW, t);
		assert_int_equal(pending_due(p), t);
		assert_string_equal(taken(p, t, false), "a.py");
	}
}

/* A burst that settles is not cut short by another close within it. */
static void test_a_burst_settles_to_its_end(void **state)
{
	struct pending *p = *state;

	pending_add(p, "a.py", PENDING_NOW, 1000);
	taken(p, 1000, false);
	pending_add(p, "a.py", PENDING_NOW, 1100);
	assert_int_equal(pending_due(p), 1400);
	pending_add(p, "a.py", PENDING_NOW, 1390);
	assert_int_equal(pending_due(p), 1690);
	pending_add(p, "b.py", PENDING_NOW, 1390);
	assert_int_equal(pending_due(p), 1390);
}

static void add_many(struct pending *p, int from, int to, int64_t now)
{
	for (int i = from; i < to; i++) {
		cleanup_free char *path = xasprintf("d/%d.py", i);

		pending_add(p, path, PENDING_NOW, now);
	}
}

static void test_too_many_become_everything(void **state)
{
	struct pending *p = *state;

	add_many(p, 0, PENDING_MAX, 1000);
	assert_false(pending_full(p));
	pending_add(p, "d/7.py", PENDING_NOW, 1001);
	assert_false(pending_full(p));
	pending_add(p, "one-too-many.py", PENDING_NOW, 1002);
	assert_true(pending_full(p));
	assert_int_equal(pending_due(p), 1302);
	assert_string_equal(taken(p, 5000, true), "");
	pending_add(p, "x.py", PENDING_NOW, 1200);
	assert_int_equal(pending_due(p), 1500);
	pending_clear(p);
	assert_false(pending_full(p));
	assert_int_equal(pending_due(p), NEVER);
	pending_add(p, "x.py", PENDING_NOW, 2000);
	assert_int_equal(pending_due(p), 2000);
}

static void test_what_was_taken_makes_room(void **state)
{
	struct pending *p = *state;
	const char *paths[PENDING_MAX];

	add_many(p, 0, PENDING_MAX, 1000);
	assert_int_equal(pending_take(p, 1000, false, paths), PENDING_MAX);
	add_many(p, PENDING_MAX, 2 * PENDING_MAX, 1001);
	assert_false(pending_full(p));
	assert_int_equal(pending_take(p, 1001, false, paths), PENDING_MAX);
}

static void test_lost_events(void **state)
{
	struct pending *p = *state;

	pending_add(p, "a.py", PENDING_NOW, 1000);
	pending_add_full(p, 1000);
	assert_true(pending_full(p));
	assert_int_equal(pending_due(p), 1300);
	for (int64_t t = 1100; t < 20000; t += 100)
		pending_add_full(p, t);
	assert_int_equal(pending_due(p), 1000 + PENDING_WAIT_MAX);
}

/* A folder that is being removed comes in one piece; what people save meanwhile does not wait. */
static void test_deletions_come_together(void **state)
{
	struct pending *p = *state;

	for (int i = 0; i < 100; i++) {
		char path[16];

		snprintf(path, sizeof(path), "d/%02d.py", i);
		pending_add(p, path, PENDING_GONE, 1000 + i * 200);
		assert_string_equal(taken(p, 1000 + i * 200, false), "");
	}
	pending_add(p, "a.py", PENDING_NOW, 20800);
	assert_string_equal(taken(p, 20800, false), "a.py");
	assert_int_equal(pending_due(p), 20800 + SETTLE);
	assert_int_equal(pending_take(p, 20800 + SETTLE, false, (const char *[PENDING_MAX]){ 0 }),
			 100);
	assert_int_equal(pending_due(p), NEVER);
	/* The next ones are others. */
	pending_add(p, "e.py", PENDING_GONE, 30000);
	assert_int_equal(pending_due(p), 30000 + SETTLE);
}

static void test_deletions_do_not_wait_for_ever(void **state)
{
	struct pending *p = *state;

	for (int64_t t = 1000; t <= 1000 + PENDING_GONE_MAX; t += 100)
		pending_add(p, t % 200 ? "a.py" : "b.py", PENDING_GONE, t);
	assert_int_equal(pending_due(p), 1000 + PENDING_GONE_MAX);
	pending_add_full(p, 1000 + PENDING_GONE_MAX);
	assert_int_equal(pending_due(p), 1000 + PENDING_GONE_MAX + SETTLE);
	/* Everything waits as well for what still goes. */
	for (int64_t t = 70000; t <= 90000; t += 100)
		pending_add(p, "c.py", PENDING_GONE, t);
	assert_int_equal(pending_due(p), 90000 + SETTLE);
}

static void test_release_of_a_zeroed_one(void **state)
{
	struct pending p = { 0 };

	(void)state;
	pending_release(&p);
	pending_release(&p);
	assert_int_equal(p.count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing),
		TEST(due),
		TEST(take_only_what_is_due_in_byte_order),
		TEST(take_all),
		TEST(saves_every_100_ms),
		TEST(a_save_after_the_settle_time_goes_at_once),
		TEST(a_burst_settles_to_its_end),
		TEST(too_many_become_everything),
		TEST(what_was_taken_makes_room),
		TEST(lost_events),
		TEST(deletions_come_together),
		TEST(deletions_do_not_wait_for_ever),
		TEST(release_of_a_zeroed_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
