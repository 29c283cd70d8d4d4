/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "notebook/match/place.h"

/* notebook_update() with a given match. Adds nothing to out on failure. */
int update_matched(const struct update *with, struct buf *out, struct err *e);
