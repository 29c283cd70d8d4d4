/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The rules of a mapping's ignore files, gitignore(5), and what they say about a path. Pure: where
 * the files come from is side/rules.h's business, what a notebook is called filter.h's.
 *
 * Each folder may have two files: .gitignore, and .nbsyncignore, whose lines count as if they stood
 * at the end of the other. The rules of a deeper folder come after those of the folders above it,
 * the last pattern that matches decides, and below an ignored folder nothing is taken back.
 */

#include "filter/glob.h"
#include "plan/version.h"

#define IGNORE_FILE_MAX     ((size_t)256 * 1024) /* bytes of a file */
#define IGNORE_FILES_MAX    1000                 /* of a mapping */
#define IGNORE_PATTERNS_MAX 10000                /* in all of them */

enum ignore_kind { IGNORE_GIT, IGNORE_NBSYNC, IGNORE_KINDS };
extern const char *const ignore_names[IGNORE_KINDS]; /* ".gitignore" ".nbsyncignore" */

/* Whether a path names an ignore file. kind may be NULL. */
bool ignore_is_name(const char *path, enum ignore_kind *kind);

struct ignore_rules; /* what stands in one file; shared between copies */

struct ignore_file {
	struct ignore_rules *rules; /* NULL: no such file, or nothing is known about it */
	struct oid stamp;           /* the reader's: tells whether the file is still that one */
	/* owned; why the file as it is now cannot be used. rules are then what it said before, and
	 * without any it is unknown what the folder ignores. NULL: all is well */
	char *problem;
};

struct ignore_folder {
	char *path; /* owned; "" is the root */
	struct ignore_file file[IGNORE_KINDS];
};

/* Zeroed, it ignores nothing. */
struct ignore {
	struct ignore_folder *folders; /* owned; in byte order of their paths */
	size_t count, cap;
	size_t files; /* with rules or a problem */
	size_t patterns;
};

void ignore_release(struct ignore *g);

/* A file that was read. */
struct ignore_source {
	const char *folder; /* borrowed; "" is the root */
	enum ignore_kind kind;
	struct oid stamp; /* becomes ignore_file.stamp */
};

/*
 * Takes the content of a file that g has not yet. ERR_INVALID, and nothing is taken: the file is too
 * large, has a line of more than GLOB_LEN_MAX bytes, or is one too many.
 */
int ignore_add(struct ignore *g, const struct ignore_source *source, const char *text, size_t len,
	       struct err *e);
/* Instead, for a file that cannot be used: keeps what from, an earlier state, knows of it. */
void ignore_add_problem(struct ignore *g, const struct ignore *from,
			const struct ignore_source *source, const char *sentence);
/* Takes over one file from another state; everything from a folder and from below it. */
void ignore_share(struct ignore *g, const struct ignore *from, const char *folder,
		  enum ignore_kind kind);
void ignore_share_below(struct ignore *g, const struct ignore *from, const char *folder);

/* NULL when there is no such file. Borrowed until g changes. */
const struct ignore_file *ignore_find(const struct ignore *g, const char *folder,
				      enum ignore_kind kind);
/* The content as it was read; NULL when nothing is known. Borrowed. */
const char *ignore_text(const struct ignore_file *f, size_t *len);

/* Whether two states give the same answers, by their texts. */
bool ignore_same(const struct ignore *a, const struct ignore *b);

enum ignore_verdict {
	IGNORE_NOT,
	IGNORE_MATCHED,
	IGNORE_UNKNOWN, /* not by what is known, but an ignore file above it is not known */
};

/* A folder, or a file under just this name: what git check-ignore says. */
enum ignore_verdict ignore_path(const struct ignore *g, const char *path, bool folder);

/*
 * A notebook's file. Its name without the extension, the first stem bytes of file, is what a
 * workspace calls it, so each pattern is tried on both: "load" and "load.py" match etl/load.py, and
 * "!*.py" takes back what "*" ignored. stem may be all of file.
 */
enum ignore_verdict ignore_notebook(const struct ignore *g, const char *file, size_t stem);
