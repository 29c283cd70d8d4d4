/* SPDX-License-Identifier: Apache-2.0 */
/* When a hub is repacked, and which packs: tables of cases, and a long life played in numbers. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "git/repack/maintain.h"

#define MIB (1024ull * 1024)

static void test_due(void **state)
{
	static const struct {
		struct hub_usage usage;
		bool due, due_when_busy;
	} table[] = {
		{ { 0 }, false, false },
		{ { .loose = 400, .packs = 20, .loose_bytes = 32 * MIB }, false, false },
		{ { .loose = 401 }, true, false },
		{ { .loose = 2000 }, true, false },
		{ { .loose = 2001 }, true, true },
		{ { .packs = 21 }, true, false },
		{ { .packs = 101 }, true, true },
		{ { .loose = 9, .loose_bytes = 32 * MIB + 1 }, true, false },
		{ { .loose = 9, .loose_bytes = 160 * MIB + 1 }, true, true },
		{ { .pack_bytes = 90000 * MIB }, false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		assert_int_equal(hub_repack_due(&table[i].usage, false), table[i].due);
		assert_int_equal(hub_repack_due(&table[i].usage, true), table[i].due_when_busy);
	}
}

/* Sizes of packs end at the first 0; a negative one is fixed. Answers: 'x' chosen, '.' not. */
struct small {
	size_t loose;
	int packs[8];
	const char *chosen;
};

static const struct small small[] = {
	{ 0, { 0 }, "" },
	{ 10, { 0 }, "" },
	/* one pack by itself is not copied */
	{ 0, { 10 }, "." },
	{ 0, { 10, 30 }, ".." },
	/* the new pack would be at least half as large as the next */
	{ 10, { 19 }, "x" },
	{ 10, { 20 }, "." },
	{ 10, { 15, 40, 130 }, "xx." },
	{ 10, { 15, 40, 129 }, "xxx" },
	{ 10, { 130, 15, 40 }, ".xx" },
	{ 1, { 20, 40, 80 }, "..." },
	/* packs of one size, whatever is loose */
	{ 0, { 20, 20 }, "xx" },
	{ 1, { 20, 20 }, "xx" },
	{ 0, { 5, 100, 150 }, "xxx" },
	{ 0, { 5, 100, 150, 600 }, "xxx." },
	{ 0, { 5, 100, 150, 400 }, "xxxx" },
	/* what must stay, and what is full */
	{ 10, { -15, 15 }, ".x" },
	{ 0, { -20, 20 }, ".." },
	{ 5000, { REPACK_OBJECTS_MIN / 2 + 1, 15 }, ".x" },
	{ 5000, { REPACK_OBJECTS_MIN / 2 }, "." },
	{ 3000, { REPACK_OBJECTS_MIN / 2 }, "x" },
	{ 0, { 4000, 4000, 4000 }, "xx." },
	{ 0, { 3900, 3900, 3900, 3900 }, "xx.." },
	{ REPACK_OBJECTS_MIN, { 5, 5 }, ".." },
};

static size_t make_facts(struct pack_facts *facts, const int *packs)
{
	size_t n = 0;

	for (; n < 8 && packs[n]; n++)
		facts[n] = (struct pack_facts){ .objects = (size_t)abs(packs[n]),
						.fixed = packs[n] < 0,
						.chosen = true };
	return n;
}

static void check_chosen(size_t row, const struct pack_facts *facts, size_t n, const char *expected)
{
	char chosen[16] = "";

	for (size_t i = 0; i < n; i++)
		chosen[i] = facts[i].chosen ? 'x' : '.';
	if (!str_eq(chosen, expected))
		fail_msg("row %zu: %s, expected %s", row, chosen, expected);
}

static void test_small(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(small); i++) {
		struct pack_facts facts[8];
		size_t n = make_facts(facts, small[i].packs);

		repack_choose_small(facts, n, small[i].loose);
		check_chosen(i, facts, n, small[i].chosen);
	}
}

static const struct {
	int packs[8];
	size_t live[8];
	const char *chosen;
	bool more;
} waste[] = {
	{ { 0 }, { 0 }, "", false },
	{ { 90 }, { 90 }, ".", false },
	{ { 90 }, { 61 }, ".", false },
	{ { 90 }, { 60 }, "x", false },
	{ { 90 }, { 0 }, "x", false },
	{ { -90, -90 }, { 0, 10 }, "..", false },
	/* a pack that is too large to be copied can still go as a whole */
	{ { REPACK_OBJECTS_MIN + 1, REPACK_OBJECTS_MIN + 1 }, { 0, 1 }, "x.", false },
	{ { 6400, 6400, 8000 }, { 3200, 3200, 3200 }, "xx.", true },
};

static void test_waste(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(waste); i++) {
		struct pack_facts facts[8];
		size_t n = make_facts(facts, waste[i].packs);

		for (size_t j = 0; j < n; j++)
			facts[j].live = waste[i].live[j];
		assert_int_equal(repack_choose_waste(facts, n), waste[i].more);
		check_chosen(i, facts, n, waste[i].chosen);
	}
}

static void test_limit(void **state)
{
	(void)state;
	assert_int_equal(repack_limit(0), 8000);
	assert_int_equal(repack_limit(64000), 8000);
	assert_int_equal(repack_limit(160000), 20000);
	assert_int_equal(repack_limit(1000000), 50000);
}

/* Five million objects, a thousand at a time, with packs of fetches in between: neither the packs nor
 * the copying get out of hand, and no run is larger than allowed. */
static void test_a_long_life(void **state)
{
	struct pack_facts facts[1024];
	size_t n = 0, copied = 0, written = 0, fetched = 0, most = 0;

	(void)state;
	for (int round = 0; round < 5000; round++) {
		size_t total = 1001, kept = 0;

		if (round % 3 == 0) {
			facts[n++] = (struct pack_facts){ .objects = (size_t)round % 70 + 3 };
			fetched += (size_t)round % 70 + 3;
		}
		repack_choose_small(facts, n, total);
		for (size_t i = 0; i < n; i++) {
			if (facts[i].chosen)
				total += facts[i].objects;
			else
				facts[kept++] = facts[i];
		}
		assert_true(total <= repack_limit(written + 1001 + fetched));
		n = kept;
		facts[n++] = (struct pack_facts){ .objects = total };
		written += 1001;
		copied += total;
		most = n > most ? n : most;
		assert_true(n <= written / (REPACK_OBJECTS_MAX / 4) + 40);
	}
	print_message("%zu packs at most, each object copied %.1f times\n", most,
		      (double)copied / (double)written);
	assert_true(copied < 8 * written);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_due),         cmocka_unit_test(test_small),
		cmocka_unit_test(test_waste),       cmocka_unit_test(test_limit),
		cmocka_unit_test(test_a_long_life),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
