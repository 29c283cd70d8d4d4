/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A script that changes its kind: a notebook loses its header and is a plain file ("etl/load", then
 * "etl/load.py"), or a plain file gains one. Each kind has a row of its own, so that to the plan
 * this is a deletion and a creation. Here is how the two rows find each other, and whether the
 * change was meant.
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
 * change: then both rows stay as they are, held because they would have one name.
 */

#include "side/context.h"

/* Whether what a commit has in place of a notebook is a file that was meant: not an unfinished
 * merge, a pointer of Git LFS, nothing at all, or what else happens to files by accident.
 * ERR_INVALID with a sentence when it is not. */
int kind_check_commit(const char *file, const struct buf *data, struct err *e);

/* Whether it is agreed that the row's file on this side is no notebook: the row of the other kind
 * has the file or, with files = none, the notebook is agreed to be absent. Then a missing header is
 * no question. */
bool kind_is_settled(const struct side_context *c, const struct row *row, enum side_id side);

/* The row of the other kind that has this row's file name on a side: a script that was a file and
 * becomes a notebook, or the other way round. NULL: none. */
struct row *kind_twin(struct side_context *c, const struct row *row, enum side_id side);

/* Whether a script was a notebook when it was last looked at on that side. */
bool kind_was_notebook(struct side_context *c, enum side_id side, const char *file);

/* Whether the plan for the row, which the local side holds for its missing header, deletes the
 * notebook: that answers the question, and the local file is to be looked at again. */
bool kind_is_answered(const struct row *row);

/* The row of the other kind that takes the place of a row which is to be deleted; NULL: none. */
struct row *kind_heir(const struct side_context *c, const struct row *row);

/* The row of the other kind whose file would have, on some side, the name that v, which row is to
 * hold, has there; NULL: none. */
struct row *kind_rival(const struct side_context *c, const struct row *row,
		       const struct version *v);

/* Whether a row whose local file is to be deleted has an heir (kind_heir()) that is written into
 * that very file: then the file is replaced and not removed, so that it is there all the time. */
bool kind_is_replaced(const struct side_context *c, const struct row *row);
/* The row whose local file is replaced when this one is written into file; NULL: none. */
struct row *kind_replaced(const struct side_context *c, const struct row *row, const char *file);
