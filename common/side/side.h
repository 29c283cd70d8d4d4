/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One of the places that a mapping binds, as the cycle sees it: the local directory, the workspace,
 * or the Git branch. The cycle knows a side only by these operations; only sync/open.c names the
 * functions that make one. Each side has a structure of its own that begins with a struct side.
 *
 * A side and the cycle exchange everything through the context: what a side holds stands in the
 * entries of the rows (row->side[s->id], changed by the entry_*() functions of table.h), what the
 * plan wants of it in row->todo.action[s->id], what became of that in the report (settled.h). A
 * side changes its own entries and its own part of row->todo, and nothing of another side.
 *
 * A cycle calls, in this order, for each side that the mapping has: look; blocked and check_name
 * and check while it plans; agreed; copy_* for clashes; apply; publish. It calls let_go before it
 * plans, when a human asks for it, and forget when the ignore files changed.
 *
 * Operations that return int return ERR_OK, or a code with its sentence in *e. An operation that
 * may be NULL says what that means; all others are there. There are no threads: one operation at a
 * time.
 */

#include "side/context.h"

struct side_look {
	const char *const *hints; /* local paths: files or folders; NULL: look at everything */
	size_t hint_count;
	bool fetch; /* ask the remote now, or at the next full look, whatever git_poll says */
	/* Of the Git side: its branch, which does not exist, is to begin where this one of the remote's
	 * stands ("": the default one). The report gets the answer. NULL: nobody asked for that. */
	const char *create_from;
};

/* What is asked of publish(). */
struct side_publish {
	bool away;           /* nothing can be published now: only remember what is asked */
	bool hurry;          /* do not wait for commit_quiet: this is the last cycle for now */
	bool commit;         /* commit and push now, whatever commit = and commit_quiet say */
	bool workspace_seen; /* what the entries say of the workspace holds: it was looked at */
	const char *summary; /* borrowed; of that commit; NULL: made from the notebooks' names */
};

struct past;
struct side;
struct side_ops {
	/*
	 * Brings the side's entries up to date with what stands there: present, absent, or held
	 * with the reason where nobody can say. Contents go into the hub; copies of clashes that
	 * are met go into context.copies; the first side of the cycle may put other ignore rules in
	 * force (rules.h). Called once at the begin of each cycle. With hints only what they name
	 * has to be looked at, and more may be. The place itself is not changed, except that a
	 * write of ours that was cut short is finished, and a local directory that never was there
	 * is made.
	 *
	 * Any error means that nothing can be said about the side: the cycle goes on without it,
	 * holds all its rows, and calls for a full look in the next cycle. An entry that was not
	 * looked at then stays as it was. ERR_CANCELLED: asked to stop.
	 */
	int (*look)(struct side *s, const struct side_look *what, struct err *e);

	/* The ignore files changed, so what is managed may have: the next full look reads
	 * everything again, also where nothing changed. NULL: every full look does. */
	void (*forget)(struct side *s);

	/* Whether something that is none of ours stands where the row would be written; see
	 * plan_input.blocked. By the last look: contacts nobody. NULL: that never matters. */
	bool (*blocked)(const struct side *s, const struct row *row);

	/* Whether the side can have a file of that name, which content_file() made for the row:
	 * asked for each row that is to be written, when it is planned. ERR_INVALID, or an error
	 * with err_is_name(), or ERR_DENIED when it is not for the name; its sentence says what to
	 * do. The side then goes without the row. A
	 * name under which it holds the row already is fine. Contacts nobody. */
	int (*check_name)(const struct side *s, const struct row *row, const char *file,
			  struct err *e);

	/* The versions of these paths, which are in byte order; see past_read(). NULL: the side has no
	 * history that says more than what this machine saw. */
	int (*past)(struct side *s, struct past *pasts, size_t count, struct err *e);

	/* Asked for each row that was planned, after the guards that look at many rows: takes back
	 * what this side could not do of the plan (its action becomes PLAN_NOTHING), with a
	 * sentence in the report. NULL: the side can do all that is planned. */
	void (*check)(struct side *s, struct row *row);

	/* The agreed state of a row changed; now_ms is of clock_monotonic_ms(). For a side that
	 * waits for a quiet time before it acts. NULL: of no interest. */
	void (*agreed)(struct side *s, int64_t now_ms);

	/* Carries out row->todo.action[s->id] of these rows; others may be among them. All that is
	 * agreed, and all that stands there by the last look, is in the hub before. Only what the
	 * last look saw is overwritten or removed; what changed meanwhile stays (side_refused()
	 * with ERR_CONFLICT). What fails for one row goes into the report, and the others go on. An
	 * error is one of the whole side, which is held from then on. NULL: the side acts in
	 * publish(). */
	int (*apply)(struct side *s, struct row **rows, size_t count, struct err *e);

	/* Called once a cycle, after all sides have acted, for what is done for many rows together.
	 * May decide to wait, which it says in the report. Errors as those of apply(). NULL:
	 * nothing is left to do then. */
	int (*publish)(struct side *s, const struct side_publish *request, struct err *e);

	/* A human says of a row that is held on this side that what stands there is meant, and is
	 * not the row's any more: makes its entry absent, as if it had been deleted there. The
	 * place is not changed. ERR_ABSENT: the row is not held for such a question. ERR_CONFLICT:
	 * what stands there changed. NULL: there never is such a question. */
	int (*let_go)(struct side *s, struct row *row, struct err *e);

	/*
	 * Copies of clashes (context.copies, whose rows are named as they are where they stand).
	 * All four are NULL where none can stand, and not called while the side is held.
	 */

	/* Makes the name of a new copy that keeps a version of the row which was on side of, at
	 * at_s (Unix time). *file is the caller's, also on error. ERR_INVALID: the side takes no
	 * such name. */
	int (*copy_name)(const struct side *s, const struct row *row, enum side_id of, int64_t at_s,
			 char **file, struct err *e);
	/* Writes the blob raw into a new file of that name and adds it to context.copies.
	 * ERR_CONFLICT: the name is taken, and what has it is untouched. */
	int (*copy_write)(struct side *s, const struct row *row, const char *file,
			  const struct oid *raw, struct err *e);
	/* Reads what the copy is now: its content into the hub (*raw), and in *file the name that
	 * says its format, which is the caller's. ERR_ABSENT: it is gone. */
	int (*copy_read)(struct side *s, struct row *copy, struct oid *raw, char **file,
			 struct err *e);
	/* Removes a copy that is still what copy_read() found, which is passed to it; ERR_CONFLICT
	 * when it changed since. The caller has recorded it before, and takes it off
	 * context.copies. */
	int (*copy_remove)(struct side *s, struct row *copy, const char *file,
			   const struct oid *raw, struct err *e);

	/* What was written may come back in another spelling, so that a copy is compared as a
	 * notebook and not by its bytes. */
	bool respells;

	/* Frees the side, which holds nothing open after that. */
	void (*close)(struct side *s);
};

struct side {
	const struct side_ops *ops; /* borrowed; the same for all sides of a kind */
	enum side_id id;
	struct side_context *context; /* borrowed; lives longer than the side */
};
