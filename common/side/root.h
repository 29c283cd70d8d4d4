/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What tells a side's root from another one's: a text as "folder 17 of https://dev.acme.example, as
 * ana@acme.example". A part that the side did not tell is left out, from the end; "" says nothing.
 */

#include "side/context.h"

#define ROOT_USER ", as " /* between the folder and whose token it was seen with */

enum root_match {
	ROOT_SAME,
	ROOT_TOLD_MORE, /* the same, as far as was known, and more than that */
	ROOT_TOLD_LESS, /* the same, as far as it is told */
	ROOT_OTHER,
};

/* What the identity that a side shows now says of the one that was recorded. No user, and the user that
 * earlier versions recorded when they were not told (ROOT_USER "somebody"), are no other user. */
enum root_match root_compare(const char *known, const char *now);

/*
 * A side was looked at in full: it shows notebooks or not, and identity is what tells its root from
 * another one's. name is for sentences. ERR_CONFIG: a root that lost everything, or that is another
 * one and does not hold what this side held when it last agreed; ERR_RETRY: one that does not tell
 * which it is, and lacks something. All until it is as before, or confirmed.
 */
int root_check_empty(struct side_context *c, enum side_id side, bool shows_some, const char *name,
		     struct err *e);
int root_check_identity(struct side_context *c, enum side_id side, const char *identity,
			const char *name, struct err *e);
