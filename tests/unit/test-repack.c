/* SPDX-License-Identifier: Apache-2.0 */
/* Repacking: what is needed stays, whatever happens; what is not needed goes only when asked, and
 * never halfway (test-repack-stop.c stops it). The git program judges each result. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "repack_world.h"

static const struct repack_request drop = { .drop = true };

/* ---- packing ---- */

static void test_all_into_one(void **state)
{
	struct world *w = *state;
	cleanup_free char *before = NULL, *after = NULL;
	struct repack_result result;
	struct err e = ERR_INIT;
	uint64_t writes;

	needs_git();
	grow(w, AGREED, 0, 30);
	grow(w, "refs/heads/main", 100, 30);
	before = everything(w, "hub.git");
	writes = hub_writes(w->hub);
	result = repack(w, &pack);
	assert_true(result.packed > 200);
	assert_int_equal(result.loose_removed, result.packed);
	assert_false(result.more);
	assert_true(hub_writes(w->hub) > writes);
	check_usage(w, 0, 1);
	after = everything(w, "hub.git");
	assert_string_equal(before, after);
	/* The hub that is open goes on, and a second time there is nothing to do. */
	grow(w, AGREED, 30, 3);
	result = repack(w, &pack);
	assert_int_equal(result.packed, 0);
	world_ok(hub_flush(w->hub, &e), &e);
	world_reopen(w);
	grow(w, AGREED, 33, 1);
	world_run(w, "cd hub.git && git verify-pack -v objects/pack/*.idx | grep 'chain length'");
}

/* A long life: each round leaves loose objects, and the number of packs stays small. */
static void test_many_times(void **state)
{
	struct world *w = *state;
	cleanup_free char *packs = NULL;
	size_t copied = 0, written = 0;

	needs_git();
	for (int round = 0; round < 24; round++) {
		struct repack_result result;

		grow(w, AGREED, round * 30, 30);
		result = repack(w, &pack);
		copied += result.packed;
		written += result.loose_removed;
	}
	packs = world_out(w, "ls hub.git/objects/pack/*.pack | wc -l");
	assert_in_range(atoi(packs), 1, 5);
	assert_true(copied < 5 * written);
	check_usage(w, 0, (size_t)atoi(packs));
}

/* What nothing leads to is packed like everything else unless it shall go. */
static void test_waste_is_packed_too(void **state)
{
	struct world *w = *state;
	struct oid waste = world_blob(w, "nobody wants this");

	needs_git();
	grow(w, AGREED, 0, 40);
	repack(w, &pack);
	check_usage(w, 0, 1);
	world_reopen(w);
	assert_true(hub_has(w->hub, &waste));
}

static void test_large_blobs_stay_loose(void **state)
{
	struct world *w = *state;
	size_t len = HUB_PACKED_MAX + 1;
	cleanup_free char *data = xcalloc(1, len);
	struct err e = ERR_INIT;
	struct oid id, other;

	needs_git();
	world_ok(hub_blob_put(w->hub, data, len, &id, &e), &e);
	grow(w, AGREED, 0, 40);
	repack(w, &pack);
	/* Counted by its bytes on disk, which are few here. */
	check_usage(w, 1, 1);
	world_reopen(w);
	assert_true(hub_has(w->hub, &id));
	/* A flush of many objects leaves it out of its pack, too. */
	data[0] = 1;
	world_ok(hub_blob_put(w->hub, data, len, &other, &e), &e);
	for (int i = 0; i < 100; i++) {
		cleanup_free char *text = xasprintf("small %d", i);

		world_blob(w, text);
	}
	world_ok(hub_flush(w->hub, &e), &e);
	check_usage(w, 2, 2);
	world_reopen(w);
	assert_true(hub_has(w->hub, &other));
}

