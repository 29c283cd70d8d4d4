/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Looking at local files that are no notebooks; for local_file.c only.
 */

#include "side/local/internal.h"

/* Reads a local file into the hub. *st as fs_read() gives it. ERR_INVALID: too large. */
int local_read_blob(struct local_side *s, const char *file, struct fs_stat *st, struct oid *blob,
		    struct err *e);

/* Reads a file that is new or changed; anything wrong with it becomes a held entry. */
void local_read_file(struct local_side *s, const char *file, const struct fs_stat *seen);

/* A file was taken as what it is now: under the other kind's row it is gone; or it is held there as
 * well, because nobody knows yet what it is to be. */
void local_settle_twin(struct side_context *c, const struct row *row);

/* Whether the row's entry is of this very content of the file; row may be NULL. */
bool local_unchanged(const struct side_context *c, const struct row *row, const char *file,
		     const struct fs_stat *st);

/* The path of the row that a file belongs to, a notebook or not; owned by the caller. NULL: to none. A
 * script that is not known is asked for its first line. */
char *local_row_path(struct local_side *s, const char *file, const struct fs_stat *st);

/* Two files of one notebook are held, and so is the file that one of them was. */
void local_hold_file(struct side_context *c, const struct row *row, const char *file);
