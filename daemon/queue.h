/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Who may run next: at most so many workers live at once, lingering ones included. Cycles start in
 * the order they were queued; a worker that lingers idle makes room for a mapping that waits.
 */

#include "daemon/mapping.h"

/* Starts what may start now, and asks idle workers to end for what may not. */
void queue_run(struct mapping *const *mappings, size_t count, int64_t workers);
