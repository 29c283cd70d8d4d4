/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A side's place in a cycle. For this folder only. */

#include "side/side.h"

struct slot {
	struct side *side;      /* owned; NULL: the mapping has none */
	struct err held;        /* why it is held as a whole; code 0: it is not */
	struct err unpublished; /* why the last publish() failed; code 0: it did not */
	bool on_another_branch; /* it was looked at, and whether its files travel is not known yet */
	bool relook;            /* what is managed changed since it was last looked at in full */
	/* Deletions of the last minute: several small batches can add up to one that needs a
	 * confirmation. */
	struct recent_deletions {
		size_t count;
		int64_t last_ms;
	} recent;
};

/* Something that the whole side was asked for ended with r, and with *why unless r is ERR_OK: it is
 * held from now on if that failed, and not held if it did not. A sentence that is not the one of
 * before is logged; being cancelled is no trouble, and is not. */
void slot_finish(struct slot *slot, int r, const struct err *why);

/* The same of publish(). What is refused there is refused in each cycle, which is logged once. */
void slot_finish_publish(struct slot *slot, int r, const struct err *why);
/* Whether it is held because of that, so that it is no news when a look succeeds. */
bool slot_waits_to_publish(const struct slot *slot);
