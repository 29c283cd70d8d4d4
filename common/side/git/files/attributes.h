/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the branch's .gitattributes files mean for this side; filter/attributes.h has their rules. The
 * files are those of the tip that was looked at last: a commit of ours goes by what the branch says
 * before it.
 */

#include "filter/attributes.h"
#include "git/hub/hub.h"
#include "plan/table.h"
#include "side/context.h"

/* Reads the files of a tree (zero: there are none); files are those below git_path. ERR_CONFIG: one
 * cannot be used, and what it may say about a path is not guessed; out says nothing then. */
int git_attributes_load(struct side_context *c, const struct oid *tree,
			const struct tree_files *files, struct attributes *out, struct err *e);

/* ERR_INVALID when a file (below git_path) is stored in the branch as something else than its content
 * (filter, working-tree-encoding), or is stored as a pointer of Git LFS: what it is, and what to do.
 * blob: what the branch has there; NULL: nothing, or nobody knows. */
int git_attributes_check(struct side_context *c, const struct attributes *a, const char *file,
			 const struct oid *blob, struct err *e);

/* Whether a blob is a pointer of Git LFS; ERR_INVALID with the sentence about such a file. */
bool git_is_pointer(struct side_context *c, const struct oid *blob);
int git_refuse_pointer(const char *file, struct err *e);

/* Puts the blob into the hub that git add would store for a file's bytes, *blob; parent: what the
 * branch has there, NULL: nothing. Errors are the hub's. */
int git_attributes_clean(struct side_context *c, const struct attributes *a, const char *file,
			 const struct oid *parent, struct oid *blob, struct err *e);

/* Rows that are to be put, although the branch has just what would be stored for them, are done: an
 * edit of line ends alone is none in Git, and no commit comes that anybody could wait for. Only when
 * no commit of ours waits to be pushed. Errors are those of the hub and of state_save(). */
int git_attributes_settle(struct side_context *c, const struct attributes *a, struct row **rows,
			  size_t count, struct err *e);

/* The version that a file of the branch, which is no notebook, stands for: the row's base or agreed
 * one, if the blob is what git add would have stored for that, else the blob itself. */
struct version git_attributes_version(struct side_context *c, const struct attributes *a,
				      const struct row *row, const char *file,
				      const struct oid *blob);
