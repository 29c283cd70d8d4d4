/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Working trees that git itself made: which are found and opened, how their branch moves on, and what
 * is left when the process is killed at any step of that. git status and git fsck judge.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NBSYNC_STEPS
#include "base/step.h"
#include "git/worktree/worktree.h"
#include "git_world.h"

#define DIED 99

static unsigned dies_at; /* the step at which the process ends; 0: never */
static unsigned steps;

void step_here(const char *what)
{
	(void)what;
	if (++steps == dies_at)
		_exit(DIED);
}

/* A clone "work" of "origin.git" with a.py and README.md. */
static void clone_repository(struct world *w)
{
	world_run(w,
		  "git init -q --bare -b main origin.git && git clone -q origin.git seed 2>&1 && "
		  "cd seed && git checkout -q -B main && mkdir nb && echo 1 >nb/a.py && "
		  "echo one >README.md && git add . && git commit -q -m begin && "
		  "git push -q origin main && cd .. && git clone -q origin.git work");
}

static struct worktree *opened(struct world *w, const char *dir, const char *git_path, int code,
			       struct err *e)
{
	cleanup_free char *path = xasprintf("%s/%s", w->dir, dir);
	cleanup_free char *url = xasprintf("file://%s/origin.git", w->dir);
	const struct worktree_wanted wanted = { path, "main", git_path, url, "etl" };
	struct worktree *tree;

	assert_int_equal(worktree_open(&tree, &wanted, e), code);
	assert_int_equal(tree != NULL, code == ERR_OK);
	return tree;
}

/* ---- finding ---- */

static void expect_found(struct world *w, const char *dir, const char *top, const char *below,
			 const char *problem)
{
	cleanup_free char *path = xasprintf("%s/%s", w->dir, dir);
	cleanup_free char *whole = top ? xasprintf("%s/%s", w->dir, top) : NULL;
	struct worktree_place p;

	worktree_find(&p, path);
	if (!top) {
		assert_null(p.top);
	} else {
		assert_string_equal(p.top, whole);
		assert_string_equal(p.below, below);
		assert_int_equal(p.gitdir != NULL, problem == NULL);
		assert_int_equal(p.problem.code, problem ? ERR_CONFIG : ERR_OK);
		if (problem && !strstr(p.problem.text, problem))
			fail_msg("%s", p.problem.text);
	}
	worktree_place_release(&p);
}

static void test_what_is_found(void **state)
{
	struct world *w = *state;

	NEEDS_GIT();
	clone_repository(w);
	world_run(w, "mkdir -p plain/x empty/.git/x file odd linkdir && ln -s ../work/.git "
		     "linkdir/.git");
	world_run(w, "ln -s work/nb way && echo 'no git' >file/.git && printf 'gitdir: nowhere' "
		     ">odd/.git");
	world_run(w, "git -C work worktree add -q ../other -b other 2>&1");
	world_run(w, "git -C work -c protocol.file.allow=always submodule add -q ../origin.git sub "
		     "2>&1");
	expect_found(w, "work", "work", "", NULL);
	expect_found(w, "work/nb", "work", "nb", NULL);
	expect_found(w, "way", "work", "nb", NULL);
	expect_found(w, "work/nb/not/yet", "work", "nb/not/yet", NULL);
	expect_found(w, "plain/x", NULL, NULL, NULL);
	expect_found(w, "empty", NULL, NULL, NULL);
	expect_found(w, "origin.git", NULL, NULL, NULL);
	expect_found(w, "other/nb", "other", "nb", NULL);
	expect_found(w, "work/sub/nb", "work/sub", "nb", NULL);
	expect_found(w, "linkdir", "linkdir", "", NULL);
	expect_found(w, "file", "file", "", "names no Git directory");
	expect_found(w, "odd", "odd", "", "does not exist");
}

/* Hostile files: long, without an end, devices. */
static void test_odd_dot_git(void **state)
{
	struct world *w = *state;

	world_run(w, "mkdir long fifo deep && head -c 100000 /dev/zero | tr '\\0' a >long/.git && "
		     "mkfifo fifo/.git && ln -s .git deep/.git");
	expect_found(w, "long", "long", "", "names no Git directory");
	expect_found(w, "fifo", NULL, NULL, NULL);
	expect_found(w, "deep", NULL, NULL, NULL);
}

