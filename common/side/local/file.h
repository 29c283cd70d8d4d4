/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Looking at local files one by one; see file.c. */

#include "fs/fs.h"
#include "side/local/internal.h"

/* Brings the row that a file belongs to up to date, if there is one; anything wrong with the file
 * becomes a held entry. st: as it is now. */
void local_look_at_file(struct local_side *s, const char *file, const struct fs_stat *st);

/* A file that exists and could not be examined, which why says: its row is held. */
void local_hold_unread(struct side_context *c, const char *file, const struct err *why);
/* A folder that could not be examined: everything below it stays as it was last known, held. */
void local_hold_below(struct local_side *s, const char *dir, const struct err *why);
