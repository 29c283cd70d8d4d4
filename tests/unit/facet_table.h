/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * facet-table.txt: what becomes of each facet of a notebook when it is merged and lifted, whatever
 * the sides changed and in which format they stand, for people to read.
 */

#include "base/buf.h"

/* The whole. Owned by the caller. The test fails where a merge or a lift is refused. */
char *facet_table(void);
