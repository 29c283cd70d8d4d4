/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A local notebook whose file has lost its header; see header.c. */

#include "side/local/internal.h"

/* Sets and returns ERR_INVALID: the sentence for a notebook in file whose header is gone, and what
 * to do. */
int local_header_missing(const struct side_context *c, const struct row *row, const char *file,
			 struct err *e);
