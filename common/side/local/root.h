/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The directory of the local side; see root.c. */

#include "side/local/internal.h"

/* Opens the directory, or opens it anew, and makes it when it never was there. Cleans up what a
 * write of ours that was cut short left in it. ERR_CONFIG when it is missing although the side held
 * notebooks, or is no directory. */
int local_open_root(struct local_side *s, struct err *e);

/* At the end of a full look: whether the directory is the one that it was, and what of the missing
 * notebooks is deleted; entries that were not found become absent. Errors: see side/root.h, and
 * local_check_same_root(). */
int local_check_root(struct local_side *s, struct err *e);

/* ERR_RETRY when the configured directory is not the one that is open: what seems to be deleted may
 * be on a file system that is not mounted any more. */
int local_check_same_root(const struct local_side *s, struct err *e);
