/* SPDX-License-Identifier: Apache-2.0 */
/* Commits in the hub: what they say, what may not be one, and which descends from which. git fsck
 * --strict judges each hub. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git_world.h"

static void test_commit(void **state)
{
	static const char message[] = "Update etl/load_orders\n\nNbsync-Mapping: etl\n";
	struct world *w = *state;
	struct oid tree = world_tree(w, "a=1"), parents[2], id, found;
	struct commit_spec spec = {
		.tree = tree,
		.parents = parents,
		.parent_count = 2,
		.message = message,
		.author_name = "Ana Mu\xc3\xb1oz",
		.author_email = "ana@acme.example",
		.committer_name = "nbsync",
		.committer_email = "nbsync@localhost",
		.when_s = 1767225600,
	};
	struct commit_info info;
	struct err e = ERR_INIT;

	parents[0] = world_commit(w, &tree, NULL, "one\n", 1);
	parents[1] = world_commit(w, &tree, &parents[0], "two\n", 2);
	world_ok(hub_commit(w->hub, &spec, &id, &e), &e);
	world_ok(hub_commit_info(w->hub, &id, &info, &e), &e);
	assert_true(oid_equal(&info.id, &id));
	assert_true(oid_equal(&info.tree, &tree));
	assert_true(oid_equal(&info.first_parent, &parents[0]));
	assert_int_equal(info.parent_count, 2);
	assert_int_equal(info.when_s, 1767225600);
	assert_string_equal(info.message, message);
	assert_string_equal(info.author, "Ana Mu\xc3\xb1oz <ana@acme.example>");
	commit_info_release(&info);
	commit_info_release(&info);
	world_ok(hub_commit_tree(w->hub, &id, &found, &e), &e);
	assert_true(oid_equal(&found, &tree));
	world_ok(hub_commit_info(w->hub, &parents[0], &info, &e), &e);
	assert_true(oid_is_zero(&info.first_parent));
	assert_string_equal(info.author, "nbsync <nbsync@acme.example>");
	commit_info_release(&info);
	world_ok(hub_ref_set(w->hub, "refs/heads/main", &id, NULL, "test", &e), &e);
}

/* The zone of a commit is that of the clocks here at its time, not now. */
static void test_commit_zone(void **state)
{
	static const struct {
		const char *zone;
		int64_t when_s;
		const char *date;
	} rows[] = {
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 1767225600, "2026-01-01 01:00:00 +0100" },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", 1782864000, "2026-07-01 02:00:00 +0200" },
		{ "<-0330>3:30", 1767225600, "2025-12-31 20:30:00 -0330" },
		{ "<+1345>-13:45", 1767225600, "2026-01-01 13:45:00 +1345" },
		{ "UTC0", 1767225600, "2026-01-01 00:00:00 +0000" },
	};
	struct world *w = *state;
	struct err e = ERR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct commit_spec spec = {
			.tree = world_tree(w, "a=1"),
			.message = "x\n",
			.committer_name = "nbsync",
			.committer_email = "x@acme.example",
			.when_s = rows[i].when_s,
		};
		cleanup_free char *said = NULL, *expected = NULL;
		char hex[41];
		struct oid id;

		setenv("TZ", rows[i].zone, 1);
		world_ok(hub_commit(w->hub, &spec, &id, &e), &e);
		world_ok(hub_ref_set(w->hub, "refs/heads/main", &id, NULL, "test", &e), &e);
		oid_hex(&id, hex);
		said = world_out(w, "git -C hub.git log -1 --format='%%ai, %%ci' %s", hex);
		expected = xasprintf("%s, %s", rows[i].date, rows[i].date);
		assert_string_equal(said, expected);
	}
	setenv("TZ", "UTC", 1);
}

static void test_commit_errors(void **state)
{
	struct world *w = *state;
	struct oid tree = world_tree(w, "a=1"), none, out;
	struct commit_spec spec = {
		.tree = tree,
		.message = "x\n",
		.committer_name = "a<b",
		.committer_email = "x@acme.example",
	};
	struct commit_info info;
	struct err e = ERR_INIT;

	assert_int_equal(hub_commit(w->hub, &spec, &out, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "'a<b <x@acme.example>' cannot sign a commit"));
	spec.committer_name = "nbsync";
	hub_hash("never written", 13, &none);
	spec.tree = none;
	assert_int_equal(hub_commit(w->hub, &spec, &out, &e), ERR_BUG);
	spec.tree = tree;
	spec.parents = &none;
	spec.parent_count = 1;
	assert_int_equal(hub_commit(w->hub, &spec, &out, &e), ERR_BUG);
	assert_int_equal(hub_commit_info(w->hub, &none, &info, &e), ERR_ABSENT);
	assert_string_equal(e.text, "there is no commit 1527a882c244bc3f24a5a0a8adbbec2c594302cf");
	assert_int_equal(hub_commit_info(w->hub, &tree, &info, &e), ERR_INVALID);
	assert_int_equal(hub_commit_tree(w->hub, &tree, &out, &e), ERR_INVALID);
}

static void test_ancestors(void **state)
{
	struct world *w = *state;
	struct oid tree = world_tree(w, "a=1"), none;
	struct oid one = world_commit(w, &tree, NULL, "one\n", 1);
	struct oid two = world_commit(w, &tree, &one, "two\n", 2);
	struct oid three = world_commit(w, &tree, &two, "three\n", 3);
	struct oid other = world_commit(w, &tree, &one, "other\n", 4);
	const struct {
		const struct oid *ancestor, *descendant;
		bool is;
	} table[] = {
		{ &one, &three, true }, { &one, &one, true },    { &three, &one, false },
		{ &one, &other, true }, { &two, &other, false }, { &other, &three, false },
	};
	struct err e = ERR_INIT;
	bool is;

	for (int flushed = 0; flushed < 2; flushed++) {
		for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
			world_ok(hub_is_ancestor(w->hub, table[i].ancestor, table[i].descendant,
						 &is, &e),
				 &e);
			assert_int_equal(is, table[i].is);
		}
		world_ok(hub_flush(w->hub, &e), &e);
	}
	hub_hash("never written", 13, &none);
	assert_int_equal(hub_is_ancestor(w->hub, &none, &one, &is, &e), ERR_ABSENT);
	assert_int_equal(hub_is_ancestor(w->hub, &one, &none, &is, &e), ERR_ABSENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(test_commit),
		WORLD_TEST(test_commit_zone),
		WORLD_TEST(test_commit_errors),
		WORLD_TEST(test_ancestors),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
