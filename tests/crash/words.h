/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The words in which the tables of scenarios are written. */

#include "tests/crash/scenario.h"
#include "tests/world/texts.h"

#define L SIDE_LOCAL
#define W SIDE_WORKSPACE
#define G SIDE_GIT

/* One line of a list; what a verb does not need is 0 or NULL. */
#define ACT(verb, side, path, text, n)    \
	{                                 \
		verb, side, path, text, n \
	}

/* What people do. */
#define WRITE(side, file, text)         ACT(ACT_WRITE, side, file, text, 0)
#define WRITE_MANY(side, start, count)  ACT(ACT_WRITE_MANY, side, start, NULL, count)
#define DELETE(side, file)              ACT(ACT_DELETE, side, file, NULL, 0)
#define DELETE_MANY(side, start, count) ACT(ACT_DELETE_MANY, side, start, NULL, count)
#define RENAME(side, from, to)          ACT(ACT_RENAME, side, from, to, 0)
#define MKDIR(side, folder)             ACT(ACT_MKDIR, side, folder, NULL, 0)
#define DELETE_COPIES                   ACT(ACT_DELETE_COPIES, L, NULL, NULL, 0)
#define FAULT(which, file)              ACT(ACT_FAULT, W, file, NULL, which)
#define SETTLE                          ACT(ACT_SETTLE, 0, NULL, NULL, 0)
#define LOCK                            ACT(ACT_LOCK, G, NULL, NULL, 1)
#define UNLOCK                          ACT(ACT_LOCK, G, NULL, NULL, 0)
#define COMMIT(summary)                 ACT(ACT_COMMIT, 0, NULL, summary, 0)
#define PASS(hours)                     ACT(ACT_PASS, 0, NULL, NULL, hours)

/* What is true. */
#define CONTAINS(side, file, text) ACT(EXPECT_PART, side, file, text, 0)
#define HAS(side, file, text)      ACT(EXPECT_TEXT, side, file, text, 0)
#define HAS_NOT(side, file)        HAS(side, file, NULL)
#define EVERYWHERE(file, text)     ACT(EXPECT_EVERYWHERE, 0, file, text, 0)
#define NOWHERE(file)              EVERYWHERE(file, NULL)
#define COPIES(count)              ACT(EXPECT_COPIES, L, NULL, NULL, count)
#define ALL_MANY(start, count)     ACT(EXPECT_MANY, 0, start, "", count)
#define NONE_MANY(start, count)    ACT(EXPECT_MANY, 0, start, NULL, count)
#define HELD                       ACT(EXPECT_HELD, 0, NULL, NULL, 0)

/* What most scenarios begin with. */
#define GIVEN     .given = { WRITE(L, "etl/a.py", OLD), WRITE(L, "b.py", PY "b = 1\n") }
#define GIVEN_TOP .given = { WRITE(L, "a.py", OLD), WRITE(L, "b.py", PY "b = 1\n") }

/* Mappings in which files that are no notebooks travel. */
#define FILES_ALL .options = { .config = "files = all\n" }

/* What RICH() says is in the workspace, with the edit of its second cell. */
#define RICH_IS_WHOLE(file)                                                                 \
	CONTAINS(W, file, "out-1"), CONTAINS(W, file, "out-3"), CONTAINS(W, file, "tag-2"), \
		CONTAINS(W, file, "wid-1"), CONTAINS(W, file, "das-1"),                     \
		CONTAINS(W, file, "env-1"), CONTAINS(W, file, "second = 20")
