/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Directories as wholes. What fails ends the program, as in tests/world/files.h. */

#include "base/buf.h"

/* Makes directory to (which exists) equal to from. What is equal already is not touched, so it keeps
 * its inode and times. except, a name directly in to, is left alone; NULL: nothing is. */
void tree_mirror(const char *from, const char *to, const char *except);
