/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Between choosing what goes into a new pack (repack.c) and writing it (write.c).
 */

#include "git/repack/stock.h"

/*
 * Writes objects into one pack, in this order; names are parallel to them (see reach.h). When it
 * returns, the pack is durable, known to the hub, and holds them all. *name is "pack-<hex>", owned,
 * perhaps that of a pack that was there. ERR_CANCELLED, ERR_RETRY, ERR_BUG.
 */
int repack_write(struct hub *h, const struct repack_request *request, const struct oid_set *objects,
		 const uint32_t *names, char **name, struct err *e);
