/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two machines, one of which sleeps while notebooks get other names at the other: an edit under the old
 * name is in the new one in the end, and nothing is there twice or asks for a human. See twins.h.
 */

#include "base/util.h"
#include "tests/cycle/twins.h"

#define OLD_NAME         "etl/a.py"
#define NEW_NAME         "etl/z.py"
#define MOST             30

#define BOTH_HAVE_IT     .given = { SAVE(A, L, OLD_NAME, OLD), SAVE(A, L, "b.py", PY "b = 1\n") }
#define BOTH_HAVE_MANY   .given = { MANY(L, "old/n", MOST), SAVE(A, L, "old/x.py", OLD) }

#define RENAMED_LOCALLY  RENAME(A, L, OLD_NAME, NEW_NAME), HINTED(A), PASS(QUIET), FULL(A)
#define RENAMED_IN(side) RENAME(A, side, OLD_NAME, NEW_NAME), FULL(A), PASS(QUIET), FULL(A)
#define MOVED_LOCALLY    RENAME(A, L, "old", "new"), HINTED(A), PASS(QUIET), FULL(A)
#define MOVED_IN(side)   RENAME(A, side, "old", "new"), FULL(A), PASS(QUIET), FULL(A)
#define FOR_LONG         FULL(B), FULL(B), PASS(QUIET), FULL(B), PASS(LONG), FULL(B), FULL(B)

#define IS_RENAMED(text) IS(NEW_NAME, text), IS_NOT(OLD_NAME)
#define ALL_ARE_MOVED(text)                                                         \
	MANY_ARE("new/n", MOST), IS("new/x.py", text), MANY_ARE_NOT("old/n", MOST), \
		IS_NOT("old/x.py")

static const struct twin_story stories[] = {
	{ .name = "renamed at A",
	  BOTH_HAVE_IT,
	  .plays = { RENAMED_LOCALLY },
	  .wakes = { FOR_LONG },
	  .ends = { IS_RENAMED(OLD) } },
	{ .name = "renamed in the workspace",
	  BOTH_HAVE_IT,
	  .plays = { RENAMED_IN(W) },
	  .wakes = { FOR_LONG },
	  .ends = { IS_RENAMED(OLD) } },
	{ .name = "renamed by a commit",
	  BOTH_HAVE_IT,
	  .plays = { RENAMED_IN(G) },
	  .wakes = { FOR_LONG },
	  .ends = { IS_RENAMED(OLD) } },
	{ .name = "renamed and edited at A",
	  BOTH_HAVE_IT,
	  .plays = { RENAMED_LOCALLY, SAVE(A, L, NEW_NAME, EDIT_1), HINTED(A), PASS(QUIET),
		     FULL(A) },
	  .wakes = { FOR_LONG },
	  .ends = { IS_RENAMED(EDIT_1) } },
	{ .name = "renamed at A, edited under the old name at B",
	  BOTH_HAVE_IT,
	  .plays = { RENAMED_LOCALLY },
	  .wakes = { CELL(B, L, OLD_NAME, "third = 30"), FOR_LONG },
	  .ends = { IS_RENAMED(EDIT_3) },
	  .both_write = true },
	{ .name = "renamed in the workspace, edited under the old name at B",
	  BOTH_HAVE_IT,
	  .plays = { RENAMED_IN(W) },
	  .wakes = { CELL(B, L, OLD_NAME, "third = 30"), FOR_LONG },
	  .ends = { IS_RENAMED(EDIT_3) },
	  .both_write = true },
	{ .name = "renamed by a commit, edited under the old name at B",
	  BOTH_HAVE_IT,
	  .plays = { RENAMED_IN(G) },
	  .wakes = { CELL(B, L, OLD_NAME, "third = 30"), FOR_LONG },
	  .ends = { IS_RENAMED(EDIT_3) },
	  .both_write = true },
	{ .name = "renamed and edited at A, another cell edited at B",
	  BOTH_HAVE_IT,
	  .plays = { RENAMED_LOCALLY, CELL(A, L, NEW_NAME, "first = 10"), HINTED(A), PASS(QUIET),
		     FULL(A) },
	  .wakes = { CELL(B, L, OLD_NAME, "third = 30"), FOR_LONG },
	  .ends = { IS_RENAMED(CELLS("first = 10", "second = 2", "third = 30")) },
	  .both_write = true },
	{ .name = "edited at A, renamed at B",
	  BOTH_HAVE_IT,
	  .plays = { CELL(A, L, OLD_NAME, "first = 10"), HINTED(A), PASS(QUIET), FULL(A) },
	  .wakes = { RENAME(B, L, OLD_NAME, NEW_NAME), HINTED(B), FOR_LONG },
	  .ends = { IS_RENAMED(EDIT_1) },
	  .both_write = true },
	{ .name = "a folder renamed at A",
	  BOTH_HAVE_MANY,
	  .plays = { MOVED_LOCALLY },
	  .wakes = { FOR_LONG },
	  .ends = { ALL_ARE_MOVED(OLD) } },
	{ .name = "a folder renamed in the workspace",
	  BOTH_HAVE_MANY,
	  .plays = { MOVED_IN(W) },
	  .wakes = { FOR_LONG },
	  .ends = { ALL_ARE_MOVED(OLD) } },
	{ .name = "a folder renamed by a commit",
	  BOTH_HAVE_MANY,
	  .plays = { MOVED_IN(G) },
	  .wakes = { FOR_LONG },
	  .ends = { ALL_ARE_MOVED(OLD) } },
	{ .name = "a folder renamed at A, a notebook in it edited at B",
	  BOTH_HAVE_MANY,
	  .plays = { MOVED_LOCALLY },
	  .wakes = { CELL(B, L, "old/x.py", "third = 30"), FOR_LONG },
	  .ends = { ALL_ARE_MOVED(EDIT_3) },
	  .both_write = true },
	{ .name = "a folder renamed by a commit, a notebook in it edited at B",
	  BOTH_HAVE_MANY,
	  .plays = { MOVED_IN(G) },
	  .wakes = { CELL(B, L, "old/x.py", "third = 30"), FOR_LONG },
	  .ends = { ALL_ARE_MOVED(EDIT_3) },
	  .both_write = true },
};

int main(int argc, char **argv)
{
	return twins_main(stories, ARRAY_SIZE(stories), argc, argv);
}
