/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The sums of what cycles report in "counts", for status and metrics. */

#include "config/config.h"
#include "format/json.h"

struct totals {
	int64_t written[SIDE_COUNT]; /* notebooks */
	int64_t deleted[SIDE_COUNT];
	int64_t commits;
	int64_t pushes;
	int64_t requests; /* that may have changed something in the workspace */
};

/* Adds the "counts" of a result event; what is missing or negative counts as 0. */
void totals_add(struct totals *t, const struct json *result);

/* Whether a result changed anything anywhere. */
bool totals_any(const struct totals *t);

/* Adds them to parent as an object of the same shape, with the sides that has_side names. */
void totals_json(const struct totals *t, const bool has_side[static SIDE_COUNT],
		 struct json *parent, const char *key);
