/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The table of paths: one row per object, by its path in a workspace, with what each side holds,
 * what it held when it last agreed, and what was agreed. It lives as long as the worker, so that a
 * hinted cycle touches only the hinted rows.
 *
 * The path of a notebook is its stem ("etl/load_orders"), that of a file which is no notebook its
 * whole name ("etl/util.py", "data.csv"). So a notebook 'a' and a file 'a' share a row, as they
 * would share a place in a workspace; and a row is that of a file exactly when its entries' file is
 * its path.
 */

#include "fs/fs.h"
#include "plan/plan.h"

enum entry_state { ENTRY_ABSENT, ENTRY_PRESENT, ENTRY_HELD };

/* Why a path of a side is left alone. The words are part of the interface (status, tests). */
enum hold_reason {
	HOLD_NONE,
	HOLD_UNPARSABLE, /* not a notebook of its format, half-written, or with conflict markers */
	HOLD_UNREADABLE, /* the file, its directory, or the listing of its folder failed */
	HOLD_NAME,       /* a name that may not travel */
	HOLD_COLLISION,  /* two files for one notebook, or names that differ only in case */
	HOLD_TOO_LARGE,
	HOLD_KIND,       /* a symbolic link, directory or special file stands there */
	HOLD_REFUSED,    /* the side refused to take the agreed version */
	HOLD_DELETIONS,  /* part of a mass deletion that nobody confirmed */
	HOLD_REVERSIONS, /* one of many that go back to an older version, which nobody confirmed */
	HOLD_SPACE,      /* no room to write it */
	HOLD_ORDER,      /* two sides clash, and another machine may know which is newer */
};
const char *hold_reason_name(enum hold_reason reason); /* "unparsable" */

/* What one side holds at one path, as last looked at. There are three for each notebook: every byte
 * here is 300 KB of a worker with 100,000 of them. */
struct entry {
	enum entry_state state : 8;
	enum hold_reason reason : 8;
	/* refs/nbsync/seen/<side> has what stands here: raw, or its absence, or the whole notebook of
	 * which a look reads only a part. Always true of Git, whose commits are kept. */
	bool recorded : 1;
	/* of a workspace object: it is known to stand there as source, which says all there is */
	bool is_source : 1;
	/* of ENTRY_ABSENT: the side was asked for this very path, and said that it does not exist */
	bool gone : 1;
	/* of the branch: it was changed, and changed back to this, since the last cycle that could tell
	 * what that means */
	bool returned : 1;
	/* of a workspace object: its id or modified_ms changed and its content did not */
	bool restless : 1;
	/* of a workspace object: this is what it held right after all that was agreed was written */
	bool answered : 1;
	uint32_t probe;         /* the look that found it last, see table_probe() */
	struct version version; /* of ENTRY_PRESENT; zero otherwise */
	struct oid raw;         /* the side's own bytes */
	union {
		struct fs_stat stat; /* local: of those bytes */
		struct {
			char id[24]; /* workspace: object id, also of an object that is gone … */
			int64_t modified_ms; /* … and its change hint */
		};
	};
	/* owned; name on that side below its root, with extension. Kept when the entry becomes
	 * absent, until that is recorded; may be NULL when held. */
	char *file;
	char *sentence; /* owned; of ENTRY_HELD */
};

/* What a human puts in the place of the agreed version, and whence. */
struct adopted {
	struct version version;
	/* Of a revision of a side: that side's own bytes then, which it gets back as they were; zero:
	 * of something else. */
	enum side_id side;
	struct version raw;
	bool more; /* raw has outputs: without any it replaces no bytes that stand on the side */
};

/* What is known of the order of a row's versions; see plan_input.since. */
struct row_since {
	struct version version[SIDE_COUNT];
	bool known[SIDE_COUNT];
};

/* How a table finds the row; for table.c only. */
struct row_links {
	struct table *table;
	struct row *chain;      /* of those with the same hash of their path */
	struct row *fold_chain; /* of those with the same hash of path_fold(path) */
	uint32_t fold;          /* that hash */
	bool listed;            /* in table.listed */
};

/* A rename that this cycle follows: the other path of it. */
struct row_rename {
	struct row *from, *to;
	struct row *gone_to; /* what a side seems to have renamed it to, followed or not */
};

