/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Scenarios of tests/crash, played again and again from the same moment, in processes of their own. */

#include "tests/crash/scenario.h"

struct play {
	const struct scenario *scenario;
	struct world *w;
	char *start; /* a copy of the world's directory, of the moment at which the story begins */
	/* What the undisturbed run ended in. */
	char *sides, *memory;
	struct world_picture *before, *after;
	bool either; /* which version of a clash wins depends on which side could be reached first */
};

/* The scenario of this name, without accidents. NULL when that goes wrong, which it says. */
struct play *play_new(const char *name, bool either);
void play_free(struct play *p);
/* Back to the beginning. */
void play_rewind(struct play *p);

/* What people and processes do until there is nothing left to do; false: more than a dozen cycles. */
bool play_work(struct play *p);
/* Runs work in a process that inherits the world. The answer is NULL when it ended well; a text says
 * what it found, or how it died otherwise. *status as from waitpid(). */
char *play_fork(struct play *p, char *(*work)(struct play *p, void *payload), void *payload,
		int *status);

/* What the sides hold, as text. Without folders: one that was emptied and stays is no loss. Owned by
 * the caller. */
char *play_sides(struct play *p);
/* Whether everything is as without accidents: NULL, or what differs. Leaves the mapping closed. */
char *play_judge(struct play *p);
void play_failed(const struct play *p, const char *accident, const char *what);
extern unsigned play_failures;

/* How many of total points to try; NBSYNC_FAULT_POINTS in the environment overrules wanted ("all"). */
unsigned play_points(unsigned wanted, unsigned total);
/* The i-th of points numbers from 1 to total, evenly spread. */
unsigned play_point(unsigned i, unsigned points, unsigned total);
