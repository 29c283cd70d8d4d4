/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conflict markers. All three kinds must be there, in order and at the start of lines: a notebook
 * that underlines a heading with "=======" is not in the middle of a merge.
 */

#include "memory/markers.h"

#include <stdbool.h>
#include <string.h>

#include "base/util.h"

/* A marker is seven characters and the end of the line, or a blank and a label. */
static bool is_marker(const char *line, size_t len, const char *marker)
{
	if (len < 7 || memcmp(line, marker, 7) != 0)
		return false;
	if (len == 7 || (len == 8 && line[7] == '\r'))
		return true;
	return *marker != '=' && line[7] == ' ';
}

size_t markers_find(const char *text, size_t len)
{
	static const char *const markers[] = { "<<<<<<<", "=======", ">>>>>>>" };
	const char *end = text + len;
	size_t found = 0, first = 0, number = 1;

	/* Nearly all texts have none: one search for the rarest. */
	if (!memmem(text, len, markers[2], 7))
		return 0;
	for (const char *line = text; line < end && found < ARRAY_SIZE(markers); number++) {
		const char *newline = memchr(line, '\n', (size_t)(end - line));
		size_t n = (size_t)((newline ? newline : end) - line);

		if (is_marker(line, n, markers[found])) {
			first = found++ == 0 ? number : first;
		}
		line += n + 1;
	}
	return found == ARRAY_SIZE(markers) ? first : 0;
}
