/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order of acting. Paths compare component by component ('/' sorts before every other byte), so
 * that a folder's content follows the folder at once.
 */

#include "plan/order.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

enum step { STEP_CLEAR, STEP_WRITE, STEP_DELETE };

static int rank(char c)
{
	return c == '\0' ? 0 : c == '/' ? 1 : 2 + (unsigned char)c;
}

static int compare_paths(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return rank(*a) - rank(*b);
}

static int compare_writes(const void *a, const void *b)
{
	return compare_paths(*(const char *const *)a, *(const char *const *)b);
}

static int compare_items(const void *a, const void *b)
{
	const struct order_item *x = a, *y = b;
	int order = compare_paths(x->path, y->path);

	if (x->step != y->step)
		return x->step - y->step;
	return x->step == STEP_WRITE ? order : -order;
}

/* Whether one of the writes is above path: path lies in what is to become a notebook. */
static bool write_above(const char *const *writes, size_t count, const char *path)
{
	cleanup_free char *above = xstrdup(path);
	char *slash;

	while ((slash = strrchr(above, '/'))) {
		*slash = '\0';
		if (bsearch(&above, writes, count, sizeof(*writes), compare_writes))
			return true;
	}
	return false;
}

/* Whether one of the writes is below path: path is in the place of a folder. */
static bool write_below(const char *const *writes, size_t count, const char *path)
{
	size_t low = 0, high = count, len = strlen(path);

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_paths(writes[middle], path) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && strncmp(writes[low], path, len) == 0 && writes[low][len] == '/';
}

void order_sort(struct order_item *items, size_t count)
{
	const char **writes = xcalloc(count, sizeof(*writes));
	size_t n = 0;

	if (!count) {
		free(writes);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (items[i].writes)
			writes[n++] = items[i].path;
	qsort(writes, n, sizeof(*writes), compare_writes);
	for (size_t i = 0; i < count; i++) {
		struct order_item *item = &items[i];

		if (item->writes)
			item->step = STEP_WRITE;
		else if (item->makes_way || write_above(writes, n, item->path) ||
			 write_below(writes, n, item->path))
			item->step = STEP_CLEAR;
		else
			item->step = STEP_DELETE;
	}
	qsort(items, count, sizeof(*items), compare_items);
	free(writes);
}
