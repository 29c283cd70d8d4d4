/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A workspace that says what it was given differently: it gives each widget an id of its own, or
 * outputs another one each time. That is an edit made after the import, and no clash with what was
 * imported; it reaches the others, and is not answered with an import of the same again and again. What a
 * workspace has not carried out is no edit.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/world/expectations.h"
#include "tests/world/store.h"

#define OBJECT "/Users/ana@acme.example/etl/board"

#define NOTEBOOK(source, widget, tags)                                                         \
	"{\n \"cells\": [\n  {\n   \"cell_type\": \"code\",\n   \"execution_count\": 1,\n"     \
	"   \"metadata\": {\"tags\": [" tags "]},\n   \"outputs\": [{\"name\": \"stdout\", "   \
	"\"output_type\": \"stream\", \"text\": [\"run 00\"]}],\n"                             \
	"   \"source\": [\"" source "\"]\n  }\n ],\n"                                          \
	" \"metadata\": {\n  \"application/vnd.databricks.v1+notebook\": {\n"                  \
	"   \"language\": \"python\",\n"                                                       \
	"   \"widgets\": {\"day\": {\"currentValue\": \"" widget "\", \"nuid\": \"id 00\"}}\n" \
	"  },\n  \"language_info\": {\"name\": \"python\"}\n },\n"                             \
	" \"nbformat\": 4,\n \"nbformat_minor\": 0\n}\n"

/* What a server makes of an import. */
struct server {
	struct world *w;
	const char *anew; /* the text whose two digits it counts up at each import */
	bool forgets;     /* it drops the tags, too */
	struct buf given; /* what stood there when it was last asked */
	char digits[3];
	unsigned imports;
};

static void respell(struct server *s, struct buf *content)
{
	char *at;

	snprintf(s->digits, sizeof(s->digits), "%02u", ++s->imports % 100);
	for (char *from = content->data; (at = strstr(from, s->anew)); from = at + 1)
		memcpy(at + strlen(s->anew), s->digits, 2);
	if (s->forgets && (at = strstr(content->data, "\"tags\"")))
		memcpy(at, "\"gat0\"", 6);
}

/* Before it answers a question. */
static void answer(void *payload, const char *verb, const char *path)
{
	struct server *s = payload;
	struct store_object o;

	(void)path;
	if (!str_eq(verb, "stat") && !str_eq(verb, "export") && !str_eq(verb, "list"))
		return;
	if (store_get(s->w->store, OBJECT, &o) &&
	    !str_eq(buf_str(&o.content), buf_str(&s->given))) {
		respell(s, &o.content);
		store_put(s->w->store, &o);
		buf_clear(&s->given);
		buf_add_str(&s->given, buf_str(&o.content));
	}
	store_object_release(&o);
}

static void expect_text(struct world *w, enum side_id side, const char *text, bool is)
{
	cleanup_free char *there = world_read(w, side, "board.ipynb");

	if (!there || !strstr(there, text) == is)
		fail_msg("%s the %s side:\n%s", text, side_names[side], there ? there : "(none)");
}

static void expect_text_everywhere(struct world *w, const char *text)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		expect_text(w, s, text, true);
}

static void expect_no_clash(struct world *w)
{
	const struct report *r = world_cycle(w, true, true);

	assert_int_equal(r->conflicts.total, 0);
	assert_int_equal(r->held.total, 0);
}

static void edit(struct world *w, const char *from, const char *to)
{
	cleanup_free char *text = world_read(w, SIDE_LOCAL, "board.ipynb");
	char *at = strstr(text, from);

	assert_non_null(at);
	assert_int_equal(strlen(from), strlen(to));
	memcpy(at, to, strlen(to));
	world_write(w, SIDE_LOCAL, "board.ipynb", text);
}

