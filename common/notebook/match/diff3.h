/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Three-way merge of texts by lines. */

#include "notebook/model/model.h"

/*
 * Adds the merged text to out and returns true; false when both sides changed the same or adjoining
 * lines differently (out is then untouched). Every line of the result comes from one of the three,
 * and no line that only one side removed or wrote is lost.
 */
bool diff3_merge(struct buf *out, struct span base, struct span ours, struct span theirs);
