/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The test world itself: that its sides behave as the real ones do, and that cycles in it bring them
 * together.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/world/expectations.h"
#include "tests/world/store.h"
#include "tests/world/world_internal.h"
#include "workspace/api.h"

static void settle_well(struct world *w)
{
	settle(w);
	expect_sound(w);
}

static void test_edits_travel(void **state)
{
	struct world *w = *state;

	world_write(w, SIDE_LOCAL, "etl/a.py", PY "1\n");
	world_write(w, SIDE_WORKSPACE, "etl/b.sql", SQL "select 1\n");
	world_write(w, SIDE_GIT, "c.py", PY "3\n");
	world_note_versions(w);
	settle_well(w);
	expect_everywhere(w, "etl/a.py", PY "1\n");
	expect_everywhere(w, "etl/b.sql", SQL "select 1\n");
	expect_everywhere(w, "c.py", PY "3\n");
	world_write(w, SIDE_WORKSPACE, "etl/a.py", PY "2\n");
	world_delete(w, SIDE_GIT, "etl/b.sql");
	world_write(w, SIDE_LOCAL, "c.py", PY "4\n");
	world_note_versions(w);
	settle_well(w);
	expect_everywhere(w, "etl/a.py", PY "2\n");
	expect_everywhere(w, "etl/b.sql", NULL);
	expect_everywhere(w, "c.py", PY "4\n");
}

static void test_a_lost_version_is_noticed(void **state)
{
	struct world *w = *state;
	cleanup_free char *wrong = NULL;

	world_write(w, SIDE_LOCAL, "a.py", PY "never seen\n");
	world_note_versions(w);
	world_write(w, SIDE_LOCAL, "a.py", PY "1\n");
	assert_int_not_equal(world_settle(w), 0);
	wrong = world_check(w);
	assert_non_null(wrong);
	assert_non_null(strstr(wrong, "a version of 'a.py' from the local side is lost"));
}

static void test_objects_keep_their_ids(void **state)
{
	struct world *w = *state;
	struct store_object first, second, third;

	world_write(w, SIDE_WORKSPACE, "etl/a.py", PY "1\n");
	assert_true(store_get(w->store, WORLD_FOLDER "/etl/a", &first));
	world_write(w, SIDE_WORKSPACE, "etl/a.sql", SQL);
	assert_true(store_get(w->store, WORLD_FOLDER "/etl/a", &second));
	assert_int_equal(second.id, first.id);
	assert_true(second.modified_ms > first.modified_ms);
	assert_int_equal(second.language, NOTEBOOK_SQL);
	store_object_release(&first);
	world_rename(w, SIDE_WORKSPACE, "etl", "lte");
	assert_false(store_get(w->store, WORLD_FOLDER "/etl/a", &first));
	assert_true(store_get(w->store, WORLD_FOLDER "/lte/a", &third));
	assert_int_equal(third.id, second.id);
	store_object_release(&third);
	world_delete(w, SIDE_WORKSPACE, "lte");
	world_write(w, SIDE_WORKSPACE, "lte/a.sql", SQL);
	assert_true(store_get(w->store, WORLD_FOLDER "/lte/a", &third));
	assert_true(third.id > second.id);
	store_object_release(&first);
	store_object_release(&second);
	store_object_release(&third);
}

static void test_imports_by_format_auto(void **state)
{
	static const char ipynb[] =
		"{\"cells\": [{\"cell_type\": \"code\", \"execution_count\": null, \"metadata\": "
		"{}, \"outputs\": [], \"source\": [\"1\"]}], \"metadata\": {}, \"nbformat\": 4, "
		"\"nbformat_minor\": 5}";
	struct world *w = *state;
	struct err e = ERR_INIT;

	world_write(w, SIDE_WORKSPACE, "a.ipynb", ipynb);
	expect(w, SIDE_WORKSPACE, "a.ipynb", ipynb);
	expect(w, SIDE_WORKSPACE, "a.py", PY "1");
	expect(w, SIDE_WORKSPACE, "a.sql", NULL);
	world_write(w, SIDE_WORKSPACE, "plain.py", "print(1)\n");
	expect(w, SIDE_WORKSPACE, "plain", NULL);
	expect(w, SIDE_WORKSPACE, "plain.py", "print(1)\n");
#define IMPORT(name, text, overwrite) \
	store_import(w->store, WORLD_FOLDER "/" name, text, strlen(text), overwrite, NULL, &e)
	assert_int_equal(IMPORT("a.py", PY, false), ERR_CONFLICT);
	assert_int_equal(IMPORT("c.py", PY, true), ERR_OK);
	assert_int_equal(IMPORT("c.py", "no header", true), ERR_CONFLICT);
	/* The full name of a is "a.ipynb". */
	assert_int_equal(IMPORT("a.py", "no header", true), ERR_OK);
	assert_int_equal(IMPORT("b.ipynb", "{", true), ERR_INVALID);
	assert_int_equal(IMPORT("no/b.py", PY, true), ERR_ABSENT);
#undef IMPORT
}

