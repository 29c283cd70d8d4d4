/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Between a side's bytes and the versions that are compared: parsing what a side holds into the
 * mapping's git_format, and encoding an agreed version for a side. Works on blobs of the hub; no
 * other I/O.
 */

#include "config/config.h"
#include "sync/table.h"

struct content {
	struct hub *hub;                      /* borrowed */
	const struct config_mapping *mapping; /* borrowed */
	/* Why the hub could not be read or written for a merge, which then is no clash; code 0. */
	struct err failed;
};

/*
 * Takes what a side holds in file (its name decides format and language) as a version of row. If it
 * is canonically what was agreed, or what this side held before, the version is that very one, so
 * that a different spelling of the same notebook is no change. The raw bytes are put into the hub.
 * ERR_INVALID when it does not parse or is too large. A file that is no notebook is taken as it is.
 */
int content_take(const struct content *c, struct row *row, enum side_id side, const char *file,
		 const void *data, size_t len, struct version *out, struct oid *raw, struct err *e);

/*
 * Encodes row's agreed version for a side that holds row->side[side] (in its own format and keeping
 * outputs and spelling of unchanged cells) or nothing (in the format in which a new one appears there).
 * *file receives content_file(), owned by the caller. A notebook that was renamed (row->renamed_from)
 * is one that the side holds under its old name.
 */
int content_give(const struct content *c, const struct row *row, enum side_id side, struct buf *out,
		 char **file, struct err *e);

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

/* plan_merge_fn: the cell-wise merge; payload is a struct content. The merged blob is in the hub. */
bool content_merge(void *payload, const struct version *base, const struct version *ours,
		   const struct version *theirs, struct version *out);

/* The format in which a new notebook appears on a side. */
enum notebook_format content_fresh_format(const struct config_mapping *m, enum side_id side,
					  enum notebook_format agreed);

/* A version's file name: path and the extension of its format and language. Owned by the caller. */
char *version_file(const char *path, const struct version *v);
