/* SPDX-License-Identifier: Apache-2.0 */
/* Shortening the chains of what was observed: where they are cut, that nothing else changes, and that
 * being killed leaves one whole chain or the other. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NBSYNC_STEPS
#include "base/step.h"
#include "git_world.h"
#include "memory/history_cut.h"

#define DAY     (24 * 3600)
#define NOW     (1000ll * DAY)
#define HISTORY (100ll * DAY)
#define SEEN    "refs/nbsync/seen/local"

static long steps, die_at; /* die_at 0: never */

void step_here(const char *what)
{
	(void)what;
	if (++steps == die_at)
		_exit(42);
}

/* A record on top of a reference that puts a file of this text; second: a parent of the branch. */
static struct oid record(struct world *w, const char *ref, const char *text, int days,
			 const struct oid *second)
{
	cleanup_free char *message = xasprintf("seen: %s\n\nNbsync-Base-git: 1 2\n", text);
	struct commit_spec spec = { .parents = second,
				    .parent_count = second ? 1 : 0,
				    .message = message,
				    .committer_name = "nbsync",
				    .committer_email = "nbsync@localhost",
				    .when_s = NOW - days * (int64_t)DAY };

	return world_grow(w, ref, "a.py", text, spec);
}

/* ---- decisions ---- */

/* A chain is idle as long as its newest record is the same. */
static void test_idle(void **state)
{
	struct world *w = *state;
	struct history_idle idle = { 0 };
	struct history_cut how = { .ref = SEEN, .passed_s = DAY, .idle = &idle };
	struct history_gone gone;
	struct err e = ERR_INIT;
	struct oid tip;

	for (int day = 30; day >= 0; day -= 10) {
		cleanup_free char *text = xasprintf("%d", day);

		tip = record(w, SEEN, text, day, NULL);
		for (int look = 0; look < 3; look++) {
			how.now_s = NOW - (day - look) * DAY;
			world_ok(history_cut(w->hub, &how, &tip, &gone, &e), &e);
			assert_int_equal(idle.tip_s, NOW - day * DAY);
			assert_int_equal(idle.idle_s, look * DAY);
		}
	}
}