/* A pack with such a blob came from somewhere: it stays whole, and what is beside it is packed. */
static void test_large_blobs_in_packs(void **state)
{
	struct world *w = *state;
	cleanup_free char *before = NULL, *after = NULL, *kept = NULL;

	needs_git();
	grow(w, AGREED, 0, 5);
	world_run(w, "head -c 9000000 /dev/zero > big && cd hub.git && b=$(git hash-object -w "
		     "../big) && "
		     "t=$(printf '100644 blob %%s\\tbig\\n' $b | git mktree) && "
		     "git update-ref refs/heads/main $(git commit-tree -m big $t) && "
		     "git repack -q -a -d && ls objects/pack/*.pack > ../kept");
	world_reopen(w);
	before = everything(w, "hub.git");
	grow(w, AGREED, 5, 40);
	world_reopen(w);
	free(before);
	before = everything(w, "hub.git");
	repack(w, &pack);
	check_usage(w, 0, 2);
	after = everything(w, "hub.git");
	assert_string_equal(before, after);
	kept = world_out(w, "cd hub.git && ls $(cat ../kept)");
	assert_true(*kept);
}

static void test_torn_object(void **state)
{
	struct world *w = *state;

	needs_git();
	grow(w, AGREED, 0, 40);
	world_run(w, "mkdir -p hub.git/objects/12 && "
		     ": > hub.git/objects/12/3456789012345678901234567890123456789a");
	repack(w, &pack);
	check_usage(w, 1, 1);
	world_run(w, "rm -f hub.git/objects/12/3456789012345678901234567890123456789a");
}

/* Reading goes on beside it, with packs and objects that were there before and are gone now. */
static void test_reader_beside(void **state)
{
	struct world *w = *state;
	struct tree_files files;
	struct hub *reader;
	struct err e = ERR_INIT;
	struct oid tip, tree;

	needs_git();
	grow(w, AGREED, 0, 40);
	world_ok(hub_open_reader(&reader, w->hub_dir, &e), &e);
	repack(w, &pack);
	for (int round = 0; round < 2; round++) {
		world_ok(hub_ref_get(reader, AGREED, &tip, &e), &e);
		world_ok(hub_commit_tree(reader, &tip, &tree, &e), &e);
		world_ok(hub_tree_files(reader, &tree, "", &files, &e), &e);
		assert_int_equal(files.count, 30);
		for (size_t i = 0; i < files.count; i++)
			assert_true(hub_has(reader, &files.items[i].id));
		tree_files_release(&files);
		grow(w, AGREED, 40, 40);
		repack(w, &pack);
	}
	hub_free(reader);
}

/* ---- dropping ---- */

static void test_dropping(void **state)
{
	struct world *w = *state;
	struct oid needed = world_blob(w, "a row needs this"), gone, kept, never;
	struct oid_set rows = { 0 };
	struct repack_request request = { .drop = true, .needed = &rows, .recent_s = DAY };
	struct err e = ERR_INIT;

	needs_git();
	request.is_record = is_agreed;
	kept = grow(w, "refs/nbsync/seen/local", 100, 10);
	hub_hash("never written", 13, &never); /* no matter */
	oid_set_add(&rows, &never, NULL);
	oid_set_add(&rows, &needed, NULL);
	gone = grow(w, "refs/nbsync/gone", 0, 40);
	world_ok(hub_ref_delete(w->hub, "refs/nbsync/gone", &e), &e);
	world_ok(hub_flush(w->hub, &e), &e);
	/* Too young: nothing goes. */
	repack(w, &request);
	assert_true(hub_has(w->hub, &gone));
	age(w, 2);
	assert_true(repack(w, &request).loose_removed > 100);
	assert_false(hub_has(w->hub, &gone));
	assert_true(hub_has(w->hub, &needed));
	assert_true(hub_has(w->hub, &kept));
	world_reopen(w);
	assert_false(hub_has(w->hub, &gone));
	assert_true(hub_has(w->hub, &needed));
	oid_set_release(&rows);
}

