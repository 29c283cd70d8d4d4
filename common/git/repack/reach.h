/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Which objects lead where: a walk from references through commits and trees that meets each object
 * once, newest first. Only this folder includes it.
 */

#include "git/hub/internal.h"
#include "git/repack/maintain.h"

#define REACH_OBJECTS_MAX (4 * 1000 * 1000) /* 260 MB; a larger hub is not searched for waste */

struct reach_todo {
	git_oid id;
	git_object_t type;
};

struct reach {
	struct hub *h;                        /* borrowed */
	const struct repack_request *request; /* borrowed; its tick */
	const struct oid_set
		*only; /* borrowed; where to stay: what is not in it leads nowhere. NULL */

	struct oid_set met; /* what was met, in that order … */
	uint32_t *names; /* … and for each a number of its last name: equal names, equal numbers */
	size_t names_cap;

	struct reach_todo *todo; /* met, but not opened yet */
	size_t todo_count, todo_cap;
};

void reach_release(struct reach *r);
/* Walks from one object. ERR_CANCELLED; ERR_BUG when something is missing; ERR_INVALID beyond
 * REACH_OBJECTS_MAX. */
int reach_from(struct reach *r, const struct oid *id, struct err *e);
/* Goes on with what was met and not opened: after an ERR_BUG, when the rest counts all the same. */
int reach_rest(struct reach *r, struct err *e);
/* From all references. */
int reach_from_refs(struct reach *r, struct err *e);
