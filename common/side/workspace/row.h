/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Paths of the workspace side, and what a look of it puts into a row's entry.
 */

#include "side/workspace/internal.h"

/* The absolute path of what stands at a row's path: a notebook's has no extension. Owned by the
 * caller. */
char *workspace_object_path(const struct workspace_side *s, const char *path);
/* The other way round: the part of an absolute path below the mapping's folder, borrowed from it;
 * NULL when it is the folder itself or elsewhere. */
const char *workspace_relative(const struct workspace_side *s, const char *path);

/* A look found this object; its content is v, its own bytes are raw, under the name of file. */
void workspace_found(struct row *row, const struct workspace_object *o, const struct version *v,
		     const struct oid *raw, const char *file);
/* A look found something there of which nothing can be said; why has the sentence. */
void workspace_hold(struct row *row, enum hold_reason reason, const struct err *why);
/*
 * The content of what a look found could not be read or used; code says why not, and why the
 * sentence. ERR_ABSENT: the workspace says that it does not exist. asked: the object was asked for
 * by name just now, and was there; such a row is held, because two answers that contradict each
 * other say nothing. A row that was only listed is left as it was, to be asked for.
 */
void workspace_hold_unread(struct row *row, bool asked, enum hold_reason reason, int code,
			   const struct err *why);
