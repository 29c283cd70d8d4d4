/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions ahead of requests in lanes: asked while the request before is on its way, and void as
 * soon as something delays the turn of their own.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_play.h"

/* --- early ---------------------------------------------------------------------------------- */

/* Without overlap, the server waits in vain. */
static void test_the_next_question_is_asked_meanwhile(void **state)
{
	static const struct rule rules[] = { { "POST /1/1", .until = "GET /1/2" },
					     { "POST /1/2", .until = "GET /1/3" },
					     { 0 } };
	struct play p = { .rules = rules, .lanes = 1, .each = 3 };

	(void)state;
	play_all(&p);
	play_check_order(&p, "before GET /1/1\nretry GET /1/1\nbefore POST /1/1\nbefore GET /1/2\n"
			     "retry POST /1/1\nbefore POST /1/2\nbefore GET /1/3\nretry POST /1/2\n"
			     "before POST /1/3\nretry POST /1/3\n");
	assert_int_equal(http_server_count(p.server), 6);
	assert_int_equal(http_server_connections(p.server), 2);
	for (size_t i = 0; i < p.count; i++)
		assert_string_equal(p.seen[i], "1");
	play_stop(&p);
}

/* It is there after the request before has ended: that is waited for. */
static void test_a_late_answer_is_waited_for(void **state)
{
	static const struct rule rules[] = { { "POST /1/1", .until = "GET /1/2" },
					     { "GET /1/2", .ms = 150 },
					     { 0 } };
	struct play p = { .rules = rules, .lanes = 1, .each = 2 };

	(void)state;
	play_all(&p);
	play_check_order(&p,
			 "before GET /1/2\nretry POST /1/1\nretry GET /1/2\nbefore POST /1/2\n");
	assert_int_equal(http_server_count(p.server), 4);
	assert_string_equal(p.seen[1], "1");
	play_stop(&p);
}

static void test_a_request_without_a_question_waits_for_its_turn(void **state)
{
	static const struct rule rules[] = { { "POST /1/1", .ms = 50 },
					     { "GET /1/3", .ms = 50 },
					     { "POST /1/3", .ms = 50 },
					     { 0 } };
	struct play p = {
		.rules = rules, .lanes = 1, .each = 4, .without = { [1] = true, [3] = true }
	};

	(void)state;
	play_all(&p);
	play_check_order(&p,
			 "retry POST /1/1\nbefore POST /1/2\nbefore GET /1/3\nbefore POST /1/3\n"
			 "retry POST /1/3\nbefore POST /1/4\n");
	assert_int_equal(http_server_count(p.server), 6);
	play_stop(&p);
}

static void test_another_lane_is_not_asked_early(void **state)
{
	static const struct rule rules[] = { { "POST /1/1", .ms = 50 }, { 0 } };
	struct play p = { .rules = rules, .lanes = 2, .each = 1, .limits = { .parallel = 1 } };

	(void)state;
	play_all(&p);
	play_check_order(&p,
			 "retry POST /1/1\nbefore GET /2/1\nretry GET /2/1\nbefore POST /2/1\n");
	assert_int_equal(http_server_peak(p.server), 1);
	play_stop(&p);
}

static void test_many_lanes(void **state)
{
	enum { PARALLEL = 8 };
	struct play p = { .lanes = 20, .each = 5, .limits = { .parallel = PARALLEL } };

	(void)state;
	play_all(&p);
	assert_int_equal(http_server_count(p.server), 2 * p.count);
	for (unsigned i = 0; i < p.count; i++) {
		const char *path = play_path(&p.requests[i]);
		cleanup_free char *order = xasprintf(
			"before GET %s\nretry GET %s\nbefore POST %s\nretry POST %s\n", path, path,
			path, path);

		play_check_order(&p, order);
		assert_string_equal(p.seen[i], "1");
	}
	assert_true(http_server_peak(p.server) <= 2 * PARALLEL);
	/* And the next ones use the same connections. */
	p.log[0] = '\0';
	assert_int_equal(play_run(&p), ERR_OK);
	assert_int_equal(http_server_count(p.server), 4 * p.count);
	assert_true(http_server_connections(p.server) <= 2 * PARALLEL);
	play_stop(&p);
}

/* --- void ----------------------------------------------------------------------------------- */

/* Then the lane goes on as if nothing could be asked early. */
static void test_an_old_answer_is_asked_again(void **state)
{
	static const struct rule rules[] = { { "POST /1/1", .until = "GET /1/2", .ms = 60 },
					     { "POST /1/2", .ms = 60 },
					     { 0 } };
	struct play p = { .rules = rules, .lanes = 1, .each = 3, .limits = { .ahead_ms = 20 } };

	(void)state;
	play_all(&p);
	play_check_count(&p, "GET /1/2", 2);
	play_check_count(&p, "GET /1/3", 1);
	play_check_order(&p, "before GET /1/2\nretry POST /1/1\nbefore GET /1/2\nretry GET /1/2\n"
			     "before POST /1/2\nretry POST /1/2\nbefore GET /1/3\n");
	assert_string_equal(p.seen[1], "2");
	assert_int_equal(p.ahead[1].answer.attempts, 1);
	play_stop(&p);
}

