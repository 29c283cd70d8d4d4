/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks agree with the system's, in milliseconds. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <time.h>

#include "base/clock.h"

static void test_monotonic(void **state)
{
	struct timespec pause = { .tv_nsec = 20 * 1000 * 1000 };
	int64_t before = clock_monotonic_ms(), after;

	(void)state;
	nanosleep(&pause, NULL);
	after = clock_monotonic_ms();
	assert_true(after - before >= 19); /* both are rounded down */
	assert_true(after - before < 60 * 1000);
}

static void test_unix(void **state)
{
	int64_t before_s = (int64_t)time(NULL);
	int64_t ms = clock_unix_ms();
	int64_t after_s = (int64_t)time(NULL);

	(void)state;
	/* time() may stand up to one tick of the kernel behind. */
	assert_true(ms / 1000 >= before_s);
	assert_true(ms / 1000 <= after_s + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_monotonic),
		cmocka_unit_test(test_unix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