/* Root may give files away. What belongs to another user is seen, and never read. */
static void test_foreign_owners(void **state)
{
	struct world *w = *state;
	struct err e = ERR_INIT;

	NEEDS_GIT();
	if (geteuid() != 0)
		skip();
	clone_repository(w);
	world_run(
		w,
		"mkdir -p shared/mine && cp -r work/.git shared/.git && chown -R 4711 shared/.git");
	expect_found(w, "shared/mine", NULL, NULL, NULL);
	world_run(w, "chown 4711 shared");
	expect_found(w, "shared/mine", "shared", "mine", "belongs to another user (uid 4711)");
	opened(w, "shared/mine", "mine", ERR_CONFIG, &e);
	assert_non_null(strstr(e.text, "belongs to another user (uid 4711): let nbsync run as its "
				       "owner or repair it, or set 'clone = independent'"));
	world_run(w, "mkdir a && echo \"gitdir: $PWD/shared/.git\" >a/.git");
	expect_found(w, "a", "a", "", "belongs to another user (uid 4711)");
}

/* ---- what can be followed ---- */

static const struct {
	const char *change, *dir, *git_path, *sentence;
} openings[] = {
	{ "true", "work/nb", "nb", NULL },
	{ "true", "work", "", NULL },
	{ "true", "work/nb", "", "is the folder 'nb' of its Git working tree" },
	{ "true", "work", "nb", "make them the same, or set 'clone = independent'" },
	{ "true", "seed/../plain", "", "is in no Git working tree that could be followed" },
	{ "git -C work remote set-url origin https://git.acme.example/x", "work", "",
	  "has no remote that is 'file://" },
	{ "git -C work remote add nbsync ../origin.git; git -C work remote set-url nbsync "
	  "file://$PWD/origin.git",
	  "work", "", NULL },
	{ "git -C work sparse-checkout set nb && git -C work config --unset "
	  "extensions.worktreeConfig; git -C work config core.sparseCheckout true",
	  "work", "", "sparse checkout" },
	{ "git -C work config core.sparseCheckout false; git -C work config core.worktree "
	  "../../seed",
	  "work", "", "has its working tree elsewhere" },
	{ "git -C work config --unset core.worktree; git -C work config core.bare true", "work", "",
	  "has its working tree elsewhere" },
	{ "git -C work config core.bare false; git -C work config core.repositoryformatversion 1; "
	  "git -C work config extensions.refStorage reftable",
	  "work", "", "has the extension 'refstorage'" },
	{ "git config -f work/.git/config --unset extensions.refStorage; git config "
	  "-f work/.git/config extensions.partialClone origin",
	  "work", "", "has the extension 'partialclone'" },
};

static void test_what_can_be_followed(void **state)
{
	struct world *w = *state;

	NEEDS_GIT();
	clone_repository(w);
	world_run(w, "mkdir plain");
	for (size_t i = 0; i < ARRAY_SIZE(openings); i++) {
		const char *sentence = openings[i].sentence;
		struct err e = ERR_INIT;

		world_run(w, "%s", openings[i].change);
		worktree_free(opened(w, openings[i].dir, openings[i].git_path,
				     sentence ? ERR_CONFIG : ERR_OK, &e));
		if (sentence && !strstr(e.text, sentence))
			fail_msg("%zu: %s", i, e.text);
	}
}

static void test_another_kind_of_ids(void **state)
{
	struct world *w = *state;
	struct err e = ERR_INIT;

	NEEDS_GIT();
	world_run(w, "git init -q --object-format=sha256 work");
	opened(w, "work", "", ERR_CONFIG, &e);
	assert_non_null(
		strstr(e.text, "has the extension 'objectformat', which nbsync does not know"));
	assert_non_null(strstr(e.text, "'clone = independent'"));
}

/* ---- moving on ---- */

static enum worktree_claim claim_notebooks(void *payload, const char *path, const struct oid *id)
{
	(void)payload;
	(void)id;
	return str_starts(path, "nb/") ? WORKTREE_OURS : WORKTREE_OTHERS;
}

/* What the remote has, in the hub. */
static struct oid tip_in_hub(struct world *w)
{
	cleanup_free char *hex = NULL;
	struct oid tip;

	world_run(w, "git -C hub.git fetch -q ../origin.git +main:refs/remotes/origin/main");
	hex = world_out(w, "git -C origin.git rev-parse main");
	assert_true(oid_parse(&tip, hex));
	world_reopen(w);
	return tip;
}

