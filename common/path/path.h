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
#define PATH_UNITS_MAX   255         /* UTF-16 units of one component on NTFS, APFS and HFS+ */
#define PATH_TEMP_PREFIX ".nbsyncd-" /* our temporary files; never synchronised */

/*
 * Whether one name may travel between the sides: 1 to PATH_NAME_MAX bytes of valid UTF-8; no '/',
 * '\', control byte, DEL, bidi control (U+200E, 200F, 202A-202E, 2066-2069) or ignorable code
 * point (U+200C, 200D, 206A-206F, FEFF); not "." or ".."; not starting with PATH_TEMP_PREFIX; not
 * ending in a space or a dot; not .git, .gitmodules, .gitattributes, .gitconfig, .gitignore, git~N
 * or another short name that NTFS makes for one of these, however spelled in case, or followed by
 * spaces, dots and a ':'.
 * ERR_INVALID with the reason; the name is escaped in it, and cut when it is long.
 */
int path_check_name(const char *name, size_t len, struct err *e);

/* All components by path_check_name, plus depth and total length. */
int path_check(const char *rel, struct err *e);

/*
 * Where a path is going to be made. What travels between the sides is a notebook's path; what is made
 * on a side has an extension or a suffix more, and every place has rules of its own.
 */
enum path_place {
	/* A file below a directory of this machine. NAME_MAX is 255 bytes on Linux file systems; one
	 * with less (eCryptfs: 143) says so itself when the file is written. */
	PATH_LOCAL,
	/* An object of a Databricks workspace: 255 bytes a name, no '/', no .git (Databricks: "Asset
	 * types supported in Git folders", "What are workspace files"). A path's length is not
	 * documented; clusters see it below the mount /Workspace, so PATH_MAX (4096 with the NUL) holds
	 * for it. Case-sensitive as far as is known. */
	PATH_WORKSPACE,
	/* A file of a branch, such that Git takes it and Linux can check it out. */
	PATH_BRANCH,
	/* A file of a branch that can be checked out on Windows and macOS too: no <>:"|?* and no
	 * device (CON, PRN, AUX, NUL, COM1-9, LPT1-9, the same with a superscript 1-3, CONIN$, CONOUT$,
	 * with any extension): Microsoft, "Naming Files, Paths, and Namespaces"; no code point that
	 * Unicode has not assigned, which APFS refuses with EILSEQ; at most 255 UTF-16 units, on HFS+
	 * counted after canonical decomposition. Git refuses the whole checkout for one such name. */
	PATH_ANYWHERE,
};

/*
 * Whether rel can be made at a place, as it stands: with the extension or suffix that it will have.
 * below is the folder there ("" for none), which only counts for the length of the whole path.
 * ERR_INVALID with a sentence: which name, which limit.
 */
int path_check_at(enum path_place place, const char *below, const char *rel, struct err *e);

/* Whether the path is too long for Windows with its usual limit (MAX_PATH: 260 UTF-16 units with drive,
 * root and NUL), wherever somebody clones to: PATH_WINDOWS_MAX leaves room for "C:\Users\ana\etl\".
 * Git for Windows has core.longpaths for it, so this is worth a warning, no more. */
#define PATH_WINDOWS_MAX 240
bool path_is_long_on_windows(const char *below, const char *rel);

/* The longest start of a text that has at most max bytes and does not cut a UTF-8 character. */
size_t path_cut(const char *text, size_t max);

/* UTF-16 units of len bytes of UTF-8, canonically decomposed as on HFS+. Invalid UTF-8: len. */
size_t path_units(const char *name, size_t len);
/* Whether Unicode, as far as utf8proc knows it, has assigned all code points in it. */
bool path_is_assigned(const char *name, size_t len);

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
