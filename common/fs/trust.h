/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The way to a file that decides what we may do: nobody but root and we ourselves may be able to
 * put another file in its place, or to take it away.
 */

#include "base/err.h"

/*
 * Opens the directory that a file lies in (O_PATH), and tells the file's name in it, a part of
 * path. The caller opens the file there, without following a link, and looks at its owner and mode.
 *
 * Every directory from the root on must belong to root or to us, and must not be writable by group
 * or others unless it has the sticky bit. Symbolic links among the directories are followed by
 * hand, at most 40, so that this holds for the directories that hold the links, too; in a directory
 * with the sticky bit the link itself must belong to root or to us. A path that is not absolute
 * begins in the current directory.
 *
 * ERR_ABSENT: a directory does not exist, and nobody else could have taken it away or can make it.
 * ERR_CONFIG: a sentence that names what is wrong on the way; also for an empty path.
 */
int trust_open_directory(int *dir, const char **name, const char *path, struct err *e);
