/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two machines, one of which sleeps and wakes while the other works: whoever lags behind has made no
 * edit, and whoever brings an old version back has. See twins.h for how these are told.
 */

#include "base/util.h"
#include "tests/cycle/twins.h"

#define F    "etl/a.py"
#define V0   OLD
#define V1   EDIT_1
#define V2   OTHER_1
#define BOTH CELLS("first = 11", "second = 2", "third = 30")

/* Both have V0 on all sides. */
#define BOTH_HAVE_V0 .given = { SAVE(A, L, F, V0), SAVE(A, L, "b.py", PY "b = 1\n") }
/* V1 is everywhere but at B; V2 comes after it. */
#define V1_ARRIVES         SAVE(A, L, F, V1), HINTED(A), PASS(QUIET), FULL(A)
#define CELL_ARRIVES(line) CELL(A, L, F, line), HINTED(A), PASS(QUIET), FULL(A)
#define V2_ARRIVES         SAVE(A, L, F, V2), HINTED(A), PASS(QUIET), FULL(A)

/* What B does when it wakes. */
#define A_MOMENT FULL(B), FULL(B)
#define FOR_LONG FULL(B), FULL(B), PASS(QUIET), FULL(B), PASS(LONG), FULL(B), FULL(B)

static const struct twin_story stories[] = {
	/* ---- whoever sleeps makes no edit: the newest is everywhere ---- */
	{ .name = "saves at A, B wakes for a moment",
	  BOTH_HAVE_V0,
	  .plays = { V1_ARRIVES, V2_ARRIVES, FULL(A) },
	  .wakes = { A_MOMENT },
	  .ends = { IS(F, V2) } },
	{ .name = "saves at A, B stays awake for long",
	  BOTH_HAVE_V0,
	  .plays = { V1_ARRIVES, V2_ARRIVES, FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V2) } },
	{ .name = "saves at A, B starts",
	  BOTH_HAVE_V0,
	  .plays = { V1_ARRIVES, V2_ARRIVES, FULL(A) },
	  .wakes = { RESTART(B), FOR_LONG },
	  .ends = { IS(F, V2) } },
	{ .name = "saves in the workspace",
	  BOTH_HAVE_V0,
	  .plays = { SAVE(A, W, F, V1), FULL(A), PASS(QUIET), FULL(A), SAVE(A, W, F, V2), FULL(A),
		     PASS(QUIET), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V2) } },
	{ .name = "commits by somebody else",
	  BOTH_HAVE_V0,
	  .plays = { SAVE(A, G, F, V1), FULL(A), FULL(A), SAVE(A, G, F, V2), FULL(A), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V2) } },
	{ .name = "a save at A, a commit of the next by somebody else",
	  BOTH_HAVE_V0,
	  .plays = { V1_ARRIVES, SAVE(A, G, F, V2), FULL(A), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V2) } },
	{ .name = "many saves at A, one commit",
	  BOTH_HAVE_V0,
	  .plays = { SAVE(A, L, F, V1), HINTED(A), SAVE(A, L, F, V2), HINTED(A),
		     SAVE(A, L, F, THIRD_1), HINTED(A), PASS(QUIET), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, THIRD_1) } },
	{ .name = "saves at A, committed by hand",
	  BOTH_HAVE_V0,
	  .plays = { SAVE(A, L, F, V1), HINTED(A), COMMIT(A), SAVE(A, L, F, V2), HINTED(A),
		     COMMIT(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V2) } },
	{ .name = "a new notebook at A, saved twice",
	  BOTH_HAVE_V0,
	  .plays = { SAVE(A, L, "new.py", V0), HINTED(A), PASS(QUIET), FULL(A),
		     SAVE(A, L, "new.py", V1), HINTED(A), PASS(QUIET), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS("new.py", V1) } },

	/* ---- what somebody brings back is an edit ---- */
	{ .name = "V0 comes back in the workspace",
	  BOTH_HAVE_V0,
	  .plays = { V1_ARRIVES, SAVE(A, W, F, V0), FULL(A), PASS(QUIET), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V0) } },
	{ .name = "V1 comes back in the workspace",
	  BOTH_HAVE_V0,
	  .plays = { V1_ARRIVES, V2_ARRIVES, SAVE(A, W, F, V1), FULL(A), PASS(QUIET), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V1) } },
	{ .name = "V0 comes back by a commit",
	  BOTH_HAVE_V0,
	  .plays = { V1_ARRIVES, SAVE(A, G, F, V0), FULL(A), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V0) } },
	{ .name = "V1 comes back by a commit",
	  BOTH_HAVE_V0,
	  .plays = { V1_ARRIVES, V2_ARRIVES, SAVE(A, G, F, V1), FULL(A), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V1) } },
	{ .name = "V0 comes back in A's file",
	  BOTH_HAVE_V0,
	  .plays = { V1_ARRIVES, SAVE(A, L, F, V0), HINTED(A), PASS(QUIET), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V0) } },
	{ .name = "V1 comes back in A's file",
	  BOTH_HAVE_V0,
	  .plays = { V1_ARRIVES, V2_ARRIVES, SAVE(A, L, F, V1), HINTED(A), PASS(QUIET), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V1) } },
	{ .name = "V0 comes back by 'nbsync restore' at A",
	  BOTH_HAVE_V0,
	  .plays = { V1_ARRIVES, RESTORE(A, "etl/a", V0), PASS(QUIET), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V0) } },
	{ .name = "V1 comes back by 'nbsync restore' at A",
	  BOTH_HAVE_V0,
	  .plays = { V1_ARRIVES, V2_ARRIVES, RESTORE(A, "etl/a", V1), PASS(QUIET), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS(F, V1) } },

	/* ---- two people, two cells ---- */
	{ .name = "A edits one cell twice, B another one before it wakes",
	  BOTH_HAVE_V0,
	  .plays = { CELL_ARRIVES("first = 10"), CELL_ARRIVES("first = 11"), FULL(A) },
	  .wakes = { CELL(B, L, F, "third = 30"), FOR_LONG },
	  .ends = { IS(F, BOTH) },
	  .both_write = true },
	{ .name = "A edits one cell twice, B another one, and sleeps again",
	  BOTH_HAVE_V0,
	  .plays = { CELL_ARRIVES("first = 10"), CELL_ARRIVES("first = 11"), FULL(A) },
	  .wakes = { CELL(B, L, F, "third = 30"), HINTED(B) },
	  .ends = { IS(F, BOTH) },
	  .both_write = true },
	{ .name = "one cell by two commits, another one at A",
	  BOTH_HAVE_V0,
	  .plays = { CELL(A, G, F, "third = 29"), CELL(A, L, F, "first = 10"), HINTED(A),
		     CELL(A, G, F, "third = 30"), FULL(A), PASS(QUIET), FULL(A) },
	  .wakes = { A_MOMENT },
	  .ends = { IS(F, CELLS("first = 10", "second = 2", "third = 30")) },
	  .both_write = true },
	{ .name = "one cell in the workspace, another one at B",
	  BOTH_HAVE_V0,
	  .plays = { CELL(A, W, F, "first = 10"), FULL(A), PASS(QUIET), FULL(A), FULL(A) },
	  .wakes = { CELL(B, L, F, "third = 30"), FOR_LONG },
	  .ends = { IS(F, CELLS("first = 10", "second = 2", "third = 30")) },
	  .both_write = true },
};

int main(int argc, char **argv)
{
	return twins_main(stories, ARRAY_SIZE(stories), argc, argv);
}
