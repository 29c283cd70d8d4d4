/* SPDX-License-Identifier: Apache-2.0 */
/* The words for the sides. Pure. */

#include "config/side.h"

#include <string.h>

const char *const side_names[SIDE_COUNT] = { "git", "workspace", "local" };

bool side_parse(enum side_id *out, const char *name, size_t len)
{
	for (enum side_id s = 0; s < SIDE_COUNT; s++) {
		if (strlen(side_names[s]) != len || memcmp(name, side_names[s], len) != 0)
			continue;
		*out = s;
		return true;
	}
	return false;
}
