/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A part of somebody else's bytes, not NUL-terminated, and the place in a text that a sentence names. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *at;
	size_t len;
};

/* Whether two are of the same bytes. */
static inline bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (!a.len || memcmp(a.at, b.at, a.len) == 0);
}

/* Line and column (characters, both from 1) of an offset. */
void span_position(const char *data, size_t offset, size_t *line, size_t *column);
