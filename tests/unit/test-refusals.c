/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which commits are pushed when a server refuses some. A server that is a function stands on the
 * other side: it refuses what holds one of its bad units, or everything, and may name it. What is
 * counted are pushes: they are limited, and each uploads something.
 */

#include "side/git/queue/refusals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#define UNITS_MAX 64
#define MINUTE_MS 60000ll

struct server {
	struct refusals known;
	struct refusal_unit units[UNITS_MAX];
	char keys[UNITS_MAX][8];
	bool bad[UNITS_MAX]; /* it refuses this one */
	bool has[UNITS_MAX]; /* it has taken it */
	bool names, refuses_all;
	size_t count, pushes, refused;
};

static void begin(struct server *s, size_t count, const char *bad)
{
	*s = (struct server){ .count = count };
	for (size_t i = 0; i < count; i++) {
		snprintf(s->keys[i], sizeof(s->keys[i]), "%02zu", i);
		s->units[i].key = s->keys[i];
		s->units[i].stamp.id[0] = 1;
		s->bad[i] = strstr(bad, s->keys[i]);
	}
}

/* What the server does not have. */
static size_t waiting(struct server *s, struct refusal_unit *out, size_t *of)
{
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++)
		if (!s->has[i]) {
			of[n] = i;
			out[n++] = s->units[i];
		}
	return n;
}

/* One push; false: there is none to make. */
static bool push(struct server *s, int64_t now_ms)
{
	struct refusal_unit units[UNITS_MAX];
	size_t of[UNITS_MAX], n = waiting(s, units, of);
	bool refuse = s->refuses_all;

	if (!refusals_choose(&s->known, units, n, now_ms))
		return false;
	s->pushes++;
	for (size_t i = 0; i < n; i++)
		if (units[i].chosen && s->bad[of[i]]) {
			units[i].named = s->names;
			refuse = true;
		}
	s->refused += refuse;
	if (refuse) {
		refusals_refused(&s->known, units, n, "a rule", now_ms);
		return true;
	}
	for (size_t i = 0; i < n; i++)
		s->has[of[i]] |= units[i].chosen;
	refusals_taken(&s->known, units, n);
	return true;
}

static size_t push_all(struct server *s, int64_t now_ms)
{
	size_t before = s->pushes;

	while (push(s, now_ms))
		assert_true(s->pushes < 1000);
	return s->pushes - before;
}

static const struct {
	const char *name;
	size_t count;
	const char *bad;
	bool names, all;
	size_t pushes; /* until nothing is left to try */
	bool taken;    /* it took something, so the rest is held path by path */
} cases[] = {
	{ "nothing is bad", 8, "", false, false, 1, false },
	{ "one, and it is alone", 1, "00", false, false, 1, false },
	{ "one of two", 2, "01", false, false, 3, true },
	{ "one of eight", 8, "05", false, false, 7, true },
	{ "the first of eight", 8, "00", false, false, 7, true },
	{ "one of sixty-four", 64, "17", false, false, 13, true },
	{ "two, far from each other", 8, "00 07", false, false, 11, true },
	{ "three of sixteen", 16, "01 06 14", false, false, 19, true },
	{ "it names the one", 64, "17", true, false, 2, true },
	{ "it names three", 64, "17 18 40", true, false, 2, true },
	{ "both of two", 2, "00 01", false, false, 3, false },
	{ "a rule about all commits", 64, "", false, true, 7, false },
	{ "a rule about all, of three", 3, "", false, true, 5, false },
};

/* The good ones are there in the end, and the bad ones are not tried again. */
static void test_cases(void **state)
{
	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		struct server s;
		size_t pushes;

		begin(&s, cases[c].count, cases[c].bad);
		s.names = cases[c].names;
		s.refuses_all = cases[c].all;
		pushes = push_all(&s, 1000);
		if (pushes != cases[c].pushes)
			fail_msg("%s: %zu pushes", cases[c].name, pushes);
		if (s.known.taken != cases[c].taken)
			fail_msg("%s: taken %d", cases[c].name, s.known.taken);
		for (size_t i = 0; i < s.count; i++)
			if (s.has[i] == (s.bad[i] || s.refuses_all))
				fail_msg("%s: unit %zu", cases[c].name, i);
		assert_int_equal(push_all(&s, 1000 + 14 * MINUTE_MS), 0);
		refusals_release(&s.known);
	}
}

/* Until it changed, or time has passed, or somebody asks. */
static void test_when_it_is_tried_again(void **state)
{
	int64_t now = 1000;
	struct server s;

	(void)state;
	begin(&s, 8, "05");
	push_all(&s, now);
	assert_int_equal(push_all(&s, now + 15 * MINUTE_MS - 1), 0);
	assert_int_equal(push_all(&s, now += 15 * MINUTE_MS), 1);
	assert_int_equal(push_all(&s, now + 30 * MINUTE_MS - 1), 0);
	assert_int_equal(push_all(&s, now += 30 * MINUTE_MS), 1);
	assert_int_equal(push_all(&s, now += 60 * MINUTE_MS), 1);
	assert_int_equal(push_all(&s, now + 60 * MINUTE_MS - 1), 0);
	refusals_ask(&s.known);
	assert_int_equal(push_all(&s, now), 1);
	assert_int_equal(push_all(&s, now), 0);
	s.units[5].stamp.id[0] = 2;
	assert_int_equal(push_all(&s, now), 1);
	assert_int_equal(push_all(&s, now), 0);
	s.units[5].stamp.id[0] = 3;
	s.bad[5] = false;
	assert_int_equal(push_all(&s, now), 1);
	assert_true(s.has[5]);
	assert_int_equal(push_all(&s, now), 0);
	assert_int_equal(s.known.count, 0);
	refusals_release(&s.known);
}

/* What is new goes out, whatever else is refused; and it is not searched for what is known. */
static void test_new_changes_do_not_wait_for_what_is_refused(void **state)
{
	struct server s;

	(void)state;
	begin(&s, 9, "05");
	s.has[8] = true;
	push_all(&s, 1000);
	s.has[8] = false;
	assert_int_equal(push_all(&s, 1001), 1);
	assert_true(s.has[8]);
	refusals_release(&s.known);
}

/* A rule about all commits: asked again, it costs one push and not a search. */
static void test_what_waits_together_is_tried_together(void **state)
{
	struct server s;

	(void)state;
	begin(&s, 64, "");
	s.refuses_all = true;
	assert_int_equal(push_all(&s, 1000), 7);
	refusals_ask(&s.known);
	assert_int_equal(push_all(&s, 1000), 1);
	s.refuses_all = false;
	refusals_ask(&s.known);
	assert_int_equal(push_all(&s, 1000), 1);
	for (size_t i = 0; i < s.count; i++)
		assert_true(s.has[i]);
	refusals_release(&s.known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_when_it_is_tried_again),
		cmocka_unit_test(test_new_changes_do_not_wait_for_what_is_refused),
		cmocka_unit_test(test_what_waits_together_is_tried_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
