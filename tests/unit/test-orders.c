/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of a mapping's cycles: the order, what is done again, and what the end says. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "daemon/schedule/orders.h"

static struct order make(const char *name, bool repeatable)
{
	struct order o = { .name = xstrdup(name), .repeatable = repeatable };

	o.members = json_object();
	json_add_bool(o.members, "commit", repeatable);
	return o;
}

static void expect_next(struct orders *q, const char *name)
{
	struct order o = orders_take(q);

	assert_string_equal(o.name, name);
	order_release(&o);
}

static void test_first_come_first_served(void **state)
{
	struct orders q = { 0 };
	struct order none;

	(void)state;
	assert_false(orders_urgent(&q));
	assert_true(orders_add(&q, make("a", false)));
	assert_true(orders_add(&q, make("b", true)));
	assert_true(orders_add(&q, make("c", false)));
	assert_true(orders_urgent(&q));
	expect_next(&q, "a");
	expect_next(&q, "b");
	expect_next(&q, "c");
	none = orders_take(&q);
	assert_null(none.name);
	assert_null(none.members);
	order_release(&none);
}

/* A commit goes to the end, so that nobody's number changes, and is no reason for haste. */
static void test_only_commits_are_done_again(void **state)
{
	struct orders q = { 0 };

	(void)state;
	orders_add(&q, make("commit", true));
	orders_add(&q, make("restore", false));
	orders_add(&q, make("discard", false));
	orders_again(&q, orders_take(&q));
	assert_int_equal(q.count, 3);
	assert_true(orders_urgent(&q));
	orders_again(&q, orders_take(&q));
	assert_int_equal(q.count, 2);
	expect_next(&q, "discard");
	assert_int_equal(q.count, 1);
	assert_false(orders_urgent(&q));
	orders_again(&q, orders_take(&q));
	assert_int_equal(q.count, 1);
	assert_false(orders_urgent(&q));
	orders_release(&q);
	assert_int_equal(q.count, 0);
}

static void test_too_many(void **state)
{
	struct orders q = { 0 };
	struct order running;

	(void)state;
	for (int i = 0; i < ORDERS_MAX; i++)
		assert_true(orders_add(&q, make("commit", true)));
	assert_false(orders_add(&q, make("one more", false)));
	assert_int_equal(q.count, ORDERS_MAX);
	/* While one runs, its place is taken; there is room for it nevertheless. */
	running = orders_take(&q);
	assert_true(orders_add(&q, make("late", false)));
	orders_again(&q, running);
	assert_int_equal(q.count, ORDERS_MAX + 1);
	assert_false(orders_add(&q, make("one more", false)));
	orders_release(&q);
}

/* ---- ends ---- */

static const struct {
	const char *note;
	int code;
	const char *result; /* NULL: the worker said nothing */
	char order;         /* c commit, a any other, - none */
	const char *line;
} rows[] = {
	{ "only looked", ERR_OK, "{\"counts\":{\"commits\":1},\"held\":[1]}", '-',
	  "{\"cycle\":7,\"code\":\"ok\",\"sentence\":\"\",\"counts\":{\"commits\":1}}" },
	{ "answered", ERR_OK,
	  "{\"sides\":{\"git\":{}},\"answer\":{\"code\":\"ok\",\"sentence\":\"done\"}}", 'a',
	  "{\"cycle\":7,\"code\":\"ok\",\"sentence\":\"\",\"sides\":{\"git\":{}},"
	  "\"answer\":{\"code\":\"ok\",\"sentence\":\"done\"}}" },
	{ "answered by a cycle that failed", ERR_RETRY,
	  "{\"answer\":{\"code\":\"absent\",\"sentence\":\"no such notebook\"}}", 'a',
	  "{\"cycle\":7,\"code\":\"retry\",\"sentence\":\"why\","
	  "\"answer\":{\"code\":\"absent\",\"sentence\":\"no such notebook\"}}" },
	{ "failed before it got so far", ERR_CONFIG, "{}", 'a',
	  "{\"cycle\":7,\"code\":\"config\",\"sentence\":\"why\","
	  "\"answer\":{\"code\":\"config\",\"sentence\":\"the order was dropped: why\"}}" },
	{ "crashed", ERR_BUG, NULL, 'a',
	  "{\"cycle\":7,\"code\":\"bug\",\"sentence\":\"why\","
	  "\"answer\":{\"code\":\"bug\",\"sentence\":\"the order may be incomplete: why\"}}" },
	{ "a worker that forgot", ERR_OK, "{\"answer\":\"yes\"}", 'a',
	  "{\"cycle\":7,\"code\":\"ok\",\"sentence\":\"\",\"answer\":{\"code\":\"bug\","
	  "\"sentence\":\"the order was dropped: the worker did not mention it\"}}" },
	{ "a commit is answered by its counts", ERR_RETRY, "{\"counts\":{}}", 'c',
	  "{\"cycle\":7,\"code\":\"retry\",\"sentence\":\"why\",\"counts\":{}}" },
	{ "odd members", ERR_OK, "{\"counts\":[],\"sides\":1,\"answer\":null}", '-',
	  "{\"cycle\":7,\"code\":\"ok\",\"sentence\":\"\"}" },
};

static void test_what_the_end_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_json struct json *result = NULL;
		struct order order = make("the order", rows[i].order == 'c');
		struct ends ends = { 0 };

		if (rows[i].result)
			assert_int_equal(json_parse(&result, rows[i].result, strlen(rows[i].result),
						    SIZE_MAX, NULL),
					 ERR_OK);
		ends_add(&ends, 7, rows[i].code, "why", result,
			 rows[i].order == '-' ? NULL : &order);
		assert_int_equal(ends.count, 1);
		if (!str_eq(ends.lines[0], rows[i].line))
			fail_msg("%s:\n%s\n%s", rows[i].note, ends.lines[0], rows[i].line);
		ends_release(&ends);
		order_release(&order);
	}
}

static void test_the_oldest_end_is_forgotten(void **state)
{
	cleanup_json struct json *out = json_object();
	struct ends ends = { 0 };
	int64_t cycle = 4;

	(void)state;
	for (int i = 1; i <= ENDS_MAX + 3; i++)
		ends_add(&ends, i, ERR_OK, "", NULL, NULL);
	ends_json(&ends, out, "answers");
	assert_int_equal(json_count(json_get(out, "answers")), ENDS_MAX);
	for (const struct json *e = json_first(json_get(out, "answers")); e; e = json_next(e))
		assert_int_equal(json_int(e, "cycle", -1), cycle++);
	ends_release(&ends);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_come_first_served),
		cmocka_unit_test(test_only_commits_are_done_again),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_what_the_end_says),
		cmocka_unit_test(test_the_oldest_end_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
