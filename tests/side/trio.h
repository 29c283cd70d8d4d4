/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The cycle around sides in memory: a real hub in a directory of the test's own, and nothing else
 * on a disk or a network. The functions that begin with expect_ fail the test with a sentence.
 * Include cmocka.h before this.
 */

#include "sync/internal.h"
#include "tests/side/memory_side.h"

#define ALL_SIDES SIDE_COUNT

struct trio {
	char *dir; /* of the hub */
	struct config *config;
	struct cycle *cycle;           /* in which the sides are */
	struct side *side[SIDE_COUNT]; /* borrowed from it; NULL: the mapping has none */
	struct memory_log log;         /* of all sides, since trio_forget_log() */
	struct report report;          /* of the last cycle */
	volatile int cancel;           /* non-zero: the cycle that runs is asked to stop */
	struct buf progress;           /* of acting, "DONE/TOTAL " */
};

/* Once per program, around all tests. */
int trio_begin(void **state);
int trio_end(void **state);

/* Sides without content. without: a side that the mapping does not have, or ALL_SIDES. config: more
 * lines of the mapping, or NULL. Notebooks are source everywhere unless config says otherwise. */
struct trio *trio_new(enum side_id without, const char *config);
void trio_free(struct trio *t);
/* The mapping is closed and opened again, as by another process; the sides hold what they held. */
void trio_reopen(struct trio *t);

/* The same text on every side. */
void trio_write_everywhere(struct trio *t, const char *file, const char *text);
/* Notebooks "n000.py" and on, on every side. */
void trio_write_many(struct trio *t, size_t count);
/* Takes those from first on away again on one side. */
void trio_remove_many(struct trio *t, enum side_id side, size_t first, size_t count);

/* A full cycle that is in a hurry; or another. The report is t->report. */
const struct report *trio_cycle(struct trio *t);
const struct report *trio_request(struct trio *t, const struct cycle_request *request);
const struct report *trio_hinted(struct trio *t, const char *hint);
const struct report *trio_confirm(struct trio *t, const char *token);
const struct report *trio_adopt(struct trio *t, const char *path, enum cycle_source from,
				const char *what);
/* Only looks at all sides in full, and thinks. */
void trio_think(struct trio *t);

void trio_forget_log(struct trio *t);

/* ---- what tests say ---- */

/* The row of a path, which must be there. */
struct row *trio_row(const struct trio *t, const char *path);
/* Text of a file on a side; NULL: it is not there. */
void expect_text(const struct trio *t, enum side_id side, const char *file, const char *text);
void expect_everywhere(const struct trio *t, const char *file, const char *text);
/* What is to be done for the row on the sides, in the order git, workspace, local: '-' nothing, '='
 * settled, 'x' blocked, 'w' write, 'd' delete. */
void expect_actions(const struct trio *t, const char *path, const char *actions);
/* The text of the agreed version; NULL: none. */
void expect_agreed(const struct trio *t, const char *path, const char *text);
/* What the sides were asked to do since trio_forget_log(), of the lines that have this word as
 * their verb or one of them, separated by '|'; NULL: all. */
void expect_log(const struct trio *t, const char *verbs, const char *lines);
/* That it is held there for this reason, with a sentence of which this is a part. */
void expect_held(const struct trio *t, const char *path, enum side_id side, const char *reason,
		 const char *sentence);
void expect_not_held(const struct trio *t, const char *path);
void expect_note(const struct trio *t, const char *text);
void expect_answer(const struct trio *t, int code, const char *sentence);
/* All that is known is in the hub. */
void expect_durable(const struct trio *t);
/* A cycle that has nothing to write or delete, and holds nothing. */
void expect_stillness(struct trio *t);
