/* SPDX-License-Identifier: Apache-2.0 */
/* The revision history: what a walk tells, and in which order. Each test builds the references that a
 * synchroniser would leave. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history_steps.h"

static void test_nothing(void **state)
{
	struct world *w = *state;
	struct config_mapping m = MAPPING("");

	check_walk(w, &m, NULL, 0, "");
	check_walk(w, &m, "etl/load", 0, "");
}

static void test_chains_by_time(void **state)
{
	struct world *w = *state;
	struct config_mapping m = MAPPING("");

	step(w, "refs/nbsync/seen/local", "a.ipynb", "{1}", NULL, "seen: before acting", 100);
	step(w, "refs/nbsync/agreed", "a.py", NB("1"), NULL, "agreed", 100);
	step(w, "refs/nbsync/seen/workspace", "a.py", NB("1"), NULL, "seen: before acting", 101);
	step(w, "refs/heads/main", "a.py", NB("1"), NULL, "Add a\n\nNbsync-Mapping: etl\n", 130);
	step(w, "refs/nbsync/seen/workspace", "a.py", NB("2"), NULL, "seen: before acting", 200);
	step(w, "refs/nbsync/agreed", "a.py", NB("2"), NULL, "agreed", 200);
	step(w, "refs/nbsync/seen/local", "a.ipynb", NULL, NULL, "seen: before acting", 300);
	step(w, "refs/nbsync/seen/local", "a.py", NB("2"), NULL, "seen: before acting", 300);
	check_walk(w, &m, NULL, 0,
		   "300 local add a (seen: before acting)\n"
		   "300 local delete a (seen: before acting)\n"
		   "200 agreed update a (agreed)\n"
		   "200 workspace update a (seen: before acting)\n"
		   "130 git add a by Ana <ana@acme.example> (Add a)\n"
		   "101 workspace add a (seen: before acting)\n"
		   "100 agreed add a (agreed)\n"
		   "100 local add a (seen: before acting)\n");
	check_walk(w, &m, NULL, 1, "300 local add a (seen: before acting)\n");
}

/* What two sides hold at first may be recorded by one and the same commit. */
static void test_shared_beginning(void **state)
{
	struct world *w = *state;
	struct config_mapping m = MAPPING("");
	struct oid one = step(w, "refs/nbsync/seen/local", "a.py", NB("1"), NULL, "agreed", 100);
	struct err e = ERR_INIT;

	world_ok(hub_ref_set(w->hub, "refs/nbsync/seen/workspace", &one, NULL, "test", &e), &e);
	step(w, "refs/nbsync/seen/local", "a.py", NB("2"), NULL, "agreed", 200);
	check_walk(w, &m, NULL, 0,
		   "200 local update a (agreed)\n"
		   "100 workspace add a (agreed)\n"
		   "100 local add a (agreed)\n");
}

/* A commit that another revision already brought is told once, rewritten branches included. */
static void test_kept_branch(void **state)
{
	struct world *w = *state;
	struct config_mapping m = MAPPING("");
	struct oid one = step(w, "refs/remotes/origin/main", "a.py", NB("1"), NULL, "one", 100);
	struct oid two, other;
	struct err e = ERR_INIT;

	step(w, "refs/nbsync/seen/git", NULL, NULL, &one, "seen: the remote's branch", 101);
	two = step(w, "refs/remotes/origin/main", "a.py", NB("2"), NULL, "two", 200);
	step(w, "refs/nbsync/seen/git", NULL, NULL, &two, "seen: the remote's branch", 201);
	world_ok(hub_ref_set(w->hub, "refs/remotes/origin/main", &one, NULL, "rewritten", &e), &e);
	other = step(w, "refs/remotes/origin/main", "b.py", NB("1"), NULL, "other", 300);
	step(w, "refs/nbsync/seen/git", NULL, NULL, &other, "seen: the remote's branch", 301);
	world_ok(hub_ref_set(w->hub, "refs/heads/main", &one, NULL, "behind", &e), &e);
	check_walk(w, &m, NULL, 0,
		   "300 git add b by Ana <ana@acme.example> (other)\n"
		   "200 git update a by Ana <ana@acme.example> (two)\n"
		   "100 git add a by Ana <ana@acme.example> (one)\n");
}

/* What is on the branch and not the mapping's: other folders, scripts, names that never travel. */
static void test_shared_repository(void **state)
{
	struct world *w = *state;
	struct config_mapping m = MAPPING("nb/team");

	m.exclude = WORD("private");
	step(w, "refs/heads/main", "pipeline.json", "{}", NULL, "pipeline", 10);
	step(w, "refs/heads/main", "a.py", NB("1"), NULL, "not below", 20);
	step(w, "refs/heads/main", "nb/team/lib.py", "import os\n", NULL, "a script", 30);
	step(w, "refs/heads/main", "nb/team/.hidden.py", NB("1"), NULL, "hidden", 40);
	step(w, "refs/heads/main", "nb/team/private/a.py", NB("1"), NULL, "excluded", 50);
	step(w, "refs/heads/main", "nb/team/etl/a.py", NB("1"), NULL, "ours", 60);
	step(w, "refs/heads/main", "nb/team/lib.py", NB("import os"), NULL, "now a notebook", 70);
	step(w, "refs/heads/main", "nb/team/lib.py", "import os\n", NULL, "no longer", 80);
	check_walk(w, &m, NULL, 0,
		   "80 git delete lib by Ana <ana@acme.example> (no longer)\n"
		   "70 git add lib by Ana <ana@acme.example> (now a notebook)\n"
		   "60 git add etl/a by Ana <ana@acme.example> (ours)\n");
}

