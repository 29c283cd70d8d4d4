/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the files of the local side share; for this folder only.
 */

#include "git/worktree/worktree.h"
#include "side/side.h"

struct local_side {
	struct side side;
	int root;      /* the directory's descriptor; -1 when not open */
	bool litter;   /* a write that was cut short may have left temporary files below it */
	bool doubtful; /* something seemed to be gone: the next look is a full one */
	/* Owned; the Git working tree that the mapping goes along with (clone.c); NULL: none. */
	struct worktree *clone;
	/* … when the last look of it began, and where its branch stood. */
	struct worktree_moment moment;
	struct oid standing;
	bool clone_noted; /* a report has said that there is one, and not followed */
};

/* Operations of the side (side.h), in look.c, apply.c and header.c; copies.c has the rest. */
int local_look(struct side *side, const struct side_look *what, struct err *e);
int local_apply(struct side *side, struct row **rows, size_t count, struct err *e);
int local_check_name(const struct side *side, const struct row *row, const char *file,
		     struct err *e);
int local_let_go(struct side *side, struct row *row, struct err *e);

int local_copy_name(const struct side *side, const struct row *row, enum side_id of, int64_t at_s,
		    char **file, struct err *e);
int local_copy_write(struct side *side, const struct row *row, const char *file,
		     const struct oid *raw, struct err *e);
int local_copy_read(struct side *side, struct row *copy, struct oid *raw, char **file,
		    struct err *e);
int local_copy_remove(struct side *side, struct row *copy, const char *file, const struct oid *raw,
		      struct err *e);
