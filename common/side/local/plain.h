/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Local files that are no notebooks, and what tells them from notebooks; see plain.c. */

#include "fs/fs.h"
#include "side/local/internal.h"

/* Whether a look has found that this very file is no notebook, and it is none of the mapping's. */
bool local_known_plain(const struct side_context *c, const char *file, const struct fs_stat *st);
/* Notes that, for later looks. */
void local_remember_plain(struct side_context *c, const char *file, const struct fs_stat *st);

/* Reads a local file of any size into the hub. *st as fs_open() gives it. Errors: of fs_open(), of
 * the hub, ERR_INVALID when it is too large, ERR_RETRY when it changed meanwhile. */
int local_read_blob(struct local_side *s, const char *file, struct fs_stat *st, struct oid *blob,
		    struct err *e);

/* Reads a file that is no notebook and is new or changed into its row; anything wrong with it
 * becomes a held entry. */
void local_read_plain(struct local_side *s, const char *file, const struct fs_stat *seen);

/* The row was brought up to date with its file. The row of the other kind that had the file becomes
 * absent, or is held for the same reason when this one is, because then nobody knows which of the
 * two it is to be. */
void local_settle_twin(struct side_context *c, const struct row *row);

/* Whether the row's entry is of this very content of the file, so that it need not be read; row may
 * be NULL. */
bool local_unchanged(const struct side_context *c, const struct row *row, const char *file,
		     const struct fs_stat *st);

/* The path of the row that a file belongs to, a notebook or not; owned by the caller. NULL: to
 * none. The first line of a script that is not known decides. */
char *local_row_path(struct local_side *s, const char *file, const struct fs_stat *st);

/* The row is held for a collision in which file takes part: the row of file as one that is no
 * notebook is held, too. */
void local_hold_plain(struct side_context *c, const struct row *row, const char *file);
