/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The sides of a mapping and the words for them, as they stand in configurations, conflict copies
 * and reports.
 */

#include <stdbool.h>
#include <stddef.h>

/* In order of precedence when two edits clash. */
enum side_id { SIDE_GIT, SIDE_WORKSPACE, SIDE_LOCAL, SIDE_COUNT };
extern const char *const side_names[SIDE_COUNT]; /* "git" "workspace" "local" */
/* The side that the len bytes at name are the name of; false: none, and *out as it was. */
bool side_parse(enum side_id *out, const char *name, size_t len);
