/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A world of two machines in which a program is played, and what is known about it without asking
 * nbsync. Each cell that somebody writes is a text of its own, a token.
 */

#include "tests/twins/program.h"
#include "tests/world/world.h"

#define NAMES 2 /* that a notebook may have */

struct lane {
	/* Of the first two laws: what its place has; text NULL: nothing. */
	unsigned name;
	char *text; /* owned */
	/* What stood somewhere at some time, to be brought back; owned strings. */
	char **past;
	size_t past_count, past_cap;
	/* Of cells: the last token of each place. */
	uint16_t last[PLACES];
};

struct twins {
	struct world *machines[MACHINES];
	const struct program *program;
	struct lane lanes[LANES];
	bool known[TOKENS], taken[TOKENS]; /* somebody wrote it; somebody who saw it took it away */
	char **hints[MACHINES];            /* owned: what events told */
	size_t hint_count[MACHINES], hint_cap[MACHINES];
	const struct step **waiting; /* for a phase of the next cycle */
	size_t waiting_count;
	const struct world *running; /* whose cycle it is; NULL: nobody's */
	bool nested;                 /* another one's runs in the middle of that */
	enum phase dies;             /* this process, when its cycle reaches that */
	char *wrong;                 /* owned; NULL as long as all is well */
};

/* Plays a program in a new world. NULL, or what is wrong, owned by the caller. */
char *twins_play(const struct program *p);

/* Says what is wrong; the first one stays that has none of these texts in it. */
#define TWINS_IGNORED 16
extern const char *twins_ignored[TWINS_IGNORED];
void twins_wrong(struct twins *t, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ---- people (people.c) ---- */

void twins_begin(struct twins *t);
void twins_do(struct twins *t, const struct step *s);
void lane_release(struct lane *l);

/* ---- looking ---- */

/* The machine at which a place is looked at, and which of its sides it is. */
struct world *place_world(const struct twins *t, enum place p);
enum side_id place_side(enum place p);
char *lane_file(unsigned lane, unsigned name); /* "d/n03.py", owned */
/* Owned by the caller; NULL: no such file. */
char *place_read(const struct twins *t, enum place p, unsigned lane, unsigned name);
/* The tokens of a text: calls fn for each. */
void each_token(const char *text, void (*fn)(void *payload, unsigned token), void *payload);

/* ---- judging (judge.c) ---- */

/* What must be so once both machines have nothing to do any more. */
void twins_judge(struct twins *t);
/* And at the end of a program. */
void twins_judge_end(struct twins *t);
