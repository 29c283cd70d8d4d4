/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * In which order the paths of one cycle are acted on. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

struct order_item {
	const char *path; /* borrowed */
	bool writes;      /* something is written there; otherwise something is deleted */
	bool makes_way;   /* a deletion that one of the writes needs, whatever the paths say */
	void *payload;
	unsigned char step; /* set by order_sort(): items of another step must be done before */
};

/*
 * Sorts into three steps: first the deletions that stand in the way of a write (a notebook where a
 * folder is needed, or one in a folder where a notebook is to be), then the writes, parents first,
 * then all other deletions, children first. So a renamed notebook exists under its new name before
 * the old one goes. The same items give the same order.
 */
void order_sort(struct order_item *items, size_t count);
