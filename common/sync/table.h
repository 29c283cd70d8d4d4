/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The table of paths: one row per notebook, by its stem ("etl/load_orders"), with what each side
 * holds, what it held when it last agreed, and what was agreed. It lives as long as the worker, so
 * that a hinted cycle touches only the hinted rows.
 */

#include "base/fs.h"
#include "sync/plan.h"

enum entry_state { ENTRY_ABSENT, ENTRY_PRESENT, ENTRY_HELD };

/* Why a path of a side is left alone. The words are part of the interface (status, tests). */
enum hold_reason {
	HOLD_NONE,
	HOLD_UNPARSABLE, /* not a notebook of its format, half-written, or with conflict markers */
	HOLD_UNREADABLE, /* the file, its directory, or the listing of its folder failed */
	HOLD_NAME,       /* a name that may not travel */
	HOLD_COLLISION,  /* two files for one notebook, or names that differ only in case */
	HOLD_TOO_LARGE,
	HOLD_KIND,      /* a symbolic link, directory or special file stands there */
	HOLD_REFUSED,   /* the side refused to take the agreed version */
	HOLD_DELETIONS, /* part of a mass deletion that nobody confirmed */
};
const char *hold_reason_name(enum hold_reason reason); /* "unparsable" */

/* What one side holds at one path, as last looked at. */
struct entry {
	enum entry_state state;
	bool recorded;          /* raw (or absence) is what refs/nbsync/seen/<side> says by now */
	bool probing;           /* found again by the look in progress */
	struct version version; /* of ENTRY_PRESENT; zero otherwise */
	struct oid raw;         /* the side's own bytes */
	/* owned; name on that side below its root, with extension. Kept when the entry becomes
	 * absent, until that is recorded; may be NULL when held. */
	char *file;
	struct fs_stat stat; /* local: of those bytes */
	char id[24];         /* workspace: object id … */
	int64_t modified_ms; /* … and its change hint */
	enum hold_reason reason;
	char *sentence; /* owned; of ENTRY_HELD */
};

struct row {
	char *path; /* owned; the stem */
	struct version agreed;
	struct version base[SIDE_COUNT];
	struct entry side[SIDE_COUNT];
	struct plan_outcome todo;
	bool dirty;     /* something about it changed since it was last planned and settled */
	bool touched;   /* something about it changed in this cycle */
	uint8_t origin; /* 1 + the side that the agreed version came from; 0 when not known */
	struct row *chain;
};

struct table {
	struct row **buckets;
	size_t bucket_count;
	size_t count;
};

void table_init(struct table *t);
void table_release(struct table *t);

struct row *table_find(const struct table *t, const char *path); /* NULL */
struct row *table_get(struct table *t, const char *path);        /* creates */
/* The row that holds file on a side, found by the file's stem; NULL when another file of that stem
 * or none stands there. */
struct row *table_find_file(const struct table *t, enum side_id side, const char *file);

/* All rows in byte order of their paths: an owned array of borrowed rows. */
struct row **table_sorted(const struct table *t, size_t *count);
/* For each in no particular order. */
struct row *table_next(const struct table *t, const struct row *after); /* NULL starts and ends */

/* A full look of a side: forget what earlier looks found, let each entry that is found say so
 * (probing), then take what was not found for absent. The latter tells whether anything went. */
void table_forget_probes(struct table *t, enum side_id side);
bool table_settle_probes(struct table *t, enum side_id side);

/* Drops rows of which nothing is left: not agreed, no base, absent on every side. */
void table_prune(struct table *t);

/* Entry changes; all mark the row dirty when something changes that a plan could see. Arguments may
 * point into the entry itself. */
void entry_set_absent(struct row *row, enum side_id side);
void entry_hold(struct row *row, enum side_id side, enum hold_reason reason, const char *file,
		const char *sentence);
void entry_set_present(struct row *row, enum side_id side, const struct version *v,
		       const struct oid *raw, const char *file);
