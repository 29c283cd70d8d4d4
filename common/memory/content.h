/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Between a side's bytes and the versions that are compared: what a side holds as a version, and the
 * agreed version in the bytes that a side is to hold. Works on blobs of the hub; no other I/O. What
 * fails in the hub comes back as the hub's error; ERR_INVALID is about the notebook.
 */

#include "config/config.h"
#include "git/hub/hub.h"
#include "plan/table.h"

struct content {
	struct hub *hub;                      /* borrowed */
	const struct config_mapping *mapping; /* borrowed */
	/* Of this side nothing is remembered but what its cells were; see state_cells_only(). */
	bool cells_only[SIDE_COUNT];
};

/* What stands on a side, as it was read there. All borrowed. */
struct content_bytes {
	enum side_id side; /* SIDE_COUNT: on none, somebody hands it over */
	const char *file;  /* its name decides format and language */
	const struct buf *data;
};

/*
 * Takes what a side holds as a version of row: all that the bytes say, and what they cannot say as it was when the side last agreed. If that is what is
 * agreed, or what this side held before, the version is that very one, so that a different spelling of
 * the same notebook is no change. The raw bytes are put into the hub; those of a workspace's .ipynb
 * without the outputs that do not count, which max_notebook does not count either. ERR_INVALID when it
 * does not parse, has conflict markers (unless what is agreed has some, too), or is too large. A file
 * that is no notebook is taken as it is. Bytes of no side are compared with what is
 * agreed, and max_notebook is not asked.
 */
int content_take(const struct content *c, struct row *row, const struct content_bytes *bytes,
		 struct version *out, struct oid *raw, struct err *e);

/* What a side shows at row is the notebook that it held at from, which was renamed there: what it does
 * not say is as it was there. Changes the entry's version accordingly. */
int content_relift(const struct content *c, struct row *row, enum side_id side,
		   const struct row *from, struct err *e);

/* What a side is to hold. */
struct content_given {
	struct buf data;
	char *file;             /* owned; content_file() */
	struct version version; /* what the side holds then, of which the bytes may say a part */
};
#define CONTENT_GIVEN_INIT ((struct content_given){ .data = BUF_UNBOUNDED })
void content_given_release(struct content_given *given);
#define cleanup_given __attribute__((cleanup(content_given_release)))

/*
 * Encodes row's agreed version for a side that holds row->side[side] (in its own format, keeping its
 * spelling, outputs and all else that did not change) or nothing (in the format in which a new one
 * appears there). A side whose own revision a human asked for (row->adopted) gets its bytes of then.
 * whole: what stands there, where that is more than entry->raw; else NULL. A notebook that was renamed
 * (row->rename.from) is one that the side holds under its old name. *out is the caller's, also on
 * error. ERR_INVALID when the side's format cannot carry it.
 */
int content_give(const struct content *c, const struct row *row, enum side_id side,
		 const struct oid *whole, struct content_given *out, struct err *e);

/* Whether writing v into what the side holds would leave it as it is, because that says of v all that
 * it can say: then there is nothing to write. Sets v->partial. Only where that is not plain from the
 * versions: false when v and what the side holds are both source. */
int content_holds(const struct content *c, const struct row *row, enum side_id side,
		  struct version *v, bool *holds, struct err *e);

/* What an export of a workspace object with its outputs (Jupyter) is to what was looked at: nothing is
 * put into the hub. ERR_INVALID when it does not parse. */
enum content_look {
	CONTENT_OTHER, /* another notebook */
	CONTENT_ALL,   /* the same, and it says no more than that */
	CONTENT_MORE,  /* the same, with what a look leaves out, or source cannot say */
};
int content_compare_whole(const struct content *c, const struct entry *entry, const void *data,
			  size_t len, enum content_look *out, struct err *e);

/* A hash of a version's cells alone, which every format can say; of a file its blob. */
int content_cells(const struct content *c, const struct version *v, struct oid *out, struct err *e);

/* notebook_similarity() of two versions; 0 if one of them is absent or no notebook. */
int content_similarity(const struct content *c, const struct version *a, const struct version *b,
		       unsigned *out, struct err *e);

/* The notebook of a blob in a file of that name without the outputs that do not travel, in the hub;
 * *out is the blob itself where nothing is to be left out. ERR_INVALID when it does not parse. */
int content_plain(const struct content *c, const char *file, const struct oid *blob,
		  struct oid *out, struct err *e);

/* Whether two blobs are the same notebook, as a file of that name spells it; false in doubt. */
bool content_alike(const struct content *c, const char *file, const struct oid *a,
		   const struct oid *b);

/*
 * The file that will hold version v (present) of row on a side: the one it has, unless v's kind,
 * language or the side's format ask for another. This is the name of all writes; a workspace, whose
 * notebooks have no extension, hears it as that of the import. Owned by the caller.
 */
char *content_file(const struct config_mapping *m, const struct row *row, enum side_id side,
		   const struct version *v);

/* Fills v->canon when it is missing. */
int content_resolve(const struct content *c, struct version *v, struct err *e);
/* Does so for every version of a row that a plan might compare with a different blob. */
int content_resolve_row(const struct content *c, struct row *row, struct err *e);

/* What content_merge() works with, and what went wrong in it. */
struct content_merging {
	const struct content *content; /* borrowed */
	/* Why the hub could not be read or written: then it is not known whether the versions clash.
	 * Code 0: nothing went wrong. */
	struct err failed;
};
/* plan_merge_fn: notebook_merge(), each facet for itself; payload is a struct content_merging. The
 * merged blob is in the hub. False: they clash, or failed says why that is not known. */
bool content_merge(void *payload, const struct version *base, const struct version *ours,
		   const struct version *theirs, struct version *out);
