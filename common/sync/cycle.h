/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One mapping's synchroniser: open it once, run a cycle whenever there is a reason, close it. A
 * cycle looks at every side, records what it saw, thinks, guards and acts; see cycle_run().
 * Straight-line and blocking; one thread, one mapping, one process at a time (it holds the lock).
 */

#include "config/config.h"
#include "side/report.h"

struct cycle;
struct workspace_api;

struct cycle_options {
	const struct config *config; /* borrowed until cycle_close() */
	const char *mapping;
	const volatile int *cancel; /* may be NULL; non-zero ends a cycle soon and cleanly */
	/* May be NULL; called as work goes on: phase look, record, think, act, push,
	 * tidy. */
	void (*progress)(void *payload, const char *phase, size_t done, size_t total);
	void *payload;
	/* Borrowed until cycle_close(); who answers as the workspace: tests have one of their own. NULL:
	 * a Databricks workspace. */
	const struct workspace_api *workspace;
};

/* Takes the mapping's lock and opens its hub. Contacts nobody. ERR_RETRY: another process works on
 * this mapping. ERR_CONFIG: no such mapping, or the state directory is not usable. */
int cycle_open(struct cycle **out, const struct cycle_options *options, struct err *e);
void cycle_close(struct cycle *c);

/* A version that a human puts in the place of the agreed one, of a notebook or of everything below a
 * folder. */
struct cycle_adopt {
	const char *path; /* a stem, or a file name with its extension, or a folder */
	enum cycle_source { CYCLE_FROM_SIDE, CYCLE_FROM_REVISION, CYCLE_FROM_FILE } from;
	/* A side's name; or a commit of the history, 40 hex digits or at least 7 that are unique; or
	 * the absolute path of a file, for one notebook only. */
	const char *what;
};

struct cycle_request {
	bool full;                /* look at everything; otherwise only at the hints */
	const char *const *hints; /* local paths, relative to the local root: files or folders */
	size_t hint_count;
	bool hurry;          /* do not wait for commit_quiet (nobody comes back later) */
	bool fetch;          /* of a full cycle: ask the branch now, whatever git_poll says */
	bool commit;         /* commit and push now, whatever commit = and commit_quiet say */
	const char *summary; /* of that commit; NULL: made from the notebooks' names */
	/* The token of the plan that a human confirms (report.confirm of the cycle that planned it).
	 * Another plan waits for a confirmation of its own. NULL: nothing is confirmed. */
	const char *confirm;
	/* The mapping's branch, which the remote has not, is to begin where this branch of the remote
	 * stands; "": its default one. NULL: nobody asked for a branch. */
	const char *create_from;
	const struct cycle_adopt *adopt; /* NULL: nothing is put in the place of anything */
};

/* Runs one cycle. Never fails as a function: everything there is to say is in *out, which the
 * caller releases. The first cycle after opening is always full. */
void cycle_run(struct cycle *c, const struct cycle_request *request, struct report *out);

/* Whether the last cycle left work that a next one would do at once (something moved meanwhile). */
bool cycle_unsettled(const struct cycle *c);
