/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* One telling of a story of two machines: what twins_play.c and twins.c share. */

#include "base/util.h"
#include "tests/cycle/twins.h"

#define MACHINES  2
#define HINTS_MAX 32

/* The law is the same in all of them. */
struct variant {
	const char *name;
	const char *both, *only_b; /* lines of the configuration */
};

struct machine {
	struct world *w;
	char *hints[HINTS_MAX]; /* owned: what events told, and no cycle has heard of */
	size_t hint_count;
};

struct telling {
	const struct twin_story *story;
	const struct variant *variant;
	struct machine machines[MACHINES];
	unsigned wakes_at, points; /* B, right before that point, from 1; how many there were */
	bool counts;               /* A plays */
	char *where;               /* owned: what A was about to do */
	char *wrong;               /* owned: the first thing */
};

/* Says what is wrong; the first that is said stays. */
void telling_wrong(struct telling *t, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* "A" or "B". */
const char *telling_name(const struct telling *t, const struct machine *m);

/* Does these one after the other. Points are counted when it is A's part. */
void telling_do(struct telling *t, const struct twin_act *acts, bool counts);
/* Runs a cycle. Nothing may fail, or ask for a human: no story deletes many notebooks. */
void telling_cycle(struct telling *t, struct machine *m, const struct cycle_request *request);
void machine_forget_hints(struct machine *m);

/* ---- files as people see them (twins_files.c) ---- */

/* What "etl/a.py" is called on that side. Owned by the caller, as is the text of the next one. */
char *twin_file(const struct world *w, enum side_id side, const char *path);
char *twin_read(struct world *w, enum side_id side, const char *path);
void twin_write(struct world *w, enum side_id side, const char *path, const char *text);
