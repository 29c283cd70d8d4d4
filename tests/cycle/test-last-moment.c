/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody saves, respells or removes a notebook after a side was looked at and recorded, and before
 * it is written there: nothing is overwritten or deleted that is not in the hub, and both edits
 * survive. Row 28 of the scenario table has the same with the real workspace API.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "tests/world/expectations.h"
#include "tests/world/texts.h"

static const struct meanwhile {
	const char *name;
	const char *from_git; /* what the branch has by then; NULL: it was deleted there */
	const char *written;  /* at the last moment; NULL: removed */
	const char *then;     /* everywhere, in the end; NULL: nowhere */
} cases[] = {
	{ "an edit meets an edit", EDIT_1, EDIT_2, EDIT_12 },
	{ "an edit meets another spelling", EDIT_1, OLD "\n\n", EDIT_1 },
	{ "an edit meets a deletion", EDIT_1, NULL, EDIT_1 },
	{ "a deletion meets an edit", NULL, EDIT_2, EDIT_2 },
	{ "a deletion meets another spelling", NULL, OLD "\n\n", NULL },
	{ "a deletion meets a deletion", NULL, NULL, NULL },
};

struct moment {
	enum side_id side;
	const struct meanwhile *now; /* NULL: it is over */
};

static void edit(struct world *w, enum side_id side, const char *text)
{
	if (text)
		world_write(w, side, "a.py", text);
	else
		world_delete(w, side, "a.py");
}

static void on_phase(struct world *w, const char *phase)
{
	struct moment *m = w->payload;

	if (!m->now || !str_eq(phase, "think"))
		return;
	edit(w, m->side, m->now->written);
	world_note_versions(w);
	m->now = NULL;
}

static void expect_end(struct world *w, enum side_id side, const struct meanwhile *now)
{
	cleanup_free char *found = world_read(w, side, "a.py");

	if (!world_texts_alike(found, now->then))
		fail_msg("%s: the %s side has\n%s\ninstead of\n%s", now->name, side_names[side],
			 found ? found : "(none)", now->then ? now->then : "(none)");
}

static void play(enum side_id side, const struct meanwhile *now)
{
	struct moment m = { .side = side, .now = now };
	struct world *w = world_new(NULL);
	cleanup_free char *wrong = NULL;

	world_write(w, SIDE_LOCAL, "a.py", OLD);
	world_write(w, SIDE_LOCAL, "stays.py", OLD);
	assert_int_not_equal(world_settle(w), 0);
	edit(w, SIDE_GIT, now->from_git);
	world_note_versions(w);
	w->payload = &m;
	w->on_phase = on_phase;
	world_cycle(w, true, true);
	assert_null(m.now);
	assert_int_not_equal(world_settle(w), 0);
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		expect_end(w, s, now);
	assert_int_equal(w->report.conflicts.total, 0);
	wrong = world_check(w);
	if (wrong)
		fail_msg("%s, on the %s side: %s", now->name, side_names[side], wrong);
	world_free(w);
}

static void test_row_028_in_the_workspace(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		play(SIDE_WORKSPACE, &cases[i]);
}

static void test_row_028_on_the_local_side(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		play(SIDE_LOCAL, &cases[i]);
}

/* The file of the only copy of a clash on the local side. Owned by the caller. */
static char *copy_of_clash(struct world *w)
{
	char **names = files_names(w->local), *found = NULL;

	for (size_t i = 0; names[i]; i++) {
		if (!strstr(names[i], ".conflict-"))
			continue;
		assert_null(found);
		found = xstrdup(names[i]);
	}
	files_names_free(names);
	assert_non_null(found);
	return found;
}

/* Whoever edits the copy of a clash edits what no cycle has recorded, until the clash is resolved
 * and the copy goes. */
static void test_row_023_an_edited_copy_is_kept_when_it_goes(void **state)
{
	struct world *w = world_new(NULL);
	cleanup_free char *copy = NULL, *left = NULL;

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", OLD);
	assert_int_not_equal(world_settle(w), 0);
	edit(w, SIDE_LOCAL, EDIT_1);
	edit(w, SIDE_GIT, CELLS("first = 100", "second = 2", "third = 3"));
	assert_int_not_equal(world_settle(w), 0);
	copy = copy_of_clash(w);
	world_write(w, SIDE_LOCAL, copy, PY "edited = 'by hand'\n");
	world_note_versions(w);
	adopt_ok(w, "a", CYCLE_FROM_SIDE, "git");
	left = world_read(w, SIDE_LOCAL, copy);
	assert_null(left);
	expect_nothing_lost(w);
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_row_028_in_the_workspace),
		cmocka_unit_test(test_row_028_on_the_local_side),
		cmocka_unit_test(test_row_023_an_edited_copy_is_kept_when_it_goes),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
