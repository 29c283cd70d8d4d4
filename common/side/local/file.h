/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Looking at local files one by one; for local_look.c, and for what local_apply.c finds in its way.
 * What a look does not find: local_missing.c.
 */

#include "side/local/internal.h"

/* Brings the row that a file belongs to up to date, if there is one; anything wrong with the file
 * becomes a held entry. st: as it is now. */
void local_look_at_file(struct local_side *s, const char *file, const struct fs_stat *st);

/* Whether a look has found that this very file is no notebook. */
bool local_known_plain(const struct side_context *c, const char *file, const struct fs_stat *st);

/* A file that could not even be examined is there, whatever it is. */
void local_hold_unread(struct side_context *c, const char *file, const struct err *why);
/* Everything below a folder that could not be examined stays as it was last known, held. */
void local_hold_below(struct local_side *s, const char *dir, const struct err *why);

/* A walk was told of the entry rel and did not find it: what it may be is held, and looked at once
 * more in the next cycle, where it is either back or gone. */
void local_vanished(struct local_side *s, const char *rel, const struct err *why);

/* After a full walk: asks by name for everything that the side may hold and the walk did not show.
 * What answers, be it with an error, is up to date or held then. Whether something is left that is
 * not there. */
bool local_ask_for_missing(struct local_side *s);

/* ERR_RETRY when the configured directory is not the one that is open: what seems to be deleted may
 * be on a file system that is not mounted any more. */
int local_check_same_root(const struct local_side *s, struct err *e);