/* Whatever it was that failed: what was asked meanwhile is older than what is sent now. */
static void test_a_second_attempt_before_it_makes_it_void(void **state)
{
	static const int failures[] = { 429, 503, -1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		for (unsigned answered = 0; answered < 2; answered++) {
			const struct rule rules[] = {
				{ "POST /1/1", .until = "GET /1/2", .ms = 50, .times = 1,
				  .status = failures[i] },
				{ "POST /1/1", .until = "GET /1/2", .arrivals = 2 },
				{ "GET /1/2", .times = 1, .status = answered ? 0 : -2 },
				{ 0 },
			};
			struct play p = { .rules = rules, .lanes = 1, .each = 2 };

			play_all(&p);
			play_check_count(&p, "GET /1/1", 2);
			play_check_count(&p, "POST /1/1", 2);
			play_check_count(&p, "GET /1/2", 2);
			play_check_count(&p, "POST /1/2", 1);
			assert_string_equal(p.seen[1], "2");
			assert_int_equal(p.ahead[1].answer.attempts, 1);
			play_stop(&p);
		}
	}
}

/* The limit on requests, or the server's wish for quiet, comes between its answer and its request. */
static void test_waiting_makes_it_void(void **state)
{
	static const struct rule rules[] = { { "POST /1/1", .until = "GET /1/2" }, { 0 } };
	static const struct answer answers[] = { { "before POST /1/2", .ms = 30, .times = 1 },
						 { 0 } };
	struct play p = { .rules = rules, .answers = answers, .lanes = 1, .each = 2 };

	(void)state;
	play_all(&p);
	play_check_count(&p, "GET /1/2", 2);
	assert_string_equal(p.seen[1], "2");
	play_stop(&p);
}

/* --- what the hooks say of it --------------------------------------------------------------- */

static void test_a_busy_server_is_asked_again(void **state)
{
	static const int failures[] = { 429, 503, -1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		const struct rule rules[] = {
			{ "POST /1/1", .until = "GET /1/2", .ms = 30 },
			{ "GET /1/2", .times = 1, .status = failures[i] },
			{ 0 },
		};
		struct play p = { .rules = rules, .lanes = 1, .each = 2 };

		play_all(&p);
		/* libcurl itself asks again over another connection when a kept one is reset. */
		assert_in_range(play_arrived(&p, "GET /1/2"), 2, 3);
		play_check_count(&p, "POST /1/1", 1);
		play_check_count(&p, "POST /1/2", 1);
		assert_string_not_equal(p.seen[1], "1");
		play_stop(&p);
	}
}

/* It is asked when its time has come, and nobody is asked for its time over and over. */
static void test_a_wait_is_waited_for(void **state)
{
	static const struct rule rules[] = { { "POST /1/1", .until = "GET /1/2" }, { 0 } };
	static const struct answer answers[] = { { "before GET /1/2", .ms = 40, .times = 2 },
						 { 0 } };
	struct play p = { .rules = rules, .answers = answers, .lanes = 1, .each = 2 };

	(void)state;
	play_all(&p);
	assert_int_equal(play_events(&p, "before GET /1/2"), 3);
	play_check_count(&p, "GET /1/2", 1);
	play_stop(&p);
}

/* However long it is to wait, in its own turn it is asked again. */
static void test_a_long_wait_ends_with_the_turn(void **state)
{
	static const struct rule rules[] = { { "POST /1/1", .ms = 100 }, { 0 } };
	static const struct answer answers[] = {
		{ "before GET /1/2", .ms = 3600 * 1000, .times = 1 }, { 0 }
	};
	struct play p = { .rules = rules, .answers = answers, .lanes = 1, .each = 2 };

	(void)state;
	play_all(&p);
	play_check_order(&p,
			 "before GET /1/2\nretry POST /1/1\nbefore GET /1/2\nbefore POST /1/2\n");
	play_check_count(&p, "GET /1/2", 1);
	play_stop(&p);
}

static void test_no_means_not_early(void **state)
{
	static const struct rule rules[] = { { "POST /1/1", .ms = 100 }, { 0 } };
	static const struct answer answers[] = { { "before GET /1/2", .ms = HTTP_SKIP, .times = 1 },
						 { 0 } };
	struct play p = { .rules = rules, .answers = answers, .lanes = 1, .each = 2 };

	(void)state;
	play_all(&p);
	assert_int_equal(play_events(&p, "before GET /1/2"), 2);
	play_check_order(&p,
			 "before GET /1/2\nretry POST /1/1\nbefore GET /1/2\nbefore POST /1/2\n");
	play_stop(&p);
}