static void test_another_each_time(void **state)
{
	static const struct {
		const char *outputs, *anew;
		bool forgets;
	} cases[] = {
		{ "strip", "\"id ", false }, { "strip", "\"id ", true },
		{ "keep", "\"id ", false },  { "keep", "\"run ", false },
		{ "keep", "\"run ", true },  { "keep-tagged", "\"id ", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *config = xasprintf(
			"local_format = ipynb\ngit_format = ipynb\nworkspace_format = ipynb\n"
			"outputs = %s\n",
			cases[i].outputs);
		struct world *w = world_with(config);
		struct server s = { .w = w,
				    .anew = cases[i].anew,
				    .forgets = cases[i].forgets,
				    .given = BUF_UNBOUNDED };
		int64_t changes;

		world_on_request(answer, &s);
		world_write(w, SIDE_LOCAL, "board.ipynb",
			    NOTEBOOK("rate = 1", "x", "\"parameters\""));
		for (const char *const *e = (const char *const[]){ "rate = 1", "rate = 2", "\"x\"",
								   "\"y\"", NULL };
		     *e; e += 2) {
			assert_true(world_settle(w));
			expect_no_clash(w);
			changes = world_changes(w);
			edit(w, e[0], e[1]);
			assert_true(world_settle(w));
			expect_no_clash(w);
			assert_int_equal(world_changes(w), changes + 1);
			expect_text_everywhere(w, e[1]);
		}
		expect_text(w, SIDE_LOCAL, "parameters", true);
		expect_text(w, SIDE_GIT, "parameters", true);
		expect_stillness(w);
		world_reopen(w);
		expect_stillness(w);
		expect_text(w, SIDE_LOCAL, "parameters", true);
		world_on_request(NULL, NULL);
		buf_release(&s.given);
		world_free(w);
	}
}

/* The server says that it has done it, and what it had before stands there: no edit takes back what was
 * sent. */
static void test_not_carried_out(void **state)
{
	struct world *w = world_new(
		&(struct world_options){ .config = "local_format = ipynb\ngit_format = ipynb\n" });

	(void)state;
	world_write(w, SIDE_WORKSPACE, "board.ipynb", NOTEBOOK("rate = 1", "x", "\"a\""));
	settle(w);
	world_fault(w, WORLD_IMPORT_UNDONE, "board.ipynb");
	edit(w, "\"a\"", "\"b\"");
	world_cycle(w, true, true);
	world_cycle(w, true, true);
	expect_text(w, SIDE_WORKSPACE, "\"a\"", true);
	expect_text(w, SIDE_LOCAL, "\"b\"", true);
	world_mend(w);
	settle(w);
	expect_text_everywhere(w, "\"b\"");
	world_free(w);
}

#define SCRIPT(version, rate)                                                                  \
	PY "# /// script\n# [tool.databricks.environment]\n# environment_version = \"" version \
	   "\"\n# ///\nrate = " rate

/* It was written, and could not be read; then somebody changes there what a cell does not say. */
static void test_edited_before_it_was_read(void **state)
{
	struct world *w = world_new(NULL);

	(void)state;
	world_write(w, SIDE_LOCAL, "a.py", SCRIPT("4", "1"));
	settle(w);
	world_fault(w, WORLD_EXPORT_FAILS, "a");
	world_write(w, SIDE_LOCAL, "a.py", SCRIPT("4", "2"));
	world_cycle(w, true, true);
	world_mend(w);
	world_write(w, SIDE_WORKSPACE, "a.py", SCRIPT("5", "2"));
	settle(w);
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		cleanup_free char *text = world_read(w, s, "a.py");

		assert_non_null(strstr(text, "environment_version = \"5\""));
		assert_non_null(strstr(text, "rate = 2"));
	}
	expect_stillness(w);
	world_free(w);
}

static void make_jupyter(struct world *w, const char *phase)
{
	if (!str_eq(phase, "think"))
		return;
	w->on_phase = NULL;
	world_write(w, SIDE_WORKSPACE, "a.ipynb", NOTEBOOK("rate = 1", "x", ""));
}

/* Saved again as it was, so that its time alone says nothing any more; then somebody makes it Jupyter, with
 * outputs, after the cycle has looked: it is neither written nor deleted. */
static void test_made_jupyter_meanwhile(void **state)
{
	(void)state;
	for (int deleted = 0; deleted < 2; deleted++) {
		struct world *w = world_new(NULL);
		cleanup_free char *text = NULL;
		struct store_object o;

		world_write(w, SIDE_WORKSPACE, "a.py", PY "rate = 1");
		world_write(w, SIDE_WORKSPACE, "b.py", PY "1");
		world_write(w, SIDE_WORKSPACE, "c.py", PY "1");
		settle(w);
		text = world_read(w, SIDE_WORKSPACE, "a.py");
		world_write(w, SIDE_WORKSPACE, "a.py", text);
		settle(w);
		if (deleted)
			world_delete(w, SIDE_LOCAL, "a.py");
		else
			world_write(w, SIDE_LOCAL, "a.py", PY "rate = 2");
		w->on_phase = make_jupyter;
		world_cycle(w, true, true);
		assert_true(store_get(w->store, "/Users/ana@acme.example/etl/a", &o));
		assert_int_equal(o.format, NOTEBOOK_IPYNB);
		assert_non_null(strstr(buf_str(&o.content), "run 00"));
		store_object_release(&o);
		settle(w);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_another_each_time),
		cmocka_unit_test(test_not_carried_out),
		cmocka_unit_test(test_edited_before_it_was_read),
		cmocka_unit_test(test_made_jupyter_meanwhile),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
