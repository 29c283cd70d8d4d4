/* SPDX-License-Identifier: Apache-2.0 */
/* Rate windows and the retry decision, as tables. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "workspace/rate.h"

static void test_window_admits_its_limit_at_once(void **state)
{
	struct rate_window w;

	(void)state;
	rate_window_init(&w, 3);
	assert_int_equal(rate_window_take(&w, 0), 0);
	assert_int_equal(rate_window_take(&w, 10), 0);
	assert_int_equal(rate_window_take(&w, 20), 0);
	assert_int_equal(rate_window_take(&w, 30), 970);
	assert_int_equal(rate_window_take(&w, 999), 1);
	assert_int_equal(rate_window_take(&w, 1000), 0);
	assert_int_equal(rate_window_take(&w, 1000), 10);
	assert_int_equal(rate_window_take(&w, 1010), 0);
	assert_int_equal(rate_window_take(&w, 5000), 0);
	assert_int_equal(rate_window_take(&w, 5000), 0);
	assert_int_equal(rate_window_take(&w, 5000), 0);
	assert_int_equal(rate_window_take(&w, 5000), 1000);
}

/* Whoever asks whenever: no second ever holds more than the limit, and nothing is lost to waiting. */
static void test_window_never_exceeds_its_limit(void **state)
{
	static const unsigned limits[] = { 1, RATE_IMPORTS, RATE_EXPORTS, RATE_WINDOW_MAX };

	(void)state;
	for (size_t l = 0; l < ARRAY_SIZE(limits); l++) {
		int64_t sent[400], now = 123456789;
		struct rate_window w;

		rate_window_init(&w, limits[l]);
		for (size_t i = 0; i < ARRAY_SIZE(sent); i++) {
			int64_t wait = rate_window_take(&w, now);

			if (wait) {
				now += wait;
				assert_int_equal(rate_window_take(&w, now), 0);
			}
			sent[i] = now;
			if (i >= limits[l])
				assert_true(sent[i] - sent[i - limits[l]] >= RATE_WINDOW_MS);
			now += (int64_t)(i % 7);
		}
		assert_true(now - 123456789 <=
			    (int64_t)(ARRAY_SIZE(sent) / limits[l] + 1) * RATE_WINDOW_MS + 7 * 400);
	}
}

static void test_window_without_limit(void **state)
{
	static const unsigned limits[] = { 0, RATE_WINDOW_MAX + 1, UINT32_MAX };
	struct rate_window w;

	(void)state;
	for (size_t l = 0; l < ARRAY_SIZE(limits); l++) {
		rate_window_init(&w, limits[l]);
		for (unsigned i = 0; i < 10 * RATE_WINDOW_MAX; i++)
			assert_int_equal(rate_window_take(&w, 0), 0);
	}
}

#define NEVER   (-1)
#define ANSWER  .answered = true, .retry_after_s = -1, .attempts = 1, .idempotent = true
#define NOTHING .retry_after_s = -1, .attempts = 1

