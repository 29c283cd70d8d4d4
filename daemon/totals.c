/* SPDX-License-Identifier: Apache-2.0 */
/* Sums up what cycles report. Trusts no number from a worker to be there or to be sensible. */

#include "daemon/totals.h"

#include <stdio.h>

static void add(int64_t *sum, const struct json *result, const char *path)
{
	int64_t n = json_int(result, path, 0);

	if (n > 0 && __builtin_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
}

void totals_add(struct totals *t, const struct json *result)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		char path[64];

		snprintf(path, sizeof(path), "counts.written.%s", side_names[s]);
		add(&t->written[s], result, path);
		snprintf(path, sizeof(path), "counts.deleted.%s", side_names[s]);
		add(&t->deleted[s], result, path);
	}
	add(&t->commits, result, "counts.commits");
	add(&t->pushes, result, "counts.pushes");
	add(&t->requests, result, "counts.requests");
}

bool totals_any(const struct totals *t)
{
	if (t->commits || t->pushes)
		return true;
	for (enum side_id s = 0; s < SIDE_COUNT; s++)
		if (t->written[s] || t->deleted[s])
			return true;
	return false;
}

void totals_json(const struct totals *t, const bool has_side[static SIDE_COUNT],
		 struct json *parent, const char *key)
{
	struct json *o = json_add_object(parent, key);
	struct json *written = json_add_object(o, "written");
	struct json *deleted = json_add_object(o, "deleted");

	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (!has_side[s])
			continue;
		json_add_int(written, side_names[s], t->written[s]);
		json_add_int(deleted, side_names[s], t->deleted[s]);
	}
	json_add_int(o, "commits", t->commits);
	json_add_int(o, "pushes", t->pushes);
	json_add_int(o, "requests", t->requests);
}
