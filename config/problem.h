/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* All problems of a configuration, as lines for a human, and the first of them as an error. */

#include "base/buf.h"
#include "base/err.h"

struct problems {
	struct buf *text; /* borrowed; may be NULL */
	size_t count;
	struct err first;
};

/* Notes "file:line: sentence"; without the line when it is 0, without the file when it is NULL.
 * What comes after the first hundred is only counted. */
void problem_add(struct problems *p, const char *file, unsigned line, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
