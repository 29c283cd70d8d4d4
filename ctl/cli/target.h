/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which mapping, and which notebook or folder of it, the words of a command line mean.
 *
 * The mapping may be left out when there is only one, or when a path says it. A path is a name below
 * the mapping's root ("etl/load", with or without extension), as nbsync prints it, or the name of a
 * file in the mapping's local directory: absolute, or relative to the current directory when it
 * starts with "./" or "../", or when the mapping was left out and the current directory is in its
 * local directory. The root itself is "".
 */

#include "config/config.h"

struct target {
	const struct config_mapping *mapping; /* borrowed from the configuration */
	char *path;                           /* owned; NULL: no path was given */
};

void target_release(struct target *t);

/* The mapping of that name; NULL: the only one. ERR_INVALID tells which there are. */
int target_mapping(const struct config_mapping **out, const struct config *c, const char *name,
		   struct err *e);

/*
 * words: [MAPPING] PATH, so one or two. cwd is absolute, or NULL when it cannot be told. A copy of a
 * clash's other version stands for its notebook. Looks at symbolic links, but never whether there
 * is such a notebook. ERR_INVALID.
 */
int target_path(struct target *out, const struct config *c, char *const *words, size_t count,
		const char *cwd, struct err *e);
