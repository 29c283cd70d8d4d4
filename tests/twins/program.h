/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Programs for the model of two machines: what people do in four places (the local directories of
 * machines A and B, the workspace, the branch), and when each machine runs a cycle, as a list of steps
 * that can be made at random, printed, read back and shortened. A step that makes no sense where it
 * stands does nothing, so any list of steps is a program.
 *
 * Sixteen lanes run side by side in one world, each a notebook with a law of its own (lane_law()).
 */

#include "base/buf.h"

#define LANES  16
#define CELLS  4 /* of each notebook */
#define TOKENS 10000

enum place { PLACE_A, PLACE_B, PLACE_WORKSPACE, PLACE_GIT, PLACES };
#define MACHINES 2

enum law {
	LAW_SOLO,  /* one place alone is worked at: what it has is everywhere */
	LAW_MOVED, /* the same, where the notebook is renamed and deleted, too */
	LAW_CELLS, /* each place has a cell: the last of each is everywhere */
	LAW_WILD,  /* everybody does everything: nothing is gone that nobody took away */
	LAWS
};
enum law lane_law(unsigned lane);
enum place lane_place(unsigned lane); /* of the first two laws */

enum verb {
	/* What somebody does to the notebook of a lane in a place. */
	VERB_EDIT,    /* one cell */
	VERB_RESTORE, /* an earlier version, as old as "cell" says */
	VERB_RENAME,  /* to its other name, or back */
	VERB_DELETE,  /* it; or it is made again */
	/* What a machine does. */
	VERB_HINTED, /* a cycle that events cause */
	VERB_FULL,
	VERB_COMMIT, /* somebody asks it for a commit */
	VERB_KILL,   /* a cycle in a process that dies at a phase */
	VERB_REOPEN, /* its daemon starts anew */
	VERB_PASS,   /* a minute, or as many as until a commit is due at the latest */
	VERB_SETTLE, /* both are awake until nothing is left to do, and all is judged */
	VERB_COUNT
};

enum phase {
	PHASE_NONE,
	PHASE_RECORD,
	PHASE_THINK,
	PHASE_ACT,
	PHASE_PUSH,
	PHASE_REQUEST, /* right before a request to the workspace */
	PHASE_COUNT
};
extern const char *const phase_names[PHASE_COUNT];
extern const char *const place_names[PLACES];

struct step {
	uint8_t verb, lane, place, machine;
	uint8_t cell;   /* which cell, how old, how long */
	uint8_t during; /* enum phase: not at once, but when the next cycle reaches it */
	uint16_t token; /* what is new in it */
};

struct program {
	const char *conflict; /* how the mapping prefers */
	struct step *steps;   /* owned */
	size_t count, cap;
};

void program_release(struct program *p);
void program_add(struct program *p, const struct step *s);
/* In lanes of one law, or with LAWS of all; the same arguments give the same. */
void program_random(struct program *out, uint64_t seed, enum law law);
extern const char *const law_names[LAWS];

bool step_has_lane(const struct step *s);
/* "conflict = keep-both", then one step a line; and back. False names the line that is wrong. */
void program_print(struct buf *out, const struct program *p);
bool program_parse(struct program *out, const char *text, unsigned *line);
