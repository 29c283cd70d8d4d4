/* SPDX-License-Identifier: Apache-2.0 */
/* Old observations without the outputs of their notebooks: that nothing else changes, that no notebook
 * is read twice, and that being killed leaves one whole chain or the other. Which of them lose their
 * outputs is decided in test-history-cut.c. */

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
#include "memory/history_outputs.h"
#include "tests/source_text.h"

#define DAY     (24 * 3600)
#define NOW     (1000ll * DAY)
#define OUTPUTS (10ll * DAY)
#define SEEN    "refs/nbsync/seen/local"
#define MARK    "refs/nbsync/lean/seen/local"

/* One cell that printed a number, or has not run. */
#define NOTEBOOK(source, count, outputs)                                                       \
	"{\"cells\": [{\"cell_type\": \"code\", \"execution_count\": " count                   \
	", \"id\": \"c1\", \"metadata\": {\"tags\": [\"parameters\"]}, \"outputs\": [" outputs \
	"], \"source\": [\"" source "\"]}], \"metadata\": "                                    \
	"{\"application/vnd.databricks.v1+notebook\": {\"widgets\": {\"region\": {\"nuid\": "  \
	"\"n1\"}}}, \"language_info\": {\"name\": \"python\"}}, \"nbformat\": 4, "             \
	"\"nbformat_minor\": 5}\n"
#define STREAM(text) "{\"name\": \"stdout\", \"output_type\": \"stream\", \"text\": [\"" text "\"]}"
#define RUN(text)    NOTEBOOK("print(" text ")", "7", STREAM(text))
#define LEAN(text)   NOTEBOOK("print(" text ")", "0", "")

static long steps, die_at; /* die_at 0: never */

void step_here(const char *what)
{
	(void)what;
	if (++steps == die_at)
		_exit(42);
}

/* ---- chains ---- */

/* A record on top of a reference that puts a file of this text, or takes it away (NULL). */
static void record(struct world *w, const char *ref, int days, const char *path, const char *text)
{
	struct commit_spec spec = { .message = "seen: before acting",
				    .committer_name = "nbsync",
				    .committer_email = "nbsync@localhost",
				    .when_s = NOW - days * (int64_t)DAY };

	world_grow(w, ref, path, text, spec);
}

static bool count_tick(void *payload)
{
	++*(int *)payload;
	return true;
}

/* How many notebooks were read, and commits visited at the ticks of a short chain (two). */
#define CHAIN_TICKS 2

struct done {
	struct history_gone gone;
	int ticks;
};

static struct done strip_at(struct world *w, int64_t now_s, int64_t history_s)
{
	struct done done = { .ticks = 0 };
	struct history_cut how = { .ref = SEEN,
				   .now_s = now_s,
				   .history_s = history_s,
				   .outputs_s = OUTPUTS,
				   .tick = count_tick,
				   .payload = &done.ticks };
	struct oid tip, tree, now;
	struct err e = ERR_INIT;

	world_ok(hub_ref_get(w->hub, SEEN, &tip, &e), &e);
	world_ok(hub_commit_tree(w->hub, &tip, &tree, &e), &e);
	world_ok(history_cut(w->hub, &how, &tip, &done.gone, &e), &e);
	world_ok(hub_ref_get(w->hub, SEEN, &now, &e), &e);
	assert_true(oid_equal(&now, &tip));
	/* What the side holds now is what it was. */
	world_ok(hub_commit_tree(w->hub, &now, &now, &e), &e);
	assert_true(oid_equal(&now, &tree));
	return done;
}

/* A file of the chain's n-th commit, 0 for the newest. Owned. */
static char *shown(struct world *w, int n, const char *path)
{
	return world_out(w, "git -C hub.git show '" SEEN "~%d:%s' 2>&1; echo x", n, path);
}

static void expect_shown(struct world *w, int n, const char *path, const char *text)
{
	cleanup_free char *found = shown(w, n, path), *wanted = xasprintf("%sx", text);

	assert_string_equal(found, wanted);
}

