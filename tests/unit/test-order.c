/* SPDX-License-Identifier: Apache-2.0 */
/* The order of acting: cases in short form, and what must hold of any set of paths. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "path/path.h"
#include "plan/order.h"

#define ITEMS_MAX 16

/* "+a/b -c": writes and deletions. text is taken apart. */
static size_t parse(struct order_item *out, char *text)
{
	char *rest = NULL;
	size_t n = 0;

	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		out[n++] = (struct order_item){ .path = word + 1, .writes = word[0] == '+' };
	return n;
}

/* The same, with "|" where a new step begins. */
static char *print(const struct order_item *items, size_t count)
{
	struct buf out = BUF_INIT(4096);

	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_add_str(&out, items[i].step != items[i - 1].step ? " | " : " ");
		buf_addf(&out, "%c%s", items[i].writes ? '+' : '-', items[i].path);
	}
	return buf_steal(&out, NULL);
}

static const struct {
	const char *name, *items, *sorted;
} cases[] = {
	{ "nothing", "", "" },
	{ "writes, parents first", "+b +a/b +a", "+a +a/b +b" },
	{ "a folder's content at once", "+a-b +a/b +a", "+a +a/b +a-b" },
	{ "deletions, children first", "-a -b -a/b", "-b -a/b -a" },
	{ "a rename: written before it goes", "-a +b", "+b | -a" },
	{ "a notebook becomes a folder", "-a +a/b", "-a | +a/b" },
	{ "a folder becomes a notebook", "-a/b -a/c +a", "-a/c -a/b | +a" },
	{ "far above", "-a/b/c/d +a", "-a/b/c/d | +a" },
	{ "far below", "-a +a/b/c/d", "-a | +a/b/c/d" },
	{ "beginning alike is not below", "-a +ab/c +a-b", "+a-b +ab/c | -a" },
	{ "below another one of that beginning", "-a/b +a-b +ab", "+a-b +ab | -a/b" },
	{ "all of it", "-x +a/b -a +y -z/q +z", "-z/q -a | +a/b +y +z | -x" },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *text = xstrdup(cases[i].items), *sorted = NULL;
		struct order_item items[ITEMS_MAX];
		size_t count = parse(items, text);

		order_sort(items, count);
		sorted = print(items, count);
		if (strcmp(sorted, cases[i].sorted) != 0)
			fail_msg("%s: '%s', not '%s'", cases[i].name, sorted, cases[i].sorted);
	}
}

/* ---- any set ---- */

static const char *const paths[] = { "a", "a/b", "a/b/c", "a-b", "a-b/c", "ab", "b", "b/a" };

/* Whether x must have been done before y. */
static bool before(const struct order_item *x, const struct order_item *y)
{
	bool in_the_way = path_is_below(x->path, y->path) || path_is_below(y->path, x->path);

	if (x->writes != y->writes)
		return x->writes ? !in_the_way : in_the_way;
	return x->writes ? path_is_below(y->path, x->path) : path_is_below(x->path, y->path);
}

static void check(const struct order_item *items, size_t count)
{
	cleanup_free char *text = print(items, count);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = i + 1; j < count; j++) {
			/* A deletion that is in some write's way comes before all of them. */
			if (!items[i].writes && items[i].step == 0)
				continue;
			if (before(&items[j], &items[i]) && !before(&items[i], &items[j]))
				fail_msg("'%s': '%s' comes too early", text, items[i].path);
			if (items[i].step > items[j].step)
				fail_msg("'%s': the steps are mixed", text);
		}
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			if (!items[i].writes && items[j].writes && items[i].step != 0 &&
			    before(&items[i], &items[j]))
				fail_msg("'%s': '%s' is in the way", text, items[i].path);
}

/* Each path written, deleted, or left alone. */
static void test_every_set(void **state)
{
	unsigned sets = 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		sets *= 3;
	for (unsigned n = 0; n < sets; n++) {
		struct order_item items[ARRAY_SIZE(paths)], backwards[ARRAY_SIZE(paths)];
		cleanup_free char *one = NULL, *other = NULL;
		size_t count = 0;
		unsigned rest = n;

		for (size_t i = 0; i < ARRAY_SIZE(paths); i++, rest /= 3)
			if (rest % 3)
				items[count++] = (struct order_item){ .path = paths[i],
								      .writes = rest % 3 == 1 };
		for (size_t i = 0; i < count; i++)
			backwards[count - 1 - i] = items[i];
		order_sort(items, count);
		order_sort(backwards, count);
		one = print(items, count);
		other = print(backwards, count);
		assert_string_equal(one, other);
		check(items, count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_every_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
