/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping the hub small as a part of the cycle: a life of many days with edits on all sides, of which
 * only the last ones are remembered, and nothing that the sides hold is ever touched.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fs/fs.h"
#include "git/hub/hub.h"
#include "git/repack/maintain.h"
#include "memory/history.h"
#include "memory/history_cut.h"
#include "tests/world/clock.h"
#include "tests/world/expectations.h"
#include "tests/world/texts.h"

#define DAY_MS (24ll * 3600 * 1000)

/* One edit a day, on each side in turn; and the cycles of that day. */
static void live(struct world *w, int from, int days)
{
	for (int day = from; day < from + days; day++) {
		cleanup_free char *text = xasprintf(PY "print(%d)\n", day);
		cleanup_free char *file = xasprintf("etl/n%d.py", day % 3);

		enum side_id side = (enum side_id)(day % SIDE_COUNT);

		if (!config_has_side(config_mapping(w->config, "etl"), side))
			side = SIDE_LOCAL;
		world_write(w, side, file, text);
		assert_true(world_settle(w) > 0);
		clock_pass(DAY_MS);
	}
}

static struct hub *open_hub(struct world *w)
{
	struct hub *hub;
	struct err e = ERR_INIT;

	if (hub_open_reader(&hub, w->hub, &e))
		fail_msg("%s", e.text);
	return hub;
}

/* How many observations and agreed states the history still tells of, and how many versions. */
struct told {
	size_t records, commits, roots;
};

static bool note(void *payload, const struct history_item *item)
{
	struct told *told = payload;

	told->commits += item->origin == HISTORY_GIT;
	told->records += item->origin != HISTORY_GIT;
	told->roots += str_eq(item->subject, HISTORY_CUT_MESSAGE);
	return true;
}

static struct told tell(struct world *w)
{
	struct hub *hub = open_hub(w);
	struct told told = { 0 };
	struct err e = ERR_INIT;

	if (history_walk(hub, config_mapping(w->config, "etl"), NULL, note, &told, &e))
		fail_msg("%s", e.text);
	hub_free(hub);
	return told;
}

static bool hub_knows(struct world *w, int day)
{
	cleanup_free char *text = xasprintf(PY "print(%d)\n", day);
	struct hub *hub = open_hub(w);
	struct oid id;
	bool known;

	hub_hash(text, strlen(text), &id);
	known = hub_has(hub, &id);
	hub_free(hub);
	return known;
}

static void check_sane(struct world *w)
{
	expect_sound(w);
	if (w->report.notes.count)
		fail_msg("noted: %s", w->report.notes.items[0]);
}

/* Nothing has changed for the sides or for what is remembered of them, also by another process. */
static void expect_unmoved(struct world *w)
{
	cleanup_free char *before = world_snapshot(w), *memory = world_memory(w);
	cleanup_free char *after = NULL, *remembered = NULL;

	world_reopen(w);
	assert_int_equal(world_settle(w), 1);
	after = world_snapshot(w);
	remembered = world_memory(w);
	assert_string_equal(before, after);
	assert_string_equal(memory, remembered);
}

static void test_old_observations_go(void **state)
{
	struct world *w = world_with("history = 10d");
	struct told told;

	(void)state;
	live(w, 0, 40);
	told = tell(w);
	/* Each day is seen on three sides (the branch by its commits) and agreed once. */
	assert_in_range(told.records, 3 * 10, 3 * 13 + 3 * 3);
	assert_int_equal(told.commits, 40);
	assert_in_range(told.roots, 3, 9);
	assert_true(hub_knows(w, 39) && hub_knows(w, 31));
	check_sane(w);
	expect_unmoved(w);
	world_free(w);
}

static void test_forever(void **state)
{
	struct world *w = world_with("history = forever");
	struct told told;

	(void)state;
	live(w, 0, 15);
	clock_pass(1000 * DAY_MS);
	live(w, 15, 3);
	told = tell(w);
	assert_int_equal(told.roots, 0);
	assert_int_equal(told.records, 3 * 18);
	assert_int_equal(told.commits, 18);
	for (int day = 0; day < 18; day++)
		assert_true(hub_knows(w, day));
	world_free(w);
}

