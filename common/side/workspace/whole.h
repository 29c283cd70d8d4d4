/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Recording what stands in the workspace, with its outputs, before something takes its place.
 */

#include "side/workspace/internal.h"

/* A place in the workspace that is about to be written or cleared. */
struct workspace_place {
	/* Borrowed; its entry says what stands there, or what is to be read for it. */
	struct row *row;
	/* Out: the bytes that stand there, of a Jupyter notebook, in the hub and recorded; zero:
	 * the entry's own are all. */
	struct oid whole;
	struct err why; /* out; code 0, or why this place must be left alone */
};

/*
 * Exports notebooks with their outputs, which a look leaves out, and records them: durable when
 * this returns ERR_OK. One export a place, except where it is known that source stands there, or
 * nothing. A place that cannot be read whole, or is not what was looked at any more (ERR_CONFLICT),
 * has its why, and must not be written to. ERR_CANCELLED, or an error of the workspace or the hub
 * as a whole.
 */
int workspace_record_whole(struct workspace_side *s, struct workspace_place *places, size_t count,
			   struct err *e);
