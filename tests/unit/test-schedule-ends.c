/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schedule from one cycle to the next: what follows its end, and how long a trouble makes wait.
 * Moments are milliseconds.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/util.h"
#include "schedule_names.h"

static struct schedule started(void)
{
	struct schedule s;

	schedule_init(&s, POLL);
	schedule_started(&s, NOW);
	return s;
}

static struct schedule_decision decide(const struct schedule *s, enum mapping_state state,
				       int64_t now)
{
	struct schedule_situation at = {
		.state = state,
		.now = now,
		.hints_at = NEVER,
		.linger_at = NEVER,
	};

	return schedule_decide(s, &at);
}

static void test_start_owes_a_full_cycle(void **state)
{
	struct schedule s;

	(void)state;
	schedule_init(&s, POLL);
	assert_int_equal(decide(&s, MAPPING_IDLE, 0).what, SCHEDULE_FULL);
}

struct end_case {
	const char *why;
	int code;
	int64_t next_ms;
	enum mapping_state state;
	int64_t again; /* ms after the end until the next cycle, by itself */
};

static const struct end_case ends[] = {
	{ "well", ERR_OK, -1, MAPPING_IDLE, POLL },
	{ "well, with a next_ms", ERR_OK, 3000, MAPPING_IDLE, 3000 },
	{ "well, with a next_ms beyond the poll", ERR_OK, 99000, MAPPING_IDLE, POLL },
	{ "well, and to be called at once", ERR_OK, 0, MAPPING_IDLE, SCHEDULE_NEXT_MIN },
	{ "a passing trouble", ERR_RETRY, -1, MAPPING_BACKOFF, 1000 },
	{ "a passing trouble with a next_ms", ERR_RETRY, 200, MAPPING_BACKOFF, 1000 },
	{ "cancelled", ERR_CANCELLED, -1, MAPPING_BACKOFF, 1000 },
	{ "a crash", ERR_BUG, 0, MAPPING_BACKOFF, 1000 },
	{ "conflict", ERR_CONFLICT, -1, MAPPING_BACKOFF, 1000 },
	{ "invalid", ERR_INVALID, -1, MAPPING_BACKOFF, 1000 },
	{ "absent", ERR_ABSENT, -1, MAPPING_BACKOFF, 1000 },
	{ "an unknown code", -99, -1, MAPPING_BACKOFF, 1000 },
	{ "credentials", ERR_CONFIG, -1, MAPPING_HELD, 60000 },
	{ "credentials, with a next_ms", ERR_CONFIG, 50, MAPPING_HELD, 60000 },
	{ "refused by policy", ERR_DENIED, -1, MAPPING_HELD, 60000 },
};

static void test_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		const struct end_case *c = &ends[i];
		struct schedule s = started();
		enum mapping_state next = schedule_ended(&s, c->code, c->next_ms, true, NOW + 50);
		struct schedule_decision d = decide(&s, next, NOW + 50);

		if (next != c->state || d.what != SCHEDULE_WAIT || d.wake_at != NOW + 50 + c->again)
			fail_msg("%s: expected %s for %lld ms, got %s, %s until %lld", c->why,
				 mapping_state_name(c->state), (long long)c->again,
				 mapping_state_name(next), what_name(d.what),
				 (long long)(d.wake_at - NOW - 50));
		d = decide(&s, next, NOW + 50 + c->again);
		assert_int_equal(d.what, SCHEDULE_FULL);
	}
}

static void test_held_looks_again_after_six_slow_polls(void **state)
{
	struct schedule s;

	(void)state;
	schedule_init(&s, 60000);
	schedule_started(&s, NOW);
	assert_int_equal(schedule_ended(&s, ERR_CONFIG, -1, true, NOW), MAPPING_HELD);
	assert_int_equal(decide(&s, MAPPING_HELD, NOW).wake_at, NOW + 360000);
}

static void test_backoff_doubles_to_five_minutes_and_starts_over(void **state)
{
	static const int64_t waits[] = { 1000,  2000,   4000,   8000,   16000, 32000,
					 64000, 128000, 256000, 300000, 300000 };
	struct schedule s = started();

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(waits); i++) {
		assert_int_equal(schedule_ended(&s, ERR_RETRY, -1, true, NOW), MAPPING_BACKOFF);
		assert_int_equal(s.retry_at, NOW + waits[i]);
		schedule_started(&s, NOW);
	}
	assert_int_equal(schedule_ended(&s, ERR_OK, -1, true, NOW), MAPPING_IDLE);
	schedule_started(&s, NOW);
	assert_int_equal(schedule_ended(&s, ERR_RETRY, -1, true, NOW), MAPPING_BACKOFF);
	assert_int_equal(s.retry_at, NOW + 1000);
}

