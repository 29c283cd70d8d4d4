/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * JSON values compared for what they mean, whatever their spelling: the order of keys, white space,
 * escapes, and 1.0 for 1 do not count. Of keys that stand twice in an object the last one does, as
 * for every reader of JSON.
 */

#include "notebook/json/jscan.h"

enum jvalue_kind {
	JVALUE_PLAIN,
	/* A list of outputs (nbformat 4): the execution_count that an output repeats does not count,
	 * and text is the same as one string and as a list of its lines. */
	JVALUE_OUTPUTS
};

/* Adds the one spelling of a validated value. Takes the nesting of the value, at most
 * JSCAN_DEPTH_MAX, in stack frames. */
void jvalue_canonical(struct buf *out, struct span value, enum jvalue_kind kind);

/* Whether two validated values mean the same; a value that is missing (at is NULL) equals only
 * another one that is. */
bool jvalue_equal(struct span a, struct span b, enum jvalue_kind kind);

/* Whether a value is missing or says nothing: null, {} or []. */
bool jvalue_is_nothing(struct span value);
