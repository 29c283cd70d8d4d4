/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What tells a side's root from another one's: a text as "folder 17 of https://dev.acme.example, as
 * ana@acme.example". A part that the side did not tell is left out, from the end; "" says nothing.
 */

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
