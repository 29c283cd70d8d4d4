/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What the path*.c files share. */

#include "path/path.h"

/* ERR_INVALID "name '<name>' <why>": the name escaped, and cut when it is long. */
int path_refuse(struct err *e, const char *name, size_t len, const char *why);

/* ERR_INVALID "path of <len> bytes is longer than <max>". */
int path_too_long(struct err *e, size_t len, size_t max);
