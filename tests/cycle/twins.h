/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Stories of two machines that share one folder of the workspace and one branch. What happens at machine
 * A, and to the places, is told in full, once for each of its points; at that point, in the middle of
 * A's cycle, B does what it does, then A goes on. A point is right before each act, and at each step
 * (base/step.h) that B could notice: a request to the workspace, its answer, a push, and each reference
 * of A's hub that moves. In the end both machines stay awake until nothing is left to do.
 *
 * In the end of each telling it must be so: what the story says is in all places of both machines; no
 * copy of a clash, nothing held, nothing that asked for a human at any time; no merge on the branch; no
 * version lost.
 */

#include "tests/world/texts.h"
#include "tests/world/world.h"

enum twin_verb {
	TWIN_END, /* of a list */
	TWIN_SAVE, /* text, NULL: it is deleted; the next hinted cycle learns of what a local editor did */
	TWIN_CELL,     /* the one line that begins as text up to its "=" becomes text */
	TWIN_RENAME,   /* path to text */
	TWIN_MANY,     /* n notebooks "PATHnn.py" are saved */
	TWIN_HINTED,   /* a cycle that the events of its machine cause */
	TWIN_FULL,     /* a cycle of the poll */
	TWIN_COMMIT,   /* somebody asks for a commit */
	TWIN_RESTORE,  /* somebody takes the version that has this text from the history */
	TWIN_RESTART,  /* the machine: what was only in memory is gone */
	TWIN_PASS,     /* n seconds */
	TWIN_IS,       /* expected: the text, NULL: nothing, is in all places; */
	TWIN_MANY_ARE, /* the n notebooks are, or with text "" none of them */
};

struct twin_act {
	enum twin_verb verb;
	unsigned machine; /* 0: A, 1: B */
	enum side_id side;
	const char *path, *text;
	unsigned n;
};

#define TWIN_ACTS 14
struct twin_story {
	const char *name;
	struct twin_act given[TWIN_ACTS]; /* which settles, and both machines have it */
	struct twin_act plays[TWIN_ACTS]; /* what happens while B sleeps … */
	struct twin_act wakes[TWIN_ACTS]; /* … until it does this, at one point of that */
	struct twin_act ends[TWIN_ACTS];
	/* B writes by itself. What it writes into the workspace between a last look of A and A's own
	 * request is overwritten, as the API has no condition: that is no point. */
	bool both_write;
};

/*
 * The program of such a test: plays stories at points of each, evenly spread, and at their end. The
 * exit status is 0 when none failed.
 *
 *   PART/PARTS           every PARTS-th story, beginning with PART
 *   NAME [N [VARIANT]]   one story; only with B waking at its N-th point
 *
 * The law is the same whatever is preferred and in whatever format notebooks are: variants of the
 * configuration (twins.c). NBSYNC_TWIN_POINTS in the environment: how many points of each story, and a
 * third of them in each variant but the first; "all". WORLD_LOG=debug tells what the cycles do.
 */
int twins_main(const struct twin_story *stories, size_t count, int argc, char **argv);

/* The words in which stories are written. */
#define L SIDE_LOCAL
#define W SIDE_WORKSPACE
#define G SIDE_GIT
#define A 0
#define B 1

#define TWIN(verb, machine, side, path, text, n)   \
	{                                          \
		verb, machine, side, path, text, n \
	}
#define SAVE(machine, side, file, text) TWIN(TWIN_SAVE, machine, side, file, text, 0)
#define CELL(machine, side, file, line) TWIN(TWIN_CELL, machine, side, file, line, 0)
#define RENAME(machine, side, from, to) TWIN(TWIN_RENAME, machine, side, from, to, 0)
#define MANY(side, start, count)        TWIN(TWIN_MANY, A, side, start, NULL, count)
#define HINTED(machine)                 TWIN(TWIN_HINTED, machine, L, NULL, NULL, 0)
#define FULL(machine)                   TWIN(TWIN_FULL, machine, L, NULL, NULL, 0)
#define COMMIT(machine)                 TWIN(TWIN_COMMIT, machine, L, NULL, NULL, 0)
#define RESTORE(machine, stem, text)    TWIN(TWIN_RESTORE, machine, L, stem, text, 0)
#define RESTART(machine)                TWIN(TWIN_RESTART, machine, L, NULL, NULL, 0)
#define PASS(seconds)                   TWIN(TWIN_PASS, A, L, NULL, NULL, seconds)
#define IS(file, text)                  TWIN(TWIN_IS, A, L, file, text, 0)
#define IS_NOT(file)                    IS(file, NULL)
#define MANY_ARE(start, count)          TWIN(TWIN_MANY_ARE, A, L, start, NULL, count)
#define MANY_ARE_NOT(start, count)      TWIN(TWIN_MANY_ARE, A, L, start, "", count)

#define QUIET                           40  /* seconds after which a commit is due */
#define LONG                            400 /* after which nobody waits for anybody any more */