/* Versions that were only ever seen, without Git, really leave the disk. */
static void test_waste_is_dropped(void **state)
{
	struct world_options options = { .without = { [SIDE_GIT] = true },
					 .config = "history = 20d" };
	struct world *w = world_new(&options);

	(void)state;
	live(w, 0, 12);
	clock_pass(400 * DAY_MS);
	/* The first look after the leap only notes the time. */
	assert_true(world_settle(w) > 0);
	assert_true(hub_knows(w, 0));
	assert_int_equal(tell(w).roots, 0);
	live(w, 12, 3);
	assert_true(tell(w).roots > 0);
	assert_false(hub_knows(w, 0));
	assert_true(hub_knows(w, 12) && hub_knows(w, 14));
	check_sane(w);
	world_reopen(w);
	assert_int_equal(world_settle(w), 1);
	world_free(w);
}

/* ---- clocks ---- */

/* The times of a chain's commits as git shows them, one line each. Owned. */
static char *times_of(struct world *w, const char *what)
{
	cleanup_free char *path = xasprintf("%s/times", w->dir);
	cleanup_free char *command = xasprintf(
		"git -C '%s' log --format=%s refs/nbsync/seen/local > '%s'", w->hub, what, path);
	struct buf text = BUF_UNBOUNDED;
	struct err e = ERR_INIT;

	assert_int_equal(system(command), 0);
	if (fs_load(path, 1 << 20, &text, &e))
		fail_msg("%s", e.text);
	return buf_steal(&text, NULL);
}

/* Newest first, no line is smaller than the next. */
static bool never_backwards(const char *times)
{
	long before = LONG_MAX;

	for (const char *at = times; *at; at = strchr(at, '\n') + 1) {
		long time = strtol(at, NULL, 10);

		if (time > before)
			return false;
		before = time;
	}
	return true;
}

/* Neither years ahead nor years back, for days, take anything of a history of half a year; and no record
 * is older than the one before it. */
static void test_a_wrong_clock_takes_nothing(void **state)
{
	static const int64_t years[] = { 14, -26 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(years); i++) {
		struct world *w = world_with("history = 180d");
		cleanup_free char *times = NULL, *said = NULL;

		live(w, 0, 12);
		clock_set(years[i] * 365 * DAY_MS);
		/* First nothing happens for some days, in a process that has just started. */
		world_close(w);
		for (int day = 0; day < 4; day++) {
			assert_true(world_settle(w) > 0);
			clock_pass(DAY_MS);
		}
		live(w, 12, 6);
		world_close(w);
		live(w, 18, 6);
		clock_set(-years[i] * 365 * DAY_MS);
		live(w, 24, 6);
		assert_int_equal(tell(w).roots, 0);
		for (int day = 0; day < 30; day++)
			assert_true(hub_knows(w, day));
		times = times_of(w, "%ct");
		assert_true(never_backwards(times));
		said = times_of(w, "%at");
		assert_false(never_backwards(said));
		check_sane(w);
		world_free(w);
	}
}

/* ---- outputs ---- */

#define RUN_OUTPUT "{\"name\": \"stdout\", \"output_type\": \"stream\", \"text\": [\"%d\\n\"]}"

static char *ran(int day)
{
	return xasprintf(IPYNB("print(%d)", RUN_OUTPUT), day, day);
}

static char *lean(int day)
{
	cleanup_free char *text = xasprintf(IPYNB("print(%d)", ""), day);
	char *count = strstr(text, "\"execution_count\": 1,");

	assert_non_null(count);
	return xasprintf("%.*s\"execution_count\": null,%s", (int)(count - text), text,
			 strchr(count, ',') + 1);
}

