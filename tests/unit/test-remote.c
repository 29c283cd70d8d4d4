/* SPDX-License-Identifier: Apache-2.0 */
/* Fetch and push against real repositories: what holds over file:/// and over HTTP alike. git fsck --strict judges hub and remote at the end of each test. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git_fixture.h"

static void test_clone_and_follow(void **state)
{
	static const char *const modes[] = { NULL, "open", "v1" };
	FIXTURE(f);

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		cleanup_free char *path = xasprintf("etl/n%zu.py", i);
		struct oid first = origin_commit(f, "main", path, "one"), second, tip, id;
		struct err e = ERR_INIT;

		fixture_use(f, modes[i]);
		tip = fetch_ok(f);
		expect_oid(&tip, &first);
		expect_tracking(f, &first);
		assert_true(f->progress > 0);
		world_ok(hub_commit_tree(f->w->hub, &tip, &id, &e), &e);
		world_ok(hub_tree_find(f->w->hub, &id, path, &id, NULL, &e), &e);
		second = origin_commit(f, "main", path, "two");
		tip = fetch_ok(f);
		expect_oid(&tip, &second);
		tip = fetch_ok(f);
		expect_oid(&tip, &second);
		world_fsck(f->w, f->w->hub_dir);
	}
}

static void test_empty_and_missing_branch(void **state)
{
	static const char *const modes[] = { NULL, "open" };
	FIXTURE(f);

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct err e = ERR_INIT;
		struct remote_branches branches;
		struct oid tip;

		fixture_renew(f);
		fixture_use(f, modes[i]);
		world_ok(remote_fetch(f->w->hub, &f->remote, &tip, &branches, &e), &e);
		assert_true(branches.empty);
		assert_int_equal(branches.count, 0);
		assert_true(oid_is_zero(&tip));
		remote_branches_release(&branches);
		origin_commit(f, "other", "a.py", "1");
		world_ok(remote_fetch(f->w->hub, &f->remote, &tip, &branches, &e), &e);
		assert_false(branches.empty);
		assert_int_equal(branches.count, 1);
		assert_string_equal(branches.names[0], "other");
		assert_true(oid_is_zero(&tip));
		remote_branches_release(&branches);
		expect_tracking(f, &no_oid);
	}
}

static void test_push(void **state)
{
	static const char *const modes[] = { NULL, "open" };
	FIXTURE(f);

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct err e = ERR_INIT;
		struct oid first, second, tip;

		fixture_renew(f);
		fixture_use(f, modes[i]);
		first = hub_next(f, &no_oid, "etl/a.py");
		world_ok(push_try(f, &first, &e), &e);
		tip = origin_tip(f, "main");
		expect_oid(&tip, &first);
		expect_tracking(f, &first);
		second = hub_next(f, &first, "etl/b.py");
		world_ok(push_try(f, &second, &e), &e);
		world_ok(push_try(f, &second, &e), &e);
		tip = origin_tip(f, "main");
		expect_oid(&tip, &second);
		expect_tracking(f, &second);
		world_fsck(f->w, "origin.git");
	}
}

/* Where HEAD points is told when that branch is there, and by its name only if it is plain. */
static void test_the_default_branch(void **state)
{
	static const char *const modes[] = { NULL, "open" };
	FIXTURE(f);

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct remote_branches branches;
		struct err e = ERR_INIT;
		struct oid tip;

		fixture_renew(f);
		fixture_use(f, modes[i]);
		origin_commit(f, "team/ana", "a.py", "1");
		free(world_out(f->w, "git -C origin.git update-ref \"refs/heads/it's;rm\" "
				     "refs/heads/team/ana && echo done"));
		world_ok(remote_fetch(f->w->hub, &f->remote, &tip, &branches, &e), &e);
		assert_null(branches.head);
		assert_int_equal(branches.count, 1);
		assert_string_equal(branches.names[0], "team/ana");
		remote_branches_release(&branches);
		free(world_out(f->w, "git -C origin.git symbolic-ref HEAD refs/heads/team/ana && "
				     "echo done"));
		world_ok(remote_fetch(f->w->hub, &f->remote, &tip, &branches, &e), &e);
		assert_string_equal(branches.head, "team/ana");
		assert_true(oid_is_zero(&tip));
		remote_branches_release(&branches);
	}
}

static void test_push_beside_other_branches(void **state)
{
	static const char *const modes[] = { NULL, "open" };
	FIXTURE(f);

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct remote_branches branches;
		struct oid other, tip, mine;
		struct err e = ERR_INIT;

		fixture_renew(f);
		other = origin_commit(f, "feature/x", "a.py", "1");
		fixture_use(f, modes[i]);
		/* A commit that has nothing in common with them has no place there. */
		mine = hub_next(f, &no_oid, "b.py");
		assert_int_equal(push_try(f, &mine, &e), ERR_CONFLICT);
		assert_non_null(strstr(e.text, "has branches, but no branch 'main' any more"));
		f->remote.branch = "feature/x";
		world_ok(remote_fetch(f->w->hub, &f->remote, &tip, &branches, &e), &e);
		remote_branches_release(&branches);
		f->remote.branch = "main";
		world_ok(push_try(f, &other, &e), &e);
		mine = hub_next(f, &other, "b.py");
		world_ok(push_try(f, &mine, &e), &e);
		tip = origin_tip(f, "feature/x");
		expect_oid(&tip, &other);
		tip = origin_tip(f, "main");
		expect_oid(&tip, &mine);
	}
}

