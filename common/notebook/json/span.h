/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A part of somebody else's bytes, and the place in a text that a sentence names. */

#include <stddef.h>

struct span {
	const char *at;
	size_t len;
};

/* Line and column (characters, both from 1) of an offset. */
void span_position(const char *data, size_t offset, size_t *line, size_t *column);
