/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What a cycle and the sides of a mapping share. It lives as long as the mapping is open. The sides
 * read and change the table, the state and the report through the functions of this folder; what one
 * side needs for itself alone stands in that side's own structure.
 */

#include "filter/filter.h"
#include "memory/content.h"
#include "memory/state.h"
#include "side/report.h"
#include <version.h> /* the project's, from the build directory */

#define CONTEXT_USER_AGENT "nbsyncd/" NBSYNC_VERSION

/* Whoever runs the cycle: asks it to stop, and hears how far it is. */
struct run {
	const volatile int *cancel; /* may be NULL; non-zero: end soon and cleanly */
	/* May be NULL; phase look, record, think, act, push, tidy, workspace. */
	void (*progress)(void *payload, const char *phase, size_t done, size_t total);
	void *payload;
};

/* What a human said yes to, and what tells the sides' roots (root.h). */
struct approvals {
	const char *confirm;             /* borrowed; the token of a plan; NULL: none */
	bool root_confirmed[SIDE_COUNT]; /* in this cycle: that the side lost everything */
	char *root_known[SIDE_COUNT];    /* owned; the identity as recorded; NULL: not read */
};

struct side_context {
	const struct config *config;          /* borrowed */
	const struct config_mapping *mapping; /* borrowed */
	struct run run;
	struct hub *hub; /* borrowed */
	struct table table;
	struct table plain; /* files that are no notebooks, by name: only stat (local), raw (git) */
	struct table copies; /* copies of clashes, by the name they have where they stand */
	struct state state;
	struct content content;
	struct filter filter;
	struct report *report; /* borrowed; of the cycle in progress */
	struct approvals approvals;
	/* Something moved meanwhile: a next cycle would do more; and how many cycles in a row, before
	 * this one, ended so. */
	bool unsettled;
	unsigned tries;
	bool rules_changed; /* the ignore files: all sides are to be looked at in full */
};

bool context_cancelled(const struct side_context *c);
void context_progress(const struct side_context *c, const char *phase, size_t done, size_t total);

/* How many managed notebooks a side held when it last agreed: what a root that shows none of them
 * is measured against. */
size_t context_known(const struct side_context *c, enum side_id side);
/* How many managed notebooks, held ones included, it has as last looked at. */
size_t context_holds(const struct side_context *c, enum side_id side);
