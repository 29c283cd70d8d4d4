/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which paths belong to a mapping at all, and what a conflict's other version is called. Pure.
 */

#include "config/config.h"

/*
 * Whether a folder is none of our business on any side: one of its components starts with a dot
 * (.git, .ipynb_checkpoints, .databricks, …), ends with '~', is #…#, or is what systems and tools
 * make for themselves (__pycache__, node_modules, lost+found, …).
 */
bool names_folder_ignored(const char *path);
/*
 * The same for a notebook, by its stem or a file's name: as above, or it is a temporary that looks
 * like a notebook (flycheck_x.py, x_flymake.py), or a conflict copy, ours or that of another
 * program that synchronises.
 */
bool names_ignored(const char *path);

/*
 * The file that keeps a side's version: "etl/load.conflict-workspace-20260131T120000Z.py" for stem
 * "etl/load" and ext ".py" (or ""). Where its last component would have more than name_max bytes, the
 * stem is cut between two characters and a mark of the whole stem takes the place of the rest,
 * "etl/lo~1a2b3c4d.conflict-…", so that no two notebooks share one. An ext that leaves no room for
 * that counts as part of the stem. Owned by the caller.
 */
char *names_conflict(const char *stem, const char *ext, enum side_id side, const char *stamp,
		     size_t name_max);
/* Whether a stem may be one that was cut, and whether it is what is left of whole. */
bool names_is_cut(const char *stem);
bool names_is_cut_of(const char *stem, const char *whole);
/* Whether a stem is a conflict copy's; *original (may be NULL) receives the notebook's, owned: it may
 * have been cut. */
bool names_is_conflict(const char *stem, char **original, enum side_id *side);

/* "20260131T120000Z" */
void names_stamp(char out[static 17], int64_t epoch_s);
