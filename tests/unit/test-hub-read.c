/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at a hub without changing it: trees compared, commits as people name them, and reading
 * beside the process that writes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git/hub/oid_set.h"
#include "git_world.h"
#include "oids.h"

#define AGREED "refs/nbsync/agreed"

static const struct oid zero;

/* ---- trees compared ---- */

struct comparison {
	struct buf text, entered;
	const char *not_into; /* this folder; NULL: into all */
	size_t stop_after;    /* files; 0: never */
	size_t count;
};

static bool note_folder(void *payload, const char *folder)
{
	struct comparison *c = payload;

	buf_addf(&c->entered, "%s ", folder);
	return !str_eq(folder, c->not_into);
}

static bool note_file(void *payload, const struct tree_difference *d)
{
	struct comparison *c = payload;
	bool before = !oid_is_zero(&d->old_id), after = !oid_is_zero(&d->new_id);

	assert_true(before == (d->old_mode != 0) && after == (d->new_mode != 0));
	buf_addf(&c->text, "%s%s ", !before ? "+" : after ? "" : "-", d->path);
	return ++c->count != c->stop_after;
}

static void compare(struct world *w, struct comparison *c, const struct oid *old,
		    const struct oid *new, const char *folder)
{
	struct tree_diff diff = { .enter = note_folder, .file = note_file, .payload = c };
	struct tree_reading reading = { 0 };
	struct err e = ERR_INIT;

	/* With a reading that has seen nothing, with the same once more, and without. */
	for (int i = 0; i < 3; i++) {
		cleanup_free char *before = i ? buf_steal(&c->text, NULL) : NULL;

		buf_release(&c->entered);
		c->text = BUF_INIT(10000);
		c->entered = BUF_INIT(10000);
		c->count = 0;
		diff.reading = i < 2 ? &reading : NULL;
		world_ok(hub_tree_diff(w->hub, old, new, folder, &diff, &e), &e);
		assert_true(!i || str_eq(before, buf_str(&c->text)));
	}
	tree_reading_release(&reading);
}

static void comparison_release(struct comparison *c)
{
	buf_release(&c->text);
	buf_release(&c->entered);
}

static void test_diff(void **state)
{
	static const struct {
		const char *old, *new, *folder;
		const char *files, *entered;
	} table[] = {
		{ "", "", "", "", "" },
		{ "a=1 b/c=2", "a=1 b/c=2", "", "", "" },
		{ "", "a=1 b/c=2", "", "+a +b/c ", "b " },
		{ "a=1 b/c=2", "", "", "-a -b/c ", "b " },
		{ "a=1 b=1 c=1", "a=1 b=2 c=1", "", "b ", "" },
		/* equal folders are not opened */
		{ "x/a=1 y/b/c=1", "x/a=1 y/b/c=2", "", "y/b/c ", "y y/b " },
		/* a file and a folder of one name, in either order, and names between them */
		{ "a=1", "a/b=1", "", "-a +a/b ", "a " },
		{ "a/b=1", "a=1", "", "+a -a/b ", "a " },
		{ "a/b=1 a.b=1 a0=1", "a=1 a.b=2 a0=2", "", "+a a.b -a/b a0 ", "a " },
		/* below a folder */
		{ "n/a=1 o=1", "n/a=2 o=2", "n", "a ", "" },
		{ "n/a=1", "o=2", "n", "-a ", "" },
		{ "o=1", "n/m/a=2", "n/m", "+a ", "" },
		{ "n/a=1", "n/a=2", "m", "", "" },
		{ "n=1", "n/a=2", "n", "+a ", "" },
	};
	struct world *w = *state;
	struct err e = ERR_INIT;

	/* First of trees that are in memory, then of loose ones, then of packed ones. */
	for (size_t n = 0; n < 3 * ARRAY_SIZE(table); n++) {
		size_t i = n % ARRAY_SIZE(table);
		struct oid old = world_tree(w, table[i].old), new = world_tree(w, table[i].new);
		struct comparison c = { 0 };

		if (n == ARRAY_SIZE(table))
			world_ok(hub_flush(w->hub, &e), &e);
		if (n == 2 * ARRAY_SIZE(table) && world_has_git()) {
			world_pack(w);
			world_reopen(w);
		}
		compare(w, &c, &old, &new, table[i].folder);
		if (!str_eq(buf_str(&c.text), table[i].files) ||
		    !str_eq(buf_str(&c.entered), table[i].entered))
			fail_msg("row %zu: '%s' by '%s'", i, buf_str(&c.text), buf_str(&c.entered));
		comparison_release(&c);
	}
}

