/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a cycle and the sides of a mapping share. It lives as long as the mapping is open.
 * sync/open.c fills it. The sides read and change the table, the state and the report through the
 * functions of their headers and of this folder; what one side needs for itself alone stands in
 * that side's own structure.
 *
 * This header brings those of its members: the table, the filter, the state, the contents, the
 * report, the hub and the configuration.
 */

#include "config/config.h"
#include "filter/filter.h"
#include "git/hub/hub.h"
#include "memory/content.h"
#include "memory/state.h"
#include "plan/table.h"
#include "side/report.h"
#include <version.h> /* the project's, from the build directory */

#define CONTEXT_USER_AGENT "nbsyncd/" NBSYNC_VERSION

/* From whoever runs the cycle: how it is asked to stop, and how it says how far it is. */
struct run {
	const volatile int *cancel; /* may be NULL; non-zero: end soon and cleanly */
	/* May be NULL; phase look, record, think, act, push, tidy, workspace. */
	void (*progress)(void *payload, const char *phase, size_t done, size_t total);
	void *payload;
};

/* What a human confirmed, and which root each side has (root.h). */
struct approvals {
	const char *confirm; /* borrowed; the token of a plan; NULL: none */
	bool root_confirmed
		[SIDE_COUNT]; /* in this cycle: that the side is another one, or lost everything */
	char *root_known[SIDE_COUNT]; /* owned; the identity as recorded; NULL: not read */
};

struct side_context {
	const struct config *config;          /* borrowed */
	const struct config_mapping *mapping; /* borrowed */
	struct run run;
	struct hub *hub; /* borrowed */
	struct table table;
	/* Files that are known to be no notebooks, and are none of the mapping's, by name; of each
	 * entry only stat (local) and raw (git) are used. */
	struct table plain;
	struct table copies; /* copies of clashes, by the name they have where they stand */
	struct state state;
	struct content content;
	struct filter filter;
	struct report *report; /* borrowed; of the cycle in progress */
	struct approvals approvals;
	bool unsettled; /* another cycle is to come soon: something changed during this one */
	unsigned tries; /* how many cycles in a row, before this one, ended unsettled */
	/* The ignore files changed in a look: the other sides are to be looked at in full. The
	 * cycle resets it. */
	bool rules_changed;
	/* clone = follow: the commit that the local files stand on, as last looked at; zero: that is
	 * not known. */
	struct oid standing;
};

/* Whether the cycle is to end soon. */
bool context_cancelled(const struct side_context *c);
/* Says how far a phase is (see run.progress), and that we are alive; total 0: not known. */
void context_progress(const struct side_context *c, const char *phase, size_t done, size_t total);

/* How many managed notebooks a side held when it last agreed. */
size_t context_known(const struct side_context *c, enum side_id side);
/* The Git side's base belongs to another branch than the one in the configuration. */
bool context_other_branch(const struct side_context *c);
/* How many managed notebooks, held ones included, it has as last looked at. */
size_t context_holds(const struct side_context *c, enum side_id side);
