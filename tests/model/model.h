/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A world in which a program is played, and what is known about it without asking nbsync: the
 * reference model.
 *
 * Each cell that somebody writes is a text of its own, a token. The model knows of each whether
 * somebody who saw it took it away; one that nobody took away must stand somewhere in the end, in a
 * notebook or in the copy of a clash. And it knows which sides touched which notebook since all
 * agreed: what one side alone touched must end everywhere as that side has it.
 *
 * The same of the marks of rich notebooks (rich.h), as far as formats can tell them; and of whatever a
 * cycle, and not a person, replaced or took away, the hub has the bytes (law.c).
 */

#include "git/hub/hub.h"
#include "notebook/notebook.h"
#include "tests/model/rich.h"
#include "tests/model/steps.h"
#include "tests/world/world_internal.h"

/* One file of a side, or one notebook of the workspace. */
struct sight {
	enum side_id side;
	char *file; /* owned; below the side's root, with an extension */
	char *stem; /* owned; without it; the file for what is no notebook's name */
	enum { SIGHT_NOTEBOOK, SIGHT_BROKEN, SIGHT_COPY, SIGHT_OTHER } kind;
	enum notebook_format format;
	enum notebook_language language;
	struct oid raw, cells; /* cells: of notebooks and copies */
	struct rich nb;        /* tokens of everything; marks of notebooks and copies */
	char *text;            /* owned; model_find() only */
};
struct sights {
	struct sight *items;
	size_t count, cap;
};

struct model {
	struct world *w;
	const struct setup *setup;
	const struct program *program;
	/* Steps that wait for a phase of the next cycle. */
	const struct step **waiting;
	size_t waiting_count;
	bool has_thought; /* the cycle that runs */
	enum phase stops; /* the cycle that runs is asked to stop there */
	enum phase dies;  /* this process, when its cycle reaches that */
	char **hints;     /* owned; what events would have told */
	size_t hint_count, hint_cap;
	bool known[STEPS_TOKENS]; /* somebody wrote it */
	bool taken[STEPS_TOKENS]; /* somebody who saw it took it away */
	/* The same of marks. */
	struct marked {
		bool known, taken;
		bool kept;      /* an output of a cell that was tagged so */
		uint8_t side;   /* where it was written */
		uint8_t lane;   /* in which */
		uint16_t token; /* of its cell */
	} marked[MARKS][STEPS_TOKENS];
	/* Bits of sides, since all agreed. */
	uint8_t touched[STEPS_LANES][STEMS];
	uint8_t moved[STEPS_LANES]; /* there were renames */
	bool ever_moved[STEPS_LANES];
	bool disturbed[STEPS_LANES]; /* an answer of the workspace was lost */
	bool clashed[STEPS_LANES];   /* a copy of a clash was seen there */
	bool reformed[STEPS_LANES];  /* somebody made Jupyter of source there */
	/* Two sides could clash over it, at some time. */
	bool contested[STEPS_LANES][STEMS];
	/* What a broken file was. */
	struct broken {
		bool is;
		char file[64];
		struct rich nb;
	} broken[SIDE_COUNT][STEPS_LANES][STEMS];
	bool news[SIDE_COUNT][STEPS_LANES][STEMS]; /* no full cycle has seen it */
	struct sights memory;                      /* what was read, once for each */
	bool runs;                                 /* a cycle does */
	struct sights stood;  /* what stood when it began, or when a person last did something */
	bool faulty;          /* the workspace misbehaves … */
	bool hidden;          /* … and does not show something to us */
	struct buf old_cache; /* of an earlier moment */
	struct sights still;  /* what nobody ever touches */
	char *wrong;          /* owned; NULL as long as all is well */
};

/* Plays a program in a new world. NULL, or what is wrong, owned by the caller. */
char *model_play(const struct program *p);

/* Says what is wrong; the first one stays that has none of these texts in it. */
#define MODEL_IGNORED 16
extern const char *model_ignored[MODEL_IGNORED];
void model_wrong(struct model *m, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ---- people ---- */

void model_do(struct model *m, const struct step *s);
/* The notebooks that lanes begin with, and what nobody touches. */
void model_begin(struct model *m);
/* What is broken becomes whole. */
void model_repair_all(struct model *m);
char *model_stem(unsigned lane, unsigned stem); /* "l03/sub/a", owned */

/* ---- looking ---- */

/* All that stands on all sides. */
void model_look(struct model *m, struct sights *out);
void sights_release(struct sights *s);
/* The notebook of that stem; NULL: none. */
const struct sight *sights_find(const struct sights *all, enum side_id side, const char *stem);
/* Whatever has that file name; NULL: nothing. */
const struct sight *sights_file(const struct sights *all, enum side_id side, const char *file);
void sight_release(struct sight *s);
/* The notebook of that stem on a side; false when there is none. */
bool model_find(struct model *m, enum side_id side, const char *stem, struct sight *out);
/* Copies of clashes in a lane's folder. */
void model_copies(struct model *m, unsigned lane, struct sights *out);
/* The remote's repository, as world_remote(), and the tree of its branch (zero: none). */
struct hub *model_branch(struct model *m, struct oid *tree);
/* Reads what a file is; takes over nothing. */
void sight_read(struct sight *s, const char *text, size_t len);
/* In a word: its format and cells, or "nothing" for NULL. Owned by the caller. */
char *sight_told(const struct sight *s);

/* ---- judging ---- */

/* Notes the versions that people made and the next full cycle will see. */
void model_note_news(struct model *m);
/* Cycles until nothing is left to do; then says what is wrong with the world. */
void model_settle(struct model *m);
/* Runs a cycle, with whatever waits for its phases. */
const struct report *model_cycle(struct model *m, const struct cycle_request *request);

/* ---- the law ---- */

/* What changes between these two, a cycle changes: notes what it replaced or took away, for
 * world_check(), and judges what it put there instead. */
void law_begin(struct model *m);
void law_end(struct model *m);
/* What becomes of marks of a lane is not known: things were renamed there, or clashed. */
bool law_is_loose(const struct model *m, unsigned lane);
/* "l03/sub/a": lane 3, stem 3. False for what belongs to no lane. */
bool model_locate(const char *stem, unsigned *lane, unsigned *index);

/* ---- marks, once nothing is left to do ---- */

/* Two sides that can both tell something tell the same. */
void marks_agree(struct model *m, const struct sight *a, const struct sight *b);
/* The side that alone touched it has what it had. */
void marks_stay(struct model *m, const struct sight *was, const struct sight *is);
/* No mark that nobody took away is gone; no output is where it must not be. */
void marks_check(struct model *m, const struct sights *now);
void marks_check_outputs(struct model *m, const struct sights *now);
