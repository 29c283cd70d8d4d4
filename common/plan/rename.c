/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renames, recognised by what stays the same. It only pairs; whether a pair is followed is decided by
 * plan_rename(), which sees all sides.
 */

#include "plan/rename.h"

#include <stdlib.h>
#include <string.h>

#include "path/path.h"

static int compare_ends(const void *a, const void *b)
{
	const struct rename_end *x = a, *y = b;
	int order = memcmp(&x->key, &y->key, sizeof(x->key));

	return order ? order : strcmp(x->path, y->path);
}

/* Pointers between the arrays must survive their being sorted, so they are set after that. */
static void sort_ends(struct rename_end *ends, size_t count)
{
	qsort(ends, count, sizeof(*ends), compare_ends);
}

/* A run of ends with the same key. */
struct run {
	struct rename_end *ends;
	size_t count;
};

static struct run run_at(struct rename_end *ends, size_t from, size_t count)
{
	struct run run = { .ends = ends + from };

	while (from + run.count < count && oid_equal(&run.ends[run.count].key, &run.ends[0].key))
		run.count++;
	return run;
}

static void join(struct rename_end *gone, struct rename_end *born)
{
	gone->other = born;
	born->other = gone;
}

/* The only end of a run that is still free and, if name is given, has it; NULL: none or several. */
static struct rename_end *only_one(const struct run *run, const char *name)
{
	struct rename_end *found = NULL;

	for (size_t i = 0; i < run->count; i++) {
		struct rename_end *end = &run->ends[i];

		if (end->other || (name && strcmp(path_base(end->path), name) != 0))
			continue;
		if (found)
			return NULL;
		found = end;
	}
	return found;
}

static void match_runs(const struct run *gone, const struct run *born)
{
	struct rename_end *a, *b;

	for (size_t i = 0; i < gone->count; i++) {
		const char *name = path_base(gone->ends[i].path);

		a = only_one(gone, name);
		b = only_one(born, name);
		if (a && b)
			join(a, b);
	}
	a = only_one(gone, NULL);
	b = only_one(born, NULL);
	if (a && b)
		join(a, b);
}

void rename_match(struct rename_end *gone, size_t gone_count, struct rename_end *born,
		  size_t born_count)
{
	size_t i = 0, j = 0;

	if (!gone_count || !born_count)
		return;
	sort_ends(gone, gone_count);
	sort_ends(born, born_count);
	while (i < gone_count && j < born_count) {
		struct run g = run_at(gone, i, gone_count), b = run_at(born, j, born_count);
		int order = memcmp(&g.ends->key, &b.ends->key, sizeof(struct oid));

		if (order == 0 && !oid_is_zero(&g.ends->key))
			match_runs(&g, &b);
		i += order <= 0 ? g.count : 0;
		j += order >= 0 ? b.count : 0;
	}
}
