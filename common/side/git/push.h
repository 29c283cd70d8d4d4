/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * One push: a draft of what was chosen, until it is known what became of it. For publish.c only.
 */

#include "side/git/draft.h"

/* What waits for a push. */
struct waiting {
	struct draft_row *rows; /* owned */
	size_t count;
	struct refusal_unit *units; /* owned */
	char **keys;                /* owned; of the units */
	size_t unit_count;
	size_t *parts; /* owned; of each unit, see draft_row.part */
};

enum push_end {
	PUSH_DONE,    /* the remote has it, or had it already */
	PUSH_REFUSED, /* by the server: s->refusals knows */
	PUSH_LATE,    /* somebody pushed before us: another cycle is to come */
};

/* Pushes what was chosen of it. Errors: those of a fetch, ERR_DENIED, the hub's. */
int push_chosen(struct git_side *s, struct waiting *w, enum push_end *end, struct err *e);

/* Forgets what people said of what does not wait any more. Errors are the hub's. */
int push_forget_settled(struct git_side *s, struct err *e);

/* How long until another push is allowed, in milliseconds; 0: now. */
int64_t push_rest_ms(const struct git_side *s, int64_t now_ms);
