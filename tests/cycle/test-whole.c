/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A version is the whole notebook: a Jupyter notebook in the workspace, with outputs, widgets, a
 * dashboard, tags and an environment, is edited on each side. What nobody edited stays as it was, byte
 * for byte; what is replaced or deleted is in the hub, whole, and comes back from there as it was.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "git/hub/hub.h"
#include "memory/history.h"
#include "tests/world/expectations.h"
#include "tests/world/store.h"

#define FOLDER "/Users/ana@acme.example/etl/"

/* A notebook of two cells. */
struct board {
	const char *first, *second; /* texts */
	const char *output;         /* of the second cell */
	const char *tags;           /* of the first: what stands between the brackets */
	const char *widget, *dashboard, *version;
};
static const struct board usual = { "rate = 1", "print(rate)", "one",  "\"parameters\"",
				    "day",      "Revenue",     "\"5\"" };

static char *text_of(const struct board *b)
{
	return xasprintf(
		"{\n \"cells\": [\n"
		"  {\n   \"cell_type\": \"code\",\n   \"execution_count\": 0,\n   \"metadata\": {\n"
		"    \"application/vnd.databricks.v1+cell\": {\n     \"inputWidgets\": {},\n"
		"     \"nuid\": \"33333333-3333-4333-8333-333333333333\",\n"
		"     \"showTitle\": false,\n     \"title\": \"\"\n    },\n    \"tags\": [%s]\n   "
		"},\n"
		"   \"outputs\": [],\n   \"source\": [\n    \"%s\"\n   ]\n  },\n"
		"  {\n   \"cell_type\": \"code\",\n   \"execution_count\": 3,\n   \"metadata\": "
		"{},\n"
		"   \"outputs\": [{\"name\": \"stdout\", \"output_type\": \"stream\","
		" \"text\": [\"%s\\n\"]}],\n   \"source\": [\n    \"%s\"\n   ]\n  }\n ],\n"
		" \"metadata\": {\n  \"application/vnd.databricks.v1+notebook\": {\n"
		"   \"dashboards\": [{\"title\": \"%s\"}],\n"
		"   \"environmentMetadata\": {\"environment_version\": %s},\n"
		"   \"language\": \"python\",\n   \"notebookName\": \"board\",\n"
		"   \"widgets\": {\"%s\": {\"currentValue\": \"x\"}}\n  },\n"
		"  \"language_info\": {\"name\": \"python\"}\n },\n"
		" \"nbformat\": 4,\n \"nbformat_minor\": 0\n}\n",
		b->tags, b->first, b->output, b->second, b->dashboard, b->version, b->widget);
}

static void save(struct world *w, enum side_id side, const struct board *b)
{
	cleanup_free char *text = text_of(b);

	world_write(w, side, "board.ipynb", text);
}

/* The very bytes that stand in the workspace; owned, NULL when it has no such Jupyter notebook. */
static char *stored(const struct world *w, const char *name)
{
	cleanup_free char *path = xasprintf(FOLDER "%s", name);
	struct store_object o;
	char *text = NULL;

	if (store_get(w->store, path, &o) && o.format == NOTEBOOK_IPYNB)
		text = xstrndup(buf_str(&o.content), o.content.len);
	store_object_release(&o);
	return text;
}

static void expect_stored(const struct world *w, const char *name, const struct board *b)
{
	cleanup_free char *there = stored(w, name), *text = text_of(b);

	if (!there)
		fail_msg("no Jupyter notebook '%s' in the workspace", name);
	assert_string_equal(there, text);
}

