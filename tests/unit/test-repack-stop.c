/* SPDX-License-Identifier: Apache-2.0 */
/* Repacking that is stopped: cancelled, killed at each step, or found half done. What is needed stays,
 * and the next run goes on. The git program judges each result. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/wait.h>
#include <unistd.h>

#define NBSYNC_STEPS
#include "base/step.h"
#include "repack_world.h"

static long steps, die_at; /* die_at 0: never */

void step_here(const char *what)
{
	(void)what;
	if (++steps == die_at)
		_exit(42);
}

struct countdown {
	int left;
};

static bool tick(void *payload, size_t done, size_t total)
{
	struct countdown *c = payload;

	(void)done;
	(void)total;
	return --c->left > 0;
}

static void test_cancelled(void **state)
{
	struct world *w = *state;
	cleanup_free char *before = NULL;
	int ticks = 0;

	needs_git();
	grow(w, AGREED, 0, 60);
	repack(w, &pack);
	grow(w, AGREED, 60, 60);
	age(w, 2);
	before = everything(w, "hub.git");
	for (bool cancelled = true; cancelled; ticks += 1 + ticks / 2) {
		struct countdown c = { .left = ticks + 1 };
		struct repack_request request = { .tick = tick, .payload = &c };
		struct repack_result result;
		struct err e = ERR_INIT;
		cleanup_free char *after = NULL;
		int r = hub_repack(w->hub, &request, &result, &e);

		cancelled = r == ERR_CANCELLED;
		if (r && !cancelled)
			fail_msg("%s", e.text);
		after = everything(w, "hub.git");
		assert_string_equal(before, after);
	}
	assert_true(ticks > 10);
	world_run(w, "! ls hub.git/objects/pack | grep -v '^pack-'");
	check_usage(w, 0, 1);
}

static void run_and_die(struct world *w, const struct repack_request *request, long at)
{
	struct repack_result result;
	struct err e = ERR_INIT;
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child) {
		world_reopen(w);
		steps = 0;
		die_at = at;
		_exit(hub_repack(w->hub, request, &result, &e) ? 1 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), at ? 42 : 0);
}

static long count_steps(struct world *w, const struct repack_request *request)
{
	steps = 0;
	repack(w, request);
	return steps;
}

/* Dies at each step of one run, which then runs again. */
static void die_everywhere(struct world *w, const struct repack_request *request)
{
	cleanup_free char *before = everything(w, "hub.git"), *done = NULL;
	long count;

	world_run(w, "rm -rf saved && cp -a hub.git saved");
	count = count_steps(w, request);
	assert_true(count >= 4);
	done = world_out(w, "find hub.git/objects -type f | wc -l");
	for (long at = 1; at <= count; at++) {
		cleanup_free char *after = NULL, *files = NULL;

		hub_free(w->hub);
		w->hub = NULL;
		world_run(w, "rm -rf hub.git && cp -a saved hub.git");
		run_and_die(w, request, at);
		world_reopen(w);
		after = everything(w, "hub.git");
		assert_string_equal(before, after);
		world_fsck(w, w->hub_dir);
		if (request->drop)
			age(w, 2);
		repack(w, request);
		files = world_out(w, "find hub.git/objects -type f | wc -l");
		/* A few loose objects that were left behind may wait for the next time. */
		assert_in_range(atoi(files), 0, atoi(done) + 64);
		free(after);
		after = everything(w, "hub.git");
		assert_string_equal(before, after);
	}
	world_run(w, "! ls hub.git/objects/pack | grep -v '^pack-'");
}

static void test_killed_while_packing(void **state)
{
	struct world *w = *state;

	needs_git();
	grow(w, AGREED, 0, 40);
	repack(w, &pack);
	grow(w, AGREED, 40, 40);
	repack(w, &pack);
	grow(w, AGREED, 80, 40);
	die_everywhere(w, &pack);
}

static void test_killed_while_dropping(void **state)
{
	struct world *w = *state;
	struct repack_request request = { .drop = true, .recent_s = DAY, .is_record = is_agreed };
	struct err e = ERR_INIT;

	needs_git();
	grow(w, AGREED, 0, 20);
	grow(w, "refs/nbsync/gone", 100, 40);
	repack(w, &pack);
	grow(w, "refs/nbsync/gone", 140, 40);
	world_ok(hub_ref_delete(w->hub, "refs/nbsync/gone", &e), &e);
	age(w, 2);
	die_everywhere(w, &request);
}

/* Killed between a new index and its pack, or between an old pack and its index. */
static void test_lone_index(void **state)
{
	struct world *w = *state;

	needs_git();
	grow(w, AGREED, 0, 40);
	repack(w, &pack);
	world_run(w, "cd hub.git/objects/pack && "
		     "cp pack-*.idx pack-1111111111111111111111111111111111111111.idx && "
		     "touch pack_git2_abc && mkdir folder.idx");
	world_reopen(w);
	check_usage(w, 0, 1);
	world_run(w, "test $(ls hub.git/objects/pack | grep -vc '^folder') = 2 && "
		     "rmdir hub.git/objects/pack/folder.idx");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(test_cancelled),
		WORLD_TEST(test_killed_while_packing),
		WORLD_TEST(test_killed_while_dropping),
		WORLD_TEST(test_lone_index),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
