/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * A branch that the remote has not, for this folder and its tests.
 */

#include "git/remote/remote.h"

/* All borrowed. */
struct branch_missing {
	const char *mapping, *branch, *url;
	size_t known; /* notebooks that it held when it was there; 0: it never was */
	const struct remote_branches *branches;
};
/* What to say about it: ERR_CONFIG in *e, with the remote's default branch and one that is spelled
 * alike, as far as there are such. Pure. */
int branch_missing(const struct branch_missing *m, struct err *e);
