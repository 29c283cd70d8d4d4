/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Where a version that a human asks for comes from: the words of the worker's protocol and of the
 * control socket, and which values go with each: a side "git", "workspace" or "local"; of a revision
 * the first 7 to 40 hexadecimal digits; of a file its absolute path. Pure.
 */

#include "sync/cycle.h"

#define CYCLE_SOURCES (CYCLE_FROM_FILE + 1)

/* "side" "revision" "file" */
extern const char *const cycle_source_names[CYCLE_SOURCES];

/* False for any other word, and for NULL. */
bool cycle_source_parse(const char *word, enum cycle_source *out);

/* Whether what may go with from: by its form, not by what exists. ERR_INVALID with a sentence. */
int cycle_source_check(enum cycle_source from, const char *what, struct err *e);