static char *export(const struct store_object *o, enum notebook_format format)
{
	struct buf out = BUF_INIT(FILES_MAX);
	struct err e = ERR_INIT;

	if (store_export(o, format, &out, &e))
		fail_msg("%s", e.text);
	return buf_steal(&out, NULL);
}

static char *export_bare(const struct store_object *o)
{
	struct buf out = BUF_INIT(FILES_MAX);
	struct err e = ERR_INIT;

	if (store_export_bare(o, &out, &e))
		fail_msg("%s", e.text);
	return buf_steal(&out, NULL);
}

/* What only Jupyter can say is kept to the byte, and outputs are left out where they are not wanted. */
static void test_exports(void **state)
{
#define OUTPUT "{\"name\": \"stdout\", \"output_type\": \"stream\", \"text\": [\"1\"]}"
#define RICH(outputs)                                                                          \
	"{\"cells\": [{\"cell_type\": \"code\", \"execution_count\": 3, \"metadata\": "        \
	"{\"tags\": [\"parameters\"]}, \"outputs\": [" outputs                                 \
	"], \"source\": [\"1\"]}], \"metadata\": {\"application/vnd.databricks.v1+notebook\":" \
	" {\"widgets\": {\"day\": {}}}}, \"nbformat\": 4, \"nbformat_minor\": 5}"
	struct world *w = *state;
	cleanup_free char *whole = NULL, *bare = NULL, *source = NULL;
	struct store_object o;

	world_write(w, SIDE_WORKSPACE, "rich.ipynb", RICH(OUTPUT));
	assert_true(store_get(w->store, WORLD_FOLDER "/rich", &o));
	assert_int_equal(o.format, NOTEBOOK_IPYNB);
	whole = export(&o, NOTEBOOK_IPYNB);
	bare = export_bare(&o);
	source = export(&o, NOTEBOOK_SOURCE);
	assert_string_equal(whole, RICH(OUTPUT));
	assert_null(strstr(bare, "stdout"));
	assert_non_null(strstr(bare, "\"tags\": [\"parameters\"]"));
	assert_non_null(strstr(bare, "\"widgets\": {\"day\": {}}"));
	assert_string_equal(source, PY "1");
	store_object_release(&o);
#undef RICH
#undef OUTPUT
}

static void test_faults(void **state)
{
	struct world *w = *state;
	const struct report *r;

	world_write(w, SIDE_LOCAL, "etl/a.py", PY "1\n");
	world_write(w, SIDE_LOCAL, "b.py", PY "1\n");
	settle_well(w);
	world_fault(w, WORLD_LIST_FAILS, NULL);
	r = world_cycle(w, true, true);
	assert_true(r->side[SIDE_WORKSPACE].held);
	r = world_cycle(w, true, true);
	assert_false(r->side[SIDE_WORKSPACE].held);

	world_fault(w, WORLD_FOLDER_UNREADABLE, "etl");
	world_write(w, SIDE_WORKSPACE, "etl/a.py", PY "2\n");
	r = world_cycle(w, true, true);
	assert_true(r->held.total > 0);
	world_mend(w);
	settle_well(w);
	expect_everywhere(w, "etl/a.py", PY "2\n");

	world_fault(w, WORLD_EXPORT_FAILS, "b");
	world_write(w, SIDE_WORKSPACE, "b.py", PY "2\n");
	world_cycle(w, true, true);
	expect(w, SIDE_LOCAL, "b.py", PY "1\n");
	world_mend(w);
	settle_well(w);
	expect_everywhere(w, "b.py", PY "2\n");

	world_fault(w, WORLD_IMPORT_REFUSED, "b.py");
	world_write(w, SIDE_LOCAL, "b.py", PY "3\n");
	world_cycle(w, true, true);
	expect(w, SIDE_WORKSPACE, "b.py", PY "2\n");
	world_mend(w);
	world_fault(w, WORLD_REPLY_LOST, "b.py");
	world_cycle(w, true, true);
	settle_well(w);
	expect_everywhere(w, "b.py", PY "3\n");
}

