/* SPDX-License-Identifier: Apache-2.0 */
/* Which versions paths had, one after the other: by stories, and what is not read any more. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "git_world.h"
#include "side/past.h"

#define PATHS   4
#define FOLDERS 2000

/* In the order of their bytes; each is the start of another one, or of its folder. */
static const char *const paths[PATHS] = { "a", "a-b/c", "a/b", "ab" };

struct history {
	struct world *w;
	struct oid tip, tree;
	int64_t when_s;
};

static struct oid text_blob(struct world *w, char version)
{
	char text[] = "# Databricks notebook source\nx = '?'\n";

	*strchr(text, '?') = version;
	return world_blob(w, text);
}

static void commit(struct history *h, const char *file, const struct oid *id)
{
	struct tree_change change = { .path = file, .id = *id };
	struct err e = ERR_INIT;

	world_ok(hub_tree_update(h->w->hub, &h->tree, &change, 1, &h->tree, &e), &e);
	h->tip = world_commit(h->w, &h->tree, &h->tip, "Update", ++h->when_s);
}

/* Oldest first: "1x" is a commit that makes paths[1] x, '-' removes it, '.' changes another file. */
static void play(struct history *h, const char *story, const char *before)
{
	for (const char *p = story; *p; p += 2 + (p[2] == ' ')) {
		cleanup_free char *file = xasprintf("%s%s.py", before, paths[p[0] - '0']);
		cleanup_free char *other = xasprintf("%sother/%c", before, p[0]);
		struct oid id = { 0 };

		if (p[1] != '-')
			id = text_blob(h->w, p[1] == '.' ? (char)('A' + h->when_s) : p[1]);
		commit(h, p[1] == '.' ? other : file, &id);
	}
}

static struct side_context context_of(const struct history *h)
{
	static const struct config_mapping mapping;

	return (struct side_context){ .mapping = &mapping,
				      .hub = h->w->hub,
				      .content = { .hub = h->w->hub, .mapping = &mapping } };
}

/* The past of a path as letters, newest first, and '!' where the search met its end. */
static char *ask(struct history *h, const struct past_source *where, size_t path, char until)
{
	struct side_context c = context_of(h);
	struct past_source source = *where;
	struct version end = { .blob = text_blob(h->w, until), .kind = VERSION_NOTEBOOK };
	struct buf text = BUF_INIT(1000);
	struct past pasts[PATHS] = { 0 };
	struct err e = ERR_INIT;

	source.context = &c;
	source.claim = "";
	source.tip = h->tip;
	table_init(&c.table);
	/* The others are asked for, too, and never have it. */
	for (size_t i = 0; i < PATHS; i++) {
		pasts[i].row = table_get(&c.table, paths[i]);
		pasts[i].until[SIDE_GIT] = &end;
	}
	world_ok(past_read(&source, pasts, PATHS, &e), &e);
	for (size_t i = 0; i < pasts[path].count; i++) {
		const struct oid *id = &pasts[path].items[i].version.blob;
		char name = '-';

		for (char v = 'a'; v <= 'z'; v++) {
			struct oid is = text_blob(h->w, v);

			if (oid_equal(&is, id))
				name = v;
		}
		buf_add_char(&text, name);
	}
	if (pasts[path].met[SIDE_GIT])
		buf_add_char(&text, '!');
	for (size_t i = 0; i < PATHS; i++)
		past_release(&pasts[i]);
	table_release(&c.table);
	return buf_steal(&text, NULL);
}

static void test_stories(void **state)
{
	static const struct {
		const char *story;
		size_t path;
		char until;
		const char *versions;
	} table[] = {
		{ "0.", 0, 'u', "" },
		{ "0u 0.", 0, 'u', "u" },
		{ "0u 0x", 0, 'u', "xu!" },
		{ "0u 0. 0x 0. 0. 0y 0.", 0, 'u', "yxu!" },
		{ "0u 0x 0u 0y", 0, 'u', "yu!" },
		{ "0u 0- 0y", 0, 'u', "y-u!" },
		{ "0u 0x 0u 0x 0-", 0, 'u', "-xu!" },
		{ "0w 0x 0y", 0, 'u', "yxw" },
		/* each path has its own, whatever it is named */
		{ "0u 1u 2u 3u 2x 1y 3z 0w", 1, 'u', "yu!" },
		{ "0u 1u 2u 3u 2x 1y 3z 0w", 2, 'u', "xu!" },
		{ "0u 1u 2u 3u 2x 1y 3z 0w", 3, 'u', "zu!" },
		{ "2u 1. 2x 2- 2y", 2, 'u', "y-xu!" },
	};
	static const struct past_source places[] = { { .folder = "" }, { .folder = "in/here" } };

	for (size_t i = 0; i < ARRAY_SIZE(table) * ARRAY_SIZE(places); i++) {
		const struct past_source *place = &places[i / ARRAY_SIZE(table)];
		struct history h = { .w = *state };
		cleanup_free char *got = NULL;

		play(&h, table[i % ARRAY_SIZE(table)].story, *place->folder ? "in/here/" : "");
		got = ask(&h, place, table[i % ARRAY_SIZE(table)].path,
			  table[i % ARRAY_SIZE(table)].until);
		if (!str_eq(got, table[i % ARRAY_SIZE(table)].versions))
			fail_msg("row %zu: '%s'", i, got);
	}
}

/* ---- what it may cost ---- */

