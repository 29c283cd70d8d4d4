/* SPDX-License-Identifier: Apache-2.0 */
/* Who may stay on the control socket, as a table, and what holds for any crowd. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "daemon/control/crowd.h"

#define NOW 100000

/*
 * A crowd as words: "PID" or "PID*COUNT", "!" for one that is written to, "@AGE" in milliseconds
 * before now (default 5000; those of one word come one millisecond after the other).
 */
static const struct {
	const char *crowd;
	pid_t newcomer;
	const char *wanted;
} rows[] = {
	/* Room. */
	{ "", 7, "admit" },
	{ "1*8", 7, "admit" },
	{ "1*8 2*8 3*8 4*7", 7, "admit" },
	{ "1*8 2*8 3*8 4*7", 4, "admit" },
	{ "7*7", 7, "admit" },
	/* One process's own limit, and nobody else's. */
	{ "7*8", 7, "replace 0" },
	{ "1@9000 7*8", 7, "replace 1" },
	{ "7@10 7*6 7@6000", 7, "replace 7" },
	{ "7!@9000 7*7", 7, "replace 1" },
	{ "7!*8", 7, "replace 0" },
	{ "7*8@0", 7, "replace 0" },
	{ "7@10 7@10 7@10 7@10 7@10 7@10 7@10 7@10", 7, "replace 0" },
	/* Full: who holds the most. */
	{ "1*8 2*8 3*8 4*8", 7, "replace 0" },
	{ "1*8@100 2*8@3000 3*8@200 4*8@300", 7, "replace 8" },
	{ "5@9000 1*7 2*8@0 3*8 4*8!", 7, "replace 16" },
	{ "1*2 2*30@0", 7, "replace 2" },
	{ "1*31@0 2@9000", 7, "replace 0" },
	{ "1*8!@0 2*8! 3*8! 4*8!", 7, "replace 8" },
	/* Full, and everybody holds one. */
	{ "each", 7, "replace 0" },
	{ "each@50", 7, "wait 50" },
	{ "each@0", 7, "wait 100" },
	{ "each!@300", 7, "replace 0" },
};

static size_t read_crowd(struct crowd_guest *out, const char *words)
{
	cleanup_free char *copy = xstrdup(words);
	size_t count = 0;
	char *rest = copy;

	for (char *word; (word = strsep(&rest, " "));) {
		bool each = strncmp(word, "each", 4) == 0;
		const char *times = strchr(word, '*'), *age = strchr(word, '@');
		long n = each ? CROWD_MAX : times ? strtol(times + 1, NULL, 10) : 1;

		for (long i = 0; *word && i < n; i++)
			out[count++] = (struct crowd_guest){
				.pid = each ? 100 + (pid_t)i : (pid_t)strtol(word, NULL, 10),
				.writing = strchr(word, '!') != NULL,
				.since_ms = NOW - (age ? strtol(age + 1, NULL, 10) : 5000) + i,
			};
	}
	return count;
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct crowd_guest guests[64];
		size_t count = read_crowd(guests, rows[i].crowd);
		struct crowd_verdict v = crowd_decide(guests, count, rows[i].newcomer, NOW);
		char got[32] = "admit";

		if (v.what == CROWD_REPLACE)
			snprintf(got, sizeof(got), "replace %zu", v.guest);
		else if (v.what == CROWD_WAIT)
			snprintf(got, sizeof(got), "wait %lld", (long long)v.wait_ms);
		if (strcmp(got, rows[i].wanted) != 0)
			fail_msg("'%s' and %d: %s, not %s", rows[i].crowd, rows[i].newcomer, got,
				 rows[i].wanted);
	}
}

static void test_slowest(void **state)
{
	struct crowd_guest guests[64];
	size_t count = read_crowd(guests, "1@9000 2!@100 3!@300 4!@200");

	(void)state;
	assert_int_equal(crowd_slowest(guests, count, 0), 2);
	assert_int_equal(crowd_slowest(guests, count, 2), 3);
	assert_int_equal(crowd_slowest(guests, 1, 0), 1);
	assert_int_equal(crowd_slowest(guests, 2, 1), 2);
}

/* A hundred processes come as they like, for a minute, and never go: the crowd stays within its
 * limits, and whoever comes alone is there, and stays for its grace at least. */
static void test_any_crowd(void **state)
{
	struct crowd_guest guests[CROWD_MAX + 1];
	uint64_t seed = 1;
	size_t count = 0;
	int64_t now = NOW, asked = now;

	(void)state;
	for (int i = 0; i < 20000; i++, now += (int64_t)(seed >> 40) % 7) {
		pid_t pid = 100 + (pid_t)(seed >> 33) % 100;
		struct crowd_verdict v = crowd_decide(guests, count, pid, now);
		size_t own = 0;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		if (v.what == CROWD_WAIT) {
			assert_in_range(v.wait_ms, 1, CROWD_GRACE_MS);
			asked = now;
			now += v.wait_ms;
			v = crowd_decide(guests, count, pid, now);
			assert_int_equal(v.what, CROWD_REPLACE);
			assert_in_range(now - asked, 1, CROWD_GRACE_MS);
		}
		if (v.what == CROWD_REPLACE) {
			size_t held = 0;

			for (size_t k = 0; k < count; k++)
				held += guests[k].pid == guests[v.guest].pid;
			assert_true(held > 1 || now - guests[v.guest].since_ms >= CROWD_GRACE_MS);
			guests[v.guest] = guests[--count];
		}
		guests[count++] = (struct crowd_guest){ .pid = pid, .since_ms = now };
		assert_true(count <= CROWD_MAX);
		for (size_t k = 0; k < count; k++)
			own += guests[k].pid == pid;
		assert_true(own <= CROWD_PEER_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_slowest),
		cmocka_unit_test(test_any_crowd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
