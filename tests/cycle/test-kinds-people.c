/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A script that changes its kind, and people: who decide which kind it is to be, rename it, commit it
 * and push it later, or do anything at any time.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "tests/cycle/kind_world.h"
#include "tests/world/expectations.h"

/* ---- people decide ---- */

static void test_a_lost_header_was_meant(void **state)
{
	(void)state;
	for (int way = 0; way < 4; way++) {
		bool all = way & 1;
		struct world *w = world_of(all);

		world_write(w, SIDE_LOCAL, FILE_NAME, NB);
		settle(w);
		world_write(w, SIDE_LOCAL, FILE_NAME, MOD);
		settle(w);
		assert_true(
			is_held(&w->report, "load", "run 'nbsync resolve etl load --local' if"));
		if (way & 2)
			world_close(w);
		adopt_ok(w, way & 2 ? FILE_NAME : "load", CYCLE_FROM_SIDE, "local");
		expect(w, SIDE_LOCAL, FILE_NAME, MOD);
		expect(w, SIDE_WORKSPACE, FILE_NAME, all ? MOD : NULL);
		expect(w, SIDE_GIT, FILE_NAME, all ? MOD : NULL);
		settle(w);
		expect_stillness(w);
		expect(w, SIDE_LOCAL, FILE_NAME, MOD);
		assert_int_equal(w->report.held.count, 0);
		world_free(w);
	}
}

/* Half a merge is held for another reason, and no word makes a module of a notebook. */
static void test_only_a_lost_header_can_be_meant(void **state)
{
	struct world *w = world_of(true);

	(void)state;
	world_write(w, SIDE_LOCAL, FILE_NAME, NB);
	settle(w);
	world_write(w, SIDE_LOCAL, FILE_NAME, NB "<<<<<<< a\n1\n=======\n2\n>>>>>>> b\n");
	assert_int_equal(adopt(w, "load", CYCLE_FROM_SIDE, "local")->answer.code, ERR_INVALID);
	settle(w);
	expect(w, SIDE_GIT, FILE_NAME, NB);
	expect(w, SIDE_WORKSPACE, FILE_NAME, NB);
	world_free(w);
}

static void test_away_and_back_is_meant(void **state)
{
	(void)state;
	for (int all = 0; all < 2; all++) {
		struct world *w = world_of(all);

		world_write(w, SIDE_LOCAL, FILE_NAME, NB);
		settle(w);
		world_delete(w, SIDE_LOCAL, FILE_NAME);
		settle(w);
		world_write(w, SIDE_LOCAL, FILE_NAME, MOD);
		settle(w);
		expect(w, SIDE_LOCAL, FILE_NAME, MOD);
		expect(w, SIDE_WORKSPACE, FILE_NAME, all ? MOD : NULL);
		expect(w, SIDE_GIT, FILE_NAME, all ? MOD : NULL);
		world_free(w);
	}
}

/* The notebook was edited while a commit made a module of it: one word says which is right. */
static void test_one_of_two_kinds_is_chosen(void **state)
{
	static const struct {
		const char *path, *side, *text;
	} cases[] = {
		{ "load", "workspace", NB_EDIT },
		{ "load.py", "git", MOD },
		{ "load", "local", NB },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct world *w = world_of(true);

		world_write(w, SIDE_LOCAL, FILE_NAME, NB);
		settle(w);
		edit(w, SIDE_GIT, MOD);
		edit(w, SIDE_WORKSPACE, NB_EDIT);
		world_note_versions(w);
		settle(w);
		assert_true(is_held(&w->report, "load", "say by 'nbsync resolve'"));
		adopt_ok(w, cases[i].path, CYCLE_FROM_SIDE, cases[i].side);
		settle(w);
		expect_everywhere(w, FILE_NAME, cases[i].text);
		assert_int_equal(w->report.held.count, 0);
		world_free(w);
	}
}