static bool hub_has_text(struct world *w, const char *text)
{
	struct hub *hub = open_hub(w);
	struct oid id;
	bool known;

	hub_hash(text, strlen(text), &id);
	known = hub_has(hub, &id);
	hub_free(hub);
	return known;
}

/* A notebook is run each day, and another one was once. */
static void run_daily(struct world *w, int from, int days)
{
	for (int day = from; day < from + days; day++) {
		cleanup_free char *text = ran(day);

		world_write(w, SIDE_LOCAL, "etl/daily.ipynb", text);
		assert_true(world_settle(w) > 0);
		clock_pass(DAY_MS);
	}
}

/* The revision of the local side that was seen days ago: what it gives. Owned. */
struct wanted {
	int skip;
	struct oid revision;
};

static bool find_revision(void *payload, const struct history_item *item)
{
	struct wanted *wanted = payload;

	if (item->origin != HISTORY_LOCAL || wanted->skip-- > 0)
		return true;
	wanted->revision = item->revision;
	return false;
}

static char *local_revision(struct world *w, int newer)
{
	const struct config_mapping *m = config_mapping(w->config, "etl");
	struct buf text = BUF_UNBOUNDED;
	struct wanted wanted = { .skip = newer };
	struct history_found found;
	struct hub *hub = open_hub(w);
	struct err e = ERR_INIT;
	char hex[41];

	if (history_walk(hub, m, "etl/daily", find_revision, &wanted, &e))
		fail_msg("%s", e.text);
	oid_hex(&wanted.revision, hex);
	if (history_find(&(struct history_revision){ hub, m, hex }, "etl/daily", &found, &e) ||
	    hub_blob_get(hub, &found.blob, &text, &e))
		fail_msg("%s", e.text);
	assert_string_equal(found.file, "etl/daily.ipynb");
	free(found.file);
	hub_free(hub);
	return buf_steal(&text, NULL);
}

static void test_outputs_go(void **state)
{
	struct world *w = world_with("history = forever\nhistory_outputs = 10d\n");
	cleanup_free char *once = ran(1000);

	(void)state;
	world_write(w, SIDE_LOCAL, "etl/once.ipynb", once);
	run_daily(w, 0, 30);
	/* All edits can be restored, the last ten days' and what stands there with outputs. */
	for (int day = 0; day < 30; day++) {
		cleanup_free char *fat = ran(day), *light = lean(day);
		cleanup_free char *found = local_revision(w, 29 - day);

		if (day >= 17 && day <= 19)
			continue; /* a tenth more has to gather */
		assert_string_equal(found, day < 17 ? light : fat);
		/* What went last may wait for the next packing. */
		if (day != 16)
			assert_int_equal(hub_has_text(w, fat), day > 19);
	}
	assert_true(hub_has_text(w, once));
	assert_int_equal(tell(w).roots, 0);
	assert_int_equal(tell(w).commits, 30 + 1);
	check_sane(w);
	expect_unmoved(w);
	world_free(w);
}

/* With outputs that travel, the agreed states are lighter, too; what is agreed now is not. */
static void test_agreed_outputs_go(void **state)
{
	struct world_options options = { .without = { [SIDE_GIT] = true },
					 .config = "outputs = keep\nlocal_format = ipynb\n"
						   "git_format = ipynb\nhistory_outputs = 2d\n" };
	struct world *w = world_new(&options);

	(void)state;
	run_daily(w, 0, 12);
	for (int day = 0; day < 12; day++) {
		cleanup_free char *fat = ran(day);

		if (day < 8 || day > 9)
			assert_int_equal(hub_has_text(w, fat), day > 9);
	}
	check_sane(w);
	world_free(w);
}

/* A clock that leaps ahead makes outputs look old for a day, and is not believed at once. */
static void test_a_leap_takes_no_outputs(void **state)
{
	struct world *w = world_with("history_outputs = 10d\n");
	cleanup_free char *fat = ran(0);

	(void)state;
	run_daily(w, 0, 5);
	clock_pass(100 * DAY_MS);
	run_daily(w, 5, 1);
	assert_true(hub_has_text(w, fat));
	run_daily(w, 6, 2);
	assert_false(hub_has_text(w, fat));
	world_free(w);
}

