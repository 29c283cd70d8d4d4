/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Relative paths as the three sides name them: components joined by '/', no leading or trailing
 * '/', no empty, "." or ".." component. Pure functions.
 */

#include "base/buf.h"
#include "base/err.h"

#define PATH_DEPTH_MAX   64          /* components */
#define PATH_NAME_MAX    255         /* bytes of one component, the limit of Linux file systems */
#define PATH_LEN_MAX     4000        /* bytes of a relative path: PATH_MAX less a root before it */
#define PATH_TEMP_PREFIX ".nbsyncd-" /* our temporary files; never synchronised */

/*
 * Whether one name may travel between the sides: 1 to PATH_NAME_MAX bytes of valid UTF-8; no '/',
 * '\', control byte, DEL, bidi control (U+200E, 200F, 202A-202E, 2066-2069) or ignorable code
 * point (U+200C, 200D, 206A-206F, FEFF); not "." or ".."; not starting with PATH_TEMP_PREFIX; not
 * ending in a space or a dot; not .git, .gitmodules, .gitattributes, .gitconfig, .gitignore or
 * git~N, however spelled in case.
 * ERR_INVALID with the reason; the name is escaped in it.
 */
int path_check_name(const char *name, size_t len, struct err *e);

/* All components by path_check_name, plus depth and total length. */
int path_check(const char *rel, struct err *e);

char *path_join(const char *dir, const char *name); /* "" as dir gives name; owned by the caller */
const char *path_base(const char *path);            /* behind the last '/'; borrowed */
char *path_dir(const char *path);                   /* before the last '/', "" if none; owned */
bool path_is_below(const char *path, const char *dir); /* strictly below; "" is above everything */

/* The file name extension from its last dot ("" if none or if the dot is first), borrowed. */
const char *path_ext(const char *name);

/* A key for finding names that collide on a file system which ignores case or composes accents:
 * Unicode case folding, then NFC. Invalid UTF-8 folds in ASCII only. Owned by the caller. */
char *path_fold(const char *path);

/* Expands a leading "~/" by HOME and one leading "${CREDENTIALS_DIRECTORY}" by that variable.
 * ERR_CONFIG when the variable is not set. Result owned by the caller. */
int path_expand(char **out, const char *path, struct err *e);
