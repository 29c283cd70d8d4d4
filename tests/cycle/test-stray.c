/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An import that became something else: the workspace takes what was sent for a plain file. Whatever
 * stood there before stays; our stray goes, if it is exactly ours; the path is held with a reason.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "tests/world/expectations.h"
#include "tests/world/store.h"

#define ROOT  "/Users/ana@acme.example/etl"
#define FIRST PY "one\n"
#define EDIT  PY "one\ntwo\n"
#define IPYNB                                                                        \
	"{\"cells\":[{\"cell_type\":\"code\",\"execution_count\":1,\"metadata\":{}," \
	"\"outputs\":[],\"source\":[\"one\"]}],\"metadata\":{\"language_info\":"     \
	"{\"name\":\"python\"}},\"nbformat\":4,\"nbformat_minor\":0}"
#define TAKEN   "the workspace took '" ROOT "/x.%s' for a plain file and not for a notebook"
#define REMOVED TAKEN "; it was removed again: create the notebook there by hand, or ignore it"
#define BEFORE  TAKEN "; something stood there before, so it is left: look at what it holds now"
#define LEFT                                                                                   \
	TAKEN ", which is left ('" ROOT "/x.%s' changed in the workspace meanwhile): move it " \
	      "away, then create the notebook there by hand, or ignore it"

/* What stands in the workspace: '-' nothing, 'n' a notebook, 'f' a file; at 'x', 'x.py', 'x.ipynb'. */
static const struct stray {
	const char *name;
	const char *config;
	const char *notebook; /* synchronised before, as this file; NULL: the import is new */
	const char *beside;   /* a file that somebody has in the workspace before; NULL */
	bool jupyter;         /* x is somebody's Jupyter notebook there, and source elsewhere */
	const char *sent;     /* what is written on the local side */
	bool somebody;        /* changes the stray before it is looked at */
	const char *before, *after;
	/* With the extension for each %s; NULL: nothing is said of a file; "": anything. */
	const char *sentence;
} strays[] = {
	{ "a new notebook", .sent = "x.py", .before = "---", .after = "---", .sentence = REMOVED },
	{ "a new Jupyter notebook", .config = "git_format = ipynb\nlocal_format = ipynb\n",
	  .sent = "x.ipynb", .before = "---", .after = "---", .sentence = REMOVED },
	{ "where files travel, the stray does not", .config = "files = all\n", .sent = "x.py",
	  .before = "---", .after = "---", .sentence = REMOVED },
	{ "somebody uses the stray", .sent = "x.py", .somebody = true, .before = "---",
	  .after = "-f-", .sentence = LEFT },
	{ "an old one, whose full name is taken by itself: refused", .notebook = "x.py",
	  .sent = "x.py", .before = "n--", .after = "n--" },
	{ "an old one in another format", .jupyter = true, .sent = "x.py", .before = "n--",
	  .after = "n--", .sentence = "" },
	{ "an old one in another format, and a file", .jupyter = true, .beside = "x.py",
	  .sent = "x.py", .before = "nf-", .after = "nf-", .sentence = "" },
	{ "a file stands where a new one would", .beside = "x.py", .sent = "x.py", .before = "-f-",
	  .after = "-f-" },
};

static char kind_of(struct world *w, const char *path)
{
	struct store_object o;
	bool there = store_get(w->store, path, &o);
	char kind = !there ? '-' : o.type == STORE_NOTEBOOK ? 'n' : 'f';

	store_object_release(&o);
	return kind;
}

static void expect_there(const struct stray *s, struct world *w, const char *expected)
{
	char there[4] = { kind_of(w, ROOT "/x"), kind_of(w, ROOT "/x.py"),
			  kind_of(w, ROOT "/x.ipynb"), '\0' };

	if (!str_eq(there, expected))
		fail_msg("%s: there is %s", s->name, there);
}

static void use_stray(void *payload, const char *verb, const char *path)
{
	struct world *w = payload;

	if (!str_eq(verb, "stat") || !str_eq(path, ROOT "/x") || kind_of(w, ROOT "/x.py") != 'f')
		return;
	world_on_request(NULL, NULL);
	world_write(w, SIDE_WORKSPACE, "x.py", "somebody's\n");
}

static struct world *world_before(const struct stray *s)
{
	struct world *w = world_with(s->config);

	world_write(w, SIDE_LOCAL, "other.py", FIRST);
	if (s->notebook)
		world_write(w, SIDE_LOCAL, s->notebook, FIRST);
	if (s->jupyter)
		world_write(w, SIDE_WORKSPACE, "x.ipynb", IPYNB);
	if (s->beside)
		world_write(w, SIDE_WORKSPACE, s->beside, "somebody's\n");
	settle(w);
	expect_there(s, w, s->before);
	return w;
}

/* A sentence with the extension for each %s. Owned. */
static char *with_extension(const char *sentence, const char *extension)
{
	struct buf out = BUF_INIT(4096);

	for (const char *at; (at = strstr(sentence, "%s")); sentence = at + 2)
		buf_addf(&out, "%.*s%s", (int)(at - sentence), sentence, extension);
	buf_add_str(&out, sentence);
	return buf_steal(&out, NULL);
}

/* Two cycles, which do the same. */
static void run(const struct stray *s, struct world *w)
{
	const char *extension = strchr(s->sent, '.') + 1;

	for (int i = 0; i < 2; i++) {
		cleanup_free char *expected = NULL;
		const struct report_path *found;
		const struct report *r;
		const char *sentence;

		if (s->somebody)
			world_on_request(use_stray, w);
		r = world_cycle(w, true, true);
		world_on_request(NULL, NULL);
		found = held(r, "x");
		sentence = found ? found->sentence : NULL;
		if (r->code)
			fail_msg("%s: %s", s->name, r->sentence);
		expect_there(s, w, s->after);
		if (!s->sentence || !s->sentence[0] || (i && s->somebody)) {
			if (!s->sentence && sentence && strstr(sentence, "for a plain file"))
				fail_msg("%s: %s", s->name, sentence);
			continue;
		}
		expected = with_extension(s->sentence, extension);
		if (!str_eq(sentence, expected))
			fail_msg("%s: cycle %d says '%s'", s->name, i,
				 sentence ? sentence : "nothing");
	}
}

static void test_strays(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(strays); i++) {
		const struct stray *s = &strays[i];
		bool ipynb = str_ends(s->sent, ".ipynb");
		struct world *w = world_before(s);

		world_write(w, SIDE_LOCAL, s->sent,
			    ipynb                 ? IPYNB
			    : s->before[0] == 'n' ? EDIT
						  : FIRST);
		if (!s->beside) /* which this test will delete */
			world_note_versions(w);
		world_fault(w, WORLD_IMPORT_FILE, "x.py");
		world_fault(w, WORLD_IMPORT_FILE, "x.ipynb");
		run(s, w);
		if (s->beside && !s->jupyter)
			expect(w, SIDE_WORKSPACE, s->beside, "somebody's\n");
		world_mend(w);
		if (s->somebody || s->beside)
			world_delete(w, SIDE_WORKSPACE, "x.py");
		settle(w);
		expect_there(s, w, "n--");
		if (kind_of(w, ROOT "/other") != 'n')
			fail_msg("%s: the others are gone", s->name);
		world_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strays),
	};
	int failed;

	world_begin();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_end();
	return failed;
}