static void add_folders(struct history *h)
{
	struct tree_change *changes = xcalloc(FOLDERS, sizeof(*changes));
	struct oid blob = text_blob(h->w, 'f');
	char(*names)[16] = xcalloc(FOLDERS, sizeof(*names));
	struct err e = ERR_INIT;

	for (int i = 0; i < FOLDERS; i++) {
		snprintf(names[i], sizeof(names[i]), "folder%04d/x", i);
		changes[i] = (struct tree_change){ .path = names[i], .id = blob };
	}
	world_ok(hub_tree_update(h->w->hub, &h->tree, changes, FOLDERS, &h->tree, &e), &e);
	free(names);
	free(changes);
}

static void others(struct history *h, int count)
{
	for (int i = 0; i < count; i++) {
		cleanup_free char *file = xasprintf("folder%04d/x", i);
		struct oid id = text_blob(h->w, (char)('A' + h->when_s % 23));

		commit(h, file, &id);
	}
}

/* As many commits of a large branch as are promised are read, and not many more. */
static void test_large_branch(void **state)
{
	static const struct past_source place = { .folder = "" };
	struct history h = { .w = *state };
	struct err e = ERR_INIT;
	char *got;

	NEEDS_GIT();
	add_folders(&h);
	play(&h, "0u 0x", "");
	others(&h, 350);
	world_ok(hub_flush(h.w->hub, &e), &e);
	world_pack(h.w);
	world_reopen(h.w);
	got = ask(&h, &place, 0, 'u');
	assert_string_equal(got, "xu!");
	free(got);
	others(&h, 300);
	got = ask(&h, &place, 0, 'u');
	assert_string_equal(got, "");
	free(got);
}

/* A path that changed all the time is given up, and the others are not. */
static void test_costly_path(void **state)
{
	static const struct past_source place = { .folder = "" };
	static char padding[100 * 1000];
	struct history h = { .w = *state };
	char *got;

	memset(padding, 'p', sizeof(padding) - 1);
	play(&h, "0u 2u 2x", "");
	for (int i = 0; i < 150; i++) {
		cleanup_free char *text = xasprintf("# Databricks notebook source\nx = '%d%s'\n", i,
						    padding);
		struct oid id = world_blob(h.w, text);

		commit(&h, "a.py", &id);
	}
	got = ask(&h, &place, 2, 'u');
	assert_string_equal(got, "xu!");
	free(got);
	got = ask(&h, &place, 0, 'u');
	assert_null(strchr(got, '!'));
	free(got);
}

/* Whether the last commit, of that committer and with that message, says that the workspace had 'a'. */
static bool is_told(struct history *h, const char *committer, const char *message, const char *id)
{
	struct side_context c = context_of(h);
	struct past_source source = { .context = &c, .folder = "", .claim = "ab12" };
	const struct version none = { 0 };
	struct past past = { .until[SIDE_GIT] = &none };
	struct err e = ERR_INIT;
	bool told;

	table_init(&c.table);
	past.row = table_get(&c.table, "a");
	snprintf(past.row->side[SIDE_WORKSPACE].id, sizeof(past.row->side[SIDE_WORKSPACE].id), "%s",
		 id);
	source.tip = world_commit_by(h->w, committer, &h->tree, NULL, message, ++h->when_s);
	world_ok(past_read(&source, &past, 1, &e), &e);
	assert_true(past.count >= 1);
	told = past.items[0].in_workspace;
	past_release(&past);
	table_release(&c.table);
	return told;
}

/* A commit of ours is believed; what somebody makes of it, with its message, is somebody's. */
static void test_what_is_told_of_the_workspace(void **state)
{
	struct history h = { .w = *state };
	const char *folder = "Update a\n\nNbsync-Mapping: etl\nNbsync-Workspace: ab12\n";
	const char *object = "Update a\n\nNbsync-Mapping: etl\nNbsync-Object-Id: 17\n";

	play(&h, "0u", "");
	assert_true(is_told(&h, "nbsync", folder, ""));
	assert_false(is_told(&h, "Ben", folder, ""));
	assert_false(is_told(&h, "nbsync", "Update a\n\nNbsync-Workspace: ab13\n", ""));
	assert_true(is_told(&h, "nbsync", object, "17"));
	assert_false(is_told(&h, "Ben", object, "17"));
	assert_false(is_told(&h, "nbsync", object, "18"));
}

/* A script that was a notebook is nothing to the path of the file that it became. */
static void test_a_script_changes_its_kind(void **state)
{
	struct history h = { .w = *state };
	struct side_context c = context_of(&h);
	struct past_source source = { .context = &c, .folder = "", .claim = "" };
	const struct version none = { 0 };
	struct past pasts[2] = { { .until[SIDE_GIT] = &none }, { .until[SIDE_GIT] = &none } };
	struct err e = ERR_INIT;
	struct oid file = world_blob(h.w, "x = 1\n");

	play(&h, "0u", "");
	commit(&h, "a.py", &file);
	table_init(&c.table);
	pasts[0].row = table_get(&c.table, "a");
	pasts[1].row = table_get(&c.table, "a.py");
	source.tip = h.tip;
	world_ok(past_read(&source, pasts, 2, &e), &e);
	/* The notebook is gone; what stands there now is a file that was made by the same commit. */
	assert_true(version_absent(&pasts[0].items[0].version));
	assert_true(oid_equal(&pasts[1].items[0].version.blob, &file));
	assert_int_equal(pasts[1].items[0].version.kind, VERSION_FILE);
	assert_true(pasts[1].met[SIDE_GIT]);
	assert_int_equal(pasts[1].count, 2);
	past_release(&pasts[0]);
	past_release(&pasts[1]);
	table_release(&c.table);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WORLD_TEST(test_stories),
		WORLD_TEST(test_large_branch),
		WORLD_TEST(test_costly_path),
		WORLD_TEST(test_what_is_told_of_the_workspace),
		WORLD_TEST(test_a_script_changes_its_kind),
	};

	return cmocka_run_group_tests(tests, world_group_setup, world_group_teardown);
}
