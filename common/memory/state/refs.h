/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * The references of a mapping's state, and what the commits of agreed states say about them. Only
 * this folder includes this.
 */

#include "memory/state.h"

#define STATE_REF_AGREED "refs/nbsync/agreed"

#define STATE_REF_MAX    48 /* bytes of a name, with its NUL */

/* "refs/nbsync/base/git": kind is "base" or "seen". */
void state_ref_name(char out[static STATE_REF_MAX], const char *kind, enum side_id side);

/* What a reference names; zero when it does not exist. Errors are the hub's. */
int state_ref_read(struct hub *hub, const char *name, struct oid *out, struct err *e);

/*
 * Two references cannot move at once. So the commit of an agreed state has a trailer for each base that
 * moves together with it. Whoever finds the base still where it was finishes what a kill interrupted.
 */
void state_trailer_add(struct buf *message, enum side_id side, const struct oid *before,
		       const struct oid *after);
/* False: the message has no trailer for this side. */
bool state_trailer_find(const char *message, enum side_id side, struct oid *before,
			struct oid *after);