static void test_rejected_when_the_remote_moved(void **state)
{
	static const char *const modes[] = { NULL, "open" };
	FIXTURE(f);

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct oid base, theirs, mine, tip;
		struct err e = ERR_INIT;

		base = origin_commit(f, "main", "a.py", modes[i] ? "1" : "2");
		fixture_use(f, modes[i]);
		fetch_ok(f);
		mine = hub_next(f, &base, "mine.py");
		theirs = origin_commit(f, "main", "theirs.py", modes[i] ? "1" : "2");
		/* Both when their commit is unknown to us, and when it is known. */
		for (int known = 0; known < 2; known++) {
			assert_int_equal(push_try(f, &mine, &e), ERR_CONFLICT);
			assert_non_null(strstr(e.text, "branch 'main' of"));
			assert_non_null(strstr(e.text, "has moved: fetch, then push again"));
			tip = origin_tip(f, "main");
			expect_oid(&tip, &theirs);
			expect_tracking(f, known ? &theirs : &base);
			fetch_ok(f);
		}
	}
}

static void test_a_rewritten_branch(void **state)
{
	static const char *const modes[] = { NULL, "open" };
	FIXTURE(f);

	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct oid old = origin_commit(f, "main", "a.py", modes[i] ? "1" : "2"), new, tip;

		fixture_use(f, modes[i]);
		tip = fetch_ok(f);
		expect_oid(&tip, &old);
		world_run(f->w, "git -C origin.git update-ref -d refs/heads/main");
		new = origin_commit(f, "main", "rewritten.py", modes[i] ? "1" : "2");
		tip = fetch_ok(f);
		expect_oid(&tip, &new);
		expect_tracking(f, &new);
		assert_true(hub_has(f->w->hub, &old));
	}
}

/* Denied before anything is contacted, or between two contacts. */
static void test_denied(void **state)
{
	static const struct {
		const char *mode;
		int allowed; /* how many questions are answered with yes */
		const char *requests;
	} table[] = {
		{ NULL, 0, "" },
		{ NULL, 1, "" },
		{ "open", 0, "" },
		{ "open", 1, "" },
		{ "open", 2, "GET /open/origin.git/info/refs?service=git-upload-pack" },
	};
	FIXTURE(f);

	origin_commit(f, "main", "a.py", "1");
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		cleanup_free char *requests = NULL, *sentence = NULL;
		struct oid mine = hub_next(f, &no_oid, "b.py");
		struct err e = ERR_INIT;

		fixture_use(f, table[i].mode);
		sentence = xasprintf("the policy refuses '%s'", f->remote.url);
		f->allowed = table[i].allowed;
		assert_int_equal(fetch_try(f, &e), ERR_DENIED);
		assert_string_equal(e.text, sentence);
		requests = world_out(f->w, "cat requests");
		assert_string_equal(requests, table[i].requests);
		if (table[i].allowed > 1)
			continue;
		f->allowed = table[i].allowed;
		assert_int_equal(push_try(f, &mine, &e), ERR_DENIED);
		assert_string_equal(e.text, sentence);
	}
	f->allowed = -1;
	expect_tracking(f, &no_oid);
}

static void test_cancelled(void **state)
{
	static const char *const modes[] = { NULL, "open" };
	volatile int cancel = 1;
	FIXTURE(f);

	origin_commit(f, "main", "a.py", "1");
	f->remote.cancel = &cancel;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct oid mine = hub_next(f, &no_oid, "b.py");
		struct err e = ERR_INIT;

		fixture_use(f, modes[i]);
		assert_int_equal(fetch_try(f, &e), ERR_CANCELLED);
		world_run(f->w, "git -C origin.git update-ref -d refs/heads/main");
		assert_int_equal(push_try(f, &mine, &e), ERR_CANCELLED);
		assert_int_equal(world_try(f->w, "git -C origin.git rev-parse -q --verify main"),
				 256);
		origin_commit(f, "main", "a.py", "1");
	}
	expect_tracking(f, &no_oid);
}

struct stop_after {
	int left; /* calls of the progress callback until the push is cancelled */
	volatile int cancel;
};

static void count_down(void *payload, const char *what)
{
	struct stop_after *s = payload;

	(void)what;
	if (--s->left < 0)
		s->cancel = 1;
}

/* Each time one progress call later, until it gets through. */
static void cancel_anywhere(struct git_remote_fixture *f, const struct oid *pushed)
{
	struct stop_after s = { 0 };
	int ticks = 0, r = ERR_CANCELLED;

	f->remote.cancel = &s.cancel;
	f->remote.progress = count_down;
	f->remote.progress_payload = &s;
	for (; r == ERR_CANCELLED; ticks++) {
		struct err e = ERR_INIT;

		s = (struct stop_after){ .left = ticks };
		r = pushed ? push_try(f, pushed, &e) : fetch_try(f, &e);
		if (r && r != ERR_CANCELLED)
			fail_msg("%s", e.text);
	}
	assert_true(ticks > 3);
	f->remote.cancel = NULL;
}

