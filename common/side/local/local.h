/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The local side: a directory on this machine. */

#include "side/side.h"

/* Opens nothing yet. The caller frees it with its close(). */
struct side *local_side_new(struct side_context *c);
