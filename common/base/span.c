/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines and columns of a text, counted from its beginning: only sentences about errors need them.
 */

#include "base/span.h"

void span_position(const char *data, size_t offset, size_t *line, size_t *column)
{
	size_t start = 0;

	*line = 1;
	*column = 1;
	for (size_t i = 0; i < offset; i++)
		if (data[i] == '\n') {
			start = i + 1;
			++*line;
		}
	for (size_t i = start; i < offset; i++)
		if (((unsigned char)data[i] & 0xC0) != 0x80)
			++*column;
}
