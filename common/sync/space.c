/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for what a cycle writes. A disk that is full of other things is no reason to lose what was seen
 * on the sides: then nothing is begun.
 */

#include "sync/space.h"

#include <inttypes.h>

#include "base/fs.h"

/* Too little is less than both. */
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