static void test_records(void **state)
{
	static const struct {
		const char *author, *message;
		bool record;
	} table[] = {
		{ "nbsync <nbsync@localhost>", "agreed", true },
		{ "nbsync <nbsync@localhost>", "seen: before acting\n\nNbsync-Base-git: x y\n",
		  true },
		{ "nbsync <nbsync@localhost>", "Update a\n\nNbsync-Mapping: etl\n", false },
		{ "Ana <ana@acme.example>", "agreed", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		char author[64], message[128];
		struct commit_info commit = { .author = author, .message = message };

		snprintf(author, sizeof(author), "%s", table[i].author);
		snprintf(message, sizeof(message), "%s", table[i].message);
		assert_int_equal(history_is_record(&commit), table[i].record);
	}
}

/* ---- chains ---- */

/* The chain as git sees it: times, people, messages and contents, newest first. Owned. */
static char *story(struct world *w, const char *ref)
{
	return world_out(
		w,
		"cd hub.git && for c in $(git rev-list --first-parent %s); do "
		"git log -1 --format='%%ct %%at %%an %%ae %%s %%b' $c; git show $c:a.py; echo; "
		"done",
		ref);
}

static bool tick(void *payload)
{
	int *left = payload;

	return --*left > 0;
}

static int cut(struct world *w, const char *ref, bool keeper, struct oid *tip, size_t *removed,
	       struct err *e)
{
	struct history_cut how = {
		.ref = ref, .keeper = keeper, .now_s = NOW, .history_s = HISTORY
	};
	struct history_gone gone;
	int r = history_cut(w->hub, &how, tip, &gone, e);

	assert_int_equal(gone.lean, 0);
	*removed = gone.removed;
	return r;
}

static char *count_commits(struct world *w, const char *ref)
{
	return world_out(w, "git -C hub.git rev-list --first-parent --count %s", ref);
}

static void fill(struct world *w, const char *ref)
{
	static const int days[] = { 230, 200, 170, 115, 86, 58, 30 };

	for (size_t i = 0; i < ARRAY_SIZE(days); i++) {
		cleanup_free char *text = xasprintf("version %zu", i);

		record(w, ref, text, days[i], NULL);
	}
}

static void check_cut(struct world *w)
{
	cleanup_free char *log = world_out(
		w, "cd hub.git && git log --format='%%s %%an %%ae %%ct %%at %%b' " SEEN);
	cleanup_free char *expected = NULL;
	struct buf lines = BUF_INIT(10000);
	static const int kept[] = { 30, 58, 86 };

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		buf_addf(&lines,
			 "seen: version %zu nbsync nbsync@localhost %lld %lld Nbsync-Base-git: 1 "
			 "2\n\n",
			 6 - i, NOW - kept[i] * (int64_t)DAY, NOW - kept[i] * (int64_t)DAY);
	buf_addf(&lines, HISTORY_CUT_MESSAGE " nbsync nbsync@localhost %lld %lld",
		 NOW - 115ll * DAY, NOW - 115ll * DAY);
	expected = buf_steal(&lines, NULL);
	while (*log && log[strlen(log) - 1] == ' ')
		log[strlen(log) - 1] = '\0';
	assert_string_equal(log, expected);
}

static void test_cut(void **state)
{
	struct world *w = *state;
	cleanup_free char *newest = NULL, *root = NULL;
	struct oid tip, before, now;
	struct err e = ERR_INIT;
	size_t removed;

	if (!world_has_git())
		skip();
	fill(w, SEEN);
	world_ok(hub_ref_get(w->hub, SEEN, &tip, &e), &e);
	before = tip;
	world_ok(cut(w, SEEN, false, &tip, &removed, &e), &e);
	assert_int_equal(removed, 3);
	assert_false(oid_equal(&tip, &before));
	world_ok(hub_ref_get(w->hub, SEEN, &now, &e), &e);
	assert_true(oid_equal(&tip, &now));
	check_cut(w);
	newest = world_out(w, "git -C hub.git show " SEEN ":a.py");
	root = world_out(w, "git -C hub.git show " SEEN "~3:a.py");
	assert_string_equal(newest, "version 6");
	assert_string_equal(root, "version 3");
	/* A second time there is nothing to do. */
	world_ok(cut(w, SEEN, false, &tip, &removed, &e), &e);
	assert_int_equal(removed, 0);
	assert_true(oid_equal(&tip, &now));
}

/* The chain that keeps the branch: its own parents are cut, those of the branch stay. */
static void test_keeper(void **state)
{
	static const int days[] = { 200, 170, 115, 87, 58, 30 };
	struct world *w = *state;
	cleanup_free char *parents = NULL, *first = NULL, *commits = NULL;
	struct oid branch = { { 0 } }, tip = { { 0 } };
	struct err e = ERR_INIT;
	size_t removed;

	if (!world_has_git())
		skip();
	for (size_t i = 0; i < ARRAY_SIZE(days); i++) {
		cleanup_free char *text = xasprintf("version %zu", i);
		struct oid tree = world_put(w, NULL, "a.py", text);

		branch = world_commit(w, &tree, &branch, "branch\n", NOW - days[i] * (int64_t)DAY);
		world_ok(hub_ref_set(w->hub, "refs/heads/main", &branch, NULL, "", &e), &e);
		tip = record(w, "refs/nbsync/seen/git", text, days[i], &branch);
	}
	world_ok(cut(w, "refs/nbsync/seen/git", true, &tip, &removed, &e), &e);
	assert_int_equal(removed, 2);
	parents = world_out(w, "cd hub.git && git rev-parse refs/nbsync/seen/git^2 "
			       "refs/nbsync/seen/git~1^2 refs/nbsync/seen/git~2^2 "
			       "refs/nbsync/seen/git~3^1 | tr '\\n' ' '");
	first = world_out(w,
			  "cd hub.git && git rev-parse main main~1 main~2 main~3 | tr '\\n' ' '");
	assert_string_equal(parents, first);
	commits = world_out(w, "git -C hub.git rev-list --count main");
	assert_string_equal(commits, "6");
}

static void test_left_alone(void **state)
{
	struct world *w = *state;
	cleanup_free char *commits = NULL;
	struct oid tip = { { 0 } }, moved, tree;
	struct err e = ERR_INIT;
	size_t removed;

	if (!world_has_git())
		skip();
	/* Nothing there. */
	world_ok(cut(w, SEEN, false, &tip, &removed, &e), &e);
	assert_true(oid_is_zero(&tip));
	/* Somebody else's commit among ours. */
	fill(w, SEEN);
	world_ok(hub_ref_get(w->hub, SEEN, &tip, &e), &e);
	world_ok(hub_commit_tree(w->hub, &tip, &tree, &e), &e);
	moved = world_commit(w, &tree, &tip, "by hand\n", NOW - 10);
	world_ok(hub_ref_set(w->hub, SEEN, &moved, NULL, "test", &e), &e);
	tip = moved;
	world_ok(cut(w, SEEN, false, &tip, &removed, &e), &e);
	assert_int_equal(removed, 0);
	assert_true(oid_equal(&tip, &moved));
	/* The reference is not where it is believed to be. */
	fill(w, "refs/nbsync/agreed");
	world_ok(hub_ref_get(w->hub, "refs/nbsync/agreed", &tip, &e), &e);
	record(w, "refs/nbsync/agreed", "later", 0, NULL);
	moved = tip;
	assert_int_equal(cut(w, "refs/nbsync/agreed", false, &tip, &removed, &e), ERR_CONFLICT);
	assert_true(oid_equal(&tip, &moved));
	assert_int_equal(removed, 0);
	commits = count_commits(w, "refs/nbsync/agreed");
	assert_string_equal(commits, "8");
}

static void test_cancelled(void **state)
{
	struct world *w = *state;
	struct oid tip, before;
	struct err e = ERR_INIT;
	struct history_gone gone;

	fill(w, SEEN);
	world_ok(hub_ref_get(w->hub, SEEN, &before, &e), &e);
	for (int ticks = 1; ticks <= 2; ticks++) {
		int left = ticks;
		struct history_cut how = { .ref = SEEN,
					   .now_s = NOW,
					   .history_s = HISTORY,
					   .tick = tick,
					   .payload = &left };

		tip = before;
		assert_int_equal(history_cut(w->hub, &how, &tip, &gone, &e), ERR_CANCELLED);
		assert_true(oid_equal(&tip, &before));
		world_ok(hub_ref_get(w->hub, SEEN, &tip, &e), &e);
		assert_true(oid_equal(&tip, &before));
	}
}

static void test_killed(void **state)
{
	struct world *w = *state;
	cleanup_free char *whole = NULL, *short_one = NULL;
	struct oid tip;
	struct err e = ERR_INIT;
	size_t removed;
	long count;

	if (!world_has_git())
		skip();
	fill(w, SEEN);
	whole = story(w, SEEN);
	world_run(w, "cp -a hub.git saved");
	world_ok(hub_ref_get(w->hub, SEEN, &tip, &e), &e);
	steps = 0;
	world_ok(cut(w, SEEN, false, &tip, &removed, &e), &e);
	count = steps;
	assert_true(count >= 5);
	short_one = story(w, SEEN);
	assert_string_not_equal(whole, short_one);
	for (long at = 1; at <= count; at++) {
		cleanup_free char *after = NULL, *again = NULL;
		int status;
		pid_t child;

		hub_free(w->hub);
		w->hub = NULL;
		world_run(w, "rm -rf hub.git && cp -a saved hub.git");
		child = fork();
		assert_true(child >= 0);
		if (!child) {
			world_reopen(w);
			world_ok(hub_ref_get(w->hub, SEEN, &tip, &e), &e);
			steps = 0;
			die_at = at;
			_exit(cut(w, SEEN, false, &tip, &removed, &e) ? 1 : 0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
		world_reopen(w);
		after = story(w, SEEN);
		assert_true(str_eq(after, whole) || str_eq(after, short_one));
		world_ok(hub_ref_get(w->hub, SEEN, &tip, &e), &e);
		world_ok(cut(w, SEEN, false, &tip, &removed, &e), &e);
		again = story(w, SEEN);
		assert_string_equal(again, short_one);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records), WORLD_TEST(test_idle),
		WORLD_TEST(test_cut),           WORLD_TEST(test_keeper),
		WORLD_TEST(test_left_alone),    WORLD_TEST(test_cancelled),
		WORLD_TEST(test_killed),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