static void expect_not_sent(const struct http_request *r)
{
	assert_int_equal(r->answer.result, ERR_CANCELLED);
	assert_string_equal(r->answer.error.text, "not sent");
	assert_int_equal(r->answer.attempts, 0);
	assert_int_equal(r->answer.body.len, 0);
}

/* The lane ends, or the whole, while the question is on its way or answered; the rest is as ever. */
static void test_what_ends_meanwhile(void **state)
{
	static const struct rule rules[][3] = {
		{ { "POST /1/1", .until = "GET /1/2", .ms = 30 }, { 0 } },
		{ { "POST /1/1", .until = "GET /1/2" }, { "GET /1/2", .ms = 100 }, { 0 } },
	};
	static const struct answer answers[] = { { "before GET /1/3", .ms = HTTP_SKIP },
						 { "before POST /1/2", .ms = HTTP_SKIP },
						 { 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		struct play p = { .rules = rules[i], .answers = answers, .lanes = 2, .each = 3 };

		play_start(&p);
		assert_int_equal(play_run(&p), ERR_OK);
		assert_int_equal(p.waited_in_vain, 0);
		assert_int_equal(p.requests[0].answer.status, 200);
		expect_not_sent(&p.requests[1]);
		expect_not_sent(&p.requests[2]);
		for (size_t n = 3; n < 6; n++)
			assert_int_equal(p.requests[n].answer.status, 200);
		play_check_memory(&p);
		play_stop(&p);
	}
}

static void end_it(void *payload)
{
	struct play *p = payload;

	if (play_arrived(p, "GET /1/2"))
		p->cancel = 1;
}

static void test_cancelled_with_two_on_their_way(void **state)
{
	static const struct rule rules[] = { { "POST /1/1", .status = -2 },
					     { "GET /1/2", .status = -2 },
					     { 0 } };
	struct play p = { .rules = rules, .lanes = 1, .each = 3 };

	(void)state;
	play_start(&p);
	http_on_tick(p.http, end_it, &p);
	assert_int_equal(play_run(&p), ERR_CANCELLED);
	for (size_t i = 0; i < p.count; i++)
		assert_int_equal(p.requests[i].answer.result, ERR_CANCELLED);
	assert_string_equal(p.requests[0].answer.error.text,
			    "cancelled before the answer was complete");
	assert_string_equal(p.requests[1].answer.error.text, "cancelled before an answer came");
	assert_int_equal(http_server_peak(p.server), 2);
	play_stop(&p);
}

/* --- memory --------------------------------------------------------------------------------- */

/* All answers share the memory of little more than one: each still ends, and what was void was
 * given back. */
static void test_questions_share_the_memory(void **state)
{
	static const struct rule rules[] = {
		{ "POST /1/1", .until = "GET /1/2", .ms = 30, .times = 1, .status = 503 },
		{ "POST /2/2", .until = "GET /2/3", .ms = 30, .times = 1, .status = -1 },
		{ "GET /2/3", .times = 1, .status = -2 },
		{ "GET /3/2", .ms = 50 },
		{ 0 }
	};
	struct play p = { .rules = rules,
			  .body = 40000,
			  .lanes = 6,
			  .each = 4,
			  .limits = { .parallel = 4, .memory = 50000 } };

	(void)state;
	play_all(&p);
	for (size_t i = 0; i < p.count; i++)
		assert_int_equal(p.requests[i].answer.body.len, p.body);
	play_stop(&p);
}

int main(void)
{
	const struct CMUnitTest early[] = {
		cmocka_unit_test(test_the_next_question_is_asked_meanwhile),
		cmocka_unit_test(test_a_late_answer_is_waited_for),
		cmocka_unit_test(test_a_request_without_a_question_waits_for_its_turn),
		cmocka_unit_test(test_another_lane_is_not_asked_early),
		cmocka_unit_test(test_many_lanes),
	};
	const struct CMUnitTest again[] = {
		cmocka_unit_test(test_an_old_answer_is_asked_again),
		cmocka_unit_test(test_a_second_attempt_before_it_makes_it_void),
		cmocka_unit_test(test_waiting_makes_it_void),
	};
	const struct CMUnitTest hooks[] = {
		cmocka_unit_test(test_a_busy_server_is_asked_again),
		cmocka_unit_test(test_a_wait_is_waited_for),
		cmocka_unit_test(test_a_long_wait_ends_with_the_turn),
		cmocka_unit_test(test_no_means_not_early),
		cmocka_unit_test(test_what_ends_meanwhile),
		cmocka_unit_test(test_cancelled_with_two_on_their_way),
		cmocka_unit_test(test_questions_share_the_memory),
	};
	int failed = 0;

	failed += cmocka_run_group_tests_name("early", early, NULL, NULL);
	failed += cmocka_run_group_tests_name("again", again, NULL, NULL);
	failed += cmocka_run_group_tests_name("hooks", hooks, NULL, NULL);
	return failed != 0;
}
