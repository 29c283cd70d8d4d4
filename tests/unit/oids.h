/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Object ids that no object has, for what is only to tell them apart. */

#include <string.h>

#include "base/oid.h"

/* The nth one. colliding: all begin with the same bytes, so that a table that hashes by these has
 * them in one place. */
static inline struct oid numbered_oid(uint32_t n, bool colliding)
{
	struct oid id = { { 0 } };
	uint32_t spread = n * 2654435761u;

	if (!colliding)
		memcpy(id.id, &spread, sizeof(spread));
	memcpy(id.id + 16, &n, sizeof(n));
	return id;
}
