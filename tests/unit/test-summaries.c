/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which path goes into which commit: what people said, in the order in which they said it, and what
 * becomes of it. The document in which that is kept, and damaged ones.
 */

#include "side/git/queue/summaries.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* One thing that happens: "+TEXT: a b2" somebody says TEXT while a and version 2 of b wait; "-a" a does not wait any more;
 * "!1" the server refused summary 1; "x1" summary 1 is dropped. */
static const struct {
	const char *name, *acts[6];
	const char *end; /* "NUMBER TEXT: paths" for each, separated by "; " */
} cases[] = {
	{ "one", { "+Load orders: b a" }, "1 Load orders: a b" },
	{ "two of their own", { "+One: a", "+Two: a b" }, "1 One: a; 2 Two: b" },
	{ "the last that covered it", { "+One: a b", "+Two: a b2 c" }, "1 One: a; 2 Two: b c" },
	{ "all went to a later one", { "+One: a", "+Two: a2 b" }, "2 Two||One: a b" },
	{ "of two older ones",
	  { "+One: a", "+Two: a b", "+Three: a2 b2" },
	  "3 Three||One||Two: a b" },
	{ "said twice", { "+One: a", "+One: a" }, "1 One: a" },
	{ "said twice, of something new", { "+One: a", "+One: a2" }, "2 One: a" },
	{ "said anew of the same",
	  { "+One: a", "+Two: a b", "+Three: a b" },
	  "3 Three||One||Two: a b" },
	{ "said twice, with more in it",
	  { "+One: a", "+Two: a2", "+Two: a3 b" },
	  "3 Two||One: a b" },
	{ "begins like the other", { "+One more: a", "+One: a2" }, "2 One||One more: a" },
	{ "refused, and said anew", { "+fix: a", "!1", "+ETL-12 fix: a" }, "2 ETL-12 fix: a" },
	{ "refused, and said anew in the same words", { "+fix: a", "!1", "+fix: a" }, "2 fix: a" },
	{ "refused, beside one that was not",
	  { "+One: a", "+fix: a b", "!2", "+ETL-12 fix: a b" },
	  "1 One: a; 3 ETL-12 fix: b" },
	{ "nothing was said", { "+: a" }, "1 : a" },
	{ "nothing more was said", { "+One: a", "+: a b" }, "1 One: a; 2 : b" },
	{ "nothing more was said of the same", { "+One: a", "+: a" }, "1 One: a" },
	{ "changed, and nothing was said", { "+One: a", "+: a2" }, "2 One: a" },
	{ "a change that vanished", { "+One: a b", "-a" }, "1 One: b" },
	{ "all vanished", { "+One: a b", "-a", "-b" }, "" },
	{ "arrived", { "+One: a", "+Two: a b", "x1" }, "2 Two: b" },
	{ "no number twice",
	  { "+One: a", "+Two: a b", "x1", "+Three: b c" },
	  "2 Two: b; 3 Three: c" },
	{ "names that begin alike",
	  { "+One: a/b ab", "+Two: a a/b ab" },
	  "1 One: a/b ab; 2 Two: a" },
};

static bool is_other(void *payload, const char *path)
{
	return strcmp(path, payload) != 0;
}

static void say(struct summaries *s, const char *act)
{
	cleanup_free char *text = xstrdup(act);
	char *paths = strstr(text, ": "), *rest = NULL;
	struct summary_path all[8] = { 0 };
	size_t count = 0;

	*paths = '\0';
	for (char *p = strtok_r(paths + 2, " ", &rest); p; p = strtok_r(NULL, " ", &rest)) {
		size_t len = strcspn(p, "23");

		all[count].version.id[0] = (unsigned char)(p[len] ? p[len] : '1');
		p[len] = '\0';
		all[count++].path = p;
	}
	summaries_add(s, text, all, count);
}

static void play(struct summaries *s, const char *act)
{
	unsigned number = (unsigned)(act[1] - '0');

	if (act[0] == '+') {
		say(s, act + 1);
	} else if (act[0] == '-') {
		summaries_keep(s, is_other, (void *)(uintptr_t)(act + 1));
	} else if (act[0] == 'x') {
		summaries_drop(s, number);
	} else {
		for (size_t i = 0; i < s->count; i++)
			s->items[i].refused |= s->items[i].number == number;
	}
}

static void print(const struct summaries *s, struct buf *out)
{
	for (size_t i = 0; i < s->count; i++) {
		buf_addf(out, "%s%u ", i ? "; " : "", s->items[i].number);
		for (const char *c = s->items[i].text; *c; c++)
			buf_add_char(out, *c == '\n' ? '|' : *c);
		buf_add_char(out, ':');
		for (size_t p = 0; p < s->items[i].count; p++) {
			buf_addf(out, " %s", s->items[i].paths[p].path);
			assert_int_equal(summaries_find(s, s->items[i].paths[p].path), i);
		}
	}
}

/* What is written is read as the same. */
static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_buf struct buf found = BUF_UNBOUNDED, again = BUF_UNBOUNDED;
		cleanup_buf struct buf document = BUF_UNBOUNDED;
		struct summaries s = { 0 }, read = { 0 };
		struct err e = ERR_INIT;

		for (size_t a = 0; a < ARRAY_SIZE(cases[i].acts) && cases[i].acts[a]; a++)
			play(&s, cases[i].acts[a]);
		print(&s, &found);
		if (!str_eq(buf_str(&found), cases[i].end))
			fail_msg("%s: '%s'", cases[i].name, buf_str(&found));
		summaries_print(&s, &document);
		assert_int_equal(summaries_parse(&read, &document, &e), ERR_OK);
		print(&read, &again);
		assert_string_equal(buf_str(&again), buf_str(&found));
		assert_int_equal(summaries_find(&read, "nowhere"), SUMMARY_NONE);
		for (size_t n = 0; n < s.count; n++)
			assert_int_equal(read.items[n].refused, s.items[n].refused);
		summaries_release(&s);
		summaries_release(&read);
	}
}

/* Cut anywhere, or with other bytes in it: refused, or read as summaries that are whole. */
static void test_damaged_documents(void **state)
{
	static const char *const bad[] = { "x", "1 kept 1 3\n", "0 kept 1 1\nx\0a", "1 kept 0 1\nx",
					   "1 kept 99999999 1\nxa" };
	cleanup_buf struct buf whole = BUF_UNBOUNDED;
	struct summaries s = { 0 };
	struct err e = ERR_INIT;

	(void)state;
	say(&s, "One: a b");
	say(&s, "Two: a b c");
	summaries_print(&s, &whole);
	summaries_release(&s);
	for (size_t i = 0; i < ARRAY_SIZE(bad) + whole.len; i++) {
		cleanup_buf struct buf text = BUF_UNBOUNDED;

		if (i < ARRAY_SIZE(bad))
			buf_add_str(&text, bad[i]);
		else
			buf_add(&text, buf_str(&whole), i - ARRAY_SIZE(bad));
		if (summaries_parse(&s, &text, &e)) {
			assert_int_equal(e.code, ERR_BUG);
			assert_non_null(strstr(e.text, "refs/nbsync/summaries"));
			assert_int_equal(s.count, 0);
		} else {
			assert_true(s.count <= 1); /* the first one is whole */
		}
		summaries_release(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_damaged_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
