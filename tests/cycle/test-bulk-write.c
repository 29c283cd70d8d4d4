/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many notebooks are written or deleted in the workspace, one after the other, and somebody saves
 * others of them there meanwhile: between any two requests, after the look of the cycle and before
 * their own turn. What is saved until an object's last look is asked for is not overwritten, and in
 * the end stands everywhere, or beside it.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "tests/source_text.h"
#include "tests/world/world.h"

#define MANY 60

enum what { NOTEBOOKS, FILES };

/* When somebody saves, in the words of world_on_request(). */
enum when {
	AT_ITS_LOOK,     /* right before the last look at that very object */
	AT_OTHERS_LOOK,  /* … at another one */
	AT_OTHERS_WRITE, /* between another one's last look and its own request */
	AT_ANY,          /* all of these in turn */
};

struct person {
	struct world *w;
	enum what what;
	enum when when;
	unsigned every; /* saves at each such request */
	unsigned requests, saved;
	bool done[MANY]; /* its own request has been sent, or somebody has saved it */
};

static char *name_of(enum what what, unsigned i)
{
	return xasprintf(what == FILES ? "data/t%02u.csv" : "etl/n%02u.py", i);
}

/* What stands there: the first cell is the formatter's, the second the person's. */
static char *text_of(enum what what, const char *first, const char *second)
{
	if (what == FILES)
		return xasprintf("%s,%s\n", first, second);
	return xasprintf(PY "first = '%s'" SEP "second = '%s'\n", first, second);
}

static void write_one(struct world *w, enum side_id side, enum what what, unsigned i,
		      const char *first, const char *second)
{
	cleanup_free char *name = name_of(what, i), *text = text_of(what, first, second);

	world_write(w, side, name, text);
}

static int number_in(const char *path)
{
	const char *digits = strpbrk(strrchr(path, '/'), "0123456789");

	return digits ? (int)strtol(digits, NULL, 10) : -1;
}

static void save(struct person *p, unsigned i)
{
	cleanup_free char *mark = xasprintf("person %u", i);

	if (p->done[i])
		return;
	p->done[i] = true;
	p->saved++;
	write_one(p->w, SIDE_WORKSPACE, p->what, i, "old", mark);
	world_note_versions(p->w);
}

/* One that has not had its turn. */
static void save_another(struct person *p, unsigned current)
{
	for (unsigned i = MANY; i-- > 0;)
		if (i != current && !p->done[i]) {
			save(p, i);
			return;
		}
}

static void on_request(void *payload, const char *verb, const char *path)
{
	struct person *p = payload;
	bool look = str_eq(verb, "look"), write = str_eq(verb, "import") || str_eq(verb, "delete");
	int current = look || write ? number_in(path) : -1;
	enum when when = p->when;

	if (current < 0)
		return;
	if (write)
		p->done[current] = true;
	if (when == AT_ANY)
		when = write ? AT_OTHERS_WRITE : p->requests / p->every % 2;
	if (write != (when == AT_OTHERS_WRITE) || ++p->requests % p->every)
		return;
	if (when == AT_ITS_LOOK)
		save(p, (unsigned)current);
	else
		save_another(p, (unsigned)current);
}

static struct world *world_of(enum what what)
{
	static const struct world_options options = { .config = "files = all\n" };
	struct world *w = world_new(&options);

	for (unsigned i = 0; i < MANY; i++)
		write_one(w, SIDE_LOCAL, what, i, "old", "old");
	assert_int_not_equal(world_settle(w), 0);
	return w;
}

/* Every side has the formatter's edit, and where somebody saved, theirs. */
static void expect_merged(struct world *w, const char *saved)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		for (unsigned i = 0; i < MANY; i++) {
			cleanup_free char *name = name_of(NOTEBOOKS, i);
			cleanup_free char *text = world_read(w, s, name);
			cleanup_free char *mark = xasprintf("person %u", i);

			assert_non_null(text);
			if (!strstr(text, "formatted"))
				fail_msg("%s: '%s' is not formatted on the %s side", saved, name,
					 side_names[s]);
			if (!strstr(text, "'old'") && !strstr(text, mark))
				fail_msg("%s: '%s' on the %s side is neither old nor saved", saved,
					 name, side_names[s]);
		}
	}
}

static size_t count_saved(struct world *w)
{
	size_t n = 0;

	for (unsigned i = 0; i < MANY; i++) {
		cleanup_free char *name = name_of(NOTEBOOKS, i);
		cleanup_free char *text = world_read(w, SIDE_GIT, name);

		n += text && strstr(text, "person");
	}
	return n;
}

