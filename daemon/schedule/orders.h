/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What people ask the cycles of one mapping for beside looking, and how the cycles that somebody
 * asked for ended. Pure.
 *
 * Orders form a queue. Every cycle that starts takes the first one, if there is any, so the number
 * of the cycle that will do an order is known the moment it is asked for and never changes. No
 * order is ever done twice, but for a commit whose cycle failed in passing: making it again is
 * harmless, and it goes to the end of the queue.
 */

#include "format/json.h"

#define ORDERS_MAX 16 /* that wait; asking for more is refused */
#define ENDS_MAX   32 /* ended cycles that are remembered: those that somebody asked for */

struct order {
	struct json
		*members; /* owned; what the request for the cycle gets in addition; NULL: none */
	char *name;       /* owned; for sentences: "the commit" */
	bool repeatable;  /* a commit */
	bool repeated;    /* its cycle failed at least once: it is no reason for haste */
};

void order_release(struct order *o); /* a zeroed one is fine */

struct orders {
	struct order
		items[ORDERS_MAX + 1]; /* the first is next; one more for a commit made again */
	size_t count;
};

void orders_release(struct orders *q);

/* Takes over o's members and name (members NULL: an empty order is not allowed). False when too
 * many wait; o is released then. */
bool orders_add(struct orders *q, struct order o);

/* Takes the first one out; a zeroed one when there is none. The caller releases it. */
struct order orders_take(struct orders *q);

/* Puts back a repeatable one whose cycle failed, at the end; others are released. */
void orders_again(struct orders *q, struct order o);

/* Whether the next one has not been tried before, so that a cycle is wanted at once. */
bool orders_urgent(const struct orders *q);

/* The ends of cycles, each as one line of JSON, oldest first. */
struct ends {
	char *lines[ENDS_MAX]; /* owned */
	size_t count;
};

void ends_release(struct ends *ends);

/*
 * Remembers the end of a cycle: {"cycle":N,"code":…,"sentence":…} and, from the worker's result
 * (NULL: there was none), its counts, sides and answer. To an order (NULL: none) that the worker
 * did not answer, an answer is given: what the end of the cycle means for it. The oldest is
 * forgotten when there are too many.
 */
void ends_add(struct ends *ends, int64_t cycle, int code, const char *sentence,
	      const struct json *result, const struct order *order);

/* Adds them to parent as an array. */
void ends_json(const struct ends *ends, struct json *parent, const char *key);