/* The newest revision of the workspace's that has just these bytes, or fails. Owned. */
static char *revision_of(const struct world *w, const char *file, const struct board *b)
{
	cleanup_free char *text = text_of(b);
	struct hub *hub = NULL;
	struct err e = ERR_INIT;
	struct oid id, commit, tree, there;
	char hex[41];

	hub_hash(text, strlen(text), &id);
	assert_int_equal(hub_open_reader(&hub, w->hub, &e), ERR_OK);
	assert_int_equal(hub_ref_get(hub, "refs/nbsync/seen/workspace", &commit, &e), ERR_OK);
	for (;;) {
		struct commit_info info = { 0 };
		bool end;

		assert_int_equal(hub_commit_tree(hub, &commit, &tree, &e), ERR_OK);
		if (hub_tree_find(hub, &tree, file, &there, NULL, NULL) == ERR_OK &&
		    oid_equal(&there, &id))
			break;
		assert_int_equal(hub_commit_info(hub, &commit, &info, &e), ERR_OK);
		end = !info.parent_count;
		commit = info.first_parent;
		commit_info_release(&info);
		if (end)
			fail_msg("no revision of '%s' has these bytes:\n%s", file, text);
	}
	hub_free(hub);
	oid_hex(&commit, hex);
	return xstrdup(hex);
}

static struct world *with_board(const char *config)
{
	struct world *w = world_with(config);

	save(w, SIDE_WORKSPACE, &usual);
	if (!world_settle(w))
		fail_msg("the world does not settle");
	expect_stored(w, "board", &usual);
	return w;
}

/* ---- cells ---- */

static const struct formats {
	const char *config, *local, *git;
} formats[] = {
	{ "local_format = source\ngit_format = source\n", "board.py", "board.py" },
	{ "local_format = ipynb\ngit_format = source\n", "board.ipynb", "board.py" },
	{ "local_format = source\ngit_format = ipynb\n", "board.py", "board.ipynb" },
	{ "local_format = keep\ngit_format = keep\n", "board.ipynb", "board.ipynb" },
};

/* Replaces a text in a file of a side. */
static void edit(struct world *w, enum side_id side, const char *file, const char *from,
		 const char *to)
{
	cleanup_free char *text = world_read(w, side, file), *edited = NULL;
	char *at = text ? strstr(text, from) : NULL;

	if (!at)
		fail_msg("no '%s' in %s of the %s side:\n%s", from, file, side_names[side],
			 text ? text : "(none)");
	edited = xasprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	world_write(w, side, file, edited);
}

static void test_an_edit_elsewhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct world *w = with_board(formats[i].config);
		struct board b = usual;
		cleanup_free char *revision = NULL;

		edit(w, SIDE_LOCAL, formats[i].local, "rate = 1", "rate = 2");
		assert_true(world_settle(w));
		b.first = "rate = 2";
		expect_stored(w, "board", &b);
		free(revision_of(w, "board.ipynb", &usual));
		edit(w, SIDE_GIT, formats[i].git, "rate = 2", "rate = 3");
		assert_true(world_settle(w));
		b.first = "rate = 3";
		expect_stored(w, "board", &b);
		b.first = "rate = 2";
		revision = revision_of(w, "board.ipynb", &b);
		b.first = "rate = 4";
		save(w, SIDE_WORKSPACE, &b);
		assert_true(world_settle(w));
		expect_stored(w, "board", &b);
		for (enum side_id s = 0; s < SIDE_COUNT; s++) {
			cleanup_free char *text = NULL;

			if (s == SIDE_WORKSPACE)
				continue;
			text = world_read(w, s,
					  s == SIDE_LOCAL ? formats[i].local : formats[i].git);
			assert_non_null(text);
			assert_non_null(strstr(text, "rate = 4"));
			assert_null(strstr(text, "one\\n"));
		}
		expect_stillness(w);
		world_free(w);
	}
}

/* ---- what source cannot say ---- */

static void test_facets_travel(void **state)
{
	struct world *w = with_board("local_format = ipynb\ngit_format = source\n");
	struct board b = usual;

	(void)state;
	edit(w, SIDE_LOCAL, "board.ipynb", "\"parameters\"", "\"parameters\", \"nightly\"");
	assert_true(world_settle(w));
	b.tags = "\"parameters\", \"nightly\"";
	{
		cleanup_free char *there = stored(w, "board");

		assert_non_null(strstr(there, "nightly"));
		assert_non_null(strstr(there, "\"one\\n\""));
	}
	b.widget = "month";
	b.tags = "\"late\"";
	save(w, SIDE_WORKSPACE, &b);
	assert_true(world_settle(w));
	expect_stored(w, "board", &b);
	{
		cleanup_free char *text = world_read(w, SIDE_LOCAL, "board.ipynb");

		assert_non_null(strstr(text, "\"late\""));
		assert_null(strstr(text, "nightly"));
		assert_non_null(strstr(text, "month"));
		assert_null(strstr(text, "\"day\""));
	}
	/* An edit in source reverts nothing of that. */
	edit(w, SIDE_GIT, "board.py", "rate = 1", "rate = 7");
	assert_true(world_settle(w));
	b.first = "rate = 7";
	expect_stored(w, "board", &b);
	expect_stillness(w);
	world_free(w);
}

