/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which notebooks a mapping manages. The same answer on every side, so that a path that stops being
 * managed disappears from all of them at once and is deleted from none.
 */

#include "config/config.h"
#include "sync/names.h"

/* By the ignored names, include and exclude. stem is relative to the mapping's roots. */
bool filter_manages(const struct config_mapping *m, const char *stem);
