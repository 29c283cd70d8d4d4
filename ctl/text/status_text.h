/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The daemon's status as people read it, and what it means for the exit code. Pure. */

#include "base/buf.h"
#include "format/json.h"

/*
 * Appends a table of the mappings, then one line for whatever needs attention or explanation.
 * reply is the answer of org.nbsync.Daemon.Status; now_ms the current Unix time in milliseconds.
 * Texts from elsewhere are escaped: a notebook's name cannot move the cursor.
 */
void status_text(const struct json *reply, int64_t now_ms, struct buf *out);

/* EXIT_ATTENTION when a mapping, a side or a path is held or in conflict, else EXIT_DONE. */
int status_exit(const struct json *reply);