static void test_diff_choices(void **state)
{
	struct world *w = *state;
	struct oid old = world_tree(w, "a/x=1 b/x=1 c=1"), new = world_tree(w, "a/x=2 b/x=2 c=2");
	struct comparison c = { .not_into = "a" };

	compare(w, &c, &old, &new, "");
	assert_string_equal(buf_str(&c.text), "b/x c ");
	comparison_release(&c);
	c = (struct comparison){ .stop_after = 1 };
	compare(w, &c, &old, &new, "");
	assert_string_equal(buf_str(&c.text), "a/x ");
	comparison_release(&c);
}

static void test_diff_of_modes_and_damage(void **state)
{
	struct world *w = *state;
	struct oid tree = world_tree(w, "a=1 d/b=2"), blob = world_blob(w, "1"), changed, none;
	struct tree_change change = { .path = "a", .id = blob, .mode = 0100755 };
	struct comparison c = { 0 };
	const struct tree_diff diff = { .file = note_file, .payload = &c };
	struct err e = ERR_INIT;

	world_ok(hub_tree_update(w->hub, &tree, &change, 1, &changed, &e), &e);
	compare(w, &c, &tree, &changed, "");
	assert_string_equal(buf_str(&c.text), "a ");
	comparison_release(&c);
	hub_hash("never written", 13, &none);
	assert_int_equal(hub_tree_diff(w->hub, &tree, &none, "", &diff, &e), ERR_BUG);
	assert_int_equal(hub_tree_diff(w->hub, &none, &tree, "d", &diff, &e), ERR_BUG);
}

/* ---- commits as people name them ---- */

static int by_prefix(const void *a, const void *b)
{
	return memcmp(((const struct oid *)a)->id, ((const struct oid *)b)->id, 4);
}

/* Two contents whose ids begin with the same seven digits, by trying. */
static void put_twins(struct world *w, char hex[static 41])
{
	size_t count = 60000, twin = 0;
	struct oid *ids = xcalloc(count, sizeof(*ids));
	char text[32];

	for (size_t i = 0; i < count; i++) {
		int len = snprintf(text, sizeof(text), "number %zu", i);

		hub_hash(text, (size_t)len, &ids[i]);
		memcpy(ids[i].id + 12, &i, sizeof(i)); /* which number this was */
		ids[i].id[3] &= 0xf0;
	}
	qsort(ids, count, sizeof(*ids), by_prefix);
	while (by_prefix(&ids[twin], &ids[twin + 1]))
		assert_true(++twin + 1 < count);
	for (size_t i = 0; i < 2; i++) {
		size_t number;
		struct oid id;

		memcpy(&number, ids[twin + i].id + 12, sizeof(number));
		snprintf(text, sizeof(text), "number %zu", number);
		id = world_blob(w, text);
		oid_hex(&id, hex);
	}
	free(ids);
}

static void test_resolve(void **state)
{
	struct world *w = *state;
	struct oid tree = world_tree(w, "a=1"), found;
	struct oid commit = world_commit(w, &tree, NULL, "one\n", 1000);
	struct err e = ERR_INIT;
	char hex[41], twins[41];

	put_twins(w, twins);
	world_ok(hub_flush(w->hub, &e), &e);
	oid_hex(&commit, hex);
	for (size_t len = 40; len >= 7; len--) {
		hex[len] = '\0';
		found = zero;
		world_ok(hub_commit_resolve(w->hub, hex, &found, &e), &e);
		assert_true(oid_equal(&found, &commit));
	}
	hex[6] = '\0';
	assert_int_equal(hub_commit_resolve(w->hub, hex, &found, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "7 to 40 hexadecimal digits"));
	twins[7] = '\0';
	assert_int_equal(hub_commit_resolve(w->hub, twins, &found, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "is ambiguous: give more digits"));
	oid_hex(&tree, hex);
	assert_int_equal(hub_commit_resolve(w->hub, hex, &found, &e), ERR_INVALID);
	assert_non_null(strstr(e.text, "there is no revision"));
}

/* ---- beside the writer ---- */