static void finish(struct person *p, const char *name)
{
	cleanup_free char *wrong = NULL;

	world_on_request(NULL, NULL);
	if (!p->saved)
		fail_msg("%s: nobody saved anything", name);
	assert_int_not_equal(world_settle(p->w), 0);
	wrong = world_check(p->w);
	if (wrong)
		fail_msg("%s: %s", name, wrong);
}

static const struct {
	const char *name;
	enum when when;
	unsigned every;
} habits[] = {
	{ "each at its own look", AT_ITS_LOOK, 6 },  { "others at a look", AT_OTHERS_LOOK, 6 },
	{ "others at a write", AT_OTHERS_WRITE, 6 }, { "at any request", AT_ANY, 3 },
	{ "at every request", AT_ANY, 1 },
};

/* All are formatted on the local side, and written while the person has this habit. */
static void write_all(struct person *p, const char *habit)
{
	p->w = world_of(p->what);
	for (unsigned n = 0; n < MANY; n++)
		write_one(p->w, SIDE_LOCAL, p->what, n, "formatted", "old");
	world_note_versions(p->w);
	world_on_request(on_request, p);
	world_cycle(p->w, true, true);
	finish(p, habit);
}

static void test_saves_during_a_bulk_write(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(habits); i++) {
		struct person p = { .when = habits[i].when, .every = habits[i].every };

		write_all(&p, habits[i].name);
		expect_merged(p.w, habits[i].name);
		assert_int_equal(count_saved(p.w), p.saved);
		assert_int_equal(p.w->report.conflicts.total, 0);
		world_free(p.w);
	}
}

static void test_saves_during_a_bulk_write_of_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(habits); i++) {
		struct person p = { .what = FILES,
				    .when = habits[i].when,
				    .every = habits[i].every };

		write_all(&p, habits[i].name);
		/* Files cannot be merged: whoever saved clashed, and both versions stay. */
		assert_int_equal(p.w->report.conflicts.total, p.saved);
		world_free(p.w);
	}
}

/* Ten at once need nobody's word; who is saved meanwhile is not deleted, and comes back everywhere. */
static void test_saves_during_deletions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(habits); i++) {
		struct person p = { .when = habits[i].when, .every = i < 3 ? 2 : 1 };
		size_t left = 0;

		p.w = world_of(NOTEBOOKS);
		for (unsigned n = 0; n < 10; n++) {
			cleanup_free char *name = name_of(NOTEBOOKS, n);

			world_delete(p.w, SIDE_LOCAL, name);
		}
		for (unsigned n = 10; n < MANY; n++)
			p.done[n] = true; /* nobody's business */
		world_on_request(on_request, &p);
		world_cycle(p.w, true, true);
		finish(&p, habits[i].name);
		for (unsigned n = 0; n < 10; n++) {
			cleanup_free char *name = name_of(NOTEBOOKS, n);
			cleanup_free char *text = world_read(p.w, SIDE_LOCAL, name);

			left += text != NULL;
		}
		assert_int_equal(left, p.saved);
		assert_int_equal(count_saved(p.w), p.saved);
		world_free(p.w);
	}
}

/* In the very gap that remains somebody removes a notebook and makes another of its name: that
 * cannot be helped, but it is told. */
static void replace_at_import(void *payload, const char *verb, const char *path)
{
	struct person *p = payload;

	if (p->saved || !str_eq(verb, "import") || !strstr(path, "n30.py"))
		return;
	p->saved++;
	world_delete(p->w, SIDE_WORKSPACE, "etl/n30.py");
	write_one(p->w, SIDE_WORKSPACE, NOTEBOOKS, 30, "old", "person 30");
}

static void test_made_anew_in_the_gap(void **state)
{
	struct person p = { 0 };
	bool told = false;

	(void)state;
	p.w = world_of(NOTEBOOKS);
	for (unsigned n = 0; n < MANY; n++)
		write_one(p.w, SIDE_LOCAL, NOTEBOOKS, n, "formatted", "old");
	world_on_request(replace_at_import, &p);
	world_cycle(p.w, true, true);
	world_on_request(NULL, NULL);
	assert_int_equal(p.saved, 1);
	for (size_t i = 0; i < p.w->report.notes.count; i++)
		told |= strstr(p.w->report.notes.items[i],
			       "/etl/n30' was made anew in the workspace") != NULL;
	assert_true(told);
	world_free(p.w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_saves_during_a_bulk_write),
		cmocka_unit_test(test_saves_during_a_bulk_write_of_files),
		cmocka_unit_test(test_saves_during_deletions),
		cmocka_unit_test(test_made_anew_in_the_gap),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
