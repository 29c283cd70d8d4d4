/* SPDX-License-Identifier: Apache-2.0 */
/* Whether files may travel, by what stands in a Git directory; and which URLs mean one repository. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "git/worktree/judge.h"
#include "git/worktree/worktree.h"

#define TOP  "nothing travels to or from the Git working tree '/home/ana/etl' while "
#define MAIN "refs/heads/main"
#define M(m) (1u << MARK_##m)

enum { UNMERGED = 1, UNKNOWN_HEAD = 2, UNKNOWN_INDEX = 4, FRESH = 8 };

static const struct judge_case {
	const char *head;
	unsigned marks;
	unsigned more;
	enum worktree_verdict verdict;
	const char *sentence; /* behind TOP; NULL: none */
} cases[] = {
	{ MAIN, 0, 0, WORKTREE_FREE, NULL },
	{ "refs/heads/team/x", 0, 0, WORKTREE_HELD,
	  "'team/x' is checked out there, and not branch 'main': it goes on after 'git switch "
	  "main'" },
	{ "refs/heads/mainly", 0, 0, WORKTREE_HELD,
	  "'mainly' is checked out there, and not branch 'main': it goes on after 'git switch "
	  "main'" },
	{ "refs/remotes/origin/main", 0, 0, WORKTREE_HELD,
	  "'refs/remotes/origin/main' is checked out there, and not branch 'main': it goes on "
	  "after "
	  "'git switch main'" },
	{ NULL, 0, 0, WORKTREE_HELD,
	  "no branch is checked out there (a detached HEAD): it goes on after 'git switch main'" },
	{ NULL, 0, UNKNOWN_HEAD, WORKTREE_HELD,
	  "its HEAD cannot be read: look at 'git status' there" },
	/* operations, which say more than the HEAD they left */
	{ MAIN, M(MERGE), UNMERGED, WORKTREE_HELD,
	  "a merge is under way: it goes on after 'git commit' or 'git merge --abort'" },
	{ NULL, M(REBASE_MERGE), 0, WORKTREE_HELD,
	  "a rebase is under way: it goes on after 'git rebase --continue' or 'git rebase "
	  "--abort'" },
	{ NULL, M(REBASE_APPLY), 0, WORKTREE_HELD,
	  "a rebase is under way: it goes on after 'git rebase --continue' or 'git rebase "
	  "--abort'" },
	{ MAIN, M(REBASE_APPLY) | M(AM), 0, WORKTREE_HELD,
	  "patches are being applied: it goes on after 'git am --continue' or 'git am --abort'" },
	{ MAIN, M(CHERRY_PICK), 0, WORKTREE_HELD,
	  "a cherry-pick is under way: it goes on after 'git cherry-pick --continue' or 'git "
	  "cherry-pick --abort'" },
	{ MAIN, M(REVERT) | M(SEQUENCER), 0, WORKTREE_HELD,
	  "a revert is under way: it goes on after 'git revert --continue' or 'git revert "
	  "--abort'" },
	{ MAIN, M(SEQUENCER), 0, WORKTREE_HELD,
	  "a series of picks or reverts is under way: it goes on after 'git cherry-pick "
	  "--continue' "
	  "or 'git cherry-pick --abort'" },
	{ NULL, M(BISECT), 0, WORKTREE_HELD,
	  "a bisect is under way: it goes on after 'git bisect reset'" },
	{ NULL, M(REBASE_MERGE) | M(BISECT) | M(INDEX_LOCK), FRESH, WORKTREE_HELD,
	  "a rebase is under way: it goes on after 'git rebase --continue' or 'git rebase "
	  "--abort'" },
	/* moments */
	{ MAIN, M(INDEX_LOCK), 0, WORKTREE_BRIEF,
	  "a command of Git is at work there: if none is running, remove 'index.lock' from its Git "
	  "directory" },
	{ MAIN, M(HEAD_LOCK), 0, WORKTREE_BRIEF,
	  "a command of Git is at work there: if none is running, remove 'HEAD.lock' from its Git "
	  "directory" },
	{ "refs/heads/x", M(INDEX_LOCK), 0, WORKTREE_HELD,
	  "'x' is checked out there, and not branch 'main': it goes on after 'git switch main'" },
	{ MAIN, 0, UNMERGED, WORKTREE_HELD,
	  "files with conflicts wait there: it goes on when they are resolved and 'git add' was "
	  "run "
	  "for them" },
	{ MAIN, 0, UNKNOWN_INDEX, WORKTREE_HELD,
	  "its index cannot be read: look at 'git status' there" },
};

