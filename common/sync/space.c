/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for what a cycle writes: the state must be able to record what was seen before anything is
 * changed, so that without room no cycle begins.
 */

#include "sync/space.h"

#include <inttypes.h>

#include "fs/fs.h"

/* There is too little when less than both is free. */
#define STATE_FREE_MIN         ((uint64_t)16 * 1024 * 1024)
#define STATE_FREE_MIN_PERCENT 5

int space_check(const struct config *config, const struct config_mapping *m, struct err *e)
{
	cleanup_free char *dir = config_state_dir(config, m);
	uint64_t bytes;
	unsigned percent;

	if (fs_free_space(dir, &bytes, &percent, NULL) || bytes >= STATE_FREE_MIN ||
	    percent >= STATE_FREE_MIN_PERCENT)
		return ERR_OK;
	return err_set(e, ERR_RETRY,
		       "no space: only %" PRIu64
		       " KB are free in the state directory '%s': nothing is "
		       "synchronised until there are %" PRIu64,
		       bytes / 1024, dir, STATE_FREE_MIN / 1024);
}
