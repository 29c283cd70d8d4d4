/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two machines, one of which sleeps while notebooks come and go: what it never saw, and what is gone
 * when it looks, does not come back. See twins.h.
 */

#include "base/util.h"
#include "tests/cycle/twins.h"

#define FIRST        "etl/a.py"
#define SECOND       "etl/m.py"
#define THIRD        "etl/z.py"
#define MOST         30

#define BOTH_HAVE_IT .given = { SAVE(A, L, FIRST, OLD), SAVE(A, L, "b.py", PY "b = 1\n") }
#define BOTH_HAVE_B  .given = { SAVE(A, L, "b.py", PY "b = 1\n"), SAVE(A, L, "c.py", PY "c = 1\n") }

/* All that is so far is on the branch when one of these has happened. */
#define LOCALLY(act)   act, HINTED(A), PASS(QUIET), FULL(A)
#define ELSEWHERE(act) act, FULL(A), PASS(QUIET), FULL(A)
/* This is in the workspace, and not on the branch. */
#define LAST_LOCALLY(act) act, HINTED(A)

#define GONE(side, file)  SAVE(A, side, file, NULL)
#define FOR_LONG          FULL(B), FULL(B), PASS(QUIET), FULL(B), PASS(LONG), FULL(B), FULL(B)

#define ONLY_FIRST(text)  IS(FIRST, text), IS_NOT(SECOND), IS_NOT(THIRD)
#define ONLY_THIRD(text)  IS(THIRD, text), IS_NOT(FIRST), IS_NOT(SECOND)
#define NOTHING           IS_NOT(FIRST), IS_NOT(SECOND), IS_NOT(THIRD)

static const struct twin_story stories[] = {
	/* ---- two names ---- */
	{ .name = "renamed twice at A",
	  BOTH_HAVE_IT,
	  .plays = { LOCALLY(RENAME(A, L, FIRST, SECOND)),
		     LAST_LOCALLY(RENAME(A, L, SECOND, THIRD)) },
	  .wakes = { FOR_LONG },
	  .ends = { ONLY_THIRD(OLD) } },
	{ .name = "renamed twice in the workspace",
	  BOTH_HAVE_IT,
	  .plays = { ELSEWHERE(RENAME(A, W, FIRST, SECOND)), RENAME(A, W, SECOND, THIRD) },
	  .wakes = { FOR_LONG },
	  .ends = { ONLY_THIRD(OLD) } },
	{ .name = "renamed twice by commits",
	  BOTH_HAVE_IT,
	  .plays = { ELSEWHERE(RENAME(A, G, FIRST, SECOND)), RENAME(A, G, SECOND, THIRD), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { ONLY_THIRD(OLD) } },
	{ .name = "renamed twice and edited at A",
	  BOTH_HAVE_IT,
	  .plays = { LOCALLY(RENAME(A, L, FIRST, SECOND)), RENAME(A, L, SECOND, THIRD),
		     LAST_LOCALLY(CELL(A, L, THIRD, "first = 10")) },
	  .wakes = { FOR_LONG },
	  .ends = { ONLY_THIRD(EDIT_1) } },
	{ .name = "renamed there and back at A",
	  BOTH_HAVE_IT,
	  .plays = { LOCALLY(RENAME(A, L, FIRST, SECOND)),
		     LAST_LOCALLY(RENAME(A, L, SECOND, FIRST)) },
	  .wakes = { FOR_LONG },
	  .ends = { ONLY_FIRST(OLD) } },
	{ .name = "renamed there and back in the workspace",
	  BOTH_HAVE_IT,
	  .plays = { ELSEWHERE(RENAME(A, W, FIRST, SECOND)), RENAME(A, W, SECOND, FIRST) },
	  .wakes = { FOR_LONG },
	  .ends = { ONLY_FIRST(OLD) } },
	{ .name = "renamed there and back by commits",
	  BOTH_HAVE_IT,
	  .plays = { ELSEWHERE(RENAME(A, G, FIRST, SECOND)), RENAME(A, G, SECOND, FIRST), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { ONLY_FIRST(OLD) } },
	{ .name = "renamed there and back in the workspace, B starts",
	  BOTH_HAVE_IT,
	  .plays = { ELSEWHERE(RENAME(A, W, FIRST, SECOND)), RENAME(A, W, SECOND, FIRST) },
	  .wakes = { RESTART(B), FOR_LONG },
	  .ends = { ONLY_FIRST(OLD) } },
	{ .name = "a folder renamed twice at A",
	  .given = { MANY(L, "old/n", MOST), SAVE(A, L, "b.py", PY "b = 1\n") },
	  .plays = { LOCALLY(RENAME(A, L, "old", "mid")),
		     LAST_LOCALLY(RENAME(A, L, "mid", "new")) },
	  .wakes = { FOR_LONG },
	  .ends = { MANY_ARE("new/n", MOST), MANY_ARE_NOT("old/n", MOST),
		    MANY_ARE_NOT("mid/n", MOST) } },

	/* ---- came and went ---- */
	{ .name = "new at A, and deleted there",
	  BOTH_HAVE_B,
	  .plays = { LOCALLY(SAVE(A, L, FIRST, OLD)), LAST_LOCALLY(GONE(L, FIRST)) },
	  .wakes = { FOR_LONG },
	  .ends = { NOTHING } },
	{ .name = "new at A, deleted in the workspace",
	  BOTH_HAVE_B,
	  .plays = { LOCALLY(SAVE(A, L, FIRST, OLD)), GONE(W, FIRST), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { NOTHING } },
	{ .name = "new in the workspace, and deleted there",
	  BOTH_HAVE_B,
	  .plays = { ELSEWHERE(SAVE(A, W, FIRST, OLD)), GONE(W, FIRST) },
	  .wakes = { FOR_LONG },
	  .ends = { NOTHING } },
	{ .name = "new at A, deleted by a commit",
	  BOTH_HAVE_B,
	  .plays = { LOCALLY(SAVE(A, L, FIRST, OLD)), GONE(G, FIRST), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { NOTHING } },
	{ .name = "new at A, renamed there",
	  BOTH_HAVE_B,
	  .plays = { LOCALLY(SAVE(A, L, FIRST, OLD)), LAST_LOCALLY(RENAME(A, L, FIRST, THIRD)) },
	  .wakes = { FOR_LONG },
	  .ends = { ONLY_THIRD(OLD) } },
	{ .name = "deleted in the workspace, and made anew",
	  BOTH_HAVE_IT,
	  .plays = { ELSEWHERE(GONE(W, FIRST)), ELSEWHERE(SAVE(A, W, FIRST, EDIT_1)),
		     SAVE(A, W, FIRST, OTHER_1), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { ONLY_FIRST(OTHER_1) } },
	{ .name = "deleted and made anew twice in the workspace",
	  BOTH_HAVE_IT,
	  .plays = { GONE(W, FIRST), ELSEWHERE(SAVE(A, W, FIRST, EDIT_1)), GONE(W, FIRST),
		     SAVE(A, W, FIRST, OTHER_1), FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { ONLY_FIRST(OTHER_1) } },
};

int main(int argc, char **argv)
{
	return twins_main(stories, ARRAY_SIZE(stories), argc, argv);
}
