/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * How far the outputs are gone from a chain, in a reference of its own (refs/nbsync/lean/...). About
 * speed only: who does not find it reads every notebook of the chain again, with the same end.
 */

#include "git/hub/hub.h"

#define HISTORY_REFS "refs/nbsync/" /* what the names of all chains begin with */

struct history_mark {
	struct oid at;   /* the commits below this one have no outputs; zero: not known */
	struct oid tree; /* that of this commit, without outputs */
};

/* chain: the full name of its reference. *out is zeroed when there is no mark. */
int history_mark_read(struct hub *h, const char *chain, struct history_mark *out, struct err *e);
int history_mark_write(struct hub *h, const char *chain, const struct history_mark *mark,
		       int64_t now_s, struct err *e);
int history_mark_drop(struct hub *h, const char *chain, struct err *e); /* a missing one is fine */
