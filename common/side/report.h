/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The result of a cycle, which status shows to people, and its JSON, which is the "result" event of
 * the worker's protocol.
 */

#include "format/json.h"
#include "plan/table.h"

#define REPORT_PATHS_MAX 200 /* held paths and conflicts that are listed; totals count all */

struct report_path {
	char *path;     /* owned */
	char *side;     /* owned; NULL for conflicts */
	char *reason;   /* owned; held: hold_reason_name(); conflicts: file of the other version */
	char *sentence; /* owned */
};
struct report_paths {
	struct report_path *items;
	size_t count, cap, total;
};

struct report_side {
	bool present; /* the mapping has it */
	bool held;
	char *sentence;    /* owned; why it is held */
	int64_t notebooks; /* -1 when unknown */
	uint64_t written;
	uint64_t deleted;
};

struct report {
	int code;       /* of the cycle as a whole */
	char *sentence; /* owned */
	bool full;
	int64_t duration_ms;
	int64_t next_ms; /* the next cycle is to begin after this time at the latest; -1: any time */
	struct report_side side[SIDE_COUNT];
	uint64_t commits, pushes, requests;
	struct report_paths held, conflicts;
	struct {
		size_t paths;   /* rows whose change the branch does not have yet */
		char *sentence; /* owned; about them; NULL: none */
	} waiting;
	char *confirm; /* owned; the token of a plan that waits to be confirmed; NULL: none does */
	/* What became of the request's adopt, confirm or branch; the sentence is NULL when none was asked. */
	struct {
		int code;
		char *sentence; /* owned */
	} answer;
	struct {
		char **items; /* owned */
		size_t count, cap;
	} notes;
};

void report_init(struct report *r);
void report_release(struct report *r);
/* Lists a path that is held on a side, or (below) a clash whose other version is kept in file. */
void report_held(struct report *r, const char *path, enum side_id side, enum hold_reason reason,
		 const char *sentence);
void report_conflict(struct report *r, const char *path, const char *file, const char *sentence);
/* Adds a sentence for people. */
void report_note(struct report *r, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Sets the answer; the first one stays. */
void report_answer(struct report *r, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Sets how many rows wait, and says for what; the last one stays. */
void report_waiting(struct report *r, size_t paths, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Sets next_ms, unless it is shorter already. */
void report_wake(struct report *r, int64_t ms);

/* The result event; the caller frees it with json_free(). */
struct json *report_json(const struct report *r);
