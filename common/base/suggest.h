/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * "Did you mean …": the known word nearest to one that was mistyped.
 */

#include "base/util.h"

#define SUGGEST_WORD_MAX 40 /* bytes; longer words get no suggestion */

/* The candidate with the smallest edit distance (insertions, deletions, replacements, exchanges of
 * neighbours) to word, at most 2 and less than the candidate's length; the first of several. NULL
 * when none is that close. Borrowed from candidates. */
const char *suggest(const char *word, const char *const *candidates, size_t count);
