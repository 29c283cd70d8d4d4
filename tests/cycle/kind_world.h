/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A world with one script that may be a notebook or a module, for the tests of changes of kind. */

#include "tests/cycle/kind_table.h"
#include "tests/world/store.h"

#define FILE_NAME "load.py"

/* All sides, two notebooks beside it, nothing looked at yet. all: files = all. */
struct world *world_of(bool all);
/* What stands under that name of the mapping's folder in the workspace. */
enum store_type type_of(struct world *w, const char *name);
/* Somebody gives the script this text, or deletes it (NULL), as is done on that side. */
void edit(struct world *w, enum side_id side, const char *text);

/* Whether the path is held with a sentence that has these words. */
bool is_held(const struct report *r, const char *path, const char *why);
/* Copies of clashes at the top of the local side. */
unsigned copies(const struct world *w);
