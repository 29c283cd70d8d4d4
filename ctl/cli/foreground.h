/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Cycles in this process, without a daemon: for cron, CI, debuggers and users who want no service.
 */

#include "ctl/cli/cli.h"
#include "format/json.h"
#include "sync/cycle.h"

/* Once, before the first cycle: libgit2, and signals that end a cycle soon and cleanly. */
int foreground_start(struct err *e);
void foreground_stop(void);

/*
 * Runs cycles of a mapping until nothing moves any more, in all sides and without waiting for
 * commit_quiet; the first of them does what request asks for beside that. *result is the last one's
 * report as JSON, as the worker sends it, with the counts of all and the answer of the first; the
 * caller frees it. An error only when the mapping cannot be opened: ERR_RETRY while another process,
 * a daemon for example, works on it.
 */
int foreground_run(struct json **result, const struct config *config, const char *mapping,
		   const struct cycle_request *request, struct err *e);
