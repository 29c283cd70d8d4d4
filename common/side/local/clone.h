/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The working tree that the local directory is in, around looks and writes; see clone.c. */

#include "side/local/internal.h"

/* Before a look: whether the directory may be looked at now. ERR_RETRY with what is under way in the
 * working tree, ERR_CONFIG as clone_open(). */
int local_clone_begin(struct local_side *s, struct err *e);
/* After it: whether what was seen is to be believed. *again: something was done there meanwhile, and a
 * full look may be believed; otherwise as local_clone_begin(). */
int local_clone_end(struct local_side *s, bool *again, struct err *e);

/* Right before something is written or removed. ERR_RETRY: not now. */
int local_clone_may_write(struct local_side *s, struct err *e);
/* Once before many writes: as that, and whether the working tree's branch and the remote's have both
 * moved on. */
int local_clone_may_receive(struct local_side *s, struct err *e);
