/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Programs for the model test: what people do on the sides, what goes wrong, and when cycles run, as
 * a list of steps that can be made at random, printed, read back and shortened. A step that makes no
 * sense where it stands (its file is not there) does nothing, so any list of steps is a program.
 *
 * Sixteen lanes run side by side in one world: folders l00 … l15 of a mapping, each a sequence of
 * its own that shares the cycles with the others.
 */

#include "base/buf.h"
#include "config/config.h"
#include "tests/world/world.h"

#define STEPS_LANES  16
#define STEPS_TOKENS 8192 /* a program has fewer */

enum verb {
	/* What somebody does to one notebook of one side. */
	VERB_WRITE,    /* all cells anew, or a new notebook */
	VERB_EDIT,     /* one cell */
	VERB_INSERT,   /* a cell */
	VERB_CUT,      /* a cell */
	VERB_DELETE,   /* the notebook */
	VERB_RENAME,   /* it */
	VERB_COPY,     /* it */
	VERB_MOVE,     /* the folder "sub" to "two", or back */
	VERB_WIPE,     /* all of the lane is deleted */
	VERB_REWIND,   /* the branch goes back to the commit before */
	VERB_TOUCH,    /* the same bytes once more */
	VERB_FORMAT,   /* source becomes ipynb, ipynb becomes source */
	VERB_LANGUAGE, /* the next one */
	VERB_BREAK,    /* half of it, or conflict markers */
	VERB_REPAIR,   /* what was broken, with an edit */
	VERB_DROP,     /* the copy of a clash is removed … */
	VERB_TAKE,     /* … or renamed */
	VERB_SCRIBBLE, /* … or edited */
	/* What only a rich notebook can say (rich.h). */
	VERB_RUN,         /* one cell: other outputs, and nothing else */
	VERB_TAG,         /* a cell gets another tag or input widget, or loses its tag */
	VERB_WIDGET,      /* or the dashboard: another one, or none */
	VERB_ENVIRONMENT, /* another one, or none */
	VERB_ADOPT,       /* a human decides for one side's version */
	/* What goes wrong in the workspace. */
	VERB_LIST_FAILS,
	VERB_EXPORT_FAILS,
	VERB_CLOSED, /* a folder that may not be read */
	VERB_REFUSED,
	VERB_REPLY_LOST,
	VERB_OMITTED, /* listings do not show a notebook, or a folder … */
	VERB_ODD,     /* … and a question about it has an answer that says nothing */
	VERB_GONE,    /* a notebook is shown, and does not exist when it is read */
	VERB_UNDONE,  /* changes of a notebook are answered and not carried out … */
	VERB_UNTOLD, /* a folder is hidden, as from somebody who may not see it; who asks is not told */
	VERB_UNKNOWN, /* a folder is of a kind that nobody knows */
	VERB_MEND,
	/* What nbsync does. */
	VERB_FULL,   /* a cycle */
	VERB_HINTED, /* a cycle, by what events would have told */
	VERB_KILL,   /* a cycle in a process that dies at a phase */
	VERB_STOP,   /* a cycle that is asked to stop at a phase */
	VERB_REOPEN,
	VERB_CACHE,   /* it is lost, old, altered or another's when the mapping is opened again */
	VERB_CONFIRM, /* what waits */
	VERB_SETTLE,  /* cycles until nothing is left to do, and all is judged */
	VERB_COUNT
};

/* Where a cycle is. People do nothing while it fetches: what it had not looked at by then, it does not
 * know. */
enum phase {
	PHASE_NONE,
	PHASE_RECORD,
	PHASE_THINK,
	PHASE_ACT,
	PHASE_PUSH,
	PHASE_REQUEST, /* right before a request to the workspace */
	PHASE_FETCH,
	PHASE_COUNT
};
#define PHASES_OF_PEOPLE PHASE_FETCH
extern const char *const phase_names[PHASE_COUNT];

/* Notebooks of a lane, below its folder. */
#define STEMS 9
extern const char *const stem_names[STEMS];
#define EXTENSIONS 5
extern const char *const extension_names[EXTENSIONS];

struct step {
	uint8_t verb, lane, side;
	uint8_t from, to; /* stems; to of VERB_WRITE: an extension */
	uint8_t cell;     /* a number to choose by: which cell, which copy, how */
	uint8_t during;   /* enum phase: not at once, but when the next cycle reaches it */
	uint16_t token;   /* what is new in it: "tok" and four digits, and the next two */
};

/* How the world is made. */
struct setup {
	const char *name;
	struct world_options options;
	const char *git_path; /* "" or with a slash at its end */
	bool keeps_both, manual;
	int source; /* the side that only gives, or -1 */
};
extern const struct setup setups[];
size_t setup_count(void);

/*
 * A rich program has notebooks that say all that a notebook can, the workspace's Jupyter objects
 * among them, in a mapping of these formats. RICH_OF_FOUR: how many of four
 * programs are rich unless the command line says so.
 */
#define RICH_OF_FOUR 2
enum rich_key {
	RICH_LOCAL_FORMAT,
	RICH_GIT_FORMAT,
	RICH_WORKSPACE_FORMAT,
	RICH_OUTPUTS,
	RICH_SERVER, /* not of the configuration: enum world_server */
	RICH_KEYS
};
#define RICH_WORDS 3
extern const char *const rich_keys[RICH_KEYS]; /* as in the configuration */
extern const char *const rich_words[RICH_KEYS][RICH_WORDS];

struct program {
	const struct setup *setup;
	bool rich;
	uint8_t words[RICH_KEYS]; /* of rich_words; when it is rich */
	struct step *steps;       /* owned */
	size_t count, cap;
};

void program_release(struct program *p);
void program_add(struct program *p, const struct step *s);
/* A program of so many lanes (1 to STEPS_LANES), rich_of_four times of four a rich one; the same
 * arguments give the same. */
void program_random(struct program *out, uint64_t seed, unsigned lanes, unsigned rich_of_four);

/* One step a line, after the lines "setup NAME" and, for a rich one, "rich local_format=keep …"; and
 * back. False names the line that is wrong. */
void program_print(struct buf *out, const struct program *p);
bool program_parse(struct program *out, const char *text, unsigned *line);
void step_print(struct buf *out, const struct step *s);
bool step_has_lane(const struct step *s);