/* A sanitizer sees whether anything that was prepared for a pack, like deltas, is left behind. */
static void test_cancelled_anywhere(void **state)
{
	static const char *const modes[] = { NULL, "open" };
	FIXTURE(f);
	struct oid tip = no_oid;

	for (int i = 0; i < 10; i++) {
		cleanup_free char *path = xasprintf("folder/notebook-%d.py", i);

		tip = hub_next(f, &tip, path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		fixture_renew(f);
		fixture_use(f, modes[i]);
		cancel_anywhere(f, &tip);
		world_run(f->w,
			  "rm -rf work && git clone -q origin.git work && cd work && "
			  "seq %zu 2000 > big && git add big && git commit -q -m big && "
			  "for i in $(seq 8); do sed -i \"${i}s/^/x/\" big && "
			  "git commit -q -a -m $i; done; git push -q origin main",
			  i);
		cancel_anywhere(f, NULL);
	}
}

static void test_limits(void **state)
{
	static const char *const modes[] = { NULL, "open" };
	FIXTURE(f);

	origin_commit(f, "main", "a.py", "1");
	world_run(f->w, "cd work && head -c 300000 /dev/urandom > noise && git add noise && "
			"git commit -q -m noise && git push -q origin main");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		struct err e = ERR_INIT;

		fixture_use(f, modes[i]);
		f->remote.pack_max = 100000;
		assert_int_equal(fetch_try(f, &e), ERR_CONFIG);
		assert_non_null(strstr(e.text, "is too large: its server sends more than 100000"));
		f->remote.pack_max = 0;
		world_run(f->w,
			  "cp -r origin.git saved.git; t=$(git -C origin.git rev-parse main); "
			  "for i in $(seq 10001); do echo \"$t refs/tags/t$i\"; done | "
			  "sort -k2 >> origin.git/packed-refs");
		assert_int_equal(fetch_try(f, &e), ERR_CONFIG);
		assert_non_null(strstr(e.text, "references, more than 10000"));
		world_run(f->w, "rm -rf origin.git && mv saved.git origin.git");
	}
	expect_tracking(f, &no_oid);
}

/*
 * The hub's own chains are newer and longer than anything the server knows. Fetching must still
 * find the common history, and copy one commit and not the whole repository.
 */
static void test_fetch_costs_what_changed(void **state)
{
	static const char *const modes[] = { NULL, "open" };
	FIXTURE(f);
	struct oid seen = no_oid, tree = no_oid;
	struct err e = ERR_INIT;

	origin_commit(f, "main", "a.py", "1");
	world_run(f->w,
		  "cd origin.git && tip=main && for i in $(seq 60); do tip=$(git commit-tree -p "
		  "$tip -m $i main^{tree}); done && git update-ref refs/heads/main $tip");
	fetch_ok(f);
	for (int i = 0; i < 400; i++) {
		cleanup_free char *path = xasprintf("n%d", i % 10);

		tree = world_put(f->w, &tree, path, i % 3 ? "1" : "2");
		seen = world_commit(f->w, &tree, &seen, "seen\n", 4000000000 + i);
	}
	world_ok(hub_ref_set(f->w->hub, "refs/nbsync/seen/local", &seen, NULL, "test", &e), &e);
	/* A reference to a tree that the remote has too: git_path is the whole repository. */
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		cleanup_free char *count = NULL;
		struct oid tip = fetch_ok(f), theirs;

		world_ok(hub_commit_tree(f->w->hub, &tip, &tree, &e), &e);
		world_ok(hub_ref_set(f->w->hub, "refs/nbsync/base/git", &tree, NULL, "test", &e),
			 &e);
		fixture_use(f, modes[i]);
		origin_commit(f, "unrelated", "x.py", modes[i] ? "1" : "2");
		theirs = origin_commit(f, "main", "a.py", modes[i] ? "three" : "four");
		world_run(f->w, "ls hub.git/objects/pack/*.idx > before");
		tip = fetch_ok(f);
		expect_oid(&tip, &theirs);
		count = world_out(f->w, "new=$(ls hub.git/objects/pack/*.idx | comm -13 before -); "
					"git -C hub.git show-index < $new | wc -l");
		assert_string_equal(count, "3");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_clone_and_follow),
		FIXTURE_TEST(test_empty_and_missing_branch),
		FIXTURE_TEST(test_push),
		FIXTURE_TEST(test_the_default_branch),
		FIXTURE_TEST(test_push_beside_other_branches),
		FIXTURE_TEST(test_rejected_when_the_remote_moved),
		FIXTURE_TEST(test_a_rewritten_branch),
		FIXTURE_TEST(test_denied),
		FIXTURE_TEST(test_cancelled),
		FIXTURE_TEST(test_cancelled_anywhere),
		FIXTURE_TEST(test_limits),
		FIXTURE_TEST(test_fetch_costs_what_changed),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
