/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The memory that the collected answers of one http_run() share: pure decisions, no clock, no I/O.
 *
 * What arrives beyond it waits on the wire. The transfer that began first never waits: it is bounded
 * by its own response_max, ends, and then another one is the first. So nothing waits for ever,
 * nothing fails for want of memory, and at most budget + one answer is held.
 */

#include "base/util.h"

struct http_budget {
	size_t max;  /* bytes; 0: no limit */
	size_t used; /* bytes of answers in flight, and of ended ones that nobody has taken yet */
};

/* Whether a transfer may take more bytes now; first: none in flight began before it. */
bool http_budget_admits(const struct http_budget *b, size_t more, bool first);

void http_budget_take(struct http_budget *b, size_t bytes);
void http_budget_give(struct http_budget *b, size_t bytes);
