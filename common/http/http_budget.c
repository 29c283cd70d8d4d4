/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sharing memory between transfers. Who waits is asked again whenever something has ended; nothing is
 * remembered here about who that is.
 */

#include "http/http_budget.h"

#include <assert.h>

bool http_budget_admits(const struct http_budget *b, size_t more, bool first)
{
	if (first || !b->max)
		return true;
	return b->used <= b->max && more <= b->max - b->used;
}

void http_budget_take(struct http_budget *b, size_t bytes)
{
	assert(bytes <= SIZE_MAX - b->used);
	b->used += bytes;
}

void http_budget_give(struct http_budget *b, size_t bytes)
{
	assert(bytes <= b->used);
	b->used -= bytes;
}
