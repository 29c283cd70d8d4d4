/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A world for tests of the cycle: a local directory, a workspace that is a directory (workspace.c),
 * and a bare repository as the Git remote, around the real cycle in this process. Everything is in
 * files below one directory, so a process may die at any moment and another one open the same world.
 * Time is the test's (clock.h): each cycle begins 11 seconds after the one before.
 *
 * A world is one machine. Others may join it (world_join()): each has a local directory, a state and
 * a cycle of its own, and all share the folder of the workspace, the branch, and the time.
 *
 * Paths are relative: to the local root, to the mapping's folder in the workspace, to the root of
 * the repository. In the workspace a notebook may be named with or without its extension. What a
 * test asks for and cannot be done ends the program with a sentence.
 */

#include "sync/cycle.h"

/* How the workspace answers. */
enum world_server {
	WORLD_SERVER_PLAIN,
	WORLD_SERVER_SENDS_OUTPUTS, /* also when it is asked for none */
	WORLD_SERVER_LISTS_LESS,    /* a listing does not tell the format of notebooks */
};

struct world_options {
	bool without[SIDE_COUNT];
	/* More lines of the section [mapping etl]; NULL. They win over the world's own: formats
	 * source, git_poll and poll 1s, commit_quiet 1h, commit_max_wait 2h. */
	const char *config;
	enum world_server server;
};

struct world {
	char *dir;
	struct world *first; /* the machine that the others joined; itself */
	struct world *next;  /* the one that joined after this; NULL */
	char *local;         /* <dir>/local; the root of the local side */
	char *remote;        /* <dir>/remote.git */
	char *store;         /* <dir>/workspace; see store.h */
	char *state;         /* <dir>/state/etl: hub.git, caches, lock */
	char *hub;           /* <dir>/state/etl/hub.git */
	struct config *config;
	struct cycle *cycle; /* NULL while nobody has the mapping open */
	struct report report;
	struct hub *remote_open; /* see world_remote() */
	volatile int cancel;     /* non-zero: the cycle that runs is asked to stop */
	/* What a test noted for world_check(); owned array. */
	struct world_version *versions;
	size_t version_count, version_cap;
	/* May be set by a test: called as the cycle reports its phases, to interfere. */
	void (*on_phase)(struct world *w, const char *phase);
	void *payload; /* the test's */
};

/* Once per program, before and after everything else. WORLD_LOG=debug in the environment shows what
 * the cycles log; else only errors are shown. */
void world_begin(void);
void world_end(void);

/* Sides without content, the cycle not yet open. options NULL: all sides, defaults. */
struct world *world_new(const struct world_options *options);
/* Another machine in the world of w; options as those of w but for what only a machine has. */
struct world *world_join(struct world *w, const struct world_options *options);
/* Removes the directory, too. Of several machines, the one that the others joined is freed last. */
void world_free(struct world *w);

/* ---- people ---- */

/* Creates or replaces a file; folders on the way are made. In Git it is a commit of somebody else. In
 * the workspace it is an import with format AUTO: the extension and the header decide. */
void world_write(struct world *w, enum side_id side, const char *file, const char *text);
/* A file, or a folder with all that is in it; it must exist. */
void world_delete(struct world *w, enum side_id side, const char *path);
/* The same. In the workspace, objects keep their ids. */
void world_rename(struct world *w, enum side_id side, const char *from, const char *to);
/* Not for Git. */
void world_mkdir(struct world *w, enum side_id side, const char *folder);
/* Owned by the caller; NULL when there is no such file. From the workspace: an export in the format
 * of the extension (source when there is none); NULL also when the language is another. */
char *world_read(struct world *w, enum side_id side, const char *file);

/* ---- faults of the workspace ---- */