static void test_outputs_go(void **state)
{
	struct world *w = *state;
	struct done done;

	if (!world_has_git())
		skip();
	record(w, SEEN, 50, "a.ipynb", RUN("1"));
	record(w, SEEN, 49, "b.ipynb", "{ no notebook");
	record(w, SEEN, 48, "c/d.py", PY "1\n");
	record(w, SEEN, 47, ".files/x.ipynb", RUN("2"));
	record(w, SEEN, 46, ".beside/e.ipynb", RUN("3"));
	record(w, SEEN, 45, "a.ipynb", RUN("4"));
	record(w, SEEN, 12, "f.ipynb", RUN("5")); /* this stood ten days ago */
	record(w, SEEN, 5, "a.ipynb", RUN("6"));
	record(w, SEEN, 1, "f.ipynb", NULL);
	done = strip_at(w, NOW, 0);
	assert_int_equal(done.gone.removed, 0);
	assert_int_equal(done.gone.lean, 6);
	expect_shown(w, 8, "a.ipynb", LEAN("1"));
	expect_shown(w, 4, "a.ipynb", LEAN("1"));
	expect_shown(w, 4, "b.ipynb", "{ no notebook");
	expect_shown(w, 4, "c/d.py", PY "1\n");
	expect_shown(w, 4, ".files/x.ipynb", RUN("2"));
	expect_shown(w, 4, ".beside/e.ipynb", LEAN("3"));
	expect_shown(w, 3, "a.ipynb", LEAN("4"));
	expect_shown(w, 2, "a.ipynb", RUN("4"));
	expect_shown(w, 2, "f.ipynb", RUN("5"));
	expect_shown(w, 1, "a.ipynb", RUN("6"));
	expect_shown(w, 0, "a.ipynb", RUN("6"));
	/* Once more: nothing happens, and nothing is read. */
	done = strip_at(w, NOW, 0);
	assert_int_equal(done.gone.lean, 0);
	assert_int_equal(done.ticks, 1);
}

/* Ten notebooks of which one is edited each day: that one is read, the others are not. */
static void test_only_what_changed_is_read(void **state)
{
	struct world *w = *state;
	struct done done;

	for (int i = 0; i < 10; i++) {
		cleanup_free char *path = xasprintf("n%d.ipynb", i);
		cleanup_free char *text = xasprintf(NOTEBOOK("1", "1", STREAM("%d")), i);

		record(w, SEEN, 60, path, text);
	}
	for (int i = 0; i < 9; i++) {
		cleanup_free char *text = xasprintf(NOTEBOOK("1", "1", STREAM("+%d")), i);

		record(w, SEEN, 50 - i, "n3.ipynb", text);
	}
	/* 45 days ago is now. */
	done = strip_at(w, NOW - 33ll * DAY, 0);
	assert_int_equal(done.gone.lean, 16);
	assert_in_range(done.ticks, 17, 17 + CHAIN_TICKS);
	/* Two days later, from another process. */
	world_reopen(w);
	done = strip_at(w, NOW - 30ll * DAY, 0);
	assert_int_equal(done.gone.lean, 2);
	assert_in_range(done.ticks, 2, 2 + CHAIN_TICKS);
	/* Who has lost the mark reads more, and finds the same. */
	if (world_has_git()) {
		cleanup_free char *before = world_out(w, "git -C hub.git rev-parse " SEEN);
		cleanup_free char *after = NULL, *mark = NULL;

		world_run(w, "git -C hub.git update-ref -d " MARK);
		world_reopen(w);
		done = strip_at(w, NOW - 30ll * DAY, 0);
		assert_int_equal(done.gone.lean, 0);
		after = world_out(w, "git -C hub.git rev-parse " SEEN);
		assert_string_equal(before, after);
		mark = world_out(w, "git -C hub.git rev-parse " MARK);
		assert_int_equal(strlen(mark), 40);
	}
}

/* The same bytes at many paths and times are read once. */
static void test_one_content_is_read_once(void **state)
{
	struct world *w = *state;
	struct done done;

	for (int i = 0; i < 10; i++) {
		cleanup_free char *path = xasprintf("n%d.ipynb", i % 7);

		record(w, SEEN, 60, path, i % 5 == 4 ? NULL : RUN("1"));
	}
	record(w, SEEN, 1, "x.ipynb", RUN("2"));
	done = strip_at(w, NOW, 0);
	assert_int_equal(done.gone.lean, 9);
	assert_in_range(done.ticks, 1, 1 + CHAIN_TICKS);
}

/* Without outputs nothing is written again: revisions keep their ids. */
static void test_nothing_to_take(void **state)
{
	struct world *w = *state;
	struct oid before, after;
	struct err e = ERR_INIT;

	for (int i = 0; i < 10; i++) {
		cleanup_free char *text = xasprintf(NOTEBOOK("%d", "1", ""), i);

		record(w, SEEN, 60 - i, "a.ipynb", text);
	}
	record(w, SEEN, 49, "a.ipynb", NULL);
	record(w, SEEN, 48, "b/c.ipynb", RUN("1"));
	world_ok(hub_ref_get(w->hub, SEEN, &before, &e), &e);
	assert_int_equal(strip_at(w, NOW, 0).gone.lean, 0);
	world_ok(hub_ref_get(w->hub, SEEN, &after, &e), &e);
	assert_true(oid_equal(&before, &after));
	/* Nobody comes for long, and then does: what stood until then goes from below. */
	record(w, SEEN, 0, "b/c.ipynb", NULL);
	assert_int_equal(strip_at(w, NOW, 0).gone.lean, 0);
	assert_int_equal(strip_at(w, NOW + 12ll * DAY, 0).gone.lean, 1);
	if (world_has_git()) {
		expect_shown(w, 1, "b/c.ipynb", LEAN("1"));
		expect_shown(w, 5, "a.ipynb", NOTEBOOK("7", "1", ""));
	}
}

