/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Memory for whole notebooks. A notebook of 50 MB is copied in a few milliseconds, but the faults
 * of 12,000 fresh pages cost ten times that, so large blocks ask for huge pages.
 */

#include "base/buf.h"

/* As xmalloc(); free() it. */
void *memory_block(size_t size);

/* Room for so many bytes more, as far as out may grow at all; never fills it up. Best before the
 * first byte is added. */
void memory_reserve(struct buf *out, size_t more);