static void test_reader_sees_what_is_written(void **state)
{
	struct world *w = *state;
	struct hub *reader;
	struct err e = ERR_INIT;
	struct oid tree = { { 0 } }, tip, commit, found;

	world_ok(hub_open_reader(&reader, w->hub_dir, &e), &e);
	assert_int_equal(hub_ref_get(reader, AGREED, &found, &e), ERR_ABSENT);
	for (int round = 0; round < 2; round++) { /* loose objects, then a pack */
		for (int i = 0; i < (round ? 80 : 2); i++) {
			cleanup_free char *name = xasprintf("r%d/n%d.py", round, i);

			tree = world_put(w, &tree, name, name);
		}
		commit = world_commit(w, &tree, NULL, "one\n", 1000 + round);
		world_ok(hub_ref_set(w->hub, AGREED, &commit, NULL, "test", &e), &e);
		world_ok(hub_ref_get(reader, AGREED, &tip, &e), &e);
		assert_true(oid_equal(&tip, &commit));
		world_ok(hub_commit_tree(reader, &tip, &found, &e), &e);
		world_ok(hub_tree_find(reader, &found, round ? "r1/n79.py" : "r0/n1.py", &found,
				       NULL, &e),
			 &e);
		assert_true(hub_has(reader, &found));
	}
	hub_free(reader);
}

static void test_reader_writes_nothing(void **state)
{
	struct world *w = *state;
	struct oid tree = world_tree(w, "a=1"), id;
	struct hub *reader;
	struct err e = ERR_INIT;

	world_ok(hub_ref_set(w->hub, AGREED, &tree, NULL, "test", &e), &e);
	world_run(w, "touch hub.git/objects/pack/pack_git2_x hub.git/refs/nbsync/x.lock");
	world_ok(hub_open_reader(&reader, w->hub_dir, &e), &e);
	world_ok(hub_blob_put(reader, "new", 3, &id, &e), &e);
	assert_int_equal(hub_flush(reader, &e), ERR_BUG);
	assert_non_null(strstr(e.text, "opened for reading only"));
	assert_int_equal(hub_ref_set(reader, AGREED, &tree, NULL, "test", &e), ERR_BUG);
	assert_int_equal(hub_ref_delete(reader, AGREED, &e), ERR_BUG);
	hub_free(reader);
	world_run(w, "rm hub.git/objects/pack/pack_git2_x hub.git/refs/nbsync/x.lock");
	world_ok(hub_ref_get(w->hub, AGREED, &id, &e), &e);
	assert_true(oid_equal(&id, &tree));
}

static void test_reader_refusals(void **state)
{
	struct world *w = *state;
	cleanup_free char *none = xasprintf("%s/none.git", w->dir);
	struct hub *reader;
	struct err e = ERR_INIT;

	assert_int_equal(hub_open_reader(&reader, none, &e), ERR_ABSENT);
	assert_null(reader);
	assert_non_null(strstr(e.text, "there is no hub"));
	assert_int_not_equal(access(none, F_OK), 0);
	world_run(w, "cp -a hub.git none.git && rm none.git/HEAD");
	assert_int_equal(hub_open_reader(&reader, none, &e), ERR_BUG);
	assert_non_null(strstr(e.text, "no file HEAD"));
	if (geteuid())
		return; /* only root can give a folder away */
	world_run(w, "cp hub.git/HEAD none.git && chown 12345 none.git");
	assert_int_equal(hub_open_reader(&reader, none, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "read it as the user that nbsyncd runs as (uid 12345)"));
}

/* ---- sets of ids ---- */

static void test_oid_set(void **state)
{
	struct oid_set set = { 0 };
	struct oid none = numbered_oid(1u << 31, false);
	bool added;

	(void)state;
	assert_int_equal(oid_set_find(&set, &none), OID_NOWHERE);
	for (uint32_t i = 0; i < 4000; i++) {
		struct oid id = numbered_oid(i / 2, i / 2 < 100);

		assert_int_equal(oid_set_add(&set, &id, &added), i / 2);
		assert_int_equal(added, i % 2 == 0);
		assert_int_equal(oid_set_find(&set, &id), i / 2);
	}
	assert_int_equal(set.count, 2000);
	assert_int_equal(oid_set_find(&set, &none), OID_NOWHERE);
	oid_set_clear(&set);
	none = numbered_oid(7, true);
	assert_int_equal(oid_set_find(&set, &none), OID_NOWHERE);
	assert_int_equal(oid_set_add(&set, &none, NULL), 0);
	oid_set_release(&set);
	oid_set_release(&set);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(test_diff),
		WORLD_TEST(test_diff_choices),
		WORLD_TEST(test_diff_of_modes_and_damage),
		WORLD_TEST(test_resolve),
		WORLD_TEST(test_reader_sees_what_is_written),
		WORLD_TEST(test_reader_writes_nothing),
		WORLD_TEST(test_reader_refusals),
		cmocka_unit_test(test_oid_set),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
