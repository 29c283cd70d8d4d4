/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A script that changes its kind: a notebook loses its header and is a plain file ("etl/load", then
 * "etl/load.py"), or a plain file gains one. Each kind has a row of its own, so that to the plan
 * this is a deletion and a creation; here is what the two have to know of each other.
 *
 *   who changes it     files = all                    files = none
 *   a commit           one everywhere                 a notebook goes, or comes, like any other
 *   the workspace      one everywhere                 the same; its other object is nobody's
 *   local, a header    one everywhere                 a notebook comes
 *   local, no header   held until a human says that   the same
 *                      it was meant
 *
 * A commit is never half-written, and an object of a workspace has a type; but a local file may be
 * in the middle of being saved. An edit on another side beats the deletion that is half of the
 * change: then both stay where they are, held because they would have one name.
 */

#include "side/context.h"

/* Whether what a commit has in place of a notebook is a file that was meant: not an unfinished merge,
 * a pointer of Git LFS, nothing at all, or what else happens to files by accident. ERR_INVALID with
 * a sentence when it is not. */
int kind_check_commit(const char *file, const struct buf *data, struct err *e);

/* Whether it is agreed already that what may be a notebook on this side is none: its file is to be of
 * the other kind or, with files = none, there is no such notebook. Then nobody has to be asked why it
 * has no header. */
bool kind_is_settled(const struct side_context *c, const struct row *row, enum side_id side);

/* The row of the other kind that has this row's file name on a side: a script that was a file and
 * becomes a notebook, or the other way round. NULL: none. */
struct row *kind_twin(struct side_context *c, const struct row *row, enum side_id side);

/* Whether a script was a notebook when it was last looked at on that side. */
bool kind_was_notebook(struct side_context *c, enum side_id side, const char *file);

/* Whether a plan settles a question that the local side is held for: it is to be looked at again. */
bool kind_is_answered(const struct row *row);

/* The row of the other kind that is to be there instead of a row which is to go; NULL: none. */
struct row *kind_heir(const struct side_context *c, const struct row *row);

/* The row of the other kind that would have the name of v, which row is to hold, on some side; NULL:
 * none. */
struct row *kind_rival(const struct side_context *c, const struct row *row,
		       const struct version *v);

/* Whether a row whose local file is to go has an heir that will be written into that very file: then
 * the file is replaced and not removed, so that it is there all the time. */
bool kind_is_replaced(const struct side_context *c, const struct row *row);
/* The row whose local file is replaced when this one is written into file; NULL: none. */
struct row *kind_replaced(const struct side_context *c, const struct row *row, const char *file);