/* It never was one for the others, so that nobody has to be asked when it is none any more. */
static void test_a_notebook_that_was_held_goes_back(void **state)
{
	(void)state;
	for (int restart = 0; restart < 2; restart++) {
		struct world *w = world_of(true);

		world_write(w, SIDE_LOCAL, FILE_NAME, MOD);
		settle(w);
		edit(w, SIDE_LOCAL, NB);
		edit(w, SIDE_WORKSPACE, MOD_TOO);
		settle(w);
		assert_true(is_held(&w->report, "load", "would have one name"));
		if (restart)
			world_close(w);
		edit(w, SIDE_LOCAL, MOD);
		settle(w);
		expect_everywhere(w, FILE_NAME, MOD_TOO);
		assert_int_equal(w->report.held.count, 0);
		world_free(w);
	}
}

static char *agreed_commit(struct world *w)
{
	cleanup_free char *command = xasprintf("git -C '%s' rev-parse refs/nbsync/agreed", w->hub);
	char line[64] = "";
	FILE *f = popen(command, "re");

	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	pclose(f);
	line[strcspn(line, "\n")] = '\0';
	return xstrdup(line);
}

/* Whatever it is now, it can be again what it was. */
static void test_either_kind_is_restored(void **state)
{
	struct world *w = world_of(true);
	cleanup_free char *module = NULL, *notebook = NULL;

	(void)state;
	world_write(w, SIDE_LOCAL, FILE_NAME, MOD);
	settle(w);
	module = agreed_commit(w);
	world_write(w, SIDE_GIT, FILE_NAME, NB);
	settle(w);
	notebook = agreed_commit(w);
	adopt_ok(w, FILE_NAME, CYCLE_FROM_REVISION, module);
	settle(w);
	expect_everywhere(w, FILE_NAME, MOD);
	adopt_ok(w, "load", CYCLE_FROM_REVISION, notebook);
	settle(w);
	expect_everywhere(w, FILE_NAME, NB);
	assert_int_equal(w->report.held.count, 0);
	world_free(w);
}

/* ---- commits that wait for their push ---- */

static void commit_kind(struct world *w, bool pushes)
{
	commit(w, "kind");
	assert_int_equal(w->report.side[SIDE_GIT].held, !pushes);
}

/* A change of kind that was committed and is pushed later, alone or with what was agreed since, moves
 * the bases of both rows: what people do on the branch afterwards is an edit of what it is. */
static void test_a_late_push_moves_both_bases(void **state)
{
	(void)state;
	for (int way = 0; way < 8; way++) {
		struct world_options options = { .config = "files = all\ncommit = manual\n" };
		const char *old = way & 1 ? MOD : NB, *new = way & 1 ? NB : MOD;
		const char *edited = way & 1 ? NB_EDIT : MOD_TOO;
		struct world *w = world_new(&options);
		cleanup_free char *lock = xasprintf("%s/refs/heads/main.lock", w->remote);

		world_write(w, SIDE_LOCAL, FILE_NAME, old);
		world_write(w, SIDE_LOCAL, "fine.py", PY "fine\n");
		world_cycle(w, true, false);
		commit_kind(w, true);
		edit(w, SIDE_WORKSPACE, new);
		world_cycle(w, true, false);
		files_write(lock, "", 0);
		commit_kind(w, false);
		files_remove(lock);
		if (way & 2)
			world_write(w, SIDE_LOCAL, "fine.py", PY "finer\n");
		if (way & 4)
			world_close(w);
		world_cycle(w, true, false);
		assert_int_equal(w->report.pushes, 1);
		commit_kind(w, true);
		assert_int_equal(w->report.commits, (way & 2) != 0);
		expect(w, SIDE_GIT, FILE_NAME, new);
		edit(w, SIDE_GIT, edited);
		world_note_versions(w);
		world_cycle(w, true, false);
		world_cycle(w, true, false);
		expect_everywhere(w, FILE_NAME, edited);
		assert_int_equal(copies(w), 0);
		assert_int_equal(w->report.held.count, 0);
		world_delete(w, SIDE_GIT, FILE_NAME);
		world_cycle(w, true, false);
		world_cycle(w, true, false);
		expect_everywhere(w, FILE_NAME, NULL);
		world_free(w);
	}
}

/* ---- beside renames ---- */