struct row {
	char *path; /* owned; see above */
	struct version agreed;
	struct version base[SIDE_COUNT];
	struct entry side[SIDE_COUNT];
	struct plan_outcome todo;
	bool dirty : 1;   /* something about it changed since it was last planned and settled */
	bool touched : 1; /* something about it changed in this cycle */
	/* A commit since the last cycle that could tell what that means changed it, and says that the
	 * workspace had it so. */
	bool vouched : 1;
	/* Bits of the sides since whose base the agreed version has changed, and perhaps come back. Not
	 * known after a start: then a side counts as edited. */
	uint8_t drifted;
	uint8_t origins; /* bits of the sides that the agreed version came from; 0: not known */
	/* When a clash began to wait, in seconds of the monotonic clock; 0: none waits. */
	uint32_t waits_since_s;
	/* What the filter said, when its rules were of that generation; new names set that to 0. */
	struct {
		bool managed;
		unsigned generation;
	} filtered;
	struct row_rename rename;
	struct version
		*sent; /* owned; written to the workspace by us, and not seen there yet; or NULL */
	struct row_since *since; /* owned, while the cycle plans, or NULL: nothing is known */
	struct adopted *adopted; /* owned; what a human puts in the place of the agreed version */
	/* owned, one a side, or NULL; the side's own bytes when it last agreed, if they said less than
	 * what was agreed, see row_base_raw(). Zero: they said all of it. */
	struct version *base_raw;
	/* borrowed; what the workspace was given just now, while that is read back; or NULL */
	const struct content_given *given;
	struct row_links links;
};

struct table {
	struct row **buckets, **fold_buckets;
	size_t bucket_count;
	size_t count;
	/* Rows that a cycle has to do with: dirty, touched, or with an entry that is not recorded.
	 * In order of arrival; a cycle's cost follows their number, not the table's. */
	struct row **listed;
	size_t listed_count, listed_cap;
	size_t there[SIDE_COUNT]; /* entries that are not absent */
	uint32_t probe[SIDE_COUNT];
	/* An entry changed since a user of the table last set this to false. */
	bool changed;
};

void table_init(struct table *t);
void table_release(struct table *t);

struct row *table_find(const struct table *t, const char *path); /* NULL */
struct row *table_get(struct table *t, const char *path);        /* creates */
/* A row that is not listed; none of that path is fine. */
void table_remove(struct table *t, const char *path);
/* The row that holds file on a side, be it a notebook or not; NULL when none does. */
struct row *table_find_file(const struct table *t, enum side_id side, const char *file);

/* Another row whose path is the same to a file system that ignores case, or spells accents
 * differently; after: the last one found, row itself to start. NULL: no other. */
struct row *table_next_alike(const struct row *row, const struct row *after);

/* All rows, or the listed ones, in byte order of their paths: an owned array of borrowed rows. */
struct row **table_sorted(const struct table *t, size_t *count);
struct row **table_listed_sorted(const struct table *t, size_t *count);
/* For each in no particular order. */
struct row *table_next(const struct table *t, const struct row *after); /* NULL starts and ends */

/* A look of a side begins: what earlier looks found is forgotten. Each entry that is found is
 * marked by entry_found(); in a full look table_settle_probes() makes absent what was not found. */
void table_probe(struct table *t, enum side_id side);
void table_settle_probes(struct table *t, enum side_id side);
void entry_found(struct row *row, enum side_id side);
bool entry_is_found(const struct row *row, enum side_id side);
/* Whether the side may hold something there: it does by the last look, or did when it last agreed.
 * Where a look does not show it, the side has to be asked before it is taken for deleted. */
bool entry_may_stand(const struct row *row, enum side_id side);

/* Whether what a row's entry calls file is no notebook; file may be NULL. */
bool row_names_file(const struct row *row, const char *file);

/* Whether a row is that of a file that is no notebook, by what is agreed, or else by what the first
 * side that has it says. */
bool row_is_file(const struct row *row);

/* A side's own bytes when it last agreed, if they said less than what was agreed: source has no tags,
 * for example. What the side still does not say is then no edit. NULL: they said all of it. */
const struct version *row_base_raw(const struct row *row, enum side_id side);
void row_set_base_raw(struct row *row, enum side_id side,
		      const struct version *v); /* absent: none */

/* Puts a row on the table's list; dirty: it is to be planned, too. */
void row_enlist(struct row *row);
void row_dirty(struct row *row);
/* At the end of a cycle: takes rows off the list that are neither dirty nor unrecorded, and drops
 * those of which nothing is left: not agreed, no base, absent on every side. */
void table_rest(struct table *t);

/* Entry changes; all mark the row dirty when something changes that a plan could see, and list it
 * while something is not recorded. Arguments may point into the entry itself. */
void entry_set_absent(struct row *row, enum side_id side);
void entry_hold(struct row *row, enum side_id side, enum hold_reason reason, const char *file,
		const char *sentence);
void entry_set_present(struct row *row, enum side_id side, const struct version *v,
		       const struct oid *raw, const char *file);
