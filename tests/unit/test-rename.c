/* SPDX-License-Identifier: Apache-2.0 */
/* Which paths that went are which that appeared: cases in short form. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/util.h"

#include "plan/rename.h"

#define ENDS_MAX 16

/* "a/x=1 b/y=2": paths and their keys; key 0 is none. text is taken apart. */
static size_t parse(struct rename_end *out, char *text)
{
	char *rest = NULL;
	size_t n = 0;

	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		char *key = strchr(word, '=');

		*key = '\0';
		out[n] = (struct rename_end){ .path = word };
		out[n++].key.id[OID_SIZE - 1] = (unsigned char)(key[1] - '0');
	}
	return n;
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "a/x>c/x b/y>d/y", in order of the old paths. */
static char *pairs(const struct rename_end *gone, size_t count)
{
	struct buf out = BUF_INIT(4096);
	char *words[ENDS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		if (gone[i].other)
			words[n++] = xasprintf("%s>%s", gone[i].path, gone[i].other->path);
	qsort(words, n, sizeof(*words), compare_words);
	for (size_t i = 0; i < n; i++) {
		buf_addf(&out, "%s%s", i ? " " : "", words[i]);
		free(words[i]);
	}
	return buf_steal(&out, NULL);
}

static const struct {
	const char *name, *gone, *born, *pairs;
} cases[] = {
	{ "nothing", "", "", "" },
	{ "only gone", "a=1", "", "" },
	{ "only born", "", "a=1", "" },
	{ "one", "a=1", "b=1", "a>b" },
	{ "another key", "a=1", "b=2", "" },
	{ "no key", "a=0", "b=0", "" },
	{ "two, by key", "a=1 b=2", "c=2 d=1", "a>d b>c" },
	{ "a folder moved, all alike", "x/a=1 x/b=1", "y/a=1 y/b=1", "x/a>y/a x/b>y/b" },
	{ "alike, and one has another name", "x/a=1 x/b=1", "y/a=1 y/c=1", "x/a>y/a x/b>y/c" },
	{ "alike, and names do not help", "x/a=1 x/b=1", "y/c=1 y/d=1", "" },
	{ "copied into two folders", "x/a=1", "y/a=1 z/a=1", "" },
	{ "copied, and one keeps the name", "x/a=1", "y/a=1 z/b=1", "x/a>y/a" },
	{ "two became one", "x/a=1 y/a=1", "z/a=1", "" },
	{ "two became one, and one has its name", "x/a=1 y/b=1", "z/a=1", "x/a>z/a" },
	{ "two of a name, and a third", "x/a=1 y/a=1 z/b=1", "w/a=1 w/b=1", "z/b>w/b" },
	{ "one more is left over", "x/a=1 x/b=1 x/c=1", "y/a=1 y/b=1 y/d=1",
	  "x/a>y/a x/b>y/b x/c>y/d" },
	{ "runs of different lengths", "a=1 b=2 c=2 d=3", "e=3 f=2 g=1 h=4", "a>g d>e" },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *gone_text = xstrdup(cases[i].gone);
		cleanup_free char *born_text = xstrdup(cases[i].born);
		cleanup_free char *result = NULL;
		struct rename_end gone[ENDS_MAX], born[ENDS_MAX];
		size_t gone_count = parse(gone, gone_text), born_count = parse(born, born_text);

		rename_match(gone, gone_count, born, born_count);
		result = pairs(gone, gone_count);
		if (strcmp(result, cases[i].pairs) != 0)
			fail_msg("%s: '%s', not '%s'", cases[i].name, result, cases[i].pairs);
		for (size_t j = 0; j < born_count; j++)
			if (born[j].other && born[j].other->other != &born[j])
				fail_msg("%s: '%s' is half a pair", cases[i].name, born[j].path);
	}
}

/* The answer depends on the ends alone, not on the order in which they come. */
static void test_any_order(void **state)
{
	static const char *const orders[] = { "x/a=1 x/b=1 c=2", "c=2 x/b=1 x/a=1",
					      "x/b=1 c=2 x/a=1" };
	cleanup_free char *first = NULL;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		cleanup_free char *gone_text = xstrdup(orders[i]);
		char born_text[] = "z/q=1 d=2 y/b=1";
		struct rename_end gone[ENDS_MAX], born[ENDS_MAX];
		size_t gone_count = parse(gone, gone_text), born_count = parse(born, born_text);
		char *result;

		rename_match(gone, gone_count, born, born_count);
		result = pairs(gone, gone_count);
		if (first)
			assert_string_equal(result, first);
		free(first);
		first = result;
	}
	assert_string_equal(first, "c>d x/a>z/q x/b>y/b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