static void test_requests_are_counted(void **state)
{
	struct world *w = *state;
	int64_t before = world_changes(w);

	world_write(w, SIDE_LOCAL, "new/a.py", PY "1\n");
	world_cycle(w, true, true);
	assert_int_equal(world_changes(w) - before, 3); /* import, mkdirs, import */
	world_reopen(w);
	world_cycle(w, true, true);
	assert_int_equal(world_changes(w) - before, 3);
}

static void test_a_snapshot_leaves_times_out(void **state)
{
	struct world *w = *state;
	cleanup_free char *text = NULL, *memory = NULL;

	world_write(w, SIDE_LOCAL, "a.conflict-git-20260131T120000Z.py", "x");
	world_write(w, SIDE_GIT, "a.py", PY "1\n");
	world_mkdir(w, SIDE_WORKSPACE, "empty");
	text = world_snapshot(w);
	assert_string_equal(text, "git a.py\n    # Databricks notebook source\n    1\n"
				  "local a.conflict-git-TIME.py\n    x\\\n"
				  "workspace empty/\n");
	world_delete(w, SIDE_WORKSPACE, "empty");
	settle_well(w);
	memory = world_memory(w);
	assert_non_null(strstr(memory, "agreed a.py\n"));
	assert_non_null(strstr(memory, "base/workspace a.py\n"));
}

/* A notebook with an output, and a mapping that judges the workspace whole. */
#define WITH_OUTPUT                                                                               \
	"{\"cells\": [{\"cell_type\": \"code\", \"execution_count\": 1, \"metadata\": {}, "       \
	"\"outputs\": [{\"name\": \"stdout\", \"output_type\": \"stream\", \"text\": [\"7\"]}], " \
	"\"source\": [\"1\"]}], \"metadata\": {\"language_info\": {\"name\": \"python\"}}, "      \
	"\"nbformat\": 4, \"nbformat_minor\": 4}"

/* What nbsync would ask for. */
static void import_over(struct world *w)
{
	cleanup_free char *token = xasprintf("%s/token", w->store);
	struct workspace_settings settings = { .token_file = token };
	struct workspace_import item = { .path = WORLD_FOLDER "/a.py",
					 .data = PY "2\n",
					 .len = strlen(PY "2\n"),
					 .overwrite = true };
	struct workspace_result *results;
	struct workspace *client;
	struct err e = ERR_INIT;

	world_ok(world_workspace.open(&client, NULL, &settings, &e), &e);
	world_ok(world_workspace.import(client, &item, 1, &results, &e), &e);
	assert_int_equal(results[0].code, ERR_OK);
	workspace_results_free(results, 1);
	world_workspace.close(client);
}

static void test_what_is_displaced_is_looked_for(void **state)
{
	struct world_options options = { .config = NULL };
	struct world *w = world_new(&options);
	cleanup_free char *wrong = NULL, *shown = NULL;

	(void)state;
	world_write(w, SIDE_WORKSPACE, "a.ipynb", WITH_OUTPUT);
	settle_well(w);
	/* What people replace is theirs. */
	world_write(w, SIDE_WORKSPACE, "a.py", PY "1\n");
	world_write(w, SIDE_WORKSPACE, "a.ipynb", WITH_OUTPUT);
	assert_null(world_check(w));
	shown = world_snapshot(w);
	assert_non_null(strstr(shown, "\"text\": [\"7\"]"));
	import_over(w);
	wrong = world_check(w);
	assert_non_null(wrong);
	assert_non_null(strstr(wrong, "a cycle displaced in the workspace"));
	/* It need not be in the hub as long as it stands somewhere. */
	world_write(w, SIDE_WORKSPACE, "b.ipynb", WITH_OUTPUT);
	assert_null(world_check(w));
	world_free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_WORLD(test_edits_travel),
		IN_A_WORLD(test_a_lost_version_is_noticed),
		IN_A_WORLD(test_objects_keep_their_ids),
		IN_A_WORLD(test_imports_by_format_auto),
		IN_A_WORLD(test_exports),
		IN_A_WORLD(test_faults),
		IN_A_WORLD(test_requests_are_counted),
		IN_A_WORLD(test_a_snapshot_leaves_times_out),
		IN_A_WORLD(test_what_is_displaced_is_looked_for),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