/* The notebook goes on under another name, and under its old one there is a module. */
static void test_a_module_in_the_place_of_a_renamed_notebook(void **state)
{
	(void)state;
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		struct world *w = world_of(true);

		world_write(w, SIDE_LOCAL, FILE_NAME, NB);
		settle(w);
		world_rename(w, s, FILE_NAME, "renamed.py");
		world_write(w, s, FILE_NAME, MOD_TOO);
		settle(w);
		if (s != SIDE_LOCAL) {
			expect_everywhere(w, "renamed.py", NB);
			expect_everywhere(w, FILE_NAME, MOD_TOO);
		}
		world_free(w);
	}
}

/* ---- anything at any time ---- */

static unsigned roll(uint64_t *state, unsigned n)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33) % n;
}

/* A few edits, cycles and restarts; a side whose object is not there is not edited to nothing. all:
 * each text is a version, a module's too. */
static void play_at_random(struct world *w, uint64_t *seed, bool all)
{
	static const char *const texts[] = { NB, NB_EDIT, MOD, MOD_TOO, NULL };

	for (unsigned steps = 4 + roll(seed, 8); steps--;) {
		const char *text = texts[roll(seed, ARRAY_SIZE(texts))];
		enum side_id side = roll(seed, SIDE_COUNT);
		cleanup_free char *there = world_read(w, side, FILE_NAME);

		if (text || there)
			edit(w, side, text);
		if (roll(seed, 8) == 0)
			world_close(w);
		if (roll(seed, 2) && !world_cycle(w, true, roll(seed, 2))->held.count && all)
			world_note_versions(w);
	}
}

/* What a side has that travels: a module does not where all is false. */
static char *traveller(struct world *w, enum side_id side, bool all)
{
	bool notebook = side == SIDE_WORKSPACE && type_of(w, "load") == STORE_NOTEBOOK;
	char *text = world_read(w, side, notebook ? "load" : FILE_NAME);

	if (text && !all && !str_starts(text, PY))
		free(steal(&text));
	return text;
}

static void expect_sides_alike(struct world *w, unsigned number, bool all)
{
	cleanup_free char *first = traveller(w, SIDE_GIT, all);

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		cleanup_free char *text = traveller(w, s, all);

		if (!str_eq(text, first))
			fail_msg("%u: nothing is held, and the %s side has '%s', git '%s'", number,
				 side_names[s], text ? text : "(none)", first ? first : "(none)");
	}
}

/* Nothing is lost; where nothing is held all sides have the same; and once people agree, so do they. */
static void test_anything_at_any_time(void **state)
{
	const char *count = getenv("KINDS_RANDOM");
	unsigned worlds = count ? (unsigned)atoi(count) : 40;

	(void)state;
	for (unsigned i = 0; i < worlds; i++) {
		static const char *const ends[] = { NB, MOD };
		bool all = i % 4 < 3;
		struct world *w = world_of(all);
		uint64_t seed = i * 2654435761u + 1;
		const char *end = ends[i / 4 % 2];

		play_at_random(w, &seed, all);
		if (!world_settle(w))
			fail_msg("%u: does not settle", i);
		settle(w);
		if (!w->report.held.count)
			expect_sides_alike(w, i, all);
		for (enum side_id s = 0; s < SIDE_COUNT; s++)
			edit(w, s, end);
		settle(w);
		if (w->report.held.count)
			fail_msg("%u: '%s' is held: %s", i, w->report.held.items[0].path,
				 w->report.held.items[0].sentence);
		expect_everywhere(w, FILE_NAME, end);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_lost_header_was_meant),
		cmocka_unit_test(test_only_a_lost_header_can_be_meant),
		cmocka_unit_test(test_away_and_back_is_meant),
		cmocka_unit_test(test_one_of_two_kinds_is_chosen),
		cmocka_unit_test(test_a_notebook_that_was_held_goes_back),
		cmocka_unit_test(test_either_kind_is_restored),
		cmocka_unit_test(test_a_late_push_moves_both_bases),
		cmocka_unit_test(test_a_module_in_the_place_of_a_renamed_notebook),
		cmocka_unit_test(test_anything_at_any_time),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