/* Both at once: what is left is light, and the mark outlives the cut. */
static void test_with_a_cut(void **state)
{
	struct world *w = *state;
	struct done done;

	if (!world_has_git())
		skip();
	for (int i = 0; i < 60; i++) {
		cleanup_free char *text = xasprintf(NOTEBOOK("1", "1", STREAM("%d")), i);

		record(w, SEEN, 60 - i, "a.ipynb", text);
	}
	done = strip_at(w, NOW, 40ll * DAY);
	assert_int_equal(done.gone.removed, 19);
	assert_int_equal(done.gone.lean, 30);
	expect_shown(w, 40, "a.ipynb", NOTEBOOK("1", "0", ""));
	expect_shown(w, 11, "a.ipynb", NOTEBOOK("1", "0", ""));
	expect_shown(w, 10, "a.ipynb", NOTEBOOK("1", "1", STREAM("49")));
	/* A cut alone (a tenth of the outputs' time has not gathered) knows where it was. */
	done = strip_at(w, NOW + DAY - 1, 30ll * DAY);
	assert_true(done.gone.removed > 0);
	assert_int_equal(done.gone.lean, 0);
	assert_in_range(done.ticks, 0, CHAIN_TICKS);
	done = strip_at(w, NOW + 3ll * DAY, 30ll * DAY);
	assert_int_equal(done.gone.lean, 3);
	assert_in_range(done.ticks, 3, 3 + CHAIN_TICKS);
}

/* The key was taken away: the mark goes, nothing else. */
static void test_mark_goes(void **state)
{
	struct world *w = *state;
	struct history_cut how = { .ref = SEEN, .now_s = NOW };
	struct history_gone gone;
	struct oid tip, before, mark;
	struct err e = ERR_INIT;

	for (int i = 0; i < 4; i++)
		record(w, SEEN, 50 - i, "a.ipynb", i % 2 ? RUN("1") : RUN("2"));
	assert_int_equal(strip_at(w, NOW, 0).gone.lean, 3);
	world_ok(hub_ref_get(w->hub, MARK, &mark, &e), &e);
	world_ok(hub_ref_get(w->hub, SEEN, &tip, &e), &e);
	before = tip;
	world_ok(history_cut(w->hub, &how, &tip, &gone, &e), &e);
	assert_true(oid_equal(&tip, &before));
	assert_int_equal(hub_ref_get(w->hub, MARK, &mark, &e), ERR_ABSENT);
}

/* A folder becomes a file and a file a folder; a tree becomes empty. */
static void test_odd_trees(void **state)
{
	struct world *w = *state;

	if (!world_has_git())
		skip();
	record(w, SEEN, 60, "a.ipynb/b.ipynb", RUN("1"));
	record(w, SEEN, 59, "a.ipynb/b.ipynb", NULL);
	record(w, SEEN, 58, "a.ipynb", RUN("2"));
	record(w, SEEN, 57, "a.ipynb", NULL);
	record(w, SEEN, 56, "a.ipynb/b.ipynb", RUN("3"));
	record(w, SEEN, 1, "c.ipynb", RUN("4"));
	assert_int_equal(strip_at(w, NOW, 0).gone.lean, 2);
	expect_shown(w, 5, "a.ipynb/b.ipynb", LEAN("1"));
	expect_shown(w, 3, "a.ipynb", LEAN("2"));
	expect_shown(w, 1, "a.ipynb/b.ipynb", RUN("3"));
}