/* "At the latest" shortens a long backoff, but nothing makes it shorter than its first step. */
static void test_next_ms_shortens_a_backoff(void **state)
{
	struct schedule s = started();

	(void)state;
	s.backoff_ms = 64000;
	schedule_ended(&s, ERR_RETRY, 5000, true, NOW);
	assert_int_equal(s.retry_at, NOW + 5000);
	s.backoff_ms = 64000;
	schedule_ended(&s, ERR_RETRY, 3, true, NOW);
	assert_int_equal(s.retry_at, NOW + 1000);
	s.backoff_ms = 0;
	schedule_ended(&s, ERR_RETRY, 5000, true, NOW);
	assert_int_equal(s.retry_at, NOW + 1000);
}

static void test_hinted_cycles_do_not_move_the_poll(void **state)
{
	struct schedule s = started();

	(void)state;
	schedule_ended(&s, ERR_OK, -1, true, NOW);
	for (int64_t t = NOW + 1000; t < NOW + POLL; t += 1000) {
		schedule_started(&s, t);
		schedule_ended(&s, ERR_OK, -1, false, t + 5);
	}
	assert_int_equal(decide(&s, MAPPING_IDLE, NOW + POLL).what, SCHEDULE_FULL);
}

static void test_a_hinted_success_ends_a_hold_with_a_full_look(void **state)
{
	struct schedule s = started();

	(void)state;
	assert_int_equal(schedule_ended(&s, ERR_CONFIG, -1, true, NOW), MAPPING_HELD);
	schedule_started(&s, NOW + 6000);
	assert_int_equal(schedule_ended(&s, ERR_OK, -1, false, NOW + 6010), MAPPING_IDLE);
	assert_int_equal(decide(&s, MAPPING_IDLE, NOW + 6010).what, SCHEDULE_FULL);
}

static void test_asking_during_a_cycle_is_not_forgotten(void **state)
{
	struct schedule s = started();

	(void)state;
	schedule_ask(&s, true);
	assert_int_equal(decide(&s, MAPPING_RUNNING, NOW).what, SCHEDULE_WAIT);
	schedule_ended(&s, ERR_OK, -1, true, NOW + 10);
	assert_int_equal(decide(&s, MAPPING_IDLE, NOW + 10).what, SCHEDULE_FULL);
	schedule_started(&s, NOW + 10);
	schedule_ended(&s, ERR_OK, -1, true, NOW + 20);
	assert_int_equal(decide(&s, MAPPING_IDLE, NOW + 20).what, SCHEDULE_WAIT);
}

static void test_a_new_result_replaces_the_old_next_ms(void **state)
{
	struct schedule s = started();

	(void)state;
	schedule_ended(&s, ERR_OK, 2000, true, NOW);
	schedule_started(&s, NOW + 500);
	schedule_ended(&s, ERR_OK, -1, false, NOW + 510);
	assert_int_equal(decide(&s, MAPPING_IDLE, NOW + 510).wake_at, NOW + POLL);
}

static void test_huge_numbers_do_not_overflow(void **state)
{
	struct schedule s;

	(void)state;
	schedule_init(&s, INT64_MAX / 8);
	schedule_started(&s, NOW);
	assert_int_equal(schedule_ended(&s, ERR_OK, INT64_MAX, true, NOW), MAPPING_IDLE);
	assert_int_equal(decide(&s, MAPPING_IDLE, NOW).what, SCHEDULE_WAIT);
	schedule_started(&s, NOW);
	assert_int_equal(schedule_ended(&s, ERR_RETRY, INT64_MAX, true, NOW), MAPPING_BACKOFF);
	assert_int_equal(s.retry_at, NOW + 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_start_owes_a_full_cycle),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_held_looks_again_after_six_slow_polls),
		cmocka_unit_test(test_backoff_doubles_to_five_minutes_and_starts_over),
		cmocka_unit_test(test_next_ms_shortens_a_backoff),
		cmocka_unit_test(test_hinted_cycles_do_not_move_the_poll),
		cmocka_unit_test(test_a_hinted_success_ends_a_hold_with_a_full_look),
		cmocka_unit_test(test_asking_during_a_cycle_is_not_forgotten),
		cmocka_unit_test(test_a_new_result_replaces_the_old_next_ms),
		cmocka_unit_test(test_huge_numbers_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