static void test_verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct judge_case *c = &cases[i];
		struct worktree_facts f = { .top = "/home/ana/etl",
					    .head = c->head,
					    .head_unknown = c->more & UNKNOWN_HEAD,
					    .unmerged = c->more & UNMERGED,
					    .index_unknown = c->more & UNKNOWN_INDEX,
					    .index_fresh = c->more & FRESH };
		cleanup_free char *sentence = xasprintf(TOP "%s", c->sentence ? c->sentence : "");
		struct err e = ERR_INIT;

		for (int m = 0; m < WORKTREE_MARKS; m++)
			f.marks[m] = c->marks & (1u << m);
		assert_int_equal(worktree_judge(&f, "main", &e), c->verdict);
		assert_int_equal(e.code, c->sentence ? ERR_RETRY : ERR_OK);
		assert_string_equal(e.text, c->sentence ? sentence : "");
	}
}

/* No mark is passed over, alone or beside others. */
static void test_every_mark_holds(void **state)
{
	(void)state;
	for (unsigned marks = 1; marks < 1u << WORKTREE_MARKS; marks++) {
		struct worktree_facts f = { .top = "/t", .head = MAIN };
		struct err e = ERR_INIT;

		for (int m = 0; m < WORKTREE_MARKS; m++)
			f.marks[m] = marks & (1u << m);
		assert_int_not_equal(worktree_judge(&f, "main", &e), WORKTREE_FREE);
		assert_non_null(strstr(e.text, " while "));
	}
}

static void test_a_fresh_index_is_a_moment(void **state)
{
	struct worktree_facts f = { .top = "/t", .head = MAIN, .index_fresh = true };
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(worktree_judge(&f, "main", &e), WORKTREE_BRIEF);
	assert_string_equal(e.text,
			    "a command of Git has just changed the index of the working tree "
			    "'/t': nbsync looks again in a moment");
}

/* ---- URLs ---- */

static const struct {
	const char *a, *b;
	bool same;
} urls[] = {
	{ "https://git.acme.example/team/etl.git", "https://git.acme.example/team/etl", true },
	{ "https://ana@git.acme.example/team/etl/", "git@git.acme.example:team/etl.git", true },
	{ "ssh://git@GIT.acme.example:2222/Team/etl.git", "https://git.acme.example/team/etl",
	  true },
	{ "https://git.acme.example/team/etl", "https://git.acme.example/team/etl2", false },
	{ "https://git.acme.example/team/etl", "https://git.acme.example.evil.example/team/etl",
	  false },
	{ "https://git.acme.example/team/etl", "git.acme.example:etl", false },
	{ "git@ssh.dev.azure.com:v3/acme/data/notebooks",
	  "https://acme@dev.azure.com/acme/data/_git/notebooks", true },
	{ "git@ssh.dev.azure.com:v3/acme/data/other",
	  "https://dev.azure.com/acme/data/_git/notebooks", false },
	{ "git@ssh.dev.azure.com:v3/x", "https://dev.azure.com/x", false },
	{ "file:///srv/git/etl.git", "/srv/git/etl.git/", true },
	{ "file:///srv/git/my%20etl.git", "/srv/git/my etl", true },
	{ "/srv/git/etl", "/srv/git/Etl", false },
	{ "https://git.acme.example/srv/git/etl", "/srv/git/etl", false },
	{ "../etl.git", "file:///srv/git/etl.git", false },
	{ "", "https://git.acme.example/team/etl", false },
	{ "://", "x:", false },
	{ "true", "https://git.acme.example/team/etl", false },
};

static void test_urls(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(urls); i++) {
		if (worktree_same_url(urls[i].a, urls[i].b) != urls[i].same)
			fail_msg("'%s' and '%s'", urls[i].a, urls[i].b);
		assert_int_equal(worktree_same_url(urls[i].b, urls[i].a), urls[i].same);
		assert_true(worktree_same_url(urls[i].a, urls[i].a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_every_mark_holds),
		cmocka_unit_test(test_a_fresh_index_is_a_moment),
		cmocka_unit_test(test_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