enum world_fault {
	WORLD_LIST_FAILS,        /* once; path NULL */
	WORLD_EXPORT_FAILS,      /* of this notebook (without extension) */
	WORLD_FOLDER_UNREADABLE, /* this folder; "" is the mapping's */
	WORLD_IMPORT_REFUSED,    /* of this file (with extension) */
	WORLD_REPLY_LOST,        /* once: the next change of this file is carried out unheard */
	WORLD_LISTING_OMITS,     /* this object (without extension), or all of this folder */
	WORLD_STAT_ODD,     /* a question about this object ("": the mapping's folder) has an answer
				  * that says nothing */
	WORLD_HIDDEN,       /* nothing shows this object, or what is below it */
	WORLD_KIND_UNKNOWN, /* this folder is listed, and told, as a thing that nobody knows */
	WORLD_EXPORT_ABSENT, /* this object (without extension) does not exist when it is read */
	WORLD_IMPORT_UNDONE, /* of this file (with extension): answered, and not carried out */
	WORLD_DELETE_UNDONE, /* the same of the deletion of this object (without extension) */
	WORLD_USER_UNTOLD,   /* whose token it is; path NULL */
	WORLD_USER_OTHER,    /* … somebody else's; path NULL */
	WORLD_IMPORT_FILE,   /* of this file (with extension): it becomes a plain file */
};
void world_fault(struct world *w, enum world_fault fault, const char *path);
void world_mend(struct world *w); /* takes all faults away … */
void world_mend_one(struct world *w, enum world_fault fault, const char *path); /* … or this one */

/* fn is called before each request of a cycle to the workspace, to interfere: "list", "stat",
 * "export", "import", "delete", "mkdirs", and "look" right before a change. In this process, for
 * all worlds, until it is set to NULL. */
void world_on_request(void (*fn)(void *payload, const char *verb, const char *path), void *payload);

/* ---- cycles ---- */

/* Runs a cycle, opening the mapping when nobody has it open. The report is w->report. */
const struct report *world_cycle(struct world *w, bool full, bool hurry);
const struct report *world_request(struct world *w, const struct cycle_request *request);
/* Full, hurried cycles until one of them changes nothing (what a side refuses may be tried again and
 * again): how many that took, that one counted; 0: more than WORLD_SETTLE_MAX. */
#define WORLD_SETTLE_MAX 12
unsigned world_settle(struct world *w);
/* Whether a cycle wrote, deleted, committed or pushed anything. */
bool world_report_idle(const struct report *r);
/* Whether it says that a path or a whole side is held. */
bool world_report_holds(const struct report *r);
/* Closes the mapping as a process does that ends well; the next cycle opens it again. */
void world_close(struct world *w);
void world_reopen(struct world *w);             /* and opens it at once */
int world_open(struct world *w, struct err *e); /* as world_reopen(), which must not fail */
/* Changing requests that ever arrived in the workspace, whoever sent them. */
int64_t world_changes(const struct world *w);

/* ---- what there is ---- */

/* Equal but for newlines at the end, which a workspace does not keep; NULL is like NULL only. */
bool world_texts_alike(const char *a, const char *b);

/* Everything that the sides of this machine hold, conflict copies and empty folders included, as one text in a fixed
 * order. Times in names of conflict copies are left out, so two worlds with the same end are the
 * same text. Owned by the caller. */
char *world_snapshot(struct world *w);
/* The same of what the hub remembers: the agreed state, the bases, what was last seen. */
char *world_memory(struct world *w);

/* What any write would change, even one of the same bytes (world_marks.c); and what has changed since:
 * NULL for nothing. Without bases, what the sides agreed in last does not count: who starts anew
 * writes it down in another spelling, once. Owned by the caller. */
char *world_marks(struct world *w, bool bases);
char *world_moved(struct world *w, const char *marks, bool bases);

/* A moment of the sides, to compare with. */
struct world_picture;
struct world_picture *world_take_picture(struct world *w);
void world_drop_picture(struct world_picture *p);
/* Whether the sides stand between two moments: every file has a content that stood somewhere in one
 * of them, and what a side had in both is there. Our own temporary files do not count. NULL, or a
 * text that says what is wrong, owned by the caller. */
char *world_between(struct world *w, const struct world_picture *before,
		    const struct world_picture *after);

/* Notes every version that stands on a side now. */
void world_note_versions(struct world *w);
/* Judges the world, with the git program: every version that was noted at any machine, and each one that
 * a cycle displaced in the workspace, still stands somewhere or is reachable in a hub; world_fsck()
 * that the repositories pass git fsck --strict. The answer is NULL, or a text that says what is wrong,
 * owned by the caller. */
char *world_check(struct world *w);
char *world_fsck(struct world *w);
/* How many merge commits the branch has. */
unsigned world_merges(const struct world *w);
