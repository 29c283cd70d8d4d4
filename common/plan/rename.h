/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which of the paths that appeared on a side are those that went. Pure.
 */

#include <stddef.h>

#include "base/oid.h"

/* One path that went, or one that appeared. */
struct rename_end {
	const char *path; /* borrowed */
	struct oid key;   /* what it is recognised by: content, or an object id; zero: by nothing */
	void *payload;
	struct rename_end *other; /* set by rename_match(): its counterpart, or NULL */
};

/*
 * Finds for each path that went the one it became. Of several with the same key, those with the same
 * name in another folder belong together; what then is not the only one left on both sides stays
 * unmatched, because a guess would be worse. Sorts both arrays by key and path.
 */
void rename_match(struct rename_end *gone, size_t gone_count, struct rename_end *born,
		  size_t born_count);