/* More than history is as long as history: one cut, which takes all. */
static void test_outputs_never_outlive_history(void **state)
{
	struct world *w = world_with("history = 10d\nhistory_outputs = 20d\n");

	(void)state;
	run_daily(w, 0, 30);
	assert_true(tell(w).roots > 0);
	for (int day = 0; day < 30; day++) {
		cleanup_free char *fat = ran(day), *light = lean(day);

		assert_false(hub_has_text(w, light));
		if (day < 16 || day > 19)
			if (hub_has_text(w, fat) != (day > 19)) {
				struct oid id;
				char hex[41];
				hub_hash(fat, strlen(fat), &id);
				oid_hex(&id, hex);
				cleanup_free char *cmd = xasprintf(
					"cd %s; git for-each-ref; for r in $(git for-each-ref "
					"--format='%%(refname)'); do echo $r; git rev-list "
					"--objects $r | grep %s; done; git log --format='%%h %%ad "
					"%%s' refs/nbsync/seen/local | head -20",
					w->hub, hex);
				if (system(cmd)) {
				}
				fail_msg("day %d", day);
			}
	}
	world_free(w);
}

/* A notebook waits because of its name. What it was made into, for the sides that do not have it yet,
 * stands in no tree of the hub, and must be there when its time comes. */
static void test_what_waits_outlives_a_cut(void **state)
{
	static const char text[] = IPYNB("print('waits')", "");
	struct world *w = world_with("history = 1d\nlocal_format = ipynb\n");
	cleanup_free char *arrived = NULL;

	(void)state;
	world_write(w, SIDE_GIT, "load.py", PY "print('first')\n");
	assert_true(world_settle(w) > 0);
	world_write(w, SIDE_LOCAL, "Load.ipynb", text);
	assert_true(world_settle(w) > 0);
	assert_int_equal(w->report.held.total, 1);
	for (int day = 0; day < 5; day++) {
		cleanup_free char *edit = xasprintf(PY "print(%d)\n", day);

		clock_pass(DAY_MS + DAY_MS / 24);
		world_write(w, SIDE_GIT, "other.py", edit);
		assert_true(world_settle(w) > 0);
	}
	assert_true(tell(w).roots > 0);
	world_delete(w, SIDE_GIT, "load.py");
	assert_true(world_settle(w) > 0);
	assert_int_equal(w->report.code, ERR_OK);
	assert_int_equal(w->report.held.total, 0);
	arrived = world_read(w, SIDE_GIT, "Load.py");
	assert_non_null(arrived);
	assert_string_equal(arrived, PY "print('waits')\n");
	check_sane(w);
	world_free(w);
}

static void test_many_edits_are_packed(void **state)
{
	struct world *w = world_with("history = forever");
	struct hub_usage usage;
	struct hub *hub;
	struct err e = ERR_INIT;

	(void)state;
	live(w, 0, 110);
	hub = open_hub(w);
	if (hub_usage(hub, &usage, &e))
		fail_msg("%s", e.text);
	assert_in_range(usage.loose, 0, 1100);
	assert_in_range(usage.packs, 1, 20);
	hub_free(hub);
	check_sane(w);
	world_free(w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_old_observations_go),
		cmocka_unit_test(test_forever),
		cmocka_unit_test(test_waste_is_dropped),
		cmocka_unit_test(test_a_wrong_clock_takes_nothing),
		cmocka_unit_test(test_outputs_go),
		cmocka_unit_test(test_agreed_outputs_go),
		cmocka_unit_test(test_a_leap_takes_no_outputs),
		cmocka_unit_test(test_outputs_never_outlive_history),
		cmocka_unit_test(test_what_waits_outlives_a_cut),
		cmocka_unit_test(test_many_edits_are_packed),
	};
	int failures;

	world_begin();
	failures = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failures;
}
