/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Scenarios: what people did before a process started, and what has to be true when everything has
 * settled. Tables; test-crash.c plays them.
 */

#include "tests/source_text.h"
#include "tests/world/world.h"

enum verb {
	ACT_END, /* of a list */

	/* What people do. */
	ACT_WRITE,
	ACT_WRITE_MANY, /* n files "PATH00.py" with contents of their own */
	ACT_DELETE,
	ACT_DELETE_MANY,
	ACT_RENAME, /* path to text */
	ACT_MKDIR,
	ACT_DELETE_COPIES, /* of conflicts, on the local side */
	ACT_FAULT,         /* n: enum world_fault */
	ACT_SETTLE,        /* nobody does anything for a while */
	ACT_PASS,          /* n hours */
	ACT_LOCK,          /* nobody can push; n 0: everybody can again */
	ACT_COMMIT,        /* a person commits with the summary text, and goes */

	/* What is true. */
	EXPECT_PART, /* the file has this text somewhere */
	EXPECT_TEXT, /* the file has this text, but for newlines at its end; text NULL: is not there */
	EXPECT_EVERYWHERE, /* the same on all sides of the mapping */
	EXPECT_COPIES,     /* n conflict copies on the local side */
	EXPECT_MANY,       /* all n files, on all sides; text NULL: none of them */
	EXPECT_HELD,       /* the last cycle reported at least one held path or side */
};

struct act {
	enum verb verb;
	enum side_id side;
	const char *path, *text;
	unsigned n;
};

#define ACTS_MAX 12
struct scenario {
	const char *name;
	struct world_options options;
	struct act given[ACTS_MAX];     /* the past, which has settled; nothing: first contact */
	struct act when[ACTS_MAX];      /* what happened before the process starts that will die */
	struct act meanwhile[ACTS_MAX]; /* happens at the moment of the first push */
	/* The past was on another branch, from which main begins; that one is in the configuration when
	 * the process starts, and a person confirms it as often as that is asked. */
	bool from_old;
	bool commit; /* a person asks for a commit, after all has settled */
	struct act then[ACTS_MAX];
	bool by_id; /* what was renamed is known by ids that only the cache has */
	/* The subjects of the branch's commits, oldest first, each followed by '|'; merges are marked.
	 * Of any death; NULL: not looked at. */
	const char *history;
	bool retries;       /* something is refused for ever, and tried again in each cycle */
	const char *broken; /* not NULL: known not to work, and why; is not played */
};

extern const struct scenario edit_scenarios[], name_scenarios[];
extern const size_t edit_scenario_count, name_scenario_count;

/* Plays a list. Expectations that do not hold: a text that says so, owned by the caller. */
char *scenario_play(struct world *w, const struct act *acts);
/* The branch as scenario.history says it. Owned by the caller. */
char *scenario_history(const struct world *w);
/* NULL when both are the same; otherwise both, what they are of and what happened to the second
 * ("a death"). Owned by the caller. */
char *scenario_difference(const char *what, const char *happened, const char *expected,
			  const char *found);
