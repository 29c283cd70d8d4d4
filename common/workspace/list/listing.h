/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Inside of workspace/: a listing in order, and looking things up in it. */

#include "workspace/workspace.h"

/* Orders by path, and leaves each path once: among the items, or among what is held, where two
 * different things of one path go. workspace is its name, for the sentence. */
void listing_sort(struct workspace_listing *l, const char *workspace);

/* Whether a sorted listing names path. */
bool listing_names(const struct workspace_listing *l, const char *path);

/* Orders two paths (char **), for qsort() and bsearch(). */
int listing_compare_paths(const void *a, const void *b);

/* Takes the folders with these paths, which are in that order, out of a listing in any order. */
void listing_forget(struct workspace_listing *l, char *const *paths, size_t count);

/* Whether it has entries of its own: a directory or a Git folder. */
bool object_is_folder(const struct workspace_object *o);
