/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* What "nbsync status" shows, as JSON; the interface's description in api.c says what moments are. */

#include "daemon/supervisor.h"

/* Adds "daemon" and "mappings" to out. */
void status_fill(const struct supervisor *s, struct json *out);

/* One line for the service manager; changes only when a mapping's health does, not with every
 * cycle. The caller frees it. */
char *status_line(const struct supervisor *s);
