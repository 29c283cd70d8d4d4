/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Keeping the hub small; see maintain.c. */

#include "memory/history_cut.h"
#include "memory/state.h"

struct maintenance {
	char *dir;                            /* the caller's; of the mapping's state */
	const struct config_mapping *mapping; /* borrowed */
	struct state *state;                  /* borrowed */
	/* Called as work goes on; false: stop. */
	bool (*tick)(void *payload, size_t done, size_t total);
	void *payload;
	/* Kept from one call to the next; all zero at first. */
	bool packed;            /* nothing was left to pack … */
	uint64_t packed_writes; /* … after so many writes to the hub */
	struct {
		bool read;
		int64_t at_s; /* when chains were last looked at; 0: not known */
		struct history_idle agreed, seen[SIDE_COUNT];
	} looks;
	bool waste; /* chains were cut, what they held is still in the hub */
};

/* busy: there is other work, so only what does not take long is done, and the rest another time. Errors
 * of the hub; ERR_CANCELLED. The hub is whole in every case. */
int maintain(struct maintenance *m, bool busy, struct err *e);
