/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many notebooks are written or deleted on the local side, one after the other, and somebody saves
 * others of them there meanwhile, or the very one: as editors do it, by a rename, or in place. What is
 * saved is not overwritten, and in the end stands everywhere. The workspace has its own in
 * test-bulk-write.c; what a single file goes through, tests/unit/test-fs-race.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fs/fs_beneath.h"
#include "tests/source_text.h"
#include "tests/world/world.h"

#define MANY 40

struct habit {
	const char *name;
	enum fs_point at;
	bool own;      /* the file whose turn it is; else one that has not had it */
	bool in_place; /* else by a rename */
};

static const struct habit habits[] = {
	{ "its own, by a rename", FS_POINT_CHECKED, true, false },
	{ "its own, in place", FS_POINT_CHECKED, true, true },
	{ "another, by a rename", FS_POINT_CHECKED, false, false },
	{ "another, in place", FS_POINT_CHECKED, false, true },
	{ "another, behind the exchange", FS_POINT_EXCHANGED, false, false },
};

static struct {
	struct world *w;
	const struct habit *habit;
	unsigned reached, saved;
	bool done[MANY]; /* it had its turn, or somebody has saved it */
} person;

static char *name_of(unsigned i)
{
	return xasprintf("etl/n%02u.py", i);
}

/* The first cell is the formatter's, the second the person's. */
static char *text_of(const char *first, const char *second)
{
	return xasprintf(PY "first = '%s'" SEP "second = '%s'\n", first, second);
}

static void write_one(enum side_id side, unsigned i, const char *first, const char *second)
{
	cleanup_free char *name = name_of(i), *text = text_of(first, second);

	world_write(person.w, side, name, text);
}

static void write_in_place(unsigned i, const char *second)
{
	cleanup_free char *text = text_of("old", second);
	cleanup_free char *path = xasprintf("%s/etl/n%02u.py", person.w->local, i);
	cleanup_fd int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void save(unsigned i)
{
	cleanup_free char *mark = xasprintf("person %u", i);

	person.done[i] = true;
	person.saved++;
	if (person.habit->in_place)
		write_in_place(i, mark);
	else
		write_one(SIDE_LOCAL, i, "old", mark);
	world_note_versions(person.w);
}

static void save_another(unsigned current)
{
	for (unsigned i = MANY; i-- > 0;)
		if (i != current && !person.done[i]) {
			save(i);
			return;
		}
}

/* At every fourth file that is written or removed. */
static void on_point(enum fs_point point, const char *name)
{
	unsigned i;

	if (!str_starts(name, "etl/n") ||
	    (point != FS_POINT_CHECKED && point != FS_POINT_EXCHANGED))
		return;
	i = (unsigned)strtoul(name + strlen("etl/n"), NULL, 10);
	if (point != person.habit->at || person.reached++ % 4) {
		person.done[i] = true;
	} else if (!person.habit->own) {
		person.done[i] = true;
		save_another(i);
	} else if (!person.done[i]) {
		save(i);
	}
}

static void begin(const struct habit *habit)
{
	memset(&person, 0, sizeof(person));
	person.habit = habit;
	person.w = world_new(NULL);
	for (unsigned i = 0; i < MANY; i++)
		write_one(SIDE_LOCAL, i, "old", "old");
	assert_int_not_equal(world_settle(person.w), 0);
}

static void interrupted_cycle(void)
{
	world_note_versions(person.w);
	fs_switches.hook = on_point;
	world_cycle(person.w, true, true);
	fs_switches.hook = NULL;
}

static void expect_saved(const char *first, size_t there)
{
	size_t saved = 0, found = 0;

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		for (unsigned i = 0; i < MANY; i++) {
			cleanup_free char *name = name_of(i), *mark = xasprintf("person %u", i);
			cleanup_free char *text = world_read(person.w, s, name);

			found += text != NULL;
			saved += text && strstr(text, mark);
			if (text && !strstr(text, first) && !strstr(text, mark))
				fail_msg("%s: '%s' on the %s side is neither new nor saved",
					 person.habit->name, name, side_names[s]);
		}
	}
	assert_int_equal(found, there * SIDE_COUNT);
	assert_int_equal(saved, (size_t)person.saved * SIDE_COUNT);
}

static void finish(void)
{
	cleanup_free char *wrong = NULL;

	assert_in_range(person.saved, 2, MANY);
	assert_int_not_equal(world_settle(person.w), 0);
	wrong = world_check(person.w);
	if (wrong)
		fail_msg("%s: %s", person.habit->name, wrong);
	assert_int_equal(person.w->report.conflicts.total, 0);
}

static void test_saves_while_many_are_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(habits); i++) {
		begin(&habits[i]);
		for (unsigned n = 0; n < MANY; n++)
			write_one(SIDE_WORKSPACE, n, "formatted", "old");
		interrupted_cycle();
		finish();
		expect_saved("formatted", MANY);
		world_free(person.w);
	}
}

/* Ten at once need nobody's word. */
static void test_saves_while_many_are_deleted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(habits); i++) {
		begin(&habits[i]);
		for (unsigned n = 0; n < 10; n++) {
			cleanup_free char *name = name_of(n);

			world_delete(person.w, SIDE_WORKSPACE, name);
		}
		for (unsigned n = 10; n < MANY; n++)
			person.done[n] = true; /* nobody's business */
		interrupted_cycle();
		finish();
		expect_saved("old", MANY - 10 + person.saved);
		world_free(person.w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_saves_while_many_are_written),
		cmocka_unit_test(test_saves_while_many_are_deleted),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
