/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Whether a side's root is the one that it was. Its identity is a text such as "folder 17 of
 * https://dev.acme.example, as ana@acme.example". Parts that could not be found out are left out,
 * from the end; "": nothing is known.
 */

#include "side/context.h"

#define ROOT_USER ", as " /* between the folder and the user whose token it was seen with */

enum root_match {
	ROOT_SAME,
	ROOT_MORE_KNOWN, /* the same as far as it was known before; now more of it is known */
	ROOT_LESS_KNOWN, /* the same as far as it is known now; before, more of it was known */
	ROOT_OTHER,
};

/* Compares the identity that a side has now with the recorded one. The user "somebody", which
 * earlier versions recorded when they did not know it, counts as not known. */
enum root_match root_compare(const char *known, const char *now);

/*
 * Called by a side that was looked at in full. shows_some: the look found a notebook. name: the
 * root, for sentences. An error holds the side until the root is as before, or a human confirmed
 * the loss: ERR_CONFIG for a root that has nothing of what this side held, or that is another one
 * and does not hold just what this side held when it last agreed; ERR_RETRY for one whose identity
 * is not known and that lacks something. Otherwise the errors are the hub's.
 */
int root_check_empty(struct side_context *c, enum side_id side, bool shows_some, const char *name,
		     struct err *e);
int root_check_identity(struct side_context *c, enum side_id side, const char *identity,
			const char *name, struct err *e);

/*
 * What a commit says that was made of just this workspace folder, as this user sees it, and of this
 * folder of the repository: of two machines for which it is the same, one knows from the commits of the
 * other what the workspace had. A hash, because the host's name is nobody's business. "" when the folder
 * or the user is not known, and when that cannot be read.
 */
void root_claim(struct side_context *c, char claim[static OID_HEX]);