static const struct {
	const char *what;
	struct retry_input in;
	int64_t wait;
} decisions[] = {
	/* answers */
	{ "200", { ANSWER, .status = 200 }, NEVER },
	{ "400", { ANSWER, .status = 400 }, NEVER },
	{ "401", { ANSWER, .status = 401 }, NEVER },
	{ "404", { ANSWER, .status = 404 }, NEVER },
	{ "500", { ANSWER, .status = 500 }, NEVER },
	{ "502", { ANSWER, .status = 502 }, NEVER },
	{ "504", { ANSWER, .status = 504 }, NEVER },
	{ "429", { ANSWER, .status = 429 }, 0 },
	{ "503", { ANSWER, .status = 503 }, 0 },
	{ "400 with a transient text", { ANSWER, .status = 400, .transient = true }, 0 },
	{ "500 with a transient text", { ANSWER, .status = 500, .transient = true }, 0 },
	/* 429 and 503 say that nothing was done */
	{ "429, once only",
	  { .answered = true, .retry_after_s = -1, .attempts = 1, .status = 429 },
	  0 },
	/* full jitter: bounds 500, 1000, 2000 … 30000 */
	{ "first wait", { ANSWER, .status = 429, .random = 500 }, 500 },
	{ "first bound", { ANSWER, .status = 429, .random = 501 }, 0 },
	{ "second wait",
	  { .answered = true, .status = 429, .retry_after_s = -1, .attempts = 2, .random = 1000 },
	  1000 },
	{ "second bound",
	  { .answered = true, .status = 429, .retry_after_s = -1, .attempts = 2, .random = 1001 },
	  0 },
	{ "sixth wait",
	  { .answered = true, .status = 429, .retry_after_s = -1, .attempts = 6, .random = 16000 },
	  16000 },
	{ "cap",
	  { .answered = true,
	    .status = 429,
	    .retry_after_s = -1,
	    .attempts = 1000000,
	    .random = 30000 },
	  30000 },
	{ "cap bound",
	  { .answered = true,
	    .status = 429,
	    .retry_after_s = -1,
	    .attempts = UINT32_MAX,
	    .random = 30001 },
	  0 },
	/* Retry-After, with jitter on top */
	{ "named wait",
	  { .answered = true, .status = 429, .retry_after_s = 7, .attempts = 1, .random = 250 },
	  7250 },
	{ "named zero",
	  { .answered = true, .status = 503, .retry_after_s = 0, .attempts = 1, .random = 250 },
	  250 },
	{ "named longer than the budget",
	  { .answered = true, .status = 429, .retry_after_s = 301, .attempts = 1 },
	  NEVER },
	{ "named just within the budget",
	  { .answered = true, .status = 429, .retry_after_s = 300, .attempts = 1 },
	  300000 },
	{ "named, absurd",
	  { .answered = true, .status = 429, .retry_after_s = INT64_MAX, .attempts = 1 },
	  NEVER },
	/* budget */
	{ "just in time",
	  { ANSWER, .status = 503, .elapsed_ms = RETRY_BUDGET_MS - 500, .random = 500 },
	  500 },
	{ "too late",
	  { ANSWER, .status = 503, .elapsed_ms = RETRY_BUDGET_MS - 499, .random = 500 },
	  NEVER },
	/* lost connections */
	{ "lost, may be repeated", { NOTHING, .idempotent = true }, 0 },
	{ "lost, may not be repeated", { NOTHING }, NEVER },
	{ "never sent, may not be repeated", { NOTHING, .unsent = true }, 0 },
	{ "hopeless", { NOTHING, .idempotent = true, .unsent = true, .hopeless = true }, NEVER },
	{ "lost, third attempt",
	  { .idempotent = true, .retry_after_s = -1, .attempts = 3, .random = 2000 },
	  2000 },
	{ "lost, fourth attempt",
	  { .idempotent = true, .retry_after_s = -1, .attempts = 4 },
	  NEVER },
	{ "lost, just in time",
	  { NOTHING, .idempotent = true, .elapsed_ms = RETRY_LOST_BUDGET_MS },
	  0 },
	{ "lost, too late",
	  { NOTHING, .idempotent = true, .elapsed_ms = RETRY_LOST_BUDGET_MS + 1 },
	  NEVER },
};

static void test_retry_decision(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(decisions); i++) {
		int64_t wait = retry_wait_ms(&decisions[i].in);

		if (wait != decisions[i].wait)
			fail_msg("%s: waits %lld, not %lld", decisions[i].what, (long long)wait,
				 (long long)decisions[i].wait);
	}
}

/* Whatever the random numbers: it ends within the budget. */
static void test_retries_end(void **state)
{
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 1000; round++) {
		struct retry_input in = { ANSWER, .status = 429 };
		int64_t wait;

		while ((wait = retry_wait_ms(&in)) >= 0) {
			in.elapsed_ms += wait + 1;
			in.attempts++;
			in.random = random = random * 1664525u + 1013904223u;
			assert_in_range(wait, 0, RETRY_CAP_MS);
		}
		assert_in_range(in.elapsed_ms, 0, RETRY_BUDGET_MS + 1);
		assert_true(in.attempts > 8);
	}
}

static void test_quiet(void **state)
{
	static const struct {
		int64_t retry_after_s, quiet_ms;
	} cases[] = {
		{ -1, 0 },         { 0, 0 },          { 1, 1000 },
		{ 3600, 3600000 }, { 3601, 3600000 }, { INT64_MAX, 3600000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_int_equal(retry_quiet_ms(cases[i].retry_after_s), cases[i].quiet_ms);
}

int main(void)
{
	const struct CMUnitTest window[] = {
		cmocka_unit_test(test_window_admits_its_limit_at_once),
		cmocka_unit_test(test_window_never_exceeds_its_limit),
		cmocka_unit_test(test_window_without_limit),
	};
	const struct CMUnitTest retry[] = {
		cmocka_unit_test(test_retry_decision),
		cmocka_unit_test(test_retries_end),
		cmocka_unit_test(test_quiet),
	};
	int failed = cmocka_run_group_tests_name("window", window, NULL, NULL);

	return failed + cmocka_run_group_tests_name("retry", retry, NULL, NULL);
}
