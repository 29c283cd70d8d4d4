/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The workspace side's connection. */

#include "side/workspace/internal.h"

/* Makes the connection, if there is none, and finds the mapping's folder (root). Makes no request.
 * ERR_CONFIG: no profile, token or CA file. */
int workspace_connect(struct workspace_side *s, struct err *e);
/* Closes it; without one, does nothing. The next workspace_connect() reads the token again. */
void workspace_disconnect(struct workspace_side *s);
/* Writes into the report how many requests that may change something this connection has sent. */
void workspace_count_requests(const struct workspace_side *s);
