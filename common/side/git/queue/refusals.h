/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What the server refused to take, and the search for what it refuses it for. Pure: no clock, no
 * Git. A unit is what cannot be divided: all that one summary was given for, or one path of the
 * rest.
 *
 * All units that are new are pushed together. When that is refused and the server's words name some
 * of them, these are put aside; otherwise the units are halved, and the halves are pushed each for
 * itself, and so on, in the order in which they were made. So after a few pushes the good ones are
 * with the server. A rule about all commits (author, a protected branch) would refuse every half:
 * after REFUSALS_IN_VAIN pushes of which none was taken the search ends, and all wait together.
 *
 * What is known to be refused is not pushed again before it changed (its stamp), or its time came:
 * REFUSALS_WAIT_MS, doubled each time up to REFUSALS_WAIT_MAX_MS; or refusals_ask().
 */

#include <stdint.h>

#include "base/oid.h"
#include "base/util.h"

#define REFUSALS_IN_VAIN     7
#define REFUSALS_WAIT_MS     (15 * 60000ll)
#define REFUSALS_WAIT_MAX_MS (60 * 60000ll)

struct refusal_unit {
	const char *key;  /* borrowed; no two are equal */
	struct oid stamp; /* of all that the server sees of it: content, message, author */
	bool named;       /* the caller's, before refusals_refused(): the server's words name it */
	bool chosen;      /* refusals_choose(): it is part of the next push */
	/* refusals_choose(): it waits until then, refused with these words (borrowed); 0: it does not */
	int64_t until_ms;
	const char *words;
};

struct refusal {
	char *key; /* owned */
	struct oid stamp;
	unsigned group;   /* is pushed together with the others of it */
	int64_t until_ms; /* not before; 0: as soon as its turn comes */
	int64_t wait_ms;  /* how long it waited last; 0: not yet */
	char *words;      /* owned; the server's; NULL while that is not known to be about it */
};

struct refusals {
	struct refusal *items; /* owned; by key */
	size_t count, cap;
	unsigned last_group;
	unsigned in_vain; /* pushes that were refused since one was taken */
	bool taken;       /* the server took a push since the first refusal that is still known */
};

void refusals_release(struct refusals *r); /* a zeroed one is fine */

/* Chooses what to push next; 0: nothing. Forgets what is no unit any more, or changed. */
size_t refusals_choose(struct refusals *r, struct refusal_unit *units, size_t count,
		       int64_t now_ms);
/* The server took what was chosen. */
void refusals_taken(struct refusals *r, const struct refusal_unit *units, size_t count);
/* It refused that, with these words. */
void refusals_refused(struct refusals *r, const struct refusal_unit *units, size_t count,
		      const char *words, int64_t now_ms);
/* A human asks, or the branch is another one: all of it may be tried again now. */
void refusals_ask(struct refusals *r);