/* Packs: one of waste goes, one with some is rewritten, one with little stays. */
static void test_dropping_packs(void **state)
{
	static const struct {
		int waste, live;
		bool gone;
		size_t packs;
	} table[] = {
		{ 40, 0, true, 1 },  /* the pack of the other reference */
		{ 40, 10, true, 2 }, /* rewritten */
		{ 10, 70, false, 2 },
	};
	struct world *w = *state;
	struct repack_request request = { .drop = true, .recent_s = DAY, .is_record = is_agreed };

	needs_git();
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct oid waste;
		struct err e = ERR_INIT;

		hub_free(w->hub);
		w->hub = NULL;
		world_run(w, "rm -rf hub.git");
		world_reopen(w);
		grow(w, "refs/nbsync/other", 5000, 300);
		repack(w, &pack);
		waste = grow(w, "refs/nbsync/gone", 0, table[i].waste);
		grow(w, AGREED, 1000, table[i].live);
		repack(w, &pack);
		check_usage(w, 0, 2);
		world_ok(hub_ref_delete(w->hub, "refs/nbsync/gone", &e), &e);
		age(w, 2);
		repack(w, &request);
		assert_int_equal(hub_has(w->hub, &waste), !table[i].gone);
		check_usage(w, 0, table[i].packs);
		world_fsck(w, w->hub_dir);
	}
}

/*
 * A commit that nothing needs and that stays, because most of its pack is needed: whoever asks
 * whether it is there takes its history for there, too. Not so for our own records.
 */
static void test_strays_stay_whole(void **state)
{
	struct world *w = *state;

	needs_git();
	for (int record = 0; record < 2; record++) {
		struct repack_request request = { .drop = true, .recent_s = DAY };
		struct oid old, stray;
		struct err e = ERR_INIT;

		hub_free(w->hub);
		w->hub = NULL;
		world_run(w, "rm -rf hub.git");
		world_reopen(w);
		request.is_record = record ? is_agreed : NULL;
		old = grow(w, "refs/nbsync/gone", 0, 240);
		repack(w, &pack);
		stray = grow(w, "refs/nbsync/gone", 240, 3);
		grow(w, AGREED, 1000, 80);
		repack(w, &pack);
		check_usage(w, 0, 2);
		world_ok(hub_ref_delete(w->hub, "refs/nbsync/gone", &e), &e);
		age(w, 2);
		repack(w, &request);
		assert_true(hub_has(w->hub, &stray));
		assert_int_equal(hub_has(w->hub, &old), !record);
		if (!record)
			world_ok(hub_ref_set(w->hub, "refs/heads/back", &stray, NULL, "", &e), &e);
		world_fsck(w, w->hub_dir);
	}
}

/* Somebody's object is missing: that is no reason to throw away others. */
static void test_damage(void **state)
{
	struct world *w = *state;
	cleanup_free char *before = NULL, *after = NULL;
	struct repack_result result;
	struct err e = ERR_INIT;

	needs_git();
	grow(w, AGREED, 0, 60);
	age(w, 2);
	world_run(w, "cd hub.git && o=$(git rev-parse " AGREED "^{tree}) && "
		     "rm -f objects/$(echo $o | cut -c1-2)/$(echo $o | cut -c3-)");
	world_reopen(w);
	before = world_out(w, "ls -R hub.git/objects | sha1sum");
	assert_int_equal(hub_repack(w->hub, &drop, &result, &e), ERR_BUG);
	assert_non_null(strstr(e.text, "cannot read"));
	after = world_out(w, "ls -R hub.git/objects | sha1sum");
	assert_string_equal(before, after);
	world_ok(hub_ref_delete(w->hub, AGREED, &e), &e);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(test_all_into_one),
		WORLD_TEST(test_many_times),
		WORLD_TEST(test_waste_is_packed_too),
		WORLD_TEST(test_large_blobs_stay_loose),
		WORLD_TEST(test_large_blobs_in_packs),
		WORLD_TEST(test_torn_object),
		WORLD_TEST(test_reader_beside),
		WORLD_TEST(test_dropping),
		WORLD_TEST(test_dropping_packs),
		WORLD_TEST(test_strays_stay_whole),
		WORLD_TEST(test_damage),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