/* ---- going and coming back ---- */

static void restore(struct world *w, const char *revision)
{
	adopt_ok(w, "board", CYCLE_FROM_REVISION, revision);
	assert_true(world_settle(w));
}

static void test_deleted_and_restored(void **state)
{
	struct world *w = with_board("local_format = source\ngit_format = source\n");
	cleanup_free char *revision = NULL, *there = NULL;

	(void)state;
	/* Not all there is, which would have to be confirmed. */
	world_write(w, SIDE_LOCAL, "other.py", PY "1");
	world_write(w, SIDE_LOCAL, "third.py", PY "1");
	assert_true(world_settle(w));
	world_delete(w, SIDE_LOCAL, "board.py");
	assert_true(world_settle(w));
	there = stored(w, "board");
	assert_null(there);
	revision = revision_of(w, "board.ipynb", &usual);
	restore(w, revision);
	expect_stored(w, "board", &usual);
	expect_stillness(w);
	world_free(w);
}

static void test_replaced_and_restored(void **state)
{
	struct world *w = with_board("local_format = source\ngit_format = source\n");
	cleanup_free char *revision = NULL;
	struct board b = usual;

	(void)state;
	edit(w, SIDE_LOCAL, "board.py", "print(rate)", "print(2)");
	assert_true(world_settle(w));
	revision = revision_of(w, "board.ipynb", &usual);
	restore(w, revision);
	expect_stored(w, "board", &usual);
	/* Only the outputs are others: asked for, they come back all the same. */
	b.output = "two";
	save(w, SIDE_WORKSPACE, &b);
	assert_true(world_settle(w));
	restore(w, revision);
	expect_stored(w, "board", &usual);
	free(revision_of(w, "board.ipynb", &b));
	expect_stillness(w);
	world_free(w);
}

static void test_renamed_as_source(void **state)
{
	struct world *w = with_board("local_format = source\ngit_format = source\n");

	(void)state;
	world_rename(w, SIDE_LOCAL, "board.py", "desk.py");
	assert_true(world_settle(w));
	expect_stored(w, "desk", &usual);
	free(revision_of(w, "board.ipynb", &usual));
	expect_stillness(w);
	world_free(w);
}

/* ---- new ones ---- */

static void test_new_ones(void **state)
{
	static const struct {
		const char *format, *file;
		enum notebook_format there;
	} cases[] = {
		{ "keep", "new.py", NOTEBOOK_SOURCE },   { "keep", "new.ipynb", NOTEBOOK_IPYNB },
		{ "source", "new.py", NOTEBOOK_SOURCE }, { "source", "new.ipynb", NOTEBOOK_SOURCE },
		{ "ipynb", "new.py", NOTEBOOK_IPYNB },   { "ipynb", "new.ipynb", NOTEBOOK_IPYNB },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *config = xasprintf("workspace_format = %s\n", cases[i].format);
		cleanup_free char *text = text_of(&usual);
		struct world *w = world_with(config);
		struct store_object o;

		world_write(w, SIDE_LOCAL, cases[i].file,
			    str_ends(cases[i].file, ".py") ? PY "1" : text);
		assert_true(world_settle(w));
		assert_true(store_get(w->store, FOLDER "new", &o));
		assert_int_equal(o.format, cases[i].there);
		assert_null(memmem(buf_str(&o.content), o.content.len, "one\\n", 5));
		store_object_release(&o);
		expect_stillness(w);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_edit_elsewhere),
		cmocka_unit_test(test_facets_travel),
		cmocka_unit_test(test_deleted_and_restored),
		cmocka_unit_test(test_replaced_and_restored),
		cmocka_unit_test(test_renamed_as_source),
		cmocka_unit_test(test_new_ones),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
