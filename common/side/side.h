/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One of the places that a mapping binds, as the cycle sees it. Each side has a structure of its own
 * that begins with a struct side; only sync/open.c names the functions that make one. Operations
 * return ERR_OK, or set an error; what they found or did to a row stands in the row (table.h), in the
 * state and in the report of the context.
 */

#include "side/context.h"

struct side_look {
	const char *const *hints; /* local paths: files or folders; NULL: look at everything */
	size_t hint_count;
	bool fetch; /* ask the remote now, or at the next full look, whatever git_poll says */
};

/* What is asked of Git once a cycle. */
struct side_publish {
	bool hurry;          /* do not wait for commit_quiet: nobody comes back later */
	bool commit;         /* commit and push now, whatever commit = and commit_quiet say */
	const char *summary; /* borrowed; of that commit; NULL: made from the notebooks' names */
};

struct side;
struct side_ops {
	/* Brings the side's entries up to date. An error: nothing can be said about the side, which is
	 * held as a whole. ERR_CANCELLED: asked to stop. */
	int (*look)(struct side *s, const struct side_look *what, struct err *e);
	/* What is managed has changed: the next look is to read everything again. NULL: every full look
	 * does. */
	void (*forget)(struct side *s);
	/* Something that is none of ours stands at a row's path. NULL: that never matters. */
	bool (*blocked)(const struct side *s, const struct row *row);
	/* Whether the side can have a new file of that name (content_file() of the row); ERR_INVALID with
	 * a sentence, or an error with err_is_name(). */
	int (*check_name)(const struct side *s, const struct row *row, const char *file,
			  struct err *e);
	/* After the guards that look at many rows: takes back what this side could not take of the plan
	 * for the row, with a sentence in the report. NULL: it can take all. */
	void (*check)(struct side *s, struct row *row);
	/* The agreed state moved; now_ms is monotonic. NULL: of no interest. */
	void (*agreed)(struct side *s, int64_t now_ms);
	/* Carries out row->todo.action[s->id] of a slice of rows; what fails for one row goes into the
	 * report. NULL: the side acts in publish(). */
	int (*apply)(struct side *s, struct row **rows, size_t count, struct err *e);
	/* Once a cycle, after all others have acted. NULL: nothing is left to do then. */
	int (*publish)(struct side *s, const struct side_publish *request, struct err *e);
	/* A human says of a row that is held here that what stands here is meant: the row is as if it had
	 * been deleted. ERR_ABSENT: there is no such question. NULL: there never is. */
	int (*let_go)(struct side *s, struct row *row, struct err *e);
	/* Copies of clashes (context.copies); NULL where none can stand. The name of a new one that keeps
	 * a version of the row, which was on side of, at that time; owned by the caller. */
	int (*copy_name)(const struct side *s, const struct row *row, enum side_id of, int64_t at_s,
			 char **file, struct err *e);
	/* Writes it. ERR_CONFLICT: the name is taken. */
	int (*copy_write)(struct side *s, const struct row *row, const char *file,
			  const struct oid *raw, struct err *e);
	/* Its content now, in the hub, and the name (owned) that says its format. */
	int (*copy_read)(struct side *s, struct row *copy, struct oid *raw, char **file,
			 struct err *e);
	/* Removes what copy_read() found there; it is recorded by the caller before. */
	int (*copy_remove)(struct side *s, struct row *copy, const char *file,
			   const struct oid *raw, struct err *e);
	bool respells;                 /* what was written may come back in another spelling */
	void (*close)(struct side *s); /* frees it */
};

struct side {
	const struct side_ops *ops;
	enum side_id id;
	struct side_context *context; /* borrowed */
};