/* What is larger than the bound keeps its outputs, and is not read. */
static void test_large(void **state)
{
	struct world *w = *state;
	struct buf text = BUF_UNBOUNDED;
	cleanup_free char *whole = NULL, *larger = NULL;
	struct history_strip strip = { .hub = w->hub };
	size_t fill;
	struct oid none = { { 0 } }, tree, lean, id;
	struct err e = ERR_INIT;

	buf_add_str(&text, "{\"cells\": [{\"cell_type\": \"code\", \"execution_count\": 1, "
			   "\"metadata\": {}, \"outputs\": [" STREAM("x") "], \"source\": []}], ");
	buf_add_str(&text, "\"metadata\": {}, \"nbformat\": 4, \"nbformat_minor\": 4, \"x\": \"");
	fill = HISTORY_STRIP_MAX - 2 - text.len;
	buf_reserve(&text, fill);
	memset(text.data + text.len, 'x', fill);
	text.len += fill;
	buf_add_str(&text, "\"}");
	assert_int_equal(text.len, HISTORY_STRIP_MAX);
	whole = buf_steal(&text, NULL);
	tree = world_put(w, NULL, "a.ipynb", whole);
	world_ok(history_strip_tree(&strip, &none, &none, &tree, &lean, &e), &e);
	world_ok(hub_tree_find(w->hub, &lean, "a.ipynb", &id, NULL, &e), &e);
	larger = xasprintf("%s ", whole);
	tree = world_put(w, NULL, "b.ipynb", larger);
	assert_false(oid_equal(&tree, &lean));
	world_ok(history_strip_tree(&strip, &none, &none, &tree, &lean, &e), &e);
	assert_true(oid_equal(&tree, &lean));
	history_strip_release(&strip);
}

struct left {
	int ticks;
};

static bool run_out(void *payload)
{
	return --((struct left *)payload)->ticks > 0;
}

static void test_cancelled(void **state)
{
	struct world *w = *state;
	struct oid tip, before, mark;
	struct history_gone gone;
	struct err e = ERR_INIT;

	for (int i = 0; i < 5; i++) {
		cleanup_free char *text = xasprintf(NOTEBOOK("1", "1", STREAM("%d")), i);

		record(w, SEEN, 50 - i, "a.ipynb", text);
	}
	world_ok(hub_ref_get(w->hub, SEEN, &before, &e), &e);
	for (int ticks = 1; ticks <= 5; ticks++) {
		struct left left = { ticks };
		struct history_cut how = { .ref = SEEN,
					   .now_s = NOW,
					   .outputs_s = OUTPUTS,
					   .tick = run_out,
					   .payload = &left };

		tip = before;
		assert_int_equal(history_cut(w->hub, &how, &tip, &gone, &e), ERR_CANCELLED);
		assert_true(oid_equal(&tip, &before));
		assert_int_equal(gone.lean, 0);
		world_ok(hub_ref_get(w->hub, SEEN, &tip, &e), &e);
		assert_true(oid_equal(&tip, &before));
		assert_int_equal(hub_ref_get(w->hub, MARK, &mark, &e), ERR_ABSENT);
	}
}

/* ---- dying ---- */

/* The chain as git sees it, newest first. Owned. */
static char *story(struct world *w)
{
	return world_out(w, "cd hub.git && for c in $(git rev-list " SEEN "); do "
			    "git log -1 --format='%%ct %%an %%ae %%s' $c; git show $c:a.ipynb; "
			    "done");
}

/* Runs it in a child that dies before step at. */
static void die(struct world *w, long at)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (!child) {
		world_reopen(w);
		steps = 0;
		die_at = at;
		strip_at(w, NOW, 40ll * DAY);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

static void test_killed(void **state)
{
	struct world *w = *state;
	cleanup_free char *fat = NULL, *lean = NULL;
	long count;

	if (!world_has_git())
		skip();
	for (int i = 0; i < 8; i++) {
		cleanup_free char *text = xasprintf(NOTEBOOK("1", "1", STREAM("%d")), i);

		record(w, SEEN, 60 - 7 * i, "a.ipynb", text);
	}
	fat = story(w);
	world_run(w, "cp -a hub.git saved");
	steps = 0;
	assert_true(strip_at(w, NOW, 40ll * DAY).gone.lean > 0);
	count = steps;
	assert_true(count >= 8);
	lean = story(w);
	assert_string_not_equal(fat, lean);
	for (long at = 1; at <= count; at++) {
		cleanup_free char *after = NULL, *again = NULL;
		bool done;

		hub_free(w->hub);
		w->hub = NULL;
		world_run(w, "rm -rf hub.git && cp -a saved hub.git");
		die(w, at);
		world_reopen(w);
		after = story(w);
		done = str_eq(after, lean);
		assert_true(done || str_eq(after, fat));
		assert_int_equal(strip_at(w, NOW, 40ll * DAY).gone.lean > 0, !done);
		again = story(w);
		assert_string_equal(again, lean);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(test_outputs_go),
		WORLD_TEST(test_only_what_changed_is_read),
		WORLD_TEST(test_one_content_is_read_once),
		WORLD_TEST(test_nothing_to_take),
		WORLD_TEST(test_with_a_cut),
		WORLD_TEST(test_mark_goes),
		WORLD_TEST(test_odd_trees),
		WORLD_TEST(test_large),
		WORLD_TEST(test_cancelled),
		WORLD_TEST(test_killed),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
