/* SPDX-License-Identifier: Apache-2.0 */
/* Which state of a mapping may follow which: the whole table, and what follows from it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "daemon/schedule/mapping_states.h"

/* Written down once more on purpose, as rows of text: i q r b h s. */
static const char *const allowed[MAPPING_STATES] = {
	[MAPPING_IDLE] = ".q...s",    [MAPPING_QUEUED] = "..r..s", [MAPPING_RUNNING] = "i..bhs",
	[MAPPING_BACKOFF] = ".q...s", [MAPPING_HELD] = ".q...s",   [MAPPING_STOPPING] = "......",
};

static void test_every_pair(void **state)
{
	(void)state;
	for (enum mapping_state from = 0; from < MAPPING_STATES; from++)
		for (enum mapping_state to = 0; to < MAPPING_STATES; to++)
			assert_int_equal(mapping_state_may(from, to), allowed[from][to] != '.');
}

static void test_names(void **state)
{
	static const char *const names[MAPPING_STATES] = { "idle",    "queued", "running",
							   "backoff", "held",   "stopping" };

	(void)state;
	for (enum mapping_state s = 0; s < MAPPING_STATES; s++)
		assert_string_equal(mapping_state_name(s), names[s]);
}

/* The bound on children holds only if a cycle is entered through the queue. */
static void test_running_only_from_the_queue(void **state)
{
	(void)state;
	for (enum mapping_state from = 0; from < MAPPING_STATES; from++)
		assert_int_equal(mapping_state_may(from, MAPPING_RUNNING), from == MAPPING_QUEUED);
}

static void test_every_state_can_stop(void **state)
{
	(void)state;
	for (enum mapping_state from = 0; from < MAPPING_STATES; from++)
		assert_int_equal(mapping_state_may(from, MAPPING_STOPPING),
				 from != MAPPING_STOPPING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_pair),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_running_only_from_the_queue),
		cmocka_unit_test(test_every_state_can_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
