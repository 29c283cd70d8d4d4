/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/*
 * What people ask the cycles of one mapping for beside looking, and how the cycles that somebody
 * asked for ended. Pure.
 *
 * Wishes form a queue. Every cycle that starts takes the first one, if there is any, so the number
 * of the cycle that will do a wish is known the moment it is asked for and never changes. No wish
 * is ever done twice, but for a commit whose cycle failed in passing: making it again is harmless,
 * and it goes to the end of the queue.
 */

#include "base/json.h"

#define WISHES_MAX 16 /* that wait; asking for more is refused */
#define ENDS_MAX   32 /* ended cycles that are remembered: those that somebody asked for */

struct wish {
	struct json *members; /* owned; what the order for the cycle gets in addition; NULL: none */
	char *name;           /* owned; for sentences: "the commit" */
	bool repeatable;      /* a commit */
	bool repeated;        /* its cycle failed at least once: it is no reason for haste */
};

void wish_release(struct wish *w); /* a zeroed one is fine */

struct wishes {
	struct wish items[WISHES_MAX + 1]; /* the first is next; one more for a commit made again */
	size_t count;
};

void wishes_release(struct wishes *q);

/* Takes over w's members and name (members NULL: an empty wish is not allowed). False when too many
 * wait; w is released then. */
bool wishes_add(struct wishes *q, struct wish w);

/* Takes the first one out; a zeroed one when there is none. The caller releases it. */
struct wish wishes_take(struct wishes *q);

/* Puts back a repeatable one whose cycle failed, at the end; others are released. */
void wishes_again(struct wishes *q, struct wish w);

/* Whether the next one has not been tried before, so that a cycle is wanted at once. */
bool wishes_urgent(const struct wishes *q);

/* The ends of cycles, each as one line of JSON, oldest first. */
struct ends {
	char *lines[ENDS_MAX]; /* owned */
	size_t count;
};

void ends_release(struct ends *ends);

/*
 * Remembers the end of a cycle: {"cycle":N,"code":…,"sentence":…} and, from the worker's result
 * (NULL: there was none), its counts, sides and answer. To a wish (NULL: none) that the worker did
 * not answer, an answer is given: what the end of the cycle means for it. The oldest is forgotten
 * when there are too many.
 */
void ends_add(struct ends *ends, int64_t cycle, int code, const char *sentence,
	      const struct json *result, const struct wish *wish);

/* Adds them to parent as an array. */
void ends_json(const struct ends *ends, struct json *parent, const char *key);
