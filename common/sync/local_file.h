/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Looking at local files one by one; for local_look.c, and for what local_apply.c finds in its way.
 */

#include "sync/cycle_internal.h"

/* Brings the row that a file belongs to up to date, if there is one; anything wrong with the file
 * becomes a held entry. st: as it is now. */
void local_look_at_file(struct cycle *c, const char *file, const struct fs_stat *st);

/* Whether a look has found that this very file is no notebook. */
bool local_known_plain(const struct cycle *c, const char *file, const struct fs_stat *st);

/* A file that could not even be examined is there, whatever it is. */
void local_hold_unread(struct cycle *c, const char *file, const struct err *why);
/* Everything below a folder that could not be examined stays as it was last known, held. */
void local_hold_below(struct cycle *c, const char *dir, const struct err *why);