static int advance(struct world *w, enum worktree_outcome *outcome, struct err *e)
{
	struct oid tip = tip_in_hub(w);
	const struct worktree_advance a = { .hub = w->hub,
					    .tip = &tip,
					    .name = "nbsync",
					    .email = "nbsync@localhost",
					    .claim = claim_notebooks };
	struct worktree *tree = opened(w, "work/nb", "nb", ERR_OK, e);
	enum worktree_relation relation;
	int r;

	worktree_recover(tree);
	world_run(w, "touch -d '1 minute ago' work/.git/index");
	assert_int_equal(worktree_relate(tree, w->hub, &tip, &relation, e), ERR_OK);
	if (relation == WORKTREE_EVEN)
		worktree_track(tree, &a);
	r = relation == WORKTREE_BEHIND ? worktree_advance(tree, &a, outcome, e) : ERR_OK;
	worktree_free(tree);
	return r;
}

/* Somebody pushes; and nbsync has written the notebooks. */
static void push_more(struct world *w)
{
	world_run(w, "cd seed && echo 2 >nb/a.py && echo 1 >nb/b.py && git rm -q nb/gone.py && "
		     "git add . && git commit -q -m more && git push -q origin main && "
		     "cp nb/*.py ../work/nb/ && rm -f ../work/nb/gone.py");
}

static void begin(struct world *w)
{
	clone_repository(w);
	world_run(w, "cd seed && echo 1 >nb/gone.py && git add . && git commit -q -m gone && "
		     "git push -q origin main && git -C ../work pull -q");
}

static void expect_clean(struct world *w)
{
	cleanup_free char *status = world_out(w, "git -C work status -sb");

	assert_string_equal(status, "## main...origin/main");
	world_run(
		w,
		"test \"$(git -C work rev-parse main)\" = \"$(git -C origin.git rev-parse main)\"");
	world_run(w, "cd work && git fsck --strict --no-dangling && ! ls .git | grep nbsync");
}

static void test_moving_on(void **state)
{
	struct world *w = *state;
	enum worktree_outcome outcome;
	struct err e = ERR_INIT;

	NEEDS_GIT();
	begin(w);
	push_more(w);
	world_ok(advance(w, &outcome, &e), &e);
	assert_int_equal(outcome, WORKTREE_MOVED);
	expect_clean(w);
}

/* Whatever the step at which the process dies: nothing is lost, a user is told the truth, and the
 * next process ends it; git itself is never locked out once that has begun. */
static void test_killed_at_each_step(void **state)
{
	struct world *w = *state;
	enum worktree_outcome outcome;
	struct err e = ERR_INIT;
	unsigned killed = 0;
	int status;

	NEEDS_GIT();
	begin(w);
	push_more(w);
	tip_in_hub(w);
	world_run(w, "cp -a work begun");
	for (unsigned n = 1;; n++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0) {
			dies_at = steps + n;
			_exit(advance(w, &outcome, &e) ? 1 : 0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WEXITSTATUS(status) != DIED)
			break;
		killed++;
		/* Old or new, and never a change that would be taken back. */
		world_run(w, "cd work && git fsck --strict --no-dangling && "
			     "git diff --quiet origin/main -- README.md && "
			     "test \"$(cat nb/a.py)\" = 2");
		world_ok(advance(w, &outcome, &e), &e);
		expect_clean(w);
		world_run(w, "rm -rf work && cp -a begun work");
	}
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(killed >= 10);
}

/* What is not ours stays, and holds us up. */
static void test_locks_of_others(void **state)
{
	static const char *const locks[] = { "index.lock", "refs/heads/main.lock" };
	struct world *w = *state;
	enum worktree_outcome outcome;
	struct err e = ERR_INIT;

	NEEDS_GIT();
	begin(w);
	push_more(w);
	for (size_t i = 0; i < ARRAY_SIZE(locks); i++) {
		world_run(w, "echo nbsyncd >work/.git/%s", locks[i]);
		assert_int_equal(advance(w, &outcome, &e), ERR_RETRY);
		world_run(w, "test -e work/.git/%s && rm work/.git/%s", locks[i], locks[i]);
	}
	/* The index had moved by then; no more is staged than is pushed. */
	world_run(w, "cd work && git diff --quiet && git diff --cached --quiet origin/main~0 -- "
		     "README.md");
	world_ok(advance(w, &outcome, &e), &e);
	expect_clean(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(test_what_is_found),       WORLD_TEST(test_odd_dot_git),
		WORLD_TEST(test_foreign_owners),      WORLD_TEST(test_what_can_be_followed),
		WORLD_TEST(test_another_kind_of_ids), WORLD_TEST(test_moving_on),
		WORLD_TEST(test_killed_at_each_step), WORLD_TEST(test_locks_of_others),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