static void test_only_a_path(void **state)
{
	static const struct {
		const char *path;
		const char *expected;
	} table[] = {
		{ "etl/load", "5 local update etl/load (s)\n1 local add etl/load (s)\n" },
		{ "etl/load.py", "5 local update etl/load (s)\n1 local add etl/load (s)\n" },
		{ "etl/load.ipynb", "5 local update etl/load (s)\n1 local add etl/load (s)\n" },
		{ "etl/load/", "5 local update etl/load (s)\n1 local add etl/load (s)\n" },
		{ "etl", "5 local update etl/load (s)\n3 local add etl/load2 (s)\n"
			 "2 local add etl/deep/x (s)\n1 local add etl/load (s)\n" },
		{ "etl/", "5 local update etl/load (s)\n3 local add etl/load2 (s)\n"
			  "2 local add etl/deep/x (s)\n1 local add etl/load (s)\n" },
		{ "etl/deep", "2 local add etl/deep/x (s)\n" },
		{ "et", "" },
		{ "etl/deep/x/y", "" },
		{ "top", "4 local add top (s)\n" },
	};
	struct world *w = *state;
	struct config_mapping m = MAPPING("");

	step(w, "refs/nbsync/seen/local", "etl/load.py", NB("1"), NULL, "s", 1);
	step(w, "refs/nbsync/seen/local", "etl/deep/x.py", NB("1"), NULL, "s", 2);
	step(w, "refs/nbsync/seen/local", "etl/load2.py", NB("1"), NULL, "s", 3);
	step(w, "refs/nbsync/seen/local", "top.py", NB("1"), NULL, "s", 4);
	step(w, "refs/nbsync/seen/local", "etl/load.py", NB("2"), NULL, "s", 5);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		check_walk(w, &m, table[i].path, 0, table[i].expected);
}

/* Another format is another file, but the same notebook; what stands between two names in the order
 * of a tree does not hide that. */
static void test_format_change(void **state)
{
	struct world *w = *state;
	struct config_mapping m = MAPPING("");
	struct oid tree = world_put(w, NULL, "a.ipynb", "{}"), tip;
	struct err e = ERR_INIT;

	tree = world_put(w, &tree, "a.ns/x.py", NB("1"));
	tip = world_commit(w, &tree, NULL, "s", 1);
	tree = world_put(w, &tree, "a.ipynb", NULL);
	tree = world_put(w, &tree, "a.py", NB("1"));
	tree = world_put(w, &tree, "a.ns/x.py", NB("2"));
	tip = world_commit(w, &tree, &tip, "s", 2);
	world_ok(hub_ref_set(w->hub, "refs/nbsync/seen/local", &tip, NULL, "test", &e), &e);
	check_walk(w, &m, NULL, 0,
		   "2 local update a (s)\n2 local update a.ns/x (s)\n"
		   "1 local add a (s)\n1 local add a.ns/x (s)\n");
}

static void test_merges(void **state)
{
	struct world *w = *state;
	struct config_mapping m = MAPPING("");
	struct oid base = step(w, "refs/heads/main", "a.py", NB("1"), NULL, "base", 10), tree, two;
	struct oid parents[2];
	struct commit_spec spec = { .parents = parents,
				    .parent_count = 2,
				    .message = "merge",
				    .committer_name = "Ana",
				    .committer_email = "ana@acme.example",
				    .when_s = 40 };
	struct err e = ERR_INIT;

	world_ok(hub_commit_tree(w->hub, &base, &tree, &e), &e);
	tree = world_put(w, &tree, "b.py", NB("1"));
	two = world_commit(w, &tree, &base, "side", 20);
	parents[0] = step(w, "refs/heads/main", "c.py", NB("1"), NULL, "main", 30);
	parents[1] = two;
	world_ok(hub_commit_tree(w->hub, &parents[0], &tree, &e), &e);
	spec.tree = world_put(w, &tree, "b.py", NB("1"));
	world_ok(hub_commit(w->hub, &spec, &two, &e), &e);
	world_ok(hub_ref_set(w->hub, "refs/heads/main", &two, NULL, "test", &e), &e);
	check_walk(w, &m, NULL, 0,
		   "40 git add b by Ana <ana@acme.example> (merge)\n"
		   "30 git add c by Ana <ana@acme.example> (main)\n"
		   "20 git add b by nbsync <nbsync@acme.example> (side)\n"
		   "10 git add a by Ana <ana@acme.example> (base)\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(test_nothing),           WORLD_TEST(test_chains_by_time),
		WORLD_TEST(test_shared_beginning),  WORLD_TEST(test_kept_branch),
		WORLD_TEST(test_shared_repository), WORLD_TEST(test_only_a_path),
		WORLD_TEST(test_format_change),     WORLD_TEST(test_merges),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
