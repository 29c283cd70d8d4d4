/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * Bearer tokens that are let in. An empty list lets in whoever sends any token at all; nobody comes
 * in without one. A token may expire, so that a client's refresh can be tested.
 */

#include "base/util.h"

struct token {
	char *text;         /* owned */
	int64_t expires_ns; /* monotonic clock; 0: never */
};

struct tokens {
	struct token *items; /* owned */
	size_t count;
	size_t cap;
	bool enforced; /* a token was added at some time: an emptied list lets nobody in */
};

void tokens_release(struct tokens *t);

/* Adds or renews. expires_ns as above; copied. */
void tokens_add(struct tokens *t, const char *text, int64_t expires_ns);
void tokens_remove(struct tokens *t, const char *text); /* unknown: nothing happens */

/* authorization: the header's value, may be NULL. */
bool tokens_allow(const struct tokens *t, const char *authorization, int64_t now_ns);
