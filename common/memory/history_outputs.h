/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Trees of old observations without the outputs of their notebooks. Each .ipynb file that can be read
 * as a notebook of at most HISTORY_STRIP_MAX bytes becomes the same notebook without outputs and
 * execution counts, with every other byte as it was; what is no notebook stays as it is.
 *
 * One notebook at a time is in memory, twice its size at most: 208 MB for one of 104 MB, measured.
 */

#include "git/hub/oid_set.h"

#define HISTORY_STRIP_MAX (100 * 1024 * 1024) /* bytes; what the parser takes at most, too */

/* What is kept between the trees of one chain: each notebook is read once. 60 to 100 bytes for each. */
struct history_strip {
	struct hub *hub;             /* borrowed */
	bool (*tick)(void *payload); /* before each notebook that is read; false ends it; NULL */
	void *payload;
	struct oid_set known;
	struct oid *without; /* owned; parallel to known.items */
	size_t cap;
};
void history_strip_release(struct history_strip *s);

/*
 * *out is the tree next without outputs, given that the tree lean is the tree last without outputs
 * (both zero: the empty one). The cost follows what differs between last and next. Objects are put
 * into the hub, not flushed. ERR_CANCELLED; otherwise as the functions of the hub.
 */
int history_strip_tree(struct history_strip *s, const struct oid *last, const struct oid *lean,
		       const struct oid *next, struct oid *out, struct err *e);
