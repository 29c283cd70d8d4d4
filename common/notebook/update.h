/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

#include "notebook/match/place.h"

/* notebook_update() with a given match. Adds nothing to out on failure. */
int update_matched(const struct update *with, struct buf *out, struct err *e);

/* The same as a new notebook; and a copy of nb with all that it says. */
int update_parse(struct notebook **out, const struct update *with, struct err *e);
int update_copy(struct notebook **out, const struct notebook *nb, struct err *e);
